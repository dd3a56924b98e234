"""The way between two words: which two, and what the counts on the unrolled graph say."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.navigation import find
from seqviz.frame.state import between, linked
from seqviz.traces.unrolled import Unrolled


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
