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

from seqviz.tasks.task import FEATURE, MOST_CHARACTERS, MOST_STEPS, Example, Scale, Task, Typed, clean
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


# ---- typed


def kept(text: str, symbols: str) -> tuple[str, str]:
    """As typed where all of it is read, else its symbols one by one; what is no word is for `typed` to refuse."""
    text = clean(text)
    try:
        word = parse(text, symbols)
    except Refusal:
        return text[:MOST_CHARACTERS].rstrip(), ""
    is_all = len(word) <= MOST_STEPS and len(text) <= MOST_CHARACTERS
    return (text, "") if is_all else (word[:MOST_STEPS], word[MOST_STEPS:])


def typed(text: str, symbols: str) -> Typed | None:
    """A typed word of these symbols; None where there is none. Raises Refusal."""
    word = parse(text, symbols)[:MOST_STEPS]
    return Typed.of_known(word, encode(word, symbols))


_ENDS = Scale(N_("chance that the word ends here"), "100 %", "0 %", 0.0, 1.0, 0.5)
COUNT = Task(
    code="count",
    name=N_("count: aⁿbⁿ"),
    model="counting",
    prompt=N_("Type a word of a and b; a20 is twenty times a"),
    examples=(
        Example(N_("twelve and twelve"), "a12 b12", "LSTM"),
        Example(N_("beyond its training: thirty"), "a30 b30", "LSTM"),
        Example(N_("forty: too many for all"), "a40 b40", "LSTM"),
    ),
    scale=_ENDS,
    features=(FEATURE,),
    kept=lambda text: kept(text, AB),
    encode=lambda text, _look_up: typed(text, AB),
    follows=N_("follows the count of a's less b's"),
    symbols=AB,
)
NEST = Task(
    code="brackets",
    name=N_("brackets"),
    model="brackets",
    prompt=N_("Type brackets: ( and )"),
    examples=(
        Example(N_("in and out again"), "(()(()))(()())", "LSTM"),
        Example(N_("fifteen deep: deeper than its training"), "(15 )15", "LSTM"),
    ),
    scale=_ENDS,
    features=(FEATURE,),
    kept=lambda text: kept(text, BRACKETS),
    encode=lambda text, _look_up: typed(text, BRACKETS),
    follows=N_("follows the depth of the brackets"),
    symbols=BRACKETS,
)
