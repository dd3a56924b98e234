"""What is left of each step: the state as a sum over the steps that wrote it; for an RNN, what there is instead."""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.figures.jacobian import jacobian_heatmap
from seqviz.figures.survival import coloured, survival_map, survival_map_of_logs
from seqviz.frame.course import find
from seqviz.frame.language import _
from seqviz.frame.state import between, flag, linked, one_of
from seqviz.lessons.shared.pictures import look, show
from seqviz.lessons.shared.sequence import Asked, checkpoint_of, read_typed
from seqviz.tasks.task import Typed
from seqviz.traces.jacobian import jacobian_map
from seqviz.traces.printed import fixed
from seqviz.traces.recurrent import LayerTrace
from seqviz.traces.survival import mean_of_logs, survival, survival_of_start, written

SPLIT = ("LSTM", "GRU", "RNN")  # the two whose state is a sum over the steps, then the one whose state is not
FEW = 24  # steps that, written out, are not much longer than the picture beside them


def what_is_left(asked: Asked, sequence: Typed) -> None:
    """The controls, then the split of the chosen cell's state or, for an RNN, why there is none."""
    st.subheader(_("What is left of each step"), anchor=False)
    controls = st.container(horizontal=True, vertical_alignment="center")
    with controls:
        cell = st.segmented_control(
            _("Cell"), SPLIT, required=True, label_visibility="collapsed", **linked("split", "LSTM", one_of(SPLIT))
        )
    layer = read_typed(checkpoint_of(asked.task, cell), sequence).layer
    if cell == "RNN":
        no_split(layer, sequence.tokens)
        return
    with controls:
        unit = ask_unit(layer.h.shape[1])
        # So that a millionth can be told from nothing.
        is_log = st.toggle(_("logarithmic colours"), **linked("log", False, flag))
    exact_split(layer, sequence.tokens, unit, is_log)


def ask_unit(units: int) -> int | None:
    """One unit, counted from 0; None for the average of all."""
    unit = st.selectbox(
        _("unit"), range(units + 1), filter_mode=None, label_visibility="collapsed", width=300,
        format_func=lambda n: _("unit {n}").format(n=n) if n else _("average of all units"),
        **linked("share", 0, between(0, units)),
    )  # fmt: skip
    return unit - 1 if unit else None


def beside(tokens: tuple[str, ...]) -> list[DeltaGenerator]:
    """A place for the picture and one for the words, next to each other unless the words are many."""
    return st.columns([3, 2], gap="medium") if len(tokens) <= FEW else [st.container(), st.container()]


# ---- LSTM and GRU


def exact_split(layer: LayerTrace, tokens: tuple[str, ...], unit: int | None, is_log: bool) -> None:
    """The survival matrix of one unit or the average of all, its last row as the sentence, and that it adds up."""
    left = survival(layer)
    shares = left.mean(axis=2) if unit is None else left[:, :, unit]
    picture, words = beside(tokens)
    labels = {
        "name": _("step {n}, “{token}”"), "rows": _("after this step"), "columns": _("of this step's new value"),
        "hover": _("{share} of the new value of {wrote} is in the memory after {now}"),
    }  # fmt: skip
    if is_log:
        logs = survival(layer, log=True)
        figure = survival_map_of_logs(
            mean_of_logs(logs) if unit is None else logs[:, :, unit], tokens, look(), **labels
        )
    else:
        figure = survival_map(shares, tokens, look(), **labels)
    with picture:
        show(figure, "left", _("Heatmap: how much of each step's new value is in the memory after each later one."))
    start = survival_of_start(layer)[-1]
    with words:
        st.markdown(
            _(
                "**At the end**, this much of the start (here zero, so it adds nothing) and of each step's new value "
                "is left:"
            )
        )
        beginning = start.mean() if unit is None else start[unit]
        st.html(coloured((_("(start)"), *tokens), (beginning, *shares[-1]), look()))
        say_the_sum(layer, left[-1], unit)


def say_the_sum(layer: LayerTrace, left: np.ndarray, unit: int | None) -> None:
    """That the split is exact: both numbers, of the chosen unit or of the one with the largest state."""
    state = layer.h if layer.c is None else layer.c
    unit = int(np.abs(state[-1]).argmax()) if unit is None else unit
    total = left[:, unit] @ written(layer)[:, unit]  # the state that a page starts from is zero
    sentence = _(
        "**It adds up exactly.** In unit {unit}: the new value of each step, times what is left of it, summed over all "
        "steps, is **{total}**. The state ${state}$ that the network computed is **{value}**."
    )
    numbers = {"total": fixed(float(total), 6), "value": fixed(float(state[-1, unit]), 6)}
    numbers = {name: number.replace("-", "−") for name, number in numbers.items()}
    st.markdown(sentence.format(unit=unit + 1, state="h_T" if layer.c is None else "c_T", **numbers))
    st.markdown(
        _(
            "A row for each step, a column for each step that it may draw on, a share in every cell: it looks like an "
            "**attention matrix**. Two things differ: a row adds up to 1 in a GRU, with the start, but not in an LSTM; "
            "and what was forgotten once is gone for all later rows, while attention (see “{lesson}”) looks back anew."
        ).format(lesson=_(find("attention").title))
    )


# ---- RNN


def no_split(layer: LayerTrace, tokens: tuple[str, ...]) -> None:
    """Why a tanh RNN's state is no such sum, and the Jacobians between all its steps."""
    picture, words = beside(tokens)
    figure = jacobian_heatmap(
        jacobian_map(layer), tokens, look(), name=_("step {n}, “{token}”"), rows=_("after this step"),
        columns=_("of a change at this step"),
        hover=_("If the state after {wrote} moves a little, the one after {now} moves at most {share} times as much"),
    )  # fmt: skip
    with picture:
        show(figure, "left", _("Heatmap: how much the state after each step depends on that after each earlier one."))
    with words:
        st.markdown(
            _(
                "**A tanh RNN cannot be split like this.** It has no gates: at every step its matrix mixes all units "
                "and tanh bends the sum, so the state is no sum of what the steps wrote, and any split would be our "
                "invention. What can be said exactly is how far the state would move if an earlier one moved a little: "
                "the norm of the Jacobian $\\partial h_t / \\partial h_s$, in the picture on a logarithmic scale."
            )
        )
