"""See every number inside a sequence model: the library under the app, usable in any notebook."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqviz.traces.jacobian import jacobian_norms
    from seqviz.traces.recurrent import LayerTrace, RecurrentTrace, trace_recurrent
    from seqviz.traces.survival import survival

__all__ = ["LayerTrace", "RecurrentTrace", "jacobian_norms", "survival", "trace_recurrent"]

_HOME = {"jacobian_norms": "jacobian", "survival": "survival"}  # the others live in seqviz.traces.recurrent


def __getattr__(name: str) -> object:
    """Load torch with the first trace that is asked for: the home page and the words do without it."""
    if name not in __all__:
        raise AttributeError(f"module 'seqviz' has no attribute {name!r}")
    return getattr(import_module(f"seqviz.traces.{_HOME.get(name, 'recurrent')}"), name)
