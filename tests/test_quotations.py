"""Texts with quotations: what is inside them, and that inside and outside are made of the same clauses."""

import random
import re

import pytest

from seqviz.tasks.quotations import ENGLISH, GRAMMARS, SPANISH, inside

CODES = list(GRAMMARS)


def texts(code, longest=None, count=300, length=300):
    rng = random.Random(5)
    return [GRAMMARS[code].text(rng, length, longest) for _ in range(count)]


def sentences(code, longest=None, count=300):
    """Whole sentences: the last of each text is cut off."""
    return [sentence for text in texts(code, longest, count) for sentence in text.split(". ")[:-1]]


@pytest.mark.parametrize(
    ("grammar", "text", "flags"),
    [
        (ENGLISH, "a “b c” d", "  xxxx   "),
        (ENGLISH, "“a” “b”", "xx  xx "),
        (ENGLISH, "a” b", "    "),  # closed without being opened
        (ENGLISH, "“a “b” c", "xxxxx   "),  # opened twice, it closes once
        (SPANISH, "a «b c» d", "  xxxx   "),
        (SPANISH, "a “b” c", "       "),  # another language's marks
        (ENGLISH, "", ""),
    ],
)
def test_inside_reaches_from_an_opening_mark_to_its_closing_one(grammar, text, flags):
    assert inside(text, grammar) == [flag == "x" for flag in flags]


@pytest.mark.parametrize("code", CODES)
def test_a_text_is_sentences_whose_quotations_close(code):
    grammar = GRAMMARS[code]
    for text in texts(code):
        assert len(text) == 300 and text == text.lower() and "  " not in text
        depth = 0
        for character in text:
            depth += (character == grammar.opening) - (character == grammar.closing)
            assert depth in (0, 1)
        for sentence in text.split(". ")[:-1]:
            marks = "".join(character for character in sentence if character in grammar.opening + grammar.closing)
            assert marks in ("", grammar.opening + grammar.closing)


@pytest.mark.parametrize("code", CODES)
def test_the_symbols_are_those_of_the_texts(code):
    symbols = GRAMMARS[code].symbols
    assert set("".join(texts(code))) == set(symbols)
    assert len(symbols) == len(set(symbols)) and symbols == "".join(sorted(symbols))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("longest", [1, 4])
def test_quotations_and_sentences_begin_short(code, longest):
    """The curriculum: as long inside as outside, else the length alone would tell where a clause stands."""
    grammar = GRAMMARS[code]
    drawn = sentences(code, longest)
    quoted = [sentence.split(grammar.opening)[1] for sentence in drawn if grammar.opening in sentence]
    plain = [sentence for sentence in drawn if grammar.opening not in sentence]
    assert {len(s.split()) for s in quoted} == {len(s.split()) for s in plain} == set(range(1, longest + 1))


@pytest.mark.parametrize("code", CODES)
def test_inside_and_outside_have_the_same_words(code):
    """Only a verb of saying that does nothing else ("says") is never quoted."""
    grammar = GRAMMARS[code]
    drawn = sentences(code, count=1000)
    quoted = [sentence.split(grammar.opening)[1] for sentence in drawn if grammar.opening in sentence]
    plain = [sentence for sentence in drawn if grammar.opening not in sentence]
    within, outside = (set(re.findall(r"\w+", " ".join(part))) for part in (quoted, plain))
    parts = (grammar.people, grammar.does, grammar.sees, grammar.things, grammar.places, grammar.times)
    complete = {word for part in parts for entry in part for word in entry.split()}
    assert complete <= within & outside
    assert not within & (set(grammar.says) - set(grammar.does))


@pytest.mark.parametrize("code", CODES)
def test_half_of_the_sentences_quote_and_a_seed_gives_the_same_text(code):
    drawn = sentences(code)
    share = sum(GRAMMARS[code].opening in sentence for sentence in drawn) / len(drawn)
    assert share == pytest.approx(0.5, abs=0.05)
    assert texts(code, count=3) == texts(code, count=3)
