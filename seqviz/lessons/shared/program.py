"""The programs that compute what a lesson shows, in the libraries that courses use: templates, filled in."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from string import Template

import streamlit as st

from seqviz.frame import state
from seqviz.frame.language import _
from seqviz.models.card import ReaderCard

LESSONS = Path(__file__).parents[1]
FRAMEWORKS = {"torch": "PyTorch", "keras": "Keras"}


@cache
def template(lesson: str, name: str) -> Template:
    """The file programs/`name`.txt of a lesson."""
    return Template((LESSONS / lesson / "programs" / f"{name}.txt").read_text(encoding="utf-8"))


def read_typed(card: ReaderCard, written: str) -> str:
    """How a program makes what was typed into the inputs of the reader of this card."""
    values = {"written": repr(written), "language": card.language}
    return template("shared", f"load_{card.front}").substitute(values).rstrip()


def code_of(write: Callable[[str], str]) -> None:
    """The program that `write(framework)` gives, in the library that the reader chooses; none until one is chosen."""
    framework = st.segmented_control(
        _("Library"), list(FRAMEWORKS), format_func=FRAMEWORKS.__getitem__, label_visibility="collapsed",
        **state.linked("code", None, state.one_of(list(FRAMEWORKS))),
    )  # fmt: skip
    if framework:
        st.code(write(framework), language="python")
