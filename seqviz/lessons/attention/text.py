"""The text that a Transformer reads: one sentence or a pair, typed or chosen, and the pass of the model over it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import linked, one_of, put, read, text
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.analyses import head_scores, shares, value_weighted
from seqviz.traces.attention import AttentionPart, AttentionTrace, trace_attention
from seqviz.traces.effects import ablation, gradient_times_attention
from seqviz.traces.next_token import NextToken, next_token

SHIPPED = ("minilm", "induction-2", "induction-1")  # keys of models
MOST_CHARACTERS = 4_000  # that are read and stand in the address
MOST_TOKENS = 512  # that the page draws
MOST_BYTES = 80_000_000  # of one text's weights: MiniLM's of 512 tokens
MOST_ABLATED = 128  # tokens for which every head is silenced in turn: a few seconds


@dataclass(frozen=True)
class Example:
    """A text worth seeing with the head that shows its point: layer, head and query as people count them, from 1."""

    name: str
    text: str
    layer: int
    head: int
    query: int
    point: str  # what to look at
    pair: str = ""


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


def examples(model: str = "minilm") -> list[Example]:
    """Texts to begin with, the first of them on arrival, with what they show in the shipped model of this key.

    Of any other model there are MiniLM's texts, with MiniLM's layers, heads and queries.
    """
    return {"induction-2": _of_two_layers, "induction-1": _of_one_layer}.get(model, _of_minilm)()


def _of_minilm() -> list[Example]:
    return [
        Example(
            _("who is “it”?"), "The cat did not cross the street because it was too tired.", 4, 2, 10,
            _("In this head “it” looks at “cat”: that is who is meant."),
        ),
        Example(
            _("the word before"), "She put the small red cup on the kitchen table.", 1, 3, 6,
            _("Every word looks at the one before it, and at nothing else."),
        ),
        Example(
            _("a place to rest"), "Yesterday my sister cooked rice with vegetables for her friends.", 5, 6, 5,
            _("Nearly everybody looks at [CLS]: where a head finds nothing of its kind, its weight rests there."),
        ),
        Example(
            _("one comma more"), "While Anna dressed the baby spit up on the bed.", 3, 1, 6,
            _(
                "Without the comma one reads at first that Anna dressed the baby, and “baby” looks back at “dressed”. "
                "Click on the second “baby”, after the comma: it hardly does."
            ),
            "While Anna dressed, the baby spit up on the bed.",
        ),
        Example(
            _("a Spanish sentence, in pieces"), "El gato no cruzó la calle porque estaba muy cansado.", 1, 3, 18,
            _("The model knows English words only, and reads Spanish in pieces. Join them into words by the switch."),
        ),
    ]  # fmt: skip


_NAME = "harry potter met harry p"  # both models read both
_ROW = "z4kñ!7qm2 z4kñ!7q"


def _of_two_layers() -> list[Example]:
    return [
        Example(
            _("a name, once more"), _NAME, 2, 1, 24,
            _(
                "The last “p” looks at the “o” that came after the “p” before, and “o” is what it says comes next. It "
                "has never read a name, nor any word."
            ),
        ),
        Example(
            _("a row without sense, twice"), _ROW, 2, 1, 17,
            _("What it has seen once, it copies, whatever it is: a symbol looks at what came after it the first time."),
        ),
        Example(
            _("a Spanish title"), "Señor Quijote, señor Qui", 2, 1, 24,
            _("Any language will do, for it knows none. Capitals are read as small letters; ñ is a letter of its own."),
        ),
        Example(
            _("the helper in layer 1"), "the cat sat on the mat and the c", 1, 1, 6,
            _(
                "In layer 1 a symbol looks at the one before it, here “a” at “c”, and carries that along. So in layer "
                "2 the last “c” finds, of all letters, the one that has come after a “c”."
            ),
        ),
        Example(
            _("where it has to guess"), "la niña y el niño: la niñ", 2, 1, 25,
            _(
                "After “ñ” came “a”, and then “o”. A reader goes by “la”; this head looks only one symbol back, and "
                "is torn between the two."
            ),
        ),
        Example(
            _("nothing to copy"), "abcdefghij", 2, 1, 10,
            _("Nothing comes twice, so there is nothing to copy: the alphabet it does not know."),
        ),
    ]  # fmt: skip


def _of_one_layer() -> list[Example]:
    return [
        Example(
            _("a name, not copied"), _NAME, 1, 1, 24,
            _(
                "One layer cannot do it: where the last “p” looks, no symbol says yet what came before it. The model "
                "guesses among what it has seen."
            ),
        ),
        Example(
            _("a row without sense, not copied"), _ROW, 1, 1, 17,
            _("Trained as long on the same rows, and still it knows only which symbols there were."),
        ),
    ]  # fmt: skip


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
                **linked("mode", "one", one_of(list(names))) | {"on_change": _change_mode, "args": ()},
            )  # fmt: skip
    if kind != "decoder" and mode == "pair":
        prompt = _("Type what it is made to write") if kind == "encoder-decoder" else _("Type a second sentence")
        second = _box("pair", "", prompt)
    with st.container(horizontal=True, key="examples"):
        for example in offered:
            if not (example.pair and kind == "decoder"):
                st.button(example.name, on_click=_choose, args=(example, model))
    chosen = next((one for one in offered if (one.text, one.pair or None) == (first, second)), None)
    if chosen and model in SHIPPED:
        st.caption(chosen.point)
    return Asked(first, second, chosen.query - 1 if chosen else None)


def _write_part() -> None:
    put(part=st.session_state["part"], layer=None, head=None, **dict.fromkeys(("query", "key")))


def _kept(typed: str) -> str:
    """What of a box is read."""
    return typed.replace("\0", "")[:MOST_CHARACTERS]


def _box(name: str, usual: str, prompt: str) -> str:
    # The box may hold more than is read, and keeps it: nothing that was typed is lost. The address holds what is read.
    linked_to = read(name, usual, text(MOST_CHARACTERS))
    box = f"{name}_box"
    if box not in st.session_state or _kept(st.session_state[box]) != linked_to:
        st.session_state[box] = linked_to
    st.text_input(
        prompt, key=box, placeholder=prompt, label_visibility="collapsed",
        on_change=_write_text, args=(name,),
    )  # fmt: skip
    return linked_to


_OF_THE_TEXT = dict.fromkeys(("query", "key", "masked"))  # parameters that mean nothing for another text
OF_THE_MODEL = (*_OF_THE_TEXT, "part", "layer", "head", "silent", "lens", "score")  # and for another model


def forgotten(source: str) -> list[str]:
    """The parameters that mean nothing once `source` reads; an example of another model is one of them."""
    own, other = {one.text for one in examples(source)}, {one.text for key in SHIPPED for one in examples(key)}
    is_others = st.query_params.get("text") in other - own
    return [*OF_THE_MODEL, *(("text", "pair", "mode") if is_others else ())]


def _write_text(name: str) -> None:
    put(**{name: _kept(st.session_state[f"{name}_box"])}, **_OF_THE_TEXT)


def _change_mode() -> None:
    put(mode=st.session_state["mode"], **_OF_THE_TEXT)


def _choose(example: Example, model: str) -> None:
    st.session_state["plays"] = plays() + 1  # so that the example that is shown already plays again
    put(
        text=example.text, pair=example.pair or None, mode="pair" if example.pair else None,
        layer=example.layer if model in SHIPPED else None, head=example.head if model in SHIPPED else None,
        part=None, words=None, **_OF_THE_TEXT,
    )  # fmt: skip


def plays() -> int:
    """How many examples were chosen in this session."""
    return int(st.session_state.get("plays", 0))


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


def traced(
    loaded: LoadedTransformer, asked: Asked, masked: tuple[int, ...] = (), silenced: tuple[tuple[int, int], ...] = ()
) -> AttentionTrace:
    """The pass of a model over what was typed; kept for a while, since every move of the cursor asks for it again."""
    return _traced(loaded.key, asked.text, asked.pair, masked, silenced, _loaded=loaded)


@st.cache_resource(max_entries=6, show_spinner=False)
def _traced(
    key: str, text: str, pair: str | None, masked: tuple[int, ...], silenced: tuple[tuple[int, int], ...],
    _loaded: LoadedTransformer,
) -> AttentionTrace:  # fmt: skip
    trace = trace_attention(
        _loaded.model, _loaded.tokenizer, text, pair, most=_most(_loaded), masked=masked, silenced=silenced
    )
    for part in trace.parts.values():  # sessions share it
        part.weights.setflags(write=False)
    return trace


def _most(loaded: LoadedTransformer) -> int:
    """So many tokens that the weights of all heads stay within MOST_BYTES."""
    config = loaded.model.config
    heads = config.num_hidden_layers * config.num_attention_heads * (3 if loaded.kind == "encoder-decoder" else 1)
    return min(MOST_TOKENS, int((MOST_BYTES / (4 * heads)) ** 0.5))


def scored(loaded: LoadedTransformer, asked: Asked, part: AttentionPart) -> dict[str, np.ndarray]:
    """What each head does, (L, H) by the name of the score."""
    return _scored(loaded.key, asked.text, asked.pair, part.name, _part=part)


@st.cache_data(max_entries=32, show_spinner=False)
def _scored(key: str, text: str, pair: str | None, name: str, _part: AttentionPart) -> dict[str, np.ndarray]:
    return head_scores(_part)


def arrived_from_first(loaded: LoadedTransformer, asked: Asked, part: AttentionPart) -> float:
    """Which share of what arrives comes from the first token, on average over all heads and rows."""
    return _arrived_from_first(loaded.key, asked.text, asked.pair, part.name, _loaded=loaded, _part=part)


@st.cache_data(max_entries=32, show_spinner=False)
def _arrived_from_first(
    key: str, text: str, pair: str | None, name: str, _loaded: LoadedTransformer, _part: AttentionPart
) -> float:
    layers = (shares(value_weighted(_loaded.model, _part, layer)) for layer in range(len(_part.weights)))
    return float(np.mean([layer[..., 0].mean() for layer in layers]))


def ask_part(trace: AttentionTrace) -> AttentionPart:
    """Which stack of layers is looked at; only an encoder-decoder has more than one."""
    if len(trace.parts) == 1:
        return next(iter(trace.parts.values()))
    names = {"encoder": _("encoder"), "decoder": _("decoder"), "cross": _("decoder looks at encoder")}
    part = st.segmented_control(
        _("Which attention"), list(trace.parts), required=True, label_visibility="collapsed",
        format_func=names.__getitem__,
        **linked("part", "encoder", one_of(list(trace.parts))) | {"on_change": _write_part, "args": ()},
    )  # fmt: skip
    return trace.parts[part]


def ablated(loaded: LoadedTransformer, asked: Asked, tokens: int) -> np.ndarray | None:
    """The effect of silencing each head alone, (L, H); as many passes as heads, so none where there are many tokens."""
    if tokens > MOST_ABLATED:
        sentence = _("Silencing every head in turn stops at {most} tokens; this text has {count}. Shorten it.")
        st.info(sentence.format(most=MOST_ABLATED, count=tokens))
        return None
    with st.spinner(_("Silencing every head in turn …")):
        return _ablated(loaded.key, asked.text, asked.pair, _loaded=loaded)


@st.cache_data(max_entries=32, show_spinner=False)
def _ablated(key: str, text: str, pair: str | None, _loaded: LoadedTransformer) -> np.ndarray:
    return ablation(_loaded.model, _loaded.tokenizer, text, pair, most=_most(_loaded))


def gradients(loaded: LoadedTransformer, asked: Asked) -> np.ndarray:
    """Gradient × attention of every head, (L, H, T, T)."""
    return _gradients(loaded.key, asked.text, asked.pair, _loaded=loaded)


@st.cache_resource(max_entries=2, show_spinner=False)
def _gradients(key: str, text: str, pair: str | None, _loaded: LoadedTransformer) -> np.ndarray:
    return gradient_times_attention(_loaded.model, _loaded.tokenizer, text, pair, most=_most(_loaded))


def expected(loaded: LoadedTransformer, asked: Asked, token: int) -> NextToken:
    """What a decoder says comes after a token."""
    return _expected(loaded.key, asked.text, token, _loaded=loaded)


@st.cache_data(max_entries=32, show_spinner=False)
def _expected(key: str, text: str, token: int, _loaded: LoadedTransformer) -> NextToken:
    return next_token(_loaded.model, _loaded.tokenizer, text, token, most=_most(_loaded))
