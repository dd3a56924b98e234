"""What the weights of a Transformer's attention say, worked out from one trace: nothing here runs the model again."""

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch

from seqviz.traces.attention import AttentionPart, AttentionTrace, Tokens, output_projection

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def rollout(weights: np.ndarray) -> np.ndarray:
    """How much of each input token has reached each token after each layer: (L, H, T, T) -> (L, T, T).

    R_l = Ā_l Ā_{l-1} … Ā_1 with Ā = ½ mean_h A + ½ I: half goes through the heads' mean, half through the residual
    connection (Abnar & Zuidema 2020, eq. 1). Rows add up to 1. For a sequence that looks at itself; raises
    ValueError where there are not as many queries as keys.
    """
    if weights.shape[2] != weights.shape[3]:
        raise ValueError("Rollout needs a sequence that looks at itself: as many queries as keys.")
    steps = (weights.mean(axis=1) + np.eye(weights.shape[2], dtype=weights.dtype)) / 2  # (L, T, T)
    for lower, step in pairwise(steps):
        step[:] = step @ lower  # (T, T) x (T, T): what this layer takes of what the one below it took
    return steps


def entropy(weights: np.ndarray) -> np.ndarray:
    """How widely each query looks, in bits, −Σ_j A_ij log2 A_ij: (…, Tq, Tk) -> (…, Tq); 0 is one key, log2 Tk all.

    Clark et al. 2019, section 3.3.
    """
    logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    return 0.0 - (weights * logs).sum(axis=-1)  # 0 − 0 is 0, where −0 would print its sign


def head_scores(part: AttentionPart) -> dict[str, np.ndarray]:
    """What each head does: the mean weight that it gives to keys of a kind, (L, H) by name (Clark et al. 2019, sec. 3).

    prefix     what came right after the same token earlier on, all such keys together: prefix matching, the mark of an
               induction head (Olsson et al. 2022). Where nobody may look ahead; the query itself is no such key
    previous   the token just before the query
    next       the token just after it
    self       the query itself
    first      the first token of all, where that is another one: [CLS], where there is one
    separator  all special tokens but the first token, together: [SEP], </s>
    same word  all pieces of other words with the same text, together; "The" and "the" are the same
    entropy    the odd one out: the mean entropy of a row, in bits

    Queries are the typed tokens, no special ones, that may look at such a key and have another choice. A score is NaN
    in a layer without such queries and is left out where no layer has any: "next" in a decoder, "separator" in GPT-2,
    "same word" and "prefix" where none comes twice; and what is about places where keys are another sequence.
    """
    queries, keys = part.queries, part.keys
    rows, columns = np.arange(len(queries))[:, None], np.arange(len(keys))
    is_cross = part.name == "cross"
    same_text = np.array([[key == query for key in _word_texts(keys)] for query in _word_texts(queries)])
    there = {
        "previous": columns == rows - 1,
        "next": columns == rows + 1,
        "self": columns == rows,
        "first": (columns == 0) & (is_cross | (rows > 0)),
        "separator": (columns > 0) & keys.special,
        "same word": same_text & (is_cross | np.not_equal.outer(queries.words, keys.words)),
    }
    if not is_cross and not np.triu(part.allowed, 1).any():
        there = {"prefix": _after_the_same(queries)} | there
    if is_cross:
        there = {name: there[name] for name in ("first", "separator", "same word")}
    counted = (part.allowed.sum(axis=2) > 1) & ~queries.special  # (L, Tq)
    scores = {}
    for name, cells in there.items():
        cells = cells & part.allowed  # (Tq, Tk), or (Tk,), with (L, Tq, Tk)
        scores[name] = _mean((part.weights * cells[:, None]).sum(axis=3), counted & cells.any(axis=2))
    scores["entropy"] = _mean(entropy(part.weights), counted)
    return {name: score for name, score in scores.items() if not np.isnan(score).all()}


def _after_the_same(tokens: Tokens) -> np.ndarray:
    """(T, T) bool: whether the token before a key is the query's, written alike, and the key comes before the query.

    The later bytes of a character, shown as …, are not known by what is shown.
    """
    texts = [text.casefold() for text in tokens.texts]
    before = np.array([[False] + [key == query != "…" for key in texts[:-1]] for query in texts])
    return np.tril(before, -1)


def _word_texts(tokens: Tokens) -> list[str]:
    """For each token, in small letters, the word that it is a piece of, (T,)."""
    texts = dict(zip(dict.fromkeys(tokens.words), tokens.in_words().texts, strict=True))
    return [texts[number].casefold() for number in tokens.words]


def _mean(values: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """The mean of each head's values (L, H, Tq) over the queries that count (L, Tq): (L, H), NaN where none does."""
    with np.errstate(invalid="ignore"):
        return (values * counted[:, None]).sum(axis=2) / counted.sum(axis=1, dtype=values.dtype)[:, None]


def joined(matrix: np.ndarray, rows: tuple[int, ...], columns: tuple[int, ...]) -> np.ndarray:
    """A matrix over pieces as one over words: summed over the pieces of a key, averaged over those of a query.

    (…, Tq, Tk) -> (…, words of the queries, words of the keys), Clark et al. 2019, section 4.1. `rows` and `columns`
    are the Tokens.words of queries and keys, which never fall. What a row adds up to stays what it was: weights still
    add up to 1.
    """
    of_row, of_column = (np.unique(words, return_index=True, return_counts=True) for words in (rows, columns))
    taken = np.add.reduceat(matrix, of_column[1], axis=-1)  # (…, Tq, Wk)
    return np.add.reduceat(taken, of_row[1], axis=-2) / of_row[2][:, None].astype(matrix.dtype)  # (…, Wq, Wk)


def in_words(part: AttentionPart) -> AttentionPart:
    """The same part over words, its weights `joined`.

    It has no q, k, v: the model has them of pieces alone.
    """
    of = (part.queries.words, part.keys.words)
    return replace(
        part, queries=part.queries.in_words(), keys=part.keys.in_words(),
        weights=joined(part.weights, *of), allowed=joined(part.allowed.astype(np.float32), *of) > 0,
        q=None, k=None, v=None, scale=None, cap=None, bias=None, paths=(),
    )  # fmt: skip


def value_weighted(model: "PreTrainedModel", part: AttentionPart, layer: int) -> np.ndarray:
    """How much arrives by each weight, the length ‖α_ij v_j W_O‖: (H, Tq, Tk), of one layer.

    Attention gives query i the sum of all α_ij v_j W_O, over heads and keys, and b_O: a large weight on a short vector
    adds little (Kobayashi et al. 2020, ‖α f(x)‖ with f(x) = (x W_V + b_V) W_O). Of a silenced head, what would arrive.
    Raises ValueError where the family hides v or W_O.
    """
    heads = part.weights.shape[1]
    projection = None if part.v is None else output_projection(model, part.paths[layer], heads)
    if part.v is None or projection is None:
        raise ValueError(f"The values of {model.config.model_type}, or its output projection, cannot be seen.")
    weight, _bias = projection
    v = part.v[layer].repeat(heads // part.v.shape[1], axis=0)  # (H, Tk, d): heads in a group share their values
    lengths = np.linalg.norm(v @ weight, axis=2)  # (H, Tk, d) x (H, d, D) -> (H, Tk, D) -> (H, Tk)
    return part.weights[layer] * lengths[:, None]


def shares(matrix: np.ndarray) -> np.ndarray:
    """Each row as shares of its own sum, (…, Tq, Tk): what makes value-weighted attention comparable with weights."""
    return matrix / matrix.sum(axis=-1, keepdims=True)


def sentence_embedding(trace: AttentionTrace) -> np.ndarray:
    """The vector of a whole text: the mean of an encoder's last hidden states, scaled to length 1, (D,).

    Masked tokens take no part. For a model with mean pooling it is what sentence-transformers' encode gives (Reimers &
    Gurevych 2019, section 3). Raises ValueError for a decoder.
    """
    if trace.kind == "decoder":
        raise ValueError("A decoder has no sentence embedding: its tokens have not seen what comes after them.")
    name = "self" if trace.kind == "encoder" else "encoder"
    seen = trace.parts[name].allowed.any(axis=(0, 1))  # (T,)
    mean = trace.hidden[name][-1][seen].mean(axis=0)
    return mean / np.linalg.norm(mean)


def logit_lens(model: "PreTrainedModel", trace: AttentionTrace) -> np.ndarray:
    """What each layer would say the next word is: probabilities after the last token, (L+1, V).

    Every hidden state goes through the model's own final norm and output embeddings (nostalgebraist 2020); the last row
    is what the model says. Raises ValueError for a model that predicts no next token, or whose final norm is not found.
    """
    if trace.next_logits is None:
        raise ValueError(f"{type(model).__name__} predicts no next token.")
    decoder = model.get_decoder()
    norm = next((getattr(decoder, name) for name in _FINAL_NORMS if hasattr(decoder, name)), None)
    if norm is None:
        raise ValueError(f"The final norm of {type(model).__name__} is not found: its place is not known here.")
    states = torch.from_numpy(trace.hidden["self"][:, -1]).to(model.dtype)  # (L+1, D); the last is normed already
    with torch.no_grad():
        logits = model.get_output_embeddings()(torch.cat([norm(states[:-1]), states[-1:]])).double()  # (L+1, V)
    if cap := getattr(model.config, "final_logit_softcapping", None):  # Gemma
        logits = cap * torch.tanh(logits / cap)
    return logits.softmax(dim=1).to(torch.promote_types(model.dtype, torch.float32)).numpy()


_FINAL_NORMS = ("ln_f", "norm", "final_layer_norm")  # GPT-2 and its like; Llama, Qwen, Gemma; OPT, GPT-NeoX
