"""What a trace costs: against torch's fused run alone, and against recording every step by hand."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

from seqviz import trace_recurrent

T, H, ROUNDS = 200, 64, 300
TARGETS = {"LSTM": "≤ 2.8", "GRU": "≤ 1.25", "RNN": "≤ 1.25"}


def rows() -> Iterator[tuple[str, str, str]]:
    """One row a cell and comparison; the two sides take turns, so that both see the same machine."""
    for kind, cell in (("LSTM", nn.LSTM), ("GRU", nn.GRU), ("RNN", nn.RNN)):
        torch.manual_seed(0)
        module, inputs = cell(H, H).eval(), torch.randn(T, H)
        fused, traced, recorded = timed(
            partial(_fused, module, inputs),
            partial(trace_recurrent, module, inputs),
            partial(_recorded, module, inputs),
        )
        size = f"T = {T}, H = {H}"
        yield f"trace of an nn.{kind} ÷ torch's fused run, {size}", f"{traced / fused:.2f}", TARGETS[kind]
        yield f"trace of an nn.{kind} ÷ recording it step by step, {size}", f"{traced / recorded:.2f}", "< 1"


def timed(*calls: Callable[[], object]) -> list[float]:
    """The median seconds of each call, taken in turn."""
    seconds: list[list[float]] = [[] for _ in calls]
    for round_number in range(ROUNDS + 20):
        for call, times in zip(calls, seconds, strict=True):
            start = time.perf_counter()
            call()
            if round_number >= 20:  # the first rounds warm up
                times.append(time.perf_counter() - start)
    return [median(times) for times in seconds]


def _fused(module: nn.RNNBase, inputs: Tensor) -> None:
    with torch.inference_mode():
        module(inputs)


def _recorded(module: Any, inputs: Tensor) -> None:
    """The plain way to see the gates: a loop over the steps that keeps everything."""
    with torch.inference_mode():
        h = c = inputs.new_zeros(H)
        kept: list[tuple[Tensor, ...]] = []
        for x in inputs:
            a = nn.functional.linear(x, module.weight_ih_l0, module.bias_ih_l0)
            b = nn.functional.linear(h, module.weight_hh_l0, module.bias_hh_l0)
            if isinstance(module, nn.LSTM):
                i, f, g, o = (a + b).chunk(4)
                i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
                c = f * c + i * g
                h = o * c.tanh()
                kept.append((i, f, g, o, c, h))
            elif isinstance(module, nn.GRU):
                (ar, az, an), (br, bz, bn) = a.chunk(3), b.chunk(3)
                r, z = (ar + br).sigmoid(), (az + bz).sigmoid()
                n = (an + r * bn).tanh()
                h = (1 - z) * n + z * h
                kept.append((r, z, n, h))
            else:
                h = (a + b).tanh()
                kept.append((h,))
        [torch.stack(column).numpy() for column in zip(*kept, strict=True)]
