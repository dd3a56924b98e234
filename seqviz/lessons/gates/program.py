"""The lines that give all gates of a network of the reader's own."""

from collections.abc import Callable

import streamlit as st

from seqviz.frame.language import _
from seqviz.lessons.shared.program import template


def program() -> None:
    """The code that computes what the lesson shows."""
    st.code(gates_code(_), language="python")


def gates_code(_: Callable[[str], str]) -> str:
    """The program of the lesson on gates."""
    return template("gates", "torch").substitute(
        any=_("any nn.RNN, nn.LSTM, nn.GRU; inputs (T, I)"),
        gate=_("the forget gate of every step and unit, (T, H)"),
    )
