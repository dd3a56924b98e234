"""Where attention sits in its layer, with the lengths of one token's vectors on the wires."""

import streamlit as st

from seqviz.figures.block import block_drawing
from seqviz.frame.errors import plain
from seqviz.frame.language import _, translator
from seqviz.lessons.attention.view import View
from seqviz.lessons.shared import pictures
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.attention import AttentionTrace
from seqviz.traces.block import block_norms


def one_block(loaded: LoadedTransformer, trace: AttentionTrace, view: View) -> None:
    """Where attention sits in its layer, with the lengths of one token's vectors on the wires."""
    layer, _head = view.head
    st.subheader(_("Around the attention: layer {layer}").format(layer=layer + 1), anchor=False)
    norms = block_norms(loaded.model, trace, layer)
    if norms is None:
        st.info(_("How a block of this family is built is not known here, so there is no drawing of it."))
        return
    picture, words = st.columns(2, gap="medium", vertical_alignment="center")
    look = pictures.look()
    drawing = block_drawing(norms, view.piece, look, translator())
    alt = _("Drawing of one block: residual stream, attention, feed-forward layer and layer norms.")
    picture.image(drawing, width=30 * look.size, alt=alt)
    with words:
        say_block(view.pieces.query_tokens[view.piece])


def say_block(token: str) -> None:
    """How to read the drawing of a block."""
    st.markdown(
        _(
            "Every token has one vector, and it flows down the thick line, the **residual stream**. Attention and the "
            "feed-forward layer read from it and add to it; attention is the only place where tokens meet, the "
            "feed-forward layer works on each alone. The numbers are the lengths of the vector of “{token}” in this "
            "run, and wires are as thick as their vectors are long. The + adds vectors, so lengths need not add up."
        ).format(token=plain(token[:40]))
    )
