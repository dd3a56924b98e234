"""One sentence read by four: each against the reader itself, one word changed against a loop, what stands in."""

import numpy as np
import pytest

from seqviz.models.checkpoint import load_checkpoint
from seqviz.models.lane import read_lane, some_words, swap_effect
from seqviz.models.minilm import load_word_table
from seqviz.models.reading import encode_words, read_sequence

LANES = [f"sentiment-{code}-{reader}" for code in ("en", "es") for reader in ("rnn-even", "gru", "lstm", "transformer")]
SENTENCES = {"en": "the film was not bad at all", "es": "la película no estuvo nada mal"}


@pytest.fixture(scope="module")
def table():
    return load_word_table()


@pytest.fixture
def read(table):
    """A shipped reader and what it reads of a sentence."""

    def read(name, words=None):
        checkpoint = load_checkpoint(name)
        code = checkpoint.card.language
        words = words or SENTENCES[code].split()
        return checkpoint, encode_words(checkpoint, words, table if code == "en" else None)[0]

    return read


@pytest.mark.parametrize("name", LANES)
def test_a_lane_is_what_the_reader_says(name, read):
    checkpoint, inputs = read(name)
    lane = read_lane(checkpoint, inputs)
    whole = checkpoint.reader(inputs[None].double() if inputs.is_floating_point() else inputs[None])[0]
    np.testing.assert_allclose(lane.logits, whole.numpy(), atol=1e-12)
    np.testing.assert_allclose(lane.verdicts, whole.sigmoid().numpy(), atol=1e-12)
    np.testing.assert_allclose(lane.states @ lane.readout_weight + lane.readout_bias, lane.logits, atol=1e-12)
    assert lane.saliency.shape == (len(inputs),) * 2 and np.abs(lane.saliency).max() > 0.1
    assert lane.name == checkpoint.card.cell


@pytest.mark.parametrize("name", [name for name in LANES if "transformer" not in name])
def test_a_cell_reads_here_as_in_lesson_1(name, read):
    checkpoint, inputs = read(name)
    lane, reading = read_lane(checkpoint, inputs), read_sequence(checkpoint, inputs)
    np.testing.assert_allclose(lane.states, reading.layer.h, atol=1e-12)
    np.testing.assert_allclose(lane.verdicts, reading.readouts, atol=1e-12)
    assert lane.weights is None


def test_a_transformer_shows_where_its_heads_looked(read):
    checkpoint, inputs = read("sentiment-en-transformer")
    weights = read_lane(checkpoint, inputs).weights
    assert weights.shape == (2, 4, len(inputs), len(inputs))
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-12)


@pytest.mark.parametrize("name", LANES)
@pytest.mark.parametrize("step", [0, 4])
def test_the_effect_of_a_change_is_that_of_reading_again(name, step, read):
    checkpoint, inputs = read(name)
    _, others = read(name, ["good", "never", "xyzzy", "no"])
    expected = np.zeros(len(inputs))
    before = read_lane(checkpoint, inputs).verdicts
    for other in others:
        changed = inputs.clone()
        changed[step] = other
        expected += np.abs(read_lane(checkpoint, changed).verdicts - before) / len(others)
    found = swap_effect(checkpoint, inputs, step, others)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert not found[:step].any() and found[step] > 0


@pytest.mark.parametrize("name", LANES)
def test_a_word_in_its_own_place_changes_nothing(name, read):
    checkpoint, inputs = read(name)
    np.testing.assert_allclose(swap_effect(checkpoint, inputs, 2, inputs[2:3]), 0, atol=1e-12)


@pytest.mark.parametrize("code", ["en", "es"])
def test_the_four_look_words_up_alike_and_read_as_many_sentences(code):
    cards = [load_checkpoint(name).card for name in LANES if name.startswith(f"sentiment-{code}")]
    for key in ("vocabulary", "front", "inputs", "features", "units", "steps", "batch", "data"):
        assert len({getattr(card, key) for card in cards}) == 1, key
    for card in cards:
        assert card.scores_of_all_seeds.keys() == {"0", "1", "2"}
        for scores in card.scores_of_all_seeds.values():
            assert {"negation", "contrast", "long gap"} <= scores["heldout_by_tag"].keys()


def test_the_words_that_stand_in_are_spread_over_all_that_are_known():
    checkpoint = load_checkpoint("sentiment-en-gru")
    found = some_words(checkpoint, 40)
    assert len(set(found)) == 40 and sorted(found) == list(found) and set(found) <= checkpoint.words.keys()
    places = [checkpoint.words[word] for word in found]
    gaps = np.diff([*places, len(checkpoint.words) + places[0]])
    assert gaps.max() - gaps.min() <= 1
    assert list(some_words(checkpoint, 10**6)) == list(checkpoint.words)
