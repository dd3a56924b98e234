"""How the readers of texts with quotations are made: one a language and cell, each predicts the next character."""

import random
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from seqviz.models.card import ReaderCard, Scores
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.reader import Reader, new_reader
from seqviz.models.reading import encode_characters, read_sequence
from seqviz.tasks.quotations import GRAMMARS, Grammar, inside
from seqviz.training.loop import fit
from seqviz.training.ship import OF_SEEDS, SEEDS, ship
from seqviz.training.unit import best_unit

UNITS, FEATURES, LENGTH, BATCH = 48, 16, 96, 32
TEXTS = 4000  # drawn once for each of the three lengths of quotations, then read again and again
PHASES = (1, 4, None)  # the most words of a quotation, and of a sentence, in each third of training
CORRUPTED = 0.15  # share of characters, marks aside, that are read as some other one


class Budget(NamedTuple):
    """How long and how fast a cell is trained."""

    steps: int
    rate: float


BUDGETS = {"RNN": Budget(3000, 5e-3), "GRU": Budget(2000, 1e-2), "LSTM": Budget(3000, 1e-2)}


def train(grammar: Grammar, cell: str, seed: int, steps: int | None = None) -> Reader:
    """A reader trained on texts whose quotations grow; a test may ask for fewer steps than the cell's budget."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    budget = BUDGETS[cell]
    steps = budget.steps if steps is None else steps
    symbols = grammar.symbols
    reader = new_reader(cell, "lookup", len(symbols) + 1, FEATURES, UNITS, outputs=len(symbols), forget_bias=1.0)
    for _ in fit(reader, _batches(grammar, steps, seed, generator), _loss, steps, budget.rate):
        pass
    return reader


def _batches(grammar: Grammar, steps: int, seed: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Characters as read (B, LENGTH), some of them corrupted, and those that really come next."""
    symbols, rng = grammar.symbols, random.Random(seed)
    marks = torch.tensor([symbols.index(grammar.opening), symbols.index(grammar.closing)]) + 1
    for phase, longest in enumerate(PHASES):
        texts = [grammar.text(rng, LENGTH + 1, longest) for _ in range(TEXTS)]
        numbers = torch.tensor([[symbols.index(character) + 1 for character in text] for text in texts])
        for _ in range(steps * phase // len(PHASES), steps * (phase + 1) // len(PHASES)):
            text = numbers[torch.randint(TEXTS, (BATCH,), generator=generator)]  # (B, LENGTH + 1)
            noise = torch.randint(len(symbols) + 1, text.shape, generator=generator)
            noisy = torch.rand(text.shape, generator=generator) < CORRUPTED
            noisy &= ~torch.isin(text, marks) & ~torch.isin(noise, marks)
            yield torch.where(noisy, noise, text)[:, :-1], text[:, 1:] - 1


def _loss(reader: Reader, characters: Tensor, following: Tensor) -> Tensor:
    return cross_entropy(reader(characters).transpose(1, 2), following)


def score(checkpoint: Checkpoint, grammar: Grammar) -> dict[str, Any]:
    """What the card states, of new texts: the unit that follows being inside a quotation, and the bits a character."""
    rng = random.Random(10_000)
    texts = [grammar.text(rng, 150) for _ in range(60)]
    numbers = [encode_characters(checkpoint, text)[0] for text in texts]
    readings = [read_sequence(checkpoint, text) for text in numbers]
    surprise = [
        -np.log2(reading.probabilities[range(len(text) - 1), text[1:].numpy() - 1])
        for reading, text in zip(readings, numbers, strict=True)
        if reading.probabilities is not None
    ]
    return {
        "inside": best_unit(readings, np.concatenate([inside(text, grammar) for text in texts])),
        "bits": round(float(np.concatenate(surprise).mean()), 3),
    }


def make(language: str, cell: str) -> ReaderCard:
    """Train with every seed and ship the one with the best unit for being inside a quotation; returns its card."""
    grammar = GRAMMARS[language]
    card = ReaderCard(
        name=f"quotations-{language}-{cell.lower()}",
        task="the next character of texts with quotations",
        data=f"{TEXTS} texts of seqviz/tasks/quotations.py for each length of quotations: "
        "one word, up to four, one or two clauses",
        seed=SEEDS[0],  # until one is chosen
        rule=f"{OF_SEEDS}, the best |corr| of a unit with being inside the quotation",
        date="2026-11-23",
        language=language,
        cell=cell,
        front="lookup",
        inputs=len(grammar.symbols) + 1,
        features=FEATURES,
        units=UNITS,
        outputs=len(grammar.symbols),
        readout="softmax",
        watched=grammar.closing,
        watched_output=grammar.symbols.index(grammar.closing),
        symbols=grammar.symbols,
    )
    return ship(card, partial(train, grammar, cell), partial(score, grammar=grammar), chosen)


def chosen(scores: Mapping[int, Scores]) -> int:
    """The seed that the rule says."""
    return max(scores, key=lambda seed: scores[seed]["inside"]["corr"])
