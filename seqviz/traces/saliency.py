"""What an answer hangs on: the gradient times the input, for the answers after all steps at once."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

_CELLS = 2**18
"""So many pairs of steps may be in a batch: all of 64 copies of 64 steps, 6 copies of 200 steps."""


def saliency(score: Callable[[Tensor], Tensor], inputs: Tensor) -> np.ndarray:
    """(T, T), query then key: how strongly the answer after step t hangs on what was read at step s, xₛ · ∂yₜ / ∂xₛ.

    `score` gives an answer after every step, (B, T, I) -> (B, T); `inputs` are (T, I). It is the derivative of yₜ by a
    factor on xₛ: above 0 where more of the word would raise the answer. Simonyan, Vedaldi & Zisserman 2014 have the
    gradient, Shrikumar et al. 2016 the product; it says where a small change would act, and adds up to no answer.
    """
    steps = len(inputs)
    size = max(1, _CELLS // steps**2)
    rows = []
    for begin in range(0, steps, size):
        asked = torch.arange(begin, min(begin + size, steps))
        copies = inputs[None, : int(asked[-1]) + 1].repeat(len(asked), 1, 1).requires_grad_()  # (B, t + 1, I)
        with torch.enable_grad():
            answers = score(copies)[torch.arange(len(asked)), asked]
            (gradient,) = torch.autograd.grad(answers.sum(), copies)
        rows.append(torch.nn.functional.pad((gradient * copies).sum(dim=2).detach(), (0, steps - copies.shape[1])))
    return torch.cat(rows).numpy()
