"""Fine-tune the last layer of the Transformer, and see which head that moved on the learner's sentence."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from seqviz.figures.attention import head_heatmap
from seqviz.figures.verdicts import moved_bars
from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.jobs.opinions import Trained
from seqviz.jobs.pool import Run
from seqviz.jobs.readers import tune
from seqviz.lessons.sentiment.asked import Asked
from seqviz.lessons.sentiment.progress import count_epochs, say_lacking, show_losses, steer
from seqviz.lessons.sentiment.runs import TUNING, offer
from seqviz.lessons.sentiment.scores import percent
from seqviz.lessons.shared.pictures import look, show
from seqviz.models.classifier import TransformerClassifier
from seqviz.models.encoder import MOST_TOKENS
from seqviz.models.transformer import LoadedTransformer
from seqviz.tasks.sentiment import split_words
from seqviz.traces.attention import trace_attention
from seqviz.traces.moved import moved_heads


def fine_tune(ready: Mapping[str, Trained], about: Asked, sentence: str) -> None:
    """The training, when it is asked for, and the heads that it moved on `sentence`."""
    st.subheader(_("Fine-tune the last layer of {name}").format(name=plain(about.transformer)), anchor=False)
    job = partial(tune, about.opinions, about.of_tuning, about.load_encoder)
    offer(TUNING, _("Fine-tune"), job, about, watch)
    if {"frozen", "tuned"} <= set(ready) and split_words(sentence):
        before, after = (ready[name].classifier for name in ("frozen", "tuned"))
        assert isinstance(before, TransformerClassifier)
        assert isinstance(after, TransformerClassifier)
        show_moved(before.encoder, after.encoder, sentence)


def watch(run: Run, about: Asked, is_live: bool) -> None:
    """The training so far."""
    events = list(run.events)
    show_losses(run, events, about, is_live, key=f"training-{TUNING}", parameter="tuned")
    steer(run, events, about, count_epochs(events), about.of_tuning.epochs)
    say_lacking(events)


def show_moved(before: LoadedTransformer, after: LoadedTransformer, sentence: str) -> None:
    """The heads of the last layer before and after fine-tuning."""
    traces = [trace_attention(one.model, one.tokenizer, sentence, most=MOST_TOKENS) for one in (before, after)]
    parts = [trace.parts["self"] for trace in traces]
    distances = moved_heads(*parts)[-1]
    head = int(distances.argmax())
    st.markdown(
        _(
            "Only the last layer was trained. On your sentence **head {head}** moved most: {share} of its attention "
            "goes elsewhere than before (the mean over all tokens)."
        ).format(head=head + 1, share=percent(distances[head]))
    )
    figure = moved_bars(distances, look(), head=_("head"), distance=_("moved"))
    show(figure, "moved", _("Bars: how far each head moved."))
    for column, part, title in zip(st.columns(2), parts, (_("**Before**"), _("**After**")), strict=True):
        with column:
            st.markdown(title)
            figure = head_heatmap(
                part.weights[-1, head], part.query_tokens, part.key_tokens, look(), rows=_("query: who looks"),
                columns=_("key: at whom"), hover=_("{query} looks at {key}: {weight}"),
            )  # fmt: skip
            show(figure, f"head-{title}", _("Heatmap: how much each token looks at each other one in this head."))
