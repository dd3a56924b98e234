"""What the lesson on time series asks for: a series, and a network that shall learn it."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame.language import _
from seqviz.frame.state import between, linked, one_of
from seqviz.jobs.forecast import Settings
from seqviz.lessons.forecast.series import ask_series, series_names, series_of
from seqviz.lessons.shared.on_arrival import say_about
from seqviz.models.reader import CELLS
from seqviz.tasks.windows import Cut, cut

RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
MOST_UNITS, MOST_WINDOW, MOST_EPOCHS = 64, 100, 200
ALL = "all"
USUAL = Settings()
_hidden = partial(linked, hidden=True)


@dataclass(frozen=True)
class Asked:
    """A series, cut, and what shall learn it; `cells` are one, or all of them to compare."""

    cut: Cut
    settings: Settings
    cells: tuple[str, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        """All that the outcome of the training depends on."""
        series = self.cut.series
        return (self.settings, self.cells, tuple(piece.tobytes() for piece in series.pieces))


def ask(row: DeltaGenerator) -> Asked | None:
    """The controls, most of them in `row`; None as long as there is no series.

    Raises Refusal where there is nothing to learn from.
    """
    with row:
        name = ask_series()
        cell = st.segmented_control(
            _("Cell"), [*CELLS, ALL], required=True, label_visibility="collapsed",
            format_func=lambda cell: _("all three") if cell == ALL else cell,
            **linked("cell", USUAL.cell, one_of([*CELLS, ALL])),
        )  # fmt: skip
        with st.popover(_("Settings")):
            settings = _ask_settings()
    series = series_of(name)
    if series is None:
        return None
    cells = tuple(CELLS) if cell == ALL else (cell,)
    return Asked(cut(series, settings.window), replace(settings, cell=cells[0]), cells)


def _ask_settings() -> Settings:
    units = st.slider(_("units"), 2, MOST_UNITS, **_hidden("units", USUAL.units, between(2, MOST_UNITS)))
    window = st.slider(
        _("window: values that it reads"), 5, MOST_WINDOW, **_hidden("window", USUAL.window, between(5, MOST_WINDOW))
    )
    epochs = st.slider(_("epochs"), 1, MOST_EPOCHS, **_hidden("epochs", USUAL.epochs, between(1, MOST_EPOCHS)))
    rate = st.select_slider(_("learning rate"), RATES, **_hidden("rate", USUAL.rate, one_of(RATES)))
    seed = st.number_input(_("seed"), 0, 999, **_hidden("seed", USUAL.seed, between(0, 999)))
    return Settings(USUAL.cell, units, window, epochs, rate, seed)


def say_asked(asked: Asked, is_old: bool) -> None:
    """What a training is about; `is_old`: the controls say something else by now."""
    chosen, name = asked.settings, asked.cut.series.name
    said = _("{cells} · {units} units · window {window} · learning rate {rate} · seed {seed} · {series}").format(
        cells=", ".join(asked.cells), units=chosen.units, window=chosen.window, rate=chosen.rate, seed=chosen.seed,
        series=series_names().get(name, name),
    )  # fmt: skip
    say_about(said, is_old)
