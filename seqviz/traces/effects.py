"""What hangs on attention: the model is run again with heads silenced, or differentiated by its weights.

Both ask for the model's answer to a text. A decoder's are the probabilities of the next token. An encoder's is the mean
of its last hidden states, the sentence embedding before it is scaled; an encoder-decoder is asked for its encoder's.
"""

from collections.abc import Sequence
from inspect import signature
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from seqviz.traces.capture import Call, capture
from seqviz.traces.inputs import Inputs, inputs_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_CELLS = 2**15
"""So many weights of one head may be in a batch: 32 texts of 32 tokens, 2 of 128; one text may have more."""


def ablation(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    text: str,
    pair: str | None = None,
    most: int | None = None,
) -> np.ndarray:
    """How far the answer moves when one head alone is silenced, for every head of "self" or "encoder": (L, H).

    encoder  1 − cosine similarity of the sentence embeddings with the head and without
    decoder  Σ p log2 (p / p'), the Kullback–Leibler divergence in bits: p is the probability of a next token with the
             head, p' without

    Michel, Levy & Neubig 2019, section 3.2. Raises ValueError for a decoder that predicts no token, for families whose
    heads cannot be silenced, and where trace_attention does.
    """
    inputs = inputs_of(model, tokenizer, text, pair, most)
    with torch.no_grad():
        usual, calls = _answers(model, inputs, [None])
        _, heads, queries, keys = calls[0].weights.shape
        every = [(layer, head) for layer in range(len(calls)) for head in range(heads)]
        batch = max(1, _CELLS // (queries * keys))
        changed = torch.cat([_answers(model, inputs, every[i : i + batch])[0] for i in range(0, len(every), batch)])
    if inputs.kind == "decoder":
        moved = (usual.exp() * (usual - changed)).sum(dim=1) / log(2)
    else:
        moved = 1 - torch.cosine_similarity(usual, changed)
    return moved.view(-1, heads).numpy()


def gradient_times_attention(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    text: str,
    pair: str | None = None,
    most: int | None = None,
) -> np.ndarray:
    """How much of the answer hangs on each weight, A ⊙ ∂y/∂A, of "self" or "encoder": (L, H, T, T).

    encoder  y is the length of the mean of the last hidden states
    decoder  y is the natural logarithm of the probability of the most likely next token

    Above 0 where y would grow with this weight, the others of its row staying what they are (Serrano & Smith 2019). In
    a head it adds up to the derivative of y by a factor on the head's output (Michel, Levy & Neubig 2019, section 4.1).
    Raises ValueError as ablation does.
    """
    inputs = inputs_of(model, tokenizer, text, pair, most)
    with torch.enable_grad():
        (answer,), calls = _answers(model, inputs, [None])
        y = answer.max() if inputs.kind == "decoder" else answer.norm()
        weights = [call.weights for call in calls]
        products = [a * slope for a, slope in zip(weights, torch.autograd.grad(y, weights), strict=True)]
    found = torch.cat(products).detach()
    return found.to(torch.promote_types(found.dtype, torch.float32)).numpy()  # numpy has no bfloat16


def _answers(
    model: "PreTrainedModel", inputs: Inputs, silenced: Sequence[tuple[int, int] | None]
) -> tuple[Tensor, list[Call]]:
    """The answers to as many copies of a text as there are heads (layer, head) to silence, one in each, or None.

    Logarithms of probabilities (B, V) of a decoder, else means (B, D); in float64, for they are close to each other.
    """
    asked: Any = model if inputs.kind == "decoder" else model.base_model
    options = dict(inputs.options)
    if inputs.kind == "decoder":
        if model.get_output_embeddings() is None:
            raise ValueError(f"{type(model).__name__} predicts no next token: load it with its language model's head.")
        if "logits_to_keep" in signature(model.forward).parameters:
            options["logits_to_keep"] = 1  # a vocabulary is large
    elif inputs.kind == "encoder-decoder":
        asked = model.get_encoder()
        options = {name: options[name] for name in ("input_ids", "attention_mask")}
    for name, value in options.items():
        if isinstance(value, Tensor):
            options[name] = value.repeat(len(silenced), 1)  # (1, T) -> (B, T)
    with capture(asked, [(number, *head) for number, head in enumerate(silenced) if head is not None]) as sink:
        output = asked(**options, output_hidden_states=True, return_dict=True)
    if not sink.calls:
        raise ValueError("This family of models computes attention in a way of its own: nothing in it can be changed.")
    if inputs.kind == "decoder":
        return output.logits[:, -1].double().log_softmax(dim=1), sink.calls
    return output.hidden_states[-1].double().mean(dim=1), sink.calls
