"""The two tiny Transformers that copy, or cannot: how they are made, and what their cards claim, computed again."""

import json
import shutil
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from refusals import name_of

from seqviz.models import checkpoint, folder
from seqviz.models.checkpoint import FOLDER
from seqviz.models.induction import NAMES, load_induction, load_induction_card
from seqviz.traces.analyses import head_scores
from seqviz.traces.attention import trace_attention
from seqviz.traces.next_token import next_token
from seqviz.traces.refusal import Refusal
from seqviz.training import induction
from seqviz.training.induction import LENGTH, SYMBOLS, TESTED
from seqviz.training.ship import SEEDS


@cache
def shipped(name):
    return load_induction(name)


# ---- made again, smaller


def test_what_can_be_known_is_what_was_there_before():
    symbols, known = induction.rows(50, torch.Generator().manual_seed(0))
    assert symbols.shape == known.shape == (50, LENGTH)
    assert 0.2 < known.float().mean() < 0.8
    for row, goes_on in zip(symbols.tolist(), known.tolist(), strict=True):
        assert not goes_on[-1]  # after which nothing comes
        pairs = list(pairwise(row))
        for t, is_known in enumerate(goes_on[:-1]):
            assert not is_known or pairs[t] in pairs[:t]


def test_a_small_model_comes_out_the_same_again_and_its_curve_is_its_scores():
    (first, curve), (again, _), (other, _) = (induction.train(2, seed, steps=25) for seed in (0, 0, 1))
    weights = [model.state_dict() for model in (first, again, other)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not all(torch.equal(weights[0][name], weights[2][name]) for name in weights[0])
    assert curve["step"] == [0, 25]
    assert curve["right"][-1] == induction.score(first, 100)["right"]


def test_a_model_learns_to_copy_suddenly(monkeypatch):
    """Half of each row: .05 after 75 steps, .9 after 200; it takes 5 seconds."""
    monkeypatch.setattr(induction, "LENGTH", 48)
    _model, curve = induction.train(2, 0, steps=300)
    assert max(curve["right"][:4]) < 0.2
    assert curve["right"][-1] > 0.8 and curve["prefix"][-1] > 0.6


# ---- the shipped ones


@pytest.mark.parametrize("name", NAMES)
def test_the_scores_of_a_card_are_those_of_its_model(name):
    card, loaded = load_induction_card(name), shipped(name)
    assert card.name == name == loaded.key == loaded.name
    assert {"task", "seed", "rule", "data", "scores", "date", "sha256"} <= card.facts.keys()
    assert induction.score(loaded.model) == card.scores == card.scores_of_all_seeds[str(card.seed)]
    assert card.parameters == loaded.parameters
    assert (card.layers, card.heads) == (loaded.model.config.num_hidden_layers, 1)
    assert card.symbols == "".join(loaded.tokenizer.convert_ids_to_tokens(range(1, len(SYMBOLS))))


def test_two_layers_copy_whatever_the_seed_and_one_does_not():
    for name, learns in (("induction-2", True), ("induction-1", False)):
        card = load_induction_card(name)
        assert set(card.scores_of_all_seeds) == set(card.curves) == {str(seed) for seed in SEEDS}
        for scores in card.scores_of_all_seeds.values():
            best = max(map(max, scores["prefix"]))
            assert (scores["right"] > 0.98 and best > 0.9) if learns else (scores["right"] < 0.15 and best < 0.15)
        for curve in card.curves.values():
            assert curve["step"] == [*range(0, 601, 25)] and len(curve["right"]) == len(curve["prefix"]) == 25
            assert max(curve["right"][:7]) < 0.15  # the first quarter of training


@pytest.mark.parametrize("name", NAMES)
def test_the_scores_are_what_loops_over_the_trace_of_a_typed_row_find(name):
    """Rows of characters, read as a reader's are; the card's figures are means over 500 such rows."""
    loaded, rng = shipped(name), np.random.default_rng(0)
    prefix, right = [], []
    for _ in range(30):
        piece = "".join(rng.permutation(list("".join(SYMBOLS[1:])))[:TESTED])
        trace = trace_attention(loaded.model, loaded.tokenizer, piece + piece)
        weights = trace.parts["self"].weights
        assert weights.shape[2] == 2 * TESTED
        looks = [weights[:, 0, t, t - TESTED + 1] for t in range(TESTED, 2 * TESTED)]
        prefix.append(np.mean(looks, axis=0))
        assert_allclose(head_scores(trace.parts["self"])["prefix"][:, 0], prefix[-1], atol=1e-5)
        for t in range(TESTED, 2 * TESTED - 1):
            found = next_token(loaded.model, loaded.tokenizer, piece + piece, t)
            right.append(found.order[0] == found.actual)
    scores = load_induction_card(name).scores
    assert_allclose(np.mean(prefix, axis=0), np.array(scores["prefix"])[:, 0], atol=0.03)
    assert np.mean(right) == pytest.approx(scores["right"], abs=0.05)


# ---- the characters


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Ñandú, CAFÉ", [*"ñandu,", " ", *"cafe"]),
        ("n\u0303 e\u0301 ń \u0303n", ["ñ", " ", "e", " ", "n", " ", "n"]),
        ("¿Qué? ¡Sí!", [*"¿que?", " ", *"¡si!"]),
        ("a\tb\nc", ["a", "[UNK]", "b", "[UNK]", "c"]),
        ("漢 🙂 “x” ß", ["[UNK]", " ", "[UNK]", " ", "[UNK]", "x", "[UNK]", " ", "[UNK]"]),
        ("  a", [" ", " ", "a"]),
    ],
    ids=ascii,
)
def test_a_text_is_read_character_by_character(typed, read):
    tokenizer = shipped("induction-2").tokenizer
    assert tokenizer.convert_ids_to_tokens(tokenizer(typed)["input_ids"]) == read


def test_what_is_shown_is_what_was_typed():
    loaded = shipped("induction-2")
    tokens = trace_attention(loaded.model, loaded.tokenizer, "Ñandú — cafe\u0301").parts["self"].query_tokens
    assert tokens == ("Ñ", "a", "n", "d", "ú", "␣", "—", "␣", "c", "a", "f", "é".replace("é", "e\u0301"))


# ---- damage


def copied(tmp_path):
    for file in ("induction-2", "induction-2.json"):
        copy = shutil.copytree if (FOLDER / file).is_dir() else shutil.copy
        copy(FOLDER / file, tmp_path / file)
    return tmp_path


def test_a_copy_elsewhere_is_the_same_model(tmp_path):
    assert load_induction("induction-2", copied(tmp_path)).parameters == shipped("induction-2").parameters


@pytest.mark.parametrize("file", ["induction-2.json", "induction-2/model.safetensors", "induction-2/tokenizer.json"])
@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_damaged_file_is_named(tmp_path, file, damage):
    path = copied(tmp_path) / file
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(Refusal) as caught:
        load_induction("induction-2", tmp_path)
    gone = {"induction-2/tokenizer.json": "no_tokenizer"} if damage == "gone" else {}
    named = {"induction-2.json": "broken"} | gone
    assert name_of(caught.value, folder, checkpoint) == named.get(file, "damaged")
    assert caught.value.facts.get("file", "tokenizer.json") in file


def test_other_weights_than_the_card_s_are_refused(tmp_path):
    path = copied(tmp_path) / "induction-2.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"sha256": "0" * 64}), "utf-8")
    with pytest.raises(Refusal, match="is damaged"):
        load_induction("induction-2", tmp_path)
