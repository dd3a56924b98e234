"""When to use which: the table at the end of the lesson on four readers, whose cells lead to what supports them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from seqviz.frame.language import _
from seqviz.frame.page import table
from seqviz.jobs.stopwatch import FITTED, Measured, fit_power
from seqviz.lessons.compare.good import phenomena
from seqviz.lessons.compare.graphs import counts_of
from seqviz.lessons.compare.readers import READERS, cards_of
from seqviz.lessons.compare.recall import r2_after
from seqviz.lessons.compare.seeds import percents, ranges
from seqviz.lessons.compare.timing import measured_so_far
from seqviz.lessons.shared.recall import recall_cards
from seqviz.lessons.shared.sequence import Asked
from seqviz.models.card import ReaderCard
from seqviz.models.reader import TRANSFORMER


def when_which(asked: Asked) -> None:
    """The whole page in one table."""
    st.subheader(_("When to use which"), anchor="when")
    kinds = phenomena(cards_of(asked.task))
    growth = growth_of(measured_so_far())
    table(when_table(kinds, recall_cards(READERS), counts_of(asked), growth), "when")


def when_table(
    kinds: Mapping[str, Mapping[str, Sequence[float]]],
    cards: Sequence[ReaderCard],
    counts: Mapping[str, tuple[int, int, int]],
    growth: Mapping[str, tuple[str, str]],
) -> list[list[str]]:
    """Rows of Markdown for READERS: every cell is a link to what supports it on this page.

    kinds   shares of right verdicts as `phenomena` gives them
    cards   those of `recall_cards`
    counts  of each reader on the sentence above: operations on the way from its first word to its last, operations
            that wait for one another, numbers to keep for reading on; empty where there is no sentence
    growth  how time and memory grow with the length, as far as they were measured
    """
    rows = [
        (_("right on sentences kept out of training"), "readers", percents(kinds["heldout"])),
        (_("right over a long gap"), "readers", percents(kinds["long gap"])),
        (_("recall after 39 steps, R²"), "recall", ranges(r2_after(cards, 39))),
        (_("recall after 80 steps, R²"), "recall", ranges(r2_after(cards, 80))),
    ]
    if counts:
        names = (_("way from first to last word"), _("must wait for one another"), _("numbers to keep for reading on"))
        for i, (name, anchor) in enumerate(zip(names, ("path", "wait", "wait"), strict=True)):
            rows.append((name, anchor, {reader: f"{found[i]:,}" for reader, found in counts.items()}))
    unknown = _("measure it")
    for i, name in enumerate((_("time grows like"), _("memory of training grows like"))):
        rows.append((name, "measured", {reader: growth[reader][i] if growth else unknown for reader in READERS}))
    if counts:  # without a sentence the advice would lead to pictures that are not there
        rows.append((_("**So take it …**"), "", _advice()))
    table = [["", *READERS]]
    for name, anchor, cells in rows:
        linked_cells = [cells.get(reader, "–") for reader in READERS]
        table.append([name, *(f"[{cell}](#{anchor})" if anchor else cell for cell in linked_cells)])
    return table


def growth_of(found: Measured | None) -> dict[str, tuple[str, str]]:
    """How the time of reading and the memory of training grow by reader, as this machine has measured it."""
    if found is None or len(found.lengths) < FITTED:
        return {}
    growth = {}
    for reader in READERS:
        model = "matrix" if reader == TRANSFORMER else reader
        seconds = fit_power(found.lengths, [point.seconds for point in found.of(model, "forward")])
        kept = fit_power(found.lengths, [point.kept for point in found.of(model, "both")])
        growth[reader] = (f"$T^{{{seconds.exponent:.2f}}}$", f"$T^{{{kept.exponent:.2f}}}$")
    return growth


def _advice() -> dict[str, str]:
    return {
        "RNN": _("where [memory may be short](#recall) and [weights few](#readers)"),
        "GRU": _("where words come one by one and [little may be kept](#wait)"),
        "LSTM": _("where, besides, something has to be [held for very long](#recall)"),
        "Transformer": _("where all words are there at once and [far ones matter](#path), [at its price](#measured)"),
    }
