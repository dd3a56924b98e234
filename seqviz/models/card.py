"""What is known of a model: its task, how it was made, how good it is, how large it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, get_origin, get_type_hints

Scores = Mapping[str, Any]
"""By their names, which differ from task to task."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Card:
    """What all cards have. A field without a default is in every file, the others where there is something to say.

    Raises TypeError for a value of another type than its field's.
    """

    name: str  # of its files
    task: str
    data: str = ""  # what it was trained on
    seed: int
    rule: str  # by which the seed, or the epoch, was chosen
    date: str = ""  # on which it was trained
    sha256: str = ""  # of the file of its weights
    scores: Scores = field(default_factory=dict)
    scores_of_all_seeds: Mapping[str, Scores] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(type(self)).items():
            wanted, found = get_origin(kind) or kind, getattr(self, name)
            if not isinstance(found, (int, float) if wanted is float else wanted):
                raise TypeError(f"{name} is no {wanted.__name__}: {found!r:.40}")

    @property
    def facts(self) -> dict[str, Any]:
        """What its file holds, in the order of the fields."""
        must = {one.name for one in fields(self) if one.default is one.default_factory}  # both are MISSING
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value or name in must}


@dataclass(frozen=True, eq=False, kw_only=True)
class ReaderCard(Card):
    """The card of a `reader.Reader`."""

    language: str = ""  # "en" or "es"
    cell: str  # "RNN", "GRU", "LSTM" or "Transformer"
    front: str
    inputs: int
    features: int
    units: int
    outputs: int
    turn: bool = False  # whether an RNN's memory started as a rotation
    steps: int = 0  # of its training
    batch: int = 0
    readout: str  # what its outputs go through: "sigmoid", "identity" or "softmax"
    watched: str = ""  # the symbol whose probability is drawn as the readout,
    watched_output: int = 0  # and which output that is
    symbols: str = ""  # that it reads and predicts
    vocabulary: str = ""  # the words of its training, a space between each and the next
    best_epoch: int = 0  # of a training that was watched

    @property
    def sizes(self) -> dict[str, Any]:
        """What `new_reader` takes to build such a reader."""
        return {name: getattr(self, name) for name in ("cell", "front", "inputs", "features", "units", "outputs")}


@dataclass(frozen=True, eq=False, kw_only=True)
class ForecastCard(ReaderCard):
    """The card of a reader that a learner trained on a series, with all that it takes to train it again."""

    window: int  # values that it reads
    epochs: int
    rate: float
    best_epoch: int = field()  # without the default
    mean: float  # of the part that it was trained on, like std
    std: float
    range: Sequence[float]  # the least and the greatest value of the series
    torch: str  # its version


@dataclass(frozen=True, eq=False, kw_only=True)
class InductionCard(Card):
    """The card of a tiny Transformer that copies, or cannot."""

    family: str
    layers: int
    heads: int
    width: int
    feed_forward: int
    parameters: int
    symbols: str
    longest: int  # text that it reads, in symbols
    curves: Mapping[str, Mapping[str, Sequence[float]]]  # by seed: its scores while it was trained
