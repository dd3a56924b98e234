"""One sequence read by one reader: the trace of its cell, and what it makes of the sequence after every step."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from seqviz.models.checkpoint import Checkpoint
from seqviz.models.minilm import WordTable
from seqviz.tasks.task import Task, Typed
from seqviz.traces.recurrent import LayerTrace, trace_recurrent
from seqviz.traces.whatif import Hold, HoldGate, Wipe, trace_whatif


@dataclass(frozen=True)
class Reading:
    """The trace of the reader's one layer, and its readout after every step: a share (sentiment) or a number.

    A reader that predicts the next symbol gives a probability to each; its readout is that of the one which its card
    names as "watched".
    """

    layer: LayerTrace
    readouts: np.ndarray  # (T,)
    readout_weight: np.ndarray  # (H,)
    readout_bias: np.ndarray  # (1,)
    readout_activation: str  # "sigmoid", "identity" or "softmax"
    probabilities: np.ndarray | None = None  # (T, V) of every output, of a softmax only


def read_sequence(checkpoint: Checkpoint, inputs: Tensor, change: Wipe | Hold | HoldGate | None = None) -> Reading:
    """Let a shipped reader read inputs (T, …) as its front takes them, with an optional change to memory or gates."""
    reader, features = checkpoint.reader, features_of(checkpoint, inputs)
    with torch.inference_mode():
        trace = trace_whatif(reader.cell, features, change) if change else trace_recurrent(reader.cell, features)
        scores = reader.readout(torch.from_numpy(trace.outputs))  # (T, H) -> (T, V)
    activation, watched = checkpoint.card.readout, checkpoint.card.watched_output
    weight, bias = reader.readout.weight.numpy()[watched], reader.readout.bias.numpy()[watched : watched + 1]
    probabilities = scores.softmax(dim=1).numpy() if activation == "softmax" else None
    if probabilities is not None:
        readouts = probabilities[:, watched]
    else:
        readouts = (scores[:, 0].sigmoid() if activation == "sigmoid" else scores[:, 0]).numpy()
    return Reading(trace.layers[0], readouts, weight, bias, activation, probabilities)


def features_of(checkpoint: Checkpoint, inputs: Tensor) -> Tensor:
    """What the cell of a shipped reader gets to read of inputs (T, …): (T, I)."""
    with torch.inference_mode():
        return checkpoint.reader.front(inputs.double() if inputs.is_floating_point() else inputs)


def fold(word: str) -> str:
    """A Spanish word as the lexicon keeps it: without accents, so that "pelicula" finds "película"; ñ stays ñ."""
    marks = unicodedata.normalize("NFD", word.replace("ñ", "\0"))
    return "".join(mark for mark in marks if not unicodedata.combining(mark)).replace("\0", "ñ")


def encode(task: Task, text: str, checkpoint: Checkpoint, table: WordTable | None = None) -> Typed | None:
    """Typed text as the inputs of a reader of this task; None where there is nothing to read in it. Raises Refusal."""
    return task.encode(text, partial(look_up, checkpoint, table=table))


def look_up(checkpoint: Checkpoint, keys: Sequence[str], table: WordTable | None) -> tuple[Tensor, tuple[str, ...]]:
    """Words or characters as a reader takes them (T, …), and how it knows each; `table` for readers of word vectors."""
    if checkpoint.card.vocabulary:
        return encode_words(checkpoint, keys, table)
    return encode_characters(checkpoint, "".join(keys))


def encode_words(
    checkpoint: Checkpoint, words: Sequence[str], table: WordTable | None
) -> tuple[Tensor, tuple[str, ...]]:
    """Lower-case words as the reader's inputs, and how it knows each.

    "known": seen in training. "new": never seen, but its vector resembles words that were (readers with a word table).
    "unknown": one vector stands for all such words (readers with a lexicon; a table has no piece for some symbols).
    """
    if table is not None:
        strange = table.tokenizer.token_to_id("[UNK]")
        pieces = table.cut(words)
        status = ["known" if word in checkpoint.words else "new" for word in words]
        status = ["unknown" if not ids or strange in ids else now for ids, now in zip(pieces, status, strict=True)]
        return torch.from_numpy(table.look_up(pieces)), tuple(status)
    ids = [checkpoint.words.get(fold(word), 0) for word in words]
    return torch.tensor(ids, dtype=torch.long), tuple("known" if i else "unknown" for i in ids)


def encode_characters(checkpoint: Checkpoint, text: str) -> tuple[Tensor, tuple[str, ...]]:
    """Characters, in lower case, as the numbers that the reader looks up; how it knows each: "known" or "unknown"."""
    ids = [checkpoint.card.symbols.find(character.lower()) + 1 for character in text]
    return torch.tensor(ids, dtype=torch.long), tuple("known" if i else "unknown" for i in ids)
