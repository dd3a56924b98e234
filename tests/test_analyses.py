"""What attention's weights say, each number against an independent way to get it."""

import copy
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
import torch
import transformers_zoo as zoo
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from seqviz.traces.analyses import (
    entropy,
    head_scores,
    in_words,
    joined,
    logit_lens,
    rollout,
    sentence_embedding,
    shares,
    value_weighted,
)
from seqviz.traces.attention import AttentionPart, Tokens, output_projection, trace_attention
from seqviz.traces.tokens import read as read_text

TEXT = "The cat did not cross the street because it was too tired."
PROJECTED = [family for family in zoo.FAMILIES if family not in zoo.HIDDEN]


def attention(*shape, seed=0, causal=False):
    """Random weights (…, Tq, Tk) whose rows add up to 1."""
    weights = np.random.default_rng(seed).random(shape)
    weights = np.tril(weights) if causal else weights
    return weights / weights.sum(axis=-1, keepdims=True)


def tokens(*texts, words=None, spans=None):
    """Tokens of these texts; those in square brackets are special."""
    special = np.array([text.startswith("[") for text in texts])
    words = words or tuple(range(len(texts)))
    return Tokens(texts, spans or (None,) * len(texts), words, (0,) * len(texts), special)


def part_of(weights, queries, keys=None, name="self", allowed=None):
    if allowed is None:
        allowed = (weights > 0).all(axis=1)
    return AttentionPart(name, queries, keys or queries, weights, None, None, None, None, None, None, allowed, ())


# ---- rollout


def test_rollout_is_the_sum_over_all_paths():
    weights = attention(3, 2, 4, 4)
    found = rollout(weights)
    half = (weights.mean(axis=1) + np.eye(4)) / 2
    for top, bottom in product(range(4), repeat=2):
        paths = (half[2][top, a] * half[1][a, b] * half[0][b, bottom] for a, b in product(range(4), repeat=2))
        assert found[2, top, bottom] == pytest.approx(sum(paths))
    assert_allclose(found[0], half[0])
    assert_allclose(found.sum(axis=-1), 1)
    assert np.abs(found[2] - half[0] @ half[1] @ half[2]).max() > 0.01  # the other order is another matrix


def test_rollout_by_hand():
    # Token 0 looks at itself, token 1 at token 0: half of token 1 comes over in each of two layers.
    weights = np.tile([[1.0, 0.0], [1.0, 0.0]], (2, 1, 1, 1))
    assert_array_equal(rollout(weights)[1], [[1, 0], [0.75, 0.25]])


def test_rollout_leaves_the_weights_alone_and_keeps_their_dtype():
    weights = attention(2, 2, 3, 3).astype(np.float32)
    before = weights.copy()
    assert rollout(weights).dtype == np.float32
    assert_array_equal(weights, before)


def test_rollout_of_two_sequences_is_refused():
    with pytest.raises(ValueError, match="as many queries as keys"):
        rollout(attention(2, 2, 3, 4))


# ---- entropy


def test_entropy_is_that_of_the_distribution():
    weights = attention(2, 3, 5, 6)
    expected = torch.distributions.Categorical(torch.tensor(weights)).entropy().numpy() / np.log(2)
    assert_allclose(entropy(weights), expected)


def test_entropy_by_hand():
    rows = np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.25, 0.125, 0.125]])
    assert_array_equal(entropy(rows), [0, 1, 2, 1.75])
    assert not np.signbit(entropy(rows)).any()  # no "-0.0" on a page


# ---- scores of heads


def loops(part, goes_there):
    """The mean weight that typed queries with a choice give to the keys for which goes_there(i, j), (L, H)."""
    layers, heads, queries, keys = part.weights.shape
    scores = np.full((layers, heads), np.nan)
    for layer, head in product(range(layers), range(heads)):
        found = []
        for i in range(queries):
            allowed = [j for j in range(keys) if part.allowed[layer, i, j]]
            there = [j for j in allowed if goes_there(i, j)]
            if there and len(allowed) > 1 and not part.queries.special[i]:
                found.append(sum(part.weights[layer, head, i, j] for j in there))
        if found:
            scores[layer, head] = np.mean(found)
    return scores


ENCODED = tokens("[CLS]", "The", "cat", "saw", "the", "dog", "[SEP]", "cat", "[SEP]")
DECODED = tokens("The", "cat", "saw", "the", "cat")
ENDED = tokens("The", "cat", "saw", "the", "cat", "[SEP]")  # T5's encoder has no special token in front


@pytest.mark.parametrize(("read", "causal"), [(ENCODED, False), (DECODED, True), (ENDED, False)])
def test_scores_are_what_loops_find(read, causal):
    part = part_of(attention(2, 3, len(read), len(read), causal=causal), read)
    texts, special = [text.lower() for text in read.texts], read.special
    expected = {
        "previous": loops(part, lambda i, j: j == i - 1),
        "next": loops(part, lambda i, j: j == i + 1),
        "self": loops(part, lambda i, j: j == i),
        "first": loops(part, lambda i, j: j == 0 != i),
        "separator": loops(part, lambda i, j: j > 0 and special[j]),
        "same word": loops(part, lambda i, j: j != i and texts[j] == texts[i]),
        "prefix": loops(part, lambda i, j: 0 < j < i and texts[j - 1] == texts[i]),
    }
    missing = {"next", "separator"} if causal else {"prefix"}
    found = head_scores(part)
    assert set(found) == set(expected) - missing | {"entropy"}
    for name in set(expected) - missing:
        assert_allclose(found[name], expected[name], err_msg=name)
    counted = [i for i in range(len(read)) if not special[i] and (i or not causal)]
    assert_allclose(found["entropy"], entropy(part.weights)[:, :, counted].mean(axis=-1))


def test_scores_by_hand():
    # One head: "a" looks at [CLS], "b" half at "a" and half at itself. [CLS] and [SEP] look too, but do not count.
    weights = np.array([[[[0, 1, 0, 0], [1, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 1]]]])
    part = part_of(weights, tokens("[CLS]", "a", "b", "[SEP]"), allowed=np.ones((1, 4, 4), bool))
    found = {name: score.item() for name, score in head_scores(part).items()}
    assert found == {"previous": 0.75, "next": 0, "self": 0.25, "first": 0.5, "separator": 0, "entropy": 0.5}


def test_a_query_without_a_choice_shows_no_habit():
    weights = np.array([[[[1.0, 0.0], [0.25, 0.75]]]])  # the first token of a decoder can only look at itself
    found = head_scores(part_of(weights, tokens("a", "b")))
    assert found["self"] == 0.75
    assert found["first"] == found["previous"] == 0.25


def test_prefix_matching_by_hand():
    # "a b A c a": the second "a" may look at "b"; the third at "b" and "c", which both came after an "a".
    weights = np.zeros((1, 1, 5, 5))
    weights[0, 0, range(5), range(5)] = [1, 1, 0.4, 1, 0.1]
    weights[0, 0, 2, :2] = [0.1, 0.5]
    weights[0, 0, 4, :4] = [0.2, 0.25, 0, 0.45]
    part = part_of(weights, tokens("a", "b", "A", "c", "a"), allowed=np.tri(5, dtype=bool)[None])
    assert head_scores(part)["prefix"].item() == pytest.approx((0.5 + 0.7) / 2)


@pytest.mark.parametrize("texts", [("a", "b", "c"), ("b", "a", "a"), ("é", "…", "é", "…")[1:]], ids=str)
def test_where_nothing_came_after_the_same_token_no_prefix_matches(texts):
    """A token is not what came after it; and the later bytes of a character, shown as …, are no token of their own."""
    assert "prefix" not in head_scores(part_of(attention(1, 2, len(texts), len(texts), causal=True), tokens(*texts)))


def test_two_sequences_have_no_positions_in_common():
    read, said = tokens("the", "cat", "[SEP]"), tokens("[CLS]", "le", "cat")
    part = part_of(attention(2, 2, 3, 3), said, read, name="cross")
    found = head_scores(part)
    assert set(found) == {"first", "separator", "same word", "entropy"}
    assert_allclose(found["same word"], part.weights[:, :, 2, 1])  # "cat" looks at the other side's "cat"
    assert_allclose(found["first"], part.weights[:, :, 1:, 0].mean(axis=-1))


def test_a_layer_whose_window_reaches_no_such_key_has_no_score():
    read = tokens("cat", "and", "cat")
    window = np.abs(np.subtract.outer(range(3), range(3))) < 2
    part = part_of(attention(2, 1, 3, 3), read, allowed=np.stack([window, np.ones((3, 3), bool)]))
    assert np.isnan(head_scores(part)["same word"]).tolist() == [[True], [False]]


def test_one_token_alone_has_no_scores():
    assert head_scores(part_of(np.ones((1, 1, 1, 1)), tokens("a"))) == {}


# ---- pieces and words


@given(
    rows=st.lists(st.integers(1, 3), min_size=1, max_size=5),
    columns=st.lists(st.integers(1, 3), min_size=1, max_size=5),
)
def test_rows_add_up_to_what_they_did(rows, columns):
    rows, columns = (tuple(np.repeat(range(len(sizes)), sizes).tolist()) for sizes in (rows, columns))
    matrix = np.random.default_rng(0).random((2, len(rows), len(columns)))
    found = joined(matrix, rows, columns)
    assert found.shape == (2, len(set(rows)), len(set(columns)))
    for word in set(rows):
        pieces = [i for i, number in enumerate(rows) if number == word]
        assert_allclose(found[:, word].sum(axis=-1), matrix[:, pieces].sum(axis=-1).mean(axis=-1))
    weights = attention(2, len(rows), len(columns))
    assert_allclose(joined(weights, rows, columns).sum(axis=-1), 1)


def test_joining_by_hand():
    matrix = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 10]], np.float32)  # "cat", "un", "able"
    found = joined(matrix, (0, 1, 1), (0, 1, 1))
    assert_array_equal(found, [[1, 5], [5.5, 14.5]])
    assert found.dtype == np.float32


def test_a_part_in_words():
    text = "unbelievable cat"
    read = tokens(
        "[CLS]", "un", "believ", "able", "cat", words=(0, 1, 1, 1, 2), spans=(None, (0, 2), (2, 8), (8, 12), (13, 16))
    )
    part = part_of(attention(2, 3, 5, 5, causal=True), replace(read, typed=(text,)))
    found = in_words(part)
    assert found.query_tokens == found.key_tokens == ("[CLS]", "unbelievable", "cat")
    assert_array_equal(found.weights, joined(part.weights, read.words, read.words))
    assert found.queries.spans == (None, (0, 12), (13, 16))
    assert found.queries.words == (0, 1, 2)
    assert found.queries.special.tolist() == [True, False, False]
    assert_array_equal(found.allowed, np.tile(np.tri(3, dtype=bool), (2, 1, 1)))
    assert found.q is found.k is found.v is None


def test_a_word_may_look_where_one_of_its_pieces_may():
    read = tokens("a", "b", "un", "able", words=(0, 1, 2, 2))
    part = part_of(attention(1, 1, 4, 4), read)
    allowed = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 1, 1, 1]], bool)[None]  # a window of keys
    found = in_words(replace(part, allowed=allowed))
    assert_array_equal(found.allowed[0], [[1, 0, 0], [1, 1, 0], [0, 1, 1]])


@pytest.mark.parametrize("family", zoo.FAMILIES)
@pytest.mark.parametrize(
    "text",
    ["  unbelievable  mañana, 2026…! cruzo\u0301 👩‍👩‍👧 漢字", TEXT, "the … cat", "e\u0301\u0301 ␣ ca\0t"],
)
def test_words_are_what_was_typed(family, text):
    """A word's text is what its span shows, and no letter is lost or shown twice, wherever a tokenizer cuts."""
    tokens = read_text(zoo.tokenizer(family), text, None, 999).tokens
    words = tokens.in_words()
    assert len(words) == len(set(tokens.words))
    assert words.words == tuple(range(len(words)))
    spans = [span for span in words.spans if span]
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join(text[slice(*span)] for span in spans).replace(" ", "") == text.replace(" ", "")
    assert all(text[slice(*span)].strip(" ") in (text[slice(*span)], "") for span in spans)
    for shown, span in zip(words.texts, words.spans, strict=True):
        if span and text[slice(*span)].isprintable() and text[slice(*span)].strip(" \u0301"):
            assert shown == text[slice(*span)]


def test_a_pair_in_words():
    words = read_text(zoo.tokenizer("roberta"), "mañana", "a state", 99).tokens.in_words()
    assert words.texts == ("<s>", "mañana", "</s>", "</s>", "a", "state", "</s>")
    assert words.segments == (0, 0, 0, 0, 1, 1, 1)
    assert words.spans == (None, (0, 6), None, None, (0, 1), (2, 7), None)
    assert words.special.tolist() == [True, False, True, True, False, False, True]


def test_spaces_at_the_end_are_a_word_that_one_can_see():
    words = read_text(zoo.tokenizer("gpt2"), "cat   ", None, 99).tokens.in_words()
    assert words.texts == ("cat", "␣␣␣")
    assert words.spans == ((0, 3), (3, 6))


# ---- values


@pytest.mark.parametrize("family", PROJECTED)
def test_what_arrives_adds_up_to_what_the_layer_gives(family):
    """Σ_h Σ_j α_ij v_j W_O + b_O is the output of the attention, and the lengths are those of its terms."""
    model, tokenizer = copy.deepcopy(zoo.model(family)), zoo.tokenizer(family)
    for part in trace_attention(model, tokenizer, TEXT).parts.values():
        for layer, path in enumerate(part.paths):
            heads = part.weights.shape[1]
            weight, bias = output_projection(model, path, heads)
            v = np.repeat(part.v[layer], heads // part.v.shape[1], axis=0)
            terms = np.einsum("hij,hjd,hdm->hijm", part.weights[layer], v, weight)
            assert_allclose(value_weighted(model, part, layer), np.linalg.norm(terms, axis=3), atol=1e-5)
            total = terms.sum(axis=(0, 2)) + (0 if bias is None else bias)
            assert_allclose(total, projected(model, tokenizer, path, layer, len(part.paths)), atol=1e-4)


def projected(model, tokenizer, path, layer, layers):
    """What the module that mixes the heads gave, (Tq, D), seen by a hook in a run of its own."""
    names = ("output.dense", "dense", "out_lin", "o_proj", "out_proj", "c_proj", "Wo", "o")
    home = model.get_submodule(path.removesuffix(".self"))
    found = []
    (module,) = [module for name, module in home.named_modules() if name in names]
    hook = module.register_forward_hook(lambda _module, _inputs, output: found.append(output[0].detach().numpy()))
    inputs = tokenizer(TEXT, return_tensors="pt")
    if model.config.is_encoder_decoder:
        inputs["labels"] = inputs["input_ids"]
    with torch.no_grad():
        model(**inputs)
    hook.remove()
    return found[layer if len(found) == layers else 0]  # ALBERT has one module for all layers


def test_shares_by_hand():
    assert_array_equal(shares(np.array([[1.0, 3.0], [2.0, 2.0]])), [[0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize("family", zoo.HIDDEN)
def test_hidden_values_have_no_lengths(family):
    model = zoo.model(family)
    part = trace_attention(model, zoo.tokenizer(family), TEXT).parts["self"]
    with pytest.raises(ValueError, match="cannot be seen"):
        value_weighted(model, part, 0)


# ---- what comes out


@pytest.mark.parametrize("family", zoo.ENCODERS + zoo.ENCODER_DECODERS)
def test_a_sentence_embedding_is_the_masked_mean_of_length_one(family):
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    inputs = tokenizer(TEXT, return_tensors="pt")
    for masked in ([], [2, 3]):
        inputs["attention_mask"][0, masked] = 0
        with torch.no_grad():
            asked = model.get_encoder() if model.config.is_encoder_decoder else model
            states = asked(**{name: value for name, value in inputs.items() if name != "token_type_ids"})[0]
        mask = inputs["attention_mask"][:, :, None]
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        expected = torch.nn.functional.normalize(mean)[0]
        if masked and family == "deberta_v2":
            continue  # a masked token of DeBERTa looks at nobody, and trace_attention refuses
        found = sentence_embedding(trace_attention(model, tokenizer, TEXT, masked=masked))
        assert_allclose(found, expected, atol=1e-5)


def test_a_decoder_has_no_sentence_embedding():
    with pytest.raises(ValueError, match="decoder"):
        sentence_embedding(trace_attention(zoo.model("gpt2"), zoo.tokenizer("gpt2"), TEXT))


@pytest.mark.parametrize("family", zoo.DECODERS)
def test_the_last_layer_of_the_lens_is_what_the_model_says(family):
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    trace = trace_attention(model, tokenizer, TEXT)
    found = logit_lens(model, trace)
    with torch.no_grad():
        logits = model(**tokenizer(TEXT, return_tensors="pt", return_token_type_ids=False)).logits[0, -1]
    assert found.shape == (len(trace.hidden["self"]), len(logits))
    assert_allclose(found[-1], logits.softmax(dim=0), atol=1e-6)
    assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("family", ["gpt2", "llama", "opt", "gpt_neox", "gemma2"])
def test_a_lower_layer_says_what_a_model_without_those_above_says(family):
    whole, tokenizer = zoo.model(family), zoo.tokenizer(family)
    found = logit_lens(whole, trace_attention(whole, tokenizer, TEXT))
    short = copy.deepcopy(whole)
    (blocks,) = [module for module in short.modules() if isinstance(module, torch.nn.ModuleList)]
    del blocks[1:]
    with torch.no_grad():
        logits = short(**tokenizer(TEXT, return_tensors="pt", return_token_type_ids=False), use_cache=False).logits[
            0, -1
        ]
    assert_allclose(found[1], logits.softmax(dim=0), atol=1e-6)


@pytest.mark.parametrize("family", ["bert", "t5"])
def test_only_a_decoder_has_a_lens(family):
    model = zoo.model(family)
    with pytest.raises(ValueError, match="predicts no next token"):
        logit_lens(model, trace_attention(model, zoo.tokenizer(family), TEXT))


def test_a_final_norm_that_is_not_found_is_said():
    model = copy.deepcopy(zoo.model("gpt2"))
    trace = trace_attention(model, zoo.tokenizer("gpt2"), TEXT)
    del model.transformer.ln_f
    with pytest.raises(ValueError, match="final norm"):
        logit_lens(model, trace)
