"""How the readers of "remember the marked number" are made."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqviz.models.card import ReaderCard, Scores
from seqviz.models.reader import TRANSFORMER, Reader, new_reader
from seqviz.tasks.marked_number import sample
from seqviz.traces.recurrent import trace_recurrent
from seqviz.traces.saturation import saturation
from seqviz.training.loop import fit
from seqviz.training.ship import OF_SEEDS, SEEDS, ship
from seqviz.training.unit import follows

LENGTH, BATCH = 40, 64
UNITS = {"RNN": 4, "GRU": 4, "LSTM": 4, TRANSFORMER: 8}  # a Transformer has four heads, of two numbers each
GAPS = (10, 20, 30, 39, 60, 80)
CLOSE = 0.005  # readers whose R² differs by no more are equally good, and the lesson on gates wants decided ones


def train(cell: str, seed: int, steps: int = 2500) -> Reader:
    """A reader of a few units trained on sequences of 40 steps, one mark and one question each."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    reader = new_reader(cell, "numbers", inputs=3, features=3, units=UNITS[cell], forget_bias=1.0)

    def batches():
        while True:
            yield sample(BATCH, LENGTH, generator)

    for _ in fit(reader, batches(), _loss, steps, rate=1e-2):
        pass
    return reader


def _loss(reader: Reader, inputs: Tensor, targets: Tensor, question: Tensor) -> Tensor:
    """Squared error, the question as heavy as all the silent steps together."""
    errors = (reader(inputs) - targets) ** 2
    asked = errors[torch.arange(len(errors)), question]
    return asked.mean() + errors.mean()


@torch.inference_mode()
def score(reader: Reader, count: int = 1000) -> dict[str, Any]:
    """R² of the answer against the marked number by gap, 1 is perfect, 0 no better than the mean; and the memory."""
    generator = torch.Generator().manual_seed(10_000)
    found = {}
    for gap in GAPS:
        inputs, targets, question = sample(count, gap + 5, generator, gap)
        rows = torch.arange(count)
        answer, truth = reader(inputs)[rows, question], targets[rows, question]
        found[str(gap)] = round(1 - nn.functional.mse_loss(answer, truth).item() / truth.var().item(), 3)
    return {"r2_by_gap": found} | (_memory(reader) if isinstance(reader.cell, nn.RNNBase) else {})


def _memory(reader: Reader, count: int = 100) -> dict[str, Any]:
    """The unit that holds the number marked last, and how decided the gates are: at how many steps below .1 or over .9.

    Steps count from the first mark to the question.
    """
    generator = torch.Generator().manual_seed(20_000)
    inputs, _targets, question = sample(count, LENGTH, generator)
    of = "c" if isinstance(reader.cell, nn.LSTM) else "h"
    memory, gates = [], []
    known: list[float] = []
    for sequence, end in zip(inputs, question.tolist(), strict=True):
        begin = int(sequence[:, 1].argmax())
        layer = trace_recurrent(reader.cell, sequence).layers[0]
        memory.append(getattr(layer, of)[begin:end])
        for value, mark, _query in sequence[begin:end].tolist():
            known.append(value if mark else known[-1])
        gates += [saturation(gate[begin:end]) for name, gate in layer.gates.items() if name in "iforz"]
    found = follows(np.concatenate(memory), np.array(known)) | {"of": of}
    if gates:
        found["saturated"] = round(float(np.mean([gate.left + gate.right for gate in gates])), 3)
    return found


def make(cell: str) -> ReaderCard:
    """Train with every seed and ship the one that the rule says; returns its card."""
    card = ReaderCard(
        name=f"marked-number-{cell.lower()}",
        task="remember the marked number",
        data="seqviz/tasks/marked_number.py: 40 steps, uniform numbers from −1 to 1, one or two marks, one question",
        seed=SEEDS[0],  # until one is chosen
        rule=f"{OF_SEEDS} within {CLOSE} of the best R² at gap 39, the longest trained, "
        "the one whose gates are saturated most often; without gates, the best R²",
        date="2026-11-29" if cell == TRANSFORMER else "2026-11-23",
        cell=cell,
        front="numbers",
        inputs=3,
        features=3,
        units=UNITS[cell],
        outputs=1,
        readout="identity",
    )
    # In float32, as they were trained: so were the shipped ones scored, and in float64 the last digits would differ.
    return ship(card, partial(train, cell), lambda checkpoint: score(checkpoint.reader), chosen, dtype=torch.float32)


def chosen(scores: Mapping[int, Scores]) -> int:
    """The seed that the rule says: as good as the best, and of those the one whose gates decide most clearly."""
    best = max(found["r2_by_gap"]["39"] for found in scores.values())
    good = [seed for seed, found in scores.items() if found["r2_by_gap"]["39"] >= best - CLOSE]
    return max(good, key=lambda seed: (scores[seed].get("saturated", 0), scores[seed]["r2_by_gap"]["39"]))
