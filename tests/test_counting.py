"""aⁿbⁿ and brackets: what may be typed, what is open after every step, and where a reader loses count."""

import random
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqviz.tasks.counting import AB, BRACKETS, counts, encode, first_mistake, mistakes, nested, parse
from seqviz.traces.refusal import Refusal

# ---- typed


@pytest.mark.parametrize(
    ("text", "symbols", "word"),
    [
        ("aabb", AB, "aabb"),
        ("AABB", AB, "aabb"),
        (" a a\tb\nb ", AB, "aabb"),
        ("a3 b3", AB, "aaabbb"),
        ("a^3b^3", AB, "aaabbb"),
        ("a³b³", AB, "aaabbb"),
        ("a²⁰", AB, "a" * 20),
        ("a999", AB, "a" * 999),
        ("a0b1", AB, "b"),
        ("ba", AB, "ba"),
        ("（a", BRACKETS + "a", "(a"),
        ("(()) ()", BRACKETS, "(())()"),
        ("(3 )^2", BRACKETS, "((())"),
        ("", AB, ""),
        (" \n", AB, ""),
    ],
)
def test_what_is_typed_is_read(text, symbols, word):
    assert parse(text, symbols) == word


@pytest.mark.parametrize(
    ("text", "symbols", "place", "found"),
    [
        ("aacb", AB, 2, "c"),
        ("a3 x b3", AB, 1, "x"),
        ("a1000", AB, 0, "a1000"),
        ("aa" + "9" * 5000, AB, 1, "a" + "9" * 5000),
        ("3a", AB, 0, "3"),
        ("a^b", AB, 1, "^"),
        ("a-3", AB, 1, "-3"),
        ("ab 👩\u200d💻", AB, 2, "👩"),
        ("(a)", BRACKETS, 1, "a"),
        ("ab", BRACKETS, 0, "a"),
        ("[]", BRACKETS, 0, "["),
        ("a\0", AB, 1, "\0"),
        ("<script>", AB, 0, "<"),
    ],
)
def test_what_is_no_symbol_is_named_with_its_place(text, symbols, place, found):
    with pytest.raises(Refusal) as caught:
        parse(text, symbols)
    named = {"symbols": f"“{symbols[0]}”, “{symbols[1]}”", "first": symbols[0]}
    assert caught.value.facts == {"place": place + 1, "text": found[:40]} | named
    assert str(caught.value).startswith(f"Symbol {place + 1}, ")


@given(st.text(alphabet=AB))
def test_a_word_is_read_as_itself(word):
    assert parse(word, AB) == word


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        assert set(parse(text, AB)) <= set(AB)
    except Refusal as error:
        assert error.facts["place"] <= len(text) * 20 and error.facts["text"]


def test_a_reader_gets_one_number_for_each_symbol():
    assert encode("aab", AB).tolist() == [[1, 0], [1, 0], [0, 1]]
    assert encode(")(", BRACKETS).tolist() == [[0, 1], [1, 0]]
    assert encode("aab", AB).dtype == torch.float32 and encode("", AB).shape == (0, 2)


# ---- counted


@pytest.mark.parametrize(
    ("word", "symbols", "count"),
    [
        ("aaabbb", AB, [1, 2, 3, 2, 1, 0]),
        ("(()(()))()", BRACKETS, [1, 2, 1, 2, 3, 2, 1, 0, 1, 0]),
        ("b", AB, [-1]),
        ("())", BRACKETS, [1, 0, -1]),
        ("", AB, []),
    ],
)
def test_the_count_is_what_is_open(word, symbols, count):
    assert counts(word, symbols) == count


def ends(said):
    """Probabilities (T, 3) of a reader that holds the end for likelier, or one more closing symbol, at every step."""
    return np.array([(0.2, 0.1, 0.7) if end == "." else (0.2, 0.7, 0.1) for end in said])


@pytest.mark.parametrize(
    ("word", "symbols", "said", "wrong"),
    [
        ("aabb", AB, "---.", []),
        ("aabb", AB, "--..", [2]),
        ("aabb", AB, "----", [3]),
        ("aabb", AB, ".---", [0, 3]),
        ("aabbb", AB, "---.-", []),  # no word begins so: the last step has no right end
        ("aabbb", AB, "---..", []),
        ("aabab", AB, "---..", []),  # nor after "ba"
        ("b", AB, ".", []),
        ("()(())", BRACKETS, "-.---.", []),
        ("()(())", BRACKETS, "------", [1, 5]),
        ("())", BRACKETS, "-.-", []),
    ],
)
def test_a_mistake_is_a_wrong_end(word, symbols, said, wrong):
    assert mistakes(word, symbols, ends(said)) == wrong
    assert first_mistake(word, symbols, ends(said)) == (wrong[0] if wrong else None)


# ---- drawn


def test_nested_brackets_close_and_are_as_long_as_asked():
    rng = random.Random(0)
    for pairs in [1, 2, 3, 10, 40] * 20:
        word = nested(rng, pairs)
        depth = counts(word, BRACKETS)
        assert len(word) == 2 * pairs and depth[-1] == 0 and min(depth) >= 0


def test_every_word_of_brackets_is_as_likely():
    """There are 14 of four pairs (Catalan's number); each comes up 500 times of 7,000, give or take 22."""
    rng = random.Random(1)
    found = Counter(nested(rng, 4) for _ in range(7000))
    assert len(found) == 14
    assert all(abs(count - 500) < 110 for count in found.values())
