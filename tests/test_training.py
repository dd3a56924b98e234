"""How readers are made, and the shipped ones: what their cards claim is computed again, and damage is noticed."""

import json
import math
import random
from functools import cache

import numpy as np
import pytest
import torch
from cards import small_card
from tasks_by_code import TASKS, typed

from seqviz.models import minilm
from seqviz.models.causal import CausalEncoder
from seqviz.models.checkpoint import FOLDER, Checkpoint, load_checkpoint
from seqviz.models.minilm import load_word_table
from seqviz.models.reader import CELLS, TRANSFORMER, new_reader
from seqviz.models.reading import encode_characters, encode_words, fold, read_sequence
from seqviz.tasks.counting import AB, BRACKETS, encode, first_mistake
from seqviz.tasks.marked_number import parse
from seqviz.tasks.marked_number import typed as marked_number_typed
from seqviz.tasks.quotations import GRAMMARS, inside
from seqviz.tasks.sentiment import split_words
from seqviz.tasks.task import MOST_CHARACTERS, MOST_STEPS, with_token
from seqviz.traces.refusal import Refusal
from seqviz.traces.whatif import Wipe
from seqviz.training import counting, marked_number, quotations, sentiment
from seqviz.training.recipes import RECIPES
from seqviz.training.sentiment import LANGUAGES, draw

SENTIMENT = [name for name in RECIPES if name.startswith("sentiment")]
MARKED_NUMBER = [name for name in RECIPES if name.startswith("marked")]
COUNTING = [name for name in RECIPES if name.startswith(("counting", "brackets"))]
QUOTATIONS = [name for name in RECIPES if name.startswith("quotations")]
READERS = [name for name in RECIPES if not name.startswith("induction")]  # whose tests are in test_prefix_matching.py


@cache
def table_of(code):
    return load_word_table() if LANGUAGES[code].front == "vectors" else None


@cache
def shipped(name):
    return load_checkpoint(name)


@cache
def drawn(code, count, options):
    return draw(LANGUAGES[code], count, **dict(options))


def same_bits(reader, other):
    weights, others = reader.state_dict(), other.state_dict()
    return weights.keys() == others.keys() and all(torch.equal(weights[name], others[name]) for name in weights)


# ---- made again, smaller


def small_reader(code, sentences, steps):
    """A reader trained on these sentences, with a card that names their words."""
    vocabulary = sentiment.vocabulary_of(sentences, table_of(code))
    reader = sentiment.train(LANGUAGES[code], "LSTM", sentences, vocabulary, table_of(code), 0, steps)
    return Checkpoint(reader.double(), small_card(vocabulary=" ".join(vocabulary)))


def share_right(checkpoint, code):
    """The share of 600 held-out sentences that a reader gets right."""
    heldout = drawn(code, 600, (("seed", 2), ("heldout", True)))
    found = sentiment.verdicts(checkpoint, [sentence.words for sentence in heldout], table_of(code))
    return sum((v[-1].item() > 0.5) == bool(s.label) for v, s in zip(found, heldout, strict=True)) / len(heldout)


@pytest.mark.parametrize(("code", "sentences", "steps", "share"), [("en", 4000, 300, 0.82), ("es", 12_000, 1200, 0.7)])
def test_a_small_reader_learns_and_comes_out_the_same_again(code, sentences, steps, share):
    """Measured: .89 in English, .82 in Spanish, whose words it learns one by one; untrained, both are at .50."""
    data = draw(LANGUAGES[code], sentences, seed=1, heldout=False)
    once, again = (small_reader(code, data, steps=60) for _ in range(2))
    assert same_bits(once.reader, again.reader)
    assert share_right(small_reader(code, data, steps), code) > share


def test_a_small_memory_learns_and_comes_out_the_same_again():
    """Measured: R² .926 at gap 10 after 500 steps of the 2,500; 0 is no better than the mean."""
    first, again, other = (marked_number.train("LSTM", seed, steps=500) for seed in (0, 0, 1))
    assert marked_number.score(first)["r2_by_gap"]["10"] > 0.8
    assert same_bits(first, again) and not same_bits(first, other)


def scored(train, score, task, steps, **card):
    """The scores of a small reader of symbols; the same seed gives the same one, another seed other weights."""
    first, again, other = (train(task, "LSTM", seed, steps=20) for seed in (0, 0, 1))
    assert same_bits(first, again) and not same_bits(first, other)
    assert not same_bits(*(train(task, "LSTM", seed, steps=0) for seed in (0, 1)))
    reader = train(task, "LSTM", 0, steps=steps).double().requires_grad_(False)
    return score(Checkpoint(reader, small_card(readout="softmax", **card)), task)


def test_a_small_counter_learns_and_comes_out_the_same_again():
    """Measured after 250 steps of the 1,500: right to n = 33, |corr| .994; untrained, right to 0."""
    scores = scored(counting.train, counting.score, AB, 250, watched_output=2)
    assert scores["right_to"] >= 20 and scores["corr"] > 0.97


def test_a_small_reader_of_brackets_learns_and_comes_out_the_same_again():
    """Measured after 300 steps of the 1,500: .976 of the steps right, |corr| .986; untrained, .908 (no end at all)."""
    scores = scored(counting.train, counting.score, BRACKETS, 300, watched_output=2)
    assert scores["right"]["1-10"] > 0.95 and scores["corr"] > 0.95


def test_a_small_reader_of_characters_learns_and_comes_out_the_same_again():
    """Measured after 150 steps of the 3,000: 2.2 bits a character; untrained, 4.9, as if all were as likely."""
    grammar = GRAMMARS["en"]
    scores = scored(quotations.train, quotations.score, grammar, 150, watched_output=0, symbols=grammar.symbols)
    assert scores["bits"] < 2.6


# ---- the shipped ones


def test_every_recipe_has_its_two_files_and_every_file_its_recipe():
    files = {file.name for file in FOLDER.iterdir()}
    weights = {f"{name}.safetensors" if name in READERS else name for name in RECIPES}  # or a folder with more
    assert files == weights | {f"{name}.json" for name in RECIPES}


@pytest.mark.parametrize("name", READERS)
def test_a_shipped_reader_is_what_its_card_says(name):
    checkpoint = shipped(name)
    card = checkpoint.card
    assert checkpoint.name == card.name == name
    assert {"task", "units", "seed", "rule", "data", "scores", "date"} <= card.facts.keys()
    kind = TRANSFORMER if isinstance(checkpoint.reader.cell, CausalEncoder) else type(checkpoint.reader.cell).__name__
    assert kind == card.cell and name.removesuffix("-even").endswith(kind.lower())
    assert checkpoint.reader.readout.in_features == card.units
    assert not checkpoint.reader.training
    for weights in checkpoint.reader.parameters():
        assert weights.dtype == torch.float64 and not weights.requires_grad


@pytest.mark.parametrize("name", SENTIMENT)
def test_the_scores_of_a_card_are_those_of_its_reader(name, monkeypatch):
    """All of them, on the whole sets that the card's were computed on."""
    code, card = shipped(name).card.language, shipped(name).card
    monkeypatch.setattr(sentiment, "draw", lambda _, count, **options: drawn(code, count, tuple(options.items())))
    assert sentiment.score(shipped(name), LANGUAGES[code], code, table_of(code)) == card.scores


@pytest.mark.parametrize("name", SENTIMENT)
def test_a_sentiment_reader_reaches_what_was_aimed_at(name):
    card = shipped(name).card
    scores = card.scores
    assert scores["free_count"] >= 60
    assert scores["free"] >= {"en": 0.85, "es": 0.75}[card.language]
    assert scores["prefixes"]["before_any_evidence"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("name", SENTIMENT)
def test_the_vocabulary_of_a_card_is_that_of_the_training_sentences(name):
    card = shipped(name).card
    vocabulary, key = card.vocabulary.split(), str if card.front == "vectors" else fold
    assert vocabulary == sorted(set(vocabulary))
    trained_on = drawn(card.language, 10_000, (("seed", 1000), ("heldout", False)))
    assert {key(word) for sentence in trained_on for word in sentence.words} <= set(vocabulary)
    assert set(vocabulary) <= set(map(key, LANGUAGES[card.language].grammar.vocabulary()))
    assert card.inputs == (384 if card.front == "vectors" else len(vocabulary) + 1)


@pytest.mark.parametrize("name", MARKED_NUMBER)
def test_the_scores_of_a_memory_are_those_of_its_reader(name):
    checkpoint = load_checkpoint(name)  # its own copy: it was scored in float32
    card = checkpoint.card
    assert marked_number.score(checkpoint.reader.float()) == card.scores
    all_seeds = {int(seed): scores for seed, scores in card.scores_of_all_seeds.items()}
    assert all_seeds[card.seed] == card.scores
    assert marked_number.chosen(all_seeds) == card.seed


def test_the_rule_of_the_memories_wants_the_most_decided_gates_among_the_good_ones():
    def scored(r2, *saturated):
        return {"r2_by_gap": {"39": r2}} | ({"saturated": saturated[0]} if saturated else {})

    assert marked_number.chosen({0: scored(0.981, 0.4), 1: scored(0.985, 0.2), 2: scored(0.9, 0.9)}) == 0
    assert marked_number.chosen({0: scored(0.7), 1: scored(0.705), 2: scored(0.2)}) == 1


@pytest.mark.parametrize("name", COUNTING)
def test_the_scores_of_a_counter_are_those_of_its_reader(name):
    scores = shipped(name).card.scores
    assert counting.score(shipped(name), shipped(name).card.symbols) == scores
    merits = {int(seed): counting.merit(found) for seed, found in shipped(name).card.scores_of_all_seeds.items()}
    assert max(merits.values()) == merits[shipped(name).card.seed] == counting.merit(scores) and len(merits) >= 3


@pytest.mark.parametrize("name", QUOTATIONS)
def test_the_scores_of_a_reader_of_characters_are_its_own(name):
    card = shipped(name).card
    assert quotations.score(shipped(name), GRAMMARS[card.language]) == card.scores
    by_seed = {int(seed): found["inside"]["corr"] for seed, found in card.scores_of_all_seeds.items()}
    assert max(by_seed.values()) == by_seed[card.seed] == card.scores["inside"]["corr"] and len(by_seed) >= 3


@pytest.mark.parametrize("name", SENTIMENT)
def test_a_sentiment_card_compares_three_seeds(name):
    card = shipped(name).card
    assert card.scores_of_all_seeds.keys() == {"0", "1", "2"} and card.seed == 0
    for seed, found in card.scores_of_all_seeds.items():
        assert {"heldout", "unseen_words", "free", "held_for"} <= found.keys()
        assert seed != "0" or all(found[key] == card.scores[key] for key in found)


def ab(n):
    return "a" * n + "b" * n


def test_the_lstm_counts_and_the_others_lose_count_first():
    """Weiss, Goldberg & Yahav (2018): one unit of the LSTM's c is the count; all are trained to n = 20."""
    scores = {cell: shipped(f"counting-{cell.lower()}").card.scores for cell in CELLS}
    assert scores["LSTM"]["corr"] >= 0.997 and scores["LSTM"]["of"] == "c"
    assert max(scores["GRU"]["corr"], scores["RNN"]["corr"]) < 0.93
    assert scores["LSTM"]["right_to"] > max(20, scores["GRU"]["right_to"], scores["RNN"]["right_to"])
    assert min(found["right_to"] for found in scores.values()) >= 20
    assert shipped("brackets-lstm").card.scores["corr"] >= 0.997


@pytest.mark.parametrize("cell", CELLS)
def test_a_counter_loses_count_just_beyond_what_its_card_says(cell):
    checkpoint = shipped(f"counting-{cell.lower()}")
    right_to = checkpoint.card.scores["right_to"]

    def mistake(n):
        return first_mistake(ab(n), AB, read_sequence(checkpoint, encode(ab(n), AB)).probabilities)

    assert [mistake(n) for n in range(1, right_to + 1)] == [None] * right_to
    assert mistake(right_to + 1) is not None
    for n in range(1, right_to + 1):  # read right is more than that: there, and only there, the end is the likeliest
        likeliest = read_sequence(checkpoint, encode(ab(n), AB)).probabilities.argmax(axis=1).tolist()
        assert likeliest[-1] == 2 and 2 not in likeliest[:-1]


@pytest.mark.parametrize("name", QUOTATIONS)
def test_a_quotation_unit_is_where_the_card_says(name):
    """Against numpy on other texts than the card's: c in an LSTM, h elsewhere."""
    card = shipped(name).card
    grammar, found = GRAMMARS[card.language], card.scores["inside"]
    texts = [grammar.text(random.Random(seed), 150) for seed in range(20)]
    layers = [read_sequence(shipped(name), encode_characters(shipped(name), text)[0]).layer for text in texts]
    memory = np.concatenate([getattr(layer, found["of"])[:, found["unit"]] for layer in layers])
    flags = np.concatenate([inside(text, grammar) for text in texts])
    assert abs(np.corrcoef(memory, flags)[0, 1]) == pytest.approx(found["corr"], abs=0.06)


# ---- the next symbol


@pytest.mark.parametrize("name", [*COUNTING, *QUOTATIONS])
def test_the_watched_readout_is_one_share_of_the_softmax(name):
    checkpoint = shipped(name)
    card = checkpoint.card
    inputs = typed({AB: "a9b9", BRACKETS: "(()())"}.get(card.symbols, "the «x"), checkpoint).inputs
    for change in (None, Wipe(2)):
        reading = read_sequence(checkpoint, inputs, change)
        scores = checkpoint.reader.readout(torch.from_numpy(reading.layer.h))
        softmax = torch.softmax(scores, dim=1).numpy()
        np.testing.assert_allclose(reading.probabilities, softmax, atol=1e-12)
        np.testing.assert_allclose(reading.readouts, softmax[:, card.watched_output], atol=1e-12)
        score = reading.layer.h @ reading.readout_weight + reading.readout_bias
        np.testing.assert_allclose(score, scores[:, card.watched_output].numpy(), atol=1e-12)
        assert reading.readout_activation == "softmax"
    whole = checkpoint.reader(inputs[None].double() if inputs.is_floating_point() else inputs[None])[0]
    unchanged = read_sequence(checkpoint, inputs).probabilities
    np.testing.assert_allclose(unchanged, torch.softmax(whole, dim=1).numpy(), atol=1e-12)


def test_what_is_watched_is_one_of_the_outputs():
    for name in [*COUNTING, *QUOTATIONS]:
        card = shipped(name).card
        outputs = [*card.symbols, "end"] if name in COUNTING else [*card.symbols]
        assert card.outputs == len(outputs) == shipped(name).reader.readout.out_features
        assert outputs[card.watched_output] == card.watched


def test_a_reader_of_one_number_gives_no_probabilities():
    for name in ("marked-number-gru", "sentiment-es-lstm"):
        inputs = torch.ones(3, 3) if name.startswith("marked") else torch.tensor([1, 2, 3])
        reading = read_sequence(shipped(name), inputs)
        assert reading.probabilities is None


def test_more_outputs_leave_the_weights_of_the_cell_as_they_were():
    """Shipped weights were drawn before readers had several outputs; whoever trains them again must draw the same."""
    readers = []
    for outputs in (1, 3):
        torch.manual_seed(0)
        readers.append(new_reader("GRU", "numbers", 3, 3, 4, outputs=outputs))
    one, three = readers
    assert same_bits(one.cell, three.cell)
    torch.manual_seed(0)
    cell, readout = torch.nn.GRU(3, 4, batch_first=True), torch.nn.Linear(4, 1)
    assert same_bits(one.cell, cell) and same_bits(one.readout, readout)
    assert one(torch.zeros(2, 5, 3)).shape == (2, 5) and three(torch.zeros(2, 5, 3)).shape == (2, 5, 3)


# ---- damage


@pytest.fixture
def copied(tmp_path):
    """A folder that holds one checkpoint, and the paths of its card and its weights."""
    name = "marked-number-lstm"
    paths = tmp_path / f"{name}.json", tmp_path / f"{name}.safetensors"
    for path in paths:
        path.write_bytes((FOLDER / path.name).read_bytes())
    assert load_checkpoint(name, tmp_path).name == name
    return name, tmp_path, *paths


def assert_refused(name, folder, path):
    with pytest.raises(Refusal) as caught:
        load_checkpoint(name, folder)
    assert caught.value.facts["file"] == path.name and path.name in str(caught.value)


def test_missing_files_are_named(copied):
    name, folder, card, weights = copied
    weights.unlink()
    assert_refused(name, folder, weights)
    card.unlink()
    assert_refused(name, folder, card)


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b""])
def test_damaged_weights_are_named(copied, damage):
    name, folder, _, weights = copied
    weights.write_bytes(damage(weights.read_bytes()))
    assert_refused(name, folder, weights)


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"[]", lambda b: b"\xff" + b])
def test_a_damaged_card_is_named(copied, damage):
    name, folder, card, _ = copied
    card.write_bytes(damage(card.read_bytes()))
    assert_refused(name, folder, card)


@pytest.mark.parametrize(
    "change", [{"sha256": "0" * 64}, {"sha256": None}, {"cell": "GRU"}, {"cell": "ODE"}, {"units": 5}, {"outputs": 2}]
)
def test_a_card_of_other_weights_is_refused(copied, change):
    name, folder, card, weights = copied
    changed = json.loads(card.read_text(encoding="utf-8")) | change
    card.write_text(json.dumps({key: value for key, value in changed.items() if value is not None}))  # None: left out
    assert_refused(name, folder, weights)


def test_a_word_table_with_another_sum_is_refused(monkeypatch):
    monkeypatch.setattr(minilm, "SHA256", "0" * 64)
    with pytest.raises(Refusal, match="not the published file"):
        load_word_table()


def test_a_missing_word_table_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(minilm, "folder", lambda: tmp_path)
    with pytest.raises(Refusal, match="cannot be read"):
        load_word_table()
    monkeypatch.undo()
    monkeypatch.setattr(minilm.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refusal, match="not installed"):
        load_word_table()


# ---- typed


@pytest.mark.parametrize(
    ("task", "text", "count"),
    [
        ("en", "good, " * 300, 300),
        ("es", "¡qué bien! " * 120, 240),
        ("number", "0.5 " * 300, 300),
        ("number", ";".join(["0"] * 1000), 1000),
        ("en", "word " * 5000, 5000),
        ("en", "word . ! " * 190, 190),
        ("en", "word " * MOST_STEPS, MOST_STEPS),
        ("en", "word " * (MOST_STEPS + 1), MOST_STEPS + 1),
    ],
)
def test_a_long_text_is_kept_up_to_the_limit_and_the_rest_is_named(task, text, count):
    kept, left = TASKS[task].kept(text)
    steps = parse(kept) if task == "number" else split_words(kept)
    assert text.startswith(kept) and len(kept) <= MOST_CHARACTERS
    assert len(steps) == min(count, MOST_STEPS) and len(left) == count - len(steps)
    assert TASKS[task].kept(kept) == (kept, ())


def test_what_is_left_out_follows_what_is_kept():
    words = [f"w{i}" for i in range(500)]
    kept, left = TASKS["en"].kept(" ".join(words))
    assert [*kept.split(), *left] == words
    kept, left = TASKS["en"].kept("x" * 5000)
    assert kept == "x" * MOST_CHARACTERS and left == ("x" * 1000,)


@pytest.mark.parametrize(
    ("text", "kept"), [("", ""), (" \n\t", ""), ("\0", ""), (" a\0b \n", "a b"), ("peli\u0301cula", "peli\u0301cula")]
)
def test_a_short_text_is_kept_whole(text, kept):
    assert TASKS["es"].kept(text) == (kept, ())


def test_a_typed_sentence_has_the_words_as_typed():
    found = typed("The FILM wasn’t superb!", shipped("sentiment-en-lstm"), table_of("en"))
    assert found.tokens == ("The", "FILM", "wasn’t", "superb")
    assert found.status == ("known", "known", "known", "new")
    assert found.inputs.shape == (4, 384)
    found = typed("¡La PELICULA xyzzy!", shipped("sentiment-es-lstm"), None)
    assert found.tokens == ("La", "PELICULA", "xyzzy")
    assert found.status == ("known", "known", "unknown")
    assert found.inputs.shape == (3,)


@pytest.mark.parametrize("text", ["", " \n", "?!", "\0", "\u200b"])
def test_no_word_is_no_sentence(text):
    assert typed(text, shipped("sentiment-es-lstm"), None) is None
    assert typed(text, shipped("sentiment-en-lstm"), table_of("en")) is None


def test_a_typed_sentence_ends_at_the_limit():
    assert len(typed("bien " * 300, shipped("sentiment-es-gru"), None).tokens) == MOST_STEPS


def test_typed_numbers_have_the_steps_as_one_reads_them():
    found = marked_number_typed("0,5 *-.25 ?")
    assert found.tokens == ("0.5", "◆−0.25", "?")
    assert found.status == ("known",) * 3
    assert found.inputs.tolist() == [[0.5, 0, 0], [-0.25, 1, 0], [0, 0, 1]]
    assert marked_number_typed(" \n") is None
    with pytest.raises(Refusal):
        marked_number_typed("0.5 five")


@pytest.mark.parametrize(
    ("task", "text", "kept", "left"),
    [
        ("count", "a20 b20", "a20 b20", ""),
        ("count", "a150 b100", ab(150)[:200], "b" * 50),
        ("count", "a" * 5000, "a" * 200, "a" * 4800),
        ("count", "a999 " * 3000, "a" * 200, "a" * (999 * 3000 - 200)),
        ("count", "a" + " " * 5000 + "b", "ab", ""),
        ("brackets", "()" * 101, "()" * 100, "()"),
        ("brackets", " (1) ", "(1)", ""),
        ("count", "👩" * 5000, "👩" * MOST_CHARACTERS, ""),  # refused by the reader, not here
        ("count", "", "", ""),
        ("quotes-en", "x" * 5000, "x" * 200, "x" * 4800),
        ("quotes-en", "x" * 199 + "  y", "x" * 199, " y"),
        ("quotes-es", " ma\u0301s\n\0 «ya» ", "más   «ya»", ""),
        ("quotes-es", "a␣b", "a b", ""),
        ("quotes-es", " \n", "", ""),
    ],
)
def test_typed_symbols_are_kept_up_to_the_limit_and_the_rest_is_named(task, text, kept, left):
    assert (TASKS[task].kept(text)[0], "".join(TASKS[task].kept(text)[1])) == (kept, left)
    assert TASKS[task].kept(kept)[0] == kept and not TASKS[task].kept(kept)[1]


def test_a_typed_word_of_symbols_has_a_step_a_symbol():
    found = typed("a2 B^2", shipped("counting-gru"))
    assert found.tokens == ("a", "a", "b", "b") and found.status == ("known",) * 4
    assert found.inputs.tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]
    assert typed("a999", shipped("counting-gru")).inputs.shape == (MOST_STEPS, 2)
    assert typed("a0", shipped("counting-gru")) is None
    assert typed("(2)", shipped("brackets-rnn")).tokens == ("(", "(", ")")
    with pytest.raises(Refusal):
        typed("ab 👩", shipped("counting-gru"))


def test_typed_characters_are_looked_up_one_by_one():
    checkpoint = shipped("quotations-es-lstm")
    found = typed("¡Ma\u0301s 👍!", checkpoint)
    assert found.tokens == ("¡", "M", "á", "s", "␣", "👍", "!")
    assert found.status == ("unknown", "known", "known", "known", "known", "unknown", "unknown")
    symbols = checkpoint.card.symbols
    assert found.inputs.tolist() == [0, *(symbols.index(letter) + 1 for letter in "más "), 0, 0]
    assert typed("x" * 5000, checkpoint).inputs.shape == (MOST_STEPS,)
    assert read_sequence(checkpoint, typed("👍" * 5000, checkpoint).inputs).readouts.shape == (200,)


@pytest.mark.parametrize("text", ["", " \n", "\t"])
def test_no_symbol_is_no_sequence(text):
    for name in ("counting-gru", "brackets-lstm", "quotations-en-rnn"):
        assert typed(text, shipped(name)) is None


@pytest.mark.parametrize(
    ("name", "text", "tokens"),
    [
        ("quotations-en-gru", 'a "b" "c', "a␣“b”␣“c"),
        ("quotations-en-gru", 'a “b" c', "a␣“b”␣c"),
        ("quotations-en-gru", "«a»", "“a”"),
        ("quotations-es-gru", '"a" “b”', "«a»␣«b»"),
    ],
)
def test_any_quotation_mark_becomes_the_language_s_own(name, text, tokens):
    assert "".join(typed(text, shipped(name)).tokens) == tokens


@pytest.mark.parametrize(
    ("name", "text"),
    [("counting-lstm", "a3b3"), ("quotations-en-gru", 'the Ñandú says "a  b”'), ("brackets-gru", "(())")],
)
def test_symbols_with_the_same_token_again_are_the_same_sequence(name, text):
    found = typed(text, shipped(name))
    again = typed("".join(found.tokens), shipped(name))
    assert again.tokens == found.tokens and torch.equal(again.inputs, found.inputs)


@pytest.mark.parametrize(
    ("t", "new", "text"),
    [(0, "A", "A b c"), (2, "C", "a b C"), (1, "not so", "a not so c"), (1, "", "a  c")],
)
def test_another_token_makes_another_text(t, new, text):
    assert with_token(("a", "b", "c"), t, new) == text


def test_a_text_with_the_same_token_again_is_the_same_sequence():
    found = marked_number_typed("0.00001 *-0.123456789 1 ?")
    again = marked_number_typed(with_token(found.tokens, 1, found.tokens[1]))
    assert again.tokens == found.tokens and torch.equal(again.inputs, found.inputs)
    found = typed("I’m not 100% sure: 👩\u200d💻, well-made…", shipped("sentiment-en-gru"), table_of("en"))
    again = typed(with_token(found.tokens, 1, "not"), shipped("sentiment-en-gru"), table_of("en"))
    assert again.tokens == found.tokens and torch.equal(again.inputs, found.inputs)


# ---- looked up


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("película", "pelicula"),
        ("pelicula", "pelicula"),
        ("ñoño", "ñoño"),
        ("güero", "guero"),
        ("aéiòû", "aeiou"),
        ("", ""),
    ],
)
def test_accents_fold_and_ñ_stays(word, folded):
    assert fold(word) == folded
    assert fold(fold(word)) == folded


def test_english_words_are_known_new_or_unknown():
    inputs, status = encode_words(
        shipped("sentiment-en-rnn"), ["film", "dreadful", "\U000105c0", "don't"], table_of("en")
    )
    assert status == ("known", "new", "unknown", "known")
    assert inputs.dtype == torch.float32
    np.testing.assert_allclose(inputs.norm(dim=1), 1.0, atol=1e-6)
    assert math.isfinite(inputs.sum())


def test_spanish_words_are_known_or_unknown():
    checkpoint = shipped("sentiment-es-rnn")
    inputs, status = encode_words(checkpoint, ["película", "pelicula", "malo", "execrable", "xyzzy"], None)
    assert status == ("known", "known", "known", "unknown", "unknown")
    assert inputs[0] == inputs[1] != inputs[2] and inputs[3:].tolist() == [0, 0]
    vocabulary = checkpoint.card.vocabulary.split()
    assert [vocabulary[number - 1] for number in inputs[:3]] == ["pelicula", "pelicula", "malo"]


@pytest.mark.parametrize("code", ["en", "es"])
def test_unseen_words_are_shown_as_never_seen(code):
    unseen, known = LANGUAGES[code].grammar.sample(random.Random(3), unseen=True), shipped(f"sentiment-{code}-gru")
    turn = next(i for i, prefix in enumerate(unseen.prefix) if prefix != 0.5)
    _, status = encode_words(known, unseen.words, table_of(code))
    assert status[turn] == {"en": "new", "es": "unknown"}[code]
