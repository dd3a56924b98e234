"""Series made by rule: a noisy sine, damped oscillations, sales with a trend and a season, and chaos.

"chaos" is the equation of Mackey & Glass (1977), an old benchmark of networks that forecast. At a delay of 17 it is
just chaotic.
"""

from dataclasses import dataclass

import numpy as np

SINE_PERIOD = 25
YEAR = (-14.0, -16.0, -6.0, -2.0, 2.0, 6.0, 4.0, -4.0, 0.0, 4.0, 8.0, 18.0)  # what each month sells more than the trend
DAMPED_PERIOD, ZETA = 15, 0.05  # steps from crest to crest; how fast the swing fades: ζ

BETA, GAMMA, EXPONENT, DELAY = 0.2, 0.1, 10, 17
PER_UNIT = 10  # steps of integration in a unit of time
SAMPLED = 3  # units of time between two values


@dataclass(frozen=True)
class Series:
    """Values in order of time: in one piece, or in several that have nothing to do with each other."""

    name: str
    pieces: tuple[np.ndarray, ...]  # each (T,) float64
    period: int | None  # the season in steps, where it is known


def make_series(name: str, seed: int) -> Series:
    """One of SERIES, the same for the same seed. Raises KeyError for a name that is not among them."""
    make, period = _RULES[name]
    return Series(name, make(np.random.default_rng(seed)), period)


def mackey_glass(start: float, count: int) -> np.ndarray:
    """The first values (count,) of x' = β x(t−τ) / (1 + x(t−τ)ⁿ) − γ x, one every SAMPLED units; x is `start` before.

    Mackey & Glass (1977), "Oscillation and chaos in physiological control systems", Science 197: their cells in the
    blood with β = 0.2, γ = 0.1, n = 10, θ = 1, here with τ = 17. Integrated by Heun's method, which needs the delayed
    values at whole steps only.
    """
    lag, width = DELAY * PER_UNIT, 1 / PER_UNIT
    x = [start] * (lag + 1)
    grown = [BETA * start / (1 + start**EXPONENT)] * (lag + 1)  # the first term at each step, used DELAY later
    for t in range((count - 1) * SAMPLED * PER_UNIT):
        slope = grown[t] - GAMMA * x[-1]
        ahead = grown[t + 1] - GAMMA * (x[-1] + width * slope)
        x.append(x[-1] + width * (slope + ahead) / 2)
        grown.append(BETA * x[-1] / (1 + x[-1] ** EXPONENT))
    return np.array(x[lag :: SAMPLED * PER_UNIT])


def _sine(rng: np.random.Generator) -> tuple[np.ndarray]:
    return (np.sin(2 * np.pi * np.arange(1000) / SINE_PERIOD) + rng.normal(scale=0.05, size=1000),)


def _damped(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """x'' + 2ζω x' + ω² x = 0 from 40 starts: x(t) = A exp(−ζωt) cos(ω_d t + φ), where ω_d = ω √(1 − ζ²)."""
    t = np.arange(60)
    turning = 2 * np.pi / DAMPED_PERIOD  # ω_d
    fading = np.exp(-ZETA * turning / np.sqrt(1 - ZETA**2) * t)
    amplitude, phase = rng.uniform(0.5, 1.5, size=(40, 1)), rng.uniform(0, 2 * np.pi, size=(40, 1))
    return tuple(amplitude * fading * np.cos(turning * t + phase) + rng.normal(scale=0.01, size=(40, 60)))


def _season(rng: np.random.Generator) -> tuple[np.ndarray]:
    """The trend is gentle: the last fifth lies about one standard deviation above what a network was trained on."""
    t = np.arange(600)
    return (100 + t / 30 + np.array(YEAR)[t % len(YEAR)] + rng.normal(scale=2, size=600),)


def _chaos(rng: np.random.Generator) -> tuple[np.ndarray]:
    return (mackey_glass(rng.uniform(0.6, 1.4), 1200)[200:],)  # by then it is on its attractor


_RULES = {
    "sine": (_sine, SINE_PERIOD),
    "damped": (_damped, DAMPED_PERIOD),
    "season": (_season, len(YEAR)),
    "chaos": (_chaos, None),
}
SERIES = tuple(_RULES)
