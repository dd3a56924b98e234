"""Training epoch by epoch while a learner looks on; of all epochs the best one is kept."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from threading import Event
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from seqviz.training.loop import fit

BATCH = 16  # rows

Judge = Callable[[], Generator[None, None, tuple[float, np.ndarray]]]
"""Yields None between its steps, and returns the loss on the validation part and what the model forecasts (A,)."""


class Schedule(Protocol):
    """What the settings of such a training have in common."""

    @property
    def epochs(self) -> int:
        """How many are planned."""

    @property
    def rate(self) -> float:
        """The largest learning rate."""

    @property
    def seed(self) -> int:
        """Of the order of the rows, and of whatever else is drawn."""


@dataclass(frozen=True, eq=False)
class Epoch:
    """What one epoch came to; epoch 0 is the model before any training."""

    name: str  # of what is trained
    number: int
    of: int
    training_loss: float  # the mean over its batches; before training not measured: nan
    validation_loss: float
    is_best: bool  # of all so far, by validation loss
    ahead: np.ndarray  # (A,) what it forecasts; (0,) of a model that does not
    seconds: float = 0.0  # that the job was computed for, until now, where somebody counts them


def best_epoch(
    name: str,
    model: nn.Module,
    rows: int,
    batch: Callable[[Tensor, torch.Generator], tuple[Tensor, ...]],
    loss: Callable[..., Tensor],
    judge: Judge,
    settings: Schedule,
    stopped: Event,
) -> Generator[Epoch | None, None, int]:
    """Train on `rows` rows, yielding every epoch, and None to draw breath; returns the number of the best one.

    The model is left with the weights of that epoch, also where it is stopped. `loss(model, *batch(rows, dice))` is
    minimised, for rows (B,) in an order of each epoch's own; `dice` are for what else is drawn anew.
    """
    dice = torch.Generator().manual_seed(settings.seed)
    batches = -(-rows // BATCH)

    def shuffled() -> Iterator[tuple[Tensor, ...]]:
        for _ in range(settings.epochs):
            for chosen in torch.randperm(rows, generator=dice).split(BATCH):
                yield batch(chosen, dice)

    losses = fit(model, shuffled(), loss, batches * settings.epochs, settings.rate)
    best, lowest, kept = 0, np.inf, _weights(model)
    for number in range(settings.epochs + 1):
        of_batches: list[float] = []
        while number and len(of_batches) < batches and not stopped.is_set():
            of_batches.append(next(losses))
            yield None
        if number and len(of_batches) < batches:
            break
        found, ahead = yield from judge()
        if is_best := found < lowest:
            best, lowest, kept = number, found, _weights(model)
        learned = float(np.mean(of_batches)) if number else np.nan
        yield Epoch(name, number, settings.epochs, learned, found, is_best, ahead)
    model.load_state_dict(kept)
    model.eval()
    return best


def _weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: weight.clone() for name, weight in model.state_dict().items()}
