"""A Transformer among the readers of opinions: as it is, under a regression, or with its last layer tuned.

Each `train_…` and `fine_tune` is a job for `pool.Pool`, as those of `opinions.py` are.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from threading import Event

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from seqviz.jobs.best_epoch import Epoch
from seqviz.jobs.opinions import Learned, Settings, Trained, by_epochs, regression, rows_of, texts_of, timed, trained
from seqviz.models.classifier import TransformerClassifier, sigmoid
from seqviz.models.encoder import Read, last_layer, pooled, read_texts, with_last_layer
from seqviz.models.transformer import LoadedTransformer
from seqviz.tasks.opinions import Opinion


@dataclass(frozen=True)
class TuneSettings(Learned):
    """What the learner chooses for the last layer of a Transformer."""

    epochs: int = 8
    rate: float = 5e-4


@dataclass(frozen=True)
class Embedded:
    """So many of the texts have been read by the Transformer."""

    number: int
    of: int


# ---- the jobs


@timed
def train_frozen(
    opinions: Sequence[Opinion], settings: Settings, encoder: LoadedTransformer, stopped: Event
) -> Iterator[Embedded | Trained | None]:
    """A job: logistic regression on the sentence vectors of a Transformer that stays as it is.

    Stopped before it has embedded all texts, it has learned nothing and ends without Trained.
    """
    texts = yield from embed(opinions, encoder, stopped)
    if texts:
        yield from frozen_on(texts, opinions, settings, encoder)


@timed
def fine_tune(
    opinions: Sequence[Opinion], settings: TuneSettings, encoder: LoadedTransformer, stopped: Event
) -> Iterator[Embedded | Epoch | Trained | None]:
    """A job: the last layer of a Transformer, and a regression on what comes out of it, trained together.

    The layers below stay as they are, so they read each text once. Stopped before they have read all, it has learned
    nothing and ends without Trained. Raises ValueError for a Transformer that is not built as BERT.
    """
    last_layer(encoder, next(read_texts(encoder, texts_of(opinions)[:1])))  # raises before much was read
    texts = yield from embed(opinions, encoder, stopped)
    if texts:
        yield from tuned_on(texts, opinions, settings, encoder, stopped)


# ---- their steps


@dataclass(frozen=True, eq=False)
class Embeddings:
    """All texts as a Transformer reads them."""

    vectors: np.ndarray  # (N, D) float32
    below: list[Tensor]  # (T, D) each: as they enter its last layer
    sample: Read  # some of them


def embed(
    opinions: Sequence[Opinion], encoder: LoadedTransformer, stopped: Event
) -> Generator[Embedded | None, None, Embeddings | None]:
    """Read all texts with a Transformer, and say how far it is; returns None where it is stopped before the end."""
    below: dict[int, Tensor] = {}
    vectors: dict[int, Tensor] = {}
    for read in read_texts(encoder, texts_of(opinions)):
        below |= zip(read.rows, read.below, strict=True)
        vectors |= zip(read.rows, pooled(read.last), strict=True)
        yield Embedded(len(below), len(opinions))
        if stopped.is_set():
            return None
    rows = range(len(opinions))
    return Embeddings(torch.stack([vectors[row] for row in rows]).numpy(), [below[row] for row in rows], read)


def frozen_on(
    texts: Embeddings, opinions: Sequence[Opinion], settings: Settings, encoder: LoadedTransformer
) -> Iterator[Trained | None]:
    """What train_frozen does once the texts are embedded."""
    training, validation, test = rows_of(opinions, settings)
    weight, bias, chosen = yield from regression(texts.vectors, opinions, training, validation)
    classifier = TransformerClassifier(encoder, weight, bias, len(weight) + 1)
    said = sigmoid(texts.vectors[test] @ weight + bias)
    yield trained("frozen", settings, classifier, chosen, opinions, said)


class _Top(nn.Module):
    """The last layer of a Transformer and a regression on its sentence vector, which at first says one half."""

    def __init__(self, layer: nn.Module, width: int):
        super().__init__()
        self.layer = layer
        self.weight = nn.Parameter(torch.zeros(width))  # (D,)
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, below: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D), and (B, T) bool that leaves out padding, -> (B,)."""
        hidden = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)  # added to the scores
        return pooled(self.layer(below, hidden[:, None, None]), mask) @ self.weight + self.bias


def tuned_on(
    texts: Embeddings,
    opinions: Sequence[Opinion],
    settings: TuneSettings,
    encoder: LoadedTransformer,
    stopped: Event,
) -> Iterator[Epoch | Trained | None]:
    """What fine_tune does once the texts are embedded."""
    top = _Top(last_layer(encoder, texts.sample), texts.vectors.shape[1])

    def batch(rows: Sequence[int], dice: torch.Generator | None) -> tuple[Tensor, Tensor]:
        below = [texts.below[row] for row in rows]
        mask = pad_sequence([torch.ones(len(those), dtype=torch.bool) for those in below], batch_first=True)
        return pad_sequence(below, batch_first=True), mask

    best = yield from by_epochs("tuned", top, _Top.__call__, batch, opinions, settings, stopped)
    classifier = TransformerClassifier(
        with_last_layer(encoder, top.layer),
        top.weight.detach().double().numpy(),
        top.bias.item(),
        sum(weight.numel() for weight in top.parameters()),
    )
    said = []
    for row in rows_of(opinions, settings)[2]:
        with torch.inference_mode():
            said.append(top(*batch([row], None)).item())
        yield None
    yield trained("tuned", settings, classifier, best, opinions, sigmoid(said))
