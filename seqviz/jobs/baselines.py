"""The forecasts without a network that a network has to beat, and how far off a forecast is.

A one-step forecast takes windows (N, W), oldest value first, and gives the value after each, (N,).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

LONGEST_SEASON = 400  # steps: a year of days, and some
CLEAR = 0.4  # autocorrelation from which on a season is worth a forecast

# ---- how far off


def mae(errors: np.ndarray) -> float:
    """Mean absolute error, in the unit of the series."""
    return float(np.abs(errors).mean())


def rmse(errors: np.ndarray) -> float:
    """Root mean squared error, in the unit of the series."""
    return float(np.sqrt(np.square(errors).mean()))


def mase(errors: np.ndarray, training: Sequence[np.ndarray]) -> float:
    """Mean absolute scaled error: below 1 it beats what "as before" got on the training values, piece by piece.

    MASE = mean |e| / mean |Yᵢ − Yᵢ₋₁|, the differences within the pieces of `training` only: Hyndman & Koehler (2006),
    "Another look at measures of forecast accuracy", section 3. Raises ValueError where the training values never move.
    """
    naive = mae(np.concatenate([np.diff(piece) for piece in training]))
    if naive == 0:
        raise ValueError("The training values never move: there is no scale to measure an error by.")
    return mae(errors) / naive


def drift_point(errors: np.ndarray, scale: float, limit: float = 0.4) -> int | None:
    """How many steps a free-running forecast is valid: the first step t, from 0, with |eₜ| > limit · scale, or None.

    `scale` is the standard deviation of the training values; NaN counts as off. For a series of single values this is
    the valid prediction time, in steps, of Vlachas et al. (2020), Neural Networks 126: the longest time for which
    √⟨e²/σ²⟩, averaged over the values of one step, stays under a threshold. Theirs is 0.5; 0.4 is that of Pathak et al.
    (2018), Chaos 28, who divide by the root mean square instead.
    """
    off = np.flatnonzero(~(np.abs(errors) <= limit * scale))
    return int(off[0]) if len(off) else None


# ---- who says what comes next


def last_value(windows: np.ndarray) -> np.ndarray:
    """As before: (N, W) to (N,)."""
    return windows[:, -1]


def seasonal_naive(windows: np.ndarray, period: int) -> np.ndarray:
    """As a season ago: (N, W) to (N,). Raises ValueError where a window does not reach back as far."""
    if not 1 <= period <= windows.shape[1]:
        raise ValueError(f"A window of {windows.shape[1]} values does not reach back {period} steps.")
    return windows[:, -period]


@dataclass(frozen=True)
class LinearAR:
    """An autoregression: the next value is a weighted sum of the window, and an intercept."""

    weights: np.ndarray  # (W,) float64, of the oldest value first
    intercept: float

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        """(N, W) to (N,)."""
        return windows @ self.weights + self.intercept  # (N, W) x (W,) -> (N,)


def fit_linear(windows: np.ndarray, targets: np.ndarray) -> LinearAR:
    """Ordinary least squares with intercept on windows (N, W) and targets (N,).

    What sklearn.linear_model.LinearRegression gives, without a second spent on its import: of all weights that fit as
    well, as with a smooth series many do, the smallest.
    """
    windows, targets = windows.astype(np.float64), targets.astype(np.float64)
    means, mean = windows.mean(axis=0), targets.mean()
    weights = np.linalg.lstsq(windows - means, targets - mean)[0]
    return LinearAR(weights, float(mean - means @ weights))


def free_run(one_step: Callable[[np.ndarray], np.ndarray], start: np.ndarray, steps: int) -> np.ndarray:
    """The next values (steps,) after a window (W,), each answer fed back as the newest value of the next window."""
    values = np.concatenate([start, np.empty(steps)])
    for t in range(steps):
        values[t + len(start)] = one_step(values[None, t : t + len(start)])[0]
    return values[len(start) :]


def season_of(training: Sequence[np.ndarray]) -> int | None:
    """The season in steps of the pieces (T,) of a training part, or None where there is no clear one.

    The first hill of the autocorrelation, behind its first valley, that rises over CLEAR and is about as high as any.
    Each piece is taken without its straight line, and none is compared with another; the longest must hold three
    seasons. Of noises and random walks, 40 to 3,000 steps long, at most one in a hundred seems to have a season.
    """
    pieces = [_without_line(piece) for piece in training]
    longest = min(max(map(len, pieces)) // 3, LONGEST_SEASON)
    products = np.array([sum(x[k:] @ x[: len(x) - k] for x in pieces if k < len(x)) for k in range(longest + 1)])
    if products[0] == 0:
        return None  # all of it is a line
    r = products / products[0]
    stretches = np.split(np.arange(len(r)), np.flatnonzero(np.diff(r > 0)) + 1)
    tops = [int(lags[r[lags].argmax()]) for lags in stretches[1:] if r[lags[0]] > 0]
    clear = [k for k in tops if k < longest and r[k] > CLEAR]  # at the longest lag the hill may still rise
    return next((k for k in clear if r[k] >= 0.9 * r[clear].max()), None)


def _without_line(piece: np.ndarray) -> np.ndarray:
    t = np.arange(len(piece))
    return piece - np.polyval(np.polyfit(t, piece, 1), t)
