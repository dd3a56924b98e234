"""What the lesson on time series asks for: a series, ours or the learner's own, and a network that shall learn it."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import between, linked, one_of
from seqviz.jobs.forecast import Settings
from seqviz.lessons.shared.table import ask_table, look_at, name
from seqviz.models.reader import CELLS
from seqviz.tasks.series import Series, make_series
from seqviz.tasks.table import fill_gaps, in_time_order
from seqviz.tasks.windows import Cut, cut

RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
MOST_UNITS, MOST_WINDOW, MOST_EPOCHS = 64, 100, 200
MOST_STEPS = 5000  # of a series; of a longer one the last are used
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
        names = series_names() | {"file": _("your own file (.csv)")}
        name = st.selectbox(
            _("Series"), list(names), format_func=names.__getitem__, filter_mode=None, width=270,
            label_visibility="collapsed", **linked("series", "sine", one_of(list(names))),
        )  # fmt: skip
        cell = st.segmented_control(
            _("Cell"), [*CELLS, ALL], required=True, label_visibility="collapsed",
            format_func=lambda cell: _("all three") if cell == ALL else cell,
            **linked("cell", USUAL.cell, one_of([*CELLS, ALL])),
        )  # fmt: skip
        with st.popover(_("Settings")):
            settings = _ask_settings()
    series = _ask_file() if name == "file" else make_series(name, seed=0)
    if series is None:
        return None
    parts = cut(series, settings.window)
    cells = tuple(CELLS) if cell == ALL else (cell,)
    return Asked(parts, replace(settings, cell=cells[0]), cells)


def say_asked(asked: Asked, is_old: bool) -> None:
    """What a training is about; `is_old`: the controls say something else by now."""
    chosen, name = asked.settings, asked.cut.series.name
    said = _("{cells} · {units} units · window {window} · learning rate {rate} · seed {seed} · {series}").format(
        cells=", ".join(asked.cells), units=chosen.units, window=chosen.window, rate=chosen.rate, seed=chosen.seed,
        series=series_names().get(name, name),
    )  # fmt: skip
    if is_old:
        said += ". " + _("You have changed something since: “Train” trains that.")
    st.caption(plain(said))


def _ask_settings() -> Settings:
    units = st.slider(_("units"), 2, MOST_UNITS, **_hidden("units", USUAL.units, between(2, MOST_UNITS)))
    window = st.slider(
        _("window: values that it reads"), 5, MOST_WINDOW, **_hidden("window", USUAL.window, between(5, MOST_WINDOW))
    )
    epochs = st.slider(_("epochs"), 1, MOST_EPOCHS, **_hidden("epochs", USUAL.epochs, between(1, MOST_EPOCHS)))
    rate = st.select_slider(_("learning rate"), RATES, **_hidden("rate", USUAL.rate, _rate))
    seed = st.number_input(_("seed"), 0, 999, **_hidden("seed", USUAL.seed, between(0, 999)))
    return Settings(USUAL.cell, units, window, epochs, rate, seed)


def _rate(raw: str) -> float:
    if (rate := float(raw)) not in RATES:
        raise ValueError(raw)
    return rate


def series_names() -> dict[str, str]:
    """What the series are called."""
    return {
        "sine": _("noisy sine"),
        "damped": _("damped oscillator"),
        "season": _("trend with season"),
        "chaos": _("chaos (Mackey-Glass)"),
    }


def _ask_file() -> Series | None:
    """An uploaded table, a look at it, and which of its columns is the series."""
    table = ask_table(_("A table with a column of numbers, in order of time"), "series_file")
    if table is None:
        return None
    table, is_turned = in_time_order(table)
    left, right = st.columns([1, 2])
    with right:
        look_at(table)
    with left:
        column = st.selectbox(
            _("column"), table.numeric_columns, format_func=lambda i: name(table, i), filter_mode=None,
            key="series_column",
        )  # fmt: skip
        values, filled = fill_gaps(table.numbers(column), table.lines)
        if is_turned:
            st.caption(_("The newest row stood first: the table was turned round."))
        if filled:
            st.caption(_("{count} missing values were filled with the value before.").format(count=filled))
        if len(values) > MOST_STEPS:
            st.caption(_("Of {count} values the last {most} are used.").format(count=len(values), most=MOST_STEPS))
    return Series(table.header[column][:40], (values[-MOST_STEPS:],), None)
