"""What a decoder says comes next, beside what really came."""

import numpy as np
import streamlit as st

from seqviz.figures.next_token import next_token_bars
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import between, linked
from seqviz.lessons.attention.passes import expected
from seqviz.lessons.attention.text import Asked
from seqviz.lessons.attention.view import View
from seqviz.lessons.shared.pictures import look, show
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.analyses import entropy
from seqviz.traces.attention import AttentionTrace
from seqviz.traces.next_token import NextToken, percent
from seqviz.traces.tokens import readable

MOST_LIKELY = 8  # bars of next tokens, and one more for what came where that is none of them


def what_comes_next(loaded: LoadedTransformer, asked: Asked, trace: AttentionTrace, view: View) -> None:
    """What a decoder says after the token under the cursor, beside what really came."""
    if loaded.kind != "decoder":
        return
    token = view.last_piece
    st.subheader(_("What comes next?"), anchor=False)
    if trace.next_logits is None:
        st.info(_("This model was saved without the part that predicts the next token, so there is nothing to show."))
        return
    found = expected(loaded, asked, token)
    order = found.order
    place = None if found.actual is None else int((order == found.actual).argmax())
    words, picture = st.columns([3, 4], gap="large", vertical_alignment="center")
    with words:
        temperature = ask_temperature()
        shares = found.probabilities(temperature)
        say_next(loaded, view.pieces.query_tokens[token], found, shares, place)
    places = [*range(min(MOST_LIKELY, len(order))), *([place] if place is not None and place >= MOST_LIKELY else [])]
    tokens = order[places]
    figure = next_token_bars(
        [written(loaded, int(one)) for one in tokens], [one + 1 for one in places], shares[tokens],
        found.probabilities()[tokens], look(), actual=places.index(place) if place is not None else None,
        probability=_("probability"), hover=_("{token}: {share}, and {own} at temperature 1"),
    )  # fmt: skip
    with picture, st.container(key="next"):
        show(figure, "expected", _("Bars: the most likely next tokens and their probabilities."))


def ask_temperature() -> float:
    """By what the logits are divided before the softmax."""
    return st.slider(
        _("Temperature: below 1 the likely gets likelier, above 1 all become more alike"), 0.1, 3.0, step=0.1,
        **linked("temperature", 1.0, between(0.1, 3.0)),
    )  # fmt: skip


def say_next(loaded: LoadedTransformer, token: str, found: NextToken, shares: np.ndarray, place: int | None) -> None:
    """What comes after `token`, and how sure the model is of it; `shares` (V,) are those at this temperature.

    `place` is that of the token that came, from 0, among all by their probability.
    """
    if found.actual is None or place is None:
        sentence = _("After “{token}” nothing more is read: what comes next is open.")
        st.markdown(sentence.format(token=plain(token)))
    else:
        sentence = _(
            "After “{token}” came “{next}”. The model gives it **{share}**: of {count} tokens, number {place} by their "
            "probability."
        )
        share = percent(float(shares[found.actual]))
        facts = {"token": plain(token), "next": plain(written(loaded, found.actual)), "share": share}
        st.markdown(sentence.format(**facts, count=f"{len(shares):,}", place=f"{place + 1:,}"))
    bits = float(entropy(shares))
    sentence = _(
        "The entropy is **{bits} bits**: as open as a choice among {choices} tokens, all as likely. A probability is "
        "softmax(logits / temperature). At temperature 1 it is the model's own, which a line marks on every bar."
    )
    st.markdown(sentence.format(bits=f"{bits:.2f}", choices=f"{2**bits:,.1f}"))


def written(loaded: LoadedTransformer, token: int) -> str:
    """A token of the vocabulary as it would stand in a text, with the spaces that it begins or ends with."""
    text = str(loaded.tokenizer.decode([token]))
    inner = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    return readable(text) if not inner else "␣" * before + readable(inner) + "␣" * (len(text) - before - len(inner))
