"""Everything that is loaded once for all sessions. What is shared here is only read, never changed."""

import gc
from dataclasses import replace
from pathlib import Path

import streamlit as st
import torch

from seqviz.models.card import InductionCard, ReaderCard
from seqviz.models.checkpoint import Checkpoint, load_card, load_checkpoint
from seqviz.models.folder import find_folder, fingerprint
from seqviz.models.induction import load_induction, load_induction_card
from seqviz.models.minilm import WordTable, load_word_table
from seqviz.models.transformer import LoadedTransformer, load_folder, load_minilm
from seqviz.traces.refusal import Refusal


def checkpoint(name: str) -> Checkpoint:
    """A shipped model. Raises Refusal where its files are missing or damaged."""
    # A class reads at once: the second thread of one sentence would only get in the way of the next. OpenMP counts
    # for every thread that calls it, and every run of a page is a new one.
    torch.set_num_threads(1)
    return _checkpoint(name)


def card(name: str) -> ReaderCard | None:
    """What a shipped reader says of itself; None where that cannot be read."""
    try:
        return _card(name)
    except Refusal:
        return None


def induction_card(name: str) -> InductionCard | None:
    """The same of a tiny Transformer."""
    try:
        return _induction_card(name)
    except Refusal:
        return None


def word_table() -> WordTable:
    """MiniLM's word embeddings. Raises Refusal."""
    return _word_table()


def minilm() -> LoadedTransformer:
    """The embedded Transformer, of the key "minilm". Raises Refusal."""
    torch.set_num_threads(1)
    return _minilm()


def induction(name: str) -> LoadedTransformer:
    """A tiny Transformer that is shipped, its name being its key. Raises Refusal."""
    torch.set_num_threads(1)
    return _induction(name)


def transformer(path: str | Path, name: str = "", source: str = "") -> LoadedTransformer:
    """The Transformer in a folder as its files are now. Raises Refusal."""
    torch.set_num_threads(1)
    folder = find_folder(path)
    loaded = _transformer(str(folder), fingerprint(folder))
    return replace(loaded, name=name or loaded.name, source=source or loaded.source)


@st.cache_resource(max_entries=32, show_spinner=False)
def _checkpoint(name: str) -> Checkpoint:
    loaded = load_checkpoint(name)
    # A full garbage collection would walk all of torch, 0.3 seconds in which nobody is served. What lives now, stays.
    gc.freeze()
    return loaded


@st.cache_resource(max_entries=32, show_spinner=False)
def _card(name: str) -> ReaderCard:
    return load_card(name)


@st.cache_resource(max_entries=2, show_spinner=False)
def _induction_card(name: str) -> InductionCard:
    return load_induction_card(name)


@st.cache_resource(max_entries=1, show_spinner=False)
def _word_table() -> WordTable:
    return load_word_table()


@st.cache_resource(max_entries=1, show_spinner=False)
def _minilm() -> LoadedTransformer:
    loaded = replace(load_minilm(), key="minilm")
    gc.freeze()
    return loaded


@st.cache_resource(max_entries=2, show_spinner=False)
def _induction(name: str) -> LoadedTransformer:
    loaded = load_induction(name)
    gc.freeze()
    return loaded


@st.cache_resource(max_entries=2, show_spinner=False)  # each may take half of the memory that is free
def _transformer(folder: str, fingerprint: str) -> LoadedTransformer:
    return load_folder(folder)
