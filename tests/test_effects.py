"""What hangs on heads and weights, against surgery on copies of a model and against finite differences."""

import copy
import threading
from functools import cache
from itertools import product
from math import log

import numpy as np
import pytest
import torch
import transformers
import transformers_zoo as zoo
from numpy.testing import assert_allclose, assert_array_equal

from seqviz.traces import effects
from seqviz.traces.analyses import sentence_embedding
from seqviz.traces.attention import trace_attention
from seqviz.traces.effects import ablation, gradient_times_attention

TEXT = "The cat did not cross the street because it was too tired."
FAMILIES = [family for family in zoo.FAMILIES if family not in zoo.HIDDEN]

# The weights that mix the heads of a layer: their place, the axis along which heads lie.
MIXES = {
    "bert": ("encoder.layer.{}.attention.output.dense", 1),
    "distilbert": ("transformer.layer.{}.attention.out_lin", 1),
    "modernbert": ("layers.{}.attn.Wo", 1),
    "gpt2": ("transformer.h.{}.attn.c_proj", 0),
    "llama": ("model.layers.{}.self_attn.o_proj", 1),
    "qwen3": ("model.layers.{}.self_attn.o_proj", 1),
    "gemma2": ("model.layers.{}.self_attn.o_proj", 1),
    "gpt_neox": ("gpt_neox.layers.{}.attention.dense", 1),
    "t5": ("encoder.block.{}.layer.0.SelfAttention.o", 1),
    "bart": ("model.encoder.layers.{}.self_attn.out_proj", 1),
}


@cache
def double(family):
    """The family's model in float64."""
    return copy.deepcopy(zoo.model(family)).double()


def scaled(family, layer, head, factor):
    """A copy whose head's output counts so many times as much, by surgery on the weights that mix the heads."""
    model = copy.deepcopy(double(family))
    path, axis = MIXES[family]
    weight = model.get_submodule(path.format(layer)).weight
    with torch.no_grad():
        weight.tensor_split(4, dim=axis)[head].mul_(factor)
    return model


def answer(model, family):
    """What the model says to TEXT, run as its own documentation says: log-probabilities, or the mean of its states."""
    inputs = zoo.tokenizer(family)(TEXT, return_tensors="pt", return_token_type_ids=False)
    with torch.no_grad():
        if family in zoo.DECODERS:
            return model(**inputs).logits[0, -1].log_softmax(dim=0)
        return (model.get_encoder() if family in zoo.ENCODER_DECODERS else model)(**inputs)[0][0].mean(dim=0)


# ---- ablation


@pytest.mark.parametrize("family", MIXES)
def test_a_head_alone_silenced_is_one_cut_out_of_the_weights(family):
    model = double(family)
    found = ablation(model, zoo.tokenizer(family), TEXT)
    usual = answer(model, family)
    assert found.shape == (model.config.num_hidden_layers, 4)
    for layer, head in product(*map(range, found.shape)):
        cut = answer(scaled(family, layer, head, 0), family)
        if family in zoo.DECODERS:
            expected = torch.nn.functional.kl_div(cut, usual, log_target=True, reduction="sum") / log(2)
        else:
            expected = 1 - usual @ cut / usual.norm() / cut.norm()
        assert found[layer, head] == pytest.approx(float(expected), rel=1e-4)
    assert found.min() > 1e-4  # each head does something here: the comparison means something


@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_alone_silenced_is_one_silenced_in_a_trace(family):
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    pair = None if family in zoo.DECODERS else "She slept."
    found = ablation(model, tokenizer, TEXT, pair, most=20)
    usual = trace_attention(model, tokenizer, TEXT, pair, most=20)
    for layer, head in [(0, 1), (1, 3)]:
        silent = [(layer, head)]
        without = trace_attention(model, tokenizer, TEXT, pair, most=20, silenced=silent)
        if family in zoo.DECODERS:
            p, without_p = (torch.tensor(trace.next_logits).double().log_softmax(dim=0) for trace in (usual, without))
            expected = float((p.exp() * (p - without_p)).sum() / log(2))
        else:
            expected = 1 - float(sentence_embedding(usual).astype(float) @ sentence_embedding(without).astype(float))
        assert found[layer, head] == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("family", ["bert", "gpt2", "t5"])
def test_batches_make_no_difference(family, monkeypatch):
    found = ablation(double(family), zoo.tokenizer(family), TEXT)
    sizes = []
    monkeypatch.setattr(
        effects, "_answers", lambda *args, own=effects._answers: (sizes.append(len(args[2])), own(*args))[1]
    )
    for cells in (1, 3 * 34**2):
        monkeypatch.setattr(effects, "_CELLS", cells)
        assert_allclose(ablation(double(family), zoo.tokenizer(family), TEXT), found, atol=1e-12)
    assert sizes[:9] == [1] * 9  # the usual answer, then each of 8 heads
    assert max(sizes) > 1


# ---- gradient × attention


def target(found, family):
    """y: the logarithm of the largest probability, or the length of the mean."""
    return float(found.max() if family in zoo.DECODERS else found.norm())


# These families compute norms or softmax in float32 whatever the precision of the model: the step that is best then
# for a finite difference, and how far off it may then be.
ROUNDED = dict.fromkeys(("modernbert", "llama", "qwen3", "gemma2", "t5"), (1e-3, 1e-3))
EXACT = (1e-4, 1e-6)


@pytest.mark.parametrize("family", MIXES)
def test_a_head_adds_up_to_what_its_scale_changes(family):
    found = gradient_times_attention(double(family), zoo.tokenizer(family), TEXT).sum(axis=(2, 3))
    step, tolerance = ROUNDED.get(family, EXACT)
    for layer, head in product(*map(range, found.shape)):
        more, less = (target(answer(scaled(family, layer, head, 1 + s), family), family) for s in (step, -step))
        assert found[layer, head] == pytest.approx((more - less) / (2 * step), rel=0, abs=tolerance)
    assert np.median(np.abs(found)) > 0.05


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama"])
def test_a_cell_is_what_a_little_more_of_this_weight_changes(family, monkeypatch):
    """The family's own attention with one weight changed, and all that follows from it."""
    model, tokenizer = copy.deepcopy(double(family)), zoo.tokenizer(family)
    found = gradient_times_attention(model, tokenizer, TEXT)
    part = trace_attention(model, tokenizer, TEXT).parts["self"]
    modules = [model.get_submodule(path) for path in part.paths]
    model.set_attn_implementation("eager")
    home = getattr(transformers.models, family)
    home = getattr(home, f"modeling_{family}")
    step, tolerance = ROUNDED.get(family, EXACT)
    last = len(part.queries) - 1
    for layer, head, query, key in [(0, 1, 4, 2), (0, 2, last, 0), (1, 3, last, 3), (0, 0, 5, 5)]:
        said = []
        for by in (step, -step):

            def attend(module, q, k, v, *rest, by=by, own=home.eager_attention_forward, **options):
                output, weights = own(module, q, k, v, *rest, **options)
                if module is modules[layer]:  # noqa: B023  (called at once)
                    output[0, query, head] += by * v[0, part.head_of_key(head), key]  # noqa: B023
                return output, weights

            with monkeypatch.context() as patch:
                patch.setattr(home, "eager_attention_forward", attend)
                said.append(target(answer(model, family), family))
        slope = (said[0] - said[1]) / (2 * step)
        assert abs(slope) > 10 * tolerance
        cell = (layer, head, query, key)
        assert found[cell] == pytest.approx(part.weights[cell] * slope, rel=0, abs=tolerance * part.weights[cell])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_gradient_is_as_large_as_the_weights_and_nothing_where_none_is_allowed(family):
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    found = gradient_times_attention(model, tokenizer, TEXT)
    part = next(iter(trace_attention(model, tokenizer, TEXT).parts.values()))
    assert found.shape == part.weights.shape
    assert found.dtype == part.weights.dtype
    assert not np.where(part.allowed[:, None], 0, found).any()
    assert found.any(axis=(2, 3)).all()


@pytest.mark.parametrize("family", ["bert", "llama"])
def test_a_frozen_model_has_the_same_gradients_and_no_model_keeps_any(family):
    model, tokenizer = copy.deepcopy(zoo.model(family)), zoo.tokenizer(family)
    found = gradient_times_attention(model, tokenizer, TEXT)
    assert all(parameter.grad is None for parameter in model.parameters())
    model.requires_grad_(False)
    with torch.no_grad():
        assert_array_equal(gradient_times_attention(model, tokenizer, TEXT), found)


def test_halves_come_out_as_floats():
    model = copy.deepcopy(zoo.model("llama")).bfloat16()
    assert gradient_times_attention(model, zoo.tokenizer("llama"), TEXT).dtype == np.float32
    assert np.isfinite(ablation(model, zoo.tokenizer("llama"), TEXT)).all()


# ---- both


@pytest.mark.parametrize("of", [ablation, gradient_times_attention])
@pytest.mark.parametrize(
    ("family", "complaint"), [*((family, "a way of its own") for family in zoo.HIDDEN), ("headless", "no next token")]
)
def test_what_they_cannot_do_they_say(of, family, complaint):
    model = zoo.model("gpt2").transformer if family == "headless" else zoo.model(family)
    with pytest.raises(ValueError, match=complaint):
        of(model, zoo.tokenizer("gpt2" if family == "headless" else family), TEXT)


@pytest.mark.parametrize("of", [ablation, gradient_times_attention])
def test_they_refuse_what_a_trace_refuses(of):
    with pytest.raises(ValueError, match="no tokens"):
        of(zoo.model("bert"), zoo.tokenizer("bert"), " ")
    with pytest.raises(ValueError, match="no pair"):
        of(zoo.model("gpt2"), zoo.tokenizer("gpt2"), TEXT, "She slept.")


def test_threads_that_share_a_model_do_not_mix():
    """Ablations, gradients and traces of different texts at once, each equal to what it is alone."""
    model, tokenizer = zoo.model("bert"), zoo.tokenizer("bert")
    texts = ["The cat slept.", "It is good, it is bad, it is not so bad.", "We believe what we see: unbelievable!"]
    jobs = [
        *((ablation, (text,), {}) for text in texts),
        *((gradient_times_attention, (text,), {}) for text in texts),
        *((trace_attention, (text,), {"silenced": [(0, 2)]}) for text in texts),
    ]

    def run(job):
        of, args, options = job
        found = of(model, tokenizer, *args, **options)
        return found if isinstance(found, np.ndarray) else found.hidden["self"]

    alone = [run(job) for job in jobs]
    failures = []

    def again(first):
        for i in range(40):
            number = (first + i) % len(jobs)
            try:
                assert_allclose(run(jobs[number]), alone[number], atol=1e-6)
            except BaseException as error:  # a thread's errors are nobody's otherwise
                failures.append((number, error))

    threads = [threading.Thread(target=again, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
