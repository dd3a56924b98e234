"""What the lesson asks, and the sentence that it computes."""

import streamlit as st

from seqviz.frame.language import _
from seqviz.frame.state import between, linked

STEPS = 10


def ask_share() -> int:
    """The share that every step keeps, in per cent; it stands in the address."""
    return st.slider(_("Kept at each step, in %"), 0, 100, **linked("keep", 90, between(0, 100)))


def say_rest(share: int) -> None:
    """What is left of the number in the end."""
    rest = 100 * (share / 100) ** STEPS
    sentence = _("Each step keeps {share} %. After {steps} steps **{rest} %** of the number is left.")
    st.markdown(sentence.format(share=share, steps=STEPS, rest=f"{rest:.1f}"))
