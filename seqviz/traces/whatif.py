"""What if: the same pass with the memory wiped at a step, or with one unit held at a value."""

from dataclasses import dataclass, fields
from math import isfinite

import numpy as np
from torch import Tensor, nn

from seqviz.traces.recurrent import LayerTrace, RecurrentTrace, checked, trace_recurrent


@dataclass(frozen=True)
class Wipe:
    """Set the whole memory (h, and c in an LSTM) to zero just before step `t` is read."""

    t: int


@dataclass(frozen=True)
class Hold:
    """Set unit `unit` of h to `value` after every step, so that every next step reads it; an LSTM's c runs on."""

    unit: int
    value: float


def trace_whatif(module: nn.RNNBase, inputs: Tensor | np.ndarray, change: Wipe | Hold) -> RecurrentTrace:
    """The trace of `trace_recurrent(module, inputs)` with one change to its memory; `h` is the changed state.

    Takes modules of one layer, one direction and no projection. Raises ValueError for others, for a step or a unit
    that is not there, for a value that is no number, and for all that trace_recurrent raises it for.
    """
    inputs, _ = checked(module, inputs, None)
    if module.num_layers > 1 or module.bidirectional or module.proj_size:
        raise ValueError("What-if runs take one layer in one direction without proj_size.")
    steps = range(len(inputs))
    if isinstance(change, Wipe):
        if change.t not in steps:
            raise ValueError(f"There is no step {change.t}: this input has the steps 0 to {len(inputs) - 1}.")
        pieces = [inputs[: change.t], inputs[change.t :]]
        return _joined([trace_recurrent(module, piece) for piece in pieces if len(piece)])
    if change.unit not in range(module.hidden_size):
        raise ValueError(f"There is no unit {change.unit}: this layer has the units 0 to {module.hidden_size - 1}.")
    if not isfinite(change.value):
        raise ValueError(f"A unit cannot be held at {change.value}: give a finite number.")
    traces = []
    state = None
    for t in steps:
        trace = trace_recurrent(module, inputs[t : t + 1], state)
        layer = trace.layers[0]
        layer.h[0, change.unit] = trace.outputs[0, change.unit] = change.value
        h = inputs.new_tensor(layer.h)
        state = h if layer.c is None else (h, inputs.new_tensor(layer.c))
        traces.append(trace)
    return _joined(traces)


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
