"""What if: the controls that change one word, wipe the memory or hold a unit, and a sentence on what it did."""

import streamlit as st

from seqviz.frame.language import _
from seqviz.frame.state import between, linked, one_of, text
from seqviz.lessons.shared.sequence import Asked, encode
from seqviz.models.reading import Reading
from seqviz.tasks.task import Typed, with_token
from seqviz.traces.whatif import Hold, Wipe

KINDS = ("no", "word", "wipe", "hold")


def ask_whatif(asked: Asked, sequence: Typed) -> tuple[Typed, Wipe | Hold | None]:
    """The controls; returns what is read now (`sequence` or a changed one) and what is done to the memory."""
    tokens = sequence.tokens
    names = {
        "no": _("What if you …"),
        "word": _(asked.task.change) if asked.task.change else "",
        "wipe": _("wipe the memory"),
        "hold": _("hold a unit"),
    }
    kinds = [kind for kind in KINDS if kind != "word" or asked.task.change]
    kind = asked.row.selectbox(
        names["no"], kinds, format_func=names.__getitem__, filter_mode=None, label_visibility="collapsed", width=220,
        **linked("what", "no", one_of(kinds)),
    )  # fmt: skip
    if kind == "no":
        return sequence, None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if kind == "hold":
            return sequence, _ask_hold(asked.checkpoint.card.units)
        at = st.selectbox(
            _("at step") if kind == "word" else _("just before step"),
            range(1, len(tokens) + 1),
            format_func=lambda t: f"{t}. {tokens[t - 1]}",
            width=220,
            **linked("at", min(2, len(tokens)), between(1, len(tokens)), tokens),
        )
        if kind == "wipe":
            return sequence, Wipe(at - 1)
        new = st.text_input(_("into"), max_chars=60, width=220, **linked("word", "", text(60)))
    changed = encode(with_token(tokens, at - 1, new), asked.task, asked.checkpoint) if new.strip() else None
    if changed and len(changed.tokens) >= len(tokens):  # fewer, where nothing of it is a step
        return changed, None
    st.caption(_("Type what to put in its place."))
    return sequence, None


def _ask_hold(units: int) -> Hold:
    unit = st.selectbox(_("unit"), range(1, units + 1), width=110, **linked("hold", 1, between(1, units)))
    value = st.slider(_("at the value"), -1.0, 1.0, step=0.1, width=220, **linked("value", 0.0, between(-1.0, 1.0)))
    return Hold(unit - 1, value)


def say_effect(asked: Asked, before: Reading, after: Reading) -> None:
    """One sentence: what the reader says at the end without and with the change."""
    old, new = float(before.readouts[-1]), float(after.readouts[-1])
    if not asked.task.scale.is_share:
        sentence = _("At the end it answers **{new}** instead of **{old}**.")
        st.markdown(sentence.format(old=f"{old:.2f}", new=f"{new:.2f}").replace("-", "−"))
        return
    shares = {"old": round(100 * old), "new": round(100 * new)}
    if (old > 0.5) == (new > 0.5):
        sentence = _("The verdict keeps its side: **{old} %** positive before, **{new} %** with your change.")
    else:
        sentence = _("The verdict turns over: **{old} %** positive before, **{new} %** with your change.")
    st.markdown(sentence.format(**shares))
