"""Presenter view: everything larger, everything around the lesson gone; `?presenter=1` in the address."""

import streamlit as st

from seqviz.frame.address import put
from seqviz.frame.language import _
from seqviz.frame.state import flag, linked, read


def on() -> bool:
    """Whether this session is being projected."""
    return read("presenter", False, flag)


def switch() -> None:
    """The control that enters presenter view, and leaves it."""
    st.toggle(_("Presenter view"), **linked("presenter", False, flag, write=_write))


def _write(is_on: bool) -> None:
    # A link to a lesson says nothing about the view unless it is the presenter's.
    put(presenter=is_on or None)
