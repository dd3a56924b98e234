"""How good the four are: accuracy by what a sentence is made of, every seed."""

from collections.abc import Mapping

import streamlit as st

from seqviz.figures.compare import accuracies_by_kind
from seqviz.frame.language import _
from seqviz.lessons.compare.readers import cards_of, checkpoint_of
from seqviz.lessons.shared.pictures import look, show
from seqviz.lessons.shared.sequence import Asked
from seqviz.models.card import ReaderCard
from seqviz.tasks.sentiment.typed import TASKS as SENTENCES


def how_good(asked: Asked) -> None:
    """Accuracy by what a sentence is made of, every seed of the four."""
    st.subheader(_("How good are they?"), anchor="readers")
    cards = cards_of(asked.task)
    names, found = kind_names(), phenomena(cards)
    figure = accuracies_by_kind(
        {names[kind]: shares for kind, shares in found.items()}, look(),
        right=_("right verdicts"), hover=_("{reader}, {kind}: {right} right"),
    )  # fmt: skip
    show(figure, "kinds", _("Dots: the share of right verdicts of each reader by kind of sentence, a dot a seed."))
    say_readers(cards)


def kind_names() -> dict[str, str]:
    """The kinds of sentences that `phenomena` tells apart, as they are called."""
    return {
        "heldout": _("all kept out of training"), "plain": _("plain praise or complaint"), "negation": _("negation"),
        "contrast": _("contrast: “but …”"), "expectation": _("an expectation that fails"), "idiom": _("idioms"),
        "long gap": _("a long gap"), "unseen_words": _("opinion words never seen"), "free": _("written freely by hand"),
        "held": _("still right 100 words later"),
    }  # fmt: skip


def phenomena(cards: Mapping[str, ReaderCard]) -> dict[str, dict[str, list[float]]]:
    """Shares of right verdicts by the kind of a sentence, then by reader, one a seed; the shipped seed first."""
    found: dict[str, dict[str, list[float]]] = {kind: {} for kind in kind_names()}
    for reader, card in cards.items():
        for scores in card.scores_of_all_seeds.values():
            shares = {**scores, **scores["heldout_by_tag"]} | {"held": scores["held_for"]["100"]}
            for kind, by_reader in found.items():
                by_reader.setdefault(reader, []).append(shares[kind])
    return found


def say_readers(cards: Mapping[str, ReaderCard]) -> None:
    """What was alike in their training and what was not."""
    readers = {reader: checkpoint_of(SENTENCES[card.language], reader).reader for reader, card in cards.items()}
    sizes = {reader: sum(weight.numel() for weight in one.cell.parameters()) for reader, one in readers.items()}
    said = ", ".join(f"{reader} {count:,}" for reader, count in sizes.items())
    first = next(iter(cards.values()))
    st.markdown(
        _(
            "Every dot is a seed of three, the shipped one larger. All were trained on the same sentences with the "
            "same word vectors, {steps} batches of {batch}, {units} units wide; so many weights do the reading: "
            "{sizes}."
        ).format(steps=f"{first.steps:,}", batch=first.batch, units=first.units, sizes=said)
    )
