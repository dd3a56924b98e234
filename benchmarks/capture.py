"""What it costs to see inside attention: trace_attention against eager attention that hands out its weights."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch

from benchmarks.trace import timed
from seqviz import trace_attention
from seqviz.models.minilm import folder

SENTENCE = "the cat did not cross the street because it was too tired and "
TARGETS = {32: "", 128: "≤ 1.10"}


def rows() -> Iterator[tuple[str, str, str]]:
    """One row a length. Both sides start from the typed text and end with all weights as one numpy array.

    The eager side does what one writes without seqviz and nothing more; the trace also keeps Q, K, V, hidden states and
    for which of the typed characters each token stands.
    """
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder(), local_files_only=True)
    model = AutoModel.from_pretrained(folder(), local_files_only=True, attn_implementation="eager").eval()
    for tokens, target in TARGETS.items():
        text = " ".join((SENTENCE * 10).split()[: tokens - 2])  # and [CLS] and [SEP]
        assert len(tokenizer(text)["input_ids"]) == tokens
        traced, eager = timed(partial(trace_attention, model, tokenizer, text), partial(_eager, model, tokenizer, text))
        yield f"trace of MiniLM's attention, milliseconds, {tokens} tokens", f"{1000 * traced:.1f}", ""
        yield f"trace of MiniLM's attention ÷ eager with its weights, {tokens} tokens", f"{traced / eager:.2f}", target


def _eager(model: Any, tokenizer: Any, text: str) -> None:
    with torch.no_grad():
        output = model(**tokenizer(text, return_tensors="pt"), output_attentions=True)
    torch.cat(output.attentions).numpy()  # (L, H, T, T)
