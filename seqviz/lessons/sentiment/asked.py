"""What the lesson on sentiment asks for: labelled sentences, and how readers shall learn them."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame import loading
from seqviz.frame.language import _
from seqviz.frame.state import between, flag, linked
from seqviz.jobs.opinions import CellSettings, Settings
from seqviz.jobs.tuning import TuneSettings
from seqviz.lessons.sentiment.opinions import ask_data, opinions_of
from seqviz.lessons.shared.on_arrival import say_about
from seqviz.lessons.shared.transformer import ask_transformer
from seqviz.models.transformer import LoadedTransformer
from seqviz.tasks.opinions import Opinion
from seqviz.traces.refusal import N_, Refusal

USUAL = CellSettings()
MOST_EPOCHS = 60
_hidden = partial(linked, hidden=True)


@dataclass(frozen=True)
class Asked:
    """Labelled sentences and how they shall be learned; `encoder` is None for the embedded one."""

    data: str
    opinions: tuple[Opinion, ...]
    units: int
    epochs: int
    seed: int
    sentences: int | None  # how many of the training part; None: all
    encoder: LoadedTransformer | None = None

    @property
    def transformer(self) -> str:
        """What the Transformer is called."""
        return self.encoder.name if self.encoder else "MiniLM"

    def load_encoder(self) -> LoadedTransformer:
        """The Transformer, which takes seconds where it is the embedded one. Raises Refusal."""
        return self.encoder or loading.minilm()

    @property
    def key(self) -> Hashable:
        """All that the outcome of a training depends on."""
        chosen = (self.units, self.epochs, self.seed, self.sentences)
        return (self.opinions, chosen, self.encoder.key if self.encoder else "")

    def of_cell(self, cell: str) -> CellSettings:
        """The settings of a cell that starts from nothing."""
        return CellSettings(self.sentences, self.seed, self.epochs, cell=cell, units=self.units)

    @property
    def of_linear(self) -> Settings:
        """The settings of a regression."""
        return Settings(self.sentences, self.seed)

    @property
    def of_tuning(self) -> TuneSettings:
        """The settings of fine-tuning."""
        return TuneSettings(self.sentences, self.seed)


def ask(row: DeltaGenerator) -> Asked | None:
    """The controls, most of them in `row`; None as long as there are no sentences. Raises Refusal."""
    with row:
        data = ask_data()
        settings = st.popover(_("Settings"))
    opinions = opinions_of(data)
    if opinions is None:
        return None
    with settings:
        asked = _ask_settings(data, opinions)
        is_other = st.toggle(_("another Transformer than MiniLM"), **_hidden("other", False, flag))
    return replace(asked, encoder=_ask_encoder()) if is_other else asked


def _ask_settings(data: str, opinions: tuple[Opinion, ...]) -> Asked:
    most = sum(opinion.part == "training" for opinion in opinions)
    units = st.slider(_("units of each cell"), 4, 64, **_hidden("units", USUAL.units, between(4, 64)))
    epochs = st.slider(_("epochs"), 1, MOST_EPOCHS, **_hidden("epochs", USUAL.epochs, between(1, MOST_EPOCHS)))
    sentences = st.slider(_("training sentences"), 20, most, **_hidden("sentences", most, between(20, most)))
    seed = st.number_input(_("seed"), 0, 999, **_hidden("seed", USUAL.seed, between(0, 999)))
    return Asked(data, opinions, units, epochs, seed, None if sentences == most else sentences)


def _ask_encoder() -> LoadedTransformer:
    st.caption(
        _(
            "An encoder built as BERT. For Spanish, for example "
            "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2 (some 500 MB from the hub)."
        )
    )
    encoder = ask_transformer()
    if encoder.kind != "encoder":
        raise Refusal(N_("Only an encoder makes one vector of a sentence: choose another model."))
    return encoder


def say_asked(about: Asked, is_old: bool) -> None:
    """What a training is about; `is_old`: the controls say something else by now."""
    parts = [sum(opinion.part == part for opinion in about.opinions) for part in ("training", "validation", "test")]
    said = _(
        "{training} sentences to learn from, {validation} to choose by, {test} kept for the test · {units} units · "
        "seed {seed}"
    ).format(
        training=about.sentences or parts[0], validation=parts[1], test=parts[2], units=about.units, seed=about.seed
    )
    say_about(said, is_old)
