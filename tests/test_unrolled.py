"""The unrolled graph: ways and waits as networkx finds them, as torch's gradients confirm, and as the papers say."""

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from seqviz.models.causal import CausalEncoder
from seqviz.traces.unrolled import earliest, operations, shortest_path, unroll

KINDS = ("RNN", "Transformer")
graphs = st.builds(unroll, st.sampled_from(KINDS), st.integers(1, 14), st.integers(1, 4))


def drawn(graph):
    """The same graph for networkx: an arrow weighs 1 where it leads from one step to another."""
    arrows = nx.DiGraph()
    arrows.add_nodes_from(graph.reads)
    for node, reads in graph.reads.items():
        arrows.add_weighted_edges_from((read, node, int(read[1] != node[1])) for read in reads)
    return arrows


@given(graphs)
def test_the_shortest_way_is_as_short_as_networkx_finds_it_and_follows_arrows(graph):
    arrows = drawn(graph)
    for s in range(graph.steps):
        lengths = nx.single_source_dijkstra_path_length(arrows, (0, s))
        for t in range(s, graph.steps):
            path = shortest_path(graph, s, t)
            assert (path[0], path[-1]) == ((0, s), (graph.layers, t))
            assert nx.is_path(arrows, path)
            assert operations(path) == lengths[graph.layers, t]


@given(graphs)
def test_a_state_is_done_after_the_longest_chain_that_networkx_finds_below_it(graph):
    arrows, done = drawn(graph), earliest(graph)
    assert done.max() == nx.dag_longest_path_length(arrows, weight=None, default_weight=1)
    for (layer, step), when in np.ndenumerate(done):
        below = arrows.subgraph(nx.ancestors(arrows, (layer, step)) | {(layer, step)})
        assert when == nx.dag_longest_path_length(below, weight=None, default_weight=1)


@given(st.integers(1, 30), st.integers(1, 4), st.data())
def test_the_counts_are_those_of_vaswani_et_al_table_1(steps, layers, data):
    s = data.draw(st.integers(0, steps - 1))
    t = data.draw(st.integers(s, steps - 1))
    rnn, transformer = (unroll(kind, steps, layers) for kind in KINDS)
    assert operations(shortest_path(rnn, s, t)) == t - s
    assert operations(shortest_path(transformer, s, t)) == (s < t)
    assert earliest(rnn).max() == layers + steps - 1
    assert earliest(transformer).max() == layers


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM", "Transformer"])
def test_the_last_layer_of_a_real_network_hangs_on_exactly_the_words_that_there_is_a_way_from(kind):
    torch.manual_seed(0)
    steps, layers = 5, 2
    if kind == "Transformer":
        network = CausalEncoder(3, 8, layers=layers)
    else:
        network = getattr(nn, kind)(3, 8, layers, batch_first=True)
    inputs = torch.randn(1, steps, 3, requires_grad=True)
    states = network(inputs)[0]
    arrows = drawn(unroll("Transformer" if kind == "Transformer" else "RNN", steps, layers))
    for t in range(steps):
        (gradient,) = torch.autograd.grad(states[0, t].square().sum(), inputs, retain_graph=True)
        reached = [nx.has_path(arrows, (0, s), (layers, t)) for s in range(steps)]
        assert (gradient[0].abs().sum(dim=1) > 0).tolist() == reached


def test_four_steps_by_hand():
    rnn, transformer = unroll("RNN", 4), unroll("Transformer", 4, layers=2)
    assert shortest_path(rnn, 1, 3) == [(0, 1), (1, 1), (1, 2), (1, 3)]
    assert shortest_path(transformer, 1, 3) == [(0, 1), (1, 3), (2, 3)]
    assert shortest_path(transformer, 2, 2) == [(0, 2), (1, 2), (2, 2)]
    assert earliest(rnn).tolist() == [[0, 0, 0, 0], [1, 2, 3, 4]]
    assert earliest(transformer).tolist() == [[0] * 4, [1] * 4, [2] * 4]
    assert rnn.reads[1, 0] == ((0, 0),)
    assert set(rnn.reads[1, 2]) == {(0, 2), (1, 1)}
    assert set(transformer.reads[2, 1]) == {(1, 0), (1, 1)}


@pytest.mark.parametrize(("s", "t"), [(2, 1), (-1, 1), (0, 3), (3, 3)])
def test_there_is_no_way_back_and_none_beyond_the_sentence(s, t):
    with pytest.raises(ValueError, match="There is no way"):
        shortest_path(unroll("RNN", 3), s, t)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="'CNN' is not known"):
        unroll("CNN", 3)
