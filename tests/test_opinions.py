"""The shipped opinions: balanced, split for good, no sentence in two versions; and how uploaded texts are split."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from seqviz.tasks import opinions as module
from seqviz.tasks.opinions import (
    ALIKE,
    FEWEST,
    MARKS,
    MOST,
    SHARES,
    TOPICS,
    groups_of,
    load_opinions,
    similarity,
    split_opinions,
)

LANGUAGES = ("en", "es")
FEWEST_SHIPPED = {"en": 600, "es": 400}
FOLDER = Path(module.__file__).parent


def leaks(opinions, threshold=ALIKE):
    """Pairs of a test text and another one that share at least so many of their words."""
    alike = similarity([opinion.text for opinion in opinions]) >= threshold
    is_test = np.array([opinion.part == "test" for opinion in opinions])
    return [(opinions[i].text, opinions[j].text) for i, j in np.argwhere(alike & is_test[:, None] & ~is_test)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_opinions_and_all_values_are_allowed(language):
    opinions = load_opinions(language)
    assert len(opinions) >= FEWEST_SHIPPED[language]
    assert {opinion.topic for opinion in opinions} == set(TOPICS)
    assert {opinion.part for opinion in opinions} == set(SHARES)
    assert set().union(*(opinion.marks for opinion in opinions)) == set(MARKS)
    for opinion in opinions:
        assert opinion.text == " ".join(opinion.text.split()) and 2 <= len(opinion.text.split()) <= 40, opinion
    labels = {line.split("\t")[0] for line in (FOLDER / f"{language}.tsv").read_text(encoding="utf-8").splitlines()}
    assert labels == {"label", "positive", "negative"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_balanced_in_labels_topics_and_marks(language):
    opinions = load_opinions(language)
    positive = [opinion.is_positive for opinion in opinions]
    assert sum(positive) == len(positive) / 2
    groups = {"topic": lambda o: [(o.topic, o.is_positive)], "marks": lambda o: [(m, o.is_positive) for m in o.marks]}
    for part, share in SHARES.items():
        inside = [opinion for opinion in opinions if opinion.part == part]
        assert len(inside) == pytest.approx(share * len(opinions), abs=3)
        assert sum(opinion.is_positive for opinion in inside) == pytest.approx(len(inside) / 2, abs=1)
        for of in groups.values():
            whole = Counter(key for opinion in opinions for key in of(opinion))
            here = Counter(key for opinion in inside for key in of(opinion))
            for key, count in whole.items():
                assert here[key] == pytest.approx(share * count, abs=2), (part, key)
                assert here[key] > 0, (part, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_opinion_stands_there_twice_and_none_of_the_test_part_in_another_version(language):
    opinions = load_opinions(language)
    keys = Counter(re.sub(r"\W", "", opinion.text).lower() for opinion in opinions)
    assert [key for key, count in keys.items() if count > 1] == []
    assert leaks(opinions) == []


def test_a_version_of_a_test_opinion_would_be_found():
    opinions = list(load_opinions("en"))
    tested = next(o for o in opinions if o.part == "test" and len(o.text.split()) > 8)
    planted = module.Opinion(tested.text.rsplit(" ", 2)[0].upper() + " today.", tested.is_positive, "training")
    assert leaks([*opinions, planted]) == [(tested.text, planted.text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_data_card_says_what_is_in_the_file(language):
    column = 1 + LANGUAGES.index(language)
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in card.splitlines() if line[:1] == "|"]
    opinions = load_opinions(language)
    said = {row[0]: row[column] for row in rows if re.match(r"\d", row[column])}
    counts = {"all": len(opinions)}
    counts |= {f"{part} part": sum(o.part == part for o in opinions) for part in SHARES}
    counts |= {topic: sum(o.topic == topic for o in opinions) for topic in TOPICS}
    assert {name: int(number) for name, number in said.items() if "+" not in number} == counts
    marked = {mark: [o.is_positive for o in opinions if mark in o.marks] for mark in MARKS}
    marked["none"] = [o.is_positive for o in opinions if not o.marks]
    by_label = {mark: f"{sum(labels)} + {len(labels) - sum(labels)}" for mark, labels in marked.items()}
    assert {name: numbers for name, numbers in said.items() if "+" in numbers} == by_label


# ---- any texts


def test_similarity_by_hand():
    found = similarity(["Not good at all!", "good at all", "Bad", "…"])
    np.testing.assert_allclose(found[0], [1, 3 / 4, 0, 0])
    assert found[3, 3] == 1


def test_texts_that_are_linked_by_another_are_one_group():
    a, b, c, d = groups_of(["a b c d", "c d e f a b", "e f c d g h", "x y z"])
    assert a == b == c != d


def uploaded(count=100, positive=0.3):
    words = np.random.default_rng(0).integers(0, 2000, (count, 9))
    texts = [" ".join(f"w{word}" for word in row) for row in words]
    return texts, [i < positive * count for i in range(count)]


def test_an_uploaded_file_is_split_with_as_many_positive_texts_in_each_part():
    texts, labels = uploaded()
    opinions = split_opinions(texts, labels)
    assert [(opinion.text, opinion.is_positive) for opinion in opinions] == list(zip(texts, labels, strict=True))
    found = Counter((opinion.part, opinion.is_positive) for opinion in opinions)
    for part, share in SHARES.items():
        assert found[part, True] == pytest.approx(share * 30, abs=1)
        assert found[part, False] == pytest.approx(share * 70, abs=1)
    assert split_opinions(texts, labels) == opinions
    assert split_opinions(texts, labels, seed=1) != opinions


def test_versions_of_one_uploaded_text_go_to_one_part():
    texts, labels = uploaded(60, 0.5)
    versions = [f"{text} {end}" for text in texts for end in ("today", "!", "now", "indeed")]
    parts = [opinion.part for opinion in split_opinions(versions, [label for label in labels for _ in range(4)])]
    assert set(parts) == set(SHARES)
    assert all(len(set(parts[start : start + 4])) == 1 for start in range(0, len(parts), 4))


def test_too_few_texts_of_a_label_and_too_many_in_all_are_refused():
    texts, labels = uploaded(100, FEWEST / 100)
    assert len(split_opinions(texts, labels)) == 100
    with pytest.raises(ValueError, match="at least 20"):
        split_opinions(texts, [*labels[1:], False])
    with pytest.raises(ValueError, match="at most 1000"):
        split_opinions(["text"] * (MOST + 1), [i % 2 == 0 for i in range(MOST + 1)])
