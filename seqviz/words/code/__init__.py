"""The code that computes what a lesson shows, in the libraries that courses use; tests run it."""

import json
import re
from collections.abc import Callable, Sequence
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


def compare_code(
    framework: str, names: Sequence[str], card: dict[str, Any], heads: int, written: str, _: Callable[[str], str]
) -> str:
    """The program that reads `written` with the checkpoints `names`; `card` is that of the last one, a Transformer."""
    values = {
        "names": repr(tuple(names)),
        "transformer": names[-1],
        "heads": heads,
        "units": card["units"],
        "features": card["features"],
        "written": repr(written),
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
    values["load"] = _template(f"load_{card['front']}").substitute(values).rstrip()
    return _template(f"compare_{framework}").substitute(values)


def forecast_code(framework: str, card: dict[str, Any], _: Callable[[str], str]) -> str:
    """The program that trains the forecaster of `card` on series.csv, in parts that begin with a line "# %% title"."""
    values = {name: card[name] for name in ("cell", "window", "units", "epochs", "rate", "seed")}
    values |= {
        "keras_cell": "SimpleRNN" if card["cell"] == "RNN" else card["cell"],
        "about": _("Trains what the page trained, with nothing but PyTorch; series.csv is in the same download."),
        "about_keras": _("The same exercise in Keras; it starts from other weights, so its numbers are others."),
        "data": _("The series, cut in time"),
        "scale": _("of the training part alone"),
        "windows": _("a window belongs to the part that the value after it lies in"),
        "network": _("The network"),
        "start": _("as PyTorch does, from a generator of its own"),
        "training": _("Training: the epoch that is best on the validation part is kept"),
        "before": _("epoch 0 is the network before training"),
        "sealed": _("The test part, looked at once"),
        "epoch_word": _("best epoch"),
        "page": _("the page said:") + " MAE {mae:.6g} · RMSE {rmse:.6g}".format(**card["scores"]),
        "backend": _("or tensorflow, or jax"),
        "best": _("keeps the best epoch by validation"),
    }
    return _template(f"forecast_{framework}").substitute(values)


def opinions_code(
    framework: str, language: str, units: int, epochs: int, seed: int, _: Callable[[str], str]
) -> str:
    """The program that trains readers of the shipped opinions, in few lines; its words are cut in a simpler way."""
    values = {
        "language": language,
        "units": units,
        "epochs": epochs,
        "seed": seed,
        "about": _("The same exercise in few lines; it cuts words at blanks, so its numbers are others. Needs seqviz."),
        "words": _("those of the training part; all others are one unknown word"),
        "numbers": _("0 is no word, 1 the unknown one"),
        "last": _("after the last word, not after the padding"),
        "best": _("keeps the best epoch by validation"),
        "frozen": _("the same with sentence vectors of a Transformer that is not trained"),
        "backend": _("or tensorflow, or jax"),
    }
    return _template(f"opinions_{framework}").substitute(values)


def notebook(program: str) -> str:
    """A program as a Jupyter notebook (nbformat 4.5): a cell a part, under its title."""
    first, *others = re.split(r"^# %% (.*)\n", program, flags=re.MULTILINE)
    parts = [("markdown", "# " + first.splitlines()[0].removeprefix("# ")), ("code", first.partition("\n")[2])]
    for title, code in zip(others[::2], others[1::2], strict=True):
        parts += [("markdown", f"## {title}"), ("code", code)]
    cells: list[dict[str, Any]] = [
        {"id": f"part-{i}", "cell_type": kind, "metadata": {}, "source": text.strip()}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for i, (kind, text) in enumerate(parts)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5},
        ensure_ascii=False, indent=1,
    )  # fmt: skip


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / f"{name}.txt").read_text(encoding="utf-8"))
