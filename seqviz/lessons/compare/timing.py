"""Time and memory against the length of the sentence, measured on this machine: the controls and the pictures."""

from functools import partial

import streamlit as st

from seqviz.figures.timing import against_length, meeting_points, memories, times
from seqviz.frame.language import _
from seqviz.frame.state import linked, one_of
from seqviz.jobs import stopwatch
from seqviz.jobs.pool import Run
from seqviz.jobs.stopwatch import WAYS, Measured, Size
from seqviz.lessons.compare.findings import model_names, say_all, say_origin
from seqviz.lessons.shared import runs
from seqviz.lessons.shared.pictures import look, show
from seqviz.lessons.shared.runs import pool, say_place

WIDTHS = (32, 64, 128, 256)
LONGEST = (512, 1024, 2048)
USUAL = Size()
STOPWATCH = "compare"  # the measurement, among the runs of the session


def measured() -> None:
    """Time and memory of layers of equal width against the length of the sentence, measured when it is asked for."""
    st.subheader(_("Measured here: time and memory"), anchor="measured")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        size = ask()
        is_wanted = st.button(_("Measure on this machine"), type="primary", icon=":material/timer:")
    if is_wanted:
        runs.begin(STOPWATCH, partial(stopwatch.measure, size), size, key=None, recorded=False)
    kept = runs.under_way(STOPWATCH)
    if kept is None:
        say_what_comes(runs.is_busy())
        return
    run, about = kept
    way = ask_way()
    is_live = runs.follow(run, partial(watch, run, way))
    found = newest(run)
    say_end(run, found)
    if found and not is_live:
        say_origin(found, is_old=about != size)
        say_all(found, way)


def measured_so_far() -> Measured | None:
    """What this session has measured, as far as it has come."""
    kept = runs.under_way(STOPWATCH)
    return newest(kept[0]) if kept else None


def newest(run: Run) -> Measured | None:
    """What a measurement has come to so far."""
    return next((event for event in reversed(list(run.events)) if isinstance(event, Measured)), None)


def watch(run: Run, way: str, is_live: bool) -> None:
    """The measurement so far: time on the left, memory on the right."""
    found = newest(run)
    steer(run, found)
    if found:
        names = model_names()
        left, right = st.columns(2, gap="medium")
        with left:
            st.markdown(_("**Time** a sentence takes"))
            figure = against_length(
                times(found, way, names), look(), length=_("tokens, T"), value=_("milliseconds"),
                hover=_("{name}, {length} tokens: {value} ms"), cross=_("lines cross"),
                crossings=[] if is_live else meeting_points(found, way),
            )  # fmt: skip
            show(figure, "seconds", _("Lines: the time that each model takes, by the length of the sentence."))
        with right:
            st.markdown(_("**Memory** kept for the backward pass"))
            figure = against_length(
                memories(found, names), look(), length=_("tokens, T"), value=_("megabytes"),
                hover=_("{name}, {length} tokens: {value} MB"),
            )  # fmt: skip
            show(figure, "kept", _("Lines: the memory that each model keeps, by the length of the sentence."))


def ask() -> Size:
    """How wide the layers are and how long the longest sentence is."""
    width = st.segmented_control(
        _("width of every layer"), WIDTHS, required=True, **linked("width", USUAL.width, one_of(WIDTHS))
    )
    longest = st.segmented_control(
        _("longest sentence, in tokens"), LONGEST, required=True, **linked("longest", USUAL.longest, one_of(LONGEST))
    )
    return Size(width, longest)


def ask_way() -> str:
    """Forward alone, as in use, or with the backward pass of training."""
    names = {"forward": _("forward alone"), "both": _("forward and backward")}
    return st.segmented_control(
        _("What is timed"), WAYS, required=True, label_visibility="collapsed", format_func=names.__getitem__,
        **linked("way", "forward", one_of(WAYS)),
    )  # fmt: skip


def say_what_comes(is_busy: bool) -> None:
    """What one will see, before anything is measured; `is_busy`: a training of the session would end for it."""
    st.info(
        _(
            "Nothing is measured yet. The button has this machine read sentences of 8, 16, 32 … tokens with an RNN, a "
            "GRU, an LSTM and a Transformer's encoder layer of the same width. You see time and memory grow, how fast, "
            "and where the lines cross. It takes about a quarter of a minute on one core; the widest layers and the "
            "longest sentences take a minute or two, and all of it longer where other readers train."
        )
    )
    if is_busy:
        st.caption(_("You have a training under way in another lesson: measuring brings it to its end."))


def steer(run: Run, found: Measured | None) -> None:
    """How far a measurement is, and a button that ends it."""
    if run.is_over:
        return
    share = found.share if found else 0.0
    st.progress(share, _say(run, found, share))
    st.button(_("Stop, keep what is measured"), icon=":material/stop:", on_click=pool().stop, args=(run,))


def _say(run: Run, found: Measured | None, share: float) -> str:
    if said := say_place(run):
        return said
    if found is None:
        return _("The stopwatch starts …")
    if found.rounds < 1:
        return _("First round: {length} tokens measured").format(length=found.lengths[-1])
    left = run.seconds / share * (1 - share)
    return _("Round {n} done, about {s} s left").format(n=round(found.rounds), s=round(left))


def say_end(run: Run, found: Measured | None) -> None:
    """Why a measurement ended that did not come to its own end."""
    if run.state == "failed":
        st.error(_("The measurement failed. Choose narrower layers or shorter sentences and measure again."))
    elif run.state == "abandoned":
        st.info(_("The measurement ended because this page was not there for a while. Measure again."))
    elif run.state == "stopped":
        st.caption(
            _("Stopped before its end: fewer repeats than planned.")
            if found and found.rounds >= 1
            else _("Stopped in the first round: only what was measured by then is shown.")
        )
