"""The gates component with 200 steps of 64 units in each of two cells, and nothing else."""

import torch
from torch import nn

from seqviz.components.gates import CellRun, gates, payload_of
from seqviz.tasks.task import Scale
from seqviz.traces.recurrent import trace_recurrent

torch.manual_seed(0)
inputs = torch.randn(200, 16, dtype=torch.double)
layers = [trace_recurrent(cell(16, 64).double(), inputs).layers[0] for cell in (nn.LSTM, nn.GRU)]
runs = [CellRun(layer, layer.h.mean(axis=1)) for layer in layers]
scale = Scale("answer", "+1", "−1", -1.0, 1.0, 0.0)
gates(payload_of(runs, [f"word{t}" for t in range(200)], ["known"] * 200, scale, str, {}, "random"), key="gates")
