"""Cards of readers that are shipped nowhere."""

from seqviz.models.card import ReaderCard

SMALL = {
    "name": "small", "task": "none", "seed": 0, "rule": "none", "cell": "LSTM", "front": "numbers",
    "inputs": 2, "features": 2, "units": 4, "outputs": 1, "readout": "identity",
}  # fmt: skip


def small_card(**facts):
    """The card of a reader of a few units, with these facts."""
    return ReaderCard(**(SMALL | facts))
