"""Two cells on one sequence under one cursor: every gate over time, each cell as a circuit with its numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqviz.components.mount import component
from seqviz.components.once import once
from seqviz.components.pack import pack
from seqviz.components.player import busiest_unit, part_names, transport_words
from seqviz.tasks.task import Scale
from seqviz.traces.recurrent import LayerTrace
from seqviz.traces.saturation import saturation
from seqviz.traces.whatif import HoldGate


@dataclass(frozen=True)
class CellRun:
    """What one cell did: its trace, what it said after every step, and the same without `hold`."""

    layer: LayerTrace
    readouts: np.ndarray | None = None  # (T,); a module without a readout says nothing
    unit: int | None = None  # the one to look at first, where it was measured which that is
    hold: HoldGate | None = None
    unchanged: "CellRun | None" = None


def gates(payload: bytes, key: str) -> None:
    """Mount the component on what `payload_of` or `player.nothing` packed.

    Where its cursor rests stands in the address: `step`, `lstm` and `gru` (the units), `cell`, `part` and `sorted`.
    """
    component("gates")(data=payload, key=key)


@once
def payload_of(
    runs: Sequence[CellRun],
    tokens: Sequence[str],
    status: Sequence[str],
    scale: Scale | None,
    _: Callable[[str], str],
    address: dict[str, str],
    model: str,
    plays: int = 0,
) -> bytes:
    """What the browser gets, once; one run a kind of cell.

    `status` is "known", "new" or "unknown" per token; `scale` says how readouts are drawn, None where there are none;
    `model` names what is read, so that units are kept only within it; it plays from the start when `plays` changes.
    """
    held = next((run for run in runs if run.hold), None)
    header = {
        "tokens": list(tokens),
        "status": list(status),
        "address": address,
        "plays": plays,
        "model": model,
        "cells": [_about(run) for run in runs],
        "readout": {name: getattr(scale, name) for name in ("name", "high", "low", "min", "max")} if scale else None,
        "show": f"{held.layer.kind}.{held.hold.gate}" if held and held.hold else None,
        "words": words(_),
    }
    arrays = {f"{run.layer.kind}.{name}": array for run in runs for name, array in _arrays(run).items()}
    return pack(header, arrays)


def _about(run: CellRun) -> dict[str, Any]:
    layer, hold = run.layer, run.hold
    return {
        "kind": layer.kind,
        "activation": layer.activation,
        "unit": busiest_unit(layer.h if layer.c is None else layer.c) if run.unit is None else run.unit,
        "hold": vars(hold) if hold else None,
    }


def _arrays(run: CellRun) -> dict[str, np.ndarray]:
    layer = run.layer
    arrays = {name: _smallest(getattr(layer, name)) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    arrays |= {"inputs": layer.inputs, "h": layer.h}
    if layer.c is not None:
        arrays["c"] = layer.c
    # Only drawn; what is printed is computed in the browser from the above, in float64.
    arrays |= {name: gate.astype(np.float32) for name, gate in layer.gates.items()}
    for name in layer.gates.keys() & {"i", "f", "o", "r", "z"}:
        found = saturation(layer.gates[name])
        arrays[f"left_{name}"], arrays[f"right_{name}"] = found.left, found.right
    if keep := {"LSTM": "f", "GRU": "z"}.get(layer.kind):
        arrays["keep"] = layer.gates[keep].mean(axis=0)
    if run.readouts is not None:
        arrays["readouts"] = run.readouts
    if run.unchanged:
        before = run.unchanged
        arrays["unchanged_h"] = before.layer.h.astype(np.float32)
        if before.layer.c is not None:
            arrays["unchanged_c"] = before.layer.c.astype(np.float32)
        if before.readouts is not None:
            arrays["unchanged"] = before.readouts
    return arrays


def _smallest(weights: np.ndarray) -> np.ndarray:
    """The same numbers as float32 where that loses nothing, as with all that was trained in it."""
    with np.errstate(over="ignore"):  # what is too large for it becomes infinite, and so differs
        small = weights.astype(np.float32)
    return small if (small == weights).all() else weights


def words(_: Callable[[str], str]) -> dict[str, Any]:
    """Everything the component says, in the reader's language; braces are filled in by the browser."""
    return transport_words(_) | {
        "name": _("Gates: arrow keys move in time and between units, space plays"),
        "sort": _("longest memory first"),
        "less": _("the unit before"),
        "more": _("the next unit"),
        "title": _("{cell}, unit {unit}, at “{token}”"),
        "circuit": _("The cell as a circuit; its numbers stand in the equation below it"),
        "parts": _("Which part to explain"),
        "strips": part_names(_),
        "boxes": {
            "i": _("input σ"), "f": _("forget σ"), "g": _("new tanh"), "o": _("output σ"),
            "r": _("reset σ"), "z": _("update σ"), "n": _("new tanh"),
        },
        "wires": {
            "h0": _("h before"), "c0": _("c before"), "kept": _("kept"), "written": _("written"), "c": "c", "h": "h",
            "x": "",
        },
        "says": {
            "LSTM.c": _("The memory: what was kept of it, plus what is written now."),
            "LSTM.h": _("What the cell shows of its memory; the next step reads only this."),
            "LSTM.f": _("How much of the memory is kept: 1 all of it, 0 nothing."),
            "LSTM.i": _("How much of the new value is written into the memory."),
            "LSTM.g": _("The new value that could be written, from −1 to 1."),
            "LSTM.o": _("How much of the memory is shown."),
            "GRU.h": _("The state: a mixture of the state before and the new value; z is the share that is kept."),
            "GRU.z": _("How much of the state is kept; all the rest is overwritten."),
            "GRU.r": _("How much of the memory's part the new value gets to read."),
            "GRU.n": _("The new value. PyTorch lets r act on the memory's part after its product with U."),
        },
        "held": _("You hold this gate: it is what you set, whatever its sum says."),
        "torch": _("PyTorch says {value}, the same number"),
        "differs": _("PyTorch says {value}"),
        "open": _("open {share}"),
        "memory-title": _("This unit's memory over time"),
        "scatter-title": _("Saturation: how often each unit's gate is shut or open"),
        "scatter-sub": _(
            "One dot a unit. Right: shut (below 0.1) at more of these steps; up: open (above 0.9) at more of them. "
            "Units at the same spot stand around it; choose one by a click."
        ),
        "scatter-name": _("Saturation of each unit"),
        "axis-shut": _("shut"),
        "axis-open": _("open"),
        "key": _("gates: pale shut, blue open; g, n, c, h: orange +, blue −"),
        "paper": _(
            "PyTorch and Keras multiply the memory by U first and then by r; the paper (Cho et al. 2014) multiplies by "
            "r first."
        ),
        "paper-other": " " + _(
            "For unit {unit} at “{token}” that makes n {n2} instead of {n}, and h {h2} instead of {h}."
        ),
        "paper-same": " " + _("For unit {unit} at “{token}” both come to n {n} and h {h} in four decimals."),
    }  # fmt: skip
