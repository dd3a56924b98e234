"""A series cut in time for a forecaster: it learns from the first part, is chosen by the second, judged by the third.

Nothing of what comes later may reach what comes before: the scale is that of the training part alone, and a window
belongs to the part that the value after it lies in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from seqviz.tasks.series import Series
from seqviz.traces.refusal import N_, Refusal

TRAINING, VALIDATION = 0.6, 0.2  # shares of the values, in order of time; the rest is the test part
FEWEST = 32, 8, 8  # windows of each part with which there is something to learn and to measure

TOO_SHORT = N_(
    "The series has {found} values, too few for a window of {window}: choose a shorter window or a longer series."
)
CONSTANT = N_("Nothing moves in the first 60 % of the series, so there is nothing to learn: choose another.")


@dataclass(frozen=True)
class Part:
    """The windows of one part and the value that follows each, both scaled; and one stretch of it as it was recorded.

    N windows of W values; the stretch has W values that are known and A that are to be forecast after them.
    """

    windows: np.ndarray  # (N, W) float32
    targets: np.ndarray  # (N,) float32
    known: np.ndarray  # (W,) float64, in the series' own units
    ahead: np.ndarray  # (A,)


@dataclass(frozen=True)
class Cut:
    """A series in its three parts, each scaled by the training part: (value − mean) / std."""

    series: Series
    ends: tuple[int, int]  # how many values come before the validation part, and before the test part
    mean: float
    std: float
    learned: tuple[np.ndarray, ...]  # the values of the training part, piece by piece
    training: Part
    validation: Part
    test: Part

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Values as the network reads them."""
        return (values - self.mean) / self.std

    def unscaled(self, values: np.ndarray) -> np.ndarray:
        """What the network says, in the series' own units, as float64."""
        return np.asarray(values, dtype=np.float64) * self.std + self.mean


def cut(series: Series, window: int) -> Cut:
    """Cut a series of one piece at 60 % and 80 % of its steps, one of several pieces after 60 % and 80 % of these.

    A window never reaches over the end of a piece. Raises Refusal: TOO_SHORT, with the steps `found` and the
    `window`; CONSTANT, where nothing in the training part moves.
    """
    lengths = [len(piece) for piece in series.pieces]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    marks = offsets if len(lengths) > 1 else np.arange(lengths[0] + 1)  # where the series may be cut
    first_end, second_end = (int(marks[round(share * (len(marks) - 1))]) for share in (TRAINING, TRAINING + VALIDATION))
    ends = (first_end, second_end)
    learned = [piece[: max(0, ends[0] - offset)] for piece, offset in zip(series.pieces, offsets[:-1], strict=True)]
    values = np.concatenate(learned)
    mean, std = float(values.mean()), float(values.std())
    parts = []
    for first, last, fewest in zip((0, *ends), (*ends, offsets[-1]), FEWEST, strict=True):
        spans = [
            (piece, max(window, first - offset), min(len(piece), last - offset))
            for piece, offset in zip(series.pieces, offsets[:-1], strict=True)
        ]
        spans = [(piece, begin, end) for piece, begin, end in spans if begin < end]
        if sum(end - begin for _, begin, end in spans) < fewest:
            raise Refusal(TOO_SHORT, found=int(offsets[-1]), window=window)
        parts.append(_part(spans, window, mean, std or 1.0))
    if not std > 1e-9 * max(1.0, abs(mean)):
        raise Refusal(CONSTANT)
    return Cut(series, ends, mean, std, tuple(piece for piece in learned if len(piece)), *parts)


def written(parts: Cut) -> str:
    """The whole series as a table (CSV): which part each value lies in, which piece, and the value to the last bit."""
    lines, number = ["part,piece,value"], 0
    for piece, values in enumerate(parts.series.pieces):
        for value in values.tolist():
            part = ("training", "validation", "test")[sum(number >= end for end in parts.ends)]
            lines.append(f"{part},{piece},{value!r}")
            number += 1
    return "\n".join(lines) + "\n"


def _part(spans: list[tuple[np.ndarray, int, int]], window: int, mean: float, std: float) -> Part:
    """The windows before the steps `begin` to `end` of each piece."""
    rows = [sliding_window_view(piece, window + 1)[begin - window : end - window] for piece, begin, end in spans]
    scaled = ((np.concatenate(rows) - mean) / std).astype(np.float32)  # (N, W + 1)
    piece, begin, end = spans[0]
    return Part(scaled[:, :-1], scaled[:, -1], piece[begin - window : begin], piece[begin:end])
