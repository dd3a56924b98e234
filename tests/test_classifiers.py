"""Trained readers as they read, and a Transformer with another last layer: by hand, and against float64."""

import copy
from dataclasses import replace

import attention_parts
import numpy as np
import pytest
import torch
import transformers_zoo as zoo
from cards import small_card

from seqviz.models.checkpoint import Checkpoint
from seqviz.models.classifier import (
    BagClassifier,
    CellClassifier,
    TransformerClassifier,
    sigmoid,
    terms_of,
    words_of,
)
from seqviz.models.encoder import BATCH, MOST_TOKENS, last_layer, pooled, read_texts, with_last_layer
from seqviz.models.reader import seeded_reader
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.attention import trace_attention
from seqviz.traces.moved import moved_heads
from seqviz.traces.refusal import Refusal

TEXTS = ["It is good.", "The cat was not tired!", "It is bad.", "The street was so wide.", "El gato no cruzó la calle."]


def loaded(family="bert"):
    model = zoo.model(family)
    kind = "decoder" if family in zoo.DECODERS else "encoder"
    return LoadedTransformer(f"tiny {family}", "here", family, kind, model, zoo.tokenizer(family), 9)


def vector_in_float64(encoder, text):
    """The masked mean over one padded batch, in float64: another way to the sentence vector."""
    other = copy.deepcopy(encoder.model).double()
    batch = encoder.tokenizer([text, "The " + "cat " * 40], padding=True, return_tensors="pt")
    with torch.no_grad():
        last = other(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None]
    mean = (last * mask).sum(dim=1) / mask.sum(dim=1)
    return (mean / mean.norm(dim=1, keepdim=True))[0].numpy()


# ---- words


def test_words_and_pairs_of_a_text():
    assert words_of("¡La película NO es mala, no!") == ["la", "pelicula", "no", "es", "mala", "no"]
    assert terms_of("not so, not so good") == ["not", "so", "good", "not so", "so not", "so good"]
    assert terms_of("…") == []


def test_a_bag_of_words_by_hand():
    classifier = BagClassifier({"good": 2.0, "not good": -3.0, "bad": -1.0}, 0.5)
    found = classifier.probabilities(["Good, good!", "It is not good", "…"])
    np.testing.assert_allclose(found, 1 / (1 + np.exp([-2.5, 0.5, -0.5])))
    assert classifier.parameters == classifier.trained == 4


def test_the_sigmoid_does_not_overflow():
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(sigmoid([-1e4, 0.0, 1e4]), [0, 0.5, 1])


def test_a_cell_says_what_it_thinks_after_the_last_word():
    card = small_card(cell="GRU", front="lookup", inputs=4, features=5, units=6, vocabulary="bad good película")
    reader = seeded_reader(card.seed, **card.sizes).double()
    found = CellClassifier(Checkpoint(reader, card)).probabilities(["Good, so good", "bad", "…"])
    with torch.no_grad():
        by_hand = [reader(torch.tensor([numbers]))[0, -1].sigmoid().item() for numbers in ([2, 0, 2], [1], [0])]
    np.testing.assert_allclose(found, by_hand, rtol=1e-12)
    weights = 4 * 5 + 3 * (5 * 6 + 6 * 6 + 2 * 6) + 7
    assert CellClassifier(Checkpoint(reader, card)).parameters == weights


# ---- sentence vectors


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert", "modernbert"])
def test_a_sentence_vector_is_the_masked_mean_of_length_1(family):
    encoder = loaded(family)
    for read in read_texts(encoder, TEXTS):
        for row, vector in zip(read.rows, pooled(read.last), strict=True):
            np.testing.assert_allclose(vector.numpy(), vector_in_float64(encoder, TEXTS[row]), atol=2e-5)


def test_every_text_is_read_once_with_others_of_its_length_and_no_more_than_a_breath_takes():
    texts = [*TEXTS, *["It is good."] * (BATCH + 2), "cat " * 500]
    reads = list(read_texts(loaded(), texts))
    assert sorted(row for read in reads for row in read.rows) == list(range(len(texts)))
    assert max(len(read.rows) for read in reads) == BATCH
    assert reads[-1].last.shape[:2] == (1, MOST_TOKENS)


def test_a_mask_leaves_tokens_out_of_the_mean():
    last = torch.tensor([[[3.0, 0.0], [0.0, 4.0], [9.0, 9.0]]])
    found = pooled(last, torch.tensor([[True, True, False]]))
    torch.testing.assert_close(found, torch.tensor([[0.6, 0.8]]))
    torch.testing.assert_close(found, pooled(last[:, :2]))


def test_a_frozen_transformer_is_a_regression_on_its_vectors():
    encoder, rng = loaded(), np.random.default_rng(0)
    classifier = TransformerClassifier(encoder, rng.normal(size=32), 0.3, 33)
    logits = [vector_in_float64(encoder, text) @ classifier.weight + 0.3 for text in TEXTS]
    np.testing.assert_allclose(classifier.probabilities(TEXTS), 1 / (1 + np.exp(-np.array(logits))), atol=1e-5)
    assert (classifier.parameters, classifier.trained) == (encoder.parameters + 33, 33)


def test_a_decoder_and_a_text_without_tokens_are_refused():
    with pytest.raises(ValueError, match="Only an encoder"):
        next(read_texts(loaded("gpt2"), TEXTS))
    with pytest.raises(ValueError, match="no tokens"):
        next(read_texts(loaded(), ["", "good"]))


# ---- another last layer


def shaken(layer):
    """The layer with other weights."""
    dice = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in layer.parameters():
            weight += 0.1 * torch.randn(weight.shape, generator=dice)
    return layer


@pytest.mark.parametrize("family", ["bert", "roberta", "electra"])
def test_a_copy_of_the_last_layer_changes_nothing_and_another_one_only_what_comes_after_it(family):
    encoder = loaded(family)
    before = trace_attention(encoder.model, encoder.tokenizer, TEXTS[1])
    sample = next(read_texts(encoder, TEXTS))
    same = with_last_layer(encoder, last_layer(encoder, sample))
    other = with_last_layer(encoder, shaken(last_layer(encoder, sample)))
    for tuned, moves in ((same, False), (other, True)):
        trace = trace_attention(tuned.model, tuned.tokenizer, TEXTS[1])
        assert np.array_equal(trace.hidden["self"][:-1], before.hidden["self"][:-1])
        assert np.array_equal(trace.hidden["self"][-1], before.hidden["self"][-1]) is not moves
        moved = moved_heads(before.parts["self"], trace.parts["self"])  # (L, H)
        assert moved[:-1].max() == 0
        assert (moved[-1] > 0).all() == moves
    after = trace_attention(encoder.model, encoder.tokenizer, TEXTS[1])
    assert np.array_equal(after.hidden["self"], before.hidden["self"])
    assert len({encoder.key, same.key, other.key}) == 3


def test_the_layers_below_are_shared_and_the_original_keeps_its_own():
    encoder = loaded()
    last = encoder.model.encoder.layer[-1]
    tuned = with_last_layer(encoder, last_layer(encoder, next(read_texts(encoder, TEXTS))))
    assert encoder.model.encoder.layer[-1] is last
    assert tuned.model.encoder.layer[-1] is not last
    assert tuned.model.encoder.layer[0] is encoder.model.encoder.layer[0]
    assert tuned.model.embeddings is encoder.model.embeddings
    own = {id(weight) for weight in last.parameters()}
    assert not own & {id(weight) for weight in tuned.model.parameters()}


@pytest.mark.parametrize("family", ["distilbert", "albert", "modernbert", "mpnet", "deberta_v2"])
def test_a_last_layer_that_cannot_be_run_alone_is_refused(family):
    encoder = loaded(family)
    with pytest.raises(Refusal, match="not built like the last layer of BERT"):
        last_layer(encoder, next(read_texts(encoder, TEXTS)))


def test_a_last_layer_that_alone_gives_something_else_is_refused():
    sample = next(read_texts(loaded(), TEXTS))
    with pytest.raises(Refusal, match="not built like the last layer of BERT"):
        last_layer(loaded(), replace(sample, last=sample.last + 1e-3))


def test_a_layer_is_copied_with_its_own_config_and_without_dropout():
    encoder = loaded()
    layer = last_layer(encoder, next(read_texts(encoder, TEXTS)))
    assert layer.attention.self.config is encoder.model.config
    assert {module.p for module in layer.modules() if isinstance(module, torch.nn.Dropout)} == {0.0}
    assert all(weight.requires_grad for weight in layer.parameters())


# ---- how far attention moved


def test_how_far_heads_moved_by_hand():
    before = attention_parts.part(size=2, layers=1, heads=2)
    a = np.array([[[[1.0, 0.0], [0.5, 0.5]], [[0.2, 0.8], [0.3, 0.7]]]], np.float32)  # (L, H, Tq, Tk)
    b = np.array([[[[0.0, 1.0], [0.5, 0.5]], [[0.4, 0.6], [0.3, 0.7]]]], np.float32)
    found = moved_heads(replace(before, weights=a), replace(before, weights=b))
    np.testing.assert_allclose(found, [[0.5, 0.1]], atol=1e-7)


def test_traces_of_two_texts_are_not_compared():
    with pytest.raises(ValueError, match="same text"):
        moved_heads(attention_parts.part(size=3), attention_parts.part(size=4))
