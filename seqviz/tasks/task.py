"""A task: what tiny readers were trained on, what a lesson says of it, and how typed text becomes such a sequence.

Every text of a `Task` is a message (see traces/refusal.py): whoever shows it translates it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from re import Match
from typing import NamedTuple

from torch import Tensor

from seqviz.traces.refusal import N_

MOST_STEPS = 200
MOST_CHARACTERS = 4000

LookUp = Callable[[Sequence[str]], tuple[Tensor, tuple[str, ...]]]
"""How a reader knows words or characters: its inputs (T, …), and for each "known", "new" or "unknown"."""


@dataclass(frozen=True, eq=False)
class Typed:
    """A typed sequence: tokens as they were typed, how the reader knows each, and the reader's inputs (T, …)."""

    tokens: tuple[str, ...]
    status: tuple[str, ...]  # "known", "new" or "unknown"
    inputs: Tensor

    @classmethod
    def of_known(cls, tokens: Sequence[str], inputs: Tensor) -> "Typed | None":
        """Tokens that every reader of the task knows; None where there is none."""
        return cls(tuple(tokens), ("known",) * len(tokens), inputs) if len(tokens) else None


class Example(NamedTuple):
    """A sequence worth seeing, named for what it shows, with the cell that shows it."""

    name: str
    text: str
    cell: str


@dataclass(frozen=True)
class Scale:
    """How a readout is named and drawn: its two ends, and the middle that favours neither."""

    name: str
    high: str
    low: str
    min: float
    max: float
    middle: float
    is_share: bool = True  # said in per cent; else a number

    def said(self, _: Callable[[str], str]) -> "Scale":
        """The same in the language into which `_` translates."""
        return replace(self, name=_(self.name), high=_(self.high), low=_(self.low))


@dataclass(frozen=True)
class Task:
    """What readers of one kind were trained on."""

    code: str  # in the address
    name: str
    model: str  # a reader's checkpoint is called MODEL-CELL
    prompt: str  # of the box that it is typed into
    examples: tuple[Example, ...]  # the first of them on arrival
    scale: Scale
    features: tuple[str, ...]  # of each input number; the last for all others too, with {n} and {token} in it
    kept: Callable[[str], tuple[str, Sequence[str]]]
    """What is read of a typed text, at most MOST_STEPS steps and MOST_CHARACTERS, and the steps that are left out."""
    encode: Callable[[str, LookUp], Typed | None]
    """Typed text as a reader's inputs; None where there is no step in it. Raises Refusal."""
    hint: str = ""  # what to know about typing it
    change: str = ""  # what it is to replace one step; empty where that is not offered
    follows: str = ""  # what a unit of a memory may follow, after "the unit that best …"
    symbols: str = ""  # the two of a language that only a counter can read

    def feature_names(self, count: int, _: Callable[[str], str]) -> tuple[str, ...]:
        """The names of a reader's `count` inputs, translated by `_`; {token} is filled in where they are shown."""
        last = len(self.features) - 1
        return tuple(_(self.features[min(i, last)]).replace("{n}", str(i + 1)) for i in range(count))


FEATURE = N_("“{token}”, feature {n}")  # of what is looked up


def with_token(tokens: Sequence[str], t: int, new: str) -> str:
    """The text again, with another token at step t; a few words put in one place make as many steps."""
    return " ".join((*tokens[:t], new, *tokens[t + 1 :]))


def kept_steps(text: str, find: Callable[[str], Sequence[Match[str]]]) -> tuple[str, tuple[str, ...]]:
    """`Task.kept` where `find` gives the matches of the steps of a text."""
    text = clean(text)
    steps = find(text[:MOST_CHARACTERS])
    end = steps[MOST_STEPS - 1].end() if len(steps) > MOST_STEPS else MOST_CHARACTERS
    return text[:end].rstrip(), tuple(step[0] for step in find(text[end:]))


def clean(text: str) -> str:
    """Typed text without what surrounds it, and without NUL."""
    return text.replace("\0", " ").strip()
