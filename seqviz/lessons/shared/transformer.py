"""Which Transformer reads: the embedded one, one in a folder, or one from the hub, as far as the operator allows."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from seqviz.frame import loading
from seqviz.frame.address import put, visit
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.frame.state import linked, one_of, read, text
from seqviz.lessons.shared.policy import Policy, policy
from seqviz.models import induction
from seqviz.models.card import InductionCard
from seqviz.models.hub import download, hub_host, on_disk
from seqviz.models.transformer import LoadedTransformer

MOST_TYPED = 1000  # characters of a path or an id

Forgets = Callable[[str], Sequence[str]]
"""The parameters of the address that mean nothing once another source, named by its code, reads."""


def ask_transformer(forgets: Forgets = lambda source: (), shipped: Sequence[str] = ("minilm",)) -> LoadedTransformer:
    """The controls; returns the model that reads, which is the embedded one until another is named and loaded.

    `shipped` are the codes of those that are offered to everybody. Raises Refusal where the model cannot be loaded.
    """
    allowed = policy()
    source = _ask_source(allowed, forgets, shipped)
    if source in induction.NAMES:
        with st.spinner(_("Loading {name} …").format(name=source)):
            return loading.induction(source)
    loaded = _ask_folder(forgets) if source == "folder" else _ask_hub(allowed, forgets) if source == "hub" else None
    if loaded is None:
        with st.spinner(_("Loading {name} …").format(name="MiniLM")):
            loaded = loading.minilm()
    return loaded


def say_transformer(loaded: LoadedTransformer) -> None:
    """Which model reads, and where it comes from."""
    about = _("{name} reads: {kind}, {count} parameters, from {source}.")
    kinds = {"encoder": _("encoder"), "decoder": _("decoder"), "encoder-decoder": _("encoder and decoder")}
    facts = {
        "name": loaded.name,
        "kind": kinds[loaded.kind],
        "count": f"{loaded.parameters:,}",
        "source": loaded.source,
    }
    st.caption(plain(about.format(**facts)))
    card = loading.induction_card(loaded.key) if loaded.key in induction.NAMES else None
    if card:
        st.caption(_say_card(card))


def _say_card(card: InductionCard) -> str:
    """How good an induction model is, and at what."""
    every = [100 * scores["right"] for scores in card.scores_of_all_seeds.values()]
    return _(
        "It was trained on rows of random symbols alone, in which a piece comes again, and reads up to {longest} "
        "characters: letters, digits and a few marks; every other one is the same unknown symbol to it. Of a new row "
        "that comes twice it knows {right} % of the second copy ({seeds} seeds: {low} to {high} %), and its best head "
        "has a prefix-matching score of {prefix}."
    ).format(
        longest=card.longest, right=f"{100 * card.scores['right']:.1f}",
        seeds=len(every), low=f"{min(every):.1f}", high=f"{max(every):.1f}",
        prefix=f"{max(map(max, card.scores['prefix'])):.2f}",
    )  # fmt: skip


def _ask_source(allowed: Policy, forgets: Forgets, shipped: Sequence[str]) -> str:
    sources = [*shipped, *(["folder"] if allowed.folders else []), *(["hub"] if allowed.hub or allowed.ids else [])]
    known = one_of((*shipped, "folder", "hub"))

    def offered(raw: str) -> str:
        return raw if known(raw) in sources else "minilm"

    if read("model", "minilm", known) not in sources:
        st.info(_("The address asks for a model that this server does not open: the embedded one reads instead."))
    if sources == ["minilm"]:
        return "minilm"
    names = {
        "minilm": _("MiniLM (embedded)"), "induction-2": _("induction, two layers"),
        "induction-1": _("induction, one layer"), "folder": _("a folder"), "hub": _("from the hub"),
    }  # fmt: skip
    return st.segmented_control(
        _("Which model reads"), sources, required=True, label_visibility="collapsed", format_func=names.__getitem__,
        **_linked("model", "minilm", offered, forgets),
    )  # fmt: skip


def _ask_folder(forgets: Forgets) -> LoadedTransformer | None:
    path = st.text_input(
        _("A folder with config.json, tokenizer.json and model.safetensors"), max_chars=MOST_TYPED,
        placeholder="~/models/bert-base-uncased", **_linked("folder", "", text(MOST_TYPED), forgets),
    ).strip()  # fmt: skip
    if not path:
        return None
    with st.spinner(_("Loading the folder …")):
        return loading.transformer(path)


def _ask_hub(allowed: Policy, forgets: Forgets) -> LoadedTransformer | None:
    if allowed.hub:
        name = st.text_input(
            _("The id of a model on the hub: owner/name"), max_chars=MOST_TYPED, placeholder="distilbert/distilgpt2",
            **_linked("id", "", text(MOST_TYPED), forgets),
        ).strip()  # fmt: skip
    else:
        name = st.selectbox(
            _("A model on the hub"), allowed.ids, filter_mode=None,
            **_linked("id", allowed.ids[0], one_of(allowed.ids), forgets),
        )  # fmt: skip
    if not name:
        return None
    folder = on_disk(name)
    if folder is None:
        # A link alone downloads nothing and asks nobody.
        st.markdown(
            _(
                "**This downloads from the hub:** “{name}” comes from {hub} to the machine that runs this page, and "
                "stays there. Only safetensors are taken, and no code."
            ).format(name=plain(name), hub=plain(hub_host()))
        )
        if not st.button(_("Download")):
            return None
        with st.spinner(_("Downloading {name} …").format(name=plain(name))):
            folder = download(name)
    with st.spinner(_("Loading {name} …").format(name=plain(name))):
        return loading.transformer(folder, name, f"huggingface.co/{name}")


def _linked(key: str, default: Any, parse: Any, forgets: Forgets) -> dict[str, Any]:
    """As `state.linked`, but a change removes from the address what was said of another model."""

    def write(value: str) -> None:
        source = value if key == "model" else visit().place.get("model", "minilm")
        put(tuple(forgets(source)), **{key: value})

    return linked(key, default, parse, write=write)
