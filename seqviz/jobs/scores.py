"""How good a reader of opinions is on texts that it was not trained on, and how sure one can be of that."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 5  # of equal width, for the calibration
NORMAL = 1.959963984540054  # standard deviations that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Share:
    """How many of n were right, and the 95 % interval of what it would be on many such texts."""

    right: int
    n: int
    low: float
    high: float

    @property
    def accuracy(self) -> float:
        """The share of right answers, from 0 to 1."""
        return self.right / self.n


@dataclass(frozen=True)
class Bin:
    """The texts whose probability lies between two bounds."""

    low: float
    high: float
    n: int
    said: float  # mean probability of "positive"; nan where n is 0
    positive: float  # the share that is; nan where n is 0


@dataclass(frozen=True)
class Mistake:
    """A text that was read wrongly; `row` is its place among the texts."""

    row: int
    probability: float  # of "positive"


@dataclass(frozen=True)
class Scores:
    """What a reader's probabilities of "positive" come to beside the labels of N texts."""

    all: Share
    confusion: tuple[tuple[int, int], tuple[int, int]]  # label (negative, positive), then what was said
    log_loss: float  # mean −ln of the probability of the right label
    brier: float  # mean squared distance of probability and label (Brier 1950)
    bins: tuple[Bin, ...]
    calibration_error: float  # mean |said − positive| over bins, weighted by n (Guo et al. 2017, of two labels)
    by_mark: dict[str, Share]  # "none" are those without any; empty where no text has a mark
    mistakes: tuple[Mistake, ...]  # the surest first


def score(probabilities: np.ndarray, labels: np.ndarray, marks: Sequence[frozenset[str]]) -> Scores:
    """Compare probabilities (N,) of "positive" with the labels (N,) bool; one half and more says positive."""
    from sklearn.metrics import brier_score_loss, confusion_matrix, log_loss

    said = probabilities >= 0.5
    right = said == labels
    (a, b), (c, d) = confusion_matrix(labels, said, labels=[False, True]).tolist()
    bins = calibration(probabilities, labels)
    names = sorted(set().union(*marks))
    by_mark = {name: wilson(right[[name in those for those in marks]]) for name in names}
    if names and any(not those for those in marks):
        by_mark["none"] = wilson(right[[not those for those in marks]])
    wrong = sorted(np.flatnonzero(~right), key=lambda row: -abs(probabilities[row] - 0.5))
    return Scores(
        wilson(right),
        ((a, b), (c, d)),
        float(log_loss(labels, probabilities, labels=[False, True])),
        float(brier_score_loss(labels, probabilities, pos_label=True)),
        bins,
        sum(one.n * abs(one.said - one.positive) for one in bins if one.n) / len(labels),
        by_mark,
        tuple(Mistake(int(row), float(probabilities[row])) for row in wrong),
    )


def wilson(right: np.ndarray) -> Share:
    """The score interval of a share (Wilson 1927), of answers (N,) bool: good for few of them too, and for all right.

    Its bounds are the p for which |right/n − p| = NORMAL·√(p(1−p)/n).
    """
    n, k, z = len(right), int(right.sum()), NORMAL
    middle = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (k * (n - k) / n + z**2 / 4) ** 0.5
    return Share(k, n, max(0.0, middle - half), min(1.0, middle + half))


def calibration(probabilities: np.ndarray, labels: np.ndarray) -> tuple[Bin, ...]:
    """Of the texts with similar probabilities (N,), how many are positive: a calibrated reader is right about that."""
    number = np.minimum((probabilities * BINS).astype(int), BINS - 1)  # (N,)
    found = []
    for i in range(BINS):
        inside = number == i
        n = int(inside.sum())
        said, positive = (float(v[inside].mean()) if n else np.nan for v in (probabilities, labels))
        found.append(Bin(i / BINS, (i + 1) / BINS, n, said, positive))
    return tuple(found)


def p_value(right: np.ndarray, others: np.ndarray) -> float:
    """How likely two readers that are equally good differ at least so much on the same texts (exact McNemar 1947).

    Both arguments are (N,) bool. Only texts tell them apart that one of them got right and the other not.
    """
    from scipy.stats import binomtest

    better, worse = int((right & ~others).sum()), int((others & ~right).sum())
    return float(binomtest(better, better + worse).pvalue) if better + worse else 1.0
