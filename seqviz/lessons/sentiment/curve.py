"""How much more sentences would help: every reader trained on fewer and more."""

from functools import partial

import streamlit as st

from seqviz.figures.verdicts import learning_curves
from seqviz.frame.language import _
from seqviz.jobs.learning_curve import Point
from seqviz.jobs.pool import Run
from seqviz.jobs.readers import count_points, grow
from seqviz.lessons.sentiment.asked import Asked
from seqviz.lessons.sentiment.progress import say_lacking, steer
from seqviz.lessons.sentiment.readers import reader_names
from seqviz.lessons.sentiment.runs import CURVE, events_of, offer
from seqviz.lessons.shared.pictures import look, show


def grow_curve(about: Asked) -> None:
    """The trainings, when they are asked for, and the curves that they came to."""
    st.subheader(_("Would more sentences help?"), anchor=False)
    job = partial(grow, about.opinions, about.of_linear, about.of_cell("GRU"), about.load_encoder)
    offer(CURVE, _("Train on fewer and more"), job, about, watch)
    points = [event for event in events_of(CURVE, about) if isinstance(event, Point)]
    if points:
        figure = learning_curves(
            points, reader_names(about.transformer), look(), sentences=_("training sentences"),
            accuracy=_("right on the test part"), hover=_("{name}, {sentences} sentences: {accuracy}"),
        )  # fmt: skip
        show(figure, "curves", _("Lines: the share of right answers by the number of training sentences."))


def watch(run: Run, about: Asked, is_live: bool) -> None:
    """The trainings so far: a point is one reader, trained on so many sentences."""
    events = list(run.events)
    done, of = sum(isinstance(event, Point) for event in events), count_points(about.opinions)
    steer(run, events, about, done, of, _("Point {done} of {of}").format(done=done, of=of))
    say_lacking(events)
