"""A shipped reader as it was before its training: the same architecture from the same seed."""

from functools import lru_cache
from threading import Lock

import torch

from seqviz.models.checkpoint import Checkpoint, load_card
from seqviz.models.reader import new_reader

_DICE = Lock()  # torch has one generator for all threads, every session is a thread, and here alone it is drawn from


@lru_cache(maxsize=32)  # read by all sessions, changed by none
def untrained(name: str) -> Checkpoint:
    """The very reader that the training of a shipped one began with, in float64 like it. Raises Refusal."""
    card = load_card(name)
    with _DICE, torch.random.fork_rng(devices=[]):
        torch.manual_seed(card.seed)
        # As seqviz/training starts them; a test trains for no step and compares.
        reader = new_reader(**card.sizes, forget_bias=1.0, turn=card.turn)
    return Checkpoint(reader.double().eval().requires_grad_(False), card)
