"""The way between two words: which two, the picture of it, and what the counts on the unrolled graph say."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seqviz.figures.unrolled import MOST_ARROWS, path_drawing
from seqviz.frame.course import find
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import between, linked
from seqviz.lessons.compare.graphs import GRAPHS
from seqviz.lessons.shared.pictures import look, show
from seqviz.traces.unrolled import Unrolled, operations, shortest_path


def path_between(tokens: Sequence[str], graphs: Sequence[Unrolled]) -> None:
    """The unrolled graphs with the way between two words that the reader picks, and how many operations it takes."""
    st.subheader(_("How far apart are two words?"), anchor="path")
    if len(tokens) < 2:
        st.caption(_("One word alone: type another one to see the way between the two."))
        return
    s, t = ask_words(tokens)
    ways = {graph.kind: shortest_path(graph, s, t) for graph in graphs}
    counts = {kind: operations(way) for kind, way in ways.items()}
    say_path(tokens, s, t, counts)
    for graph in graphs:
        called, count = GRAPHS[graph.kind], counts[graph.kind]
        st.markdown(f"**{called}: {count}**")
        figure = path_drawing(
            graph, ways[graph.kind], tokens, look(), name=_("step {n}, “{token}”"), layer=_("layer {n}"),
            hover=_("{step}, {layer}; states or words that it reads: {reads}"),
        )  # fmt: skip
        alt = _("The unrolled graph of {called} with the way between the two words. Operations on it: {count}.")
        show(figure, f"path-{graph.kind}", alt.format(called=called, count=count))
    if len(tokens) > MOST_ARROWS:
        st.caption(
            _(
                "With so many words the Transformer's other arrows are left out: each state reads the layer below at "
                "its own step and at all before."
            )
        )
    say_what_counts(graphs[-1])


def ask_words(tokens: Sequence[str]) -> tuple[int, int]:
    """Two words, the earlier one first, as steps from 0; they may be the same one."""
    last = len(tokens)
    box: dict[str, Any] = {"format_func": lambda n: f"{n}. {tokens[n - 1]}", "width": 220}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ends = [
            st.selectbox(name, range(1, last + 1), **box, **linked(key, usual, between(1, last), tokens))
            for key, name, usual in (("from", _("from the word"), 1), ("to", _("to the word"), last))
        ]
    if ends[0] > ends[1]:
        st.caption(_("What is read later cannot reach what was read before: this is the way from the earlier word."))
    return min(ends) - 1, max(ends) - 1


def say_path(tokens: Sequence[str], s: int, t: int, counts: Mapping[str, int]) -> None:
    """One sentence, or two: how many operations lie between the words at steps s and t, for the graphs by kind."""
    words = {"from": plain(tokens[s][:40]), "to": plain(tokens[t][:40]), "s": s + 1, "t": t + 1}
    if s == t:
        st.markdown(_("From a word to its own state nothing has to be passed on: choose two words."))
        return
    sentence = _(
        "From “{from}” (step {s}) to “{to}” (step {t}), so many times something has to be passed on from one step to "
        "another: in an RNN, GRU or LSTM **{rnn}**, in a Transformer **{transformer}**."
    )
    said = sentence.format(rnn=counts["RNN"], transformer=counts["Transformer"], **words)
    if counts["RNN"] == counts["Transformer"]:
        said += " " + _("Between neighbours there is no difference.")
    st.markdown(said)


def say_what_counts(graph: Unrolled) -> None:
    """What an operation is here and what it means, and what the Transformer of `graph` pays for its short ways."""
    st.markdown(
        _(
            "**What is counted:** the shortest way from the first word to the last layer at the second one. Going up a "
            "layer at one's own step counts nothing. In an RNN it is $t - s$, and a gradient has to survive as many "
            "products to teach the network that the first word matters (see “{lesson}”; Hochreiter et al. 2001). In a "
            "Transformer any two words are one weighted sum apart (Vaswani et al. 2017, table 1)."
        ).format(lesson=_(find("memory").title))
    )
    compared = sum(len(reads) for (layer, _step), reads in graph.reads.items() if layer == 1)
    sentence = _(
        "It pays in comparisons: every word with itself and all before it makes **{compared}** in each head of a layer "
        "for these {steps} words, and about four times as many for twice the words. And a short way says that a "
        "word *can* be used, not that the model uses it."
    )
    st.markdown(sentence.format(compared=compared, steps=graph.steps))
