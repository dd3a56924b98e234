"""The two tiny Transformers of two layers and of one: shipped as folders that any program with transformers reads."""

import hashlib
from dataclasses import replace
from pathlib import Path

from seqviz.models.card import InductionCard
from seqviz.models.checkpoint import FOLDER, read_card
from seqviz.models.folder import DAMAGED, WEIGHTS
from seqviz.models.transformer import LoadedTransformer, load_folder
from seqviz.traces.refusal import Refusal

NAMES = ("induction-2", "induction-1")


def load_induction(name: str, folder: Path = FOLDER) -> LoadedTransformer:
    """The model called `name`, after the sum of its weights is checked. Raises Refusal."""
    path = folder / name / WEIGHTS
    card = load_induction_card(name, folder)
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise Refusal(DAMAGED, file=f"{name}/{WEIGHTS}") from error
    if found != card.sha256:
        raise Refusal(DAMAGED, file=f"{name}/{WEIGHTS}")
    return replace(load_folder(path.parent, source=f"python -m seqviz.training {name}"), key=name)


def load_induction_card(name: str, folder: Path = FOLDER) -> InductionCard:
    """Read only the card of one of the two. Raises Refusal."""
    return read_card(folder / f"{name}.json", InductionCard)
