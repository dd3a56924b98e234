"""Scores of a reader, by hand and against scipy."""

import numpy as np
import pytest
from scipy.stats import binomtest

from seqviz.jobs.scores import calibration, p_value, score, wilson

NONE = frozenset()


def answers(right, n):
    return np.arange(n) < right


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (0, 7), (7, 7), (1, 2), (9, 10), (131, 180), (54, 135)])
def test_the_interval_is_scipys(right, n):
    found, interval = wilson(answers(right, n)), binomtest(right, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert (found.right, found.n, found.accuracy) == (right, n, right / n)


def test_an_interval_worked_by_hand():
    """All 10 of 10: the lower bound is n / (n + z²) = 10 / 13.8415 = .7225, the upper one 1."""
    found = wilson(answers(10, 10))
    assert (found.low, found.high) == (pytest.approx(0.7225, abs=1e-4), 1.0)


def test_scores_worked_by_hand():
    probabilities = np.array([0.9, 0.5, 0.2, 0.4, 0.95])
    labels = np.array([True, False, False, True, False])
    marks = [NONE, NONE, frozenset({"irony"}), frozenset({"irony", "negation"}), frozenset({"negation"})]
    found = score(probabilities, labels, marks)
    assert found.confusion == ((1, 2), (1, 1))  # negative: one said so, two called positive
    assert found.all.right == 2
    assert found.log_loss == pytest.approx(-np.log([0.9, 0.5, 0.8, 0.4, 0.05]).mean())
    assert found.brier == pytest.approx((0.1**2 + 0.5**2 + 0.2**2 + 0.6**2 + 0.95**2) / 5)
    assert {name: (one.right, one.n) for name, one in found.by_mark.items()} == {
        "none": (1, 2), "irony": (1, 2), "negation": (0, 2),
    }  # fmt: skip
    assert [(one.row, one.probability) for one in found.mistakes] == [(4, 0.95), (3, 0.4), (1, 0.5)]


def test_texts_without_marks_have_no_scores_by_mark():
    assert score(np.array([0.9, 0.9]), np.array([True, True]), [NONE, NONE]).by_mark == {}


def test_bins_and_calibration_error_worked_by_hand():
    probabilities = np.array([0.1, 0.15, 0.6, 0.7, 1.0])
    labels = np.array([False, True, True, False, True])
    bins = calibration(probabilities, labels)
    assert [one.n for one in bins] == [2, 0, 0, 2, 1]
    assert [(one.low, one.high) for one in bins] == [(i / 5, (i + 1) / 5) for i in range(5)]
    assert [(bins[i].said, bins[i].positive) for i in (0, 3, 4)] == [
        (pytest.approx(0.125), 0.5), (pytest.approx(0.65), 0.5), (1.0, 1.0),
    ]  # fmt: skip
    assert np.isnan(bins[1].said) and np.isnan(bins[1].positive)
    error = score(probabilities, labels, [NONE] * 5).calibration_error
    assert error == pytest.approx((2 * 0.375 + 2 * 0.15 + 0) / 5)


def test_a_reader_that_is_sure_and_right_has_no_error():
    labels = np.array([True, False, True])
    found = score(labels.astype(float), labels, [NONE] * 3)
    assert (found.calibration_error, found.brier, found.mistakes) == (0, 0, ())
    assert found.log_loss == pytest.approx(0, abs=1e-9)


def test_mcnemar_worked_by_hand():
    """Six texts tell the two apart, five for one of them: twice (6 over 5) + (6 over 6) of 2⁶, 14 / 64."""
    right = np.array([True] * 5 + [False] + [True] * 90)
    others = np.array([False] * 5 + [True] + [True] * 90)
    assert p_value(right, others) == pytest.approx(14 / 64)
    assert p_value(others, right) == pytest.approx(14 / 64)
    assert p_value(right, right) == 1.0
