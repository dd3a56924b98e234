"""What is computed from what, unrolled over the steps: how far it is from one word to another, and what must wait.

Vaswani et al. (2017), section 4 and table 1, compare layers by their longest path between two positions and by the
operations that have to wait for one another. Here both are read off the graph itself, node by node.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Node = tuple[int, int]  # (layer, step), both from 0; layer 0 is the words as they come in


@dataclass(frozen=True)
class Unrolled:
    """The states of a network on a sentence, and for each the states that it is computed from.

    RNN          layer l at step t reads what is below it, (l − 1, t), and itself a step earlier, (l, t − 1);
                 an LSTM and a GRU have gates inside a node, and the same arrows between nodes
    Transformer  layer l at step t reads the layer below at every step up to its own, as a causal mask has it
    """

    kind: str
    steps: int
    layers: int
    reads: dict[Node, tuple[Node, ...]]  # a node stands behind all that it reads; words read nothing


def unroll(kind: str, steps: int, layers: int = 1) -> Unrolled:
    """The graph of an "RNN" (or LSTM, or GRU: it is the same) or of a causal "Transformer".

    Raises ValueError for another kind.
    """
    if kind not in ("RNN", "Transformer"):
        raise ValueError(f"{kind!r} is not known here: it has to be 'RNN' or 'Transformer'.")
    below = [(0, t) for t in range(steps)]
    reads: dict[Node, tuple[Node, ...]] = dict.fromkeys(below, ())
    for layer in range(1, layers + 1):
        row = [(layer, t) for t in range(steps)]
        for t, node in enumerate(row):
            reads[node] = (below[t], *row[:t][-1:]) if kind == "RNN" else tuple(below[: t + 1])
        below = row
    return Unrolled(kind, steps, layers, reads)


def shortest_path(graph: Unrolled, s: int, t: int) -> list[Node]:
    """The way from the word at step s to the last layer at step t with the fewest `operations`; s ≤ t.

    Of several such ways it is the one that changes its step as early as it can. Raises ValueError where s comes after
    t, for nothing of a later word is in an earlier state, and where there are no such steps.
    """
    if not 0 <= s <= t < graph.steps:
        raise ValueError(f"There is no way from step {s} to step {t} in {graph.steps} steps from 0 on.")
    fewest: dict[Node, int] = {(0, s): 0}
    before: dict[Node, Node] = {}
    for node, read in graph.reads.items():
        ways = [(fewest[one] + (one[1] != node[1]), one) for one in read if one in fewest]
        if ways:
            fewest[node], before[node] = min(ways, key=lambda way: (way[0], -way[1][1]))
    path = [(graph.layers, t)]
    while path[-1] in before:
        path.append(before[path[-1]])
    return path[::-1]


def operations(path: list[Node]) -> int:
    """How many times something has to be passed on from one step to another along a path.

    It is t − s recurrent steps in an RNN and one weighted sum in a Transformer. To go up a layer at one's own step,
    by the input's weights, by a residual connection or by what attention gives to its own place, counts 0.
    """
    return sum(one[1] != other[1] for one, other in pairwise(path))


def earliest(graph: Unrolled) -> np.ndarray:
    """When each node can be done at the earliest, (layers + 1, steps), if whatever can be done at once is.

    One node takes 1, whatever goes on inside it, and words are there at 0. So the last is done after as many operations
    as have to wait for one another: layers + T − 1 in an RNN, layers in a Transformer.
    """
    done = np.zeros((graph.layers + 1, graph.steps), int)
    for node, read in graph.reads.items():
        if read:
            done[node] = 1 + max(done[one] for one in read)
    return done
