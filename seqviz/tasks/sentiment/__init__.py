"""Sentences made by rule whose sentiment is known after every word, and typed text cut into the same words.

english.py and spanish.py draw `Sentence`s from a grammar each; free/*.tsv hold sentences written by hand,
outside the grammars, that no training ever sees.
"""

import unicodedata
from dataclasses import dataclass

import regex

# A word with its marks, inner apostrophes and hyphens, or one symbol as people see it: an emoji with all that joins it.
# Punctuation is no token: the grammars have none, so a reader could only be confused by it.
_WORD = r"[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*"
_TOKEN = regex.compile(rf"{_WORD}(?:['’\-]{_WORD})*|(?![\s\p{{P}}\p{{C}}\p{{M}}\p{{Z}}+<=>^`|~$])\X")


@dataclass(frozen=True)
class Sentence:
    """One labelled sentence: the words as a reader looks them up, and what each prefix says so far.

    `prefix` has one value a word: 0 negative, ½ no evidence yet, 1 positive; its last value is the label.
    `tags` name what the sentence is made of ("plain", "negation", "contrast", "long gap", …).
    """

    words: tuple[str, ...]
    prefix: tuple[float, ...]
    tags: frozenset[str]

    @property
    def label(self) -> int:
        """1 for a positive sentence, 0 for a negative one."""
        return int(self.prefix[-1] > 0.5)


@dataclass(frozen=True)
class Word:
    """A word of a typed text: `text` is what the reader typed, `key` what is looked up."""

    text: str
    key: str


def split_words(text: str) -> list[Word]:
    """Cut typed text into words; punctuation and what cannot be seen is left out, emoji are words of their own."""
    tokens = [found[0] for found in find_words(text)]
    return [Word(token, unicodedata.normalize("NFC", token).lower().replace("’", "'")) for token in tokens]


def find_words(text: str) -> list[regex.Match[str]]:
    """Where the words of a text stand."""
    return list(_TOKEN.finditer(text))
