"""The code that computes what a lesson shows, in the libraries that courses use; tests run it."""

from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any

FOLDER = Path(__file__).parent
FRAMEWORKS = {"torch": "PyTorch", "keras": "Keras"}


def recurrent_code(framework: str, card: dict[str, Any], written: str, _: Callable[[str], str]) -> str:
    """The program that reads `written` with the model of `card`, ready to run where seqviz is installed."""
    cell, units = card["cell"], card["units"]
    is_number = card["front"] == "numbers"
    load = (FOLDER / f"load_{card['front']}.txt").read_text(encoding="utf-8")
    steps = (FOLDER / f"{framework}_{cell.lower()}.txt").read_text(encoding="utf-8")
    frame = (FOLDER / f"{framework}.txt").read_text(encoding="utf-8")
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
    values |= {"load": Template(load).substitute(values).rstrip(), "steps": Template(steps).substitute(values).rstrip()}
    return Template(frame).substitute(values)
