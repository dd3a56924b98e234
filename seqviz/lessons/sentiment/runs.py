"""The three trainings that a session keeps in this lesson: one on arrival, two on request."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from seqviz.jobs.pool import Job, Run
from seqviz.lessons.sentiment.asked import Asked
from seqviz.lessons.shared import runs

READERS, TUNING, CURVE = ("sentiment", "sentiment-tuning", "sentiment-curve")


def events_of(name: str, about: Asked) -> list[Any]:
    """What the session's run of this kind has come to, where it was about the same as `about`."""
    run = _run_about(name, about)
    return list(run.events) if run else []


def offer(name: str, label: str, job: Job, about: Asked, watch: Callable[[Run, Asked, bool], None]) -> None:
    """A run that is begun on request: the button, or how it comes along, which `watch` draws."""
    run = _run_about(name, about)
    if (run is None or run.is_over) and st.button(label, icon=":material/play_arrow:", key=f"begin-{name}"):
        runs.begin(name, job, about, (name, about.key), recorded=run is None)
        st.rerun()
    if run:
        runs.follow(run, partial(watch, run, about))
        runs.say_end(run)


def _run_about(name: str, about: Asked) -> Run | None:
    kept = runs.under_way(name)
    return kept[0] if kept and kept[1].key == about.key else None
