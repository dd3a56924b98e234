"""The program that computes what is left of each step."""

from collections.abc import Callable

import streamlit as st

from seqviz.frame.language import _
from seqviz.lessons.shared.program import template


def program() -> None:
    """The code that computes what the lesson shows."""
    st.code(memory_code(_), language="python")


def memory_code(_: Callable[[str], str]) -> str:
    """The program of the lesson on fading memory, on a network of the reader's own."""
    return template("memory", "torch").substitute(
        own=_("or any nn.LSTM of your own, and what it reads"),
        shares=_("what is left at step t of what step s wrote"),
        sum=_("times what each step wrote, it adds up to the state"),
        norms=_("how far a small change at each step reaches"),
    )
