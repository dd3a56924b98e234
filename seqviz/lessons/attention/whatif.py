"""What if: the same text with a token masked or heads silenced, beside the run without."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from seqviz.frame.address import put
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import linked, one_of, read
from seqviz.lessons.attention.head import heatmap
from seqviz.lessons.attention.passes import traced
from seqviz.lessons.attention.text import Asked
from seqviz.lessons.attention.view import View
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.analyses import sentence_embedding
from seqviz.traces.attention import AttentionPart, AttentionTrace
from seqviz.traces.tokens import readable

MOST_SILENT = 24  # heads at once


def what_if(loaded: LoadedTransformer, asked: Asked, trace: AttentionTrace, view: View) -> None:
    """The same text with a token masked or heads silenced, beside the run without."""
    st.subheader(_("What if …"), anchor=False)
    part = next(iter(trace.parts.values()))  # changes act on the text as it is read
    masked, silent = ask_change(part)
    if not (masked or silent):
        st.caption(_("Mask a token or silence a head, and the page runs the model again."))
        return
    changed = traced(loaded, asked, masked, silent)
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        st.markdown(_("**As it is**"))
        heatmap(view.pieces.weights[view.head], view, "before", _("Heatmap: the weights of this head."))
    with right:
        st.markdown(say_changed(part, masked))
        after = changed.parts[view.part.name].weights[view.head]
        heatmap(after, view, "after", _("Heatmap: the weights of this head with the change."))
    if view.head in silent:
        st.markdown(
            _(
                "The weights of a silenced head stay as they are: what it hands over is gone. Look at a head of a "
                "later layer to see what that changes."
            )
        )
    say_effect(loaded, trace, changed)


def ask_change(part: AttentionPart) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """What is changed for a second run: the tokens masked and the heads silenced, as trace_attention takes them."""
    tokens = part.queries.texts
    # Who is the only one that somebody may look at, as a decoder's first token, has to stay.
    only = ((part.allowed.sum(axis=2) == 1)[:, :, None] & part.allowed).any(axis=(0, 1))
    offered = [0, *(int(token) + 1 for token in np.flatnonzero(~only))]
    left, right = st.columns(2)
    with left:
        masked = st.selectbox(
            _("Mask a token: nobody may look at it"), offered, filter_mode=None,
            format_func=lambda n: f"{n} · {tokens[n - 1]}" if n else _("none"),
            **linked("masked", 0, lambda raw: int(one_of([str(n) for n in offered])(raw)), tokens),
        )  # fmt: skip
    if part.q is not None:  # a family that hides it does not let its heads be silenced either
        names = _names_of_heads(part)
        with right:
            st.multiselect(
                _("Silence heads: their output becomes zero"), names, max_selections=MOST_SILENT,
                format_func=_name_of_head, placeholder=_("none"),
                **linked("silent", list[str](), _heads(names), write=_write_silent),
            )  # fmt: skip
    return (masked - 1,) if masked else (), silenced(part)


def silenced(part: AttentionPart) -> tuple[tuple[int, int], ...]:
    """The heads that the address silences, layer and head from 0."""
    names = read("silent", list[str](), _heads(_names_of_heads(part))) if part.q is not None else []
    return tuple((int(layer) - 1, int(head) - 1) for layer, head in (name.split(".") for name in sorted(names)))


def _names_of_heads(part: AttentionPart) -> list[str]:
    layers, heads = part.weights.shape[:2]
    return [f"{layer}.{head}" for layer in range(1, layers + 1) for head in range(1, heads + 1)]


def _name_of_head(name: str) -> str:
    layer, head = name.split(".")
    return _("layer {layer}, head {head}").format(layer=layer, head=head)


def _heads(names: Sequence[str]) -> Callable[[str], list[str]]:
    """Accept heads such as 4.2,5.11: layer and head, counted from 1."""

    def parse(raw: str) -> list[str]:
        heads = raw.split(",") if raw else []
        if len(heads) > MOST_SILENT or not set(heads) <= set(names):
            raise ValueError(raw)
        return heads

    return parse


def _write_silent(names: list[str]) -> None:
    put(silent=names or None)


def say_changed(part: AttentionPart, masked: tuple[int, ...]) -> str:
    """What stands above the second run."""
    if not masked:
        return _("**With your change**")
    token = plain(part.query_tokens[masked[0]])
    return _("**With your change**: nobody may look at “{token}”").format(token=token)


def say_effect(loaded: LoadedTransformer, before: AttentionTrace, after: AttentionTrace) -> None:
    """One sentence: what the change did to what comes out of the whole model."""
    if before.next_logits is not None and after.next_logits is not None:
        sentence = _(
            "**The effect.** The most likely next token is now “{new}” ({new_share} %); without the change it is "
            "“{old}” ({old_share} %)."
        )
        old, new = (_likeliest(loaded, logits) for logits in (before.next_logits, after.next_logits))
        st.markdown(sentence.format(old=plain(old[0]), old_share=old[1], new=plain(new[0]), new_share=new[1]))
        return
    similarity = float(sentence_embedding(before) @ sentence_embedding(after))
    sentence = _(
        "**The effect.** The vector of the whole sentence has a cosine similarity of **{similarity}** to the one "
        "without the change (1: the same)."
    )
    st.markdown(sentence.format(similarity=f"{similarity:.3f}".replace("-", "−")))


def _likeliest(loaded: LoadedTransformer, logits: np.ndarray) -> tuple[str, str]:
    """The most likely token and its probability in per cent."""
    shares = np.exp(logits.astype(np.float64) - logits.max())
    shares /= shares.sum()
    return readable(str(loaded.tokenizer.decode([int(shares.argmax())]))), f"{100 * shares.max():.0f}"
