"""The plane of most movement, against the eigenvectors of the covariance and against what a plane must do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqviz.traces.plane import plane


def states(steps, units, seed=0):
    return np.random.default_rng(seed).normal(size=(steps, units)) * np.arange(1, units + 1)


def test_a_straight_line_lies_in_the_first_direction():
    found = plane(np.array([[0.0, 0.0, 0.0], [3.0, 4.0, 0.0], [6.0, 8.0, 0.0]]))
    np.testing.assert_allclose(found.runs[0], [[-5, 0], [0, 0], [5, 0]], atol=1e-12)
    assert found.share == pytest.approx((1, 0))


def test_it_is_the_plane_of_the_two_largest_eigenvalues_of_the_covariance():
    h = states(30, 6)
    values, vectors = np.linalg.eigh(np.cov(h, rowvar=False))
    expected = (h - h.mean(axis=0)) @ vectors[:, [-1, -2]]
    found = plane(h)
    np.testing.assert_allclose(np.abs(found.runs[0]), np.abs(expected), atol=1e-9)
    assert found.share == pytest.approx(values[[-1, -2]] / values.sum())


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5), st.integers(0, 9))
def test_two_runs_share_one_plane_and_its_shares_are_those_of_the_variance(first, second, units, seed):
    a, b = states(first, units, seed), states(second, units, seed + 1)
    found = plane(a, b)
    assert [run.shape for run in found.runs] == [(first, 2), (second, 2)]
    both = np.concatenate([a, b])
    moved = ((both - both.mean(axis=0)) ** 2).sum()
    np.testing.assert_allclose(
        (np.concatenate(found.runs) ** 2).sum(axis=0), np.array(found.share) * moved, atol=1e-9 * (1 + moved)
    )
    assert found.share[0] >= found.share[1] >= 0 and sum(found.share) <= 1 + 1e-9


def test_the_same_states_in_another_order_of_signs_look_the_same():
    h = states(9, 4)
    np.testing.assert_allclose(plane(h[::-1]).runs[0][::-1], plane(h).runs[0], atol=1e-12)


def test_one_step_and_a_state_that_never_moves_stay_at_the_centre():
    for h in (states(1, 4), np.full((5, 3), 0.3), states(1, 1)):
        found = plane(h)
        np.testing.assert_allclose(found.runs[0], 0, atol=1e-12)
        assert found.runs[0].shape == (len(h), 2)
