"""What the attention lesson asks: a head, what stands beside it, what to change; and what it then says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import streamlit as st

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import between, flag, linked, one_of, put, read
from seqviz.lessons.attention.text import Asked, arrived_from_first, examples
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.analyses import entropy, in_words, joined, sentence_embedding
from seqviz.traces.attention import AttentionPart, AttentionTrace
from seqviz.traces.next_token import NextToken, percent
from seqviz.traces.printed import digits, fixed
from seqviz.traces.tokens import Tokens, readable

MOST_SILENT = 24  # heads at once


@dataclass(frozen=True)
class View:
    """What of a part is drawn: one head, over pieces or over words, with or without the special tokens."""

    pieces: AttentionPart  # as the model computed it
    part: AttentionPart  # the same, or over words
    head: tuple[int, int]  # layer and head, counted from 0
    cursor: tuple[int, int]  # query and key of `part`
    rows: np.ndarray  # (Tq,) bool: which queries are drawn
    columns: np.ndarray  # (Tk,) bool: which keys
    rests: int  # the query at which the gaze comes to rest by itself

    @property
    def queries(self) -> list[str]:
        """The queries that are drawn."""
        return list(compress(self.part.query_tokens, self.rows))

    @property
    def keys(self) -> list[str]:
        """The keys that are drawn."""
        return list(compress(self.part.key_tokens, self.columns))

    @property
    def is_in_words(self) -> bool:
        """Whether pieces are joined."""
        return self.part is not self.pieces

    @property
    def piece(self) -> int:
        """The query under the cursor; of a word in pieces the first."""
        words = self.pieces.queries.words
        return words.index(list(dict.fromkeys(words))[self.cursor[0]]) if self.is_in_words else self.cursor[0]

    @property
    def last_piece(self) -> int:
        """The query under the cursor; of a word in pieces the last."""
        words = self.pieces.queries.words
        return self.piece + words.count(words[self.piece]) - 1 if self.is_in_words else self.piece

    def hidden(self, matrix: np.ndarray) -> np.ndarray | None:
        """What of each row that is drawn of a matrix over pieces goes to keys that are not; None where all are."""
        if self.columns.all():
            return None
        return self.over(matrix)[self.rows][:, ~self.columns].sum(axis=1)

    @property
    def marked(self) -> tuple[int, int] | None:
        """Row and column of the cursor in what is drawn; None where it stands on something hidden."""
        query, key = self.cursor
        if not (self.rows[query] and self.columns[key]):
            return None
        return int(self.rows[:query].sum()), int(self.columns[:key].sum())

    def drawn(self, matrix: np.ndarray) -> np.ndarray:
        """As much of a matrix (…, Tq, Tk) over pieces as is drawn, over words where the reader wants words."""
        return self.shown(self.over(matrix))

    def over(self, matrix: np.ndarray) -> np.ndarray:
        """A matrix over pieces, over words where the reader wants words."""
        return joined(matrix, self.pieces.queries.words, self.pieces.keys.words) if self.is_in_words else matrix

    def shown(self, matrix: np.ndarray) -> np.ndarray:
        """A matrix over what `part` is over, without the rows and columns that are hidden."""
        if self.rows.all() and self.columns.all():
            return matrix
        return matrix[..., self.rows, :][..., self.columns]


def _write_words() -> None:
    put(words=st.session_state["words"], query=None, key=None)  # which count other things now


def usual_head(part: AttentionPart) -> tuple[int, int]:
    """The head to begin with: that of the first example, as far as the model has one."""
    layers, heads = part.weights.shape[:2]
    return min(examples()[0].layer, layers) - 1, min(examples()[0].head, heads) - 1


def ask_view(part: AttentionPart, asked: Asked) -> View:
    """How the part is drawn: two switches, and what the components wrote into the address."""
    layers, heads = part.weights.shape[:2]
    usual = usual_head(part)
    layer = read("layer", usual[0] + 1, between(1, layers)) - 1
    head = read("head", usual[1] + 1, between(1, heads)) - 1
    drawn, hides = part, False
    if any(len(set(tokens.words)) < len(tokens) for tokens in (part.queries, part.keys)):
        link = linked("words", False, flag) | {"on_change": _write_words, "args": ()}
        drawn = in_words(part) if st.toggle(_("join pieces into words"), **link) else part
    if part.keys.special.any():
        hides = st.toggle(_("hide special tokens"), **linked("hide", False, flag))
    rows, columns = (~(tokens.special & hides) for tokens in (drawn.queries, drawn.keys))
    rests = asked.rest_at if drawn is part else None
    rests = _last_word(drawn.queries) if rests is None else min(rests, len(rows) - 1)
    query = read("query", rests + 1, between(1, len(rows))) - 1
    largest = int((drawn.weights[layer, head, query] * columns).argmax())
    key = read("key", largest + 1, between(1, len(columns))) - 1
    return View(part, drawn, (layer, head), (query, key), rows, columns, rests)


def _last_word(tokens: Tokens) -> int:
    """Where a sentence's last word ends: special tokens and full stops look at little worth seeing."""
    words = [t for t, text in enumerate(tokens.texts) if not tokens.special[t] and any(c.isalnum() for c in text)]
    return words[-1] if words else len(tokens) - 1


SCORES = ("previous", "next", "self", "first", "separator", "same word", "prefix", "narrow", "wide", "ablation")
LENSES = ("value", "rollout", "gradient")
VIEWS = ("head", "model", "neuron")


def _or_first(offered: Sequence[str], known: Sequence[str]) -> Callable[[str], str]:
    """Accept what is known; what this text or model does not offer becomes the first that it does."""
    return lambda raw: raw if one_of(known)(raw) in offered else offered[0]


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
        **linked("score", names[0], _or_first(names, SCORES)),
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


def offer_heads(scores: np.ndarray, lowest: bool = False) -> None:
    """The heads with the largest (or smallest) scores (L, H) as buttons that lead to them."""
    order = np.argsort(scores if lowest else -scores, axis=None, kind="stable")
    found = [divmod(int(i), scores.shape[1]) for i in order if not np.isnan(scores.flat[i])]
    with st.container(horizontal=True, key="best"):
        for layer, head in found[:6]:
            number = float(scores[layer, head])
            score = fixed(number, digits(number)).replace("-", "−")
            label = _("layer {layer}, head {head}: {score}").format(layer=layer + 1, head=head + 1, score=score)
            st.button(label, key=f"best-{layer}-{head}", on_click=_look_at, args=(layer, head))


def _look_at(layer: int, head: int) -> None:
    put(layer=layer + 1, head=head + 1)


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
                **linked("silent", list[str](), _heads(names)) | {"on_change": _write_silent, "args": ()},
            )  # fmt: skip
    return (masked - 1,) if masked else (), silenced(part)


def say_changed(part: AttentionPart, masked: tuple[int, ...]) -> str:
    """What stands above the second run."""
    if not masked:
        return _("**With your change**")
    token = plain(part.query_tokens[masked[0]])
    return _("**With your change**: nobody may look at “{token}”").format(token=token)


def silenced(part: AttentionPart) -> tuple[tuple[int, int], ...]:
    """The heads that the address silences, layer and head from 0."""
    names = read("silent", list[str](), _heads(_names_of_heads(part))) if part.q is not None else []
    return tuple((int(layer) - 1, int(head) - 1) for layer, head in (name.split(".") for name in sorted(names)))


def _names_of_heads(part: AttentionPart) -> list[str]:
    layers, heads = part.weights.shape[:2]
    return [f"{layer}.{head}" for layer in range(1, layers + 1) for head in range(1, heads + 1)]


def _heads(names: Sequence[str]) -> Callable[[str], list[str]]:
    """Accept heads such as 4.2,5.11: layer and head, counted from 1."""

    def parse(raw: str) -> list[str]:
        heads = raw.split(",") if raw else []
        if len(heads) > MOST_SILENT or not set(heads) <= set(names):
            raise ValueError(raw)
        return heads

    return parse


def _name_of_head(name: str) -> str:
    layer, head = name.split(".")
    return _("layer {layer}, head {head}").format(layer=layer, head=head)


def _write_silent() -> None:
    put(silent=",".join(st.session_state["silent"]) or None)


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
        format_func=names.__getitem__, **linked("lens", next(iter(names)), _or_first(list(names), LENSES)),
    )  # fmt: skip


def ask_bertviz(part: AttentionPart, limits: dict[str, int], shows_neurons: bool) -> str | None:
    """Which of BertViz's views is drawn, if any; the limits are said before one waits."""
    names = {"head": _("head view"), "model": _("model view")} | ({"neuron": _("neuron view")} if shows_neurons else {})
    tokens = max(len(part.queries), len(part.keys))
    limit = _(
        "BertViz (Vig 2019) draws lines instead of cells. Its head view takes up to {head} tokens, its model and "
        "neuron views up to {model}; this text has {count}. They open within seconds, and answer the mouse only."
    )
    st.caption(limit.format(head=limits["head"], model=limits["model"], count=tokens))
    view = st.segmented_control(
        _("View"), list(names), label_visibility="collapsed",
        format_func=names.__getitem__, **linked("view", None, lambda raw: raw if one_of(VIEWS)(raw) in names else None),
    )  # fmt: skip
    if view and tokens > limits[view]:
        sentence = _("The {view} stops at {most} tokens: beyond that a browser needs half a minute. Shorten the text.")
        st.info(sentence.format(view=names[view], most=limits[view]))
        return None
    if view:
        st.caption(_what_to_do(view))
    return view


def _what_to_do(view: str) -> str:
    return {
        "head": _(
            "Point at a token to see its lines alone. Every colour is a head of the layer: a click on its square "
            "hides it or brings it back, a double click shows it alone."
        ),
        "model": _("Every picture is a head: a click enlarges it, another click closes it."),
        "neuron": _(
            "Point at a token on the left to see its lines alone; a click on the plus beside it opens the numbers "
            "that are multiplied."
        ),
    }[view]


def ask_temperature() -> float:
    """By what the logits are divided before the softmax."""
    return st.slider(
        _("Temperature: below 1 the likely gets likelier, above 1 all become more alike"), 0.1, 3.0, step=0.1,
        **linked("temperature", 1.0, between(0.1, 3.0)),
    )  # fmt: skip


def written(loaded: LoadedTransformer, token: int) -> str:
    """A token of the vocabulary as it would stand in a text, with the spaces that it begins or ends with."""
    text = str(loaded.tokenizer.decode([token]))
    inner = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    return readable(text) if not inner else "␣" * before + readable(inner) + "␣" * (len(text) - before - len(inner))


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
