"""The sentence as one token sees it, and how each weight came about."""

from seqviz.components.attention import gaze, gaze_payload
from seqviz.frame.address import picture
from seqviz.frame.language import _, translator
from seqviz.lessons.attention.head import HEATMAP
from seqviz.lessons.attention.text import Asked
from seqviz.lessons.attention.view import View
from seqviz.lessons.shared.sequence import plays


def gaze_of(view: View, asked: Asked, model: str) -> None:
    """The sentence as one token sees it, and how each weight came about."""
    why_not = _("Switch “join pieces into words” off to follow the arithmetic: it is done on pieces.")
    payload = gaze_payload(
        view.part, *view.head, translator(), hidden=list(~view.columns),
        rest_at=view.rests, why_not=why_not if view.is_in_words else None,
        address=picture(asked.address), plays=plays(), model=model,
        heatmap=f".st-key-{HEATMAP}",
    )  # fmt: skip
    gaze(payload, key="gaze")
