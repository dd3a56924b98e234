"""Links into the lessons that show what is inside a trained network."""

from collections.abc import Sequence

import streamlit as st

from seqviz.frame.course import find
from seqviz.frame.language import _, current
from seqviz.lessons.shared.trained import CODE
from seqviz.models.reader import CELLS


def offer_lessons(cells: Sequence[str]) -> None:
    """Links that open the trained networks in the lessons on what is inside them, on values of the test part."""
    with st.container(horizontal=True, key="open"):
        for lesson, able in (("rnn", CELLS), ("gates", ("LSTM", "GRU"))):
            shown = [cell for cell in cells if cell in able]
            if shown:
                label = _("Open it in “{lesson}”").format(lesson=_(find(lesson).title))
                address = {"task": CODE, "cell": shown[-1], "lang": current()}
                st.page_link(find(lesson).path, label=label, icon=":material/open_in_new:", query_params=address)
