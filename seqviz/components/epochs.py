"""Training as it happens and played again: forecasts and losses of one network or several, epoch by epoch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from seqviz.components.mount import component
from seqviz.components.once import once
from seqviz.components.pack import pack
from seqviz.components.player import transport_words
from seqviz.jobs.best_epoch import Epoch

MOST_KNOWN = 40  # values before the forecast that are drawn


@dataclass(frozen=True)
class Curve:
    """The epochs of one network so far, from 0, which is before training."""

    name: str
    loss: np.ndarray  # (E, 2) on the training and the validation part; nan where it was not measured
    best: int  # the epoch with the smallest loss on the validation part
    ahead: np.ndarray | None = None  # (E, A) what it forecast

    @classmethod
    def of(cls, name: str, found: Sequence[Epoch]) -> "Curve":
        """The epochs of one training so far, in their order; of the same epochs the same curve, packed once."""
        return _curve(name, tuple(found))


@lru_cache(maxsize=32)
def _curve(name: str, found: tuple[Epoch, ...]) -> Curve:
    loss = np.array([(epoch.training_loss, epoch.validation_loss) for epoch in found])
    best = max((epoch.number for epoch in found if epoch.is_best), default=0)
    ahead = np.array([epoch.ahead for epoch in found])
    return Curve(name, loss, best, ahead if ahead.size else None)


def epochs(payload: bytes, key: str) -> None:
    """Mount the picture on what `payload_of` packed. The epoch where its cursor rests stands in the address."""
    component("epochs")(data=payload, key=key)


@once
def payload_of(
    name: str,
    curves: Sequence[Curve],
    of: int,
    live: bool,
    _: Callable[[str], str],
    known: np.ndarray | None = None,
    truth: np.ndarray | None = None,
    loss_name: str = "",
    parameter: str = "epoch",
    address: Mapping[str, str] | None = None,
) -> bytes:
    """What the browser gets each time there is more to see: all curves so far, of `of` epochs that are planned.

    While it is `live`, the picture follows the newest epoch. Another `name` is another training, which plays by itself.
    `known` (K,) are values before the forecasts and `truth` (A, or more,) what was recorded in their place. `loss_name`
    is the name of a loss that is not the mean squared error, `parameter` what the epoch is called in the address, and
    `address` goes with it to the host.
    """
    header: dict[str, Any] = {
        "id": name,
        "cells": [{"name": curve.name, "best": curve.best} for curve in curves],
        "of": of,
        "live": live,
        "parameter": parameter,
        "status": [],
        "address": dict(address or {}),
        "words": words(_) | ({"loss-title": loss_name} if loss_name else {}),
    }
    arrays = {}
    for i, curve in enumerate(curves):
        arrays[f"loss{i}"] = curve.loss.astype(np.float64)
        if curve.ahead is not None:
            arrays[f"ahead{i}"] = curve.ahead.astype(np.float32)
    if known is not None and truth is not None:
        ahead = max((curve.ahead.shape[1] for curve in curves if curve.ahead is not None), default=len(truth))
        arrays |= {"known": known[-MOST_KNOWN:].astype(np.float64), "truth": truth[:ahead].astype(np.float64)}
    return pack(header, arrays)


def words(_: Callable[[str], str]) -> dict[str, Any]:
    """Everything the picture says, in the reader's language; braces are filled in by the browser."""
    return transport_words(_) | {
        "help": _("← → epoch · space play"),
        "name": _("Training, epoch by epoch: arrow keys move in time, space plays"),
        "where": _("epoch {n} of {of}"),
        "first": _("before training"),
        "back": _("one epoch back"),
        "forward": _("one epoch forward"),
        "last": _("last epoch"),
        "scrub": _("epoch"),
        "speed": _("epochs a second"),
        "epoch": _("epoch"),
        "title": _("forecast, feeding on itself"),
        "now": _("now"),
        "loss-title": _("loss (mean squared error)"),
        "legend": _("coloured: the forecast, pale: a few epochs before · black: read · grey: what really came"),
        "legend-loss": _("solid: validation, dashed: training, ring: the best epoch, which is kept"),
        "losses": _("{name}, epoch {epoch}: training {training}, validation {validation}"),
        "tip": _("{n} steps ahead: it says {said}, really {true}"),
    }
