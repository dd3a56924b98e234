"""The stepper: a recurrent cell unrolled over its sequence, stepped in the browser without a word to the server."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqviz.components.mount import component
from seqviz.components.once import once
from seqviz.components.pack import pack
from seqviz.components.player import busiest_unit, part_names, transport_words
from seqviz.models.reading import Reading
from seqviz.tasks.task import Scale
from seqviz.traces.plane import plane
from seqviz.traces.whatif import Hold, Wipe


def stepper(payload: bytes, key: str) -> None:
    """Mount the stepper on what `payload_of` or `nothing` packed.

    Where its cursor rests stands in the address, as `step` and `unit` from 1, and the page runs again when it changes.
    """
    component("stepper")(data=payload, key=key)


@once
def payload_of(
    reading: Reading,
    tokens: Sequence[str],
    status: Sequence[str],
    features: Sequence[str],
    scale: Scale,
    _: Callable[[str], str],
    address: dict[str, str],
    plays: int = 0,
    change: Wipe | Hold | None = None,
    unchanged: Reading | None = None,
) -> bytes:
    """What the browser gets, once: all that it needs to draw every step and to redo the arithmetic of any number.

    `status` is "known", "new" or "unknown" per token; `features` names the inputs, with {token} for the token itself;
    `address` are parameters to add to the address where they are missing; it plays from the start when `plays` changes,
    as it does for a new sequence; `change` is what was done to the memory, `unchanged` the reading without it.
    """
    layer = reading.layer
    seen = plane(layer.h, unchanged.layer.h) if unchanged else plane(layer.h)
    header = {
        "kind": layer.kind,
        "activation": layer.activation,
        "tokens": list(tokens),
        "status": list(status),
        "features": list(features),
        "address": address,
        "plays": plays,
        "unit": busiest_unit(layer.h),
        "wiped": change.t if isinstance(change, Wipe) else None,
        "held": {"unit": change.unit, "value": change.value} if isinstance(change, Hold) else None,
        "share": seen.share,
        "readout": {"activation": reading.readout_activation} | {name: getattr(scale, name) for name in _ENDS},
        "words": words(scale.name, _),
    }
    arrays = {
        "inputs": layer.inputs, "h": layer.h, "readouts": reading.readouts,
        "readout_weight": reading.readout_weight, "readout_bias": reading.readout_bias,
        # Trained in float32: the smaller type holds them exactly.
        "weight_ih": layer.weight_ih.astype(np.float32), "weight_hh": layer.weight_hh.astype(np.float32),
        "bias_ih": layer.bias_ih.astype(np.float32), "bias_hh": layer.bias_hh.astype(np.float32),
        "plane": seen.runs[0].astype(np.float32),  # only drawn, never printed
    }  # fmt: skip
    if layer.c is not None:
        arrays["c"] = layer.c
    if unchanged:
        arrays["unchanged"] = unchanged.readouts
        arrays["unchanged_h"] = unchanged.layer.h.astype(np.float32)
        arrays["unchanged_plane"] = seen.runs[1].astype(np.float32)
    return pack(header, arrays)


_ENDS = ("high", "low", "min", "max", "middle")


def words(readout: str, _: Callable[[str], str]) -> dict[str, Any]:
    """Everything the stepper says, in the reader's language; braces are filled in by the browser."""
    return transport_words(_) | {
        "name": _("Stepper: arrow keys move in time and between units, space plays"),
        "verdict": readout,
        "state": _("state h"),
        "sums-name": _("Which number to take apart"),
        "sum-name": _("The sum as bars; its numbers are written beside them"),
        "sums": part_names(_) | {"y": readout},
        "titles": {
            "h": _("How unit {unit} got this value at “{token}”"),
            "i": _("The input gate of unit {unit} at “{token}”: how much to write"),
            "f": _("The forget gate of unit {unit} at “{token}”: how much to keep"),
            "g": _("The new value of unit {unit} at “{token}”: what to write"),
            "o": _("The output gate of unit {unit} at “{token}”: how much to show"),
            "r": _("The reset gate of unit {unit} at “{token}”: how much memory the new value reads"),
            "z": _("The update gate of unit {unit} at “{token}”: how much to keep"),
            "n": _("The new value of unit {unit} at “{token}”"),
            "y": _("What it says after “{token}”: the whole state, weighed"),
        },
        "sub": _("The largest terms, then the rest. Start at the bias, add every bar, then follow the curve."),
        "mix": _("What was kept and what was written, each times its gate. Every gate has a sum of its own below."),
        "bias": _("bias"),
        "before": _("unit {n} before"),
        "rest-x": _("the rest of this input ({n})"),
        "rest-h": _("the rest of the memory ({n})"),
        "mixes": {
            "LSTM-c": _("kept: f × cell before"),
            "LSTM-g": _("written: i × new value g"),
            "GRU-n": _("written: (1 − z) × new value n"),
            "GRU-h": _("kept: z × state before"),
        },
        "torch": _("PyTorch says {value}, the same number"),
        "differs": _("PyTorch says {value}"),
        "held": _("You hold this unit at {value}"),
        "units-title": _("Every unit over time"),
        "units-sub": _("One line a unit, the chosen one in front. Choose another with ↑ ↓ or by a click on it."),
        "path-title": _("The path of the state"),
        "path-sub": _(
            "The whole state as one point that moves, in the plane in which it moves most. "
            "Orange dots lean to the positive side, blue to the negative."
        ),
        "direction": _("direction {n}: {share} % of the movement"),
    }  # fmt: skip
