"""What all players have: a payload without a sequence, the unit to begin with, the words of transport and parts."""

from collections.abc import Callable
from typing import Any

import numpy as np

from seqviz.components.pack import pack


def nothing(sentence: str) -> bytes:
    """The payload without a sequence: the player says `sentence`, and goes on when there is a sequence."""
    return pack({"nothing": sentence}, {})


def busiest_unit(h: np.ndarray) -> int:
    """The unit whose value travels the longest way over the sequence: a good one to look at first. h is (T, H)."""
    return int(np.abs(np.diff(h, axis=0, prepend=0)).sum(axis=0).argmax())


def transport_words(_: Callable[[str], str]) -> dict[str, Any]:
    """What every player says: its transport, its legend, the names of units and steps."""
    return {
        "help": _("← → step · space play · ↑ ↓ unit"),
        "unit": _("unit {n}"),
        "where": _("step {n} of {of}"),
        "first": _("first step"),
        "back": _("one step back"),
        "play": _("play"),
        "pause": _("pause"),
        "forward": _("one step forward"),
        "last": _("last step"),
        "scrub": _("step"),
        "speed": _("steps a second"),
        "new": _("dotted: a word it never saw in training"),
        "unknown": _("dashed: a word it does not know"),
        "unchanged": _("dashed line: without your change"),
    }


def part_names(_: Callable[[str], str]) -> dict[str, str]:
    """What the gates and states of all cells are called."""
    return {
        "h": _("state h"), "c": _("memory c"), "i": _("input gate i"), "f": _("forget gate f"), "g": _("new value g"),
        "o": _("output gate o"), "r": _("reset gate r"), "z": _("update gate z"), "n": _("new value n"),
    }  # fmt: skip
