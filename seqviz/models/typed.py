"""What somebody typed, as the inputs of a reader."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

from seqviz.models.checkpoint import Checkpoint
from seqviz.models.minilm import WordTable
from seqviz.models.reading import encode_characters, encode_words
from seqviz.tasks import counting, marked_number
from seqviz.tasks.quotations import GRAMMARS, Grammar
from seqviz.tasks.sentiment import find_words, split_words

MOST_STEPS = 200
MOST_CHARACTERS = 4000
SYMBOLS = {"count": counting.AB, "brackets": counting.BRACKETS}
NUMBERS = ("number", "trained")  # tasks whose steps are written as numbers
SPACE = "␣"  # a space that can be seen; typed, it is a space again


@dataclass(frozen=True)
class Typed:
    """A typed sequence: tokens as they were typed, how the reader knows each, and the reader's inputs (T, …)."""

    tokens: tuple[str, ...]
    status: tuple[str, ...]  # "known", "new" or "unknown"; see encode_words
    inputs: Tensor


def kept(text: str, task: str) -> tuple[str, Sequence[str]]:
    """What is read of a typed text, at most MOST_STEPS steps and MOST_CHARACTERS, and the steps that are left out."""
    text = text.replace("\0", " ").strip()
    if task in SYMBOLS:
        return _kept_word(text, SYMBOLS[task])
    if task.startswith("quotes"):
        text = _characters(text).strip()
        return text[:MOST_STEPS].rstrip(), text[MOST_STEPS:]
    return _kept_steps(text, task in NUMBERS)


@lru_cache(maxsize=16)  # a page asks more than once in a run
def _kept_steps(text: str, is_number: bool) -> tuple[str, tuple[str, ...]]:
    find = (lambda part: list(re.finditer(r"[^\s;]+", part))) if is_number else find_words
    steps = find(text[:MOST_CHARACTERS])
    end = steps[MOST_STEPS - 1].end() if len(steps) > MOST_STEPS else MOST_CHARACTERS
    return text[:end].rstrip(), tuple(step[0] for step in find(text[end:]))


def _kept_word(text: str, symbols: str) -> tuple[str, str]:
    """As typed where all of it is read, else its symbols one by one; what is no word is for the reader to refuse."""
    try:
        word = counting.parse(text, symbols)
    except counting.BadSymbolError:
        return text[:MOST_CHARACTERS].rstrip(), ""
    is_all = len(word) <= MOST_STEPS and len(text) <= MOST_CHARACTERS
    return (text, "") if is_all else (word[:MOST_STEPS], word[MOST_STEPS:])


def _characters(text: str) -> str:
    """A text as its characters are read: each letter one with its accent, each white space a space."""
    return re.sub(rf"[\s{SPACE}]", " ", unicodedata.normalize("NFC", text))


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


def symbols(text: str, checkpoint: Checkpoint) -> Typed | None:
    """A typed word of a reader's symbols, or a text for a reader of characters; None where there is none.

    “ ” « » are read as the language's own marks; straight ones open and close in turn. Raises
    counting.BadSymbolError.
    """
    if checkpoint.card.front == "numbers":
        word = counting.parse(text, checkpoint.card.symbols)[:MOST_STEPS]
        inputs, status = counting.encode(word, checkpoint.card.symbols), ("known",) * len(word)
        return Typed(tuple(word), status, inputs) if word else None
    characters = _own_marks(_characters(text).strip()[:MOST_STEPS], GRAMMARS[checkpoint.card.language])
    if not characters:
        return None
    inputs, status = encode_characters(checkpoint, characters)
    return Typed(tuple(characters.replace(" ", SPACE)), status, inputs)


def _own_marks(text: str, grammar: Grammar) -> str:
    """The text with the grammar's quotation marks in place of all others."""
    marks = str.maketrans("“«”»", 2 * grammar.opening + 2 * grammar.closing)
    opens, characters = False, ""
    for character in text.translate(marks):
        if character == '"':
            character = grammar.closing if opens else grammar.opening
        opens = character == grammar.opening or (opens and character != grammar.closing)
        characters += character
    return characters


def with_token(tokens: tuple[str, ...], t: int, new: str, joint: str = " ") -> str:
    """The text again, with another token at step t; a few words put in one place make as many steps.

    `joint` stands between tokens: nothing between symbols and characters.
    """
    return joint.join((*tokens[:t], new, *tokens[t + 1 :]))
