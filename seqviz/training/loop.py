"""The one training loop: every shipped checkpoint was made by it."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

WARM_UP = 50  # steps


def fit(
    model: nn.Module,
    batches: Iterator[tuple[Tensor, ...]],
    loss: Callable[..., Tensor],
    steps: int,
    rate: float,
    clip: float = 1.0,
) -> Iterator[float]:
    """Train `model` for so many steps, yielding each loss: AdamW, warm-up, cosine to 5 %, gradients clipped.

    `loss(model, *batch)` is minimised over the batches as they come.
    """
    optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=0.01)
    schedule = SequentialLR(
        optimizer,
        [LinearLR(optimizer, 1 / WARM_UP, total_iters=WARM_UP), CosineAnnealingLR(optimizer, steps, rate / 20)],
        [WARM_UP],
    )
    model.train()
    for _ in range(steps):
        value = loss(model, *next(batches))
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        schedule.step()
        yield value.item()
    model.eval()
