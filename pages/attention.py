"""Where the heads of a Transformer look, on a sentence that the reader types."""

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import _, current, prose, translator
from seqviz.frame.page import explain, nothing_to_read, open_page, patience

open_page("attention")
lab = st.container(key="lab")
explain("attention", "idea", "arithmetic", "induction", "limits")

with lab, patience():
    import numpy as np

    from seqviz.components.attention import gaze, gaze_payload, heads, heads_payload
    from seqviz.components.player import nothing
    from seqviz.figures import bertviz
    from seqviz.figures.attention import head_heatmap
    from seqviz.figures.block import block_drawing
    from seqviz.figures.next_token import next_token_bars
    from seqviz.frame.state import usual
    from seqviz.lessons.attention import controls as attention
    from seqviz.lessons.attention import text as sentences
    from seqviz.lessons.attention.controls import View
    from seqviz.lessons.attention.program import programs
    from seqviz.lessons.attention.text import Asked
    from seqviz.lessons.shared import pictures
    from seqviz.lessons.shared.pictures import show
    from seqviz.lessons.shared.transformer import ask_transformer, say_transformer
    from seqviz.models.transformer import LoadedTransformer
    from seqviz.traces.analyses import rollout, shares, value_weighted
    from seqviz.traces.attention import AttentionTrace
    from seqviz.traces.block import block_norms
    from seqviz.traces.refusal import Refusal

HEATMAP = "head"  # the key of what holds the heatmap of the chosen head
MOST_LIKELY = 8  # bars of next tokens, and one more for what came where that is none of them

look = pictures.look()


def heatmap(matrix: np.ndarray, view: View, key: str, alt: str, **options) -> None:
    """A matrix (Tq, Tk) over pieces, as it is drawn; of shares, what goes to hidden tokens stands in a last column."""
    hidden = None if "limit" in options else view.hidden(matrix)
    figure = head_heatmap(
        view.drawn(matrix), view.queries, view.keys, look, rows=_("query: who looks"), columns=_("key: at whom"),
        hover=_("{query} looks at {key}: {weight}"), hidden=hidden, hidden_name=_("hidden"), **options,
    )  # fmt: skip
    show(figure, key, alt)


def all_heads(loaded: LoadedTransformer, asked: Asked, view: View, scores: dict[str, np.ndarray]) -> None:
    """Every head in one drawing."""
    count = view.pieces.weights.shape[0] * view.pieces.weights.shape[1]
    title = _("All {count} heads").format(count=count) if count > 1 else _("The only head")
    st.subheader(title, anchor=False)
    st.caption(_("A row is a layer, a column a head. Choose one by a click or with the arrow keys."))
    named = {"entropy": _("entropy {value:.1f} bits"), "first": _("to the first token {value:.2f}")}
    captions = {name: scores[score] for score, name in named.items() if score in scores}  # one token alone has neither
    payload = heads_payload(
        view.shown(view.part.weights), attention.usual_head(view.pieces), captions, translator(),
        attention.silenced(view.pieces) if view.pieces.name in ("self", "encoder") else (),
        address=usual(asked.address), model=loaded.key,
    )  # fmt: skip
    heads(payload, key="heads")


def which_head(loaded: LoadedTransformer, asked: Asked, view: View, scores: dict[str, np.ndarray]) -> None:
    """The heads that do a thing most, and what that thing is."""
    names = [name for name in scores if name != "entropy"] + ["narrow", "wide"] * ("entropy" in scores)
    if view.pieces.q is not None and view.pieces.name in ("self", "encoder"):
        names.append("ablation")
    name = attention.ask_score(names)
    if name == "ablation":
        found = sentences.ablated(loaded, asked, len(view.pieces.queries))
    else:
        found = scores["entropy" if name in ("narrow", "wide") else name]
    if found is not None:
        attention.offer_heads(found, lowest=name == "narrow")
    st.caption(attention.say_score(name, loaded.kind))


def one_head(view: View) -> None:
    """The chosen head, large."""
    layer, head = view.head
    st.subheader(_("Layer {layer}, head {head}").format(layer=layer + 1, head=head + 1), anchor=False)
    if view.columns.all():
        st.caption(_("Row: who looks (query). Column: at whom (key). Each row adds up to 1."))
    else:
        st.caption(_("Row: who looks (query). Column: at whom (key). With what is hidden, each row adds up to 1."))
    alt = _("Heatmap: how much each token looks at each other one in this head.")
    with st.container(key=HEATMAP):
        heatmap(view.pieces.weights[view.head], view, "map", alt, marked=view.marked)


def what_comes_next(loaded: LoadedTransformer, asked: Asked, trace: AttentionTrace, view: View) -> None:
    """What a decoder says after the token under the cursor, beside what really came."""
    if loaded.kind != "decoder":
        return
    token = view.last_piece
    st.subheader(_("What comes next?"), anchor=False)
    if trace.next_logits is None:
        st.info(_("This model was saved without the part that predicts the next token, so there is nothing to show."))
        return
    found = sentences.expected(loaded, asked, token)
    order = found.order
    place = None if found.actual is None else int((order == found.actual).argmax())
    words, picture = st.columns([3, 4], gap="large", vertical_alignment="center")
    with words:
        temperature = attention.ask_temperature()
        shares = found.probabilities(temperature)
        attention.say_next(loaded, view.pieces.query_tokens[token], found, shares, place)
    places = [*range(min(MOST_LIKELY, len(order))), *([place] if place is not None and place >= MOST_LIKELY else [])]
    tokens = order[places]
    figure = next_token_bars(
        [attention.written(loaded, int(one)) for one in tokens], [one + 1 for one in places], shares[tokens],
        found.probabilities()[tokens], look, actual=places.index(place) if place is not None else None,
        probability=_("probability"), hover=_("{token}: {share}, and {own} at temperature 1"),
    )  # fmt: skip
    with picture, st.container(key="next"):
        show(figure, "expected", _("Bars: the most likely next tokens and their probabilities."))


def beside(loaded: LoadedTransformer, asked: Asked, _trace: AttentionTrace, view: View) -> None:
    """The weights beside what else may be asked of them."""
    offered = attention.lenses(view.pieces)
    if not offered:
        return
    st.subheader(_("Is that what counts?"), anchor=False)
    lens = attention.ask_lens(offered)
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
            signed = sentences.gradients(loaded, asked)
            alt = _("Heatmap: attention times its gradient.")
            heatmap(signed[layer, head], view, "beside", alt, limit=float(np.abs(signed).max()))
    attention.say_lens(lens, loaded, asked, view.pieces)


def what_if(loaded: LoadedTransformer, asked: Asked, trace: AttentionTrace, view: View) -> None:
    """The same text with a token masked or heads silenced, beside the run without."""
    st.subheader(_("What if …"), anchor=False)
    part = next(iter(trace.parts.values()))  # changes act on the text as it is read
    masked, silenced = attention.ask_change(part)
    if not (masked or silenced):
        st.caption(_("Mask a token or silence a head, and the page runs the model again."))
        return
    changed = sentences.traced(loaded, asked, masked, silenced)
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        st.markdown(_("**As it is**"))
        heatmap(view.pieces.weights[view.head], view, "before", _("Heatmap: the weights of this head."))
    with right:
        st.markdown(attention.say_changed(part, masked))
        after = changed.parts[view.part.name].weights[view.head]
        heatmap(after, view, "after", _("Heatmap: the weights of this head with the change."))
    if view.head in silenced:
        st.markdown(
            _(
                "The weights of a silenced head stay as they are: what it hands over is gone. Look at a head of a "
                "later layer to see what that changes."
            )
        )
    attention.say_effect(loaded, trace, changed)


def what_is_not_shown(_loaded: LoadedTransformer, _asked: Asked, _trace: AttentionTrace, _view: View) -> None:
    """The box that says what attention does not show, where the reader has just seen and tried it."""
    with st.container(border=True, key="prose-not"):
        st.markdown(prose("attention")["not"])


def one_block(loaded: LoadedTransformer, _asked: Asked, trace: AttentionTrace, view: View) -> None:
    """Where attention sits in its layer, with the lengths of one token's vectors on the wires."""
    layer, _head = view.head
    st.subheader(_("Around the attention: layer {layer}").format(layer=layer + 1), anchor=False)
    norms = block_norms(loaded.model, trace, layer)
    if norms is None:
        st.info(_("How a block of this family is built is not known here, so there is no drawing of it."))
        return
    picture, words = st.columns(2, gap="medium", vertical_alignment="center")
    drawing = block_drawing(norms, view.piece, look, translator())
    alt = _("Drawing of one block: residual stream, attention, feed-forward layer and layer norms.")
    picture.image(drawing, width=30 * look.size, alt=alt)
    with words:
        attention.say_block(view.pieces.query_tokens[view.piece])


def in_bertviz(_loaded: LoadedTransformer, _asked: Asked, _trace: AttentionTrace, view: View) -> None:
    """BertViz's own three views of the same weights."""
    st.subheader(_("The same in BertViz"), anchor=False)
    layer, head = view.head
    name = attention.ask_bertviz(view.pieces, bertviz.LIMITS, bertviz.shows_neurons(view.pieces))
    if name is None:
        return
    words = bertviz.Words(
        current(), "BertViz", _("Layer"), _("Layers"), _("Head"), _("Heads"), _("Query"), _("Key"), _("product"),
        _("Softmax"), _("No token selected"),
    )  # fmt: skip
    if name == "head":
        sheet = bertviz.head_view(view.pieces, layer, words, look.size)
    elif name == "model":
        sheet = bertviz.model_view(view.pieces, words, look.size)
    else:
        sheet = bertviz.neuron_view(view.pieces, layer, head, words, look.size)
    st.iframe(sheet.html, height=sheet.height, alt=_("BertViz, {view}").format(view=name))


def gaze_of(view: View, asked: Asked, model: str) -> None:
    """The sentence as one token sees it, and how each weight came about."""
    why_not = _("Switch “join pieces into words” off to follow the arithmetic: it is done on pieces.")
    payload = gaze_payload(
        view.part, *view.head, translator(), hidden=list(~view.columns),
        rest_at=view.rests, why_not=why_not if view.is_in_words else None,
        address=usual(asked.address), plays=sentences.plays(), model=model,
        heatmap=f".st-key-{HEATMAP}",
    )  # fmt: skip
    gaze(payload, key="gaze")


def look_around() -> None:
    """All that changes with what the reader types."""
    boxes, options = st.container(), st.container(horizontal=True, vertical_alignment="center")
    try:
        with options:
            loaded = ask_transformer(sentences.forgotten, sentences.SHIPPED)
    except Refusal:
        with boxes:
            sentences.ask_text("encoder", "")  # what was typed stays where it is
        raise
    with boxes:
        asked = sentences.ask_text(loaded.kind, loaded.key)
    if asked.is_empty:
        gaze(nothing(nothing_to_read()), key="gaze")
        return
    trace = sentences.traced(loaded, asked)
    sentences.say_left_out(asked, trace)
    with options:
        view = attention.ask_view(sentences.ask_part(trace), asked)
    scores = sentences.scored(loaded, asked, view.pieces)
    narrow, wide = st.columns([4, 5], gap="medium")
    with narrow, st.container(border=True, key="panel-all"):
        all_heads(loaded, asked, view, scores)
        which_head(loaded, asked, view, scores)
    with wide, st.container(border=True, key="panel-head"):
        one_head(view)
    gaze_of(view, asked, loaded.key)
    for section in (what_comes_next, beside, what_if, what_is_not_shown, one_block, in_bertviz):
        with calmly():  # where one fails, the others stay
            section(loaded, asked, trace, view)
    say_transformer(loaded)
    with st.container(key="prose-code"):
        st.markdown(prose("attention")["code"])
        programs(loaded, asked, view.head)


with lab, calmly():
    look_around()
