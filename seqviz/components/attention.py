"""Attention in the browser: all heads of a model at a glance, and the gaze of one head with its arithmetic."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from seqviz.components.mount import component
from seqviz.components.once import once
from seqviz.components.pack import pack
from seqviz.components.player import transport_words
from seqviz.traces.attention import AttentionPart, Tokens

MOST_CELLS = 64  # of a head's picture, along each side


def heads(payload: bytes, key: str) -> None:
    """Mount all heads on what `heads_payload` packed.

    The chosen one stands in the address, as `layer` and `head` from 1, and the page runs again when it changes.
    """
    component("heads")(data=payload, key=key)


def gaze(payload: bytes, key: str) -> None:
    """Mount the gaze of a head on what `gaze_payload` packed, or `player.nothing`.

    Where its cursor rests stands in the address, as `query` and `key` from 1, and the page runs again when it changes.
    A plotly heatmap of the tokens that are not hidden, inside the element that the payload names, leads its look.
    """
    component("gaze")(data=payload, key=key)


@once
def heads_payload(
    weights: np.ndarray,
    chosen: tuple[int, int],
    captions: Mapping[str, np.ndarray],
    _: Callable[[str], str],
    silenced: Collection[tuple[int, int]] = (),
    address: Mapping[str, str] | None = None,
    model: str = "",
) -> bytes:
    """What the browser gets of all weights, (L, H, Tq, Tk): a picture of each head, at most 64 × 64.

    `chosen` is the layer and the head to begin with where the address names none: best the same in every run, since a
    payload that changes is sent anew. `captions` are scores (L, H), each by the words that say it, with {value:.1f} in
    them; heads that are `silenced` are crossed out. `model` names what is read: a choice is kept only within it.
    """
    layers, count = weights.shape[:2]
    header = {
        "chosen": list(chosen),
        "captions": list(captions),
        "silenced": [list(pair) for pair in silenced],
        "address": dict(address or {}),
        "model": model,
        "words": {
            "name": _("All heads: arrow keys choose one"),
            "layer": _("layer"),
            "head": _("head"),
            "which": _("layer {layer}, head {head}"),
            "silenced": _("silenced"),
        },
    }
    scores = np.array([*captions.values()], np.float32).reshape(len(captions), layers, count)
    return pack(header, {"cells": pooled(weights), "scores": scores})


def pooled(weights: np.ndarray) -> np.ndarray:
    """Weights (…, Tq, Tk) as bytes, √weight × 255; where T > 64 the largest of several, so that no spike is lost."""
    *rest, queries, keys = weights.shape
    down, across = -(-queries // MOST_CELLS), -(-keys // MOST_CELLS)
    if down > 1 or across > 1:
        edge = [(0, 0)] * len(rest) + [(0, -queries % down), (0, -keys % across)]
        blocks = np.pad(weights, edge).reshape(*rest, -(-queries // down), down, -(-keys // across), across)
        weights = blocks.max(axis=(-3, -1))
    return np.round(np.sqrt(weights) * 255).astype(np.uint8)


@once
def gaze_payload(
    part: AttentionPart,
    layer: int,
    head: int,
    _: Callable[[str], str],
    *,
    hidden: Sequence[bool] | None = None,
    rest_at: int | None = None,
    why_not: str | None = None,
    address: Mapping[str, str] | None = None,
    plays: int = 0,
    model: str = "",
    heatmap: str | None = None,
) -> bytes:
    """What the browser gets of one head, once: its weights, and q, k and v, from which it computes them once more.

    `hidden` says which keys are not drawn (and queries, where these are the same tokens). It plays, when `plays` or the
    tokens change, up to the query `rest_at`, or the last. With `why_not`, a sentence, there is no arithmetic. `model`
    names what is read: the key is kept only within it. `heatmap` is a CSS selector of what holds the head's heatmap.
    """
    cross = part.name == "cross"
    if part.q is None:
        why_not = why_not or _(
            "This family of models computes attention without showing its queries and keys, so there is no arithmetic "
            "to follow: only the weights."
        )
    header = {
        "tokens": list(part.query_tokens),
        "queries": _tokens(part.queries, None if cross else hidden),
        "keys": _tokens(part.keys, hidden),
        "cross": cross,
        "about": _about(cross, _),
        "rest_at": rest_at,
        "why_not": why_not,
        "address": dict(address or {}),
        "plays": plays,
        "model": model,
        "heatmap": heatmap,
        "words": words(_),
    }
    arrays = {"weights": part.weights[layer, head]}
    if not part.allowed[layer].all():
        arrays["allowed"] = part.allowed[layer].astype(np.uint8)
    if why_not is None:
        assert part.q is not None and part.k is not None and part.v is not None and part.scale is not None
        group = part.q.shape[1] // part.k.shape[1]  # heads that share one k and v
        header |= {"scale": float(part.scale[layer]), "cap": part.cap}
        arrays |= {"q": part.q[layer, head], "k": part.k[layer, head // group], "v": part.v[layer, head // group]}
        if part.bias is not None:
            arrays["bias"] = part.bias[layer, head]
    arrays = {name: array if array.dtype == np.uint8 else array.astype(np.float32) for name, array in arrays.items()}
    return pack(header, arrays)


def _tokens(tokens: Tokens, hidden: Sequence[bool] | None) -> dict[str, Any]:
    return {
        "texts": list(tokens.texts),
        "words": list(tokens.words),
        "segments": list(tokens.segments),
        "hidden": [False] * len(tokens) if hidden is None else [bool(one) for one in hidden],
    }


def _about(cross: bool, _: Callable[[str], str]) -> str:
    if cross:
        return _(
            "Above, what is written; below, what was read. The bluer a token, the more of the look it gets. "
            "Point at a token above to see its look, click to stay."
        )
    return _("The bluer a token, the more of the look it gets. Point at another one to see its look, click to stay.")


def words(_: Callable[[str], str]) -> dict[str, Any]:
    """Everything the gaze says, in the reader's language; braces are filled in by the browser."""
    return transport_words(_) | {
        "name": _("Gaze: left and right arrow keys choose who looks, up and down at whom, space plays"),
        "help": _("← → who looks · ↑ ↓ at whom · space play"),
        "where": _("token {n} of {of}"),
        "first": _("first token"),
        "back": _("one token back"),
        "forward": _("one token forward"),
        "last": _("last token"),
        "scrub": _("token"),
        "speed": _("tokens a second"),
        "looks": _("Where “{query}” looks"),
        "says": _("“{query}” looks at {list}"),
        "key": _("The number under a token is its weight, from 0.02 on; colours go by its square root."),
        "hidden": _("{share} of this row goes to hidden tokens."),
        "why": _("Why “{query}” gives “{key}” {weight}"),
        "why-sub": _(
            "Its query and the other's key, multiplied number by number and added up, are a score; the softmax sets it "
            "against the scores of all others. Choose another one with ↑ ↓ or by a click on its row."
        ),
        "dot": _("q · k, one bar for each of the {n} numbers"),
        "rest": _("the other {n}"),
        "bias": _("position bias"),
        "masked": _("Masked: it may not look there, so the weight is 0."),
        "softmax-title": _("The softmax of the whole row"),
        "rows": _("Every token that competes, its score, its power of e and its weight"),
        "token": _("token"),
        "score": _("score"),
        "weight": _("weight"),
        "torch": _("PyTorch says {value}, the same number"),
        "differs": _("PyTorch says {value}"),
        "output-title": _("What “{query}” takes along: weight × value"),
        "output-sub": _(
            "Every token offers its value, a list of numbers, and it counts as much as its weight. The sum of all is "
            "the head's output. Choose one of its numbers by a click on a bar."
        ),
        "part-title": _("From “{key}”: weight × value"),
        "whole-title": _("From all of them: the head's output"),
        "number-title": _("Number {n} of {count}"),
        "number": _("number {n}"),
        "others": _("all others ({n})"),
        "less": _("the number before"),
        "more": _("the next number"),
    }  # fmt: skip
