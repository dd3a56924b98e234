"""Wiping the memory and holding a unit, against loops over torch's own cells with the same weights."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from seqviz.traces.recurrent import trace_recurrent
from seqviz.traces.whatif import Hold, Wipe, trace_whatif

KINDS = {
    "RNN": (nn.RNN, nn.RNNCell, {}),
    "relu": (nn.RNN, nn.RNNCell, {"nonlinearity": "relu"}),
    "LSTM": (nn.LSTM, nn.LSTMCell, {}),
    "GRU": (nn.GRU, nn.GRUCell, {}),
}
FIELDS = ("inputs", "h", "h_prev", "c", "c_prev")


def make(kind, steps=6, width=3, units=4, seed=0, **options):
    torch.manual_seed(seed)
    cls, _, more = KINDS[kind]
    module = cls(width, units, **more, **options)
    return module, torch.randn(steps, width, dtype=module.weight_ih_l0.dtype)


def cell_by_cell(kind, module, inputs, wipe=None, hold=None):
    """h and c (None but in an LSTM) of every step, by torch's one-step cell: (T, H) each."""
    _, cls, more = KINDS[kind]
    cell = cls(module.input_size, module.hidden_size, bias=module.bias, dtype=inputs.dtype, **more)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in module.state_dict().items()})
    h = c = inputs.new_zeros(module.hidden_size)
    hs, cs = [], []
    with torch.no_grad():
        for t, x in enumerate(inputs):
            if t == wipe:
                h, c = torch.zeros_like(h), torch.zeros_like(c)
            if kind == "LSTM":
                h, c = cell(x, (h, c))
            else:
                h = cell(x, h)
            if hold:
                h = h.clone()
                h[hold[0]] = hold[1]
            hs.append(h.numpy())
            cs.append(c.numpy())
    return np.array(hs), np.array(cs) if kind == "LSTM" else None


def assert_same(layer, other, atol=0.0):
    for field in FIELDS:
        ours, theirs = getattr(layer, field), getattr(other, field)
        assert (ours is None) == (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=atol, err_msg=field)
    for field in ("gates", "pre"):
        for gate, values in getattr(layer, field).items():
            np.testing.assert_allclose(values, getattr(other, field)[gate], rtol=0, atol=atol, err_msg=gate)


def check_states(trace, h, c, atol):
    layer = trace.layers[0]
    np.testing.assert_allclose(layer.h, h, rtol=atol, atol=atol)
    np.testing.assert_array_equal(trace.outputs, layer.h)
    if c is not None:
        np.testing.assert_allclose(layer.c, c, rtol=atol, atol=atol)


cases = {
    "kind": st.sampled_from(list(KINDS)),
    "steps": st.integers(1, 8),
    "width": st.integers(1, 5),
    "units": st.integers(1, 5),
    "bias": st.booleans(),
    "double": st.booleans(),
    "data": st.data(),
}


@given(**cases)
def test_a_wiped_run_is_torchs_cells_with_the_memory_zeroed(kind, steps, width, units, bias, double, data):
    module, inputs = make(kind, steps, width, units, bias=bias, dtype=torch.float64 if double else torch.float32)
    t = data.draw(st.integers(0, steps - 1))
    trace = trace_whatif(module, inputs, Wipe(t))
    check_states(trace, *cell_by_cell(kind, module, inputs, wipe=t), atol=1e-12 if double else 1e-6)
    assert not trace.layers[0].h_prev[t].any()
    assert kind != "LSTM" or not trace.layers[0].c_prev[t].any()


@given(value=st.floats(-2, 2, width=32), **cases)
def test_a_held_run_is_torchs_cells_with_the_unit_overwritten(kind, steps, width, units, bias, double, data, value):
    module, inputs = make(kind, steps, width, units, bias=bias, dtype=torch.float64 if double else torch.float32)
    unit = data.draw(st.integers(0, units - 1))
    trace = trace_whatif(module, inputs, Hold(unit, value))
    check_states(trace, *cell_by_cell(kind, module, inputs, hold=(unit, value)), atol=1e-12 if double else 1e-6)
    assert (trace.layers[0].h[:, unit] == value).all()


@pytest.mark.parametrize("change", [Wipe(0), Wipe(2), Wipe(5), Hold(1, 0.5)], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_the_gates_of_a_changed_run_follow_from_the_state_it_read(kind, change):
    module, inputs = make(kind)
    layer = trace_whatif(module, inputs, change).layers[0]
    expected_h_prev = np.vstack([np.zeros((1, 4)), layer.h[:-1]])
    if isinstance(change, Wipe):
        expected_h_prev[change.t] = 0
    np.testing.assert_array_equal(layer.h_prev, expected_h_prev)
    for t in range(len(inputs)):
        state = torch.tensor(layer.h_prev[t : t + 1])
        state = state if layer.c is None else (state, torch.tensor(layer.c_prev[t : t + 1]))
        alone = trace_recurrent(module, inputs[t : t + 1], state).layers[0]
        for field in ("gates", "pre"):
            for gate, values in getattr(layer, field).items():
                np.testing.assert_allclose(values[t], getattr(alone, field)[gate][0], rtol=0, atol=1e-6)
    for array in (layer.inputs, layer.h, layer.h_prev, *layer.gates.values(), *layer.pre.values()):
        assert len(array) == len(inputs)
        assert array.dtype == np.float32


@pytest.mark.parametrize("kind", KINDS)
def test_wiping_before_the_first_step_changes_nothing(kind):
    module, inputs = make(kind)
    assert_same(trace_whatif(module, inputs, Wipe(0)).layers[0], trace_recurrent(module, inputs).layers[0])


@pytest.mark.parametrize("t", [1, 3, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_a_wipe_leaves_what_came_before_and_forgets_it_after(kind, t):
    module, inputs = make(kind, seed=1)
    wiped, plain = trace_whatif(module, inputs, Wipe(t)).layers[0], trace_recurrent(module, inputs).layers[0]
    fresh = trace_recurrent(module, inputs[t:]).layers[0]
    np.testing.assert_allclose(wiped.h[:t], plain.h[:t], rtol=0, atol=1e-6)
    np.testing.assert_allclose(wiped.h[t:], fresh.h, rtol=0, atol=1e-6)
    assert np.abs(wiped.h[t:] - plain.h[t:]).max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_holding_a_unit_at_the_constant_it_is_anyway_changes_nothing(kind):
    module, inputs = make(kind)
    with torch.no_grad():  # no weight reaches unit 1, so it is always zero: tanh(0), and a cell or a mix of zeros
        for parameter in module.parameters():
            parameter.view(-1, 4, *parameter.shape[1:])[:, 1] = 0
    held, plain = trace_whatif(module, inputs, Hold(1, 0.0)), trace_recurrent(module, inputs)
    assert not plain.layers[0].h[:, 1].any()
    assert plain.layers[0].h.any()
    assert_same(held.layers[0], plain.layers[0], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_holding_a_unit_that_nobody_reads_leaves_all_others_alone(kind):
    module, inputs = make(kind)
    with torch.no_grad():
        module.weight_hh_l0[:, 1] = 0
    held, plain = trace_whatif(module, inputs, Hold(1, 0.7)).layers[0], trace_recurrent(module, inputs).layers[0]
    others = [0, 2, 3]
    np.testing.assert_allclose(held.h[:, others], plain.h[:, others], rtol=0, atol=1e-6)
    if kind == "LSTM":  # the cell behind the held unit runs on as before
        np.testing.assert_allclose(held.c, plain.c, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_held_unit_is_read_from_the_second_step_on(kind):
    module, inputs = make(kind)
    held, plain = trace_whatif(module, inputs, Hold(1, 2.0)).layers[0], trace_recurrent(module, inputs).layers[0]
    others = [0, 2, 3]
    np.testing.assert_allclose(held.h[0, others], plain.h[0, others], rtol=0, atol=1e-6)
    assert np.abs(held.h[1, others] - plain.h[1, others]).max() > 1e-3


@pytest.mark.parametrize("change", [Wipe(2), Hold(1, 0.5)], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_run_touches_neither_module_nor_inputs_and_takes_arrays(kind, change):
    module, inputs = make(kind)
    weights = {name: value.clone() for name, value in module.state_dict().items()}
    before = inputs.clone()
    changed = trace_whatif(module, inputs, change)
    assert torch.equal(inputs, before)
    assert all(torch.equal(value, weights[name]) for name, value in module.state_dict().items())
    assert module.training
    assert_same(trace_whatif(module, inputs.numpy(), change).layers[0], changed.layers[0])


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (Wipe(6), "no step 6: this input has the steps 0 to 5"),
        (Wipe(-1), "no step -1: this input has the steps 0 to 5"),
        (Hold(4, 0.0), "no unit 4: this layer has the units 0 to 3"),
        (Hold(-1, 0.0), "no unit -1: this layer has the units 0 to 3"),
        (Hold(0, float("nan")), "cannot be held at nan: give a finite number"),
        (Hold(0, float("-inf")), "cannot be held at -inf: give a finite number"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_unit_or_value_that_is_not_there_is_refused(kind, change, advice):
    module, inputs = make(kind)
    with pytest.raises(ValueError, match=advice):
        trace_whatif(module, inputs, change)


@pytest.mark.parametrize("change", [Wipe(0), Hold(0, 0.5)], ids=str)
@pytest.mark.parametrize("options", [{"num_layers": 2}, {"bidirectional": True}, {"proj_size": 2}], ids=str)
def test_modules_of_more_than_one_layer_and_direction_are_refused(options, change):
    with pytest.raises(ValueError, match="take one layer in one direction without proj_size"):
        trace_whatif(nn.LSTM(3, 4, **options), torch.ones(5, 3), change)


@pytest.mark.parametrize("change", [Wipe(0), Hold(0, 0.5)], ids=str)
@pytest.mark.parametrize(
    ("module", "inputs", "advice"),
    [
        (nn.Linear(3, 4), torch.ones(5, 3), "takes an nn.RNN, nn.LSTM or nn.GRU, not Linear"),
        (nn.GRU(3, 4), torch.ones(0, 3), "pass at least one row"),
        (nn.GRU(3, 4), torch.ones(2, 5, 3), "one sequence at a time"),
        (nn.GRU(3, 4), torch.full((5, 3), float("nan")), "NaN or infinity"),
        (nn.GRU(3, 4), None, "tensor or an array of numbers"),
    ],
)
def test_what_a_trace_refuses_a_changed_run_refuses_too(module, inputs, advice, change):
    with pytest.raises(ValueError, match=advice):
        trace_whatif(module, inputs, change)
