"""What somebody typed, as the inputs of a reader."""

import re
from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

from seqviz.models.checkpoint import Checkpoint
from seqviz.models.minilm import WordTable
from seqviz.models.reading import encode_words
from seqviz.tasks import marked_number
from seqviz.tasks.sentiment import find_words, split_words

MOST_STEPS = 200
MOST_CHARACTERS = 4000


@dataclass(frozen=True)
class Typed:
    """A typed sequence: tokens as they were typed, how the reader knows each, and the reader's inputs (T, …)."""

    tokens: tuple[str, ...]
    status: tuple[str, ...]  # "known", "new" or "unknown"; see encode_words
    inputs: Tensor


@lru_cache(maxsize=64)  # a page asks more than once in a run
def kept(text: str, task: str) -> tuple[str, tuple[str, ...]]:
    """What is read of a typed text, at most MOST_STEPS steps and MOST_CHARACTERS, and the steps that are left out."""
    text = text.replace("\0", " ").strip()
    find = (lambda part: list(re.finditer(r"[^\s;]+", part))) if task == "number" else find_words
    steps = find(text[:MOST_CHARACTERS])
    end = steps[MOST_STEPS - 1].end() if len(steps) > MOST_STEPS else MOST_CHARACTERS
    return text[:end].rstrip(), tuple(step[0] for step in find(text[end:]))


def sentence(text: str, checkpoint: Checkpoint, table: WordTable | None) -> Typed | None:
    """A typed sentence; `table` for a reader of word vectors. None where there is no word in it."""
    words = split_words(text)[:MOST_STEPS]
    if not words:
        return None
    inputs, status = encode_words(checkpoint, [word.key for word in words], table)
    return Typed(tuple(word.text for word in words), status, inputs)


def numbers(text: str) -> Typed | None:
    """A typed "remember the marked number"; None where there is none. Raises marked_number.BadStepError."""
    if not text.strip():
        return None
    steps = marked_number.parse(text)
    return Typed(tuple(map(str, steps)), ("known",) * len(steps), marked_number.encode(steps))


def with_token(tokens: tuple[str, ...], t: int, new: str) -> str:
    """The text again, with another token at step t; a few words put in one place make as many steps."""
    return " ".join((*tokens[:t], new, *tokens[t + 1 :]))
