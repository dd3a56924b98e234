"""The unrolled graphs of a sentence, of a recurrent network and of the Transformer, and what is counted on them."""

from collections.abc import Sequence

import streamlit as st

from seqviz.lessons.compare.readers import read_all
from seqviz.lessons.shared.sequence import Asked
from seqviz.models.causal import LAYERS
from seqviz.models.lane import Lane
from seqviz.models.reader import TRANSFORMER
from seqviz.traces.unrolled import Unrolled, earliest, operations, shortest_path, unroll

GRAPHS = {"RNN": "RNN, GRU, LSTM", "Transformer": "Transformer"}  # readers that unroll to the same graph


def graphs_of(tokens: Sequence[str]) -> list[Unrolled]:
    """Both graphs of a sentence, each with as many layers as the readers of that kind have."""
    return [unroll("RNN", len(tokens)), unroll(TRANSFORMER, len(tokens), LAYERS)]


def counts_of(asked: Asked) -> dict[str, tuple[int, int, int]]:
    """Of each reader: operations from the first word to the last, those in a row, numbers to keep for one more word.

    Nothing without a sentence.

    A cell keeps its state, an LSTM two of them; a Transformer the keys and values of all words in all layers.
    """
    return _counts(asked.task.code, asked.written, _lanes=read_all(asked)) if asked.sequence else {}


@st.cache_data(max_entries=16, show_spinner=False)
def _counts(code: str, written: str, _lanes: Sequence[Lane]) -> dict[str, tuple[int, int, int]]:
    found = {}
    for lane in _lanes:
        (steps, units), layers = lane.states.shape, 1 if lane.weights is None else len(lane.weights)
        graph = unroll("RNN" if lane.weights is None else TRANSFORMER, steps, layers)
        way, waits = operations(shortest_path(graph, 0, steps - 1)), int(earliest(graph).max())
        kept = 2 * layers * steps * units if lane.name == TRANSFORMER else 2 * units if lane.name == "LSTM" else units
        found[lane.name] = (way, waits, kept)
    return found
