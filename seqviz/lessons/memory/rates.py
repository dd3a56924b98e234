"""The laboratory: untrained cells, and the rate at which theory says that their memory fades."""

import numpy as np
import streamlit as st

from seqviz.figures.jacobian import Curve, against_lag
from seqviz.frame.document import local
from seqviz.frame.errors import calmly
from seqviz.frame.language import _
from seqviz.frame.state import between, linked
from seqviz.lessons.shared.pictures import look, show
from seqviz.models.laboratory import STEPS, lstm_norms, rnn_norms


@local
def laboratory() -> None:
    """Runs alone when a slider moves, and so has to be calm by itself."""
    with calmly():
        rates()


def rates() -> None:
    """Untrained cells and the rate at which theory says that their memory fades."""
    st.subheader(_("The laboratory: at what rate?"), anchor=False)
    radius, bias, scale = ask_rates()
    rate = 1 / (1 + np.exp(-bias))
    lag = np.arange(STEPS)[::-1]
    figure = against_lag(
        [
            Curve("RNN h", "RNN", rnn_norms(radius, scale)),
            Curve(f"ρᵏ = {radius:.2f}ᵏ", "theory", radius**lag, "dash"),
            Curve("LSTM c", "LSTM c", lstm_norms(bias, scale)),
            Curve(f"σ(b)ᵏ = {rate:.2f}ᵏ", "theory", rate**lag, "dot"),
        ],
        look(), powers=(-12, 4), lag=_("steps back from the end, k"), norm=_("largest effect on the end"),
        hover=_("{name}: × {norm}, from {lag} steps back"),
    )  # fmt: skip
    alt = _("Lines: the largest effect of a small change by steps back, computed and by theory.")
    show(figure, "rates", alt)
    say_rates(scale)


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
