"""The measures and forecasts against hand-worked numbers and independent references."""

import numpy as np
import pytest

from seqviz.jobs.baselines import (
    LinearAR,
    drift_point,
    fit_linear,
    free_run,
    last_value,
    mae,
    mase,
    rmse,
    season_of,
    seasonal_naive,
)
from seqviz.tasks.series import make_series


def noise(count, seed=0):
    return np.random.default_rng(seed).normal(size=count)


def windows_of(values, width):
    view = np.lib.stride_tricks.sliding_window_view(values, width + 1)
    return view[:, :-1], view[:, -1]


# ---- measures


def test_mean_absolute_and_root_mean_squared_error_by_hand():
    assert mae(np.array([3.0, -4.0, 0.0, 1.0])) == 2.0
    assert rmse(np.array([3.0, -4.0, 0.0, 1.0])) == pytest.approx(np.sqrt(26 / 4))


def test_the_scaled_error_by_hand():
    """Training 10, 12, 9, 10: the naive forecast was off by 2, 3 and 1, on average 2; ours is off by 1 on average."""
    assert mase(np.array([1.0, -2.0, 0.0]), [np.array([10.0, 12.0, 9.0, 10.0])]) == pytest.approx(0.5)


def test_the_scaled_error_never_looks_from_one_piece_to_the_next():
    pieces = [np.array([0.0, 1.0]), np.array([100.0, 103.0, 101.0])]  # 1; 3, 2
    assert mase(np.array([4.0]), pieces) == pytest.approx(2.0)


def test_as_before_has_the_scaled_error_one_on_the_training_values():
    values = noise(50).cumsum()
    windows, targets = windows_of(values, 1)
    assert mase(last_value(windows) - targets, [values]) == pytest.approx(1.0)


def test_values_that_never_move_have_no_scale():
    with pytest.raises(ValueError, match="never move"):
        mase(np.array([1.0]), [np.full(5, 2.0), np.full(3, 7.0)])


@pytest.mark.parametrize(
    ("errors", "step"),
    [
        ([0.0, 0.1, -0.9, 0.0], 2),  # the limit is 0.4 × 2
        ([0.9, 0.0], 0),
        ([0.8, -0.8], None),  # at the limit is not over it
        ([0.1, np.nan], 1),
        ([0.1, np.inf, 0.0], 1),
        ([], None),
    ],
)
def test_a_forecast_is_valid_until_it_is_off_by_more_than_the_limit(errors, step):
    assert drift_point(np.array(errors), scale=2.0) == step


def test_a_wider_limit_is_reached_later():
    assert drift_point(np.array([0.5, 1.5, 2.5]), scale=1.0, limit=2.0) == 2


# ---- forecasts


def test_as_before_and_as_a_season_ago_by_hand():
    windows = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    assert last_value(windows).tolist() == [4, 8]
    assert seasonal_naive(windows, 1).tolist() == [4, 8]
    assert seasonal_naive(windows, 3).tolist() == [2, 6]
    assert seasonal_naive(windows, 4).tolist() == [1, 5]
    for period in (0, 5):
        with pytest.raises(ValueError, match="does not reach back"):
            seasonal_naive(windows, period)


def test_as_a_season_ago_is_right_where_the_season_is_all_there_is():
    windows, targets = windows_of(np.tile([1.0, 5.0, 2.0], 10), 4)
    assert np.array_equal(seasonal_naive(windows, 3), targets)


def test_the_linear_forecast_is_least_squares():
    """Against lstsq with a column of ones, and scikit-learn."""
    from sklearn.linear_model import LinearRegression

    windows, targets = windows_of(5 + noise(200).cumsum(), 6)
    found = fit_linear(windows, targets)
    solution = np.linalg.lstsq(np.column_stack([windows, np.ones(len(windows))]), targets)[0]
    np.testing.assert_allclose([*found.weights, found.intercept], solution, rtol=0, atol=1e-9)
    theirs = LinearRegression().fit(windows, targets)
    np.testing.assert_allclose(found(windows), theirs.predict(windows), rtol=0, atol=1e-9)


def test_the_linear_forecast_finds_the_law_that_made_the_series():
    values = [1.0, 2.0]
    for _ in range(60):
        values.append(3 + 1.2 * values[-1] - 0.7 * values[-2])
    found = fit_linear(*windows_of(np.array(values), 2))
    np.testing.assert_allclose(found.weights, [-0.7, 1.2], rtol=0, atol=1e-8)
    assert found.intercept == pytest.approx(3)


def test_of_weights_that_fit_as_well_the_smallest_are_taken():
    """A wave without noise needs two values; a window of eight float32 leaves six directions free."""
    windows, targets = windows_of(np.sin(np.arange(100.0)), 8)
    found = fit_linear(windows, targets)
    np.testing.assert_allclose(found(windows), targets, rtol=0, atol=1e-9)
    assert np.linalg.norm(found.weights) < 1
    single = fit_linear(windows.astype(np.float32), targets.astype(np.float32))
    assert single.weights.dtype == np.float64


def test_a_free_run_reads_its_own_answers():
    def sum_of_two(windows):
        return windows.sum(1)

    assert free_run(sum_of_two, np.array([1.0, 1.0]), 6).tolist() == [2, 3, 5, 8, 13, 21]
    assert free_run(sum_of_two, np.array([1.0, 1.0]), 0).tolist() == []
    assert free_run(lambda windows: windows[:, 0], np.array([1, 2, 3]), 5).tolist() == [1, 2, 3, 1, 2]
    assert free_run(LinearAR(np.array([0.0, 0.5]), 1.0), np.array([9.0, 4.0]), 2).tolist() == [3, 2.5]


def test_a_free_run_asks_with_one_window_and_leaves_the_start_alone():
    start, shapes = np.array([1.0, 2.0, 3.0]), []

    def watched(windows):
        shapes.append(windows.shape)
        return last_value(windows) + 1

    assert free_run(watched, start, 2).tolist() == [4, 5]
    assert shapes == [(1, 3)] * 2 and start.tolist() == [1, 2, 3]


# ---- the season


@pytest.mark.parametrize("seed", range(8))
def test_a_season_is_found_in_the_training_part(seed):
    for name, period in {"sine": 25, "season": 12}.items():
        values = make_series(name, seed).pieces[0]
        assert season_of([values[: len(values) * 6 // 10]]) == period
    assert season_of(make_series("damped", seed).pieces[:24]) == 15


@pytest.mark.parametrize("length", [30, 100, 600])
@pytest.mark.parametrize("seed", range(8))
def test_noise_wandering_and_lines_have_no_season(seed, length):
    steps = noise(length, seed)
    assert season_of([steps]) is None
    assert season_of([steps.cumsum()]) is None
    assert season_of([np.arange(length) + steps]) is None


@pytest.mark.parametrize("period", [2, 3, 7, 12])
def test_a_season_is_found_in_a_hundred_values_whatever_its_shape(period):
    spikes = (np.arange(100) % period == 0) + 0.1 * noise(100)
    assert season_of([spikes]) == period
    assert season_of([spikes * 1e6 + np.arange(100) * 1e6]) == period


def test_the_whole_year_is_the_season_though_its_halves_are_alike():
    t = np.arange(240)
    assert season_of([1.5 * np.cos(2 * np.pi * t / 6) + 0.8 * np.cos(2 * np.pi * t / 12)]) == 12


def test_three_seasons_are_asked_for():
    spikes = (np.arange(60) % 12 == 0) + 0.1 * noise(60)
    assert season_of([spikes[:40]]) == 12
    assert season_of([spikes[:35]]) is None


def test_a_hill_that_still_rises_at_the_longest_lag_is_no_season():
    assert season_of([np.sin(2 * np.pi * np.arange(110) / 40)]) is None


def test_no_season_is_sought_across_pieces():
    """Put together, twos stand two steps apart at every joint; within a piece nothing comes back."""
    piece = np.array([2.0, 1, 1, 0, 2, 1, 2, 2, 2, 0, 2, 0])
    assert season_of([piece] * 10) is None
    assert season_of([np.tile(piece, 10)]) == 12


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values", [np.zeros(50), np.full(50, 0.1), np.arange(50) * 0.1, np.arange(4.0) ** 2, np.array([1.0, 2.0])]
)
def test_what_is_straight_or_too_short_has_no_season(values):
    assert season_of([values]) is None
