"""See every number inside a sequence model: the library under the app, usable in any notebook."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqviz.traces.attention import AttentionPart, AttentionTrace, trace_attention
    from seqviz.traces.jacobian import jacobian_norms
    from seqviz.traces.recurrent import LayerTrace, RecurrentTrace, trace_recurrent
    from seqviz.traces.survival import survival

_HOME = {  # where in seqviz.traces
    "AttentionPart": "attention",
    "AttentionTrace": "attention",
    "LayerTrace": "recurrent",
    "RecurrentTrace": "recurrent",
    "jacobian_norms": "jacobian",
    "survival": "survival",
    "trace_attention": "attention",
    "trace_recurrent": "recurrent",
}

__all__ = [
    "AttentionPart",
    "AttentionTrace",
    "LayerTrace",
    "RecurrentTrace",
    "jacobian_norms",
    "survival",
    "trace_attention",
    "trace_recurrent",
]


def __getattr__(name: str) -> object:
    """Load torch with the first trace that is asked for: the home page and the words do without it."""
    if name not in _HOME:
        raise AttributeError(f"module 'seqviz' has no attribute {name!r}")
    return getattr(import_module(f"seqviz.traces.{_HOME[name]}"), name)
