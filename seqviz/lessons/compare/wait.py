"""What must wait: when each state can be computed at the earliest, and what is kept to read on."""

from collections.abc import Mapping, Sequence

import streamlit as st

from seqviz.figures.unrolled import timeline
from seqviz.frame.language import _
from seqviz.lessons.compare.graphs import GRAPHS
from seqviz.lessons.shared.pictures import look, show
from seqviz.traces.unrolled import Unrolled, earliest


def what_must_wait(tokens: Sequence[str], graphs: Sequence[Unrolled]) -> None:
    """When each state can be computed at the earliest, in an RNN and in a Transformer, on one scale of time."""
    st.subheader(_("What must wait"), anchor="wait")
    done = {graph.kind: earliest(graph) for graph in graphs}
    in_a_row = {kind: int(when.max()) for kind, when in done.items()}
    for place, (kind, when) in zip(st.columns(2, gap="medium"), done.items(), strict=True):
        figure = timeline(
            when, tokens, look(), name=_("step {n}, “{token}”"), time=_("operation, one after the other"),
            hover=_("{step}, layer {layer}: operation {time}"), until=max(in_a_row.values()),
        )  # fmt: skip
        with place:
            called, count = GRAPHS[kind], in_a_row[kind]
            st.markdown(_("**{called}: {count}** in a row").format(called=called, count=count))
            alt = _("Timeline of {called}, a row for each word. Operations that wait for one another: {count}.")
            show(figure, f"wait-{kind}", alt.format(called=called, count=count))
    say_what_waits(in_a_row)


def say_what_waits(in_a_row: Mapping[str, int]) -> None:
    """What the two timelines show: how many operations wait for one another, for the graphs by kind."""
    sentence = _(
        "However many processors there are, so many operations (a layer at a step is one) have to follow one another: "
        "in an RNN, GRU or LSTM **{rnn}**, since each step needs the one before; in a Transformer **{transformer}**, "
        "one for each layer, for any number of words."
    )
    st.markdown(sentence.format(rnn=in_a_row["RNN"], transformer=in_a_row["Transformer"]))
    st.markdown(
        _(
            "This is about *reading* a text, which is all there from the start, and about training. A Transformer that "
            "*writes* goes word by word too: each new word has to wait for the one before. And a layer of attention "
            "is more work than a step of an RNN: which of the two is faster on a machine has to be measured."
        )
    )


def say_kept(counts: Mapping[str, tuple[int, int, int]]) -> None:
    """How much each reader has to keep of the sentence to read one more word, from `counts_of`."""
    said = ", ".join(f"{reader} **{kept:,}**" for reader, (_way, _wait, kept) in counts.items())
    sentence = _(
        "And to read one more word, so many numbers have to be kept of all these: {kept}. A cell keeps its state, an "
        "LSTM two; a Transformer the keys and values of every word in every layer."
    )
    st.markdown(sentence.format(kept=said))
