"""How one of three seeds is shipped, with readers that were never trained and scores that are made up."""

import pytest
import torch
from cards import small_card
from safetensors.torch import load_file

from seqviz.models.checkpoint import load_checkpoint, save_checkpoint
from seqviz.models.reader import seeded_reader
from seqviz.training import ship as module
from seqviz.training.ship import SEEDS, compare, first, ship

RIGHT = {0: 0.5, 1: 0.9, 2: 0.7}


def best(scores):
    return max(scores, key=lambda seed: scores[seed]["right"])


def train(seed):
    return seeded_reader(seed, **small_card().sizes)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "save_checkpoint", lambda *what: save_checkpoint(*what, tmp_path))
    return tmp_path


def test_every_seed_is_trained_then_scored_and_one_is_chosen():
    done = []

    def score(seed):
        done.append(("score", seed))
        return {"right": RIGHT[seed], "of": "h"}

    card, models = compare(small_card(), lambda seed: done.append(("train", seed)) or seed, score, best)
    assert done == [*(("train", seed) for seed in SEEDS), *(("score", seed) for seed in SEEDS)]
    assert models == {0: 0, 1: 1, 2: 2}
    assert card.seed == 1 and card.scores == {"right": 0.9, "of": "h"}
    assert card.scores_of_all_seeds == {str(seed): {"right": right, "of": "h"} for seed, right in RIGHT.items()}
    card, _ = compare(small_card(), train, lambda _: {"right": 1, "of": "h"}, first, compared=["right"])
    assert card.seed == 0 and card.scores == {"right": 1, "of": "h"}
    assert card.scores_of_all_seeds == {str(seed): {"right": 1} for seed in SEEDS}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_chosen_reader_is_written_as_it_was_trained_and_scored_as_precisely_as_is_asked(folder, dtype):
    seen, rights = [], iter(RIGHT.values())

    def score(checkpoint):
        seen.append({weight.dtype for weight in checkpoint.reader.parameters()})
        return {"right": next(rights)}

    card = ship(small_card(), train, score, best, dtype=dtype)
    assert seen == 3 * [{dtype}]
    found = load_checkpoint("small", folder)
    assert found.card.seed == card.seed == 1 and found.card.scores == {"right": 0.9}
    kept, trained = load_file(folder / "small.safetensors"), train(1).state_dict()
    assert kept.keys() == trained.keys()
    assert all(weight.dtype == torch.float32 and torch.equal(weight, trained[name]) for name, weight in kept.items())
