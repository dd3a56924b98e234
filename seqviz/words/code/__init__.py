"""The code that computes what a lesson shows, in the libraries that courses use; tests run it."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

FOLDER = Path(__file__).parent
FRAMEWORKS = {"torch": "PyTorch", "keras": "Keras"}


def recurrent_code(framework: str, card: dict[str, Any], written: str, _: Callable[[str], str]) -> str:
    """The program that reads `written` with the model of `card`, ready to run where seqviz is installed."""
    cell, units = card["cell"], card["units"]
    is_number = card["front"] == "numbers"
    values = {
        "name": card["name"],
        "written": repr(written),
        "units": units,
        "features": card["features"],
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
    load, steps = (_template(name) for name in (f"load_{card['front']}", f"{framework}_{cell.lower()}"))
    values |= {"load": load.substitute(values).rstrip(), "steps": steps.substitute(values).rstrip()}
    return _template(framework).substitute(values)


def memory_code(_: Callable[[str], str]) -> str:
    """The program of the lesson on fading memory, on a network of the reader's own."""
    return _template("memory").substitute(
        own=_("or any nn.LSTM of your own, and what it reads"),
        shares=_("what is left at step t of what step s wrote"),
        sum=_("times what each step wrote, it adds up to the state"),
        norms=_("how far a small change at each step reaches"),
    )


def attention_code(framework: str, text: str, pair: str | None, layer: int, head: int, _: Callable[[str], str]) -> str:
    """The program that computes one head of MiniLM on a text; `layer` and `head` from 0."""
    values = {
        "texts": ", ".join(map(repr, filter(None, (text, pair)))),
        "layer": layer,
        "head": head,
        "by_hand": _("one head by hand: the weights that stand in the trace"),
        "backend": _("or tensorflow, or jax"),
        "read": _("what this layer reads"),
        "stacked": _("PyTorch lays the heads side by side in one matrix, Keras keeps them apart"),
    }
    return _template(f"attention_{framework}").substitute(values)


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / f"{name}.txt").read_text(encoding="utf-8"))
