"""What a model computes of what was typed, kept for a while, since every move of the cursor asks for it again."""

import numpy as np
import streamlit as st

from seqviz.lessons.attention.text import Asked
from seqviz.models.transformer import LoadedTransformer
from seqviz.traces.analyses import head_scores, shares, value_weighted
from seqviz.traces.attention import AttentionPart, AttentionTrace, trace_attention
from seqviz.traces.effects import ablation, gradient_times_attention
from seqviz.traces.next_token import NextToken, next_token

MOST_TOKENS = 512  # that the page draws
MOST_BYTES = 80_000_000  # of one text's weights: MiniLM's of 512 tokens


def traced(
    loaded: LoadedTransformer, asked: Asked, masked: tuple[int, ...] = (), silenced: tuple[tuple[int, int], ...] = ()
) -> AttentionTrace:
    """The pass of a model over what was typed; kept for a while, since every move of the cursor asks for it again."""
    return _traced(loaded.key, asked.text, asked.pair, masked, silenced, _loaded=loaded)


@st.cache_resource(max_entries=6, show_spinner=False)
def _traced(
    key: str, text: str, pair: str | None, masked: tuple[int, ...], silenced: tuple[tuple[int, int], ...],
    _loaded: LoadedTransformer,
) -> AttentionTrace:  # fmt: skip
    trace = trace_attention(
        _loaded.model, _loaded.tokenizer, text, pair, most=_most(_loaded), masked=masked, silenced=silenced
    )
    for part in trace.parts.values():  # sessions share it
        part.weights.setflags(write=False)
    return trace


def _most(loaded: LoadedTransformer) -> int:
    """So many tokens that the weights of all heads stay within MOST_BYTES."""
    config = loaded.model.config
    heads = config.num_hidden_layers * config.num_attention_heads * (3 if loaded.kind == "encoder-decoder" else 1)
    return min(MOST_TOKENS, int((MOST_BYTES / (4 * heads)) ** 0.5))


def scored(loaded: LoadedTransformer, asked: Asked, part: AttentionPart) -> dict[str, np.ndarray]:
    """What each head does, (L, H) by the name of the score."""
    return _scored(loaded.key, asked.text, asked.pair, part.name, _part=part)


@st.cache_resource(max_entries=32, show_spinner=False)
def _scored(key: str, text: str, pair: str | None, name: str, _part: AttentionPart) -> dict[str, np.ndarray]:
    return head_scores(_part)


def arrived_from_first(loaded: LoadedTransformer, asked: Asked, part: AttentionPart) -> float:
    """Which share of what arrives comes from the first token, on average over all heads and rows."""
    return _arrived_from_first(loaded.key, asked.text, asked.pair, part.name, _loaded=loaded, _part=part)


@st.cache_data(max_entries=32, show_spinner=False)
def _arrived_from_first(
    key: str, text: str, pair: str | None, name: str, _loaded: LoadedTransformer, _part: AttentionPart
) -> float:
    layers = (shares(value_weighted(_loaded.model, _part, layer)) for layer in range(len(_part.weights)))
    return float(np.mean([layer[..., 0].mean() for layer in layers]))


def ablated(loaded: LoadedTransformer, asked: Asked) -> np.ndarray:
    """The effect of silencing each head alone, (L, H): as many passes as there are heads."""
    return _ablated(loaded.key, asked.text, asked.pair, _loaded=loaded)


@st.cache_data(max_entries=32, show_spinner=False)
def _ablated(key: str, text: str, pair: str | None, _loaded: LoadedTransformer) -> np.ndarray:
    return ablation(_loaded.model, _loaded.tokenizer, text, pair, most=_most(_loaded))


def gradients(loaded: LoadedTransformer, asked: Asked) -> np.ndarray:
    """Gradient × attention of every head, (L, H, T, T)."""
    return _gradients(loaded.key, asked.text, asked.pair, _loaded=loaded)


@st.cache_resource(max_entries=2, show_spinner=False)
def _gradients(key: str, text: str, pair: str | None, _loaded: LoadedTransformer) -> np.ndarray:
    return gradient_times_attention(_loaded.model, _loaded.tokenizer, text, pair, most=_most(_loaded))


def expected(loaded: LoadedTransformer, asked: Asked, token: int) -> NextToken:
    """What a decoder says comes after a token."""
    return _expected(loaded.key, asked.text, token, _loaded=loaded)


@st.cache_data(max_entries=32, show_spinner=False)
def _expected(key: str, text: str, token: int, _loaded: LoadedTransformer) -> NextToken:
    return next_token(_loaded.model, _loaded.tokenizer, text, token, most=_most(_loaded))
