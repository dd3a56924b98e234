"""The readers of this lesson: what they are called, and which of them are trained by now."""

from seqviz.frame.language import _
from seqviz.jobs.opinions import Trained
from seqviz.lessons.sentiment.asked import Asked
from seqviz.lessons.sentiment.runs import READERS, TUNING, events_of

ORDER = ("bag", "RNN", "GRU", "LSTM", "shipped", "frozen", "tuned")


def reader_names(transformer: str = "MiniLM") -> dict[str, str]:
    """What the readers are called."""
    return {
        "bag": _("bag of words"),
        "RNN": "RNN",
        "GRU": "GRU",
        "LSTM": "LSTM",
        "shipped": _("pretrained cell"),
        "frozen": _("{name}, frozen").format(name=transformer),
        "tuned": _("{name}, last layer tuned").format(name=transformer),
    }


def trained(about: Asked) -> dict[str, Trained]:
    """All readers that there are by now, in their order."""
    events = events_of(READERS, about) + events_of(TUNING, about)
    found = {event.name: event for event in events if isinstance(event, Trained)}
    return {name: found[name] for name in ORDER if name in found}
