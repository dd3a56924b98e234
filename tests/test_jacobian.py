"""Exact Jacobians: against autograd, against finite differences, and where theory knows the answer."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.autograd.functional import jacobian

import seqviz
from seqviz.models.checkpoint import load_checkpoint
from seqviz.traces.jacobian import jacobian_map, jacobian_norms, step_jacobians
from seqviz.traces.recurrent import trace_recurrent

KINDS = {
    "RNN": (nn.RNN, {}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
    "LSTM": (nn.LSTM, {}),
    "GRU": (nn.GRU, {}),
}
STATES = [(kind, of) for kind in KINDS for of in ("h", "c")[: 1 + (kind == "LSTM")]]


def make(kind, steps=6, width=3, units=4, seed=0, gain=1.0, **options):
    """A module in float64 with larger weights than usual, inputs, and a state to start from."""
    torch.manual_seed(seed)
    cls, more = KINDS[kind]
    module = cls(width, units, **more, **options).double()
    with torch.no_grad():
        for weight in module.parameters():
            weight *= gain
    count = module.num_layers * (1 + module.bidirectional)
    start = [torch.randn(count, module.proj_size or units, dtype=torch.double)]
    start += [torch.randn(count, units, dtype=torch.double)] * (kind == "LSTM")
    return module, torch.randn(steps, width, dtype=torch.double), tuple(start)


def as_torch(start):
    """A state as torch's modules take it."""
    return start if len(start) == 2 else start[0]


def run(module, inputs, state):
    """The state after some inputs, one vector: h, in an LSTM followed by c."""
    units = module.hidden_size
    start = as_torch(tuple(part[None] for part in state.split(units)))
    _, end = module(inputs, start)
    return torch.cat([part[0] for part in (end if isinstance(end, tuple) else (end,))])


def states_of(module, inputs, start):
    """The state before every step and after the last: (T + 1, S)."""
    states = [torch.cat([part[0] for part in start])]
    for x in inputs:
        states.append(run(module, x[None], states[-1]))
    return torch.stack(states).detach()


def block(of, matrix, units):
    """∂h / ∂h or ∂c / ∂c of a Jacobian of the whole state."""
    part = slice(units) if of == "h" else slice(units, None)
    return matrix[part, part]


# ---- against autograd


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_what_autograd_says(kind):
    module, inputs, start = make(kind, gain=2.0)
    states = states_of(module, inputs, start)
    found = step_jacobians(trace_recurrent(module, inputs, as_torch(start)).layers[0])
    assert found.shape == (6, states.shape[1], states.shape[1])
    for t, x in enumerate(inputs):
        expected = jacobian(lambda state, x=x: run(module, x[None], state), states[t])
        np.testing.assert_allclose(found[t], expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_what_a_small_change_does(kind):
    module, inputs, start = make(kind, units=3)
    states = states_of(module, inputs, start)
    found = step_jacobians(trace_recurrent(module, inputs, as_torch(start)).layers[0])
    tiny = 1e-6 * torch.eye(states.shape[1], dtype=torch.double)
    with torch.no_grad():
        for t, x in enumerate(inputs):
            moved = [run(module, x[None], states[t] + e) - run(module, x[None], states[t] - e) for e in tiny]
            np.testing.assert_allclose(found[t], torch.stack(moved, dim=1) / 2e-6, rtol=0, atol=1e-8)


@pytest.mark.parametrize(("kind", "of"), STATES)
def test_the_norms_are_those_of_autograd(kind, of):
    module, inputs, start = make(kind, gain=1.5)
    states = states_of(module, inputs, start)
    expected = [
        torch.linalg.matrix_norm(
            block(of, jacobian(lambda state, t=t: run(module, inputs[t:], state), states[t]), 4), ord=2
        )
        for t in range(1, 6)
    ]
    found = jacobian_norms(module, inputs, of, as_torch(start))
    np.testing.assert_allclose(found, [*expected, 1.0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_holds_the_norms_of_every_beginning(kind):
    module, inputs, start = make(kind, gain=1.5)
    found = jacobian_map(trace_recurrent(module, inputs, as_torch(start)).layers[0])
    for t in range(6):
        norms = jacobian_norms(module, inputs[: t + 1], state=as_torch(start))
        np.testing.assert_allclose(found[t, : t + 1], norms, rtol=1e-12, atol=1e-15)
        assert not found[t, t + 1 :].any()


@given(kind=st.sampled_from(list(KINDS)), seed=st.integers(0, 2**16), gain=st.sampled_from([0.2, 1.0, 4.0]))
def test_steps_chain_into_the_whole(kind, seed, gain):
    module, inputs, start = make(kind, seed=seed, gain=gain)
    chain = np.linalg.multi_dot(step_jacobians(trace_recurrent(module, inputs, as_torch(start)).layers[0])[::-1])
    expected = jacobian(lambda state: run(module, inputs, state), torch.cat([part[0] for part in start]))
    np.testing.assert_allclose(chain, expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_reverse_layer_goes_back_from_the_end(kind):
    module, inputs, _ = make(kind, bidirectional=True)
    reverse = trace_recurrent(module, inputs).layers[1]
    alone, _, _ = make(kind)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    alone.load_state_dict({name: getattr(module, f"{name}_reverse").detach() for name in names})
    forward = trace_recurrent(alone, inputs.flip(0)).layers[0]
    np.testing.assert_allclose(step_jacobians(reverse), step_jacobians(forward)[::-1], atol=1e-14)
    np.testing.assert_allclose(jacobian_map(reverse), jacobian_map(forward)[::-1, ::-1], atol=1e-14)


def test_the_shipped_readers_agree_with_autograd():
    for cell in ("rnn", "gru", "lstm"):
        module = load_checkpoint(f"marked-number-{cell}").reader.cell
        inputs = torch.rand(8, 3, dtype=torch.double)
        states = states_of(module, inputs, (torch.zeros(1, 4).double(),) * (2 if cell == "lstm" else 1))
        whole = jacobian(lambda state: run(module, inputs[1:], state), states[1])  # noqa: B023  (called at once)
        expected = torch.linalg.matrix_norm(block("h", whole, 4), ord=2)
        assert jacobian_norms(module, inputs)[0] == pytest.approx(float(expected), rel=1e-10)


# ---- where theory knows the answer


@pytest.mark.parametrize("radius", [0.5, 0.95, 1.0, 1.5])
def test_a_rotation_without_input_fades_or_grows_by_its_radius(radius):
    torch.manual_seed(0)
    module = nn.RNN(1, 32, bias=False).double()
    with torch.no_grad():
        nn.init.orthogonal_(module.weight_hh_l0).mul_(radius)
    norms = jacobian_norms(module, np.zeros((100, 1)))
    np.testing.assert_allclose(norms, radius ** np.arange(99.0, -1, -1), rtol=1e-10)


def test_an_lstm_whose_cell_is_cut_off_from_h_forgets_by_its_gate_alone():
    torch.manual_seed(0)
    module = nn.LSTM(1, 5).double()
    with torch.no_grad():
        module.weight_hh_l0.zero_()
        module.weight_ih_l0.zero_()
        module.bias_hh_l0.zero_()
        module.bias_ih_l0.zero_()[5:10] = 1.0
    norms = jacobian_norms(module, np.zeros((50, 1)), of="c")
    np.testing.assert_allclose(norms, (1 / (1 + np.exp(-1.0))) ** np.arange(49.0, -1, -1), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_one_step_is_itself(kind):
    module, inputs, _ = make(kind, steps=1)
    np.testing.assert_array_equal(jacobian_norms(module, inputs), [1.0])
    np.testing.assert_array_equal(jacobian_map(trace_recurrent(module, inputs).layers[0]), [[1.0]])


# ---- numbers at their ends


def test_a_small_norm_is_exact_to_the_end_of_the_floats():
    module = nn.RNN(1, 3, bias=False, nonlinearity="relu").double()
    with torch.no_grad():
        module.weight_ih_l0.fill_(1.0)
        module.weight_hh_l0.copy_(torch.diag(torch.tensor([1e-4, 1e-5, 1e-6], dtype=torch.double)))
    norms = jacobian_norms(module, np.ones((76, 1)))
    np.testing.assert_allclose(norms, 1e-4 ** np.arange(75.0, -1, -1), rtol=1e-10)


def test_a_chain_that_leaves_the_floats_on_its_way_comes_back():
    """Forty steps shrink by 1e-10 each, forty stretch by 1e10: neither the way nor the result is lost."""
    layer = trace_recurrent(nn.GRU(1, 2).double(), np.zeros((81, 1))).layers[0]
    keep = np.full((81, 2), 1e10)
    keep[:41] = 1e-10
    layer = replace(layer, gates=layer.gates | {"z": keep}, weight_hh=np.zeros((6, 2)))
    found = jacobian_map(layer)
    assert found[40, 0] == 0  # 1e-400 is no float
    assert found[-1, 0] == pytest.approx(1.0)


def test_no_jacobian_is_left_where_every_gate_is_shut():
    module, inputs, _ = make("LSTM")
    with torch.no_grad():
        module.weight_hh_l0.zero_()
        module.bias_ih_l0.fill_(-745.0)  # the smallest floats there are
    for of in ("h", "c"):
        norms = jacobian_norms(module, inputs, of)
        assert np.isfinite(norms).all()
        assert norms[-2] < 1e-300
        assert norms[-1] == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_numbers_stay_in_the_dtype_of_the_module(kind, dtype):
    module, inputs, _ = make(kind)
    module, inputs = module.to(dtype), inputs.to(dtype)
    layer = trace_recurrent(module, inputs).layers[0]
    exact = jacobian_norms(module.double(), inputs.double())
    module.to(dtype)
    for found in (jacobian_norms(module, inputs), jacobian_map(layer)[-1]):
        assert found.dtype == layer.h.dtype
        np.testing.assert_allclose(found, exact, rtol=1e-4 if dtype == torch.float32 else 1e-12)


# ---- what is refused


@pytest.mark.parametrize(
    ("module", "of", "complaint"),
    [
        (nn.GRU(2, 3, num_layers=2), "h", "one layer"),
        (nn.RNN(2, 3, bidirectional=True), "h", "one direction"),
        (nn.LSTM(2, 3, proj_size=2), "h", "proj_size"),
        (nn.GRU(2, 3), "c", "no state of an nn.GRU"),
        (nn.LSTM(2, 3), "x", "no state of an nn.LSTM"),
        (nn.Linear(2, 3), "h", "takes an nn.RNN"),
    ],
)
def test_what_it_cannot_do_it_says(module, of, complaint):
    with pytest.raises(ValueError, match=complaint):
        jacobian_norms(module, torch.randn(4, 2), of)


def test_it_is_in_the_library():
    assert seqviz.jacobian_norms is jacobian_norms
