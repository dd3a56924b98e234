"""What it costs to see inside attention: a pass that is captured, and a whole trace, against eager attention."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch

from benchmarks.trace import timed
from seqviz import trace_attention
from seqviz.models.minilm import folder
from seqviz.traces.capture import capture

SENTENCE = "the cat did not cross the street because it was too tired and "
TARGETS = {32: "", 128: "≤ 1.10"}


def rows() -> Iterator[tuple[str, str, str]]:
    """For each length the pass alone, from tokens to weights, then all from the typed text to one array of weights.

    The eager side does what one writes without seqviz and nothing more; the pass that is captured also keeps Q, K, V
    and hidden states, the trace also checks them and finds for which of the typed characters each token stands.
    """
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder(), local_files_only=True)
    model = AutoModel.from_pretrained(folder(), local_files_only=True, attn_implementation="eager").eval()
    for tokens, target in TARGETS.items():
        text = " ".join((SENTENCE * 10).split()[: tokens - 2])  # and [CLS] and [SEP]
        assert len(tokenizer(text)["input_ids"]) == tokens
        inputs = tokenizer(text, return_tensors="pt")
        captured, eager = timed(partial(_captured, model, inputs), partial(_passed, model, inputs))
        yield f"capture of MiniLM's attention ÷ eager attention, {tokens} tokens", f"{captured / eager:.2f}", target
        traced, eager = timed(partial(trace_attention, model, tokenizer, text), partial(_eager, model, tokenizer, text))
        yield f"trace of MiniLM's attention, milliseconds, {tokens} tokens", f"{1000 * traced:.1f}", ""
        yield f"trace of MiniLM's attention ÷ eager from text to weights, {tokens} tokens", f"{traced / eager:.2f}", ""


def _captured(model: Any, inputs: Any) -> None:
    with torch.no_grad(), capture(model):
        model(**inputs, output_attentions=True, output_hidden_states=True)


def _passed(model: Any, inputs: Any) -> Any:
    with torch.no_grad():
        return model(**inputs, output_attentions=True)


def _eager(model: Any, tokenizer: Any, text: str) -> None:
    output = _passed(model, tokenizer(text, return_tensors="pt"))
    torch.cat(output.attentions).numpy()  # (L, H, T, T)
