"""The networks that were trained in this session on a time series, for the lessons that open networks up."""

import numpy as np
import streamlit as st

from seqviz.frame.course import find
from seqviz.frame.navigation import numbered
from seqviz.frame.state import address
from seqviz.jobs.forecast import Trained
from seqviz.lessons.shared import runs as training
from seqviz.models.card import ForecastCard
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.own import series
from seqviz.tasks.marked_number import steps_of
from seqviz.tasks.task import Example, LookUp, Scale, Task, Typed, kept_steps
from seqviz.traces.refusal import N_, Refusal

CODE = "trained"  # of the task
LESSON = "forecast"


def networks() -> dict[str, Checkpoint]:
    """Each cell that the last run has trained, with what it became."""
    kept = training.under_way(LESSON)
    events = kept[0].events if kept else []
    return {event.settings.cell: event.checkpoint for event in events if isinstance(event, Trained)}


def network(cell: str) -> Checkpoint:
    """The network with this cell. Raises Refusal where this session has trained none, after a link to where it can."""
    found = networks()
    if cell not in found:
        st.page_link(find(LESSON).path, label=numbered(find(LESSON)), query_params=address(LESSON))
        if found:
            raise Refusal(N_("You trained no {cell}, only: {cells}."), cell=cell, cells=", ".join(found))
        raise Refusal(
            N_("There is no network of yours in this session: train one in the lesson above, then come back.")
        )
    return found[cell]


def task() -> Task:
    """What the networks of this session read: values of the series that they were trained on."""
    cards = [card for network in networks().values() if isinstance(card := network.card, ForecastCard)]
    low, high = cards[0].range if cards else (-1.0, 1.0)
    middle = cards[0].mean if cards else 0.0
    cell = cards[0].cell if cards else "RNN"
    return Task(
        code=CODE,
        name=N_("the one you trained"),
        model="",
        prompt=N_("Type the values of a series, in its own units"),
        examples=(Example(N_("your series, the part it never saw"), _values(), cell),),
        scale=Scale(N_("next value"), f"{high:.3g}", f"{low:.3g}".replace("-", "−"), low, high, middle, is_share=False),
        features=(N_("value, scaled"),),
        kept=_kept,
        encode=_encode,
        change=N_("change a number"),
    )


# No lambdas in the task: made anew for every run of a page, it has to be equal to itself.
def _kept(text: str) -> tuple[str, tuple[str, ...]]:
    return kept_steps(text, steps_of)


def _encode(text: str, _look_up: LookUp) -> Typed | None:
    return series(text)


def _values() -> str:
    """The first values of the test part as one types them: the last that are known and some that come after."""
    kept = training.under_way(LESSON)
    if kept is None:
        return ""
    part = kept[1].cut.test
    shown = np.concatenate([part.known, part.ahead])[:60]
    return " ".join(f"{value:.4g}" for value in shown)
