"""How the accuracy of a reader grows with the number of sentences that it is trained on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event

from seqviz.jobs.opinions import CellSettings, Settings, Trained, part_of, train_bag, train_cell
from seqviz.jobs.scores import Share
from seqviz.jobs.tuning import Embedded, TuneSettings, embed, frozen_on, tuned_on
from seqviz.models.transformer import LoadedTransformer
from seqviz.tasks.opinions import Opinion

SIZES = (25, 50, 100, 200, 400, 800)
SEEDS = 3  # how often each size is drawn; a fine-tuned Transformer is trained on one draw


@dataclass(frozen=True)
class Point:
    """One reader, trained on so many sentences."""

    name: str  # as in Trained
    sentences: int
    seed: int
    share: Share  # right answers on the test part


def learning_curve(
    name: str, opinions: Sequence[Opinion], settings: Settings, encoder: LoadedTransformer | None, stopped: Event
) -> Iterator[Point | Embedded | None]:
    """A job: train one kind of reader on more and more sentences of the training part, up to all of them.

    A larger draw holds the smaller ones of its seed. `settings` are those of the reader; their seed is the first one.
    "frozen" and "tuned" need an encoder, which reads each sentence once.
    """
    texts = None
    if encoder:
        texts = yield from embed(opinions, encoder, stopped)

    def trained_on(settings: Settings) -> Iterator[object]:
        if encoder and texts:
            if isinstance(settings, TuneSettings):
                return tuned_on(texts, opinions, settings, encoder, stopped)
            return frozen_on(texts, opinions, settings, encoder)
        if isinstance(settings, CellSettings):
            return train_cell(opinions, settings, stopped)
        return train_bag(opinions, settings, stopped)

    every = len(part_of(opinions, "training"))
    for sentences in [*(size for size in SIZES if size < every), every]:
        for seed in range(settings.seed, settings.seed + (1 if isinstance(settings, TuneSettings) else SEEDS)):
            for event in trained_on(replace(settings, sentences=sentences, seed=seed)):
                if stopped.is_set():
                    return  # what was cut short is no point
                yield Point(event.name, sentences, seed, event.scores.all) if isinstance(event, Trained) else None
