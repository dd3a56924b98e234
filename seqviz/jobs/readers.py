"""All readers of the lesson on sentiment, trained one after the other on the same split."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from seqviz.jobs.learning_curve import SEEDS, SIZES, learning_curve
from seqviz.jobs.opinions import CellSettings, Settings, choose_shipped, train_bag, train_cell
from seqviz.jobs.tuning import TuneSettings, fine_tune, train_frozen
from seqviz.models.classifier import LessonClassifier
from seqviz.models.transformer import LoadedTransformer
from seqviz.tasks.opinions import Opinion
from seqviz.traces.refusal import Refusal

Load = Callable[[], LoadedTransformer]
"""Loads a Transformer, which takes seconds. Raises Refusal."""


@dataclass(frozen=True, eq=False)
class Lacking:
    """There is no Transformer to read with, or none that can be tuned, and why."""

    error: Refusal


def train_readers(
    opinions: Sequence[Opinion],
    linear: Settings,
    cells: Sequence[CellSettings],
    shipped: Callable[[], Sequence[LessonClassifier]],
    load: Load,
    stopped: Event,
) -> Iterator[Any]:
    """A job: the quickest reader first; Lacking where the last one has no Transformer."""
    import sklearn.linear_model  # noqa: F401  (a second, which shall not count as training)

    yield None
    yield from train_bag(opinions, linear, stopped)
    yield from choose_shipped(opinions, linear, shipped(), stopped)
    for settings in cells:
        if not stopped.is_set():
            yield from train_cell(opinions, settings, stopped)
    if not stopped.is_set():
        yield from _with(load, lambda encoder: train_frozen(opinions, linear, encoder, stopped))


def tune(opinions: Sequence[Opinion], settings: TuneSettings, load: Load, stopped: Event) -> Iterator[Any]:
    """A job: the last layer of the Transformer, fine-tuned; Lacking where there is none."""
    yield from _with(load, lambda encoder: fine_tune(opinions, settings, encoder, stopped))


def grow(
    opinions: Sequence[Opinion], linear: Settings, cell: CellSettings, load: Load, stopped: Event
) -> Iterator[Any]:
    """A job: the learning curves of a bag of words, a cell and a frozen Transformer; Lacking where there is none."""
    yield from learning_curve("bag", opinions, linear, None, stopped)
    yield from _with(load, lambda encoder: learning_curve("frozen", opinions, linear, encoder, stopped))
    yield from learning_curve(cell.cell, opinions, cell, None, stopped)


def count_points(opinions: Sequence[Opinion]) -> int:
    """How many points the job `grow` comes to."""
    every = sum(opinion.part == "training" for opinion in opinions)
    return 3 * SEEDS * len([*(size for size in SIZES if size < every), every])


def _with(load: Load, job: Callable[[LoadedTransformer], Iterator[Any]]) -> Iterator[Any]:
    try:
        yield from job(load())
    except Refusal as error:
        yield Lacking(error)
