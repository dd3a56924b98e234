"""What a Transformer is given when it reads a typed text."""

import inspect
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from seqviz.traces.refusal import N_, Refusal
from seqviz.traces.tokens import Reading, Tokens, read

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class Inputs:
    """A text as a model is given it."""

    kind: str  # of the model: "encoder", "decoder" or "encoder-decoder"
    options: dict[str, Any]  # of the model's forward pass; each tensor is (1, T)
    sides: dict[str, Tokens]  # "self", or "encoder" and "decoder"
    left_out: str  # what was typed beyond the longest text that is read


def inputs_of(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    text: str,
    pair: str | None = None,
    most: int | None = None,
    masked: Collection[int] = (),
) -> Inputs:
    """Make a text into a model's inputs; `pair`, `most` and `masked` are those of trace_attention.

    Raises ValueError for a model in training mode or that is no Transformer for text, a pair in a decoder, a text
    without tokens, a masked token that is not there, and a tokenizer that is not fast or not the model's own.
    """
    takes = inspect.signature(_checked(model).forward).parameters
    kind = kind_of(model)
    if kind == "decoder" and pair is not None:
        raise ValueError("A decoder reads one text, no pair: write both sentences into it.")
    limit = _limit(model, tokenizer, most)
    reading = read(tokenizer, text, None if kind == "encoder-decoder" else pair, limit)
    sides, left_out, ids = {"self": reading.tokens}, reading.left_out, reading.encoding.ids
    if missing := set(masked) - set(range(len(ids))):
        raise ValueError(f"There is no token {min(missing)} to mask: this text has the tokens 0 to {len(ids) - 1}.")
    rows: dict[str, Sequence[int]] = {
        "input_ids": ids,
        "attention_mask": [int(i not in masked) for i in range(len(ids))],
    }
    if "token_type_ids" in takes and "token_type_ids" in tokenizer.model_input_names:
        rows["token_type_ids"] = reading.encoding.type_ids
    if kind == "decoder" and "position_ids" in takes:
        rows["position_ids"] = range(len(ids))  # OPT would count no masked tokens
    if kind == "encoder-decoder":
        writing = read(tokenizer, text if pair is None else pair, None, limit, written=True)
        rows["decoder_input_ids"], written = _shifted(model, tokenizer, writing)
        sides = {"encoder": reading.tokens, "decoder": written}
        if pair is not None:
            left_out = "\n".join(filter(None, (left_out, writing.left_out)))
    embeddings: Any = model.get_input_embeddings()
    if max([*ids, *rows.get("decoder_input_ids", ())]) >= len(embeddings.weight):
        raise Refusal(N_("The tokenizer does not belong to the model: save the two that belong together in a folder."))
    options: dict[str, Any] = {name: torch.tensor([list(row)], device=model.device) for name, row in rows.items()}
    return Inputs(kind, options | ({"use_cache": False} if "use_cache" in takes else {}), sides, left_out)


def _checked(model: "PreTrainedModel") -> "PreTrainedModel":
    """The model, or a ValueError that says why it cannot be traced."""
    from transformers import PreTrainedModel

    if not isinstance(model, PreTrainedModel) or model.main_input_name != "input_ids":
        raise ValueError(f"What is traced is a Transformer for text from transformers, not {type(model).__name__}.")
    if any(module.training for module in model.modules()):
        raise ValueError("The model is in training mode, where dropout changes the weights: call model.eval() first.")
    return model


def kind_of(model: "PreTrainedModel") -> str:
    """What a model is for attention: "encoder", "decoder" (it looks only back) or "encoder-decoder"."""
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    )

    config = model.config
    if config.is_encoder_decoder and "decoder_input_ids" in inspect.signature(model.forward).parameters:
        return "encoder-decoder"
    # BERT stands in both lists: it is a decoder only where its config says so.
    only_causal = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.keys() - MODEL_FOR_MASKED_LM_MAPPING_NAMES.keys()
    return "decoder" if getattr(config, "is_decoder", False) or config.model_type in only_causal else "encoder"


def _limit(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", most: int | None) -> int:
    """The most tokens that tokenizer, model and caller allow."""
    limits = [tokenizer.model_max_length]
    positions = getattr(model.config, "max_position_embeddings", None)
    if positions is not None and positions > 0:  # XLNet's are −1: any number
        limits.append(positions)
    for name, module in model.named_modules():
        # RoBERTa counts positions from the one after its padding's.
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            limits.append(module.num_embeddings - module.padding_idx - 1)
    return min(limits if most is None else [*limits, most])


def _shifted(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", writing: Reading
) -> tuple[list[int], Tokens]:
    """What a decoder reads while it writes: the start token, and all but the last one place to the right."""
    ids, tokens = writing.encoding.ids, writing.tokens
    start = getattr(model.config, "decoder_start_token_id", None)
    start = ids[-1] if start is None else start  # mBART starts with the language, with which its texts end
    return [start, *ids[:-1]], Tokens(
        (*tokenizer.convert_ids_to_tokens([start]), *tokens.texts[:-1]),
        (None, *tokens.spans[:-1]),
        (0, *(word + 1 for word in tokens.words[:-1])),
        (0, *tokens.segments[:-1]),
        np.array([True, *tokens.special[:-1]]),
        tokens.typed,
    )
