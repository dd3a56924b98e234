"""How a tokenizer cuts a typed text, and for which of the typed characters each token stands."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from seqviz.traces.refusal import N_, Refusal

if TYPE_CHECKING:
    from tokenizers import Encoding
    from transformers import PreTrainedTokenizerBase

Span = tuple[int, int]


@dataclass(frozen=True)
class Tokens:
    """One sequence as a model reads it, in the characters that were typed."""

    texts: tuple[str, ...]  # "un", "believ", "able": no ## and no Ġ; a special token by its own name, "[CLS]"
    spans: tuple[Span | None, ...]  # where in the typed text; None for a special token
    words: tuple[int, ...]  # tokens with the same number are pieces of one word; a special token is a word of its own
    segments: tuple[int, ...]  # 0 for the first sentence, 1 for the second of a pair
    special: np.ndarray  # (T,) bool
    typed: tuple[str, ...] = ()  # each sentence as far as it is read; what the spans are of

    def __len__(self) -> int:
        """T, the number of tokens."""
        return len(self.texts)

    def in_words(self) -> "Tokens":
        """The words that these tokens are pieces of, as tokens themselves, numbered 0, 1, …"""
        first = [i for i, word in enumerate(self.words) if i == 0 or word != self.words[i - 1]]
        texts, spans = [], []
        for i, last in zip(first, [*(i - 1 for i in first[1:]), len(self) - 1], strict=True):
            text, span, ends = self.texts[i], self.spans[i], self.spans[last]
            if i < last and span is not None and ends is not None:
                chars = self.typed[self.segments[i]][span[0] : ends[1]]
                chars = chars.lstrip(" ") or chars
                text, span = readable(chars), (ends[1] - len(chars), ends[1])
            texts.append(text)
            spans.append(span)
        segments = tuple(self.segments[i] for i in first)
        return Tokens(tuple(texts), tuple(spans), tuple(range(len(first))), segments, self.special[first], self.typed)


@dataclass(frozen=True)
class Reading:
    """As much of a text as is read."""

    encoding: "Encoding"  # what the tokenizer made of it, special tokens included
    tokens: Tokens
    left_out: str  # what was typed beyond; of a pair both rests, the second on a new line


_CHARACTERS_A_TOKEN = 50
"""More of them are not read, on average: to cut a whole megabyte into tokens would take seconds."""

_LONGEST_SHOWN = 40
"""More characters of one token are not shown: an unknown word may be as long as a page."""

# A tokenizer changes its own settings, on its first call and while it cuts what is to be written (NLLB's, mBART's).
_LOCK = Lock()


def read(
    tokenizer: "PreTrainedTokenizerBase", text: str, pair: str | None, most: int, written: bool = False
) -> Reading:
    """Cut a text, or a pair of sentences, into at most so many tokens, special ones included.

    A text that is too long is shortened to the longest beginning that fits, of a pair the longer one first, and read as
    if no more had been typed. `written`: as a decoder is to write it, where the tokenizer makes a difference.

    Raises ValueError for a tokenizer that does not say for which characters a token stands; Refusal for a text without
    tokens, and where `most` leaves no room for it.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise ValueError(
            f"{type(tokenizer).__name__} does not say for which characters a token stands: load a fast tokenizer."
        )
    names = ("text_target", "text_pair_target") if written else ("text", "text_pair")

    def encode(*texts: str, special: bool = False) -> "Encoding":
        with _LOCK:
            named = dict(zip(names, texts, strict=False))
            return tokenizer(**named, add_special_tokens=special, verbose=False).encodings[0]

    typed = [text] if pair is None else [text, pair]
    try:
        "".join(typed).encode()
    except UnicodeEncodeError:
        raise ValueError("The text holds half a character (a lone surrogate), which no tokenizer reads.") from None
    room = most - tokenizer.num_special_tokens_to_add(pair is not None)
    if room < len(typed):
        message = N_(
            "At most {most} tokens leave no room for a text beside the special ones: allow more, or choose another "
            "model."
        )
        raise Refusal(message, most=most)
    parts = tuple(sentence[: room * _CHARACTERS_A_TOKEN] for sentence in typed)
    encoding = encode(*parts, special=True)
    if len(encoding) > most:
        parts = _shortened(encode, parts, room)
        encoding = encode(*parts, special=True)
    if not set(range(len(typed))) <= set(encoding.sequence_ids):
        raise Refusal(N_("There is nothing to read: the text has no tokens. Type another one."))
    rests = (sentence[len(part) :] for sentence, part in zip(typed, parts, strict=True))
    return Reading(encoding, _tokens(encoding, parts), "\n".join(filter(None, rests)))


def _shortened(encode: Callable[[str], "Encoding"], sentences: Sequence[str], room: int) -> tuple[str, ...]:
    """Beginnings of one sentence, or of two, that have together at most so many tokens."""
    if len(sentences) == 1:
        return (_beginning(encode, sentences[0], room),)
    first, second = sentences
    first = _beginning(encode, first, max(room // 2, room - len(encode(second))))
    return first, _beginning(encode, second, room - len(encode(first)))


def _beginning(encode: Callable[[str], "Encoding"], text: str, room: int) -> str:
    """The longest beginning of a text that has at most so many tokens."""
    found = encode(text)
    if len(found) <= room:
        return text
    # Ending there, it may be cut into other tokens, even more: so it is cut again until it fits.
    for _start, end in reversed(found.offsets[:room]):
        if len(encode(text[:end])) <= room:
            return text[:end]
    raise Refusal(
        N_("So few tokens leave no room for the first character of the text: allow more, or choose another model.")
    )


def _tokens(encoding: "Encoding", sentences: Sequence[str]) -> Tokens:
    texts: list[str] = []
    spans: list[Span | None] = []
    words: list[int] = []
    segments: list[int] = []
    shown = [_shown(encoding, number, sentence) for number, sentence in enumerate(sentences)]
    for piece, sentence in zip(encoding.tokens, encoding.sequence_ids, strict=True):
        text, span, goes_on = (piece, None, False) if sentence is None else next(shown[sentence])
        texts.append(text)
        spans.append(span)
        words.append(words[-1] + (not goes_on) if words else 0)
        segments.append(sentence if sentence is not None else segments[-1] if segments else 0)
    special = np.array([span is None for span in spans])
    return Tokens(tuple(texts), tuple(spans), tuple(words), tuple(segments), special, tuple(sentences))


def _shown(encoding: "Encoding", number: int, typed: str) -> Iterator[tuple[str, Span, bool]]:
    """For each token of one sentence its text, its span, and whether it goes on with the word of the token before.

    A character that was cut into several tokens, as bytes, stands on the first of them; the others are "…".
    """
    of_sentence = [sentence == number for sentence in encoding.sequence_ids]
    pieces, offsets = list(compress(encoding.tokens, of_sentence)), list(compress(encoding.offsets, of_sentence))
    starts = [start for start, _ in offsets[1:]] + [len(typed)]
    stood_for = {place for offset in offsets for place in range(*offset)}
    runs = _runs(typed)
    done = 0  # so many characters have been shown
    before: Span | None = None
    for piece, (start, end), following in zip(pieces, offsets, starts, strict=True):
        if following == start and not piece.strip("▁Ġ"):
            text, end = "␣", start  # the tokenizer's own space, which nobody typed
        elif end <= done:
            text = "…"
        else:
            start = max(start, done)
            while end < len(typed) and end not in stood_for and unicodedata.category(typed[end])[0] in "MC":
                end += 1  # an accent or a control character that the tokenizer dropped
            done = end
            if typed[start:end].strip():
                start, end = end - len(typed[start:end].lstrip()), start + len(typed[start:end].rstrip())
            text = readable(typed[start:end])
        goes_on = before is not None and (not typed[slice(*before)].strip(" ") or runs[start] == runs[before[1] - 1])
        yield text, (start, end), goes_on
        before = (start, end)


def _runs(typed: str) -> list[int]:
    """Numbers each run of letters and digits, of punctuation, of symbols or of white space, character by character.

    Tokenizers disagree on words: some join "end." and some cut "2026" into four. This is the same for all of them.
    """
    runs, before = [0], ""
    for char in typed:
        kind = "Z" if char.isspace() else unicodedata.category(char)[0].replace("N", "L")
        if kind in "MC" and before not in ("", "Z"):  # an accent, or what holds an emoji together
            kind = before
        runs.append(runs[-1] + (kind != before))
        before = kind
    return [*runs[1:], -1]


def readable(chars: str) -> str:
    """Characters so that one can see them: a space as ␣, an accent alone on ◌, what cannot be printed as in Python."""
    if len(chars) > _LONGEST_SHOWN:
        return readable(chars[: _LONGEST_SHOWN - 1]) + "…"
    if not chars.strip(" "):
        return "␣" * len(chars)
    if unicodedata.category(chars[0])[0] == "M":
        chars = "◌" + chars
    joiners = "\u200c\u200d" if len(chars) > 1 else ""
    return "".join(c if c.isprintable() or c in joiners else c.encode("unicode_escape").decode() for c in chars)
