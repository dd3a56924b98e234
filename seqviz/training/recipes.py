"""The name of every shipped checkpoint, and what makes it."""

import time
from collections.abc import Callable
from functools import partial

import torch

from seqviz.models.card import Card
from seqviz.models.reader import CELLS, TRANSFORMER
from seqviz.training import counting, induction, marked_number, quotations, sentiment

Recipe = Callable[[], Card]

RECIPES: dict[str, Recipe] = {
    **{f"marked-number-{cell.lower()}": partial(marked_number.make, cell) for cell in (*CELLS, TRANSFORMER)},
    **{f"induction-{layers}": partial(induction.make, layers) for layers in (1, 2)},
    **{f"{name}-{cell.lower()}": partial(counting.make, name, cell) for name in counting.TASKS for cell in CELLS},
    **{
        f"quotations-{language}-{cell.lower()}": partial(quotations.make, language, cell)
        for language in ("en", "es")
        for cell in CELLS
    },
    **{
        f"sentiment-{language}-{cell.lower()}": partial(sentiment.make, language, cell)
        for language in ("en", "es")
        for cell in (*CELLS, TRANSFORMER)
    },
    **{f"sentiment-{code}-rnn-even": partial(sentiment.make, code, "RNN", even=True) for code in ("en", "es")},
}


def make(name: str) -> str:
    """Make one checkpoint on one core and say how it came out."""
    torch.set_num_threads(1)  # the order of additions, and so the last bits, must not depend on the machine's cores
    start = time.process_time()
    card = RECIPES[name]()
    return f"{name}: seed {card.seed}, {time.process_time() - start:.0f} s of one core, {card.scores}"
