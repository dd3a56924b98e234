"""How far a small change travels: exact Jacobian norms from every step to the last."""

import numpy as np
import streamlit as st

from seqviz.figures.jacobian import Curve, against_lag
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import flag, linked
from seqviz.lessons.shared.pictures import look, show
from seqviz.lessons.shared.sequence import Asked, checkpoint_of
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.reading import features_of
from seqviz.models.untrained import untrained
from seqviz.tasks.task import Typed
from seqviz.traces.jacobian import jacobian_norms

STATES = ("RNN", "GRU", "LSTM h", "LSTM c")


def how_far_it_travels(asked: Asked, sequence: Typed) -> None:
    """Exact Jacobian norms from every step to the last, for all cells on the same sequence."""
    st.subheader(_("How far a small change travels"), anchor=False)
    trained, before = {}, {}
    for state in STATES:
        cell, of = (*state.split(), "h")[:2]
        checkpoint = checkpoint_of(asked.task, cell)
        trained[state] = norms_of(checkpoint, sequence, of)
        before[state] = norms_of(untrained(checkpoint.name), sequence, of)
    curves = [Curve(state, state, norms) for state, norms in trained.items()]
    if st.toggle(_("before training too (dashed)"), **linked("untrained", True, flag)):
        name = _("{name}, before training")
        curves += [Curve(name.format(name=of), of, norms, "dash", listed=False) for of, norms in before.items()]
    figure = against_lag(
        curves, look(), tokens=sequence.tokens, lag=_("steps back from the end"), norm=_("largest effect on the end"),
        hover=_("{name}: × {norm}, from {lag} steps back, “{token}”"),
    )  # fmt: skip
    alt = _("Lines: the largest effect of a small change of the state on the state at the end, by steps back.")
    show(figure, "travels", alt)
    sentence = _(
        "A small change of the state just after the first step, “{token}”, has become at most this many times as large "
        "at the end: {trained}. Before training: {before}."
    )
    token = plain(sequence.tokens[0][:40])
    st.markdown(sentence.format(token=token, trained=of_the_first(trained), before=of_the_first(before)))
    st.markdown(
        _(
            "On a short sentence little fades, and a trained network lets fade what it can do without. The textbook's "
            "order comes out on the marked numbers. (The English RNN began its training as an orthogonal matrix, which "
            "passes everything on.)"
        )
    )


def norms_of(checkpoint: Checkpoint, sequence: Typed, of: str) -> np.ndarray:
    """‖∂h_T / ∂h_t‖₂, or of c, of one reader on the typed sequence."""
    return jacobian_norms(checkpoint.reader.cell, features_of(checkpoint, sequence.inputs), of)


def of_the_first(norms: dict[str, np.ndarray]) -> str:
    """The norms of the first step, by state."""
    return ", ".join(f"{state} **{rough(values[0])}**" for state, values in norms.items())


def rough(x: float) -> str:
    """A number by its size, in two digits: 1.2, 0.0034, 5.6·10⁻⁷."""
    digits, _e, power = f"{x:.2g}".partition("e")
    return f"{digits}·10{str(int(power)).translate(_RAISED)}" if power else digits


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
