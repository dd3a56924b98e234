"""Everything that the attention of a Transformer computed in one forward pass."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from seqviz.traces.capture import Call, capture
from seqviz.traces.inputs import Inputs, inputs_of
from seqviz.traces.refusal import N_, Refusal
from seqviz.traces.tokens import Tokens

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["AttentionPart", "AttentionTrace", "Inputs", "Tokens", "inputs_of", "output_projection", "trace_attention"]

NO_ATTENTION = N_(
    "In this model not every token can look at every other one, or not alike in all layers, so there is no heatmap to "
    "draw. Choose another model."
)
NOBODY_LEFT = N_(
    "Token {token} would have nobody left to look at (“{text}”, counted from 0): mask fewer or other tokens."
)


@dataclass(frozen=True, eq=False)
class AttentionPart:
    """The attention of one stack of layers: queries look at keys. T are tokens, L layers, H heads, d a head's width."""

    name: str  # "self"; in an encoder-decoder "encoder", "decoder" or "cross"
    queries: Tokens
    keys: Tokens
    weights: np.ndarray  # (L, H, Tq, Tk): what the model used; each row adds up to 1 (GPT-OSS: at most)
    q: np.ndarray | None  # (L, H, Tq, d), after rotary position; None where the family hides it
    k: np.ndarray | None  # (L, H_kv, Tk, d)
    v: np.ndarray | None  # (L, H_kv, Tk, d)
    scale: np.ndarray | None  # (L,): the score is q · k times this …
    cap: float | None  # … then cap · tanh(score / cap), where the family caps it (Gemma 2) …
    bias: np.ndarray | None  # … plus this (L, H, Tq, Tk), where it has a bias (T5's relative position)
    allowed: np.ndarray  # (L, Tq, Tk) bool: a cell that is not has weight 0
    paths: tuple[str, ...]  # the names of the L attention modules within the model; none where the family hides q, k, v

    @property
    def query_tokens(self) -> tuple[str, ...]:
        """(Tq,): who looks."""
        return self.queries.texts

    @property
    def key_tokens(self) -> tuple[str, ...]:
        """(Tk,): at whom."""
        return self.keys.texts

    def head_of_key(self, head: int) -> int:
        """Which of the H_kv key and value heads a head uses: several share one in grouped-query attention.

        Ainslie et al. 2023. Raises ValueError where the family hides q, k and v.
        """
        if self.k is None:
            raise ValueError("This family of models hides q, k and v: there are only the weights.")
        return head // (self.weights.shape[1] // self.k.shape[1])

    def scores(self, layer: int, head: int) -> np.ndarray:
        """(Tq, Tk) float64, ready for softmax: q · k scaled, capped, with its bias, −inf where not allowed.

        Raises ValueError where the family hides q, k and v.
        """
        group = self.head_of_key(head)
        assert self.q is not None and self.k is not None and self.scale is not None
        scores = self.q[layer, head].astype(float) @ self.k[layer, group].astype(float).T  # (Tq, d) x (d, Tk)
        scores *= self.scale[layer]
        if self.cap is not None:
            scores = self.cap * np.tanh(scores / self.cap)
        if self.bias is not None:
            scores += self.bias[layer, head]
        return np.where(self.allowed[layer], scores, -np.inf)

    def head_output(self, layer: int, head: int) -> np.ndarray:
        """(Tq, d): weights @ v, what the head hands to the output projection unless it is silenced.

        Raises ValueError where the family hides q, k and v.
        """
        group = self.head_of_key(head)
        assert self.v is not None
        return self.weights[layer, head] @ self.v[layer, group]  # (Tq, Tk) x (Tk, d) -> (Tq, d)


@dataclass(frozen=True)
class AttentionTrace:
    """One forward pass of a Transformer over a text."""

    model_type: str  # "bert"
    kind: str  # "encoder", "decoder" or "encoder-decoder"
    parts: dict[str, AttentionPart]
    hidden: dict[str, np.ndarray]  # (L+1, T, D) of "self", or of "encoder" and "decoder"
    next_logits: np.ndarray | None  # (V,): of the token after the last, in a causal language model
    left_out: str  # what was typed beyond the longest text that is read
    silenced: tuple[tuple[int, int], ...] = ()  # (layer, head) of "self" or "encoder" that hand on nothing


def trace_attention(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    text: str,
    pair: str | None = None,
    *,
    most: int | None = None,
    masked: Collection[int] = (),
    silenced: Collection[tuple[int, int]] = (),
) -> AttentionTrace:
    """Run any Hugging Face encoder, decoder or encoder-decoder once over a text, and keep all that its attention did.

    pair      an encoder reads it as the second sentence; an encoder-decoder is made to write it (teacher forcing), and
              to write the text itself where there is none
    most      of how many tokens a text may be, at most; the model's own limit holds as well
    masked    positions of tokens of "self", or "encoder", at which nobody may look. Every token must have one left to
              look at: the first of a decoder has only itself, and a masked one in DeBERTa has none
    silenced  (layer, head), from 0, of "self", or "encoder", whose output is set to zero before the output projection

    Threads may share the model. Families that compute attention in a way of their own (BLOOM, DeBERTa, MPNet, GPT-Neo)
    show weights alone: q, k, v and scale are None, and no head can be silenced.

    Raises ValueError, saying what is wrong, for a model in training mode or that is no Transformer for text, a pair in
    a decoder, a text without tokens, tokens or heads that are not there, a tokenizer that is not fast or not its own.
    """
    inputs = inputs_of(model, tokenizer, text, pair, most, masked)
    # Not inference_mode: what a model keeps of one pass for the next could then not be trained with.
    with torch.no_grad(), capture(model, [(0, layer, head) for layer, head in silenced]) as sink:
        output = model(**inputs.options, output_attentions=True, output_hidden_states=True, return_dict=True)

    calls = {id(call.weights): call for call in sink.calls}
    paths = {module: name for name, module in model.named_modules()}
    parts, hidden = {}, {}
    for name, tokens in inputs.sides.items():
        of = "" if name == "self" else f"{name}_"
        parts[name] = _part(name, tokens, tokens, output.get(f"{of}attentions"), calls, paths)
        hidden[name] = _array(torch.cat(output[f"{of}hidden_states"]))
    if inputs.kind == "encoder-decoder":
        written, given = inputs.sides["decoder"], inputs.sides["encoder"]
        parts["cross"] = _part("cross", written, given, output.get("cross_attentions"), calls, paths)
    _check_changes(next(iter(parts.values())), masked, silenced)
    predicts = inputs.kind == "decoder" and "logits" in output and model.get_output_embeddings() is not None
    next_logits = _array(output.logits[0, -1].clone()) if predicts else None
    return AttentionTrace(
        model.config.model_type, inputs.kind, parts, hidden, next_logits, inputs.left_out, tuple(silenced)
    )


def _part(
    name: str,
    queries: Tokens,
    keys: Tokens,
    weights: Sequence[Tensor] | None,
    calls: Mapping[int, Call],
    paths: Mapping[nn.Module, str],
) -> AttentionPart:
    """One stack, from the weights that the model reports and the calls that they came from."""
    if not weights or any(layer.shape[1:] != (weights[0].shape[1], len(queries), len(keys)) for layer in weights):
        raise Refusal(NO_ATTENTION)
    all_weights = torch.cat(list(weights))  # (L, H, Tq, Tk)
    found = [calls[id(layer)] for layer in weights if id(layer) in calls]
    formula: dict[str, Any] = {}
    if len(found) == len(weights):
        allowed = torch.stack([_allowed(call) for call in found])
        formula = _formula(found, all_weights, allowed)
    else:
        found, allowed = [], all_weights.any(dim=1)  # nothing is told of a mask: where no head looks
    q, k, v, scale, cap, bias = (formula.get(name) for name in ("q", "k", "v", "scale", "cap", "bias"))
    names = tuple(paths[call.module] for call in found)
    return AttentionPart(name, queries, keys, _array(all_weights), q, k, v, scale, cap, bias, _array(allowed), names)


def _allowed(call: Call) -> Tensor:
    """(Tq, Tk) bool: where the mask adds nothing, and not the smallest number that there is."""
    if call.mask is None:
        return torch.ones_like(call.weights[0, 0], dtype=torch.bool)
    mask = call.mask[0].amax(dim=0)  # (1 or H, 1 or Tq, Tk) -> (1 or Tq, Tk)
    return (mask > torch.finfo(mask.dtype).min / 2).expand_as(call.weights[0, 0])


def _formula(calls: Sequence[Call], weights: Tensor, allowed: Tensor) -> dict[str, Any]:
    """The fields q, k, v, scale, cap and bias of a part; none where they do not give its weights."""
    if len({(call.q.shape, call.k.shape, call.v.shape, call.cap) for call in calls}) > 1:
        return {}
    q, k, v = (torch.cat([getattr(call, name) for call in calls]) for name in ("q", "k", "v"))
    scale = torch.tensor([float(call.scale) for call in calls], dtype=torch.float64)
    cap = calls[0].cap
    biases = [call.bias.expand_as(call.weights) for call in calls if call.bias is not None]
    bias = torch.cat(biases) if len(biases) == len(calls) and any(bias.any() for bias in biases) else None
    # A family may add what nobody told us of. The last row of every head would show it.
    grouped = q[:, :, -1].unflatten(1, (k.shape[1], -1))  # (L, H_kv, H / H_kv, d)
    row = (grouped @ k.mT).flatten(1, 2) * scale[:, None, None].to(q)  # x (L, H_kv, d, Tk) -> (L, H, Tk)
    if cap is not None:
        row = cap * (row / cap).tanh()
    if bias is not None:
        row = row + bias[:, :, -1]
    row = row.masked_fill(~allowed[:, None, -1], -torch.inf).softmax(dim=-1)
    tolerance = max(torch.finfo(row.dtype).eps ** 0.5, 1e-5)  # many families take the softmax in float32
    if not torch.allclose(row, weights[:, :, -1].to(row), rtol=0, atol=tolerance):
        return {}
    names = {"q": q, "k": k, "v": v, "scale": scale, "bias": bias}
    return {name: _array(tensor) for name, tensor in names.items() if tensor is not None} | {"cap": cap}


def _check_changes(part: AttentionPart, masked: Collection[int], silenced: Collection[tuple[int, int]]) -> None:
    """ValueError for what could not be masked or silenced."""
    layers, heads = part.weights.shape[:2]
    for layer, head in silenced:
        if layer not in range(layers) or head not in range(heads):
            sizes = f"layers are 0 to {layers - 1}, heads 0 to {heads - 1}"
            raise ValueError(f"There is no head {head} in layer {layer} to silence: {sizes}.")
    if silenced and not part.paths:
        raise ValueError("This family of models computes attention in a way of its own: its heads cannot be silenced.")
    # Softmax shares out evenly a row that is masked as a whole, masked tokens included.
    lost = part.weights[..., list(masked)].any(axis=(0, 1, 3))  # (Tq,)
    if lost.any():
        token = int(lost.argmax())
        raise Refusal(NOBODY_LEFT, token=token, text=part.query_tokens[token])


# What the families call the weights that mix the heads; BERT keeps them in the module beside its attention.
_OUTPUT_PROJECTIONS = {"o_proj", "out_proj", "c_proj", "dense", "out_lin", "Wo", "o"}


def output_projection(model: "PreTrainedModel", path: str, heads: int) -> tuple[np.ndarray, np.ndarray | None] | None:
    """W_O and its bias, (H, d, D) and (D,) or None: what attention adds up to is Σ_h head_output(h) @ W_O[h] + bias.

    `path` is one of AttentionPart.paths. None where the family keeps these weights in a place that is not known.
    """
    from transformers.pytorch_utils import Conv1D

    module = model.get_submodule(path)
    parent: Any = model.get_submodule(path.rpartition(".")[0])
    if getattr(parent, "self", None) is module:  # BERT, and what was made after it
        found = [parent.output.dense]
    else:
        found = [child for name, child in module.named_children() if name in _OUTPUT_PROJECTIONS]
    if len(found) != 1 or not isinstance(found[0], nn.Linear | Conv1D):
        return None
    weight, bias = found[0].weight.detach(), found[0].bias
    if isinstance(found[0], nn.Linear):
        weight = weight.T  # Conv1D has it the other way round
    by_head = weight.unflatten(0, (heads, -1))  # (H·d, D) -> (H, d, D)
    return _array(by_head).copy(), None if bias is None else _array(bias.detach()).copy()


def _array(tensor: Tensor) -> np.ndarray:
    """As numpy, which has no bfloat16; halves become float32."""
    return (tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor).cpu().numpy()
