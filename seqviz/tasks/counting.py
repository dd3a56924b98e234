"""Two languages that only a counter can read, aⁿbⁿ and nested brackets: after every step, could the word end here?

aⁿbⁿ after Gers & Schmidhuber (2001), who had an LSTM predict the next symbol, and Weiss, Goldberg & Yahav (2018), who
showed that an LSTM counts where a GRU cannot. The brackets ( ) are the Dyck language of one kind.
"""

import random
import re
import unicodedata

import numpy as np
import torch
from torch import Tensor

from seqviz.traces.refusal import N_, Refusal

AB, BRACKETS = "ab", "()"  # the symbols of each: the first counts up, the second counts down
END = "end"  # what a reader predicts, beside the symbols, where the word can end

_RUN = re.compile(r"(\S)(?:\^?(\d+))?\s*")


def parse(text: str, symbols: str) -> str:
    """Read a typed word: white space counts for nothing, A is a, and a20, a^20 and a²⁰ are twenty times a.

    Raises Refusal at the first thing that is something else, or asks for more than 999 times.
    """
    word = []
    for place, run in enumerate(_RUN.finditer(unicodedata.normalize("NFKC", text).lower())):
        if run[1] not in symbols or len(run[2] or "") > 3:
            raise Refusal(
                N_(
                    "Symbol {place}, “{text}”, is none that this reader knows: it reads only the symbols {symbols}. "
                    "A number up to 999 repeats the symbol before it: {first}20 is twenty of them."
                ),
                place=place + 1,
                text=run[0].strip()[:40],
                symbols=", ".join(f"“{symbol}”" for symbol in symbols),
                first=symbols[0],
            )
        word.append(run[1] * int(run[2] or 1))
    return "".join(word)


def encode(word: str, symbols: str) -> Tensor:
    """The inputs of a reader (T, 2): one for each symbol, 1 where the step is that symbol."""
    return torch.tensor([[float(step == symbol) for symbol in symbols] for step in word]).view(-1, len(symbols))


def counts(word: str, symbols: str) -> list[int]:
    """How many are open after every step: a's or brackets that wait for their partner; below 0, too many closed."""
    return np.cumsum([1 if step == symbols[0] else -1 for step in word]).tolist()


def mistakes(word: str, symbols: str, probabilities: np.ndarray) -> list[int]:
    """The steps after which a reader holds for likelier what is impossible: the end, or one more closing symbol.

    `probabilities` (T, 3) are of the two symbols and of the end. While some are open the word cannot end; when none is,
    nothing can be closed: after every step one of the two is possible, never both. From a step on that no word of the
    language has (an a after a b; more closed than opened) nothing is right, so nothing is wrong.
    """
    end = first_impossible(word, symbols)
    believes_end = probabilities[:, 2] > probabilities[:, 1]
    return [t for t, count in enumerate(counts(word, symbols)[:end]) if believes_end[t] != (count == 0)]


def first_impossible(word: str, symbols: str) -> int | None:
    """The first step that no word of the language has: an a after a b, more closed than opened; None in a beginning."""
    for t, count in enumerate(counts(word, symbols)):
        if count < 0 or (symbols == AB and word[max(0, t - 1) : t + 1] == "ba"):
            return t
    return None


def first_mistake(word: str, symbols: str, probabilities: np.ndarray) -> int | None:
    """The step at which a reader loses count, the first of its mistakes; None where there is none."""
    return min(mistakes(word, symbols, probabilities), default=None)


def nested(rng: random.Random, pairs: int) -> str:
    """A word of so many pairs of brackets, each such word as likely as any other.

    By the cycle lemma (Dvoretzky & Motzkin 1947): a shuffled row with one opening bracket too many has one turn in
    which it stays above zero all along; without its first bracket, that is the word.
    """
    row = [*"(" * (pairs + 1), *")" * pairs]
    rng.shuffle(row)
    depths = counts("".join(row), BRACKETS)
    start = len(depths) - depths[::-1].index(min(depths))  # behind the last of the lowest points
    return "".join(row[start:] + row[:start])[1:]
