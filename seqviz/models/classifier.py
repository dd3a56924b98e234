"""What was trained to tell positive texts from negative ones, as it reads: three kinds of one shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch

from seqviz.models.checkpoint import Checkpoint
from seqviz.models.encoder import pooled, read_texts
from seqviz.models.minilm import WordTable
from seqviz.models.reading import encode_words, fold, look_up, read_sequence
from seqviz.models.transformer import LoadedTransformer
from seqviz.tasks.sentiment import split_words
from seqviz.tasks.sentiment.typed import typed

MOST_WORDS = 128  # of a text are read word by word


class Classifier(Protocol):
    """A trained reader of texts. It is only read, never changed."""

    @property
    def parameters(self) -> int:
        """How many numbers it reads with."""
        ...

    @property
    def trained(self) -> int:
        """How many of them came out of its training here."""
        ...

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(N,) float64: how likely each text is positive."""
        ...


def words_of(text: str) -> list[str]:
    """The words of a text as they are looked up: lower case, no accents but ñ."""
    return [fold(word.key) for word in split_words(text)[:MOST_WORDS]]


def terms_of(text: str) -> list[str]:
    """The words of a text and its pairs of neighbours ("not good"), each once, in the order in which they come."""
    words = words_of(text)
    return list(dict.fromkeys([*words, *map(" ".join, pairwise(words))]))


@dataclass(frozen=True, eq=False)
class BagClassifier:
    """Logistic regression on which words and pairs of words are there (binary features: Wang & Manning 2012)."""

    weights: dict[str, float]  # of each term that the training sentences had; others count nothing
    bias: float

    @property
    def parameters(self) -> int:
        """One a term, and the bias."""
        return len(self.weights) + 1

    trained = parameters

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(N,): σ(bias + the sum of the weights of a text's terms)."""
        return sigmoid([self.bias + sum(self.weights.get(term, 0.0) for term in terms_of(text)) for text in texts])


@dataclass(frozen=True, eq=False)
class CellClassifier:
    """A recurrent reader with a vocabulary of its own; its checkpoint can be stepped like the shipped ones."""

    checkpoint: Checkpoint

    @property
    def parameters(self) -> int:
        """Word vectors, cell and readout; all were trained."""
        return sum(weight.numel() for weight in self.checkpoint.reader.parameters())

    trained = parameters

    @torch.inference_mode()
    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(N,): the readout after the last word; a text without words is read as one unknown word."""
        logits = []
        for text in texts:
            numbers, _ = encode_words(self.checkpoint, words_of(text) or [""], None)
            logits.append(self.checkpoint.reader(numbers[None])[0, -1].item())
        return sigmoid(logits)


@dataclass(frozen=True, eq=False)
class LessonClassifier:
    """A reader of lesson `rnn`, trained on thousands of sentences made by rule; an English one has a table."""

    checkpoint: Checkpoint
    table: WordTable | None
    trained = 0  # here

    @property
    def parameters(self) -> int:
        """Its own, without the word vectors that it looks up."""
        return sum(weight.numel() for weight in self.checkpoint.reader.parameters())

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(N,): the verdict after the last word; one half where there is none."""
        look = partial(look_up, self.checkpoint, table=self.table)
        found = [typed(text, look) for text in texts]
        readings = [one and read_sequence(self.checkpoint, one.inputs).readouts[-1] for one in found]
        return np.array([0.5 if reading is None else reading for reading in readings], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class TransformerClassifier:
    """Logistic regression on the sentence vector of an encoder, whose last layer may have been tuned for it."""

    encoder: LoadedTransformer
    weight: np.ndarray  # (D,)
    bias: float
    trained: int

    @property
    def parameters(self) -> int:
        """The encoder's and the regression's."""
        return self.encoder.parameters + len(self.weight) + 1

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(N,). Raises ValueError for a text without tokens."""
        vectors = np.empty((len(texts), len(self.weight)))
        for read in read_texts(self.encoder, texts):
            vectors[read.rows] = pooled(read.last).numpy()
        return sigmoid(vectors @ self.weight + self.bias)  # (N, D) x (D,) -> (N,)


def sigmoid(logits: Sequence[float] | np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ˣ), without overflow."""
    return (1 + np.tanh(np.asarray(logits) / 2)) / 2
