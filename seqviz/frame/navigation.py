"""The lessons in their order, and the sidebar that leads to them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import streamlit as st

from seqviz.frame import language, presenter, state
from seqviz.frame.language import _
from seqviz.traces.refusal import N_

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Lesson:
    """One page of the app; `title` and `line` are English messages, translated where they are shown."""

    name: str
    title: str
    line: str

    @property
    def path(self) -> str:
        """The page's file, as `st.page_link` wants it."""
        return f"pages/{self.name}.py"

    @cached_property
    def ready(self) -> bool:
        """Whether the page has been written yet."""
        return (ROOT / self.path).exists()


LESSONS = (
    Lesson("rnn", N_("Step an RNN"), N_("One word at a time, the network rewrites a small vector of numbers.")),
    Lesson("gates", N_("LSTM and GRU gates"), N_("Valves that decide what to keep, what to write and what to show.")),
    Lesson("memory", N_("Why memory fades"), N_("How much of an early word is still there at the end, step by step.")),
    Lesson("attention", N_("Attention heatmaps"), N_("Which words a Transformer looks at, head by head.")),
    Lesson("compare", N_("One sentence, four readers"), N_("RNN, GRU, LSTM and a Transformer read what you type.")),
    Lesson(
        "forecast", N_("Train one: a time series"), N_("Watch a network learn to continue a curve, epoch by epoch.")
    ),
    Lesson(
        "sentiment",
        N_("Train one: sentiment"),
        N_("Teach a network to tell praise from complaint, then read its mistakes."),
    ),
)


def find(name: str) -> Lesson:
    """The lesson whose page is called `name`."""
    return next(lesson for lesson in LESSONS if lesson.name == name)


def numbered(lesson: Lesson) -> str:
    """The title with its place in the order, as Markdown that is not a list."""
    return f"{LESSONS.index(lesson) + 1}\\. {_(lesson.title)}"


def sidebar() -> None:
    """Brand, lessons in the reader's language with one line each, then the switches."""
    with st.sidebar:
        with st.container(key="brand"):
            st.page_link("app.py", label="seqviz", query_params=state.address("home"))
        with st.container(key="lessons", gap=None):
            for lesson in LESSONS:
                if lesson.ready:
                    st.page_link(lesson.path, label=numbered(lesson), query_params=state.address(lesson.name))
                    st.caption(_(lesson.line))
        with st.container(key="switches"):
            language.switch()
            presenter.switch()
