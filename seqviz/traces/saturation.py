"""How often a gate is as good as shut or as good as open."""

from dataclasses import dataclass

import numpy as np

SHUT, OPEN = 0.1, 0.9


@dataclass(frozen=True)
class Saturation:
    """The share of all steps, 0 to 1, that each unit's gate spends at one end; left + right ≤ 1."""

    left: np.ndarray  # (H,) below SHUT
    right: np.ndarray  # (H,) above OPEN


def saturation(gate: np.ndarray) -> Saturation:
    """How saturated each unit of a sigmoid gate (T, H) is: LSTM's i, f, o or GRU's r, z, from a LayerTrace's `gates`.

    Karpathy, Johnson & Fei-Fei 2015, section 4.2. Raises ValueError where there is no step.
    """
    if gate.ndim != 2 or len(gate) == 0:
        raise ValueError(f"A gate must have shape (T, H) with at least one step, not {gate.shape}.")
    return Saturation((gate < SHUT).mean(axis=0), (gate > OPEN).mean(axis=0))
