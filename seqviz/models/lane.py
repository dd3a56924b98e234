"""One sentence as one of four readers reads it: RNN, GRU, LSTM, or a Transformer that reads from left to right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seqviz.models.checkpoint import Checkpoint
from seqviz.models.reader import TRANSFORMER
from seqviz.models.reading import features_of
from seqviz.traces.saliency import saliency


@dataclass(frozen=True)
class Lane:
    """What a reader holds after every step, what it says then, and which words that hangs on."""

    name: str  # "RNN", "GRU", "LSTM" or "Transformer"
    states: np.ndarray  # (T, H): what the readout reads
    weights: np.ndarray | None  # (L, H, T, T) of a Transformer: where its heads looked
    logits: np.ndarray  # (T,): states · readout_weight + readout_bias
    verdicts: np.ndarray  # (T,): σ(logits)
    saliency: np.ndarray  # (T, T): of the logit after step t, by the word at step s
    readout_weight: np.ndarray  # (H,)
    readout_bias: float


def read_lane(checkpoint: Checkpoint, inputs: Tensor) -> Lane:
    """Let a reader of sentiment read inputs (T, …) as its front takes them."""
    reader, features = checkpoint.reader, features_of(checkpoint, inputs)
    with torch.inference_mode():
        states, looked = reader.cell(features[None])
        logits = reader.readout(states)[0, :, 0]
    weights = looked[0].numpy() if checkpoint.card.cell == TRANSFORMER else None

    def score(features: Tensor) -> Tensor:
        return reader.readout(reader.cell(features)[0]).squeeze(-1)

    return Lane(
        checkpoint.card.cell, states[0].numpy(), weights, logits.numpy(), logits.sigmoid().numpy(),
        saliency(score, features.clone()), reader.readout.weight[0].numpy(), reader.readout.bias.item(),
    )  # fmt: skip


@torch.inference_mode()
def swap_effect(checkpoint: Checkpoint, inputs: Tensor, step: int, others: Tensor) -> np.ndarray:
    """(T,): how far the verdict after each step moves, on average, when one word is replaced by each of the others.

    `inputs` are (T, …), `others` (N, …) are what stands at `step` instead. The mean of |σ(yₜ) − σ(yₜ')| over the N;
    before `step` it is 0, for no reader sees a later word.
    """
    changed = inputs.repeat(len(others), *[1] * inputs.dim())  # (N, T, …)
    changed[:, step] = others
    read = torch.cat([inputs[None], changed])
    verdicts = checkpoint.reader(read.double() if read.is_floating_point() else read).sigmoid()  # (1 + N, T)
    return (verdicts[1:] - verdicts[0]).abs().mean(dim=0).numpy()


def some_words(checkpoint: Checkpoint, count: int) -> Sequence[str]:
    """So many words of a reader's training, evenly spread over their alphabetical list; all, where it has no more."""
    words = list(checkpoint.words)
    return [words[i * len(words) // count] for i in range(count)] if len(words) > count else words
