"""What a trace of attention says against the model's own eager run, against formulas in float64, and by surgery."""

import copy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
import tokenizers
import torch
import transformers
import transformers_zoo as zoo
from torch import nn

import seqviz
from seqviz.models import minilm
from seqviz.traces.attention import output_projection
from seqviz.traces.tokens import read

TEXT = "The cat did not cross the street, unbelievable 😀: it was too tired."
PAIR = "La niña comió; qué bien."
SEEN = [family for family in zoo.FAMILIES if family not in zoo.HIDDEN]
PADDED = {"roberta", "mpnet"}
every_family = pytest.mark.parametrize("family", zoo.FAMILIES)
every_seen = pytest.mark.parametrize("family", SEEN)


@cache
def trace(family, **options):
    return seqviz.trace_attention(zoo.model(family), zoo.tokenizer(family), TEXT, **options)


@cache
def own_copy(family):
    """A copy of the zoo's model that computes eagerly by itself."""
    model = copy.deepcopy(zoo.model(family))
    model.set_attn_implementation("eager")
    return model


def inputs(family, text=TEXT, pair=None):
    """What the tokenizer gives, and what a decoder beside an encoder reads: written without the code under test."""
    found = dict(zoo.tokenizer(family)(text, pair, return_tensors="pt"))
    if family in zoo.ENCODER_DECODERS:
        labels = zoo.tokenizer(family)(TEXT, return_tensors="pt").input_ids
        found["decoder_input_ids"] = own_copy(family).prepare_decoder_input_ids_from_labels(labels)
    return found


def run(model, found):
    with torch.no_grad():
        return model(**found, output_attentions=True, output_hidden_states=True)


def weights_of(output, part):
    name = {"self": "attentions", "cross": "cross_attentions"}.get(part, f"{part}_attentions")
    return torch.cat(output[name]).numpy()


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@every_family
def test_a_trace_is_the_models_own_eager_run(family):
    found, output = trace(family), run(own_copy(family), inputs(family))
    names = ["encoder", "decoder", "cross"] if family in zoo.ENCODER_DECODERS else ["self"]
    assert (found.model_type, list(found.parts)) == (zoo.model(family).config.model_type, names)
    for name, part in found.parts.items():
        assert part.name == name
        np.testing.assert_allclose(part.weights, weights_of(output, name), rtol=0, atol=1e-6)
    for name, hidden in found.hidden.items():
        expected = output["hidden_states" if name == "self" else f"{name}_hidden_states"]
        np.testing.assert_allclose(hidden, torch.cat(expected).numpy(), rtol=0, atol=1e-5)
    if family in zoo.DECODERS:
        np.testing.assert_allclose(found.next_logits, output.logits[0, -1].numpy(), rtol=0, atol=1e-5)
    else:
        assert found.next_logits is None


@pytest.mark.parametrize("family", zoo.ENCODERS)
def test_a_pair_is_two_sentences_to_an_encoder(family):
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    part = seqviz.trace_attention(model, tokenizer, TEXT, PAIR).parts["self"]
    expected = weights_of(run(own_copy(family), inputs(family, TEXT, PAIR)), "self")
    np.testing.assert_allclose(part.weights, expected, rtol=0, atol=1e-6)
    tokens = part.queries
    assert set(tokens.segments) == {0, 1} and list(tokens.segments) == sorted(tokens.segments)
    for typed, segment in ((TEXT, 0), (PAIR, 1)):
        spans = [s for s, own in zip(tokens.spans, tokens.segments, strict=True) if own == segment and s is not None]
        assert {place for span in spans for place in range(*span)} >= {i for i, c in enumerate(typed) if c.isalnum()}


@pytest.mark.parametrize("family", zoo.ENCODER_DECODERS)
def test_a_pair_is_what_an_encoder_decoder_writes(family):
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    found = seqviz.trace_attention(model, tokenizer, TEXT, PAIR)
    labels = tokenizer(PAIR, return_tensors="pt").input_ids
    with torch.no_grad():  # given labels, the model itself shifts them
        output = own_copy(family)(**tokenizer(TEXT, return_tensors="pt"), labels=labels, output_attentions=True)
    for name, part in found.parts.items():
        np.testing.assert_allclose(part.weights, weights_of(output, name), rtol=0, atol=1e-6)
    cross, decoder = found.parts["cross"], found.parts["decoder"]
    assert cross.queries is decoder.queries and cross.keys is found.parts["encoder"].keys
    start = tokenizer.convert_ids_to_tokens(model.config.decoder_start_token_id)
    assert decoder.query_tokens[0] == start and decoder.queries.special[0] and decoder.queries.spans[0] is None
    assert len(decoder.queries) == labels.shape[1]
    assert decoder.queries.words.count(decoder.queries.words[0]) == 1
    assert decoder.query_tokens[1:] == read(tokenizer, PAIR, None, 99).tokens.texts[:-1]


@every_family
def test_kind(family):
    lists = {"encoder": zoo.ENCODERS, "decoder": zoo.DECODERS, "encoder-decoder": zoo.ENCODER_DECODERS}
    assert family in lists[trace(family).kind]


@pytest.mark.parametrize("family", ["bert", "gpt2", "t5"])
def test_the_shortest_text_is_one_token(family):
    found = seqviz.trace_attention(zoo.model(family), zoo.tokenizer(family), "a", most=1 if family == "gpt2" else 3)
    part = next(iter(found.parts.values()))
    assert len(part.queries) == {"bert": 3, "gpt2": 1, "t5": 3}[family]
    np.testing.assert_allclose(part.weights.sum(axis=-1), 1, rtol=0, atol=1e-5)


@every_family
def test_rows_add_up_to_one_and_what_is_not_allowed_has_no_weight(family):
    for part in trace(family).parts.values():
        layers, _heads, rows, columns = part.weights.shape
        assert (rows, columns) == (len(part.queries), len(part.keys)) == (len(part.query_tokens), len(part.key_tokens))
        assert part.allowed.shape == (layers, rows, columns) and part.allowed.dtype == bool
        np.testing.assert_allclose(part.weights.sum(axis=-1), 1, rtol=0, atol=1e-5)
        assert not (part.weights * ~part.allowed[:, None]).any()


@every_family
def test_allowed_is_what_the_family_says(family):
    for name, part in trace(family).parts.items():
        rows, columns = np.indices(part.allowed.shape[1:])
        for layer, allowed in enumerate(part.allowed):
            expected = np.ones_like(allowed)
            if name == "decoder" or family in zoo.DECODERS:
                expected = columns <= rows
            if (family, layer) in {("gemma2", 0), ("gpt_neo", 1)}:
                expected = expected & (rows - columns < 4)
            if family == "modernbert" and layer > 0:
                expected = abs(rows - columns) <= 4
            assert np.array_equal(allowed, expected), (name, layer)


@every_seen
def test_queries_and_keys_recompute_the_weights_in_float64(family):
    for name, part in trace(family).parts.items():
        layers, heads = part.weights.shape[:2]
        assert len(part.scale) == layers
        for layer in range(layers):
            for head in range(heads):
                q = part.q[layer, head].astype(float)
                k = part.k[layer, head * part.k.shape[1] // heads].astype(float)
                scores = np.einsum("qd,kd->qk", q, k) * part.scale[layer]
                if part.cap:
                    scores = np.tanh(scores / part.cap) * part.cap
                if part.bias is not None:
                    scores = scores + part.bias[layer, head]
                scores[~part.allowed[layer]] = -np.inf
                np.testing.assert_allclose(softmax(scores), part.weights[layer, head], rtol=0, atol=1e-5, err_msg=name)
                np.testing.assert_allclose(part.scores(layer, head), scores, rtol=0, atol=1e-10)
                assert part.scores(layer, head).dtype == np.float64


def test_each_familys_own_formula_is_told():
    parts = {family: next(iter(trace(family).parts.values())) for family in SEEN}
    assert {family for family, part in parts.items() if part.bias is not None} == {"t5"}
    assert {family: part.cap for family, part in parts.items() if part.cap} == {"gemma2": 2.0}
    assert trace("t5").parts["cross"].bias is None
    scales = {family: part.scale.tolist() for family, part in parts.items()}
    assert scales["t5"] == scales["opt"] == [1, 1]
    assert scales["gpt2"] == pytest.approx([8**-0.5, 8**-0.5 / 2])
    assert scales["gemma2"] == [256**-0.5] * 2
    assert scales["bert"] == pytest.approx([8**-0.5] * 2)


def test_heads_of_a_group_share_their_keys():
    groups = {family: trace(family).parts["self"] for family in ("llama", "qwen3", "gemma2", "gpt2")}
    shared = {family: [part.head_of_key(head) for head in range(4)] for family, part in groups.items()}
    assert shared == {"llama": [0, 0, 1, 1], "qwen3": [0, 0, 0, 0], "gemma2": [0, 0, 1, 1], "gpt2": [0, 1, 2, 3]}
    assert {family: part.v.shape[1] for family, part in groups.items()} == {
        "llama": 2, "qwen3": 1, "gemma2": 2, "gpt2": 4,
    }  # fmt: skip
    assert groups["qwen3"].q.shape[-1] == 12


@every_seen
def test_heads_through_the_output_projection_give_what_the_models_own_gives(family):
    model, found = own_copy(family), trace(family)
    names = {"o_proj", "out_proj", "c_proj", "out_lin", "Wo", "o", "dense"}
    for part in found.parts.values():
        for layer, path in enumerate(part.paths):
            module = model.get_submodule(path)
            known = [child for name, child in module.named_children() if name in names]
            own = known[0] if known else model.get_submodule(path.replace("attention.self", "attention.output")).dense
            outputs = []
            handle = own.register_forward_hook(lambda _module, _inputs, output, kept=outputs: kept.append(output))
            run(model, inputs(family))
            handle.remove()
            weight, bias = output_projection(model, path, part.weights.shape[1])
            heads = np.stack([part.head_output(layer, head) for head in range(len(weight))])
            mixed = (heads @ weight).sum(axis=0) + (0 if bias is None else bias)  # (H, T, d) x (H, d, D)
            # ALBERT's layers are one module, called once a layer.
            expected = outputs[layer if family == "albert" else 0][0].numpy()
            np.testing.assert_allclose(mixed, expected, rtol=0, atol=1e-5)


def test_an_unknown_output_projection_is_none():
    model = copy.deepcopy(zoo.model("llama"))
    path = trace("llama").parts["self"].paths[0]
    attention = model.get_submodule(path)
    attention.o_proj = nn.Sequential(attention.o_proj)
    assert output_projection(model, path, 4) is None
    attention.mixer = attention.o_proj[0]
    del attention.o_proj
    assert output_projection(model, path, 4) is None


@every_seen
def test_silencing_a_head_is_cutting_its_output_projection(family):
    part = next(iter(trace(family).parts.values()))
    layer, head = (slice(None), 2) if family == "albert" else (1, 2)  # ALBERT's layers share their weights
    cut = copy.deepcopy(zoo.model(family))
    for path in [part.paths[layer]] if isinstance(layer, int) else part.paths[layer][:1]:
        own = copy.deepcopy(output_projection(cut, path, 4)[0])
        width = own.shape[1]
        with torch.no_grad():
            module = cut.get_submodule(path)
            children = dict(module.named_children())
            names = [n for n in ("o_proj", "out_proj", "c_proj", "out_lin", "Wo", "o", "dense") if n in children]
            place = children[names[0]] if names else cut.get_submodule(path.replace(".self", ".output")).dense
            weight = place.weight if family == "gpt2" else place.weight.T
            weight[head * width : (head + 1) * width] = 0
    silenced = [(i, head) for i in range(2)] if family == "albert" else [(layer, head)]
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    silent = seqviz.trace_attention(model, tokenizer, TEXT, silenced=silenced)
    expected = seqviz.trace_attention(cut, tokenizer, TEXT)
    for name, hidden in silent.hidden.items():
        np.testing.assert_allclose(hidden, expected.hidden[name], rtol=0, atol=1e-5)
        assert not np.allclose(hidden[-1], trace(family).hidden[name][-1], rtol=0, atol=1e-3)


@pytest.mark.parametrize("family", [family for family in zoo.FAMILIES if family != "deberta_v2"])
def test_nobody_looks_at_a_masked_token(family):
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    found = seqviz.trace_attention(model, tokenizer, TEXT, masked=[2, 4])
    there = inputs(family)
    there["attention_mask"][0, [2, 4]] = 0
    if family == "opt":
        there["position_ids"] = torch.arange(there["input_ids"].shape[1])[None]
    output = run(own_copy(family), there)
    for name, part in found.parts.items():
        np.testing.assert_allclose(part.weights, weights_of(output, name), rtol=0, atol=1e-6)
        if name != "decoder":
            assert not part.weights[..., [2, 4]].any() and not part.allowed[..., [2, 4]].any()
            np.testing.assert_allclose(part.weights.sum(axis=-1), 1, rtol=0, atol=1e-5)


@every_family
def test_somebody_must_be_left_to_look_at(family):
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    everybody = range(len(next(iter(trace(family).parts.values())).keys))
    with pytest.raises(ValueError, match="Token 0 would have nobody left to look at"):
        seqviz.trace_attention(model, tokenizer, TEXT, masked=everybody)
    if family in zoo.DECODERS:
        with pytest.raises(ValueError, match="Token 0 would have nobody left to look at"):
            seqviz.trace_attention(model, tokenizer, TEXT, masked=[0])
    if family == "deberta_v2":  # its masked tokens may not look at anybody
        with pytest.raises(ValueError, match="Token 2 would have nobody left to look at"):
            seqviz.trace_attention(model, tokenizer, TEXT, masked=[2])


@pytest.mark.parametrize("family", zoo.HIDDEN)
def test_families_that_hide_queries_and_keys_show_weights_alone(family):
    part = trace(family).parts["self"]
    assert (part.q, part.k, part.v, part.scale, part.cap, part.bias, part.paths) == (None,) * 6 + ((),)
    for ask in (lambda: part.scores(0, 0), lambda: part.head_output(0, 0), lambda: part.head_of_key(0)):
        with pytest.raises(ValueError, match="hides q, k and v"):
            ask()
    with pytest.raises(ValueError, match="its heads cannot be silenced"):
        seqviz.trace_attention(zoo.model(family), zoo.tokenizer(family), TEXT, silenced=[(0, 0)])


def test_a_family_whose_formula_is_another_shows_weights_alone():
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    ids = {"pad_token_id": 1, "eos_token_id": 2}
    config = transformers.GptOssConfig(
        vocab_size=len(zoo.tokenizer("gpt2")),
        head_dim=8,
        intermediate_size=16,
        num_local_experts=2,
        num_experts_per_tok=1,
        **sizes,
        **ids,
    )
    torch.manual_seed(0)
    model = transformers.GptOssForCausalLM(config).eval()  # its heads may also look at nobody, which no key tells
    part = seqviz.trace_attention(model, zoo.tokenizer("gpt2"), TEXT).parts["self"]
    assert (part.q, part.k, part.v, part.scale) == (None,) * 4
    assert (part.weights.sum(axis=-1) < 0.999).all()
    silent = seqviz.trace_attention(model, zoo.tokenizer("gpt2"), TEXT, silenced=[(0, 0)]).parts["self"]
    assert np.array_equal(silent.weights[0], part.weights[0]) and not np.allclose(silent.weights[1], part.weights[1])


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
@pytest.mark.parametrize("family", ["bert", "gpt2", "t5"])
def test_a_model_is_as_it_was_afterwards(family, implementation, monkeypatch):
    model = copy.deepcopy(zoo.model(family))
    model.set_attn_implementation(implementation)
    configs = {id(m.config): m.config for m in model.modules() if isinstance(m, transformers.PreTrainedModel)}
    before = [config.to_dict() | {"attention": config._attn_implementation} for config in configs.values()]
    state = copy.deepcopy(model.state_dict())
    seqviz.trace_attention(model, zoo.tokenizer(family), TEXT, silenced=[(0, 1)])
    monkeypatch.setattr(nn.functional, "softmax", None)  # the eager attention breaks in the middle of the pass
    with pytest.raises(TypeError):
        seqviz.trace_attention(model, zoo.tokenizer(family), TEXT)
    assert before == [config.to_dict() | {"attention": config._attn_implementation} for config in configs.values()]
    assert {config._attn_implementation for config in configs.values()} == {implementation}
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("family", ["bert", "llama", "t5", "bloom"])
def test_a_trace_and_its_model_share_nothing(family):
    model = copy.deepcopy(zoo.model(family))
    found = seqviz.trace_attention(model, zoo.tokenizer(family), TEXT)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(9.0)
    for name, part in found.parts.items():
        assert np.array_equal(part.weights, trace(family).parts[name].weights)
        assert part.q is None or np.array_equal(part.q, trace(family).parts[name].q)


@pytest.mark.parametrize("family", ["bert", "gpt2", "t5", "bloom"])
def test_eight_threads_on_one_model_never_mix(family):
    model, tokenizer = copy.deepcopy(zoo.model(family)), copy.deepcopy(zoo.tokenizer(family))
    tokenizer.backend_tokenizer.enable_truncation(8)  # as MiniLM's file has it: the first call takes it away
    words = ["the", "cat", "did", "not", "cross", "street", "because", "it", "was", "too", "tired", "dog"]
    jobs = []
    for i in range(400 if family == "bert" else 100):
        text = " ".join(words[(i + j) % len(words)] for j in range(2 + i % 9))
        jobs.append((text, [(i % 2, i % 4)] if i % 3 == 0 and family != "bloom" else []))
    plain_inputs = inputs(family)
    with torch.no_grad():
        plain = model(**plain_inputs)[0]

    def work(job):
        text, silenced = job
        if not text:  # somebody who only uses the model, with its own attention
            with torch.no_grad():
                return model(**plain_inputs)[0]
        found = seqviz.trace_attention(model, tokenizer, text, silenced=silenced)
        parts = [array for part in found.parts.values() for array in (part.weights, part.q, part.v)]
        return [*parts, *found.hidden.values()], found.parts[next(iter(found.parts))].query_tokens

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, [job for pair in zip(jobs, [("", [])] * len(jobs), strict=True) for job in pair]))
    assert model.config._attn_implementation == zoo.model(family).config._attn_implementation
    for job, (arrays, tokens), used in zip(jobs, results[::2], results[1::2], strict=True):
        expected, expected_tokens = work(job)
        assert tokens == expected_tokens
        assert all(a is b or np.array_equal(a, b) for a, b in zip(arrays, expected, strict=True))
        torch.testing.assert_close(used, plain, rtol=0, atol=1e-5)


def test_a_model_that_is_used_while_it_is_traced_computes_as_always():
    """A pass begun before a trace has a mask for its own attention: none at all, which eager would take for no mask."""
    model = copy.deepcopy(zoo.model("gpt2"))
    with torch.no_grad():
        plain = model(**inputs("gpt2")).logits
    block = model.transformer.h[0]
    handle = block.register_forward_pre_hook(lambda *_: results.append(pool.submit(hold).result()))
    tracing, results = [], []

    def hold():
        from seqviz.traces.capture import capture

        tracing.append(context := capture(model))
        context.__enter__()

    with ThreadPoolExecutor(1) as pool, torch.no_grad():
        used = model(**inputs("gpt2")).logits
        assert model.config._attn_implementation == "seqviz"
        pool.submit(lambda: tracing[0].__exit__(None, None, None)).result()
    handle.remove()
    assert model.config._attn_implementation == "sdpa"
    torch.testing.assert_close(used, plain, rtol=0, atol=1e-5)


def test_a_copy_made_during_a_trace_still_computes():
    from seqviz.traces.capture import capture

    model = copy.deepcopy(zoo.model("bert"))
    with capture(model):
        twin = copy.deepcopy(model)
    with torch.no_grad():
        torch.testing.assert_close(twin(**inputs("bert"))[0], model(**inputs("bert"))[0], rtol=0, atol=1e-5)
    assert np.array_equal(
        seqviz.trace_attention(twin, zoo.tokenizer("bert"), TEXT).parts["self"].weights,
        trace("bert").parts["self"].weights,
    )


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", ["bert", "llama"])
def test_arrays_are_in_the_models_own_precision_and_halves_in_float32(family, dtype):
    model = copy.deepcopy(zoo.model(family)).to(dtype)
    found = seqviz.trace_attention(model, zoo.tokenizer(family), TEXT)
    part = found.parts["self"]
    arrays = [part.weights, part.q, part.k, part.v, found.hidden["self"]]
    arrays += [found.next_logits] if found.next_logits is not None else []
    assert {array.dtype for array in arrays} == {np.dtype(np.float64 if dtype == torch.float64 else np.float32)}
    coarse = {torch.float64: 1e-5, torch.bfloat16: 0.15, torch.float16: 0.02}[dtype]
    np.testing.assert_allclose(part.weights, trace(family).parts["self"].weights, rtol=0, atol=coarse)


# What is read, and what is left out


@every_family
def test_a_long_text_is_cut_where_the_model_ends(family):
    model, tokenizer = zoo.model(family), zoo.tokenizer(family)
    text = " ".join(f"the cat {number} unbelievable" for number in range(zoo.POSITIONS))
    most = None if getattr(model.config, "max_position_embeddings", None) else zoo.POSITIONS
    found = seqviz.trace_attention(model, tokenizer, text, most=most)
    part = next(iter(found.parts.values()))
    assert len(part.keys) == zoo.POSITIONS  # RoBERTa's table has two rows that are no positions
    kept = text.removesuffix(found.left_out)
    assert found.left_out and kept + found.left_out == text
    assert list(tokenizer(kept).input_ids) == list(tokenizer(text[: len(kept)]).input_ids)
    last = [span for span in part.keys.spans if span is not None][-1]
    assert last[1] == len(kept)
    assert trace(family).left_out == ""


def test_the_smallest_limit_holds():
    model, tokenizer = zoo.model("bert"), copy.deepcopy(zoo.tokenizer("bert"))
    tokenizer.model_max_length = 9
    assert len(seqviz.trace_attention(model, tokenizer, TEXT).parts["self"].keys) == 9
    assert len(seqviz.trace_attention(model, tokenizer, TEXT, most=7).parts["self"].keys) == 7
    tokenizer.model_max_length = 1000
    assert len(seqviz.trace_attention(model, tokenizer, "the cat " * 999, most=999).parts["self"].keys) == 128


@pytest.mark.parametrize(
    ("text", "pair", "kept", "left_out"),
    [
        ("the cat did not cross", "the dog", ["the", "cat", "did", "the", "dog"], " not cross"),
        ("the dog", "the cat did not cross", ["the", "dog", "the", "cat", "did"], " not cross"),
        ("the cat did not", "the dog was not", ["the", "cat", "the", "dog", "was"], " did not\n not"),
        ("the cat did", "the dog", ["the", "cat", "did", "the", "dog"], ""),
    ],
)
def test_of_a_pair_the_longer_sentence_is_cut(text, pair, kept, left_out):
    found = seqviz.trace_attention(zoo.model("bert"), zoo.tokenizer("bert"), text, pair, most=8)
    tokens = found.parts["self"].queries
    assert [text for text, special in zip(tokens.texts, tokens.special, strict=True) if not special] == kept
    assert found.left_out == left_out


def test_no_character_is_read_by_halves():
    found = read(zoo.tokenizer("gpt2"), "a😀b", None, 3)  # 😀 alone is four bytes, each a token
    assert (found.tokens.texts, found.left_out) == (("a",), "😀b")


class Listening:
    """A tokenizer that counts the characters that it is given."""

    def __init__(self, tokenizer):
        self.tokenizer, self.characters = tokenizer, 0

    def __getattr__(self, name):
        return getattr(self.tokenizer, name)

    def __call__(self, text, **options):
        self.characters += len(text)
        return self.tokenizer(text, **options)


@pytest.mark.parametrize("text", ["the cat sat, mañana ", "a", "😀", "\u0301", "x\0", " x", "▁"])
@pytest.mark.parametrize("family", ["bert", "gpt2", "t5", "llama"])
def test_of_a_megabyte_only_a_little_is_cut_into_tokens(family, text):
    text, tokenizer = (text * 1_000_000)[:1_000_000], Listening(zoo.tokenizer(family))
    try:
        found = read(tokenizer, text, None, 512)
    except ValueError as error:
        assert family == "bert" and "no tokens" in str(error)  # BERT drops accents, so that nothing but them is nothing
    else:
        assert len(found.tokens) <= 512 and text.endswith(found.left_out) and len(found.left_out) > 900_000
        assert max(map(len, found.tokens.texts)) < 200
    assert 0 < tokenizer.characters < 200_000  # a megabyte takes seconds


# Whose characters a token stands for


def texts_of(family, text):
    tokens = read(zoo.tokenizer(family), text, None, 99).tokens
    return [text for text, special in zip(tokens.texts, tokens.special, strict=True) if not special]


@pytest.mark.parametrize(
    ("family", "text", "expected"),
    [
        ("bert", "El GATO cruzó.", ["El", "GATO", "cruzó", "."]),  # it drops case and accents: they are shown
        ("bert", "cruzo\u0301 e\u0301", ["cruzo\u0301", "e\u0301"]),
        ("bert", "cat 漢 dog", ["cat", "漢", "dog"]),  # unknown
        ("bert", "👩‍👩‍👧 cat", ["👩‍👩‍👧", "cat"]),
        ("bert", "ca\0t d\u200bog", ["ca\\x00t", "d\\u200bog"]),
        ("bert", "x" * 300, ["x" * 39 + "…"]),
        ("gpt2", "The cat", ["The", "cat"]),
        ("gpt2", " ü😀", ["␣", "ü", "…", "😀", "…", "…", "…"]),
        ("gpt2", "e\u0301", ["e", "◌\u0301", "…"]),
        ("gpt2", "\n\t\0", ["\\n", "\\t", "\\x00"]),
        ("gpt2", "a\u200d", ["a", "\\u200d", "…", "…"]),
        ("gpt2", "\u202e", ["\\u202e", "…", "…"]),
        ("qwen3", "u\u0308\u0301x", ["u\u0308\u0301", "…", "x"]),  # it composes ǘ first
        ("t5", "the cat", ["the", "cat"]),
        ("t5", "unbelievable", ["␣", "un", "believ", "able"]),  # the space before is the tokenizer's own
        ("t5", " 漢字", ["␣", "漢字"]),
        ("t5", "ﬁ", ["␣", "ﬁ", "…"]),
        ("llama", "the 😀", ["the", "␣", "😀", "…", "…", "…"]),
        ("llama", "漢", ["␣", "漢", "…", "…"]),
        ("t5", "Ġ▁", ["␣", "Ġ", "▁"]),
    ],
)
def test_a_token_is_shown_in_the_characters_that_were_typed(family, text, expected):
    assert texts_of(family, text) == expected


@pytest.mark.parametrize("family", zoo.FAMILIES)
@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        PAIR,
        "a\0b\0",
        "  two  spaces\n\nline ",
        "👩‍👩‍👧🏴󠁧󠁢󠁥󠁮󠁧󠁿e\u0301\u0302 \u0301x",
        "naïve Straße ﬁ 2026",
        "[CLS]<s>",
    ],
)
def test_spans_cover_what_was_typed_and_texts_are_what_they_span(family, text):
    tokens = read(zoo.tokenizer(family), text, None, 999).tokens
    assert len(tokens) == len(tokens.spans) == len(tokens.words) == len(tokens.segments) == len(tokens.special)
    covered = set()
    for shown, span, special in zip(tokens.texts, tokens.spans, tokens.special, strict=True):
        assert shown and (span is None) == special
        if span is None:
            continue
        assert text[slice(*span)].strip(" ") == shown or not shown.isalpha()
        assert not set("ĠÃÂð") & set(shown)  # no mojibake
        covered |= set(range(*span))
    assert covered >= {place for place, char in enumerate(text) if char.isalnum()}
    starts = [span[0] for span in tokens.spans if span is not None]
    assert starts == sorted(starts)


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_pieces_of_a_typed_word_have_one_number(family):
    text = "unbelievable  mañana, 2026 B2B cruzo\u0301 😀! state-of-it"
    tokens = read(zoo.tokenizer(family), text, None, 999).tokens
    words = {}
    for word, span in zip(tokens.words, tokens.spans, strict=True):
        if span is not None:
            first, last = words.get(word, span)
            words[word] = (min(first, span[0]), max(last, span[1]))
    found = [text[first:last].strip() for first, last in words.values()]
    for word in ("unbelievable", "mañana", "2026", "B2B", "cruzo\u0301", "😀"):
        assert word in found
    assert list(tokens.words) == sorted(tokens.words)
    special = [word for word, is_special in zip(tokens.words, tokens.special, strict=True) if is_special]
    assert all(tokens.words.count(word) == 1 for word in special)


def test_a_lone_space_belongs_to_the_word_after_it():
    tokens = read(zoo.tokenizer("t5"), "the unbelievable\n漢", None, 99).tokens
    assert tokens.texts == ("the", "␣", "un", "believ", "able", "漢", "</s>")
    assert tokens.words == (0, 1, 1, 1, 1, 2, 3)


def test_a_piece_from_the_middle_of_a_character_shows_the_next_one():
    model = tokenizers.models.BPE({"Ã": 0, "©": 1, "x": 2, "©x": 3}, [("©", "x")])
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokens = read(transformers.PreTrainedTokenizerFast(tokenizer_object=made), "éx", None, 9).tokens
    assert (tokens.texts, tokens.spans) == (("é", "x"), ((0, 1), (1, 2)))


class TwoLanguages(transformers.PreTrainedTokenizerFast):
    """A tokenizer that marks what is to be written, as NLLB's and mBART's do: by changing itself for a moment."""

    def _switch_to_input_mode(self):
        self.backend_tokenizer.post_processor = self.template("$A </s>")

    def _switch_to_target_mode(self):
        self.backend_tokenizer.post_processor = self.template("<unk> $A </s>")

    def template(self, form):
        ids = [(name, self.convert_tokens_to_ids(name)) for name in ("<unk>", "</s>")]
        return tokenizers.processors.TemplateProcessing(single=form, pair=f"{form} $B", special_tokens=ids)


def test_what_is_written_is_cut_as_such_in_every_thread():
    backend = copy.deepcopy(zoo.tokenizer("t5").backend_tokenizer)
    tokenizer = TwoLanguages(tokenizer_object=backend, pad_token="<pad>", unk_token="<unk>", eos_token="</s>")

    def work(_):
        given, written = (read(tokenizer, "the cat " * 50, None, 200, written=written) for written in (False, True))
        return given.tokens.texts[0], written.tokens.texts[0]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(400))) == {("the", "<unk>")}
    found = seqviz.trace_attention(zoo.model("t5"), tokenizer, TEXT, PAIR)
    assert found.parts["cross"].query_tokens[:2] == ("<pad>", "<unk>") and found.parts["cross"].key_tokens[0] == "The"


# What cannot be traced


@pytest.mark.parametrize(("family", "text"), [("bert", ""), ("bert", "   "), ("bert", "\n"), ("t5", "")])
def test_nothing_to_read_is_refused(family, text):
    with pytest.raises(ValueError, match="nothing to read"):
        seqviz.trace_attention(zoo.model(family), zoo.tokenizer(family), text)
    with pytest.raises(ValueError, match="nothing to read"):
        seqviz.trace_attention(zoo.model(family), zoo.tokenizer(family), TEXT, text)


class Slow(transformers.PythonBackend):
    """A tokenizer that knows no offsets."""

    vocab_size = 3

    def get_vocab(self):
        return {"a": 0, "b": 1, "c": 2}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": nn.Linear(2, 2)}, "a Transformer for text from transformers, not Linear"),
        ({"model": "bert"}, "not str"),
        ({"model": copy.deepcopy(zoo.model("bert")).train()}, r"in training mode.*call model\.eval\(\) first"),
        ({"tokenizer": Slow()}, "Slow does not say for which characters a token stands"),
        ({"text": "half \ud83d"}, "a lone surrogate"),
        ({"most": 2}, "At most 2 tokens leave no room"),
        ({"most": -1}, "At most -1 tokens leave no room"),
        ({"masked": [99]}, "There is no token 99 to mask"),
        ({"masked": [-1]}, "There is no token -1 to mask"),
        ({"silenced": [(2, 0)]}, "There is no head 0 in layer 2 to silence: layers are 0 to 1, heads 0 to 3"),
        ({"silenced": [(0, 4)]}, "There is no head 4 in layer 0"),
        ({"silenced": [(-1, 0)]}, "There is no head 0 in layer -1"),
        ({"silenced": [(0, -1)]}, "There is no head -1 in layer 0"),
    ],
)
def test_what_cannot_be_traced_is_refused_with_the_reason(change, message):
    given = {"model": zoo.model("bert"), "tokenizer": zoo.tokenizer("bert"), "text": TEXT} | change
    with pytest.raises(ValueError, match=message):
        seqviz.trace_attention(**given)


@pytest.mark.parametrize("family", zoo.DECODERS)
def test_a_decoder_takes_no_pair(family):
    with pytest.raises(ValueError, match="A decoder reads one text"):
        seqviz.trace_attention(zoo.model(family), zoo.tokenizer(family), TEXT, PAIR)


def test_a_first_character_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="no room for the first character"):
        seqviz.trace_attention(zoo.model("gpt2"), zoo.tokenizer("gpt2"), "😀", most=3)


def test_a_tokenizer_of_another_model_is_refused():
    with pytest.raises(ValueError, match="tokenizer does not belong to the model"):
        seqviz.trace_attention(zoo.model("t5"), zoo.tokenizer("llama"), TEXT)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("mamba", {"num_hidden_layers": 2, "state_size": 4}),  # no attention
        ("fnet", {"num_hidden_layers": 2, "intermediate_size": 48}),
        (
            "longformer",
            {"num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48, "attention_window": 4},
        ),
        ("vit", {"num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}),  # no text
    ],
)
def test_what_has_no_attention_of_tokens_to_tokens_is_refused(kind, options):
    config = transformers.AutoConfig.for_model(kind, vocab_size=500, hidden_size=32, pad_token_id=1, **options)
    model = transformers.AutoModel.from_config(config).eval()
    with pytest.raises(ValueError, match=r"not every token can look at|a Transformer for text"):
        seqviz.trace_attention(model, zoo.tokenizer("bert"), TEXT)


# MiniLM


def test_in_minilm_a_pronoun_finds_its_cat():
    tokenizer = transformers.AutoTokenizer.from_pretrained(minilm.folder(), local_files_only=True)
    model = transformers.AutoModel.from_pretrained(minilm.folder(), local_files_only=True).eval()
    sentence = "The cat did not cross the street because it was too tired."
    part = seqviz.trace_attention(model, tokenizer, sentence).parts["self"]
    assert part.query_tokens == ("[CLS]", *sentence[:-1].split(), ".", "[SEP]")
    it, cat = part.query_tokens.index("it"), part.key_tokens.index("cat")
    assert part.weights[3, 1, it, cat] == pytest.approx(0.76, abs=0.005)
    assert part.weights[3, 1, it].argmax() == cat
    assert len(seqviz.trace_attention(model, tokenizer, "the cat " * 999).parts["self"].keys) == 512


def test_seqviz_loads_torch_only_when_it_traces():
    code = "import seqviz, sys; print(*({'torch', 'transformers'} & set(sys.modules)))"
    run_alone = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run_alone.stdout.strip() == ""
    assert {"trace_attention", "AttentionTrace", "AttentionPart"} <= set(seqviz.__all__)
    assert seqviz.AttentionPart.__module__ == "seqviz.traces.attention"
