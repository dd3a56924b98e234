"""The program that steps a reader through what was typed."""

from collections.abc import Callable

from seqviz.frame.language import _
from seqviz.lessons.shared.program import code_of, read_typed, template
from seqviz.models.card import ReaderCard


def programs(card: ReaderCard, written: str) -> None:
    """The code that computes what a recurrent lesson shows, in the library that the reader chooses."""
    code_of(lambda framework: recurrent_code(framework, card, written, _))


def recurrent_code(framework: str, card: ReaderCard, written: str, _: Callable[[str], str]) -> str:
    """The program that reads `written` with the model of `card`, ready to run where seqviz is installed."""
    cell, units = card.cell, card.units
    is_number = card.front == "numbers"
    values = {
        "name": card.name,
        "units": units,
        "features": card.features,
        "activation": "linear" if is_number else "sigmoid",
        "squash": "" if is_number else ".sigmoid()",
        "answer": "answer" if is_number else "verdict",
        "about": _("What the page shows, step by step. Run it where seqviz is installed."),
        "shipped": _("the shipped model: front, cell, readout"),
        "once": _("the same in one call"),
        "backend": _("or tensorflow, or jax"),
        "order": _("Keras stacks the gates as z, r, n; PyTorch as r, z, n"),
        "one_bias": _("PyTorch adds two biases, Keras has one"),
        "two_biases": _("like PyTorch, Keras keeps the two biases of a GRU apart"),
    }
    steps = template("rnn", f"{framework}_{cell.lower()}").substitute(values).rstrip()
    return template("rnn", framework).substitute(values | {"load": read_typed(card, written), "steps": steps})
