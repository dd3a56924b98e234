"""Recall against the gap: how well readers recall a marked number, as their cards say it."""

from collections.abc import Iterable, Sequence

from seqviz.figures.recall import Recall, recall_against_gap
from seqviz.frame import loading
from seqviz.frame.language import _
from seqviz.lessons.shared.pictures import look, show
from seqviz.lessons.shared.sequence import checkpoint_name
from seqviz.models.card import ReaderCard
from seqviz.tasks import marked_number


def recall_cards(readers: Iterable[str]) -> list[ReaderCard]:
    """What these readers of marked numbers say of themselves, as far as that can be read."""
    cards = (loading.card(checkpoint_name(marked_number.TASK, reader)) for reader in readers)
    return [card for card in cards if card]


def show_recall(cards: Sequence[ReaderCard], alt: str) -> None:
    """The picture, every seed a line; `alt` is for who cannot see it."""
    figure = recall_against_gap(
        [Recall.of(card) for card in cards], look(), gap=_("gap in steps"), r2=_("R² of the answer"),
        hover=_("{cell}, seed {seed}: R² {r2} after {gap} steps"), trained=_("trained up to here"),
    )  # fmt: skip
    show(figure, "recall", alt)
