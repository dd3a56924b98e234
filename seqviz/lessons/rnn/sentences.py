"""How good the reader of the lesson is."""

import streamlit as st

from seqviz.frame import loading
from seqviz.frame.language import _
from seqviz.lessons.shared.sequence import Asked, checkpoint_name
from seqviz.models.reader import CELLS


def scores(asked: Asked) -> None:
    """What the card of the present reader says about how good it is."""
    card = asked.checkpoint.card
    found = card.scores
    if "r2_by_gap" in found:
        sentence = _(
            "**This reader** ({cell}, {units} units): its answer explains {near} % of the marked numbers after 10 "
            "steps, {trained} % after 39, the longest it was trained on, and {far} % after 80."
        )
        gaps = {"near": "10", "trained": "39", "far": "80"}
        shown = {name: _percent(found["r2_by_gap"][gap]) for name, gap in gaps.items()}
    elif "heldout" in found:
        sentence = _(
            "**This reader** ({cell}, {units} units): right on {heldout} % of sentences kept out of its training, on "
            "{unseen_words} % of those whose opinion words it never saw (a coin gets 50 %), and on {free} % of "
            "{free_count} sentences written freely by hand. Of the verdicts that were right, so many are still right a "
            "hundred neutral words later: {held}."
        )
        shown = {name: _percent(found[name]) for name in ("heldout", "unseen_words", "free")}
        cards = [loading.card(checkpoint_name(asked.task, cell)) for cell in CELLS]
        held = [f"{one.cell} {_percent(one.scores['held_for']['100'])} %" for one in cards if one]
        shown |= {"free_count": found["free_count"], "held": ", ".join(held)}
    else:  # no sentence is written for such scores
        return
    st.markdown(sentence.format(cell=card.cell, units=card.units, **shown))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
