"""RNN, GRU, LSTM and a Transformer, trained on the same sentences, read the same one."""

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import prose
from seqviz.frame.page import close_page, explain, nothing_to_read, open_page, patience

open_page("compare")
lab = st.container(key="lab")
explain("compare", "idea", "limits")

with lab, patience():
    from seqviz.components.lanes import lanes
    from seqviz.components.player import nothing
    from seqviz.lessons.compare.copying import how_copying_is_learned
    from seqviz.lessons.compare.good import how_good
    from seqviz.lessons.compare.graphs import counts_of, graphs_of
    from seqviz.lessons.compare.lanes import read_together
    from seqviz.lessons.compare.path import path_between
    from seqviz.lessons.compare.program import programs
    from seqviz.lessons.compare.readers import ask
    from seqviz.lessons.compare.recall import how_far_it_recalls
    from seqviz.lessons.compare.swap import who_still_knows
    from seqviz.lessons.compare.timing import measured
    from seqviz.lessons.compare.wait import say_kept, what_must_wait
    from seqviz.lessons.compare.when import when_which
    from seqviz.lessons.shared.sequence import Asked


def one_sentence(asked: Asked) -> None:
    """What four readers make of the sentence."""
    if asked.sequence is None:
        lanes(nothing(nothing_to_read()), "lanes")
        return

    with calmly():  # where one fails, the others stay
        read_together(asked, asked.sequence)
    with calmly():
        who_still_knows(asked, asked.sequence)
    tokens = asked.sequence.tokens
    graphs = graphs_of(tokens)
    with calmly():
        path_between(tokens, graphs)
    with calmly():
        what_must_wait(tokens, graphs)
        say_kept(counts_of(asked))


with lab:
    asked = None  # where the reader of the sentence is missing, what needs none still stands below
    with calmly():
        asked = ask()
        one_sentence(asked)
    with calmly():
        measured()
    with calmly():
        how_far_it_recalls()
    if asked:
        with calmly():
            how_good(asked)
    with calmly():
        how_copying_is_learned()
    if asked:
        with calmly():
            when_which(asked)
        with calmly(), st.container(key="prose-code"):
            st.markdown(prose("compare")["code"])
            programs(asked)

close_page()
