"""Shares of saturated steps, by hand and as counted one by one."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from seqviz.traces.recurrent import trace_recurrent
from seqviz.traces.saturation import saturation


def test_shares_by_hand():
    gate = np.array(
        [
            [0.05, 0.95, 0.50, 0.10],
            [0.01, 0.99, 0.50, 0.90],
            [0.09, 0.95, 0.02, 0.10],
            [0.50, 0.91, 0.98, 0.90],
        ]
    )
    found = saturation(gate)
    np.testing.assert_array_equal(found.left, [3 / 4, 0, 1 / 4, 0])  # exactly 0.1 is not below it
    np.testing.assert_array_equal(found.right, [0, 1, 1 / 4, 0])


@given(steps=st.integers(1, 9), units=st.integers(1, 4), seed=st.integers(0, 99), dtype=st.sampled_from(["f4", "f8"]))
def test_shares_are_counts_over_steps(steps, units, seed, dtype):
    gate = np.random.default_rng(seed).beta(0.3, 0.3, (steps, units)).astype(dtype)
    found = saturation(gate)
    for unit in range(units):
        assert found.left[unit] == sum(value < 0.1 for value in gate[:, unit].tolist()) / steps
        assert found.right[unit] == sum(value > 0.9 for value in gate[:, unit].tolist()) / steps
    assert (found.left + found.right <= 1).all()


def test_a_bias_that_opens_or_shuts_a_gate_saturates_it_for_good():
    lstm = nn.LSTM(2, 3)
    with torch.no_grad():  # i shut, f open, at every step
        lstm.bias_ih_l0[:3], lstm.bias_ih_l0[3:6] = -20, 20
    gates = trace_recurrent(lstm, torch.randn(5, 2)).layers[0].gates
    np.testing.assert_array_equal(saturation(gates["i"]).left, 1)
    np.testing.assert_array_equal(saturation(gates["f"]).right, 1)
    assert not saturation(gates["f"]).left.any()


@pytest.mark.parametrize("shape", [(0, 3), (3,), (2, 3, 4)])
def test_what_has_no_steps_or_units_is_refused(shape):
    with pytest.raises(ValueError, match="at least one step"):
        saturation(np.zeros(shape))
