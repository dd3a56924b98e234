"""English sentences by rule, with what every prefix says so far.

The grammar and its words are data, in english.toml, which explains its notation. A sentence is drawn by expanding
`sentence` towards a verdict that a fair coin chose first, so that structure never tells the label: "not", "but" or
a long tail are as frequent in positive sentences as in negative ones. Only the words that the grammar marks turn the
verdict; all others, negators too, hold what was said before.
"""

import random
import re
import tomllib
import zlib
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

from seqviz.tasks.sentiment import Sentence

_GRAMMAR = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_DOMAINS = tuple(_GRAMMAR["domain"])
_NEGATORS = frozenset(_GRAMMAR["words"]["negator"].split())
_NEUTRAL = ("person", "someone", "day", "month", "season", "city", "place", "vehicle", "nadj", "unit", "number")
_LINE = re.compile(r"(?:(\d+)(?: |$))?(.*)")  # a weight and a text
_PIECE = re.compile(r"\{([!~-]?)(\w+)\}|(\S+)")  # a symbol's sign and name, or a word
_TAKES_AN = re.compile(r"(?!one|once|uni|us[ei]|eur)[aeiou]|hour|honest")


def sample(rng: random.Random, unseen: bool = False) -> Sentence:
    """Draw one sentence; with `unseen`, every word that turns its verdict is a held-out one, never trained on."""
    draw = _Draw(rng, rng.choice(_DOMAINS), unseen)
    goal = rng.randrange(2)
    draw.expand("sentence", goal, float(goal))
    return Sentence(tuple(draw.words), tuple(draw.prefix), frozenset(draw.tags or {"plain"}))


@cache
def vocabulary() -> frozenset[str]:
    """Every word that training sentences can contain."""
    symbols = {name for domain in _DOMAINS for table in _tables(domain) for name in table} - {"negator"}
    drawn = [_alternatives(name, domain, goal)[0] for name in symbols for domain in _DOMAINS for goal in (0, 1)]
    lines = {line for part in drawn for line in part}
    return frozenset(word.rstrip("*") for line in lines for _, _, word in _PIECE.findall(line) if word) | {"an"}


def neutral_words() -> frozenset[str]:
    """Words that speak for nothing, wherever they stand: people, days, places, what the sentences are about."""
    entries = [_GRAMMAR["words"][name] for name in _NEUTRAL]
    entries += [domain["words"][name] for domain in _GRAMMAR["domain"].values() for name in ("topic", "topics")]
    words = {word for entry in entries for word in entry.replace("_", " ").split()}
    turning = {word.removesuffix("*") for line in _opinions() for word in line.split() if word.endswith("*")}
    return frozenset(words - turning - {"my", "the", "in", "of", "our"})  # parts of such entries that stand everywhere


def is_heldout(sentence: Sentence) -> bool:
    """Whether the sentence is kept for the test: about one in ten, by a checksum of its words.

    With a negator, when a negator and the opinion word after it make one of the kept pairs, so that training never
    sees such a pair; without, when the sentence as a whole is kept.
    """
    marked = [word for word in sentence.words if _is_negator(word) or word in _opinion_words()]
    pairs = [f"{a} {b}" for a, b in pairwise(marked) if _is_negator(a) and not _is_negator(b)]
    return any(zlib.crc32(text.encode()) % 10 == 0 for text in pairs or [" ".join(sentence.words)])


class _Draw:
    """A sentence while it is being drawn."""

    def __init__(self, rng: random.Random, domain: str, unseen: bool) -> None:
        self.rng, self.domain, self.unseen = rng, domain, unseen
        self.words: list[str] = []
        self.prefix: list[float] = []
        self.tags: set[str] = set()

    def expand(self, symbol: str, goal: int, turn: float | None) -> None:
        """Say one alternative of `symbol` that speaks for `goal`; its marked words set the verdict to `turn`."""
        if symbol in _GRAMMAR["tags"]:
            self.tags.add(_GRAMMAR["tags"][symbol])
        lines, weights = _alternatives(symbol, self.domain, goal, self.unseen)
        for sign, name, word in _PIECE.findall(self.rng.choices(lines, cum_weights=weights)[0]):
            if name:
                self.expand(name, *_signed(sign, goal, turn))
            else:
                self.say(word.rstrip("*"), turn if word.endswith("*") else None)

    def say(self, word: str, verdict: float | None) -> None:
        """Add one word; without a verdict of its own it holds the one before."""
        if self.words and self.words[-1] == "a" and _TAKES_AN.match(word):
            self.words[-1] = "an"
        self.words.append(word)
        self.prefix.append(verdict if verdict is not None else self.prefix[-1] if self.prefix else 0.5)


def _signed(sign: str, goal: int, turn: float | None) -> tuple[int, float | None]:
    """What the sign before a symbol makes of the goal it speaks for and of the verdict its marked words set."""
    if sign == "-" and turn is not None:
        turn = 1 - turn
    return 1 - goal if sign else goal, None if sign == "~" else turn


@cache
def _alternatives(symbol: str, domain: str, goal: int, unseen: bool = False) -> tuple[list[str], list[float]]:
    """The lines a symbol can become in a sentence about `domain`, and their cumulative weights."""
    if unseen and symbol in _GRAMMAR["unseen"]:
        lines = _lines(_GRAMMAR["unseen"], symbol, goal)
    else:
        lines = [line for table in _tables(domain) for line in _lines(table, symbol, goal)]
        if unseen:
            lines = [line for line in lines if _can_be_unseen(line, symbol, domain, goal)]
    split = [_LINE.findall(line)[0] for line in lines]
    return [text for _, text in split], list(accumulate(float(weight or 1) for weight, _ in split))


def _can_be_unseen(line: str, symbol: str, domain: str, goal: int) -> bool:
    """Whether no opinion is written into the line of `symbol` itself, and all its symbols have held-out words."""
    parts = [(sign, name) for sign, name, _ in _PIECE.findall(line) if name and name != symbol]
    goals = [(name, _signed(sign, goal, None)[0]) for sign, name in parts]
    return "*" not in line and all(_alternatives(name, domain, part_goal, True)[0] for name, part_goal in goals)


def _lines(table: dict, symbol: str, goal: int) -> list[str]:
    """A symbol's lines in one table of the grammar; each opinion word carries the star that turns the verdict."""
    entry = table.get(symbol, "")
    star = "*" if isinstance(entry, dict) else ""
    if star:
        entry = entry["good" if goal else "bad"]
    if entry.endswith("\n"):  # phrases, one a line
        return entry.splitlines()
    return [words.replace("_", " ").rstrip("*") + star for words in entry.split()]


def _tables(domain: str) -> list[dict]:
    """The parts of the grammar that a sentence about `domain` draws from."""
    return [_GRAMMAR["words"], _GRAMMAR["phrases"], *_GRAMMAR["domain"][domain].values()]


@cache
def _opinion_words() -> frozenset[str]:
    """Every single word that alone can turn a verdict, the held-out ones too."""
    return frozenset(line.removesuffix("*") for line in _opinions() if line.endswith("*") and " " not in line)


def _opinions() -> set[str]:
    """Everything that can be said for one side or the other, a star where the verdict turns."""
    tables = [_GRAMMAR["words"], _GRAMMAR["unseen"], *(parts["words"] for parts in _GRAMMAR["domain"].values())]
    return {line for table in tables for name in table for goal in (0, 1) for line in _lines(table, name, goal)}


def _is_negator(word: str) -> bool:
    return word in _NEGATORS or word.endswith("n't")
