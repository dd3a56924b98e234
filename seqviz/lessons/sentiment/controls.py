"""What the lesson on sentiment asks for: labelled sentences, ours or the learner's own, and how readers learn them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame.errors import plain
from seqviz.frame.language import _, current
from seqviz.frame.state import between, flag, linked, one_of, put, text
from seqviz.jobs.opinions import CellSettings, Settings, TuneSettings
from seqviz.lessons.shared.table import ask_table, look_at, name
from seqviz.lessons.shared.transformer import ask_transformer
from seqviz.models.transformer import LoadedTransformer
from seqviz.tasks.opinions import SHARES, Opinion, load_opinions, split_opinions
from seqviz.tasks.sentiment import split_words
from seqviz.traces.refusal import N_, Refusal

DATA = ("en", "es", "file")
LONGEST = 1000  # characters of a text, uploaded or typed
POSITIVE = {"positive", "positivo", "positiva", "pos", "1", "true", "yes", "sí", "si", "good", "+"}
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
    arrival = st.session_state.setdefault("data_on_arrival", current())  # another language later changes no data
    with row:
        names = {"en": _("English sentences"), "es": _("Spanish sentences"), "file": _("your own (.csv)")}
        data = st.segmented_control(
            _("Data"), DATA, required=True, label_visibility="collapsed", format_func=names.__getitem__,
            **linked("data", arrival, one_of(DATA)),
        )  # fmt: skip
        settings = st.popover(_("Settings"))
    opinions = _ask_file() if data == "file" else load_opinions(data)
    if opinions is None:
        return None
    with settings:
        asked = _ask_settings(data, opinions)
        is_other = st.toggle(_("another Transformer than MiniLM"), **_hidden("other", False, flag))
    return replace(asked, encoder=_ask_encoder()) if is_other else asked


def ask_sentence(data: str) -> str:
    """The learner's own sentence, for all readers, with a few to begin with."""
    offered = {
        "en": {
            _("not bad at all"): "The film was not bad at all",
            _("at first … but in the end"): "At first I was bored, but in the end I loved it",
            _("irony"): "Great, another two hours of my life that I will never get back",
            _("no opinion word"): "I would go there again tomorrow",
        },
        "es": {
            _("not bad at all"): "La película no estuvo nada mal",
            _("at first … but in the end"): "Al principio me aburrí, pero al final me encantó",
            _("irony"): "Genial, otras dos horas de mi vida que no volverán",
            _("no opinion word"): "Volvería mañana mismo",
        },
    }[data if data in ("en", "es") else current()]
    sentence = st.text_input(
        _("Type a sentence"), max_chars=LONGEST, placeholder=_("Type a sentence"),
        label_visibility="collapsed", **linked("text", next(iter(offered.values())), text(LONGEST)),
    )  # fmt: skip
    with st.container(horizontal=True, key="examples"):
        for label, example in offered.items():
            st.button(label, on_click=put, kwargs={"text": example})
    return sentence.strip()


def say_asked(about: Asked, is_old: bool) -> None:
    """What a training is about; `is_old`: the controls say something else by now."""
    parts = [sum(opinion.part == part for opinion in about.opinions) for part in ("training", "validation", "test")]
    said = _(
        "{training} sentences to learn from, {validation} to choose by, {test} kept for the test · {units} units · "
        "seed {seed}"
    ).format(
        training=about.sentences or parts[0], validation=parts[1], test=parts[2], units=about.units, seed=about.seed
    )
    if is_old:
        said += ". " + _("You have changed something since: “Train” trains that.")
    st.caption(plain(said))


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


def _ask_file() -> tuple[Opinion, ...] | None:
    """An uploaded table: which column holds the texts, which their labels, and which label is the positive one."""
    table = ask_table(_("A table with a column of texts and one of labels"), "opinions_file")
    if table is None:
        return None
    look_at(table)
    columns = range(len(table.columns))
    left, middle, right = st.columns(3)
    label_column = next((i for i in columns if len(set(table.columns[i])) == 2), 0)
    text_column = max(columns, key=lambda i: sum(map(len, table.columns[i])))
    texts = left.selectbox(
        _("texts"), columns, text_column, lambda i: name(table, i), key="opinions_texts", filter_mode=None
    )
    labels = middle.selectbox(
        _("labels"), columns, label_column, lambda i: name(table, i), key="opinions_labels", filter_mode=None
    )
    found = sorted(set(table.columns[labels]))
    if len(found) != 2:
        raise Refusal(
            N_(
                "The column of labels must hold exactly two different labels, such as positive and negative; this one "
                "holds {count}."
            ),
            count=len(found),
        )
    usual = next((i for i, label in enumerate(found) if label.casefold() in POSITIVE), 1)
    positive = right.selectbox(_("the positive label"), found, usual, key="opinions_positive", filter_mode=None)
    return _split(table.columns[texts], [label == positive for label in table.columns[labels]])


def _split(texts: Sequence[str], labels: Sequence[bool]) -> tuple[Opinion, ...]:
    rows = [row for row, text in enumerate(texts) if split_words(text)]
    if len(rows) < len(texts):
        st.caption(_("{count} rows without a word were left out.").format(count=len(texts) - len(rows)))
    opinions = split_opinions([texts[row][:LONGEST] for row in rows], [labels[row] for row in rows])
    if len({(opinion.part, opinion.is_positive) for opinion in opinions}) < 2 * len(SHARES):
        raise Refusal(
            N_(
                "Too many of the texts are alike. Those go to one part together, so that nothing of the test part is "
                "learned: leave out versions of the same text."
            )
        )
    return opinions
