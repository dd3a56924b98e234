"""A training that a lesson begins by itself when one arrives, and once more when the learner asks for it."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.jobs.pool import Job, Run
from seqviz.lessons.shared import runs


def ask_to_train(row: DeltaGenerator) -> bool:
    """The button at the end of the controls in `row`: whether it was pressed."""
    with row:
        return st.button(_("Train"), type="primary", icon=":material/play_arrow:")


def run_on_arrival(
    lesson: str, job: Job, asked: Any, is_wanted: bool, is_about: Callable[[Any], bool] = lambda _about: True
) -> tuple[Run, Any] | None:
    """The session's run in a lesson and what it is about; None, after a word, while another lesson trains instead.

    It begins when the learner wants that, and by itself when no run of the session goes on and the lesson's last one
    is not one that `is_about` the right thing. `asked.key` names all that the outcome depends on. Raises Refusal where
    all is full.
    """
    kept = runs.under_way(lesson)
    if is_wanted or not ((kept and is_about(kept[1])) or runs.is_busy()):
        runs.begin(lesson, job, asked, (lesson, asked.key), recorded=not is_wanted)
        kept = runs.under_way(lesson)
    if kept is None:
        st.info(_("You have a training under way in another lesson. “Train” brings it to its end and begins here."))
    return kept


def say_about(said: str, is_old: bool) -> None:
    """What a run is about; `is_old`: the controls say something else by now."""
    if is_old:
        said += ". " + _("You have changed something since: “Train” trains that.")
    st.caption(plain(said))
