"""One sentence as several readers read it, under one cursor: states, attention, verdicts, and what each word does."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqviz.components.mount import component
from seqviz.components.once import once
from seqviz.components.pack import pack
from seqviz.components.player import transport_words
from seqviz.models.lane import Lane
from seqviz.tasks.task import Scale


def lanes(payload: bytes, key: str) -> None:
    """Mount the lanes on what `payload_of` or `player.nothing` packed.

    Where its cursor rests stands in the address: `step`, `reader` (a lane's name) and `shows` ("attention" or "states",
    of a reader that has both).
    """
    component("lanes")(data=payload, key=key)


@once
def payload_of(
    lanes: Sequence[Lane],
    tokens: Sequence[str],
    status: Sequence[str],
    scale: Scale,
    _: Callable[[str], str],
    address: dict[str, str],
    plays: int = 0,
) -> bytes:
    """What the browser gets, once: all that it draws and prints of every step, 1.1 MB for four readers of 200 words.

    `status` is "known", "new" or "unknown" per token; `scale` is that of the verdicts; `address` are parameters to add
    to the address where they are missing; it plays from the start when `plays` changes, as it does for a new sentence.
    """
    header = {
        "tokens": list(tokens),
        "status": list(status),
        "address": address,
        "plays": plays,
        "cells": [{"kind": lane.name} for lane in lanes],
        "readout": {"activation": "sigmoid"} | vars(scale),
        "words": words(scale.name, _),
    }
    return pack(header, {f"{lane.name}.{name}": array for lane in lanes for name, array in _arrays(lane).items()})


def _arrays(lane: Lane) -> dict[str, np.ndarray]:
    """A lane as the browser takes it: what its arithmetic needs in float64, of the squares only what is not ahead."""
    past = np.tril_indices(len(lane.states))  # (0, 0), (1, 0), (1, 1), (2, 0), …
    arrays = {
        "h": lane.states,
        "readouts": lane.verdicts,
        "readout_weight": lane.readout_weight,
        "readout_bias": np.array([lane.readout_bias]),
        "saliency": lane.saliency[past].astype(np.float32),
    }
    if lane.weights is not None:
        arrays["weights"] = lane.weights[:, :, *past].astype(np.float32)
    return arrays


def words(verdict: str, _: Callable[[str], str]) -> dict[str, Any]:
    """Everything the lanes say, in the reader's language; braces are filled in by the browser."""
    return transport_words(_) | {
        "name": _("Four readers: left and right arrow keys move in time, up and down between readers, space plays"),
        "help": _("← → step · space play · ↑ ↓ reader"),
        "verdict": verdict,
        "units": _("{n} units, ±{reach}"),
        "heads": _("{layers} × {heads} heads"),
        "saliency": _("gradient × input"),
        "states": _("states of the Transformer"),
        "key": _("states: orange +, blue −"),
        "key-looks": _("heads: the bluer, the more of the look"),
        "key-words": _(
            "words: gradient × input, orange raises the logit at the cursor, blue lowers it, fullest at ±{most}"
        ),
        "key-root": _("heads and words by the square root"),
        "tip-word": _("{reader}: “{word}” on the logit after “{token}”: {value}"),
        "which": _("layer {layer}, head {head}"),
        "looks": _("“{query}” gives “{key}” {weight}"),
        "readers": _("Whose verdict to take apart"),
        "title": _("What the {reader} says after “{token}”: its whole state, weighed"),
        "sub": _("The largest terms, then the rest. Start at the bias, add every bar, then follow the curve."),
        "sum-name": _("The sum as bars; its numbers are written beside them"),
        "bias": _("bias"),
        "rest": _("the rest of the state ({n})"),
        "torch": _("PyTorch says {value}, the same number"),
        "differs": _("PyTorch says {value}"),
        "hangs": _("Which words the {reader}'s logit after “{token}” hangs on"),
        "hangs-sub": _(
            "Gradient × input: +2.00 says that one hundredth more of this word would raise the logit by 0.02. It tells "
            "where a small change would act; the numbers do not add up to the logit."
        ),
    }
