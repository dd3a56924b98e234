"""The name of every shipped checkpoint, and what makes it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from seqviz.models.reader import CELLS
from seqviz.training import marked_number, sentiment

Recipe = Callable[[], dict[str, Any]]

RECIPES: dict[str, Recipe] = {
    **{f"marked-number-{cell.lower()}": partial(marked_number.make, cell) for cell in CELLS},
    **{
        f"sentiment-{language}-{cell.lower()}": partial(sentiment.make, language, cell)
        for language in ("en", "es")
        for cell in CELLS
    },
}
