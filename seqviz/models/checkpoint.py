"""A shipped model: NAME.safetensors with its card NAME.json, which says what it is, how it was made, how good it is."""

import hashlib
import json
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from seqviz.models.card import Card, ForecastCard, ReaderCard
from seqviz.models.reader import Reader, new_reader
from seqviz.traces.refusal import N_, Refusal

C = TypeVar("C", bound=Card)
FOLDER = Path(__file__).parent / "checkpoints"


BROKEN = N_(
    "The model file “{file}” is missing or damaged, so this reader cannot be shown. The other readers still work. To "
    "repair it, get the project's files again."
)


def _broken(path: Path, reason: str) -> Refusal:
    """Why a file cannot be used is a note, for whoever reads the log or a traceback: it is English and may be long."""
    refusal = Refusal(BROKEN, file=path.name)
    refusal.add_note(f"{path}: {reason}")
    return refusal


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained reader and its card. The reader is in float64, so that what is printed from it is exact."""

    reader: Reader
    card: ReaderCard

    @property
    def name(self) -> str:
        """The name of its files."""
        return self.card.name

    @cached_property
    def words(self) -> dict[str, int]:
        """The words of its training, numbered from 1; 0 is the unknown word."""
        return {word: number for number, word in enumerate(self.card.vocabulary.split(), start=1)}


def save_checkpoint(reader: Reader, card: ReaderCard, folder: Path = FOLDER) -> None:
    """Write a reader and its card."""
    for name, data in files_of(reader, card).items():
        (folder / name).write_bytes(data)


def files_of(reader: Reader, card: ReaderCard) -> dict[str, bytes]:
    """The two files of a reader by name; its card gets the sum of the weights' file, which loading checks."""
    weights = save({name: tensor.contiguous() for name, tensor in reader.state_dict().items()})
    card = replace(card, sha256=hashlib.sha256(weights).hexdigest())
    return {f"{card.name}.safetensors": weights, f"{card.name}.json": written(card)}


def written(card: Card) -> bytes:
    """The file of a card."""
    return (json.dumps(card.facts, indent=2, ensure_ascii=False) + "\n").encode()


def load_checkpoint(name: str, folder: Path = FOLDER) -> Checkpoint:
    """Read a shipped model by name, as float64 and in eval mode. Raises Refusal."""
    card, path = load_card(name, folder), folder / f"{name}.safetensors"
    try:
        weights = path.read_bytes()
    except OSError as error:
        raise _broken(path, f"cannot be read ({error})") from error
    if hashlib.sha256(weights).hexdigest() != card.sha256:
        raise _broken(path, "is not the file that its card describes")
    try:
        with torch.device("meta"):  # draws nothing from torch's generator, which all threads share
            reader = new_reader(**card.sizes)
        reader.load_state_dict(load(weights), assign=True)
    except (KeyError, RuntimeError, SafetensorError) as error:
        raise _broken(path, f"does not hold the model of its card ({error})") from error
    return Checkpoint(reader.double().eval().requires_grad_(False), card)


def load_card(name: str, folder: Path = FOLDER) -> ReaderCard:
    """Read only the card of a reader. Raises Refusal."""
    return read_card(folder / f"{name}.json", ReaderCard, ForecastCard)


def read_card(path: Path, *kinds: type[C]) -> C:
    """The card in a file, of the first kind that knows all that it says. Raises Refusal."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(path, f"cannot be read ({error})") from error
    if not isinstance(facts, dict):
        raise _broken(path, "is not a card")
    knowing = (kind for kind in kinds if facts.keys() <= {one.name for one in fields(kind)})
    try:
        return next(knowing, kinds[0])(**facts)
    except TypeError as error:  # something is missing, unknown or of another type
        raise _broken(path, f"is not the card of such a model ({error})") from error
