"""What Spanish patterns are made of: the notation of spanish.toml, and what fills each slot in the form that agrees."""

import random
import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate, chain
from typing import Any, NamedTuple

from seqviz.tasks.sentiment.spanish_inflection import (
    LEXICON,
    adjective,
    adjective_before_noun,
    agreeing,
    conjugate,
    lines_of,
    mass_agreement,
    plural,
    superlative,
    words_of,
)

POLARITIES = ("negative", "positive")
_WEIGHT = re.compile(r"(?:(\d+)x )?(.*)")  # a line's weight, and the line


class Piece(NamedTuple):
    """One element of a pattern: a word, a slot, or a choice of sequences; `turns` where a star stood."""

    word: str = ""
    slot: str = ""
    choices: tuple[tuple["Piece", ...], ...] = ()
    turns: bool = False


class Weighted(NamedTuple):
    """Things to draw from, with their cumulative weights."""

    items: tuple[Any, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[object, float]]) -> "Weighted":
        """From things with a weight each."""
        items, weights = zip(*pairs, strict=True)
        return cls(items, tuple(accumulate(weights)))

    def draw(self, rng: random.Random) -> Any:
        """One of the things."""
        if self.weights[-1] == len(self.items):  # all alike, which is faster
            return self.items[int(rng.random() * len(self.items))]
        return rng.choices(self.items, cum_weights=self.weights)[0]


def parse(text: str) -> tuple[Piece, ...]:
    """Read a pattern."""
    stack: list[list[list[Piece]]] = [[[]]]  # open brackets, their alternatives, the pieces of each
    for token in re.findall(r"\{\w+\}\*?|\||\)\*?|\(|[^\s(){}|]+", text):
        turns = token.endswith("*")
        if token == "(":
            stack.append([[]])
        elif token == "|":
            stack[-1].append([])
        elif token[0] == ")":
            choices = tuple(tuple(sequence) for sequence in stack.pop())
            stack[-1][-1].append(Piece(choices=choices, turns=turns))
        elif token[0] == "{":
            stack[-1][-1].append(Piece(slot=token.strip("{}*"), turns=turns))
        else:
            stack[-1][-1].append(Piece(word=token.removesuffix("*"), turns=turns))
    return tuple(stack[0][0])


def parse_lines(lines: Iterable[str]) -> Weighted:
    """Read patterns, each after its weight where it has one."""
    found = [_WEIGHT.findall(line)[0] for line in lines]
    return Weighted.of((parse(text), float(weight or 1)) for weight, text in found)


def pieces_of(patterns: Iterable[Iterable[Piece]]) -> Iterable[Piece]:
    """Every piece of some patterns, those inside choices too."""
    for piece in chain.from_iterable(patterns):
        yield piece
        yield from pieces_of(piece.choices)


class Noun(NamedTuple):
    """A noun one can have an opinion on: its form, its agreement, and what kind of thing it is."""

    word: str
    agreement: int
    kind: str


@cache
def nouns() -> tuple[tuple[Noun, ...], ...]:
    """All topics by kind, the singular of each three times as often as the plural."""
    return tuple(tuple(_nouns_of(kind)) for kind in LEXICON["topics"])


def _nouns_of(kind: str) -> Iterable[Noun]:
    for feminine, gender in enumerate("mf"):
        for word in words_of("topics", kind, gender):
            yield from [Noun(word, feminine, kind)] * 3
            yield Noun(plural(word), feminine + 2, kind)


def _adjective_lines(polarity: str, agreement: int, kind: str, unseen: bool) -> list[str]:
    """About as many adjectives of this kind of thing, by weight, as general ones; or the held-out ones."""
    if unseen:
        return [adjective(word)[agreement] for word in words_of("held_out", polarity)]
    general, special = (words_of("adjectives", group, polarity) for group in ("general", kind))
    weight = round(len(general) / len(special) + 0.5)
    return [
        *(adjective(word)[agreement] for word in general),
        *(f"{weight}x {adjective(word)[agreement]}" for word in special),
    ]


def _verbs(group: str, polarity: str) -> list[dict[str, str]]:
    """The conjugated verbs of a group."""
    return [conjugate(entry) for entry in words_of("verbs", group, polarity)]


def _third_person(verb: dict[str, str], agreement: int) -> list[str]:
    """What a thing or several do, in the tenses of a review."""
    person, auxiliary = ("3p", "han") if agreement > 1 else ("3s", "ha")
    return [
        f"5x {verb['preterite ' + person]}",
        f"4x {verb['present ' + person]}",
        verb["imperfect " + person],
        f"{auxiliary} {verb['participle']}",
    ]


def _first_person(verb: dict[str, str], pronouns: tuple[str, str] = ("", "")) -> list[str]:
    """What the speaker does, alone or with others."""
    one, many = pronouns
    return [
        f"4x {one}{verb['preterite 1s']}",
        f"4x {one}{verb['present 1s']}",
        f"2x {many}{verb['preterite 1p']}",
        f"{many}{verb['present 1p']}",
        f"{one}{verb['imperfect 1s']}",
        f"{one}he {verb['participle']}",
    ]


def _each(verbs: list[dict[str, str]], lines: Callable[..., list[str]], *arguments: object) -> list[str]:
    """The lines of all verbs."""
    return [line for verb in verbs for line in lines(verb, *arguments)]


def _noun_lines(polarity: str, genders: str = "mf") -> list[str]:
    """Nouns that are an opinion: desastre, joya."""
    return [line for gender in genders for line in lines_of("nouns", f"{polarity}_{gender}")]


def _with_article(polarity: str) -> list[str]:
    """The same after an article: un desastre, una joya."""
    return [
        re.sub(r"^(\d+x )?", rf"\g<1>{article} ", line, count=1)
        for article, gender in (("un", "m"), ("una", "f"))
        for line in _noun_lines(polarity, gender)
    ]


def _mass(polarity: str, stem: str = "") -> list[str]:
    """Qualities, each after the right form of `stem` if there is one."""
    qualities = words_of("qualities", polarity)
    return [f"{agreeing(stem, mass_agreement(noun))} {noun}" if stem else noun for noun in qualities]


def _nth_word(line: str, n: int) -> str:
    """The n-th word of a line, with the line's weight."""
    weight, words = re.findall(r"(\d+x )?(.*)", line)[0]
    return weight + words.split()[n]


ADJECTIVES = {"adj": None, "adjm": 0, "adjp": 2, "adjfp": 3}  # slot → its agreement; None: the subject's

# Slot → its lines, given the polarity of the word and the agreement of the subject.
OPINIONS: dict[str, Callable[[str, int], list[str]]] = {
    "feel": lambda p, a: [adjective(w)[g] for w in words_of("adjectives", "feeling", p) for g in (0, 1)],
    "feels": lambda p, a: [adjective(w)[g] for w in words_of("adjectives", "feeling", p) for g in (2, 2, 3)],
    "super": lambda p, a: [adjective(superlative(w))[a] for w in words_of("superlatives", p)],
    "before": lambda p, a: [adjective_before_noun(w)[a] for w in words_of("adjectives", "before", p)],
    "adv": lambda p, a: lines_of("adverbs", p),
    "adv_plain": lambda p, a: [line for line in lines_of("adverbs", p) if len(line.split("x ")[-1].split()) == 1],
    "noun": lambda p, a: _noun_lines(p),
    "un_noun": lambda p, a: _with_article(p),
    "quality": lambda p, a: _mass(p),
    "qualityf": lambda p, a: [noun for noun in _mass(p) if mass_agreement(noun) == 1],
    "much_quality": lambda p, a: _mass(p, "much"),
    "little_quality": lambda p, a: _mass(p, "poc"),
    "please": lambda p, a: _each(_verbs("please", p), _third_person, a),
    "please_participle": lambda p, a: [verb["participle"] for verb in _verbs("please", p)],
    "please_infinitive": lambda p, a: [verb["infinitive"] for verb in _verbs("please", p)],
    "value": lambda p, a: _each(_verbs("value", p), _first_person),
    "value3": lambda p, a: [verb[f"{tense} 3s"] for verb in _verbs("value", p) for tense in ("preterite", "present")],
    "reflex": lambda p, a: _each(_verbs("feel", p), _first_person, ("me ", "nos ")),
    "reflex_participle": lambda p, a: [verb["participle"] for verb in _verbs("feel", p)],
    "does": lambda p, a: _each(_verbs("do", p), _third_person, a),
    "emoji": lambda p, a: words_of("emoji", p),
}

# Slot → its lines, given the agreement of the subject.
AGREEING_NEUTRAL: dict[str, Callable[[int], list[str]]] = {
    "ser": lambda a: lines_of("copulas", "plural" if a > 1 else "singular"),
    "ser1": lambda a: lines_of("copulas", "singular"),
    "act": lambda a: _each(_verbs("act", "neutral"), _third_person, a),
    "excess": lambda a: [adjective(word)[a] for word in words_of("excess", "words")],
    "the": lambda a: [_nth_word(line, a) for line in lines_of("determiners", "definite")],
    "un": lambda a: [words_of("determiners", "indefinite")[a]],
    "definite": lambda a: [("el", "la", "los", "las")[a]],
}


@cache
def opinion(slot: str, polarity: int, agreement: int, kind: str, unseen: bool = False) -> Weighted:
    """What an opinion slot draws from; only adjectives depend on the kind of thing and can be held-out words."""
    name = POLARITIES[polarity]
    if slot in OPINIONS:
        return parse_lines(OPINIONS[slot](name, agreement))
    own = ADJECTIVES[slot]
    return parse_lines(_adjective_lines(name, agreement if own is None else own, kind, unseen))


@cache
def neutral(slot: str, agreement: int = 0) -> Weighted:
    """What a slot that says nothing draws from."""
    return parse_lines(AGREEING_NEUTRAL[slot](agreement) if slot in AGREEING_NEUTRAL else lines_of("neutral", slot))
