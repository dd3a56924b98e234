"""The record of one pass of an nn.RNN, nn.LSTM or nn.GRU: every state and every gate of every step.

A gate at step t depends on x_t and h_{t-1} alone. So the module's own fused kernel runs once, for the states, and all
gates are then rebuilt from them in one product a layer: no step is run by hand, and the states are torch's own.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from seqviz.traces.arithmetic import Arithmetic, Term

GATES = {"RNN": ("h",), "LSTM": ("i", "f", "g", "o"), "GRU": ("r", "z", "n")}
"""What each cell's stacked weights compute, in PyTorch's order; the RNN's one row block is its state itself."""

State = Tensor | tuple[Tensor, Tensor] | None


@dataclass(frozen=True)
class LayerTrace:
    """One layer in one direction. Every array is indexed by position in the input, reverse directions too.

    With proj_size (LSTM only) `h` is as wide as the projection, P; otherwise P = H.
    """

    name: str  # "l0", "l0_reverse", "l1", …
    kind: str  # "RNN", "LSTM" or "GRU"
    activation: str  # of a new state: "tanh", or "relu" for nn.RNN(nonlinearity="relu")
    inputs: np.ndarray  # (T, I)
    h: np.ndarray  # (T, P)
    h_prev: np.ndarray  # (T, P) the state that each step started from
    h0: np.ndarray  # (P,)
    c: np.ndarray | None  # (T, H), LSTM only, like the next two
    c_prev: np.ndarray | None  # (T, H)
    c0: np.ndarray | None  # (H,)
    gates: dict[str, np.ndarray]  # gate: (T, H) after its activation; none in an RNN
    pre: dict[str, np.ndarray]  # gate, or "h" in an RNN: (T, H) before its activation
    weight_ih: np.ndarray  # (G·H, I), rows stacked by gate as in GATES
    weight_hh: np.ndarray  # (G·H, P)
    bias_ih: np.ndarray  # (G·H,) zero where the module has no bias
    bias_hh: np.ndarray  # (G·H,)

    def explain(self, t: int, unit: int, gate: str | None = None) -> Arithmetic:
        """The sum behind one number: of a gate, or, with no gate named, of the state itself.

        RNN   h = tanh(b + W x + U h'), Elman 1990
        LSTM  c = f c' + i g and h = o tanh(c), Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000.
              The result is h, or with proj_size the number that the projection then mixes.
        GRU   h = (1 − z) n + z h' and n = tanh(W x + b + r (U h' + b')), PyTorch's convention and Keras' default
              (reset_after=True). Cho et al. 2014 (eq. 5-8) weigh with z in the same way, but apply r before the
              product, U (r h'); Chung et al. 2014 exchange z and 1 − z.

        In a run with a gate held (whatif.HoldGate) the result of a held gate is what it is held at, whatever its sum.
        Raises ValueError for a step, unit or gate that the layer does not have.
        """
        steps, units = next(iter(self.pre.values())).shape
        if not 0 <= t < steps:
            raise ValueError(f"There is no step {t}: this trace has the steps 0 to {steps - 1}.")
        if not 0 <= unit < units:
            raise ValueError(f"There is no unit {unit}: this layer has the units 0 to {units - 1}.")
        if self.kind == "RNN" and gate is None:
            gate = "h"
        if gate is None:
            return self._explain_state(t, unit)
        if gate not in self.pre:
            raise ValueError(f"A {self.kind} has no gate {gate!r}; it has {', '.join(self.pre)}.")
        return self._explain_gate(t, unit, gate)

    def _explain_gate(self, t: int, unit: int, gate: str) -> Arithmetic:
        row = GATES[self.kind].index(gate) * len(self.pre[gate][0]) + unit
        # GRU's candidate forgets before it adds: r multiplies all that comes from the memory (PyTorch's convention).
        scale = float(self.gates["r"][t, unit]) if gate == "n" else 1.0
        terms = _terms("x", self.weight_ih[row], self.inputs[t], 1.0)
        terms += _terms("h", self.weight_hh[row], self.h_prev[t], scale)
        bias = float(self.bias_ih[row]) + scale * float(self.bias_hh[row])
        if self.kind == "RNN":
            return Arithmetic(gate, terms, bias, self.activation, float(self.h[t, unit]))
        activation = "tanh" if gate in ("g", "n") else "sigmoid"
        return Arithmetic(gate, terms, bias, activation, float(self.gates[gate][t, unit]))

    def _explain_state(self, t: int, unit: int) -> Arithmetic:
        gate = {name: float(values[t, unit]) for name, values in self.gates.items()}
        if self.kind == "GRU":
            before = float(self.h_prev[t, unit])
            terms = (Term("n", unit, 1 - gate["z"], gate["n"]), Term("h", unit, gate["z"], before))
            return Arithmetic("h", terms, 0.0, "identity", float(self.h[t, unit]))
        assert self.c is not None and self.c_prev is not None
        terms = (Term("c", unit, gate["f"], float(self.c_prev[t, unit])), Term("g", unit, gate["i"], gate["g"]))
        projected = self.h.shape[1] < self.c.shape[1]
        result = gate["o"] * np.tanh(float(self.c[t, unit])) if projected else self.h[t, unit]
        return Arithmetic("h", terms, 0.0, "tanh", float(result), opening=gate["o"])


@dataclass(frozen=True)
class RecurrentTrace:
    """The record of one forward pass; `outputs` (T, directions·P) is exactly what the module returned."""

    kind: str
    outputs: np.ndarray
    layers: tuple[LayerTrace, ...]  # one per layer and direction, in PyTorch's order


def trace_recurrent(module: nn.RNNBase, inputs: Tensor | np.ndarray, state: State = None) -> RecurrentTrace:
    """Run one sequence through an nn.RNN, nn.LSTM or nn.GRU and record every state and gate.

    `inputs` is (T, I), whatever the module's batch_first; `state` is what the module itself takes for one sequence:
    h0 (layers·directions, P), for an LSTM the pair (h0, c0). Dropout is ignored, as in eval mode; the module is left
    as it was. Arrays come back in the module's own dtype.

    The arrays are copies: they stay true when the caller goes on to train the module or to change its inputs.

    Raises ValueError, saying what to do, for any other module, a wrong shape or dtype, no steps, or numbers not finite.
    """
    inputs, start = checked(module, inputs, state)
    if module.training and module.dropout:
        module = copy.copy(module)  # shares the weights; switching dropout off must not be seen outside
        module.training = False
    directions = 2 if module.bidirectional else 1
    layers: list[LayerTrace] = []
    with torch.inference_mode():
        outputs = module(inputs, start[0] if len(start) == 1 else tuple(start))[0]  # (T, directions·P)
        feed = inputs
        for depth in range(module.num_layers):
            here = slice(depth * directions, (depth + 1) * directions)
            layer_start = tuple(part[here] for part in start)
            last = depth == module.num_layers - 1
            states = outputs if last else _one_layer(module, depth, feed, layer_start)
            for i, h in enumerate(states.split(states.shape[1] // directions, dim=1)):
                layers.append(_rebuild(module, depth, i == 1, feed, h, tuple(part[i] for part in layer_start)))
            feed = states
    # An infinite weight can hide behind a tanh that squashes it to 1, so the sums are looked at too.
    # One sum a matrix finds them: NaN and infinity stay in it.
    looked_at = [outputs.numpy(), *(z for layer in layers for z in layer.pre.values())]
    with np.errstate(invalid="ignore", over="ignore"):
        is_finite = np.isfinite(sum(float(a.sum()) for a in looked_at)) or all(np.isfinite(a).all() for a in looked_at)
    if not is_finite:
        raise ValueError("The states are not finite: the module's weights hold NaN, infinity or values far too large.")
    return RecurrentTrace(module.mode.split("_")[0], outputs.numpy(), tuple(layers))


def _one_layer(module: nn.RNNBase, depth: int, inputs: Tensor, start: Sequence[Tensor]) -> Tensor:
    """The outputs of one inner layer, by a one-layer module that shares its weights: (T, I) -> (T, directions·P)."""
    options = {"nonlinearity": module.nonlinearity} if isinstance(module, nn.RNN) else {}
    alone = getattr(nn, module.mode.split("_")[0])(
        inputs.shape[1], module.hidden_size, bias=module.bias, bidirectional=module.bidirectional, device="meta",
        **options, **({"proj_size": module.proj_size} if module.proj_size else {}),
    )  # fmt: skip
    weights = {name: getattr(module, name.replace("_l0", f"_l{depth}")) for name, _ in alone.named_parameters()}
    return torch.func.functional_call(alone, weights, (inputs, start[0] if len(start) == 1 else tuple(start)))[0]


def _rebuild(
    module: nn.RNNBase, depth: int, reverse: bool, inputs: Tensor, h: Tensor, start: Sequence[Tensor]
) -> LayerTrace:
    """All gates of one layer and direction from its inputs (T, I) and the states h (T, P) that torch returned."""
    kind = module.mode.split("_")[0]
    name = f"l{depth}_reverse" if reverse else f"l{depth}"
    weight_ih, weight_hh = getattr(module, f"weight_ih_{name}"), getattr(module, f"weight_hh_{name}")
    zero = weight_ih.new_zeros(len(weight_ih))
    bias_ih = getattr(module, f"bias_ih_{name}") if module.bias else zero
    bias_hh = getattr(module, f"bias_hh_{name}") if module.bias else zero

    h0 = start[0]
    h_prev = torch.cat([h[1:], h0[None]]) if reverse else torch.cat([h0[None], h[:-1]])
    if kind == "GRU":
        from_x = torch.addmm(bias_ih, inputs, weight_ih.T)  # (T, I) x (I, G·H) -> (T, G·H)
        from_h = torch.addmm(bias_hh, h_prev, weight_hh.T)  # (T, P) x (P, G·H) -> (T, G·H)
        pre, gates = _gru_gates(from_x, from_h)
    else:
        both = torch.addmm(bias_ih + bias_hh, inputs, weight_ih.T).addmm_(h_prev, weight_hh.T)  # (T, G·H)
        pre, gates = _lstm_gates(both) if kind == "LSTM" else ({"h": both.numpy()}, {})
    c = c_prev = c0 = None
    if kind == "LSTM":
        c0 = start[1].numpy()
        c, c_prev = _cell_states(gates["f"], gates["i"] * gates["g"], c0, reverse)
    return LayerTrace(
        name, kind, getattr(module, "nonlinearity", "tanh"),
        inputs.numpy(), h.numpy(), h_prev.numpy(), h0.numpy(), c, c_prev, c0, gates, pre,
        *(weight.detach().numpy().copy() for weight in (weight_ih, weight_hh, bias_ih, bias_hh)),
    )  # fmt: skip


def _lstm_gates(both: Tensor) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Before and after the activation, by name, (T, H) each, from the stacked sums (T, 4·H)."""
    pre = dict(zip("ifgo", both.chunk(4, dim=1), strict=True))
    gates = {name: torch.tanh(z) if name == "g" else torch.sigmoid(z) for name, z in pre.items()}
    return _arrays(pre), _arrays(gates)


def _gru_gates(from_x: Tensor, from_h: Tensor) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Before and after the activation, by name, (T, H) each, from the two stacked parts of the sums, (T, 3·H) each."""
    width = from_x.shape[1] // 3
    rz = from_x[:, : 2 * width] + from_h[:, : 2 * width]
    pre = dict(zip("rz", rz.chunk(2, dim=1), strict=True))
    gates = dict(zip("rz", rz.sigmoid().chunk(2, dim=1), strict=True))
    pre["n"] = torch.addcmul(from_x[:, 2 * width :], gates["r"], from_h[:, 2 * width :])  # r before the sum: PyTorch's
    gates["n"] = pre["n"].tanh()
    return _arrays(pre), _arrays(gates)


def _arrays(tensors: dict[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def _cell_states(keep: np.ndarray, write: np.ndarray, c0: np.ndarray, reverse: bool) -> tuple[np.ndarray, np.ndarray]:
    """c and the c that each step started from, (T, H) each, by the scan c_t = keep_t c_{t-1} + write_t.

    Undoing h = o tanh(c) instead would lose everything where tanh saturates.
    """
    if reverse:
        keep, write = keep[::-1], write[::-1]
    c = _scan(keep, write, c0)
    c_prev = np.concatenate([c0[None], c[:-1]])
    return (c[::-1], c_prev[::-1]) if reverse else (c, c_prev)


def _scan(keep: np.ndarray, write: np.ndarray, c0: np.ndarray, block: int = 8) -> np.ndarray:
    """c_t = keep_t c_{t-1} + write_t, (T, H), by blocks of steps (Blelloch 1990): twice as fast as one step at a time.

    First all blocks at once, each as if it began at zero; then, block after block, what came into it is added.
    """
    steps, units = keep.shape
    blocks = -(-steps // block)
    kept, c = np.zeros((2, blocks * block, units), keep.dtype)
    kept[:steps], c[:steps] = keep, write
    kept, c = kept.reshape(blocks, block, units), c.reshape(blocks, block, units)
    for t in range(1, block):
        c[:, t] += kept[:, t] * c[:, t - 1]
        kept[:, t] *= kept[:, t - 1]  # now the product of the gates since the block began
    for b in range(blocks):
        c[b] += kept[b] * c0
        c0 = c[b, -1]
    return c.reshape(-1, units)[:steps]


def _terms(source: str, weights: np.ndarray, values: np.ndarray, scale: float) -> tuple[Term, ...]:
    pairs = zip(weights.tolist(), values.tolist(), strict=True)
    return tuple(Term(source, index, weight, value, scale) for index, (weight, value) in enumerate(pairs))


def checked(module: nn.RNNBase, inputs: Tensor | np.ndarray, state: State) -> tuple[Tensor, list[Tensor]]:
    """Inputs (T, I) and initial states as tensors that the module takes, or a ValueError that says what to do."""
    if not isinstance(module, nn.RNN | nn.LSTM | nn.GRU):
        raise ValueError(f"trace_recurrent takes an nn.RNN, nn.LSTM or nn.GRU, not {type(module).__name__}.")
    weight = next(module.parameters())
    if weight.dtype not in (torch.float32, torch.float64) or weight.device.type != "cpu":
        raise ValueError(
            f"The module is {weight.dtype} on {weight.device}; trace it as float32 or float64 on the CPU: "
            "pass copy.deepcopy(module).cpu().float()."
        )
    inputs = _copied("inputs", inputs)
    if inputs.ndim != 2 or inputs.shape[1] != module.input_size:
        raise ValueError(
            f"inputs must be one sequence of shape (T, {module.input_size}), but have shape {tuple(inputs.shape)}; "
            "trace a batch one sequence at a time."
        )
    if len(inputs) == 0:
        raise ValueError("inputs have no steps: pass at least one row.")
    count = module.num_layers * (2 if module.bidirectional else 1)
    widths = [module.proj_size or module.hidden_size] + [module.hidden_size] * isinstance(module, nn.LSTM)
    if state is None:
        start = [weight.new_zeros(count, width) for width in widths]
    else:
        start = [_copied("state", part) for part in (state if isinstance(state, tuple | list) else (state,))]
    shapes = [(count, width) for width in widths]
    if [tuple(part.shape) for part in start] != shapes:
        raise ValueError(f"state must have shape {' and '.join(map(str, shapes))} for one sequence, as in torch.")
    for what, part in [("inputs", inputs), *(("state", part) for part in start)]:
        if part.dtype != weight.dtype:
            raise ValueError(
                f"{what} are {part.dtype}, the module is {weight.dtype}: "
                f"pass torch.as_tensor({what}, dtype={weight.dtype})."
            )
        if part.device.type != "cpu":
            raise ValueError(f"{what} are on {part.device}: pass them with .cpu().")
        if not np.isfinite(part.numpy()).all():
            raise ValueError(f"{what} hold NaN or infinity: replace those numbers before tracing.")
    return inputs, start


def _copied(what: str, values: object) -> Tensor:
    """The values as a tensor of its own, so that the trace stays true when the caller's numbers change."""
    try:
        return torch.as_tensor(np.array(values) if isinstance(values, np.ndarray) else values).detach().clone()
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"{what} must be a tensor or an array of numbers, not {type(values).__name__}; "
            "a PackedSequence must be unpacked first, by torch.nn.utils.rnn.unpack_sequence."
        ) from None
