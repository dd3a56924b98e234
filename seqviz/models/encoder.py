"""A Transformer that reads whole texts: each as one vector, and the same Transformer with another last layer."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.inputs import inputs_of
from seqviz.traces.refusal import N_, Refusal

MOST_TOKENS = 128  # of a text, special ones included: as long as MiniLM's training texts were
BATCH = 8  # texts that are read at once: a breath on one core

NOT_BERT = N_("The last layer of this model cannot be trained alone: it is not built like the last layer of BERT.")


@dataclass(frozen=True, eq=False)
class Read:
    """Some texts of the same number of tokens, as they enter the last layer and as they leave the model."""

    rows: list[int]  # which of the texts these are
    below: Tensor  # (B, T, D)
    last: Tensor  # (B, T, D)


def read_texts(encoder: LoadedTransformer, texts: Sequence[str]) -> Iterator[Read]:
    """Every text once, a few at a time. Those of one length go together: so none is padded, and none needs a mask.

    Of a text that is longer than MOST_TOKENS the beginning is read. Raises ValueError for a model that is no encoder,
    and for a text without tokens.
    """
    if encoder.kind != "encoder":
        raise ValueError(f"Only an encoder makes one vector of a text; {encoder.name} is no encoder.")
    model = encoder.model
    inputs = [inputs_of(model, encoder.tokenizer, text, most=MOST_TOKENS).options for text in texts]
    by_length: dict[int, list[int]] = {}
    for row, options in enumerate(inputs):
        by_length.setdefault(options["input_ids"].shape[1], []).append(row)
    for _, alike in sorted(by_length.items()):
        for rows in (alike[start : start + BATCH] for start in range(0, len(alike), BATCH)):
            batch = {
                name: torch.cat([inputs[row][name] for row in rows]) if isinstance(option, Tensor) else option
                for name, option in inputs[rows[0]].items()
            }
            with torch.no_grad():  # not inference_mode: a last layer is trained on what comes of it
                output = model(**batch, output_hidden_states=True, return_dict=True)
            yield Read(rows, output.hidden_states[-2], output.last_hidden_state)


def pooled(last: Tensor, mask: Tensor | None = None) -> Tensor:
    """(B, T, D) -> (B, D): the mean over all tokens, special ones too, of length 1; `mask` (B, T) bool leaves some out.

    As sentence-transformers reads with MiniLM (Reimers & Gurevych 2019, section 3).
    """
    if mask is None:
        return normalize(last.mean(dim=1), dim=1)
    return normalize((last * mask[..., None]).sum(dim=1), dim=1)  # the number of tokens falls out


def last_layer(encoder: LoadedTransformer, read: Read) -> nn.Module:
    """A copy of the last layer that can be trained, without dropout, which would draw from torch's one generator.

    Raises Refusal where it is not found, or alone does not make of `read.below` what the model does.
    """
    model: Any = encoder.model
    try:
        # The config stays the model's own: by it a trace asks for what attention does.
        copied = copy.deepcopy(model.encoder.layer[-1], {id(model.config): model.config}).requires_grad_(True)
        for module in copied.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        with torch.no_grad():
            found = copied(read.below, None)
        is_same = torch.equal(found, read.last)
    except (AttributeError, TypeError) as error:
        raise Refusal(NOT_BERT) from error
    if not is_same:
        raise Refusal(NOT_BERT)
    return copied


def with_last_layer(encoder: LoadedTransformer, layer: nn.Module) -> LoadedTransformer:
    """The same Transformer with another last layer; all others are shared, and the original does not notice."""
    model: Any = _twin(encoder.model)
    model.encoder = _twin(model.encoder)
    model.encoder.layer = _twin(model.encoder.layer)
    model.encoder.layer[-1] = layer.eval().requires_grad_(False)
    weights = b"".join(weight.numpy().tobytes() for weight in layer.state_dict().values())
    return replace(encoder, model=model, key=sha256(encoder.key.encode() + weights).hexdigest()[:16])


def _twin(module: nn.Module) -> nn.Module:
    """A module with the same children, which can be given others."""
    twin = copy.copy(module)
    twin._modules = dict(module._modules)
    return twin
