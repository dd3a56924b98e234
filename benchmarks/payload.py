"""What the browser is sent for one sequence: once, before it plays; and what Python packs when a cursor rests."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import nn

from benchmarks.attention import HEAD, part_of
from seqviz.components import once
from seqviz.components.attention import gaze_payload, heads_payload
from seqviz.components.stepper import payload_of
from seqviz.models.reading import Reading
from seqviz.models.transformer import load_minilm
from seqviz.tasks.task import Scale
from seqviz.traces.analyses import head_scores
from seqviz.traces.recurrent import trace_recurrent


def rows() -> Iterator[tuple[str, str, str]]:
    """Bytes of a sentence and of the largest sequence, beside the same numbers as JSON; and packing at rest."""
    for steps, units in ((12, 16), (200, 64)):
        reading = random_reading(steps, units)
        sent = len(stepper_payload(reading))
        as_json = len(json.dumps([array.tolist() for array in _arrays(reading)]))
        size = f"LSTM, {steps} steps, {units} units"
        yield f"bytes sent for one sequence, {size}", f"{sent:,}", ""
        yield f"bytes sent ÷ the same numbers as JSON, {size}", f"{sent / as_json:.2f}", "< 1"
        yield from _at_rest(partial(stepper_payload, reading), size)
    tokens = 128
    part = part_of(load_minilm(), tokens)
    captions = {"entropy {value:.1f} bits": head_scores(part)["entropy"]}

    def heads_and_gaze() -> None:
        heads_payload(part.weights, HEAD, captions, str)
        gaze_payload(part, *HEAD, str)

    yield from _at_rest(heads_and_gaze, f"all heads and the gaze, {tokens} tokens")


def _at_rest(pack: Callable[[], object], size: str) -> Iterator[tuple[str, str, str]]:
    """What a run of the page packs after a cursor came to rest, beside what the run before it had to pack."""
    anew: list[float] = []
    again: list[float] = []
    for _ in range(50):
        once._without_session.clear()
        for times in (anew, again):
            start = perf_counter()
            pack()
            times.append(1000 * (perf_counter() - start))
    yield f"milliseconds of packing when a cursor rests, {size}", f"{median(again):.2f}", "< 1"
    yield f"packing when a cursor rests ÷ packing anew, {size}", f"{median(again) / median(anew):.3f}", "< 1"


def random_reading(steps: int, units: int) -> Reading:
    """An untrained LSTM's reading of noise, as large as asked."""
    torch.manual_seed(0)
    layer = trace_recurrent(nn.LSTM(16, units).double(), torch.randn(steps, 16, dtype=torch.double)).layers[0]
    weight, bias = np.full(units, 1 / units), np.zeros(1)
    return Reading(layer, 1 / (1 + np.exp(-(layer.h @ weight + bias))), weight, bias, "sigmoid")


def stepper_payload(reading: Reading) -> bytes:
    """What the stepper sends for a reading of made-up words."""
    steps, width = reading.layer.inputs.shape
    scale = Scale("verdict so far", "positive", "negative", 0.0, 1.0, 0.5)
    tokens = [f"word{t}" for t in range(steps)]
    features = [f"feature {i + 1}" for i in range(width)]
    return payload_of(reading, tokens, ["known"] * steps, features, scale, str, {})


def _arrays(reading: Reading) -> list[np.ndarray]:
    layer = reading.layer
    assert layer.c is not None
    return [
        layer.inputs, layer.h, layer.c, reading.readouts, reading.readout_weight,
        *(w.astype(np.float32) for w in (layer.weight_ih, layer.weight_hh, layer.bias_ih, layer.bias_hh)),
    ]  # fmt: skip
