"""Every number of a trace against torch, against PyTorch's documented formulas step by step, and against paper."""

import copy
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import seqviz

KINDS = {
    "RNN": (nn.RNN, {}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
    "LSTM": (nn.LSTM, {}),
    "LSTM-proj": (nn.LSTM, {"proj_size": 2}),
    "GRU": (nn.GRU, {}),
}
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-12}


def make(kind, width=3, units=4, seed=0, **options):
    torch.manual_seed(seed)
    cls, more = KINDS[kind]
    return cls(width, units, **more, **options)


def sequence(module, steps=5, with_state=False):
    """Inputs (T, I) and, if asked for, a state of the right shape for one sequence."""
    dtype = module.weight_ih_l0.dtype
    inputs = torch.randn(steps, module.input_size, dtype=dtype)
    if not with_state:
        return inputs, None
    count = module.num_layers * (1 + module.bidirectional)
    h0 = torch.randn(count, module.proj_size or module.hidden_size, dtype=dtype)
    return inputs, (h0, torch.randn(count, module.hidden_size, dtype=dtype)) if isinstance(module, nn.LSTM) else h0


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def step_rnn(w, x, h, c, squash):
    pre = w["ih"] @ x + w["b_ih"] + w["hh"] @ h + w["b_hh"]
    return squash(pre), None, {}, {"h": pre}


def step_lstm(w, x, h, c, squash):
    stacked = (np.split(w[name], 4) for name in ("ih", "b_ih", "hh", "b_hh"))
    pre = {g: w_x @ x + b_x + w_h @ h + b_h for g, w_x, b_x, w_h, b_h in zip("ifgo", *stacked, strict=True)}
    i, f, g, o = sigmoid(pre["i"]), sigmoid(pre["f"]), np.tanh(pre["g"]), sigmoid(pre["o"])
    c = f * c + i * g
    h = o * np.tanh(c)
    return (w["hr"] @ h if "hr" in w else h), c, {"i": i, "f": f, "g": g, "o": o}, pre


def step_gru(w, x, h, c, squash):
    (w_ir, w_iz, w_in), (b_ir, b_iz, b_in) = np.split(w["ih"], 3), np.split(w["b_ih"], 3)
    (w_hr, w_hz, w_hn), (b_hr, b_hz, b_hn) = np.split(w["hh"], 3), np.split(w["b_hh"], 3)
    pre = {"r": w_ir @ x + b_ir + w_hr @ h + b_hr, "z": w_iz @ x + b_iz + w_hz @ h + b_hz}
    r, z = sigmoid(pre["r"]), sigmoid(pre["z"])
    pre["n"] = w_in @ x + b_in + r * (w_hn @ h + b_hn)
    n = np.tanh(pre["n"])
    return (1 - z) * n + z * h, None, {"r": r, "z": z, "n": n}, pre


def by_hand(module, inputs, state):
    """What torch.nn's documentation says happens, one step at a time in float64: (outputs, {layer name: arrays})."""
    step = {nn.RNN: step_rnn, nn.LSTM: step_lstm, nn.GRU: step_gru}[type(module)]
    squash = (lambda z: np.maximum(z, 0)) if getattr(module, "nonlinearity", "") == "relu" else np.tanh
    weights = {name: value.numpy().astype(float) for name, value in module.state_dict().items()}
    start_h, start_c = state if isinstance(state, tuple) else (state, None)
    feed, layers, row = inputs.detach().numpy().astype(float), {}, 0
    for depth in range(module.num_layers):
        sides = []
        for suffix in ("", "_reverse")[: 1 + module.bidirectional]:
            name = f"l{depth}{suffix}"
            w = {part: weights[f"weight_{part}_{name}"] for part in ("ih", "hh")}
            w |= {"hr": weights[f"weight_hr_{name}"]} if module.proj_size else {}
            for part in ("ih", "hh"):
                w[f"b_{part}"] = weights.get(f"bias_{part}_{name}", np.zeros(len(w["ih"])))
            h = np.zeros(w["hh"].shape[1]) if start_h is None else start_h[row].numpy().astype(float)
            c = np.zeros(module.hidden_size) if start_c is None else start_c[row].numpy().astype(float)
            record = {"inputs": feed, "h0": h, "c0": c}
            rows = [None] * len(feed)
            for t in reversed(range(len(feed))) if suffix else range(len(feed)):
                h_prev, c_prev = h, c
                h, c, gates, pre = step(w, feed[t], h, c, squash)
                rows[t] = {"h": h, "h_prev": h_prev, "c": c, "c_prev": c_prev, "gates": gates, "pre": pre}
            for key in ("h", "h_prev", *(("c", "c_prev") if c is not None else ())):
                record[key] = np.array([r[key] for r in rows])
            for key in ("gates", "pre"):
                record[key] = {gate: np.array([r[key][gate] for r in rows]) for gate in rows[0][key]}
            layers[name] = record
            sides.append(record["h"])
            row += 1
        feed = np.concatenate(sides, axis=1)
    return feed, layers


def check(module, inputs, state=None):
    """The trace equals the module's own outputs, and every array in it the step-by-step recomputation."""
    dtype = module.weight_ih_l0.dtype
    close = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    trace = seqviz.trace_recurrent(module, inputs, state)
    with torch.no_grad():
        own = copy.deepcopy(module).eval()(inputs, state)[0].numpy()
    np.testing.assert_allclose(trace.outputs, own, rtol=0, atol=TOLERANCE[dtype])
    outputs, layers = by_hand(module, inputs, state)
    np.testing.assert_allclose(trace.outputs, outputs, **close)
    assert [layer.name for layer in trace.layers] == list(layers)
    for layer in trace.layers:
        expected = layers[layer.name]
        is_lstm = isinstance(module, nn.LSTM)
        for field in ("inputs", "h", "h_prev", "h0", *(("c", "c_prev", "c0") if is_lstm else ())):
            np.testing.assert_allclose(getattr(layer, field), expected[field], **close, err_msg=f"{layer.name} {field}")
        assert is_lstm or layer.c is layer.c_prev is layer.c0 is None
        for field in ("gates", "pre"):
            arrays = getattr(layer, field)
            assert list(arrays) == list(expected[field])
            for gate, values in arrays.items():
                np.testing.assert_allclose(
                    values, expected[field][gate], **close, err_msg=f"{layer.name} {field} {gate}"
                )
    return trace


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize(
    ("kind", "layers", "bidirectional", "bias", "with_state"),
    list(product(KINDS, (1, 3), (False, True), (False, True), (False, True))),
)
def test_every_number_is_what_torch_documents(kind, layers, bidirectional, bias, with_state, dtype):
    module = make(kind, num_layers=layers, bidirectional=bidirectional, bias=bias, dtype=dtype)
    check(module, *sequence(module, with_state=with_state))


@given(
    kind=st.sampled_from(list(KINDS)),
    steps=st.integers(1, 9),
    width=st.integers(1, 6),
    units=st.integers(1, 6),
    options=st.fixed_dictionaries(
        {
            "num_layers": st.integers(1, 3),
            "bidirectional": st.booleans(),
            "bias": st.booleans(),
            "batch_first": st.booleans(),
            "dtype": st.sampled_from([torch.float32, torch.float64]),
        }
    ),
    with_state=st.booleans(),
    seed=st.integers(0, 999),
)
def test_any_size_from_one_up(kind, steps, width, units, options, with_state, seed):
    units += 2 if kind == "LSTM-proj" else 0  # a projection has to be narrower than the state
    module = make(kind, width, units, seed, **options)
    check(module, *sequence(module, steps, with_state))


@pytest.mark.parametrize("kind", KINDS)
def test_batch_first_changes_nothing_for_one_sequence(kind):
    module = make(kind, num_layers=2, bidirectional=True, batch_first=True)
    inputs, _ = sequence(module)
    trace = check(module, inputs)
    batched = module(inputs[None])[0][0].detach().numpy()
    np.testing.assert_allclose(trace.outputs, batched, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_is_ignored_and_the_module_does_not_notice(kind):
    module = make(kind, num_layers=3, dropout=0.5)
    inputs, _ = sequence(module)
    before = copy.deepcopy(module.state_dict())
    torch.manual_seed(7)
    first = module(inputs)[0]
    torch.manual_seed(7)
    check(module, inputs)
    second = module(inputs)[0]
    assert module.training
    assert torch.equal(first, second)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(parameter.requires_grad for parameter in module.parameters())
    second.sum().backward()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_states_follow_from_the_gates(kind, dtype):
    module = make(kind, num_layers=2, bidirectional=True, dtype=dtype)
    trace = seqviz.trace_recurrent(module, *sequence(module, with_state=True))
    for layer in trace.layers:
        gates = layer.gates
        if kind == "GRU":
            h = (1 - gates["z"]) * gates["n"] + gates["z"] * layer.h_prev
        elif layer.kind == "LSTM":
            c = gates["f"] * layer.c_prev + gates["i"] * gates["g"]
            np.testing.assert_allclose(layer.c, c, rtol=0, atol=TOLERANCE[dtype])
            h = gates["o"] * np.tanh(layer.c)
            if module.proj_size:
                h = h @ getattr(module, f"weight_hr_{layer.name}").detach().numpy().T  # (T, H) x (H, P) -> (T, P)
        else:
            h = np.maximum(layer.pre["h"], 0) if kind == "relu" else np.tanh(layer.pre["h"])
        np.testing.assert_allclose(layer.h, h, rtol=0, atol=TOLERANCE[dtype])


def test_cell_states_stay_true_over_a_long_memory():
    module = make("LSTM")
    with torch.no_grad():
        module.bias_ih_l0[4:8] = 6.0  # forget gates near one: what is wrong once stays wrong
    inputs, _ = sequence(module, steps=1000)
    layer = seqviz.trace_recurrent(module, inputs).layers[0]
    expected = by_hand(module, inputs, None)[1]["l0"]
    assert np.abs(layer.c).max() > 5
    np.testing.assert_allclose(layer.c, expected["c"], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_arrays_are_numpy_in_the_modules_dtype_and_named_in_torchs_order(kind, dtype):
    module = make(kind, num_layers=2, bidirectional=True, dtype=dtype)
    trace = seqviz.trace_recurrent(module, *sequence(module))
    name, activation = KINDS[kind][0].__name__, "relu" if kind == "relu" else "tanh"
    assert trace.kind == name
    assert [layer.name for layer in trace.layers] == ["l0", "l0_reverse", "l1", "l1_reverse"]
    arrays = [trace.outputs]
    for layer in trace.layers:
        assert (layer.kind, layer.activation) == (name, activation)
        assert "".join(layer.gates) == {"RNN": "", "LSTM": "ifgo", "GRU": "rzn"}[name]
        values = [*vars(layer).values(), *layer.gates.values(), *layer.pre.values()]
        arrays += [value for value in values if not isinstance(value, str | dict | None)]
    expected = np.float32 if dtype == torch.float32 else np.float64
    assert all(isinstance(array, np.ndarray) and array.dtype == expected for array in arrays)


def on_paper(cls, weights, **options):
    """A module of one unit and one input whose parameters are all zero but the rows given."""
    module = cls(1, 1, **options)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.zero_()
            for row, value in weights.get(name.replace("_reverse", "").removesuffix("_l0"), {}).items():
                parameter[row] = value
    return module


def test_relu_on_paper():
    # relu(2·1 + 3·0 + 1 − 1) = 2, then relu(2·(−1) + 3·2) = 4, then relu(2·(−7) + 3·4) = relu(−2) = 0
    weights = {"weight_ih": {0: 2.0}, "weight_hh": {0: 3.0}, "bias_ih": {0: 1.0}, "bias_hh": {0: -1.0}}
    module = on_paper(nn.RNN, weights, nonlinearity="relu")
    layer = seqviz.trace_recurrent(module, torch.tensor([[1.0], [-1.0], [-7.0]])).layers[0]
    assert layer.pre["h"].tolist() == [[2.0], [4.0], [-2.0]]
    assert layer.h.tolist() == [[2.0], [4.0], [0.0]]
    assert layer.h_prev.tolist() == [[0.0], [2.0], [4.0]]


def test_both_directions_on_paper():
    module = on_paper(nn.RNN, {"weight_ih": {0: 1.0}, "weight_hh": {0: 1.0}}, nonlinearity="relu", bidirectional=True)
    trace = seqviz.trace_recurrent(module, torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[10.0], [20.0]]))
    forward, backward = trace.layers
    assert (forward.h.ravel().tolist(), forward.h_prev.ravel().tolist()) == ([11, 13, 16], [10, 11, 13])
    assert (backward.h.ravel().tolist(), backward.h_prev.ravel().tolist()) == ([26, 25, 23], [25, 23, 20])
    assert trace.outputs.tolist() == [[11, 26], [13, 25], [16, 23]]


def test_lstm_on_paper():
    # every gate is sigmoid(0) = ½ and g = tanh(1), so c is ½ g, then ½·½ g + ½ g = ¾ g
    layer = seqviz.trace_recurrent(on_paper(nn.LSTM, {"weight_ih": {2: 1.0}}), torch.ones(2, 1)).layers[0]
    g = np.tanh(1)
    np.testing.assert_allclose(layer.c.ravel(), [g / 2, 3 * g / 4], rtol=1e-6)
    np.testing.assert_allclose(layer.h.ravel(), [np.tanh(g / 2) / 2, np.tanh(3 * g / 4) / 2], rtol=1e-6)


def test_an_lstm_with_all_gates_open_counts_its_steps():
    layer = seqviz.trace_recurrent(
        on_paper(nn.LSTM, {"bias_ih": dict.fromkeys(range(4), 50.0)}), torch.zeros(4, 1)
    ).layers[0]
    assert layer.c.ravel().tolist() == [1, 2, 3, 4]
    assert layer.c_prev.ravel().tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(layer.h.ravel(), np.tanh([1, 2, 3, 4]), rtol=1e-6)


def test_gru_on_paper():
    # r = z = ½; first n = tanh(1) and h = ½ n; then n = tanh(½·4h) = tanh(2h) and the new h = ½ tanh(2h) + ½ h
    module = on_paper(nn.GRU, {"weight_ih": {2: 1.0}, "weight_hh": {2: 4.0}})
    layer = seqviz.trace_recurrent(module, torch.tensor([[1.0], [0.0]])).layers[0]
    first = np.tanh(1) / 2
    np.testing.assert_allclose(layer.h.ravel(), [first, np.tanh(2 * first) / 2 + first / 2], rtol=1e-6)


@pytest.mark.parametrize(("z", "expected"), [(50.0, 0.75), (-50.0, 1.0)])
def test_a_gru_keeps_its_state_where_z_is_one_and_replaces_it_where_z_is_zero(z, expected):
    module = on_paper(nn.GRU, {"bias_ih": {1: z, 2: 50.0}})
    layer = seqviz.trace_recurrent(module, torch.zeros(3, 1), torch.tensor([[0.75]])).layers[0]
    assert layer.h.ravel().tolist() == [expected] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_and_its_module_share_nothing(kind):
    module = make(kind, num_layers=2)
    inputs, state = sequence(module, with_state=True)
    parts = [inputs, *(state if isinstance(state, tuple) else (state,))]
    before = [part.clone() for part in parts]
    trace = seqviz.trace_recurrent(module, inputs, state)
    assert all(torch.equal(part, old) for part, old in zip(parts, before, strict=True))
    step, outputs = trace.layers[0].explain(2, 1), trace.outputs.copy()
    with torch.no_grad():
        for tensor in (*module.parameters(), *parts):
            tensor.fill_(9.0)
    assert trace.layers[0].explain(2, 1) == step
    for layer in trace.layers:
        arrays = (layer.inputs, layer.h, layer.h0, layer.weight_ih, layer.weight_hh, layer.bias_ih, layer.bias_hh)
        assert not any((array == 9.0).any() for array in arrays)
    assert np.array_equal(trace.outputs, outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_arrays_do_as_well_as_tensors(kind):
    module = make(kind, num_layers=2)
    inputs, state = sequence(module, with_state=True)
    expected = seqviz.trace_recurrent(module, inputs, state).outputs
    arrays = tuple(part.numpy() for part in state) if isinstance(state, tuple) else state.numpy()
    assert np.array_equal(seqviz.trace_recurrent(module, inputs.numpy(), arrays).outputs, expected)
    backwards = inputs.flip(0).numpy()[::-1]  # a view with negative strides, which torch itself refuses
    assert np.array_equal(seqviz.trace_recurrent(module, backwards, arrays).outputs, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_and_states_that_require_grad_are_traced(kind):
    module = make(kind, num_layers=2)
    inputs, state = sequence(module, with_state=True)
    expected = seqviz.trace_recurrent(module, inputs, state).outputs
    state = tuple(part.requires_grad_() for part in state) if isinstance(state, tuple) else state.requires_grad_()
    assert np.array_equal(seqviz.trace_recurrent(module, inputs.requires_grad_(), state).outputs, expected)
    assert inputs.requires_grad


def test_a_subclass_with_arguments_of_its_own_is_traced():
    class Named(nn.LSTM):
        def __init__(self, name):
            super().__init__(3, 4, num_layers=2)
            self.name = name

    module = Named("mine")
    inputs, _ = sequence(module)
    np.testing.assert_allclose(seqviz.trace_recurrent(module, inputs).outputs, module(inputs)[0].detach(), atol=1e-6)


X = torch.ones(5, 3)
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("other", [nn.Linear(3, 4), nn.RNNCell(3, 4), nn.LSTMCell(3, 4), nn.Transformer, None])
def test_other_modules_are_refused(other):
    with pytest.raises(ValueError, match=r"takes an nn\.RNN, nn\.LSTM or nn\.GRU, not"):
        seqviz.trace_recurrent(other, X)


@pytest.mark.parametrize(
    ("inputs", "advice"),
    [
        (torch.ones(3), r"one sequence of shape \(T, 3\)"),
        (torch.tensor(1.0), r"one sequence of shape \(T, 3\)"),
        (torch.ones(5, 4), r"shape \(T, 3\), but have shape \(5, 4\)"),
        (torch.ones(2, 5, 3), "trace a batch one sequence at a time"),
        (torch.ones(0, 3), "pass at least one row"),
        (torch.full((5, 3), NAN), "inputs hold NaN or infinity: replace"),
        (torch.full((5, 3), -INF), "inputs hold NaN or infinity: replace"),
        (X.double(), r"pass torch\.as_tensor\(inputs, dtype=torch\.float32\)"),
        (X.long(), r"pass torch\.as_tensor\(inputs, dtype=torch\.float32\)"),
        (X.half(), r"pass torch\.as_tensor\(inputs, dtype=torch\.float32\)"),
        (np.ones((5, 3)), r"pass torch\.as_tensor\(inputs, dtype=torch\.float32\)"),
        (nn.utils.rnn.pack_sequence([X]), "PackedSequence must be unpacked first"),
        (None, "inputs must be a tensor or an array of numbers, not NoneType"),
        ("not bad", "inputs must be a tensor or an array of numbers, not str"),
        (np.array([["a", "b", "c"]]), "inputs must be a tensor or an array of numbers"),
    ],
)
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_wrong_inputs_are_refused_with_the_fix(kind, inputs, advice):
    with pytest.raises(ValueError, match=advice):
        seqviz.trace_recurrent(make(kind), inputs)


def zeros(*shape, count=1):
    return tuple(torch.zeros(shape) for _ in range(count)) if count > 1 else torch.zeros(shape)


@pytest.mark.parametrize(
    ("kind", "state", "advice"),
    [
        ("RNN", zeros(2, 4), r"state must have shape \(1, 4\)"),
        ("GRU", zeros(1, 5), r"state must have shape \(1, 4\)"),
        ("GRU", zeros(4), r"state must have shape \(1, 4\)"),
        ("GRU", zeros(1, 1, 4), r"state must have shape \(1, 4\) for one sequence"),
        ("GRU", zeros(1, 4, count=2), r"state must have shape \(1, 4\)"),
        ("LSTM", zeros(1, 4), r"state must have shape \(1, 4\) and \(1, 4\)"),
        ("LSTM", zeros(1, 4, count=3), r"state must have shape \(1, 4\) and \(1, 4\)"),
        ("LSTM", (zeros(1, 4), zeros(1, 5)), r"state must have shape \(1, 4\) and \(1, 4\)"),
        ("LSTM", (zeros(1, 4), None), "state must be a tensor or an array of numbers, not NoneType"),
        ("LSTM-proj", zeros(1, 4, count=2), r"state must have shape \(1, 2\) and \(1, 4\)"),
        ("RNN", zeros(1, 4).double(), r"pass torch\.as_tensor\(state, dtype=torch\.float32\)"),
        ("LSTM", (zeros(1, 4), zeros(1, 4).half()), r"pass torch\.as_tensor\(state, dtype=torch\.float32\)"),
        ("RNN", torch.full((1, 4), NAN), "state hold NaN or infinity: replace"),
        ("LSTM", (zeros(1, 4), torch.full((1, 4), INF)), "state hold NaN or infinity: replace"),
        ("RNN", "none", "state must be a tensor or an array of numbers, not str"),
    ],
)
def test_wrong_states_are_refused_with_the_fix(kind, state, advice):
    with pytest.raises(ValueError, match=advice):
        seqviz.trace_recurrent(make(kind), X, state)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_half_precision_modules_are_refused_with_the_fix(kind, dtype):
    with pytest.raises(
        ValueError, match=r"float32 or float64 on the CPU: pass copy\.deepcopy\(module\)\.cpu\(\)\.float\(\)"
    ):
        seqviz.trace_recurrent(make(kind, dtype=dtype), X.to(dtype))


@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *product(("RNN", "relu", "LSTM", "GRU"), ("weight_ih_l0", "weight_hh_l1_reverse", "bias_ih_l0", "bias_hh_l1")),
        ("LSTM-proj", "weight_hr_l0"),
        ("LSTM-proj", "weight_hr_l1"),
    ],
)
def test_weights_that_are_not_finite_are_refused(kind, name, value):
    module = make(kind, num_layers=2, bidirectional=True)
    with torch.no_grad():
        getattr(module, name).view(-1)[0] = value
    with pytest.raises(ValueError, match="the module's weights hold NaN, infinity or values far too large"):
        seqviz.trace_recurrent(module, X)


def test_a_state_that_overflows_is_refused():
    module = on_paper(nn.RNN, {"weight_ih": {0: 1.0}, "weight_hh": {0: 1e6}}, nonlinearity="relu")
    with pytest.raises(ValueError, match="values far too large"):
        seqviz.trace_recurrent(module, torch.ones(10, 1))
