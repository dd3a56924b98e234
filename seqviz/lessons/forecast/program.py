"""The program that trains what the page trained, as a text and as a notebook."""

import json
import re
from collections.abc import Callable
from typing import Any

from seqviz.frame.language import _
from seqviz.lessons.shared.program import code_of, template
from seqviz.models.card import ForecastCard


def say_code(card: ForecastCard) -> None:
    """The same exercise as a program, in the library that the learner chooses."""
    code_of(lambda framework: forecast_code(framework, card, _))


def forecast_code(framework: str, card: ForecastCard, _: Callable[[str], str]) -> str:
    """The program that trains the forecaster of `card` on series.csv, in parts that begin with a line "# %% title"."""
    values = {name: getattr(card, name) for name in ("cell", "window", "units", "epochs", "rate", "seed")}
    values |= {
        "keras_cell": "SimpleRNN" if card.cell == "RNN" else card.cell,
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
        "page": _("the page said:") + " MAE {mae:.6g} · RMSE {rmse:.6g}".format(**card.scores),
        "backend": _("or tensorflow, or jax"),
        "best": _("keeps the best epoch by validation"),
    }
    return template("forecast", framework).substitute(values)


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
