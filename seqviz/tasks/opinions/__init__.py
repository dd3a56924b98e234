"""Opinions in one sentence each, written by hand and labelled, and how any labelled texts are split for training.

README.md is their data card.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from seqviz.tasks.sentiment import split_words
from seqviz.traces.refusal import N_, Refusal

SHARES = {"training": 0.6, "validation": 0.15, "test": 0.25}
TOPICS = ("film", "food", "product", "travel", "school")
MARKS = ("negation", "contrast", "irony")
ALIKE = 0.5  # share of common words from which on two texts count as versions of one
FEWEST = 20  # texts of each label that a split needs
MOST = 1000  # texts: the similarities of all pairs are looked at


@dataclass(frozen=True)
class Opinion:
    """A sentence that speaks for something or against it; uploaded ones have no topic and no marks."""

    text: str
    is_positive: bool
    part: str  # "training", "validation" or "test"
    topic: str = ""  # one of TOPICS
    marks: frozenset[str] = frozenset()  # of MARKS: what makes it hard to read word by word


@cache
def load_opinions(language: str) -> tuple[Opinion, ...]:
    """The shipped opinions in "en" or "es", with the part that each belongs to for good."""
    with (Path(__file__).parent / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return tuple(
        Opinion(row["text"], row["label"] == "positive", row["part"], row["topic"], marks_of(row["marks"]))
        for row in rows
    )


def marks_of(column: str) -> frozenset[str]:
    """Marks as the file lists them, with commas; "-" is none."""
    return frozenset(column.split(",")) - {"-"}


def split_opinions(texts: Sequence[str], labels: Sequence[bool], seed: int = 0) -> tuple[Opinion, ...]:
    """Any labelled texts as opinions, 60 : 15 : 25, in each part as many positive ones as in the whole.

    Raises Refusal for fewer than FEWEST texts of a label, and for more than MOST texts.
    """
    if min(sum(labels), len(labels) - sum(labels)) < FEWEST or len(texts) > MOST:
        raise Refusal(
            N_("A table of {count} texts: it needs at least {fewest} of each label, and at most {most} in all."),
            count=len(texts),
            fewest=FEWEST,
            most=MOST,
        )
    parts = split(texts, [[str(label)] for label in labels], seed)
    return tuple(map(Opinion, texts, labels, parts))


def split(texts: Sequence[str], properties: Sequence[Sequence[str]], seed: int) -> list[str]:
    """The part that each text goes to, so that each property is spread over the parts as SHARES says.

    Each text in turn, rare properties first, goes where most is missing of what it has: iterative stratification
    (Sechidis, Tsoumakas & Vlahavas 2011). Texts that are alike go together.
    """
    total = Counter(name for names in properties for name in names)
    missing = {part: dict.fromkeys(total, 1.0) for part in SHARES}  # share of what the part is to have
    members: dict[int, list[int]] = {}
    for row, group in enumerate(groups_of(texts)):
        members.setdefault(int(group), []).append(row)
    groups = list(members.values())
    np.random.default_rng(seed).shuffle(groups)
    groups.sort(key=lambda rows: (-len(rows), min(total[name] for row in rows for name in properties[row])))
    found = [""] * len(texts)
    for rows in groups:
        names = [name for row in rows for name in properties[row]]
        part = max(SHARES, key=lambda part: sum(missing[part][name] for name in names))
        for name in names:
            missing[part][name] -= 1 / (SHARES[part] * total[name])
        for row in rows:
            found[row] = part
    return found


def groups_of(texts: Sequence[str]) -> np.ndarray:
    """(N,): texts that are alike, or linked by others that are, have the same number."""
    from scipy.sparse.csgraph import connected_components

    return connected_components(similarity(texts) >= ALIKE, directed=False)[1]


def similarity(texts: Sequence[str]) -> np.ndarray:
    """(N, N) from 0 to 1: how many of the words of two texts are in both (Jaccard 1912); 1 where neither has words."""
    from sklearn.feature_extraction.text import CountVectorizer

    words = [sorted({word.key for word in split_words(text)}) for text in texts]
    vectorizer = CountVectorizer(analyzer=lambda words: words, binary=True)
    has = vectorizer.fit_transform(words).astype(np.int32)  # (N, V)
    both = (has @ has.T).toarray()
    sizes = both.diagonal()
    either = sizes[:, None] + sizes - both
    return np.where(either, both / np.maximum(either, 1), 1.0)
