"""What the browser gets of a model's attention: all heads as small pictures, one head whole."""

import json
from dataclasses import replace

import numpy as np
import pytest
from attention_parts import FORMS, part, tokens

from seqviz.components.attention import gaze_payload, heads_payload, pooled


def unpacked(packed: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    length = int.from_bytes(packed[:4], "little")
    header, body = json.loads(packed[4 : 4 + length]), packed[4 + length :]
    arrays = {}
    for one in header.pop("arrays"):
        assert one["offset"] % 8 == 0
        flat = np.frombuffer(body, "<" + one["type"], int(np.prod(one["shape"])), one["offset"])
        arrays[one["name"]] = flat.reshape(one["shape"])
    return header, arrays


def test_a_picture_is_exact_up_to_64_tokens():
    weights = part(size=64, layers=1, heads=1).weights
    seen = pooled(weights)
    assert (seen.dtype, seen.shape) == (np.uint8, weights.shape)
    assert np.abs((seen / 255.0) ** 2 - weights).max() < 0.5 / 255 * 2 + 1e-5  # half a step of the root
    assert pooled(np.array([[0.0, 1.0]])).tolist() == [[0, 255]]


@pytest.mark.parametrize(("queries", "keys", "shape"), [(65, 64, (33, 64)), (128, 130, (64, 44)), (512, 3, (64, 3))])
def test_beyond_that_each_cell_is_the_largest_of_those_it_stands_for(queries, keys, shape):
    weights = np.random.default_rng(0).random((2, 3, queries, keys))
    seen = pooled(weights)
    assert seen.shape == (2, 3, *shape)
    down, across = -(-queries // 64), -(-keys // 64)
    for y, x in [(0, 0), (shape[0] - 1, shape[1] - 1), (7, 2)]:
        block = weights[1, 2, y * down : (y + 1) * down, x * across : (x + 1) * across]
        assert seen[1, 2, y, x] == round(block.max() ** 0.5 * 255)


def test_all_heads_come_with_their_scores_and_the_words_that_say_them():
    made = part()
    entropy, first = np.arange(8.0).reshape(2, 4), np.full((2, 4), 0.5)
    captions = {"entropy {value:.1f} bits": entropy, "to the first token {value:.2f}": first}
    header, arrays = unpacked(heads_payload(made.weights, (1, 2), captions, str, [(0, 3)], {"text": "hi"}, "m"))
    assert header["model"] == "m"
    assert (header["chosen"], header["silenced"], header["address"]) == ([1, 2], [[0, 3]], {"text": "hi"})
    assert header["captions"] == list(captions)
    np.testing.assert_array_equal(arrays["scores"], [entropy, first])
    np.testing.assert_array_equal(arrays["cells"], pooled(made.weights))
    assert unpacked(heads_payload(made.weights, (0, 0), {}, str))[1]["scores"].shape == (0, 2, 4)


@pytest.mark.parametrize("form", FORMS)
def test_one_head_comes_with_all_that_its_arithmetic_needs(form):
    made = part(form)
    header, arrays = unpacked(gaze_payload(made, 1, 2, str, rest_at=2, plays=4, model="m", address={"text": "hi"}))
    assert header["tokens"] == header["queries"]["texts"] == list(made.query_tokens)
    assert header["keys"]["texts"] == list(made.key_tokens)
    assert (header["rest_at"], header["plays"], header["model"], header["address"]) == (2, 4, "m", {"text": "hi"})
    assert (header["cross"], header["cap"], header["why_not"]) == (form == "cross", made.cap, None)
    assert header["scale"] == float(made.scale[1])
    shared = 2 // (made.q.shape[1] // made.k.shape[1])
    wanted = {"weights": made.weights[1, 2], "q": made.q[1, 2], "k": made.k[1, shared], "v": made.v[1, shared]}
    if made.bias is not None:
        wanted["bias"] = made.bias[1, 2]
    if not made.allowed.all():
        wanted["allowed"] = made.allowed[1].astype(np.uint8)
    assert arrays.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


def test_a_family_that_hides_its_queries_says_so_and_sends_weights_alone():
    made = replace(part("causal"), q=None, k=None, v=None, scale=None)
    header, arrays = unpacked(gaze_payload(made, 0, 0, str))
    assert "only the weights" in header["why_not"]
    assert arrays.keys() == {"weights", "allowed"}


def test_a_reason_of_the_page_goes_before_the_arithmetic():
    header, arrays = unpacked(gaze_payload(part(), 0, 0, str, why_not="joined into words"))
    assert (header["why_not"], arrays.keys()) == ("joined into words", {"weights"})


def test_what_is_hidden_is_told_of_keys_and_where_they_are_the_same_tokens_of_queries():
    made = part()
    header, _ = unpacked(gaze_payload(made, 0, 0, str, hidden=made.keys.special))
    assert header["keys"]["hidden"] == header["queries"]["hidden"] == [True, *[False] * 5]
    made = part("cross")
    header, _ = unpacked(gaze_payload(made, 0, 0, str, hidden=made.keys.special))
    assert header["keys"]["hidden"] == [True, *[False] * 5]
    assert header["queries"]["hidden"] == [False] * 8


def test_what_was_typed_arrives_as_it_was_typed():
    typed = ["[A]", "<img src=x onerror=alert(1)>", "</script>", "é👩‍👩‍👧", '"', "\\", "\u202e", " "]
    made = replace(part(size=8), queries=tokens(typed), keys=tokens(typed))
    assert unpacked(gaze_payload(made, 0, 0, str))[0]["keys"]["texts"] == typed


def test_a_head_of_minilms_width_at_128_tokens_stays_below_300_kb():
    made = part(size=128, width=32, layers=1, heads=1)
    assert len(gaze_payload(made, 0, 0, str)) < 125_000
