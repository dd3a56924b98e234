"""Home: what this is, and the map of the lessons."""

import streamlit as st

from seqviz.frame import state
from seqviz.frame.language import _, prose
from seqviz.frame.navigation import LESSONS, Lesson, numbered
from seqviz.frame.page import frame, heading

frame("home", _("Look inside a network that reads"))
heading(
    _("Look inside a network that reads"),
    _(
        "Type a sentence and watch a small trained network read it, one word at a time. "
        "Every number on the screen is one that the network really computed, and you can follow how."
    ),
)


def card(lesson: Lesson) -> None:
    """One lesson on the map; only a lesson that exists is a link."""
    with st.container(border=True, height="stretch", gap="xxsmall", key=f"card-{lesson.name}"):
        if lesson == LESSONS[0]:
            st.caption(_("Start here"))
        if lesson.ready:
            st.page_link(lesson.path, label=numbered(lesson), query_params=state.address(lesson.name))
        else:
            st.markdown(f"**{numbered(lesson)}**")
        st.markdown(_(lesson.line))
        if not lesson.ready:
            st.caption(_("in preparation"))


card(LESSONS[0])
for row in (LESSONS[1:4], LESSONS[4:7]):
    for column, lesson in zip(st.columns(3), row, strict=True):
        with column:
            card(lesson)

with st.container(key="prose-home"):
    sections = prose("home")
    for column, section in zip(st.columns(len(sections)), sections.values(), strict=True):
        column.markdown(section)
