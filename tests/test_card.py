"""Cards and their files: nothing is lost on the way, and whatever is wrong with a file is said with its path."""

import json
import re
from dataclasses import FrozenInstanceError, replace

import pytest
from cards import SMALL, small_card

from seqviz.models.card import ForecastCard, InductionCard, ReaderCard
from seqviz.models.checkpoint import BROKEN, FOLDER, Checkpoint, load_card, load_checkpoint, read_card, written
from seqviz.models.induction import NAMES, load_induction_card
from seqviz.models.reader import new_reader
from seqviz.traces.refusal import Refusal
from seqviz.training.recipes import RECIPES

FORECAST = {"window": 5, "epochs": 3, "rate": 0.01, "best_epoch": 0, "mean": 1.0, "std": 2.0, "range": [-1.0, 3.0]}


def load(name):
    return load_induction_card(name) if name in NAMES else load_card(name)


@pytest.mark.parametrize("path", [*FOLDER.glob("*.json")], ids=lambda path: path.stem)
def test_a_shipped_card_is_written_back_as_it_was_read(path):
    assert written(load(path.stem)) == path.read_bytes()


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_card_says_how_its_model_was_made(name):
    card = load(name)
    assert type(card) is (InductionCard if name in NAMES else ReaderCard) and card.name == name
    assert card.data and card.date and card.sha256 and card.scores and len(card.scores_of_all_seeds) == 3


@pytest.mark.parametrize("name", [name for name in RECIPES if name not in NAMES])
def test_the_sizes_of_a_card_are_those_of_its_reader(name):
    checkpoint = load_checkpoint(name)
    again = new_reader(**checkpoint.card.sizes).state_dict()
    assert {name: weight.shape for name, weight in checkpoint.reader.state_dict().items()} == {
        name: weight.shape for name, weight in again.items()
    }


def test_what_is_empty_is_left_out_unless_it_has_to_be_there(tmp_path):
    assert small_card().facts == SMALL
    assert small_card(turn=True, language="es").facts == SMALL | {"turn": True, "language": "es"}
    forecast = ForecastCard(**SMALL, **FORECAST, torch="2")
    assert forecast.facts == SMALL | FORECAST | {"torch": "2"}  # the best epoch being 0, too
    (tmp_path / "small.json").write_bytes(written(forecast))
    found = load_card("small", tmp_path)
    assert type(found) is ForecastCard and found.facts == forecast.facts


def test_cards_and_checkpoints_do_not_change_and_are_told_apart_by_identity():
    one, other = small_card(), small_card()
    with pytest.raises(FrozenInstanceError):
        one.seed = 1
    assert one != other and len({one, other, one}) == 2
    reader = new_reader(**one.sizes)
    assert len({Checkpoint(reader, one), Checkpoint(reader, one)}) == 2
    assert replace(one, seed=3).seed == 3 and one.seed == 0


DAMAGES = {
    "gone": (None, "cannot be read"),
    "no json": (b"{", "cannot be read"),
    "no text": (b"\xff\xfe\x00", "cannot be read"),
    "a list": ([], "is not a card"),
    "something is missing": ({"units": None}, "'units'"),
    "something is unknown": ({"unites": 4}, "'unites'"),
    "a word for a number": ({"units": "4"}, "units is no int: '4'"),
    "a number for a word": ({"cell": 4}, "cell is no str: 4"),
    "a list for scores": ({"scores": [1]}, r"scores is no Mapping: \[1\]"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_card_is_named_with_what_is_wrong(tmp_path, damage):
    found, reason = DAMAGES[damage]
    path = tmp_path / "small.json"
    if isinstance(found, dict):
        found = {name: value for name, value in (SMALL | found).items() if value is not None}
    if found is not None:
        path.write_bytes(found if isinstance(found, bytes) else json.dumps(found).encode())
    with pytest.raises(Refusal) as caught:
        load_checkpoint("small", tmp_path)
    assert caught.value.message == BROKEN and caught.value.facts["file"] == "small.json"
    assert re.search(reason, caught.value.__notes__[0])


def test_a_card_of_another_kind_is_refused():
    with pytest.raises(Refusal) as caught:
        load_card("induction-1")
    assert "'family'" in caught.value.__notes__[0]
    with pytest.raises(Refusal) as caught:
        read_card(FOLDER / "counting-rnn.json", InductionCard)
    assert "'cell'" in caught.value.__notes__[0]


def test_a_whole_number_is_a_number_too():
    assert ForecastCard(**SMALL, **(FORECAST | {"rate": 1}), torch="2").rate == 1
