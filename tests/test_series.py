"""Each series obeys its own law, integrated here anew, and is the same for the same seed."""

import numpy as np
import pytest

from seqviz.tasks.series import SERIES, YEAR, mackey_glass, make_series


def rk4(slope, start, steps, width):
    """The solution of x' = slope(x) at every step."""
    found = [np.array(start, dtype=float)]
    for _ in range(steps):
        x = found[-1]
        k1 = slope(x)
        k2 = slope(x + width / 2 * k1)
        k3 = slope(x + width / 2 * k2)
        k4 = slope(x + width * k3)
        found.append(x + width / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(found)


def test_the_damped_pieces_solve_the_equation_of_the_oscillator():
    zeta, omega = 0.05, 2 * np.pi / 15 / np.sqrt(1 - 0.05**2)
    law = np.array([[0, 1], [-(omega**2), -2 * zeta * omega]])  # (x, x')
    starts = [rk4(lambda state: law @ state, start, 590, 0.1)[::10, 0] for start in ([1, 0], [0, 1])]
    pieces = np.array(make_series("damped", 0).pieces)  # (40, 60)
    left = pieces.T - np.stack(starts, 1) @ np.linalg.lstsq(np.stack(starts, 1), pieces.T)[0]
    assert left.std() == pytest.approx(0.01, rel=0.05)
    assert np.abs(left).max() < 0.05
    assert np.abs(pieces).max() < 1.55
    assert len({np.sign(piece[0]) for piece in pieces}) == 2  # they do not all start alike


def test_chaos_follows_the_equation_of_mackey_and_glass():
    """Against Runge-Kutta of fourth order with half the step; the delayed value between two steps is their mean."""
    width, lag = 0.05, 340
    x = np.full(lag + 1 + 99 * 60, 1.2)

    def slope(now, before):
        return 0.2 * before / (1 + before**10) - 0.1 * now

    for t in range(lag, len(x) - 1):
        old, new = x[t - lag], x[t - lag + 1]
        k1 = slope(x[t], old)
        k2 = slope(x[t] + width / 2 * k1, (old + new) / 2)
        k3 = slope(x[t] + width / 2 * k2, (old + new) / 2)
        k4 = slope(x[t] + width * k3, new)
        x[t + 1] = x[t] + width / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    np.testing.assert_allclose(mackey_glass(1.2, 100), x[lag::60], rtol=0, atol=3e-4)


def test_one_is_where_mackey_and_glass_stand_still():
    np.testing.assert_allclose(mackey_glass(1.0, 50), 1.0, rtol=0, atol=1e-12)  # 0.2/(1+1) − 0.1 = 0


def test_chaos_keeps_to_its_range_and_parts_from_a_neighbour():
    values = make_series("chaos", 0).pieces[0]
    assert values.min() > 0.2 and values.max() < 1.4
    apart = np.abs(mackey_glass(0.9, 1000) - mackey_glass(0.9 + 1e-6, 1000))
    assert apart[:50].max() < 1e-4 and apart[500:].max() > 0.1


def test_the_sine_is_a_sine_of_25_steps_and_noise():
    values = make_series("sine", 0).pieces[0]
    left = values - np.sin(2 * np.pi * np.arange(1000) / 25)
    assert left.std() == pytest.approx(0.05, rel=0.1)
    assert abs(np.corrcoef(left[1:], left[:-1])[0, 1]) < 0.1


def test_the_season_is_a_trend_twelve_months_and_noise():
    values = make_series("season", 0).pieces[0]
    years = values.reshape(50, 12)
    trend = np.polyfit(np.arange(50), years.mean(1), 1)
    assert trend[0] == pytest.approx(12 / 30, rel=0.05)
    months = (years - years.mean(1, keepdims=True)).mean(0)
    np.testing.assert_allclose(months - (np.arange(12) - 5.5) / 30, YEAR, rtol=0, atol=1)
    learned = values[:360]
    assert (values[480:].mean() - learned.mean()) / learned.std() == pytest.approx(1.2, abs=0.1)


@pytest.mark.parametrize(
    ("name", "pieces", "steps", "period"),
    [("sine", 1, 1000, 25), ("damped", 40, 60, 15), ("season", 1, 600, 12), ("chaos", 1, 1000, None)],
)
def test_a_seed_gives_the_same_series_and_another_seed_another(name, pieces, steps, period):
    assert name in SERIES
    series, again, other = (make_series(name, seed) for seed in (1, 1, 2))
    assert (series.name, series.period, len(series.pieces)) == (name, period, pieces)
    for piece, same, another in zip(series.pieces, again.pieces, other.pieces, strict=True):
        assert piece.shape == (steps,) and piece.dtype == np.float64 and np.isfinite(piece).all()
        assert np.array_equal(piece, same) and not np.array_equal(piece, another)


def test_there_is_no_other_series():
    assert SERIES == ("sine", "damped", "season", "chaos")
    with pytest.raises(KeyError):
        make_series("sales", 0)
