"""What of a pass is drawn: which attention, which head, over pieces or over words, and where the cursor stands."""

from dataclasses import dataclass
from itertools import compress
from weakref import WeakKeyDictionary

import numpy as np
import streamlit as st

from seqviz.frame.address import leave_to_the_picture, put
from seqviz.frame.language import _
from seqviz.frame.state import between, flag, linked, one_of, read
from seqviz.lessons.attention.examples import examples
from seqviz.lessons.attention.text import Asked
from seqviz.traces.analyses import in_words, joined
from seqviz.traces.attention import AttentionPart, AttentionTrace
from seqviz.traces.tokens import Tokens


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


def ask_part(trace: AttentionTrace) -> AttentionPart:
    """Which stack of layers is looked at; only an encoder-decoder has more than one."""
    if len(trace.parts) == 1:
        return next(iter(trace.parts.values()))
    names = {"encoder": _("encoder"), "decoder": _("decoder"), "cross": _("decoder looks at encoder")}
    part = st.segmented_control(
        _("Which attention"), list(trace.parts), required=True, label_visibility="collapsed",
        format_func=names.__getitem__,
        **linked("part", "encoder", one_of(list(trace.parts)), write=_write_part),
    )  # fmt: skip
    return trace.parts[part]


def _write_part(part: str) -> None:
    put(("layer", "head", "query", "key", "number"), part=part)


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
        link = linked("words", False, flag, write=_write_words)
        drawn = _in_words(part) if st.toggle(_("join pieces into words"), **link) else part
    if part.keys.special.any():
        hides = st.toggle(_("hide special tokens"), **linked("hide", False, flag))
    rows, columns = (~(tokens.special & hides) for tokens in (drawn.queries, drawn.keys))
    rests = asked.rest_at if drawn is part else None
    rests = _last_word(drawn.queries) if rests is None else min(rests, len(rows) - 1)
    query = read("query", rests + 1, between(1, len(rows))) - 1
    largest = int((drawn.weights[layer, head, query] * columns).argmax())
    key = read("key", largest + 1, between(1, len(columns))) - 1
    leave_to_the_picture("number")
    return View(part, drawn, (layer, head), (query, key), rows, columns, rests)


# The same object for the same part, for as long as the part is kept: what is made of it is then packed once.
_WORDS: WeakKeyDictionary[AttentionPart, AttentionPart] = WeakKeyDictionary()
_WITHOUT_SPECIAL: WeakKeyDictionary[AttentionPart, np.ndarray] = WeakKeyDictionary()


def _in_words(part: AttentionPart) -> AttentionPart:
    if part not in _WORDS:
        words = in_words(part)
        words.weights.setflags(write=False)  # sessions share it
        _WORDS[part] = words
    return _WORDS[part]


def without_special(part: AttentionPart) -> np.ndarray:
    """The weights of all heads without the special tokens."""
    if part not in _WITHOUT_SPECIAL:
        weights = part.weights[..., ~part.queries.special, :][..., ~part.keys.special]
        weights.setflags(write=False)
        _WITHOUT_SPECIAL[part] = weights
    return _WITHOUT_SPECIAL[part]


def _write_words(words: bool) -> None:
    put(("query", "key"), words=words)  # which count other things now


def _last_word(tokens: Tokens) -> int:
    """Where a sentence's last word ends: special tokens and full stops look at little worth seeing."""
    words = [t for t, text in enumerate(tokens.texts) if not tokens.special[t] and any(c.isalnum() for c in text)]
    return words[-1] if words else len(tokens) - 1
