"""Presenter view: everything larger, everything around the lesson gone; `?presenter=1` in the address."""

import streamlit as st

from seqviz.frame.language import _
from seqviz.frame.state import flag, linked, put, read


def on() -> bool:
    """Whether this session is being projected."""
    return read("presenter", False, flag)


def switch() -> None:
    """The control that enters presenter view, and leaves it."""
    st.toggle(_("Presenter view"), **linked("presenter", False, flag) | {"on_change": _write, "args": ()})


def _write() -> None:
    # A link to a lesson says nothing about the view unless it is the presenter's.
    put(presenter=st.session_state["presenter"] or None)
