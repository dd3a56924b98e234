"""How readers of opinions are trained on the same split, live: by counting words, or as a cell from nothing.

Each `train_…` is a job for `pool.Pool`. Whatever can be chosen is chosen on the validation part: the epoch, or how much
the weights of a regression are held down. The test part is read once, at the end. No job draws from torch's generator,
which all threads share: the same settings give the same numbers.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from threading import Event
from typing import Any, ParamSpec

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.utils.rnn import pad_sequence

from seqviz.jobs.best_epoch import BATCH, Epoch, best_epoch
from seqviz.jobs.scores import Scores, score
from seqviz.models.card import ReaderCard
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.classifier import (
    BagClassifier,
    CellClassifier,
    Classifier,
    LessonClassifier,
    terms_of,
    words_of,
)
from seqviz.models.reader import Reader, seeded_reader
from seqviz.tasks.opinions import Opinion

STRANGE = 0.2  # share of the training words that are read as unknown, so that an unknown word means nothing
FREEDOMS = (0.01, 0.1, 1.0, 10.0, 100.0)  # the C that a regression chooses from: the greater, the freer its weights


@dataclass(frozen=True)
class Settings:
    """What the learner chooses for a regression. All settings raise ValueError for what cannot be trained here."""

    sentences: int | None = None  # how many of the training part; None: all
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self.sentences is None or self.sentences >= 10, "10 sentences or more")


@dataclass(frozen=True)
class Learned(Settings):
    """Settings of what is trained in epochs."""

    epochs: int = 20
    rate: float = 2e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        _check(self.epochs in range(1, 61) and 1e-6 <= self.rate <= 0.1, "1 to 60 epochs, rates of 0.000001 to 0.1")


@dataclass(frozen=True)
class CellSettings(Learned):
    """What the learner chooses for a cell that starts from nothing."""

    cell: str = "LSTM"
    units: int = 16
    width: int = 16  # of a word's vector

    def __post_init__(self) -> None:
        super().__post_init__()
        _check({self.units, self.width} <= set(range(4, 65)), "4 to 64 units, and as many numbers a word")


def _check(is_so: bool, wanted: str) -> None:
    if not is_so:
        raise ValueError(f"Only {wanted} can be trained here.")


@dataclass(frozen=True, eq=False)
class Trained:
    """What a job ends with: the reader of the best epoch, and what it says of the test part."""

    name: str  # "bag", "RNN", "GRU", "LSTM", "frozen" or "tuned"
    settings: Settings
    classifier: Classifier
    chosen: float  # by least validation loss: the epoch, or C of a regression
    probabilities: np.ndarray  # (N,) of "positive", of the test part in its order
    scores: Scores
    seconds: float = 0.0  # that the job was computed for


P = ParamSpec("P")


def timed(job: Callable[P, Iterator[Any]]) -> Callable[P, Iterator[Any]]:
    """Let a job's events say for how many seconds it was computed; while it rests, no time passes."""

    @wraps(job)
    def counted(*args: P.args, **options: P.kwargs) -> Iterator[Any]:
        steps, seconds = job(*args, **options), 0.0
        while True:
            began = time.perf_counter()
            try:
                event = next(steps)
            except StopIteration:
                return
            seconds += time.perf_counter() - began
            yield replace(event, seconds=seconds) if isinstance(event, Epoch | Trained) else event

    return counted


# ---- the jobs


@timed
def train_bag(opinions: Sequence[Opinion], settings: Settings, stopped: Event) -> Iterator[Trained | None]:
    """A job: logistic regression on which words and pairs of words a text has."""
    from sklearn.feature_extraction.text import CountVectorizer

    texts, (training, validation, test) = texts_of(opinions), rows_of(opinions, settings)
    vectorizer = CountVectorizer(analyzer=terms_of, binary=True).fit([texts[row] for row in training])
    features = vectorizer.transform(texts)  # (N, V)
    weight, bias, chosen = yield from regression(features, opinions, training, validation)
    terms = vectorizer.get_feature_names_out().tolist()
    classifier = BagClassifier(dict(zip(terms, weight.tolist(), strict=True)), bias)
    yield trained("bag", settings, classifier, chosen, opinions, classifier.probabilities([texts[row] for row in test]))


@timed
def train_cell(opinions: Sequence[Opinion], settings: CellSettings, stopped: Event) -> Iterator[Epoch | Trained | None]:
    """A job: a recurrent reader from nothing, which says what it thinks after the last word.

    Its words are those of the sentences it is trained on; all others are one unknown word.
    """
    texts, (training, _, _) = texts_of(opinions), rows_of(opinions, settings)
    words = [words_of(text) or [""] for text in texts]
    vocabulary = sorted({word for row in training for word in words[row]} - {""})
    number = {word: i for i, word in enumerate(vocabulary, start=1)}
    numbers = [torch.tensor([number.get(word, 0) for word in those]) for those in words]  # (T,) each
    card = ReaderCard(
        name=f"opinions-{settings.cell.lower()}",
        task="sentiment, after the last word",
        seed=settings.seed,
        rule="the epoch with the least validation loss",
        cell=settings.cell,
        front="lookup",
        inputs=len(vocabulary) + 1,
        features=settings.width,
        units=settings.units,
        outputs=1,
        readout="sigmoid",
        vocabulary=" ".join(vocabulary),
    )
    reader = seeded_reader(settings.seed, **card.sizes)

    def batch(rows: Sequence[int], dice: torch.Generator | None) -> tuple[Tensor, Tensor]:
        inputs = pad_sequence([numbers[row] for row in rows], batch_first=True)  # (B, T)
        if dice is not None:
            inputs = inputs.masked_fill(torch.rand(inputs.shape, generator=dice) < STRANGE, 0)
        return inputs, torch.tensor([len(numbers[row]) for row in rows])

    def logits(reader: Reader, inputs: Tensor, lengths: Tensor) -> Tensor:
        return reader(inputs)[torch.arange(len(inputs)), lengths - 1]  # (B, T) -> (B,)

    best = yield from by_epochs(settings.cell, reader, logits, batch, opinions, settings, stopped)
    classifier = CellClassifier(Checkpoint(reader.double().requires_grad_(False), replace(card, best_epoch=best)))
    said = yield from _said(classifier, part_of(opinions, "test"))
    yield trained(settings.cell, settings, classifier, best, opinions, said)


@timed
def choose_shipped(
    opinions: Sequence[Opinion], settings: Settings, candidates: Sequence[LessonClassifier], stopped: Event
) -> Iterator[Trained | None]:
    """A job that trains nothing: of the readers of lesson `rnn`, the one with the least validation loss."""
    from sklearn.metrics import log_loss

    validation, losses = part_of(opinions, "validation"), []
    for candidate in candidates:
        said = yield from _said(candidate, validation)
        losses.append(log_loss(labels_of(validation), said, labels=[False, True]))
    best = int(np.argmin(losses))
    said = yield from _said(candidates[best], part_of(opinions, "test"))
    yield trained("shipped", settings, candidates[best], best, opinions, said)


def _said(classifier: Classifier, opinions: Sequence[Opinion]) -> Generator[None, None, np.ndarray]:
    """What a reader says of these (N,), one at a time."""
    found = []
    for opinion in opinions:
        found.append(classifier.probabilities([opinion.text])[0])
        yield None
    return np.array(found)


# ---- their steps


def regression(
    features: Any, opinions: Sequence[Opinion], training: list[int], validation: list[int]
) -> Generator[None, None, tuple[np.ndarray, float, float]]:
    """Logistic regression on features (N, D): weight (D,), bias, and the C that gave the least validation loss."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    labels, found = labels_of(opinions), {}
    for freedom in FREEDOMS:
        model = LogisticRegression(C=freedom, max_iter=1000).fit(features[training], labels[training])
        said = model.predict_proba(features[validation])[:, 1]
        found[log_loss(labels[validation], said, labels=[False, True])] = model
        yield None
    best = found[min(found)]
    return best.coef_[0].astype(float), float(best.intercept_[0]), best.C


def by_epochs(
    name: str,
    model: nn.Module,
    logits: Callable[..., Tensor],
    batch: Callable[[Sequence[int], torch.Generator | None], tuple[Tensor, ...]],
    opinions: Sequence[Opinion],
    settings: Learned,
    stopped: Event,
) -> Generator[Epoch | None, None, int]:
    """Train epoch by epoch; leaves the model with the weights of the best one and returns its number.

    `logits(model, *batch(rows, dice))` is (B,); dice are for what is drawn anew for each training batch.
    """
    training, validation, _ = rows_of(opinions, settings)
    labels = torch.from_numpy(labels_of(opinions)).float()

    def labelled(places: Tensor, dice: torch.Generator) -> tuple[Tensor, ...]:
        rows = [training[place] for place in places]
        return labels[rows], *batch(rows, dice)

    def loss(model: nn.Module, labels: Tensor, *inputs: Tensor) -> Tensor:
        return binary_cross_entropy_with_logits(logits(model, *inputs), labels)

    def judge() -> Generator[None, None, tuple[float, np.ndarray]]:
        said = []
        for start in range(0, len(validation), BATCH):
            with torch.inference_mode():
                said.append(logits(model, *batch(validation[start : start + BATCH], None)))
            yield None
        return binary_cross_entropy_with_logits(torch.cat(said), labels[validation]).item(), np.empty(0)

    return (yield from best_epoch(name, model, len(training), labelled, loss, judge, settings, stopped))


def trained(
    name: str,
    settings: Settings,
    classifier: Classifier,
    chosen: float,
    opinions: Sequence[Opinion],
    probabilities: np.ndarray,
) -> Trained:
    """What a job ends with; `probabilities` (N,) are those of the test part."""
    test = part_of(opinions, "test")
    scores = score(probabilities, labels_of(test), [opinion.marks for opinion in test])
    return Trained(name, settings, classifier, chosen, probabilities, scores)


# ---- opinions as rows


def part_of(opinions: Sequence[Opinion], part: str) -> list[Opinion]:
    """The opinions of one part, in their order."""
    return [opinion for opinion in opinions if opinion.part == part]


def texts_of(opinions: Sequence[Opinion]) -> list[str]:
    """What the opinions say, (N,)."""
    return [opinion.text for opinion in opinions]


def labels_of(opinions: Sequence[Opinion]) -> np.ndarray:
    """(N,) bool: which are positive."""
    return np.array([opinion.is_positive for opinion in opinions], dtype=bool)


def rows_of(opinions: Sequence[Opinion], settings: Settings) -> tuple[list[int], list[int], list[int]]:
    """Which opinions a reader is trained on, validated and tested on.

    Of the training part as many as the settings say, both labels in their proportion; with the same seed, fewer are
    some of more.
    """
    training, validation, test = (
        np.array([row for row, opinion in enumerate(opinions) if opinion.part == part])
        for part in ("training", "validation", "test")
    )
    training = np.random.default_rng(settings.seed).permutation(training)
    labels, turn = labels_of(opinions)[training], np.empty(len(training))
    for label in (False, True):
        turn[labels == label] = np.linspace(0, 1, (labels == label).sum(), endpoint=False)
    chosen = training[np.argsort(turn, kind="stable")[: settings.sentences]]
    return sorted(chosen.tolist()), validation.tolist(), test.tolist()
