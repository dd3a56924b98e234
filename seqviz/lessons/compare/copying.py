"""How copying is learned: the induction head of a Transformer of two layers, beside one layer, which cannot have it."""

from collections.abc import Sequence

import streamlit as st

from seqviz.figures.compare import Learned, learned_by_step
from seqviz.frame import loading
from seqviz.frame.course import find
from seqviz.frame.language import _, current
from seqviz.lessons.compare.seeds import percents
from seqviz.lessons.shared.pictures import look, show
from seqviz.models.card import InductionCard
from seqviz.models.induction import NAMES
from seqviz.models.reader import TRANSFORMER
from seqviz.traces.refusal import N_, Refusal


def how_copying_is_learned() -> None:
    """The induction head of a Transformer of two layers, beside one layer, which cannot have it."""
    st.subheader(_("What two layers can do and one cannot"), anchor="induction")
    cards = induction_cards()
    names = {1: _("one layer"), 2: _("two layers")}
    curves = [
        Learned(names[card.layers], int(seed), curve["step"], curve["right"], colour, int(seed) == card.seed)
        for card, colour in zip(cards, ("theory", TRANSFORMER), strict=True)
        for seed, curve in card.curves.items()
    ]
    figure = learned_by_step(
        curves, look(), step=_("steps of training"), right=_("of the second copy right"),
        hover=_("{name}, seed {seed}: {right} right after {step} steps"),
    )  # fmt: skip
    show(figure, "induction", _("Lines: the share of a repeated row that is known, by steps of training, every seed."))
    say_induction(cards)


def induction_cards() -> list[InductionCard]:
    """What the two tiny Transformers that copy say of themselves, one layer first. Raises Refusal."""
    found = [loading.induction_card(name) for name in sorted(NAMES)]
    if not all(found):
        raise Refusal(N_("The cards of the models that copy cannot be read: get the project's files again."))
    return [card for card in found if card]


def say_induction(cards: Sequence[InductionCard]) -> None:
    """What was learned, by what, and where it can be seen at work."""
    right = {card.name: [scores["right"] for scores in card.scores_of_all_seeds.values()] for card in cards}
    (one, two), scores = percents(right).values(), cards[-1].scores
    st.markdown(
        _(
            "Two more Transformers, of {width} numbers and one head a layer, saw nothing but rows of random symbols in "
            "which a piece comes again, and learned to go on with it. With two layers {two} of a second copy come "
            "out right, with one {one}, whatever the seed, and the two layers find it out all of a sudden. What they "
            "find is an **induction head** (Olsson et al. 2022): the first layer writes into every symbol which one "
            "stood before it (its score as a previous-token head is {previous}), so that the second can look for the "
            "symbol that came *after* the same one before (prefix-matching score {prefix}), and copies that. One layer "
            "cannot: it sees what a symbol is, not what stood before it."
        ).format(
            width=cards[-1].width, one=one, two=two, previous=f"{scores['previous'][0][0]:.2f}",
            prefix=f"{scores['prefix'][1][0]:.2f}",
        )
    )  # fmt: skip
    for card in reversed(cards):
        names = {1: _("Open the one with one layer in “{lesson}”"), 2: _("Open the one with two layers in “{lesson}”")}
        label = names[card.layers].format(lesson=_(find("attention").title))
        address = {"lang": current(), "model": card.name}
        st.page_link(find("attention").path, label=label, query_params=address)
