"""How the readers of aⁿbⁿ and of nested brackets are made: each predicts the next symbol, or the end of the word."""

import random
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from seqviz.models.card import ReaderCard, Scores
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.reader import Reader, new_reader
from seqviz.models.reading import read_sequence
from seqviz.tasks.counting import AB, BRACKETS, END, counts, encode, mistakes, nested
from seqviz.training.loop import fit
from seqviz.training.ship import OF_SEEDS, SEEDS, ship
from seqviz.training.unit import best_unit

UNITS, BATCH = 8, 32  # with 4 units the RNN never reads a word right
LONGEST = 20  # n of aⁿbⁿ in training
DEEPEST, PAIRS = 10, 25  # of brackets in training
DEEPER = range(11, 16)  # how deep brackets are that were not trained on
GROWING = 0.4  # share of training in which the words grow


class Task(NamedTuple):
    """One of the two languages, and how its shipped seed is chosen."""

    symbols: str
    task: str
    rule: str
    data: str


TASKS = {
    "counting": Task(
        AB, "count: aⁿbⁿ", "the largest n up to which all is read right (right_to), then |corr|",
        f"aⁿbⁿ of n up to 3, growing to {LONGEST}, each n as likely",
    ),
    "brackets": Task(
        BRACKETS, "nested brackets", "the largest share of words 11 to 15 deep read without a mistake, then |corr|",
        f"random words of up to 3 pairs of brackets, growing to {PAIRS}, at most {DEEPEST} deep",
    ),
}  # fmt: skip


def words_of(symbols: str, rng: random.Random, share: float) -> list[str]:
    """A batch of words, as long as they come at this share of the growth: up to 3 pairs at first, all of them at 1."""
    most = 3 + int(share * ((LONGEST if symbols == AB else PAIRS) - 3))
    sizes = rng.choices(range(1, most + 1), k=BATCH)
    return ["a" * n + "b" * n for n in sizes] if symbols == AB else [bracketed(rng, n) for n in sizes]


def bracketed(rng: random.Random, pairs: int, depths: range = range(1, DEEPEST + 1)) -> str:
    """A random word of so many pairs that is so deep."""
    while max(counts(word := nested(rng, pairs), BRACKETS)) not in depths:
        pass
    return word


def train(symbols: str, cell: str, seed: int, steps: int = 1500) -> Reader:
    """A reader trained to predict the next symbol of words that grow."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    reader = new_reader(cell, "numbers", inputs=2, features=2, units=UNITS, outputs=3, forget_bias=1.0)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for step in range(steps):
            words = words_of(symbols, rng, min(1.0, step / (GROWING * steps)))
            inputs = pad_sequence([encode(word, symbols) for word in words], batch_first=True)  # (B, T, 2)
            targets = [torch.tensor([*(symbols.index(s) for s in word[1:]), 2]) for word in words]
            yield inputs, pad_sequence(targets, batch_first=True, padding_value=-100)  # (B, T)

    for _ in fit(reader, batches(), _loss, steps, rate=1e-2):
        pass
    return reader


def _loss(reader: Reader, inputs: Tensor, targets: Tensor) -> Tensor:
    return cross_entropy(reader(inputs).transpose(1, 2), targets)


def score(checkpoint: Checkpoint, symbols: str) -> dict[str, Any]:
    """What the card states: the unit that follows the count best, and how far it is known where a word can end."""
    if symbols == AB:
        words = ["a" * n + "b" * n for n in range(1, LONGEST + 1)]
        reach: dict[str, Any] = {"right_to": right_to(checkpoint)}
    else:
        rng = random.Random(10_000)
        words = [bracketed(rng, rng.randint(1, PAIRS)) for _ in range(200)]
        deep = [bracketed(rng, rng.randint(PAIRS, 2 * PAIRS), DEEPER) for _ in range(100)]
        reach = shares_right(checkpoint, {"1-10": words, "11-15": deep})
    readings = [read_sequence(checkpoint, encode(word, symbols)) for word in words]
    return best_unit(readings, np.concatenate([counts(word, symbols) for word in words])) | reach


def right_to(checkpoint: Checkpoint, most: int = 100) -> int:
    """The largest n such that aⁿbⁿ is read without a mistake, and so is every shorter one."""
    for n in range(1, most + 1):
        word = "a" * n + "b" * n
        if mistakes(word, AB, probabilities(checkpoint, word, AB)):
            return n - 1
    return most


def shares_right(checkpoint: Checkpoint, words_by_depth: dict[str, list[str]]) -> dict[str, dict[str, float]]:
    """The share of steps after which it is known whether the word can end, and of words with no mistake, by depth.

    Few steps are an end: who never expects one has most steps right, and no word.
    """
    found: dict[str, dict[str, float]] = {"right": {}, "words_right": {}}
    for depth, words in words_by_depth.items():
        wrong = [len(mistakes(word, BRACKETS, probabilities(checkpoint, word, BRACKETS))) for word in words]
        found["right"][depth] = round(1 - sum(wrong) / sum(map(len, words)), 4)
        found["words_right"][depth] = round(wrong.count(0) / len(words), 3)
    return found


def probabilities(checkpoint: Checkpoint, word: str, symbols: str) -> np.ndarray:
    """What the reader gives each symbol and the end after every step (T, 3)."""
    found = read_sequence(checkpoint, encode(word, symbols)).probabilities
    assert found is not None
    return found


def make(name: str, cell: str) -> ReaderCard:
    """Train with every seed and ship the one that the task's rule says; returns its card."""
    symbols, task, rule, data = TASKS[name]
    card = ReaderCard(
        name=f"{name}-{cell.lower()}",
        task=task,
        data=f"seqviz/tasks/counting.py: {data}",
        seed=SEEDS[0],  # until one is chosen
        rule=f"{OF_SEEDS}, {rule}",
        date="2026-11-23",
        cell=cell,
        front="numbers",
        inputs=2,
        features=2,
        units=UNITS,
        outputs=3,
        readout="softmax",
        watched=END,
        watched_output=2,
        symbols=symbols,
    )
    return ship(card, partial(train, symbols, cell), partial(score, symbols=symbols), chosen)


def chosen(scores: Mapping[int, Scores]) -> int:
    """The seed that the rules say."""
    return max(scores, key=lambda seed: merit(scores[seed]))


def merit(scores: Scores) -> tuple[float, float]:
    """What the shipped seed is the best at: how far it reads right, then how well one unit follows the count."""
    return scores["right_to"] if "right_to" in scores else scores["words_right"]["11-15"], scores["corr"]
