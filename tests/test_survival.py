"""The survival matrix: it adds up to the state exactly, it fades as the gates say, and it is right by hand."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import seqviz
from seqviz.models.checkpoint import FOLDER, load_checkpoint
from seqviz.traces.recurrent import trace_recurrent
from seqviz.traces.survival import mean_of_logs, survival, survival_of_start, written

KINDS = {"LSTM": nn.LSTM, "GRU": nn.GRU}
TOLERANCE = 1e-5
SHIPPED = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem.endswith(("-lstm", "-gru")))


def make(kind, width=3, units=4, seed=0, **options):
    torch.manual_seed(seed)
    return KINDS[kind](width, units, **options)


def traced(module, steps, scale=1.0):
    """A trace from random inputs and a random state."""
    dtype, count = module.weight_ih_l0.dtype, module.num_layers * (1 + module.bidirectional)
    h0 = torch.randn(count, module.proj_size or module.hidden_size, dtype=dtype)
    state = (h0, torch.randn(count, module.hidden_size, dtype=dtype)) if isinstance(module, nn.LSTM) else h0
    return trace_recurrent(module, scale * torch.randn(steps, module.input_size, dtype=dtype), state)


def parts(layer):
    """The state of every step and the one it all started from: what survives is a part of these."""
    return (layer.c, layer.c0) if layer.kind == "LSTM" else (layer.h, layer.h0)


def check(layer):
    """What each step wrote, times what is left of it, adds up to the state; the logarithm tells the same story."""
    state, start = parts(layer)
    left = survival(layer)
    assert left.shape == (*state.shape[:1], *state.shape)
    assert left.dtype == state.dtype
    total = np.einsum("tsh,sh->th", left, written(layer)) + survival_of_start(layer) * start
    np.testing.assert_allclose(total, state, rtol=0, atol=TOLERANCE)
    with np.errstate(divide="ignore"):
        seen = left > np.finfo(left.dtype).tiny
        np.testing.assert_allclose(survival(layer, log=True)[seen], np.log(left[seen]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_it_adds_up_in_every_layer_and_direction(kind, dtype, bidirectional):
    module = make(kind, num_layers=2, bidirectional=bidirectional, dtype=dtype)
    layers = traced(module, steps=30).layers
    assert len(layers) == 2 * (1 + bidirectional)
    for layer in layers:
        check(layer)


def test_it_adds_up_with_a_projection():
    check(traced(make("LSTM", proj_size=2), steps=9).layers[0])


@given(
    kind=st.sampled_from(list(KINDS)), steps=st.integers(1, 40), units=st.integers(1, 6), seed=st.integers(0, 2**16),
    gain=st.sampled_from([0.1, 1.0, 5.0, 20.0]), dtype=st.sampled_from([torch.float32, torch.float64]),
)  # fmt: skip
def test_it_adds_up_whatever_the_weights(kind, steps, units, seed, gain, dtype):
    module = make(kind, units=units, seed=seed, bidirectional=bool(seed % 2), dtype=dtype)
    with torch.no_grad():
        for weight in module.parameters():
            weight *= gain
    for layer in traced(module, steps, scale=2.0).layers:
        check(layer)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_adds_up_in_what_is_shipped(name, dtype):
    cell = load_checkpoint(name).reader.cell.to(dtype)
    assert SHIPPED
    check(traced(cell, steps=200).layers[0])


# ---- by hand


def lstm_layer(i, f, g, c0):
    """A trace of one unit with the gates that are given, all else as the definition has it."""
    layer = trace_recurrent(make("LSTM", 1, 1).double(), np.zeros((len(i), 1))).layers[0]
    gates = {name: np.array(values)[:, None] for name, values in zip("ifg", (i, f, g), strict=True)}
    return replace(layer, gates=layer.gates | gates, c0=np.array([c0]))


def test_two_steps_of_an_lstm_by_hand():
    # c_0 = ½·2 + ½·0.6 = 1.3; c_1 = ¼·1.3 + 1·(−0.8) = −0.475
    layer = lstm_layer(i=[0.5, 1.0], f=[0.5, 0.25], g=[0.6, -0.8], c0=2.0)
    np.testing.assert_array_equal(survival(layer)[:, :, 0], [[0.5, 0.0], [0.125, 1.0]])
    np.testing.assert_array_equal(survival_of_start(layer)[:, 0], [0.5, 0.125])
    total = 0.125 * 0.6 + 1.0 * -0.8 + 0.125 * 2.0
    assert total == pytest.approx(-0.475)
    np.testing.assert_allclose(
        survival(layer, log=True)[:, :, 0], [[log(0.5), -np.inf], [log(0.5) + log(0.25), 0.0]], rtol=1e-15
    )


def test_two_steps_of_a_gru_by_hand():
    layer = trace_recurrent(make("GRU", 1, 1).double(), np.zeros((2, 1))).layers[0]
    layer = replace(layer, gates=layer.gates | {"z": np.array([[0.75], [0.5]]), "n": np.array([[0.4], [-1.0]])})
    # of n_0 a quarter was written and half of that is kept
    np.testing.assert_array_equal(survival(layer)[:, :, 0], [[0.25, 0.0], [0.125, 0.5]])
    np.testing.assert_array_equal(survival_of_start(layer)[:, 0], [0.75, 0.375])
    np.testing.assert_array_equal(written(layer)[:, 0], [0.4, -1.0])


def test_a_reverse_layer_reads_from_the_end():
    module = make("LSTM", bidirectional=True).double()
    inputs = torch.randn(7, 3, dtype=torch.double)
    reverse = trace_recurrent(module, inputs).layers[1]
    alone = make("LSTM").double()
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    alone.load_state_dict({name: getattr(module, f"{name}_reverse").detach() for name in names})
    forward = trace_recurrent(alone, inputs.flip(0)).layers[0]
    for of in (survival, lambda layer: survival(layer, log=True)):
        np.testing.assert_allclose(of(reverse), of(forward)[::-1, ::-1], rtol=1e-12)
    np.testing.assert_allclose(survival_of_start(reverse), survival_of_start(forward)[::-1], rtol=1e-12)
    assert survival(reverse)[0, -1].all()
    assert not survival(reverse)[-1, 0].any()


# ---- gates at their ends


def test_a_gate_held_at_zero_leaves_nothing_and_its_logarithm_says_so():
    layer = lstm_layer(i=[1.0, 1.0, 0.0], f=[1.0, 0.0, 1.0], g=[0.5, 0.5, 0.5], c0=1.0)
    np.testing.assert_array_equal(survival(layer)[:, :, 0], [[1, 0, 0], [0, 1, 0], [0, 1, 0]])
    expected = [[0.0, -np.inf, -np.inf], [-np.inf, 0.0, -np.inf], [-np.inf, 0.0, -np.inf]]
    np.testing.assert_array_equal(survival(layer, log=True)[:, :, 0], expected)
    np.testing.assert_array_equal(survival_of_start(layer)[:, 0], [1, 0, 0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_logarithm_sees_what_underflows(dtype):
    module = make("LSTM", dtype=dtype)
    with torch.no_grad():
        module.bias_ih_l0[4:8] = -12.0  # f ≈ e⁻¹²
    layer = traced(module, steps=100, scale=0.1).layers[0]
    assert (survival(layer)[-1, 0] == 0).all()
    logs = survival(layer, log=True)[-1, 0]
    assert np.isfinite(logs).all()
    expected = np.log(layer.gates["f"][1:].astype(float)).sum(axis=0) + np.log(layer.gates["i"][0].astype(float))
    np.testing.assert_allclose(logs, expected, rtol=1e-4)


@given(seed=st.integers(0, 2**16), kind=st.sampled_from(list(KINDS)))
def test_nothing_is_more_than_whole_and_nothing_grows_back(seed, kind):
    left = survival(traced(make(kind, seed=seed).double(), steps=12).layers[0])
    assert left.min() >= 0
    assert left.max() <= 1
    for s in range(12):
        assert (np.diff(left[s:, s], axis=0) <= 0).all()
        assert not left[:s, s].any()


def test_an_rnn_has_no_such_split():
    layer = trace_recurrent(nn.RNN(2, 3), torch.randn(4, 2)).layers[0]
    for of in (survival, survival_of_start, written):
        with pytest.raises(ValueError, match="no gates"):
            of(layer)


def test_it_is_in_the_library():
    assert seqviz.survival is survival


def test_the_mean_of_logarithms_of_shares_is_the_logarithm_of_their_mean():
    layer = trace_recurrent(torch.nn.LSTM(3, 5), torch.randn(7, 3)).layers[0]
    left = survival(layer).astype(np.float64)
    past = np.tril_indices(7)
    found = mean_of_logs(survival(layer, log=True))
    np.testing.assert_allclose(found[past], np.log(left.mean(axis=2)[past]), atol=1e-5)
    assert np.isneginf(found[0, 1])  # nothing is left of what comes later
