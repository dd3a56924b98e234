"""The lengths in a block against what the model's own modules give while it runs."""

import copy
from functools import partial

import numpy as np
import pytest
import torch
import transformers
import transformers_zoo as zoo
from numpy.testing import assert_allclose

from seqviz.traces.attention import trace_attention
from seqviz.traces.block import block_norms

TEXT = "The cat did not cross the street because it was too tired."

# Where a family's blocks are, and which modules in each give what attention adds, norm1, what feed-forward adds, norm2.
BERT = ("encoder.layer", "attention.output.dense", "attention.output.LayerNorm", "output.dense", "output.LayerNorm")
LLAMA = ("model.layers", "self_attn", "input_layernorm", "mlp", "post_attention_layernorm")
SEEN = {
    "bert": BERT,
    "roberta": BERT,
    "xlm-roberta": BERT,
    "electra": BERT,
    "distilbert": ("transformer.layer", "attention", "sa_layer_norm", "ffn", "output_layer_norm"),
    "modernbert": ("layers", "attn", "attn_norm", "mlp", "mlp_norm"),
    "gpt2": ("transformer.h", "attn", "ln_1", "mlp", "ln_2"),
    "llama": LLAMA,
    "mistral": LLAMA,
    "qwen2": LLAMA,
    "qwen3": LLAMA,
}
PRE = ("modernbert", "gpt2", "llama", "mistral", "qwen2", "qwen3")
LIKE = {"xlm-roberta": "roberta", "mistral": "llama", "qwen2": "qwen3"}  # not in the zoo: sizes and tokenizer of these


def load(family):
    """A model of the family and a tokenizer that it can read."""
    like = LIKE.get(family, family)
    model = zoo.model(like)
    if family in LIKE:
        sizes = model.config.to_dict()
        names = ("vocab_size", "hidden_size", "num_attention_heads", "num_key_value_heads", "num_hidden_layers")
        names += ("intermediate_size", "max_position_embeddings", "pad_token_id")
        config = transformers.AutoConfig.for_model(family, **{name: sizes[name] for name in names if name in sizes})
        torch.manual_seed(0)
        auto = transformers.AutoModel if family == "xlm-roberta" else transformers.AutoModelForCausalLM
        model = auto.from_config(config).eval()
    return model, zoo.tokenizer(like)


def run_with_hooks(model, tokenizer, family):
    """For each block what goes in, what comes out, and what its modules give in between: [{name: (T, D)}]."""
    model = copy.deepcopy(model)  # hooks on the model itself would go on to keep what block_norms makes of its modules
    path, *names = SEEN[family]
    blocks = model.get_submodule(path)
    found = [{} for _ in blocks]

    def keep(kept, name, output):
        kept[name] = (output[0] if isinstance(output, tuple) else output).reshape(-1, model.config.hidden_size)

    for block, kept in zip(blocks, found, strict=True):
        block.register_forward_pre_hook(lambda _block, inputs, kept=kept: keep(kept, "input", inputs[0]))
        block.register_forward_hook(lambda _block, _inputs, output, kept=kept: keep(kept, "output", output))
        for name, module in zip(("attention", "norm1", "feed_forward", "norm2"), names, strict=True):
            hook = partial(lambda _module, _inputs, output, kept, name: keep(kept, name, output), kept=kept, name=name)
            block.get_submodule(module).register_forward_hook(hook)
    with torch.no_grad():
        model(**tokenizer(TEXT, return_tensors="pt"))
    return found


@pytest.mark.parametrize("family", SEEN)
def test_every_length_is_that_of_what_the_module_gave(family):
    model, tokenizer = load(family)
    trace = trace_attention(model, tokenizer, TEXT)
    seen = run_with_hooks(model, tokenizer, family)
    assert len(seen) == len(trace.hidden["self"]) - 1 > 1
    for layer, kept in enumerate(seen):
        norms = block_norms(model, trace, layer)
        is_pre = family in PRE
        assert norms.kind == ("pre" if is_pre else "post")
        kept["sum1"] = kept["input"] + kept["attention"]
        kept["sum2"] = kept["feed_forward"] + kept["sum1" if is_pre else "norm1"]
        assert_allclose(kept["sum2" if is_pre else "norm2"], kept["output"], atol=1e-4)  # the names mean what we think
        for name in ("input", "attention", "sum1", "norm1", "feed_forward", "sum2", "norm2"):
            assert_allclose(getattr(norms, name), kept[name].norm(dim=1), rtol=1e-4, err_msg=f"{layer} {name}")


def test_a_block_that_keeps_its_parts_elsewhere():
    """ALBERT: one block, run again in each layer, so that hooks would see the last run alone."""
    model, tokenizer = zoo.model("albert"), zoo.tokenizer("albert")
    trace = trace_attention(model, tokenizer, TEXT)
    layer = model.encoder.albert_layer_groups[0].albert_layers[0]
    for number in range(2):
        norms = block_norms(model, trace, number)
        with torch.no_grad():
            x = torch.tensor(trace.hidden["self"][number])[None]
            attended = layer.attention(x, None)[0]
        assert_allclose(norms.norm1, attended[0].norm(dim=1), rtol=1e-4)
        assert_allclose(norms.norm2, np.linalg.norm(trace.hidden["self"][number + 1], axis=1), rtol=1e-4)


ALL_OF_A_LAYER = [(0, head) for head in range(4)]


@pytest.mark.parametrize("silenced", [[(0, 1), (1, 0)], ALL_OF_A_LAYER])
@pytest.mark.parametrize("family", ["bert", "roberta", "electra", "distilbert"])
def test_a_norm_after_the_sum_gives_what_the_next_block_gets(family, silenced):
    model = zoo.model(family)
    trace = trace_attention(model, zoo.tokenizer(family), TEXT, silenced=silenced, masked=[2])
    for layer in range(2):
        expected = np.linalg.norm(trace.hidden["self"][layer + 1], axis=1)
        assert_allclose(block_norms(model, trace, layer).norm2, expected, rtol=1e-4)


@pytest.mark.parametrize("silenced", [[(0, 1), (1, 0)], ALL_OF_A_LAYER])
@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen3"])
def test_a_silenced_head_adds_nothing_to_a_stream_that_is_never_normed(family, silenced):
    model = zoo.model(family)
    trace = trace_attention(model, zoo.tokenizer(family), TEXT, silenced=silenced)
    assert_allclose(block_norms(model, trace, 0).sum2, np.linalg.norm(trace.hidden["self"][1], axis=1), rtol=1e-4)


@pytest.mark.parametrize("family", ["t5", "bloom", "gemma2", "gpt_neox", "opt"])
def test_a_block_that_is_not_known_has_no_lengths(family):
    model = zoo.model(family)
    assert block_norms(model, trace_attention(model, zoo.tokenizer(family), TEXT), 0) is None
