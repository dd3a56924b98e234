"""What the browser is sent for one sequence: once, before it plays; and what Python packs when a cursor rests."""

import json
from collections.abc import Iterator
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import nn

from seqviz.components.stepper import payload_of
from seqviz.models.reading import Reading
from seqviz.tasks.task import Scale
from seqviz.traces.recurrent import trace_recurrent


def rows() -> Iterator[tuple[str, str, str]]:
    """Bytes for a sentence and for the largest sequence, and what the same numbers would take as JSON."""
    for steps, units in ((12, 16), (200, 64)):
        reading = random_reading(steps, units)
        sent = len(stepper_payload(reading))
        as_json = len(json.dumps([array.tolist() for array in _arrays(reading)]))
        size = f"LSTM, {steps} steps, {units} units"
        yield f"bytes sent for one sequence, {size}", f"{sent:,}", ""
        yield f"bytes sent ÷ the same numbers as JSON, {size}", f"{sent / as_json:.2f}", "< 1"
        anew: list[float] = []
        again: list[float] = []
        for _ in range(50):
            reading = random_reading(steps, units)
            for times in (anew, again):
                start = perf_counter()
                stepper_payload(reading)
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
