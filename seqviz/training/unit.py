"""Which unit of a reader's memory follows something that is known at every step."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqviz.models.reading import Reading


def best_unit(readings: Sequence[Reading], known: np.ndarray) -> dict[str, Any]:
    """The unit whose memory, c in an LSTM and h elsewhere, correlates best with `known`, (steps,) of all readings."""
    layers = [reading.layer for reading in readings]
    of = "h" if layers[0].c is None else "c"
    return follows(np.concatenate([getattr(layer, of) for layer in layers]), known) | {"of": of}


def follows(memory: np.ndarray, known: np.ndarray) -> dict[str, Any]:
    """The unit of a memory (steps, H) that correlates best with `known` (steps,)."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a unit that never moves correlates with nothing
        corr = np.nan_to_num(np.abs([np.corrcoef(unit, known)[0, 1] for unit in memory.T]))
    return {"unit": int(corr.argmax()), "corr": round(float(corr.max()), 4)}
