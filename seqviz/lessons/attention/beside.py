"""The weights of the chosen head beside what else may be asked of them: is that what counts?"""

import numpy as np
import streamlit as st

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import linked
from seqviz.lessons.attention.head import heatmap
from seqviz.lessons.attention.offered import or_first
from seqviz.lessons.attention.passes import arrived_from_first, gradients
from seqviz.lessons.attention.text import Asked
from seqviz.lessons.attention.view import View
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.analyses import rollout, shares, value_weighted
from seqviz.traces.attention import AttentionPart

LENSES = ("value", "rollout", "gradient")


def beside(loaded: LoadedTransformer, asked: Asked, view: View) -> None:
    """The weights beside what else may be asked of them."""
    offered = lenses(view.pieces)
    if not offered:
        return
    st.subheader(_("Is that what counts?"), anchor=False)
    lens = ask_lens(offered)
    layer, head = view.head
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        st.markdown(_("**Weights**: how much is taken"))
        heatmap(view.pieces.weights[view.head], view, "weights", _("Heatmap: the weights of this head."))
    with right:
        if lens == "value":
            st.markdown(_("**Value-weighted**: how much arrives, as shares of each row"))
            lengths = value_weighted(loaded.model, view.pieces, layer)
            heatmap(shares(lengths[head]), view, "beside", _("Heatmap: the weights times the values' lengths."))
        elif lens == "rollout":
            st.markdown(_("**Rollout** up to this layer: what of the input is in each token"))
            reached = rollout(view.pieces.weights)[layer]
            heatmap(reached, view, "beside", _("Heatmap: how much of each input token has arrived."))
        else:
            st.markdown(_("**Gradient × attention**: which weights the result hangs on"))
            signed = gradients(loaded, asked)
            alt = _("Heatmap: attention times its gradient.")
            heatmap(signed[layer, head], view, "beside", alt, limit=float(np.abs(signed).max()))
    say_lens(lens, loaded, asked, view.pieces)


def lenses(part: AttentionPart) -> dict[str, str]:
    """What may stand beside the weights of a part, by its name in the address."""
    names = {}
    if part.v is not None:
        names["value"] = _("value-weighted")
    if part.name != "cross":
        names["rollout"] = _("rollout")
    if part.q is not None and part.name in ("self", "encoder"):
        names["gradient"] = _("gradient × attention")
    return names


def ask_lens(names: dict[str, str]) -> str:
    """What stands beside the weights of the chosen head."""
    return st.segmented_control(
        _("Beside the weights"), list(names), required=True, label_visibility="collapsed",
        format_func=names.__getitem__, **linked("lens", next(iter(names)), or_first(list(names), LENSES)),
    )  # fmt: skip


def say_lens(lens: str, loaded: LoadedTransformer, asked: Asked, part: AttentionPart) -> None:
    """What the picture beside the weights means, with this text's own numbers."""
    if lens == "rollout":
        st.markdown(
            _(
                "Each layer takes half from its heads' average and half from the residual connection that goes round "
                "them; multiplied from the bottom up to this layer, that says how much of each **input** token has "
                "arrived (Abnar & Zuidema 2020). It leaves out the values and the feed-forward layers."
            )
        )
    elif lens == "gradient":
        result = (
            _("the log-probability of the most likely next token")
            if loaded.kind == "decoder"
            else _("the length of the sentence's vector")
        )
        sentence = _(
            "Each weight times the slope of the result along it. The result is {result}: orange pushes it up, blue "
            "pulls it down, and where it is near white nothing hangs on the weight, however large it is. It holds for "
            "small changes only."
        )
        st.markdown(sentence.format(result=result))
    else:
        taken, arrived = float(part.weights[..., 0].mean()), arrived_from_first(loaded, asked, part)
        sentence = _(
            "A head hands over weight × value, and a value may be short (Kobayashi et al. 2020). On average over all "
            "heads and rows of this text, “{token}” gets **{taken} %** of the weights and makes up **{arrived} %** of "
            "what arrives."
        )
        token = plain(part.key_tokens[0][:40])
        st.markdown(sentence.format(token=token, taken=f"{100 * taken:.0f}", arrived=f"{100 * arrived:.0f}"))
