"""The whole block around the attention: residual stream, layer norms and feed-forward layer, and how large each is."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from seqviz.traces.attention import AttentionPart, AttentionTrace, output_projection

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Where each family's block has its two norms and, one after the other, the modules of its feed-forward layer.
_BERT = ("post", "attention.output.LayerNorm", "output.LayerNorm", ("intermediate", "output.dense"))
_LLAMA = ("pre", "input_layernorm", "post_attention_layernorm", ("mlp",))
_BLOCKS = {
    "bert": _BERT,
    "roberta": _BERT,
    "xlm-roberta": _BERT,
    "electra": _BERT,
    "distilbert": ("post", "sa_layer_norm", "output_layer_norm", ("ffn",)),
    "albert": ("post", "attention.LayerNorm", "full_layer_layer_norm", ("ffn", "activation", "ffn_output")),
    "modernbert": ("pre", "attn_norm", "mlp_norm", ("mlp",)),
    "gpt2": ("pre", "ln_1", "ln_2", ("mlp",)),
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "qwen2": _LLAMA,
    "qwen3": _LLAMA,
}


@dataclass(frozen=True)
class BlockNorms:
    """The length of every token's vector at each point of one block, (T,) each.

    post  input, attention, sum1 = input + attention, norm1, feed_forward, sum2 = norm1 + feed_forward, norm2
          (Vaswani et al. 2017, section 3.1; BERT)
    pre   input, norm1, attention, sum1 = input + attention, norm2, feed_forward, sum2 = sum1 + feed_forward
          (Xiong et al. 2020, table 1; GPT-2, Llama)

    What comes last is what the next block gets. It is the vectors that add up, not their lengths.
    """

    kind: str  # "post": each norm stands after its sum; "pre": before its layer, and nothing norms the residual stream
    input: np.ndarray
    attention: np.ndarray  # what all heads together add, by the output projection and its bias
    sum1: np.ndarray
    norm1: np.ndarray
    feed_forward: np.ndarray
    sum2: np.ndarray
    norm2: np.ndarray


def block_norms(model: "PreTrainedModel", trace: AttentionTrace, layer: int) -> BlockNorms | None:
    """The lengths in one block of an encoder or a decoder, by the model's own modules from what the trace holds.

    None for a family whose block is not known here, and for an encoder-decoder.
    """
    layout, part = _BLOCKS.get(trace.model_type), trace.parts.get("self")
    if layout is None or part is None or part.v is None:
        return None
    kind, *norms, feed_forward_names = layout
    block = model.get_submodule(re.sub(r"\D+$", "", part.paths[layer]))  # a name that ends in the block's number
    norm1, norm2 = map(block.get_submodule, norms)
    feed_forward = nn.Sequential(*map(block.get_submodule, feed_forward_names))
    x = torch.from_numpy(trace.hidden["self"][layer]).to(model.dtype)  # (T, D)
    attention = torch.from_numpy(_attention(model, part, layer, trace.silenced)).to(model.dtype)
    with torch.no_grad():
        sum1 = x + attention
        if kind == "pre":
            after1, after2 = norm1(x), norm2(sum1)
            added = feed_forward(after2)
            sum2 = sum1 + added
        else:
            after1 = norm1(sum1)
            added = feed_forward(after1)
            sum2 = after1 + added
            after2 = norm2(sum2)
    wide = torch.promote_types(model.dtype, torch.float32)  # numpy has no bfloat16
    states = (x, attention, sum1, after1, added, sum2, after2)
    return BlockNorms(kind, *(state.to(wide).norm(dim=1).numpy() for state in states))


def _attention(
    model: "PreTrainedModel", part: AttentionPart, layer: int, silenced: Collection[tuple[int, int]]
) -> np.ndarray:
    """What the heads together add to the residual stream, (T, D)."""
    heads = part.weights.shape[1]
    projection = output_projection(model, part.paths[layer], heads)
    assert projection is not None
    weight, bias = projection
    total = np.zeros((len(part.queries), weight.shape[2]), weight.dtype)
    total += 0 if bias is None else bias
    for head in range(heads):
        if (layer, head) not in silenced:
            total += part.head_output(layer, head) @ weight[head]  # (T, d) x (d, D) -> (T, D)
    return total
