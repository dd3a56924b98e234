"""Which unit of a memory follows something known, by hand."""

import numpy as np
import pytest

from seqviz.training.unit import follows


def test_the_unit_that_falls_as_the_other_rises_follows_it_too():
    known = np.array([0.0, 1.0, 2.0, 3.0])
    memory = np.stack([[0.0, 1.0, 0.0, 1.0], [4.0, 3.0, 2.0, 1.0], [0.0, 0.0, 0.0, 0.1]], axis=1)
    assert follows(memory, known) == {"unit": 1, "corr": 1.0}


def test_a_correlation_worked_by_hand():
    """Deviations −1, 0, 1 and 1, −2, 1 are orthogonal; −1, 0, 1 and −2, 1, 1 give 3/√12 = .8660."""
    found = follows(np.array([[1.0, -2.0], [-2.0, 1.0], [1.0, 1.0]]), np.array([-1.0, 0.0, 1.0]))
    assert found == {"unit": 1, "corr": pytest.approx(0.866, abs=1e-4)}


def test_a_unit_that_never_moves_follows_nothing():
    known = np.array([0.0, 1.0, 2.0])
    assert follows(np.array([[5.0, 0.1], [5.0, 0.0], [5.0, 0.2]]), known)["unit"] == 1
