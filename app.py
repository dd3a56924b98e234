"""Home: what this is, and the map of the lessons."""

import streamlit as st

from seqviz.frame import state
from seqviz.frame.course import LESSONS, TITLE, Lesson
from seqviz.frame.language import _, prose
from seqviz.frame.navigation import numbered
from seqviz.frame.page import close_page, frame, heading

frame("home", TITLE)
heading(
    _(TITLE),
    _(
        "Type a sentence and watch a small trained network read it, one word at a time. "
        "Every number on the screen is one that the network really computed, and you can follow how."
    ),
)


def card(lesson: Lesson) -> None:
    """One lesson on the map."""
    with st.container(border=True, height="stretch", gap="xxsmall", key=f"card-{lesson.name}"):
        if lesson == LESSONS[0]:
            st.caption(_("Start here"))
        st.page_link(lesson.path, label=numbered(lesson), query_params=state.address(lesson.name))
        st.markdown(_(lesson.line))


with st.container(key="start"):
    card(LESSONS[0])
for first in range(1, len(LESSONS), 3):
    for column, lesson in zip(st.columns(3), LESSONS[first : first + 3], strict=False):
        with column:
            card(lesson)

with st.container(key="prose-home"):
    sections = prose("home")
    for column, section in zip(st.columns(len(sections)), sections.values(), strict=True):
        column.markdown(section)

close_page()
