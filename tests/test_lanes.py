"""What the browser gets of one sentence read by several readers."""

import re
from pathlib import Path

import numpy as np
import torch
from test_attention_payload import unpacked

from seqviz.components.lanes import payload_of, words
from seqviz.models.checkpoint import load_checkpoint
from seqviz.models.lane import Lane, read_lane
from seqviz.tasks.task import Scale

BROWSER = Path(__file__).parents[1] / "seqviz" / "components" / "browser"
SCALE = Scale("verdict so far", "positive", "negative", 0.0, 1.0, 0.5)


def lane(name: str, steps: int, seed: int = 0, units: int = 16) -> Lane:
    """A lane of random numbers; a Transformer has two layers of four heads."""
    rng = np.random.default_rng(seed)
    states, weight = rng.standard_normal((steps, units)), rng.standard_normal(units)
    logits = states @ weight + 0.25
    looks = np.tril(rng.random((2, 4, steps, steps)))
    weights = looks / looks.sum(axis=-1, keepdims=True) if name == "Transformer" else None
    saliency = np.tril(rng.standard_normal((steps, steps)))
    return Lane(name, states, weights, logits, 1 / (1 + np.exp(-logits)), saliency, weight, 0.25)


def four(steps: int) -> list[Lane]:
    return [lane(name, steps, seed) for seed, name in enumerate(("RNN", "GRU", "LSTM", "Transformer"))]


def sent(lanes: list[Lane], tokens: list[str] | None = None) -> tuple[dict, dict[str, np.ndarray]]:
    tokens = tokens or ["word"] * len(lanes[0].states)
    return unpacked(payload_of(lanes, tokens, ["new"] * len(tokens), SCALE, str, {"text": "hi"}, plays=3))


def test_every_lane_arrives_whole_and_of_its_squares_all_that_lies_behind():
    lanes = four(7)
    header, arrays = sent(lanes)
    assert header["cells"] == [{"kind": one.name} for one in lanes]
    for one in lanes:
        for name, wanted in {"h": one.states, "readouts": one.verdicts, "readout_weight": one.readout_weight}.items():
            np.testing.assert_array_equal(arrays[f"{one.name}.{name}"], wanted)
        assert arrays[f"{one.name}.readout_bias"].tolist() == [one.readout_bias]
        behind = [one.saliency[t, s] for t in range(7) for s in range(t + 1)]
        np.testing.assert_array_equal(arrays[f"{one.name}.saliency"], np.float32(behind))
    looks = [[[head[t, s] for t in range(7) for s in range(t + 1)] for head in layer] for layer in lanes[3].weights]
    np.testing.assert_array_equal(arrays["Transformer.weights"], np.float32(looks))
    assert not any(name.endswith("weights") for name in arrays if not name.startswith("Transformer"))


def test_the_page_says_what_was_typed_and_how_verdicts_are_drawn():
    typed = ["<img src=x onerror=alert(1)>", "é👩‍👩‍👧", "\u202e"]
    header, _ = sent(four(3), typed)
    assert (header["tokens"], header["status"]) == (typed, ["new"] * 3)
    assert (header["address"], header["plays"]) == ({"text": "hi"}, 3)
    assert header["readout"] == {"activation": "sigmoid"} | vars(SCALE)
    assert header["words"]["verdict"] == "verdict so far"


def test_a_reader_that_was_trained_says_what_follows_from_what_is_sent():
    checkpoint = load_checkpoint("sentiment-en-gru")
    read = read_lane(checkpoint, torch.randn(5, checkpoint.card.inputs, generator=torch.Generator().manual_seed(0)))
    arrays = {name.removeprefix("GRU."): array for name, array in sent([read])[1].items()}
    logits = arrays["h"] @ arrays["readout_weight"] + arrays["readout_bias"]
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), arrays["readouts"], atol=1e-14)


def test_four_readers_of_200_words_stay_below_1_1_mb():
    lanes = four(200)
    assert len(payload_of(lanes, ["twelve chars"] * 200, ["known"] * 200, SCALE, str, {})) < 1_100_000


def test_every_word_that_the_browser_asks_for_is_there():
    files = [*(BROWSER / "lanes").iterdir(), *(BROWSER / "shared").iterdir()]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    asked = set(re.findall(r'\bwords\.(\w+)|words\["([\w-]+)"\]|data-(?:text|label)="([\w-]+)"', text))
    names = {name for found in asked for name in found if name}
    assert {"title", "key-words", "scrub", "help"} <= names
    assert names <= words("verdict", str).keys()
