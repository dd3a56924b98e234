"""Who reads, and what: a Transformer, and the text for it, one sentence or a pair, typed or chosen."""

from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame.address import hold, put, visit
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import button, linked, one_of, read, text
from seqviz.lessons.attention.examples import SHIPPED, Example, examples
from seqviz.lessons.shared.sequence import plays
from seqviz.lessons.shared.transformer import ask_transformer
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.attention import AttentionTrace
from seqviz.traces.refusal import Refusal

MOST_CHARACTERS = 4_000  # that are read and stand in the address


@dataclass(frozen=True)
class Asked:
    """What is read: the text, the second text of a pair, and where the cursor comes to rest by itself."""

    text: str
    pair: str | None
    rest_at: int | None  # counted from 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read."""
        return not self.text.strip() or (self.pair is not None and not self.pair.strip())

    @property
    def address(self) -> dict[str, str]:
        """The parameters that lead a new browser to the same text."""
        return {"text": self.text} | ({"pair": self.pair, "mode": "pair"} if self.pair is not None else {})


def ask(boxes: DeltaGenerator, options: DeltaGenerator) -> tuple[LoadedTransformer, Asked]:
    """Which model reads, among the options, and what, in the boxes. Raises Refusal where the model cannot be loaded."""
    try:
        with options:
            loaded = ask_transformer(forgotten, SHIPPED)
    except Refusal:
        with boxes:
            ask_text("encoder", "")  # what was typed stays where it is
        raise
    with boxes:
        return loaded, ask_text(loaded.kind, loaded.key)


def ask_text(kind: str, model: str) -> Asked:
    """The boxes with the examples under them; what is typed in them is never lost.

    For a model of this kind and key; what the examples show, they show in the heads of a shipped one.
    """
    offered = examples(model)
    second = None
    with st.container(horizontal=True, vertical_alignment="center"):
        first = _box("text", offered[0].text, _("Type a sentence"))
        if kind != "decoder":  # which reads on and on, and knows no second sentence
            names = {"one": _("one sentence"), "pair": _("a pair")}
            mode = st.segmented_control(
                _("How many sentences"), list(names), required=True, label_visibility="collapsed",
                format_func=names.__getitem__,
                **linked("mode", "one", one_of(list(names)), write=_change_mode),
            )  # fmt: skip
    if kind != "decoder" and mode == "pair":
        prompt = _("Type what it is made to write") if kind == "encoder-decoder" else _("Type a second sentence")
        second = _box("pair", "", prompt)
    with st.container(horizontal=True, key="examples"):
        for example in offered:
            if not (example.pair and kind == "decoder"):
                button(example.name, _choose, example, model)
    chosen = next((one for one in offered if (one.text, one.pair or None) == (first, second)), None)
    if chosen and model in SHIPPED:
        st.caption(chosen.point)
    return Asked(first, second, chosen.query - 1 if chosen else None)


def _box(name: str, usual: str, prompt: str) -> str:
    # The box may hold more than is read, and keeps it: nothing that was typed is lost. The address holds what is read.
    linked_to = read(name, usual, text(MOST_CHARACTERS))
    link = hold(f"{name}_box", linked_to, partial(_write_text, name), _kept)
    st.text_input(prompt, placeholder=prompt, label_visibility="collapsed", **link)
    return linked_to


def _kept(typed: str) -> str:
    """What of a box is read."""
    return typed.replace("\0", "")[:MOST_CHARACTERS]


_OF_THE_TEXT = ("query", "key", "number", "masked")  # parameters that mean nothing for another text
OF_THE_MODEL = (*_OF_THE_TEXT, "part", "layer", "head", "silent", "lens", "score")  # and for another model


def forgotten(source: str) -> list[str]:
    """The parameters that mean nothing once `source` reads; an example of another model is one of them."""
    own, other = {one.text for one in examples(source)}, {one.text for key in SHIPPED for one in examples(key)}
    is_others = visit().place.get("text") in other - own
    return [*OF_THE_MODEL, *(("text", "pair", "mode") if is_others else ())]


def _write_text(name: str, typed: str) -> None:
    put(_OF_THE_TEXT, **{name: _kept(typed)})


def _change_mode(mode: str) -> None:
    put(_OF_THE_TEXT, mode=mode)


def _choose(example: Example, model: str) -> None:
    st.session_state["plays"] = plays() + 1  # so that the example that is shown already plays again
    put(
        _OF_THE_TEXT, text=example.text, pair=example.pair or None, mode="pair" if example.pair else None,
        layer=example.layer if model in SHIPPED else None, head=example.head if model in SHIPPED else None,
        part=None, words=None,
    )  # fmt: skip


def say_left_out(asked: Asked, trace: AttentionTrace) -> None:
    """A word about what is too long to be read, with the place of the cut."""
    boxes = [st.session_state[f"{name}_box"] for name in ("text", "pair") if asked.pair is not None or name == "text"]
    beyond = [box.replace("\0", "")[MOST_CHARACTERS:] for box in boxes]
    if trace.left_out:
        sentence = _(
            "That is long: {read} tokens are read, the most that can be here. Left out is all from “{start}” on."
        )
    elif any(beyond):
        sentence = _("That is long: {most} characters are read. Left out is all from “{start}” on.")
    else:
        return
    count = len(next(iter(trace.parts.values())).queries)
    start = (trace.left_out or next(filter(None, beyond))).lstrip()[:40]
    st.info(plain(sentence.format(read=count, most=MOST_CHARACTERS, start=start)))
