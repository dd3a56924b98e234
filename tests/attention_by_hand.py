"""Attention that no model computed: softmax(q · k / √d) of random numbers, for tests that need no Transformer."""

from collections.abc import Sequence

import numpy as np

from seqviz.traces.attention import AttentionPart, Tokens

SENTENCE = ("[CLS]", "the", "cat", "did", "not", "cross", "it", "[SEP]")


def tokens(texts: Sequence[str]) -> Tokens:
    count = len(texts)
    special = np.array([text.startswith("[") for text in texts])
    return Tokens(tuple(texts), (None,) * count, tuple(range(count)), (0,) * count, special)


def attention_part(
    queries: Sequence[str] = SENTENCE,
    keys: Sequence[str] | None = None,
    *,
    layers: int = 3,
    heads: int = 4,
    key_heads: int | None = None,
    width: int = 8,
    causal: bool = False,
) -> AttentionPart:
    """Queries of sentences look at keys, or at themselves; `key_heads` fewer than `heads` are shared in groups."""
    looks, seen, random = tokens(queries), tokens(queries if keys is None else keys), np.random.default_rng(0)
    q = 2 * random.normal(size=(layers, heads, len(looks), width)).astype(np.float32)
    k, v = random.normal(size=(2, layers, key_heads or heads, len(seen), width)).astype(np.float32)
    scores = q @ np.repeat(k, heads // k.shape[1], axis=1).swapaxes(-1, -2) / np.sqrt(width)  # (L, H, Tq, Tk)
    allowed = np.ones((layers, len(looks), len(seen)), bool)
    if causal:
        allowed &= np.tri(len(looks), dtype=bool)
        scores = np.where(allowed[:, None], scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = (weights / weights.sum(-1, keepdims=True)).astype(np.float32)
    scale = np.full(layers, width**-0.5)
    paths = tuple(f"layer.{layer}" for layer in range(layers))
    return AttentionPart("self", looks, seen, weights, q, k, v, scale, None, None, allowed, paths)
