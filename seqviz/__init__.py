"""See every number inside a sequence model: the library under the app, usable in any notebook."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqviz.traces.recurrent import LayerTrace, RecurrentTrace, trace_recurrent

__all__ = ["LayerTrace", "RecurrentTrace", "trace_recurrent"]


def __getattr__(name: str) -> object:
    """Load torch with the first trace that is asked for: the home page and the words do without it."""
    if name not in __all__:
        raise AttributeError(f"module 'seqviz' has no attribute {name!r}")
    from seqviz.traces import recurrent

    return getattr(recurrent, name)
