"""What a decoder expects after one token of a text."""

from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING

import numpy as np
import torch

from seqviz.traces.inputs import inputs_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class NextToken:
    """The logits of every token that could come after one of a text, and the one that does."""

    logits: np.ndarray  # (V,) float64
    actual: int | None  # the token that comes next in the text; None after the last one that is read

    @property
    def order(self) -> np.ndarray:
        """(V,): every token, the most likely first, which it is at any temperature."""
        return np.argsort(-self.logits, kind="stable")

    def probabilities(self, temperature: float = 1.0) -> np.ndarray:
        """(V,) float64: softmax(logits / temperature); at 1 they are the model's own (Hinton et al. 2015, eq. 1).

        Raises ValueError for a temperature that is not above 0.
        """
        if not temperature > 0:
            raise ValueError(f"A temperature is above 0, not {temperature}.")
        powers = np.exp((self.logits - self.logits.max()) / temperature)
        return powers / powers.sum()


def percent(share: float) -> str:
    """A probability in print: 12.3 %."""
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def next_token(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", text: str, position: int, most: int | None = None
) -> NextToken:
    """What a decoder says comes after the token at `position`, from 0; `most` is that of trace_attention.

    Raises ValueError for a model that predicts no next token, a position that is not there, and where trace_attention
    does.
    """
    inputs = inputs_of(model, tokenizer, text, most=most)
    if inputs.kind != "decoder" or model.get_output_embeddings() is None:
        raise ValueError(
            f"{type(model).__name__} predicts no next token: load a decoder with its language model's head."
        )
    ids = inputs.options["input_ids"][0].tolist()
    if position not in range(len(ids)):
        raise ValueError(f"There is no token {position}: this text has the tokens 0 to {len(ids) - 1}.")
    options, row = dict(inputs.options), position
    if "logits_to_keep" in signature(model.forward).parameters:
        options["logits_to_keep"], row = torch.tensor([position], device=model.device), 0  # a vocabulary is large
    with torch.no_grad():
        logits = model(**options, return_dict=True).logits[0, row].double()
    return NextToken(logits.cpu().numpy(), ids[position + 1] if position + 1 < len(ids) else None)
