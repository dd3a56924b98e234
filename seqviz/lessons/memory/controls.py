"""What the lesson on fading memory asks besides the sequence, and what it says beside its pictures."""

import numpy as np
import streamlit as st

from seqviz.frame.language import _
from seqviz.frame.navigation import find
from seqviz.frame.state import between, flag, linked, one_of
from seqviz.traces.printed import fixed
from seqviz.traces.recurrent import LayerTrace
from seqviz.traces.survival import written

SPLIT = ("LSTM", "GRU", "RNN")  # the two whose state is a sum over the steps, then the one whose state is not


def ask_cell() -> str:
    """Whose memory is taken apart."""
    return st.segmented_control(
        _("Cell"), SPLIT, required=True, label_visibility="collapsed",
        **linked("split", "LSTM", one_of(SPLIT)),
    )  # fmt: skip


def ask_unit(units: int) -> int | None:
    """One unit, counted from 0; None for the average of all."""
    unit = st.selectbox(
        _("unit"), range(units + 1), filter_mode=None, label_visibility="collapsed", width=300,
        format_func=lambda n: _("unit {n}").format(n=n) if n else _("average of all units"),
        **linked("share", 0, between(0, units)),
    )  # fmt: skip
    return unit - 1 if unit else None


def ask_log() -> bool:
    """Whether the colours follow the logarithm of a share, so that a millionth can be told from nothing."""
    return st.toggle(_("logarithmic colours"), **linked("log", False, flag))


def ask_untrained() -> bool:
    """Whether the networks are also shown as they were before training."""
    return st.toggle(_("before training too (dashed)"), **linked("untrained", True, flag))


def ask_rates() -> tuple[float, float, float]:
    """The sliders of the laboratory: spectral radius, forget bias, scale of the input."""
    columns = st.columns(3)
    with columns[0]:
        radius = st.slider(
            _("RNN: spectral radius ρ"), 0.5, 1.5, step=0.05, **linked("radius", 0.95, between(0.5, 1.5))
        )
    with columns[1]:
        bias = st.slider(_("LSTM: forget bias"), -1.0, 5.0, step=0.25, **linked("bias", 1.0, between(-1.0, 5.0)))
    with columns[2]:
        scale = st.slider(_("scale of the input"), 0.0, 1.0, step=0.05, **linked("scale", 0.0, between(0.0, 1.0)))
    return radius, bias, scale


def say_no_split() -> None:
    """Why there is no such picture of a tanh RNN, and what there is instead."""
    st.markdown(
        _(
            "**A tanh RNN cannot be split like this.** It has no gates: at every step its matrix mixes all units and "
            "tanh bends the sum, so the state is no sum of what the steps wrote, and any split would be our invention. "
            "What can be said exactly is how far the state would move if an earlier one moved a little: the norm of "
            "the Jacobian $\\partial h_t / \\partial h_s$, in the picture on a logarithmic scale."
        )
    )


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


def say_rates(scale: float) -> None:
    """What the lines of the laboratory have to do with theory, at this scale of the input."""
    if scale == 0:
        st.markdown(
            _(
                "Without input the RNN's line is exactly the one of theory, $\\rho^k$. In the LSTM $\\sigma(b)^k$ is "
                "what passes along $c$ alone; the computed line also holds what takes the way round through $h$."
            )
        )
    else:
        st.markdown(
            _(
                "With input, tanh is flat where a unit is far from zero: the RNN's line falls below $\\rho^k$, which "
                "only bounds it. The LSTM's gates now open and close with what they read, so $\\sigma(b)^k$ is only "
                "where they began."
            )
        )


def rough(x: float) -> str:
    """A number by its size, in two digits: 1.2, 0.0034, 5.6·10⁻⁷."""
    digits, _e, power = f"{x:.2g}".partition("e")
    return f"{digits}·10{str(int(power)).translate(_RAISED)}" if power else digits


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
