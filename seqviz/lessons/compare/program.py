"""The program in which four readers read what was typed."""

from collections.abc import Callable, Sequence

from seqviz.frame.language import _
from seqviz.lessons.compare.readers import READERS, checkpoint_of, name_of
from seqviz.lessons.shared.program import code_of, read_typed, template
from seqviz.lessons.shared.sequence import Asked
from seqviz.models.card import ReaderCard
from seqviz.models.causal import HEADS
from seqviz.models.reader import TRANSFORMER


def programs(asked: Asked) -> None:
    """The code that computes what the page shows of the sentence."""
    names = [name_of(asked.task, reader) for reader in READERS]
    card = checkpoint_of(asked.task, TRANSFORMER).card
    code_of(lambda framework: compare_code(framework, names, card, HEADS, asked.written, _))


def compare_code(
    framework: str, names: Sequence[str], card: ReaderCard, heads: int, written: str, _: Callable[[str], str]
) -> str:
    """The program that reads `written` with the checkpoints `names`; `card` is that of the last one, a Transformer."""
    values = {
        "names": repr(tuple(names)),
        "transformer": names[-1],
        "heads": heads,
        "units": card.units,
        "features": card.features,
        "about": _("What the page shows, reader by reader: verdict after every word, and what the last one hangs on."),
        "about_keras": _("The Transformer of the page in Keras: its verdict after every word."),
        "same": _("all four look words up in the same way"),
        "shipped": _("the shipped model: front, cell, readout"),
        "cells": _("a cell gives its last state too, a Transformer where its heads looked"),
        "saliency": _("gradient × input, of the last verdict"),
        "by_hand": _("the first layer of the Transformer by hand"),
        "ahead": _("nobody looks ahead"),
        "backend": _("or tensorflow, or jax"),
    }
    return template("compare", framework).substitute(values | {"load": read_typed(card, written)})
