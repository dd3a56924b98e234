"""How a model comes to be shipped: every seed is trained and scored, and a rule that its card states takes one."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TypeVar

import torch

from seqviz.models.card import Card, ReaderCard, Scores
from seqviz.models.checkpoint import Checkpoint, save_checkpoint
from seqviz.models.reader import Reader

SEEDS = (0, 1, 2)
OF_SEEDS = f"of seeds {', '.join(map(str, SEEDS))}"  # as the rules on the cards say it

C = TypeVar("C", bound=Card)
M = TypeVar("M")

Choice = Callable[[Mapping[int, Scores]], int]
"""The scores of every seed to the one that is shipped."""


def first(scores: Mapping[int, Scores]) -> int:
    """The first seed, whatever it gave."""
    return next(iter(scores))


def ship(
    card: ReaderCard,
    train: Callable[[int], Reader],
    score: Callable[[Checkpoint], Scores],
    choose: Choice,
    compared: Collection[str] = (),
    dtype: torch.dtype = torch.float64,
) -> ReaderCard:
    """Write the reader of one seed, and its card, which is returned.

    Readers are scored in float64, as they will be read, unless `dtype` is another.
    """

    def trained(seed: int) -> Checkpoint:
        return Checkpoint(train(seed).to(dtype).requires_grad_(False), card)

    whole, checkpoints = compare(card, trained, score, choose, compared)
    save_checkpoint(checkpoints[whole.seed].reader.float(), whole)
    return whole


def compare(
    card: C, train: Callable[[int], M], score: Callable[[M], Scores], choose: Choice, compared: Collection[str] = ()
) -> tuple[C, dict[int, M]]:
    """The card with the seed that is chosen, its scores and those of all; and what was trained, by seed.

    Of all seeds the card keeps the scores that are `compared`; where none are named, all of them.
    """
    models = {seed: train(seed) for seed in SEEDS}
    scores = {seed: score(model) for seed, model in models.items()}
    seed = choose(scores)
    every = {str(seed): {name: found[name] for name in compared or found} for seed, found in scores.items()}
    return replace(card, seed=seed, scores=scores[seed], scores_of_all_seeds=every), models
