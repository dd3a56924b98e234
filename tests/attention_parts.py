"""Attention of random numbers, of every form that a family of models gives it: for tests of what shows it."""

from dataclasses import replace

import numpy as np

from seqviz.traces.attention import AttentionPart, Tokens

FORMS = ("plain", "causal", "t5", "gemma", "odd scale", "grouped", "cross")


def tokens(texts) -> Tokens:
    """Each a word of its own; what is in brackets is special."""
    count = len(texts)
    special = np.array([text.startswith("[") for text in texts])
    spans = tuple(None if one else (i, i + 1) for i, one in enumerate(special))
    return Tokens(tuple(texts), spans, tuple(range(count)), (0,) * count, special)


def part(form="plain", size=6, width=8, seed=0, spread=1.5, layers=2, heads=4) -> AttentionPart:
    """Two layers of four heads; the weights are the softmax of what the form makes of q · k, in float32 as captured."""
    rng = np.random.default_rng(seed)
    queries = size + 2 if form == "cross" else size
    shared = 2 if form == "grouped" else heads

    def normal(*shape):
        return (spread * rng.normal(size=shape)).astype(np.float32)

    q, k, v = (
        normal(layers, heads, queries, width),
        normal(layers, shared, size, width),
        normal(layers, shared, size, width),
    )
    scale = {"t5": 1.0, "odd scale": 0.3, "gemma": 1 / 16}.get(form, width**-0.5)
    cap = 5.0 if form == "gemma" else None
    bias = normal(layers, heads, queries, size) if form == "t5" else None
    allowed = np.ones((layers, queries, size), bool)
    if form in ("causal", "gemma", "grouped"):
        allowed &= np.tri(queries, size, dtype=bool)
    made = AttentionPart(
        "cross" if form == "cross" else "self",
        tokens(["[A]", *(f"q{i}" for i in range(1, queries))]),
        tokens(["[A]", *(f"{'k' if form == 'cross' else 'q'}{i}" for i in range(1, size))]),
        np.empty(0), q, k, v, np.full(layers, scale, np.float32), cap, bias, allowed, ("",) * layers,
    )  # fmt: skip
    weights = np.stack([np.stack([softmax(made, layer, head) for head in range(heads)]) for layer in range(layers)])
    return replace(made, weights=weights.astype(np.float32))


def scores(made: AttentionPart, layer: int, head: int) -> np.ndarray:
    """(Tq, Tk) in float64: what goes into the softmax, −∞ where masked."""
    group = made.q.shape[1] // made.k.shape[1]
    found = made.q[layer, head].astype(np.float64) @ made.k[layer, head // group].astype(np.float64).T
    found *= _exact(float(made.scale[layer]))
    if made.cap:
        found = made.cap * np.tanh(found / made.cap)
    if made.bias is not None:
        found = found + made.bias[layer, head]
    return np.where(made.allowed[layer], found, -np.inf)


def _exact(scale: float) -> float:
    """1/√m is meant where float32 can say no more."""
    root = round(1 / scale**2) ** -0.5
    return root if abs(scale / root - 1) < 1e-6 else scale


def softmax(made: AttentionPart, layer: int, head: int) -> np.ndarray:
    """(Tq, Tk): the weights in float64."""
    powers = np.exp(scores(made, layer, head) - scores(made, layer, head).max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
