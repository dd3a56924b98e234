"""Holding a gate, and the GRU of Cho et al. 2014, against a float64 loop over the published formulas and by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from seqviz.traces.recurrent import trace_recurrent
from seqviz.traces.whatif import HoldGate, trace_whatif

CELLS = {"LSTM": nn.LSTM, "GRU": nn.GRU}
PAIRS = [("LSTM", gate) for gate in "ifgo"] + [("GRU", gate) for gate in "rzn"]


def make(kind, steps=7, width=3, units=4, seed=0, dtype=torch.float64, **options):
    torch.manual_seed(seed)
    module = CELLS[kind](width, units, dtype=dtype, **options)
    return module, torch.randn(steps, width, dtype=dtype)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def by_hand(module, inputs, change=None):
    """Every number of a run with a gate held, in float64, one step and one gate after the other: name -> (T, H)."""
    weights = {name: value.numpy().astype(float) for name, value in module.state_dict().items()}
    kind, units = module.mode, module.hidden_size
    names = {"LSTM": "ifgo", "GRU": "rzn"}[kind]
    w, u = (dict(zip(names, np.split(weights[f"weight_{part}_l0"], len(names)), strict=True)) for part in ("ih", "hh"))
    zero = np.zeros(len(names) * units)
    b, d = (
        dict(zip(names, np.split(weights.get(f"bias_{part}_l0", zero), len(names)), strict=True))
        for part in ("ih", "hh")
    )
    h, c = np.zeros(units), np.zeros(units)
    rows = []
    for t, x in enumerate(inputs.numpy().astype(float)):
        row = {"h_prev": h, "c_prev": c}
        gate = {}
        for name in names:
            if name == "n":
                z = w["n"] @ x + b["n"] + gate["r"] * (u["n"] @ h + d["n"])
            else:
                z = w[name] @ x + b[name] + u[name] @ h + d[name]
            row[f"pre {name}"] = z
            gate[name] = np.tanh(z) if name in "gn" else sigmoid(z)
            if change and change.gate == name and change.first <= t <= change.last:
                for unit in range(units) if change.unit is None else [change.unit]:
                    gate[name][unit] = change.value
        if kind == "LSTM":
            c = gate["f"] * c + gate["i"] * gate["g"]
            h = gate["o"] * np.tanh(c)
        else:
            h = (1 - gate["z"]) * gate["n"] + gate["z"] * h
        rows.append({**row, **gate, "h": h, "c": c})
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def numbers(trace):
    """Every number of a trace under the names of `by_hand`."""
    layer = trace.layers[0]
    found = {"h": layer.h, "h_prev": layer.h_prev, **layer.gates}
    found |= {f"pre {name}": values for name, values in layer.pre.items()}
    return found | ({} if layer.c is None else {"c": layer.c, "c_prev": layer.c_prev})


def assert_same(ours, theirs, atol=1e-12):
    for name, values in ours.items():
        np.testing.assert_allclose(values, theirs[name], rtol=atol, atol=atol, err_msg=name)


@given(
    pair=st.sampled_from(PAIRS),
    steps=st.integers(1, 8),
    width=st.integers(1, 4),
    units=st.integers(1, 4),
    value=st.floats(-2, 2, width=32),
    bias=st.booleans(),
    double=st.booleans(),
    data=st.data(),
)
def test_a_run_with_a_gate_held_is_the_formulas_step_by_step(pair, steps, width, units, value, bias, double, data):
    kind, gate = pair
    module, inputs = make(kind, steps, width, units, bias=bias, dtype=torch.float64 if double else torch.float32)
    unit = data.draw(st.none() | st.integers(0, units - 1))
    first = data.draw(st.integers(0, steps - 1))
    change = HoldGate(gate, value, unit, first, data.draw(st.integers(first, steps - 1)))
    trace = trace_whatif(module, inputs, change)
    assert_same(numbers(trace), by_hand(module, inputs, change), 1e-12 if double else 3e-5)
    layer = trace.layers[0]
    np.testing.assert_array_equal(trace.outputs, layer.h)
    np.testing.assert_array_equal(layer.inputs, inputs)
    assert not layer.h0.any()
    assert layer.c0 is None or not layer.c0.any()
    assert {array.dtype for array in numbers(trace).values()} == {inputs.numpy().dtype}
    assert {array.shape for array in numbers(trace).values()} == {(steps, units)}
    assert (layer.gates[gate][change.first : change.last + 1, slice(None) if unit is None else unit] == value).all()


def test_a_held_lstm_of_one_unit_on_paper():
    lstm = nn.LSTM(1, 1, bias=False, dtype=torch.float64)
    with torch.no_grad():  # no memory is read and only g looks at x: i = f = o = 1/2 until one is held
        lstm.weight_hh_l0.zero_()
        lstm.weight_ih_l0.copy_(torch.tensor([[0.0], [0.0], [1.0], [0.0]]))
    x = np.arctanh([[0.5], [0.25], [0.75]])  # so that g is 1/2, 1/4, 3/4
    layer = trace_whatif(lstm, x, HoldGate("f", 1.0, 0, 1, 1)).layers[0]
    np.testing.assert_allclose(layer.c[:, 0], [1 / 4, 1 / 4 + 1 / 8, 3 / 16 + 3 / 8], atol=1e-15)
    np.testing.assert_allclose(layer.h, np.tanh(layer.c) / 2, atol=1e-15)
    np.testing.assert_allclose(layer.gates["f"][:, 0], [0.5, 1, 0.5], atol=1e-15)
    assert not layer.pre["f"].any()  # held at 1, but its sum is still 0


def test_a_held_gru_of_one_unit_on_paper():
    gru = nn.GRU(1, 1, bias=False, dtype=torch.float64)
    with torch.no_grad():  # r = z = 1/2 until one is held; n = tanh(x + r h')
        gru.weight_ih_l0.copy_(torch.tensor([[0.0], [0.0], [1.0]]))
        gru.weight_hh_l0.copy_(torch.tensor([[0.0], [0.0], [1.0]]))
    x = np.array([[np.arctanh(0.5)], [0.0]])
    shut = trace_whatif(gru, x, HoldGate("r", 0.0, None, 1, 1)).layers[0]
    np.testing.assert_allclose(shut.h[:, 0], [1 / 4, 1 / 8], atol=1e-15)  # n = tanh(0 + 0 · 1/4)
    open_ = trace_whatif(gru, x, HoldGate("r", 1.0, None, 1, 1)).layers[0]
    np.testing.assert_allclose(open_.h[:, 0], [1 / 4, np.tanh(1 / 4) / 2 + 1 / 8], atol=1e-15)
    new = trace_whatif(gru, x, HoldGate("n", -1.0, None, 1, 1)).layers[0]
    np.testing.assert_allclose(new.h[:, 0], [1 / 4, -1 / 2 + 1 / 8], atol=1e-15)


def test_a_forget_gate_at_zero_leaves_only_what_the_step_itself_wrote():
    module, inputs = make("LSTM")
    layer = trace_whatif(module, inputs, HoldGate("f", 0.0, None, 2, 5)).layers[0]
    np.testing.assert_array_equal(layer.c[2:6], (layer.gates["i"] * layer.gates["g"])[2:6])
    assert np.abs(layer.c[6] - (layer.gates["i"] * layer.gates["g"])[6]).max() > 1e-3


@pytest.mark.parametrize(("gate", "value"), [("f", 1.0), ("i", 0.0)])
def test_with_f_at_one_and_i_at_zero_the_cell_stays_as_it_is(gate, value):
    module, inputs = make("LSTM", width=4)
    with torch.no_grad():  # the other of the two gates gets there by its weights: from step 3 on, x[0] is large
        other = {"f": 0, "i": 4}[gate]
        module.weight_ih_l0[other : other + 4, 0] = 1e4 * (1 if other else -1)
    inputs[:3, 0], inputs[3:, 0] = 0, 1
    layer = trace_whatif(module, inputs, HoldGate(gate, value, None, 3, 6)).layers[0]
    assert layer.c[2].all()
    np.testing.assert_array_equal(layer.c[3:], np.broadcast_to(layer.c[2], (4, 4)))


@pytest.mark.parametrize("unit", [None, 2])
def test_a_gru_whose_z_is_held_at_one_stays_as_it_is(unit):
    module, inputs = make("GRU")
    layer = trace_whatif(module, inputs, HoldGate("z", 1.0, unit, 3, 6)).layers[0]
    held = slice(None) if unit is None else slice(unit, unit + 1)
    np.testing.assert_array_equal(layer.h[3:, held], np.broadcast_to(layer.h[2, held], layer.h[3:, held].shape))
    assert layer.h[2].all()


@pytest.mark.parametrize("unit", [None, 2])
@pytest.mark.parametrize(("kind", "gate"), PAIRS)
def test_a_gate_held_at_what_it_is_anyway_changes_nothing(kind, gate, unit):
    module, inputs = make(kind, units=4 if unit else 1)
    plain = trace_recurrent(module, inputs)
    value = float(plain.layers[0].gates[gate][3, unit or 0])
    held = trace_whatif(module, inputs, HoldGate(gate, value, unit, 3, 3))
    assert_same(numbers(held), numbers(plain))


@pytest.mark.parametrize("first", [0, 1, 4, 6])
@pytest.mark.parametrize(("kind", "gate"), PAIRS)
def test_what_comes_before_is_the_plain_run_and_what_comes_after_follows_from_the_new_state(kind, gate, first):
    module, inputs = make(kind)
    held = numbers(trace_whatif(module, inputs, HoldGate(gate, 0.9, None, first, first)))
    plain = numbers(trace_recurrent(module, inputs))
    assert_same({name: values[:first] for name, values in held.items()}, {n: v[:first] for n, v in plain.items()})
    if (gate, first) != ("f", 0):  # before the first step there is nothing to forget
        assert np.abs(held["h"][first:] - plain["h"][first:]).max() > 1e-3
    for name in {"h", "c"} & set(held):
        before = np.vstack([np.zeros((1, 4)), held[name][:-1]])
        np.testing.assert_array_equal(held[f"{name}_prev"], before)


@pytest.mark.parametrize(("kind", "gate"), PAIRS)
def test_holding_one_unit_leaves_all_others_of_that_step_alone(kind, gate):
    module, inputs = make(kind)
    held = numbers(trace_whatif(module, inputs, HoldGate(gate, 0.9, 1, 3, 6)))
    plain = numbers(trace_recurrent(module, inputs))
    others = [0, 2, 3]
    assert_same({n: v[3, others] for n, v in held.items()}, {n: v[3, others] for n, v in plain.items()})
    assert np.abs(held["h"][4, others] - plain["h"][4, others]).max() > 1e-4


@pytest.mark.parametrize(("kind", "gate"), PAIRS)
def test_a_held_gate_is_explained_by_what_it_is_held_at_and_by_the_sum_it_would_have_had(kind, gate):
    module, inputs = make(kind)
    layer = trace_whatif(module, inputs, HoldGate(gate, 0.9, 1, 3, 4)).layers[0]
    step = layer.explain(4, 1, gate)
    assert step.result == 0.9
    assert step.total == pytest.approx(layer.pre[gate][4, 1], abs=1e-12)
    state = layer.explain(4, 1)
    squashed = np.tanh(state.total) if kind == "LSTM" else state.total
    assert state.opening * squashed == pytest.approx(layer.h[4, 1], abs=1e-12)


@pytest.mark.parametrize(("kind", "gate"), PAIRS)
def test_holding_a_gate_touches_neither_module_nor_inputs_and_takes_arrays(kind, gate):
    module, inputs = make(kind)
    weights = {name: value.clone() for name, value in module.state_dict().items()}
    before = inputs.clone()
    change = HoldGate(gate, 0.9, None, 1, 3)
    held = trace_whatif(module, inputs, change)
    assert torch.equal(inputs, before)
    assert all(torch.equal(value, weights[name]) for name, value in module.state_dict().items())
    assert_same(numbers(trace_whatif(module, inputs.numpy(), change)), numbers(held), atol=0)


@pytest.mark.parametrize(
    ("kind", "change", "advice"),
    [
        ("LSTM", HoldGate("z", 0.0, 0, 0, 1), "no gate 'z': an nn.LSTM has i, f, g, o"),
        ("GRU", HoldGate("f", 0.0, 0, 0, 1), "no gate 'f': an nn.GRU has r, z, n"),
        ("GRU", HoldGate("h", 0.0, 0, 0, 1), "no gate 'h'"),
        ("LSTM", HoldGate("f", 0.0, 4, 0, 1), "no unit 4: this layer has the units 0 to 3"),
        ("LSTM", HoldGate("f", 0.0, -1, 0, 1), "no unit -1"),
        ("LSTM", HoldGate("f", 0.0, 0, -1, 1), "no step -1: this input has the steps 0 to 6"),
        ("LSTM", HoldGate("f", 0.0, None, 0, 7), "no step 7: this input has the steps 0 to 6"),
        ("LSTM", HoldGate("f", 0.0, None, 3, 2), "from step 3 to step 2: the first comes after the last"),
        ("GRU", HoldGate("z", float("nan"), None, 0, 1), "held at nan: give a finite number"),
        ("GRU", HoldGate("z", float("inf"), None, 0, 1), "held at inf: give a finite number"),
    ],
)
def test_a_gate_step_unit_or_value_that_is_not_there_is_refused(kind, change, advice):
    module, inputs = make(kind)
    with pytest.raises(ValueError, match=advice):
        trace_whatif(module, inputs, change)


@pytest.mark.parametrize("module", [nn.RNN(3, 4), nn.RNN(3, 4, nonlinearity="relu")], ids=["tanh", "relu"])
def test_an_rnn_has_no_gate_to_hold(module):
    with pytest.raises(ValueError, match="has no gates"):
        trace_whatif(module, torch.ones(5, 3), HoldGate("f", 0.0, None, 0, 1))


@pytest.mark.parametrize(("kind", "gate"), PAIRS)
@pytest.mark.parametrize("last", [0, 6])
def test_a_value_too_large_for_the_dtype_is_refused(kind, gate, last):
    module, inputs = make(kind, dtype=torch.float32)
    with pytest.raises(ValueError, match="the state is no longer finite"):
        trace_whatif(module, inputs, HoldGate(gate, 1e300, None, 0, last))
