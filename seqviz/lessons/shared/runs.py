"""Training in the page: the server's one pool, a session's one run, what is said of it, pause, resume and stop."""

import os
import time
from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from seqviz.frame.errors import calmly
from seqviz.frame.language import _
from seqviz.frame.state import send_again
from seqviz.jobs.pool import Job, Pool, Run

POLL = 0.5  # seconds from one look at a run to the next
GRACE = 10  # seconds that a browser may be gone before its run is given up: a connection may break for a moment


@st.cache_resource(show_spinner=False)
def pool() -> Pool:
    """The one pool of this server: it leaves a core to those who only look."""
    return Pool(threads=max(1, (os.cpu_count() or 2) - 1))


def begin(lesson: str, job: Job, about: Any, key: Hashable, recorded: bool) -> None:
    """Start the session's one run; another one that is under way comes to its end. Raises Refusal where all is full.

    `about` is kept with the run, for the page; `key` and `recorded` as for `Pool.start`.
    """
    for run, _about in _kept().values():
        pool().stop(run)
    _kept()[lesson] = (pool().start(job, _is_watched(), key, recorded), about)


def under_way(lesson: str) -> tuple[Run, Any] | None:
    """The last run that this session began in a lesson, and what was said about it."""
    return _kept().get(lesson)


def is_busy() -> bool:
    """Whether a run of this session goes on, in any lesson."""
    return any(not run.is_over for run, _about in _kept().values())


def _kept() -> dict[str, tuple[Run, Any]]:
    return st.session_state.setdefault("runs", {})


def _is_watched() -> Callable[[], bool]:
    """Whether the browser of this session is still there, as a question that any thread may ask."""
    context = get_script_run_ctx()
    if context is None or not exists():
        return lambda: True
    runtime, session, seen = get_instance(), context.session_id, time.monotonic()

    def is_watched() -> bool:
        nonlocal seen
        if runtime.is_active_session(session):
            seen = time.monotonic()
        return time.monotonic() - seen < GRACE

    return is_watched


def follow(run: Run, draw: Callable[[bool], None]) -> bool:
    """Draw a run, `draw(is_live)`; while it goes on again and again, by itself, and at its end with the whole page.

    Returns whether it goes on.
    """
    is_live = not run.is_over

    def part() -> None:
        with calmly():
            draw(is_live)
        context = get_script_run_ctx()
        is_alone = context is not None and bool(context.fragment_ids_this_run)  # without the page around it
        if is_live and run.is_over and is_alone:
            send_again()
            st.rerun()

    st.fragment(part, run_every=POLL if is_live else None)()
    return is_live


def steer(run: Run, done: int, of: int, said: str = "") -> None:
    """How far a run is, `done` of `of` epochs or what `said` says, with what one can do to it."""
    if run.is_over:
        return
    st.progress(min(1.0, done / of), _say(run, done, of, said))
    with st.container(horizontal=True):
        if run.state == "paused" or run.asked_to_pause.is_set():
            st.button(_("Resume"), icon=":material/play_arrow:", on_click=pool().resume, args=(run,))
        else:
            st.button(_("Pause"), icon=":material/pause:", on_click=pool().pause, args=(run,))
        st.button(_("Stop, keep the best"), icon=":material/stop:", on_click=pool().stop, args=(run,))


def say_place(run: Run) -> str:
    """That a run comes to its end, or where it stands in the queue; nothing while it is computed."""
    if run.asked_to_stop.is_set():
        return _("Coming to its end …")
    if ahead := pool().ahead(run):
        return _("In the queue: {count} before yours. This server trains {threads} at a time.").format(
            count=ahead, threads=pool().threads
        )
    return ""


def _say(run: Run, done: int, of: int, said: str) -> str:
    if run.state == "paused" and not run.asked_to_stop.is_set():
        return _("Paused after epoch {done} of {of}.").format(done=done, of=of)
    if said := say_place(run) or said:
        return said
    if not done:
        return _("Training begins …")
    left = run.seconds / done * (of - done)
    return _("Epoch {done} of {of}, about {left} s left").format(done=done, of=of, left=round(left))


def say_end(run: Run) -> None:
    """Why a run came to an end that is not the planned one."""
    if run.state == "failed":
        st.error(_("The training failed. Change a setting a little and train again."))
    if run.state == "abandoned":
        st.info(_("The training ended because this page was not there for a while. Train again."))
    if run.state == "stopped":
        st.caption(
            _("Stopped at the limit of {seconds} s; the best epoch was kept.").format(seconds=round(pool().seconds))
            if run.seconds > pool().seconds
            else _("Stopped early; the best epoch so far was kept.")
        )
