"""The program that computes one head."""

from collections.abc import Callable

from seqviz.frame.language import _
from seqviz.lessons.attention.text import Asked
from seqviz.lessons.shared.program import code_of, template
from seqviz.models.transformer import LoadedTransformer


def programs(loaded: LoadedTransformer, asked: Asked, head: tuple[int, int]) -> None:
    """The code that computes the chosen head, in the library that the reader chooses; it is written for MiniLM."""
    if loaded.key != "minilm":
        return
    code_of(lambda framework: attention_code(framework, asked.text, asked.pair, *head, _))


def attention_code(framework: str, text: str, pair: str | None, layer: int, head: int, _: Callable[[str], str]) -> str:
    """The program that computes one head of MiniLM on a text; `layer` and `head` from 0."""
    values = {
        "texts": ", ".join(map(repr, filter(None, (text, pair)))),
        "layer": layer,
        "head": head,
        "by_hand": _("one head by hand: the weights that stand in the trace"),
        "backend": _("or tensorflow, or jax"),
        "read": _("what this layer reads"),
        "stacked": _("PyTorch lays the heads side by side in one matrix, Keras keeps them apart"),
    }
    return template("attention", framework).substitute(values)
