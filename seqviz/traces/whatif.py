"""What if: the same pass with the memory wiped at a step, or with a unit or a gate held at a value."""

from dataclasses import dataclass, fields
from itertools import pairwise
from math import isfinite

import numpy as np
from torch import Tensor, nn

from seqviz.traces.recurrent import GATES, LayerTrace, RecurrentTrace, checked, trace_recurrent


@dataclass(frozen=True)
class Wipe:
    """Set the whole memory (h, and c in an LSTM) to zero just before step `t` is read."""

    t: int


@dataclass(frozen=True)
class Hold:
    """Set unit `unit` of h to `value` after every step, so that every next step reads it; an LSTM's c runs on."""

    unit: int
    value: float


@dataclass(frozen=True)
class HoldGate:
    """Hold `gate` at `value` for unit `unit` (None: for every unit) from step `first` to step `last`, both included."""

    gate: str
    value: float
    unit: int | None
    first: int
    last: int


def trace_whatif(module: nn.RNNBase, inputs: Tensor | np.ndarray, change: Wipe | Hold | HoldGate) -> RecurrentTrace:
    """The trace of `trace_recurrent(module, inputs)` with one change to its memory or to a gate, and all that follows.

    `h` is the changed state. A held gate is in `gates` what it is held at, and in `pre` the sum it would have had.

    Takes modules of one layer, one direction and no projection. Raises ValueError for others, for a step, unit or gate
    that is not there, for a value that is no number or too large for the module's dtype, and for all that
    trace_recurrent raises it for.
    """
    inputs, _ = checked(module, inputs, None)
    if module.num_layers > 1 or module.bidirectional or module.proj_size:
        raise ValueError("What-if runs take one layer in one direction without proj_size.")
    first, last = _checked_span(change, module, len(inputs))
    if isinstance(change, Wipe):
        pieces = [inputs[:first], inputs[first:]]
        return _joined([trace_recurrent(module, piece) for piece in pieces if len(piece)])
    traces = []
    state = None
    # Where something is held, one step at a time; before and after, all steps at once.
    for start, stop in pairwise(sorted({0, *range(first, last + 2), len(inputs)})):
        trace = trace_recurrent(module, inputs[start:stop], state)
        layer = trace.layers[0]
        if first <= start <= last:
            with np.errstate(over="ignore", invalid="ignore"):  # the next line looks
                _hold(layer, change)
            if not all(np.isfinite(a).all() for a in (layer.h, layer.c, *layer.pre.values()) if a is not None):
                raise ValueError(f"Held at {change.value}, the state is no longer finite: hold it closer to zero.")
            trace.outputs[:] = layer.h
        h = inputs.new_tensor(layer.h[-1:])
        state = h if layer.c is None else (h, inputs.new_tensor(layer.c[-1:]))
        traces.append(trace)
    return _joined(traces)


def _checked_span(change: Wipe | Hold | HoldGate, module: nn.RNNBase, steps: int) -> tuple[int, int]:
    """The first and the last step that a change acts on, or a ValueError that says what is not there."""
    first, last = 0, steps - 1
    if isinstance(change, Wipe):
        first = last = change.t
    if isinstance(change, HoldGate):
        first, last = change.first, change.last
        if module.mode not in ("LSTM", "GRU"):
            raise ValueError("An RNN has no gates: hold one of its units instead.")
        names = GATES[module.mode]
        if change.gate not in names:
            raise ValueError(f"There is no gate {change.gate!r}: an nn.{module.mode} has {', '.join(names)}.")
    for t in (first, last):
        if t not in range(steps):
            raise ValueError(f"There is no step {t}: this input has the steps 0 to {steps - 1}.")
    if first > last:
        raise ValueError(f"A gate cannot be held from step {first} to step {last}: the first comes after the last.")
    if isinstance(change, Wipe):
        return first, last
    every_unit = isinstance(change, HoldGate) and change.unit is None
    if not every_unit and change.unit not in range(module.hidden_size):
        raise ValueError(f"There is no unit {change.unit}: this layer has the units 0 to {module.hidden_size - 1}.")
    if not isfinite(change.value):
        what = "gate" if isinstance(change, HoldGate) else "unit"
        raise ValueError(f"A {what} cannot be held at {change.value}: give a finite number.")
    return first, last


def _hold(layer: LayerTrace, change: Hold | HoldGate) -> None:
    """Write what is held into the trace of a single step, and all in that step that follows from it."""
    if isinstance(change, Hold):
        layer.h[0, change.unit] = change.value
        return
    # Only the held units: all others keep torch's own numbers.
    units = slice(None) if change.unit is None else slice(change.unit, change.unit + 1)
    gates = {name: values[0, units] for name, values in layer.gates.items()}  # views: what is written goes there
    gates[change.gate][:] = change.value
    if layer.c is not None and layer.c_prev is not None:
        layer.c[0, units] = gates["f"] * layer.c_prev[0, units] + gates["i"] * gates["g"]
        layer.h[0, units] = gates["o"] * np.tanh(layer.c[0, units])
        return
    if change.gate == "r":  # n comes after r
        row = 2 * layer.h.shape[1]  # where n's weights begin
        from_x = layer.weight_ih[row:] @ layer.inputs[0] + layer.bias_ih[row:]  # (H, I) x (I,) -> (H,)
        from_h = layer.weight_hh[row:] @ layer.h_prev[0] + layer.bias_hh[row:]  # (H, H) x (H,) -> (H,)
        layer.pre["n"][0, units] = from_x[units] + gates["r"] * from_h[units]
        gates["n"][:] = np.tanh(layer.pre["n"][0, units])
    layer.h[0, units] = (1 - gates["z"]) * gates["n"] + gates["z"] * layer.h_prev[0, units]


# What of a layer has one row a step, and so is joined along time.
_BY_STEP = ("inputs", "h", "h_prev", "c", "c_prev")


def _joined(traces: list[RecurrentTrace]) -> RecurrentTrace:
    """Traces of consecutive pieces of one input, as one trace."""
    layers = [trace.layers[0] for trace in traces]
    joined = {field.name: getattr(layers[0], field.name) for field in fields(LayerTrace)}
    for name in _BY_STEP:
        if joined[name] is not None:
            joined[name] = np.concatenate([getattr(layer, name) for layer in layers])
    for name in ("gates", "pre"):
        joined[name] = {gate: np.concatenate([getattr(layer, name)[gate] for layer in layers]) for gate in joined[name]}
    outputs = np.concatenate([trace.outputs for trace in traces])
    return RecurrentTrace(traces[0].kind, outputs, (LayerTrace(**joined),))
