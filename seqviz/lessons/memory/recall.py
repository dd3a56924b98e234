"""What the fading costs: recall against the gap."""

import streamlit as st

from seqviz.figures.recall import Recall
from seqviz.frame.language import _
from seqviz.lessons.shared.recall import recall_cards, show_recall
from seqviz.models.reader import CELLS


def what_it_costs() -> None:
    """What the fading costs: how well each cell recalls a marked number, by the gap it was kept over."""
    st.subheader(_("What it costs: recall against the gap"), anchor=False)
    cards = recall_cards(CELLS)
    alt = _("Lines: how well each cell recalls the marked number, by the length of the gap, every seed a line.")
    show_recall(cards, alt)
    sentence = _(
        "Every seed is a line, the shipped one bold; 1 is perfect, 0 no better than always answering the mean. After "
        "80 steps, twice what was trained: {ranges}. Three seeds of four units show a tendency, no law: within what "
        "was trained the RNN loses most, yet far from all; beyond it, a GRU can do worse than an RNN."
    )
    ranges = ", ".join(f"{one.cell} {min(one.at(80)):.2f}–{max(one.at(80)):.2f}" for one in map(Recall.of, cards))
    st.markdown(sentence.format(ranges=ranges))
