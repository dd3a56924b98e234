"""The networks while they are trained: begun, watched epoch by epoch, and what became of them."""

from functools import partial

from seqviz.components.epochs import Curve, epochs, payload_of
from seqviz.frame.address import leave_to_the_picture, picture
from seqviz.frame.language import translator
from seqviz.jobs import forecast as jobs
from seqviz.jobs.pool import Run
from seqviz.lessons.forecast.asked import Asked
from seqviz.lessons.shared import runs
from seqviz.lessons.shared.on_arrival import run_on_arrival
from seqviz.lessons.shared.trained import LESSON


def run_of(asked: Asked, is_wanted: bool) -> tuple[Run, Asked] | None:
    """The training, and what it is about, which may be what was asked before; None, after a word, where it must wait.

    `is_wanted`: to train what is asked now. Raises Refusal where all is full.
    """
    job = jobs.train_all if len(asked.cells) > 1 else jobs.train
    return run_on_arrival(LESSON, partial(job, asked.cut, asked.settings), asked, is_wanted)


def watch(run: Run, about: Asked, is_live: bool) -> None:
    """The training so far."""
    found = [event for event in list(run.events) if isinstance(event, jobs.Epoch)]
    by_cell = {cell: [epoch for epoch in found if epoch.name == cell] for cell in about.cells}
    begun = [Curve.of(cell, own) for cell, own in by_cell.items() if own]
    planned, part = about.settings.epochs, about.cut.validation
    if begun:
        name = str(id(run))
        payload = payload_of(
            name, begun, planned, is_live, translator(), part.known, part.ahead, address=picture({}),
        )  # fmt: skip
        epochs(payload, key="training")
        leave_to_the_picture("epoch")
    runs.steer(run, len(found) - len(begun), planned * len(about.cells))


def trained(run: Run) -> dict[str, jobs.Trained]:
    """What became of each cell."""
    return {event.settings.cell: event for event in run.events if isinstance(event, jobs.Trained)}
