"""How a run comes along: its losses epoch by epoch, how far it is, and what it had to do without."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from seqviz.components.epochs import Curve, epochs, payload_of
from seqviz.frame.address import leave_to_the_picture, picture
from seqviz.frame.errors import plain
from seqviz.frame.language import _, translator
from seqviz.jobs.opinions import Epoch
from seqviz.jobs.pool import Run
from seqviz.jobs.readers import Lacking
from seqviz.jobs.tuning import Embedded
from seqviz.lessons.sentiment.asked import Asked
from seqviz.lessons.sentiment.readers import reader_names
from seqviz.lessons.shared import runs
from seqviz.models.reader import CELLS


def show_losses(run: Run, events: Sequence[Any], about: Asked, is_live: bool, key: str, parameter: str) -> None:
    """The losses of all that is trained by epochs; `parameter` is what the epoch is called in the address."""
    found = [event for event in events if isinstance(event, Epoch)]
    if not found:
        return
    names = reader_names(about.transformer)
    by_reader = {name: [epoch for epoch in found if epoch.name == name] for name in (*CELLS, "tuned")}
    payload = payload_of(
        str(id(run)), [Curve.of(names[name], own) for name, own in by_reader.items() if own], found[0].of, is_live,
        translator(), loss_name=_("log loss"), parameter=parameter, address=picture({}),
    )  # fmt: skip
    epochs(payload, key=key)
    leave_to_the_picture(parameter)


def count_epochs(events: Sequence[Any]) -> int:
    """How many epochs were trained."""
    return sum(isinstance(event, Epoch) and event.number > 0 for event in events)


def steer(run: Run, events: Sequence[Any], about: Asked, done: int, of: int, said: str = "") -> None:
    """How far the run is: in sentences while the Transformer reads them, else as `runs.steer` says it."""
    last = events[-1] if events else None
    if isinstance(last, Embedded):
        done, of = last.number, last.of
        said = _("{name} reads the sentences: {done} of {of}").format(name=plain(about.transformer), done=done, of=of)
    runs.steer(run, done, of, said)


def say_lacking(events: Sequence[Any]) -> None:
    """Why there is no Transformer, where there is none."""
    for event in events:
        if isinstance(event, Lacking):
            st.warning(plain(event.error.said(_)))
