"""Cells that never learned anything, made to show at what rate a memory fades: 32 units, 100 steps, one seed.

They are made empty and then filled from a generator of their own: torch's is shared by all threads.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import nn

from seqviz.traces.jacobian import jacobian_norms

UNITS, STEPS = 32, 100


@lru_cache(maxsize=512)  # a class moves its sliders over the same places, 800 bytes each
def rnn_norms(radius: float, scale: float) -> np.ndarray:
    """‖∂h_T / ∂h_t‖₂ (T,) of a tanh RNN whose recurrent matrix is an orthogonal one times `radius` (Saxe et al. 2014).

    It reads normal noise times `scale`; without any the norm is exactly radius^lag.
    """
    dice = torch.Generator().manual_seed(0)
    cell: Any = nn.RNN(UNITS, UNITS, bias=False, dtype=torch.double, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        cell.weight_ih_l0.uniform_(-(UNITS**-0.5), UNITS**-0.5, generator=dice)
        nn.init.orthogonal_(cell.weight_hh_l0, gain=radius, generator=dice)
        noise = scale * torch.randn(STEPS, UNITS, generator=dice, dtype=torch.double)
    return _fixed(jacobian_norms(cell, noise))


@lru_cache(maxsize=512)
def lstm_norms(forget_bias: float, scale: float) -> np.ndarray:
    """‖∂c_T / ∂c_t‖₂ (T,) of an LSTM with this bias in its forget gates (Gers et al. 2000), all other biases 0.

    It reads normal noise times `scale`.
    """
    dice = torch.Generator().manual_seed(0)
    cell: Any = nn.LSTM(UNITS, UNITS, dtype=torch.double, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        for weight in (cell.weight_ih_l0, cell.weight_hh_l0):
            weight.uniform_(-(UNITS**-0.5), UNITS**-0.5, generator=dice)
        for bias in (cell.bias_ih_l0, cell.bias_hh_l0):
            bias.zero_()
        cell.bias_ih_l0[UNITS : 2 * UNITS] = forget_bias
        noise = scale * torch.randn(STEPS, UNITS, generator=dice, dtype=torch.double)
    return _fixed(jacobian_norms(cell, noise, of="c"))


def _fixed(norms: np.ndarray) -> np.ndarray:
    """Shared between sessions, so that nobody may write to it."""
    norms.flags.writeable = False
    return norms
