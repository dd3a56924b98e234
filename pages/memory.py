"""How much of an early word is left in the memory, and how strongly the end still hangs on it."""

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import prose
from seqviz.frame.page import close_page, explain, nothing_to_read, open_page, patience

open_page("memory")
lab = st.container(key="lab")
explain("memory", "idea", "rates", "limits")

with lab, patience():
    from seqviz.lessons.memory.left import what_is_left
    from seqviz.lessons.memory.program import program
    from seqviz.lessons.memory.rates import laboratory
    from seqviz.lessons.memory.recall import what_it_costs
    from seqviz.lessons.memory.travels import how_far_it_travels
    from seqviz.lessons.shared.sequence import ask


def fade() -> None:
    """All that changes with what the reader types."""
    asked = ask("LSTM")
    if asked.sequence is None:
        st.info(nothing_to_read())
        return
    what_is_left(asked, asked.sequence)
    how_far_it_travels(asked, asked.sequence)


with lab:
    with calmly():
        fade()
    laboratory()
    with calmly():
        what_it_costs()
    with st.container(key="prose-code"):
        st.markdown(prose("memory")["code"])
        program()

close_page()
