"""How far the attention of a Transformer's heads moved between two traces of one text."""

import numpy as np

from seqviz.traces.attention import AttentionPart


def moved_heads(before: AttentionPart, after: AttentionPart) -> np.ndarray:
    """(L, H): the mean over queries of the total variation distance ½ Σ|a − b| between a head's two rows of weights.

    0 where nothing moved, 1 where all of the attention went elsewhere; special tokens are queries and keys like others.
    The greatest is the head that moved most. Raises ValueError for traces of different tokens or sizes.
    """
    tokens = [(part.query_tokens, part.key_tokens, part.weights.shape) for part in (before, after)]
    if tokens[0] != tokens[1]:
        raise ValueError("The two traces are not of the same tokens: read the same text with both models.")
    difference = after.weights.astype(np.float64) - before.weights  # (L, H, Tq, Tk)
    return np.abs(difference).sum(axis=-1).mean(axis=-1) / 2
