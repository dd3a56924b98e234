"""Every head in one drawing, and which of them does a thing most."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from seqviz.components.attention import heads, heads_payload
from seqviz.frame.address import picture, put
from seqviz.frame.language import _, translator
from seqviz.frame.state import button, linked
from seqviz.lessons.attention import passes
from seqviz.lessons.attention.offered import or_first
from seqviz.lessons.attention.text import Asked
from seqviz.lessons.attention.view import View, usual_head, without_special
from seqviz.lessons.attention.whatif import silenced
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.printed import digits, fixed

SCORES = ("previous", "next", "self", "first", "separator", "same word", "prefix", "narrow", "wide", "ablation")
MOST_ABLATED = 128  # tokens for which every head is silenced in turn: a few seconds


def all_heads(loaded: LoadedTransformer, asked: Asked, view: View) -> None:
    """Every head in one drawing, and below it those that do a thing most."""
    scores = passes.scored(loaded, asked, view.pieces)
    count = view.pieces.weights.shape[0] * view.pieces.weights.shape[1]
    title = _("All {count} heads").format(count=count) if count > 1 else _("The only head")
    st.subheader(title, anchor=False)
    st.caption(_("A row is a layer, a column a head. Choose one by a click or with the arrow keys."))
    named = {"entropy": _("entropy {value:.1f} bits"), "first": _("to the first token {value:.2f}")}
    captions = {name: scores[score] for score, name in named.items() if score in scores}  # one token alone has neither
    payload = heads_payload(
        view.part.weights if view.columns.all() else without_special(view.part),
        usual_head(view.pieces), captions, translator(),
        silenced(view.pieces) if view.pieces.name in ("self", "encoder") else (),
        address=picture(asked.address), model=loaded.key,
    )  # fmt: skip
    heads(payload, key="heads")
    _which_head(loaded, asked, view, scores)


def _which_head(loaded: LoadedTransformer, asked: Asked, view: View, scores: dict[str, np.ndarray]) -> None:
    """The heads that do a thing most, and what that thing is."""
    names = [name for name in scores if name != "entropy"] + ["narrow", "wide"] * ("entropy" in scores)
    if view.pieces.q is not None and view.pieces.name in ("self", "encoder"):
        names.append("ablation")
    name = ask_score(names)
    if name == "ablation":
        found = _by_silencing(loaded, asked, len(view.pieces.queries))
    else:
        found = scores["entropy" if name in ("narrow", "wide") else name]
    if found is not None:
        offer_heads(found, lowest=name == "narrow")
    st.caption(say_score(name, loaded.kind))


def ask_score(names: Sequence[str]) -> str:
    """By what the heads are sorted; `names` are those that this text has."""
    labels = {
        "previous": _("looks at the token before"),
        "next": _("looks at the token after"),
        "self": _("looks at itself"),
        "first": _("looks at the first token"),
        "separator": _("looks at a separator"),
        "same word": _("looks at the same word elsewhere"),
        "prefix": _("looks at what came after it before"),
        "narrow": _("looks at few tokens (low entropy)"),
        "wide": _("looks at many tokens (high entropy)"),
        "ablation": _("matters most when silenced"),
    }
    return st.selectbox(
        _("Which head should I look at?"), names, format_func=labels.__getitem__, filter_mode=None,
        **linked("score", names[0], or_first(names, SCORES)),
    )  # fmt: skip


def say_score(name: str, kind: str) -> str:
    """What a score means, in a sentence."""
    effect = (
        _("How far the next word's probabilities move when the head's output is set to zero (KL divergence, bits).")
        if kind == "decoder"
        else _("How far the sentence's vector turns when the head's output is set to zero (1 − cosine similarity).")
    )
    return {
        "previous": _("The weight a token gives to the one just before it, on average over the sentence."),
        "next": _("The weight a token gives to the one just after it, on average over the sentence."),
        "self": _("The weight a token gives to itself, on average over the sentence."),
        "first": _("The weight that goes to the first token, on average over the sentence: often a place to rest."),
        "separator": _("The weight that goes to separators, on average over the sentence."),
        "same word": _("The weight a token gives to the same word at other places, where there are any."),
        "prefix": _(
            "Heads that copy: the weight that a token which was there before gives to what came right after it then, "
            "the prefix-matching score of an induction head (Olsson et al. 2022)."
        ),
        "narrow": _("The average entropy of a row in bits: 0 is one token alone, 3 is like eight tokens equally."),
        "wide": _("The average entropy of a row in bits: 0 is one token alone, 3 is like eight tokens equally."),
        "ablation": effect,
    }[name]


def _by_silencing(loaded: LoadedTransformer, asked: Asked, tokens: int) -> np.ndarray | None:
    """How much each head matters, (L, H); it takes long, so None, with a sentence, where there are many tokens."""
    if tokens > MOST_ABLATED:
        sentence = _("Silencing every head in turn stops at {most} tokens; this text has {count}. Shorten it.")
        st.info(sentence.format(most=MOST_ABLATED, count=tokens))
        return None
    with st.spinner(_("Silencing every head in turn …")):
        return passes.ablated(loaded, asked)


def offer_heads(scores: np.ndarray, lowest: bool = False) -> None:
    """The heads with the largest (or smallest) scores (L, H) as buttons that lead to them."""
    order = np.argsort(scores if lowest else -scores, axis=None, kind="stable")
    found = [divmod(int(i), scores.shape[1]) for i in order if not np.isnan(scores.flat[i])]
    with st.container(horizontal=True, key="best"):
        for layer, head in found[:6]:
            number = float(scores[layer, head])
            score = fixed(number, digits(number)).replace("-", "−")
            label = _("layer {layer}, head {head}: {score}").format(layer=layer + 1, head=head + 1, score=score)
            button(label, _look_at, layer, head, key=f"best-{layer}-{head}")


def _look_at(layer: int, head: int) -> None:
    put(layer=layer + 1, head=head + 1)
