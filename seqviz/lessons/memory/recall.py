"""What the fading costs: recall against the gap."""

import streamlit as st

from seqviz.figures.recall import Recall, recall_against_gap
from seqviz.frame import loading
from seqviz.frame.language import _
from seqviz.lessons.shared.pictures import look, show
from seqviz.lessons.shared.sequence import checkpoint_name
from seqviz.models.reader import CELLS
from seqviz.tasks import marked_number


def what_it_costs() -> None:
    """What the fading costs: how well each cell recalls a marked number, by the gap it was kept over."""
    st.subheader(_("What it costs: recall against the gap"), anchor=False)
    cards = [card for cell in CELLS if (card := loading.card(checkpoint_name(marked_number.TASK, cell)))]
    cells = [Recall.of(card) for card in cards]
    figure = recall_against_gap(
        cells, look(), gap=_("gap in steps"), r2=_("R² of the answer"),
        hover=_("{cell}, seed {seed}: R² {r2} after {gap} steps"), trained=_("trained up to here"),
    )  # fmt: skip
    alt = _("Lines: how well each cell recalls the marked number, by the length of the gap, every seed a line.")
    show(figure, "recall", alt)
    sentence = _(
        "Every seed is a line, the shipped one bold; 1 is perfect, 0 no better than always answering the mean. After "
        "80 steps, twice what was trained: {ranges}. Three seeds of four units show a tendency, no law: within what "
        "was trained the RNN loses most, yet far from all; beyond it, a GRU can do worse than an RNN."
    )
    ranges = ", ".join(f"{one.cell} {min(one.at(80)):.2f}–{max(one.at(80)):.2f}" for one in cells)
    st.markdown(sentence.format(ranges=ranges))
