"""The sidebar that leads to the lessons, by their places in the course."""

import streamlit as st

from seqviz.frame import language, presenter, state
from seqviz.frame.course import LESSONS, Lesson
from seqviz.frame.language import _
from seqviz.words import LANGUAGES


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
                st.page_link(lesson.path, label=numbered(lesson), query_params=state.address(lesson.name))
                st.caption(_(lesson.line))
        with st.container(key="switches"):
            language_switch()
            presenter.switch()


def language_switch() -> None:
    """The control that changes the language and keeps everything else: place, values, other parameters."""
    st.segmented_control(
        _("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, required=True, label_visibility="collapsed",
        **state.linked("lang", language.current(), state.one_of(list(LANGUAGES))),
    )  # fmt: skip
