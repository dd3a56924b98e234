"""Which series is learned: one of ours or the learner's own, and the picture of how it is cut in time."""

import streamlit as st

from seqviz.figures.forecast import series_in_parts
from seqviz.frame.language import _
from seqviz.frame.state import linked, one_of
from seqviz.lessons.shared.pictures import look, show
from seqviz.lessons.shared.table import ask_table, look_at, name
from seqviz.tasks.series import Series, make_series
from seqviz.tasks.table import fill_gaps, in_time_order
from seqviz.tasks.windows import Cut

FILE = "file"
MOST_STEPS = 5000  # of a series; of a longer one the last are used


def series_names() -> dict[str, str]:
    """What the series are called."""
    return {
        "sine": _("noisy sine"),
        "damped": _("damped oscillator"),
        "season": _("trend with season"),
        "chaos": _("chaos (Mackey-Glass)"),
    }


def ask_series() -> str:
    """Which series: its name in the address, `FILE` for the learner's own."""
    names = series_names() | {FILE: _("your own file (.csv)")}
    return st.selectbox(
        _("Series"), list(names), format_func=names.__getitem__, filter_mode=None, width=270,
        label_visibility="collapsed", **linked("series", "sine", one_of(list(names))),
    )  # fmt: skip


def series_of(name: str) -> Series | None:
    """The series with this name; None as long as there is no file. Raises Refusal where it cannot be read."""
    return _ask_file() if name == FILE else make_series(name, seed=0)


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


def show_series(parts: Cut) -> None:
    """The whole series, cut in time."""
    figure = series_in_parts(parts, look(), parts=(_("training"), _("validation"), _("test")))
    show(figure, "whole", _("Line: the whole series, cut in time into training, validation and test."))
