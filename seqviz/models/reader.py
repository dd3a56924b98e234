"""The tiny readers of the lessons: something that turns each step into features, a cell or a Transformer, a readout."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from seqviz.models.causal import CausalEncoder

CELLS: dict[str, Callable[..., nn.RNNBase]] = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}
TRANSFORMER = "Transformer"  # which is called as a cell is, and stands in its place


class Reader(nn.Module):
    """front → cell → readout: after every step, what the reader makes of the sequence so far.

    That is one number or, with more `outputs`, a score for each symbol that could come next. `front` is nn.Linear for
    word vectors (T, width), nn.Embedding for word or character numbers (T,), nn.Identity for plain numbers.
    """

    def __init__(self, cell: str, front: nn.Module, features: int, units: int, outputs: int = 1):
        super().__init__()
        self.front = front
        self.cell: Any = (
            CausalEncoder(features, units) if cell == TRANSFORMER else CELLS[cell](features, units, batch_first=True)
        )
        self.readout = nn.Linear(units, outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, T, …) -> (B, T), or (B, T, V) with V > 1 outputs: the readout after every step, before any squashing."""
        states, _ = self.cell(self.front(inputs))  # (B, T, H)
        return self.readout(states).squeeze(-1)


def new_reader(
    cell: str,
    front: str,
    inputs: int,
    features: int,
    units: int,
    outputs: int = 1,
    forget_bias: float = 0.0,
    turn: bool = False,
) -> Reader:
    """An untrained reader; `front` is "vectors" (of width `inputs`), "lookup" (of `inputs` entries) or "numbers".

    `forget_bias` opens an LSTM's forget gates (Gers et al. 2000); `turn` starts an RNN's memory as an orthogonal
    matrix, which neither blows its state up nor loses it (Saxe et al. 2014).
    """
    fronts = {"vectors": nn.Linear, "lookup": nn.Embedding}
    front_module = fronts[front](inputs, features) if front in fronts else nn.Identity()
    reader = Reader(cell, front_module, features, units, outputs)
    weights = dict(reader.cell.named_parameters())
    with torch.no_grad():
        if front == "lookup":  # as short as projected vectors; PyTorch's start is a state that is saturated at once
            nn.init.normal_(next(reader.front.parameters()), std=0.3)
        if cell == "RNN" and turn:
            nn.init.orthogonal_(weights["weight_hh_l0"])
        if cell == "LSTM":  # PyTorch adds two biases: one carries the forget bias, the other stays zero
            weights["bias_ih_l0"][units : 2 * units] = forget_bias
            weights["bias_hh_l0"][units : 2 * units] = 0.0
    return reader


def seeded_reader(seed: int, **sizes: Any) -> Reader:
    """An untrained reader as `new_reader(**sizes)` gives it, drawn from a generator of its own.

    Every weight is uniform between ±1/√units, as PyTorch starts cells; word vectors are as short as there. Several
    sessions train at once, and torch's one generator is shared by all threads.
    """
    with torch.device("meta"):  # draws nothing
        reader = new_reader(**sizes)
    reader.to_empty(device="cpu")
    most, dice = sizes["units"] ** -0.5, torch.Generator().manual_seed(seed)
    for weight in reader.parameters():
        nn.init.uniform_(weight, -most, most, generator=dice)
    if isinstance(reader.front, nn.Embedding):
        nn.init.normal_(reader.front.weight, std=0.3, generator=dice)
    return reader
