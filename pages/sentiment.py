"""Train several readers to tell praise from complaint, on the same sentences, and read their mistakes."""

from functools import partial

import streamlit as st

from seqviz.frame.errors import calmly, plain
from seqviz.frame.language import _, prose, translator
from seqviz.frame.page import explain, open_page, patience

open_page("sentiment")
lab = st.container(key="lab")
explain("sentiment", "idea", "measures", "limits")

with lab, patience():
    from seqviz.components.epochs import Curve, epochs, payload_of
    from seqviz.figures.attention import head_heatmap
    from seqviz.figures.verdicts import accuracies, calibration_plot, confusion_map, learning_curves, moved_bars
    from seqviz.frame import loading
    from seqviz.frame.state import linked, one_of
    from seqviz.jobs.learning_curve import Point
    from seqviz.jobs.opinions import Embedded, Epoch, Trained, part_of
    from seqviz.jobs.pool import Run
    from seqviz.jobs.readers import Lacking, count_points, grow, train_readers, tune
    from seqviz.lessons.sentiment import sentences as verdicts
    from seqviz.lessons.sentiment.controls import Asked, ask, ask_sentence, say_asked
    from seqviz.lessons.sentiment.program import say_code
    from seqviz.lessons.shared import pictures
    from seqviz.lessons.shared import runs as training
    from seqviz.lessons.shared.pictures import show
    from seqviz.lessons.shared.sequence import checkpoint_name, has_word_table
    from seqviz.models.classifier import LessonClassifier, TransformerClassifier
    from seqviz.models.encoder import MOST_TOKENS
    from seqviz.models.reader import CELLS
    from seqviz.models.transformer import LoadedTransformer
    from seqviz.tasks.sentiment import split_words
    from seqviz.tasks.sentiment.typed import TASKS as SENTENCES
    from seqviz.traces.attention import trace_attention
    from seqviz.traces.moved import moved_heads

look = pictures.look()
READERS, TUNING, CURVE = ("sentiment", "sentiment-tuning", "sentiment-curve")  # the runs that a session keeps


def begin(name: str, asked: Asked, recorded: bool) -> None:
    """Start one of the three kinds of training; `recorded`: where this server has done so before, that will do."""

    def load() -> LoadedTransformer:
        return asked.encoder or loading.minilm()

    cells = [asked.of_cell(cell) for cell in CELLS]
    jobs = {
        READERS: lambda stopped: train_readers(
            asked.opinions, asked.of_linear, cells, lambda: shipped(asked.data), load, stopped
        ),
        TUNING: lambda stopped: tune(asked.opinions, asked.of_tuning, load, stopped),
        CURVE: lambda stopped: grow(asked.opinions, asked.of_linear, asked.of_cell("GRU"), load, stopped),
    }
    training.begin(name, jobs[name], asked, (name, asked.key), recorded)


def shipped(data: str) -> list[LessonClassifier]:
    """The readers of lesson `rnn` that these sentences may be for."""
    found = []
    for task in (SENTENCES[data],) if data in SENTENCES else SENTENCES.values():
        for checkpoint in (loading.checkpoint(checkpoint_name(task, cell)) for cell in CELLS):
            table = loading.word_table() if has_word_table(checkpoint) else None
            found.append(LessonClassifier(checkpoint, table))
    return found


def events_of(name: str, about: Asked) -> list:
    """What the session's run of this kind has come to, where it was about the same as `about`."""
    kept = training.under_way(name)
    return list(kept[0].events) if kept and kept[1].key == about.key else []


def trained(about: Asked) -> dict[str, Trained]:
    """All readers that there are by now, in their order."""
    events = events_of(READERS, about) + events_of(TUNING, about)
    found = {event.name: event for event in events if isinstance(event, Trained)}
    return {name: found[name] for name in verdicts.ORDER if name in found}


# ---- while they train


def watch(run: Run, name: str, about: Asked, sentence: str, is_live: bool) -> None:
    """How the readers come along, and what those that are ready say."""
    ready = trained(about)
    if name == READERS:
        verdicts.show_verdicts(ready, sentence, about.transformer)
    events = list(run.events)
    found = [event for event in events if isinstance(event, Epoch)]
    names = verdicts.reader_names(about.transformer)
    by_reader = {key: [epoch for epoch in found if epoch.name == key] for key in (*CELLS, "tuned")}
    if found:
        payload = payload_of(
            str(id(run)), [Curve.of(names[key], own) for key, own in by_reader.items() if own], found[0].of, is_live,
            translator(), loss_name=_("log loss"), parameter="epoch" if name == READERS else "tuned",
        )  # fmt: skip
        epochs(payload, key=f"training-{name}")
    steer(run, name, about, events)
    if name == READERS:
        verdicts.say_scores(ready, about.transformer)
    for event in events:
        if isinstance(event, Lacking):
            st.warning(plain(event.error.said(_)))


def steer(run: Run, name: str, about: Asked, events: list) -> None:
    """How far the run is, in what it counts at present."""
    last = events[-1] if events else None
    if isinstance(last, Embedded):
        said = _("{name} reads the sentences: {done} of {of}").format(
            name=plain(about.transformer), done=last.number, of=last.of
        )
        training.steer(run, last.number, last.of, said)
    elif name == CURVE:
        points = [event for event in events if isinstance(event, Point)]
        of = count_points(about.opinions)
        training.steer(run, len(points), of, _("Point {done} of {of}").format(done=len(points), of=of))
    else:
        counted = [event for event in events if isinstance(event, Epoch) and event.number]
        of = about.epochs * len(CELLS) if name == READERS else about.of_tuning.epochs
        training.steer(run, len(counted), of)


# ---- when they are trained


def board(ready: dict[str, Trained], about: Asked) -> None:
    """Who is right how often, on the sentences that none has seen."""
    st.subheader(_("How good is each?"), anchor=False)
    names = verdicts.reader_names(about.transformer)
    figure = accuracies(
        {name: one.scores.all for name, one in ready.items()}, names, look, accuracy=_("right on the test part"),
        hover=_("{right} of {n} right"), chance=_("a coin"),
    )  # fmt: skip
    show(figure, "accuracies", _("Dots: the share of right answers of each reader, with its 95 % interval."))
    verdicts.say_difference(ready, about)


def closer(ready: dict[str, Trained], about: Asked) -> None:
    """One reader: what it takes for what, whether it knows how sure it is, what is hard for it, its mistakes."""
    st.subheader(_("A closer look at one reader"), anchor=False)
    names = verdicts.reader_names(about.transformer)
    usual = max(ready, key=lambda name: ready[name].scores.all.accuracy)
    name = st.segmented_control(
        _("Reader"), list(ready), required=True, label_visibility="collapsed",
        format_func=lambda key: plain(names[key]), **linked("reader", usual, one_of(list(ready))),
    )  # fmt: skip
    scores = ready[name].scores
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(_("**What it takes for what**"))
        labels = (_("negative"), _("positive"))
        figure = confusion_map(scores.confusion, look, labels=labels, rows=_("label"), columns=_("it says"))
        show(figure, "confusion", _("Grid: sentences by their label and by what the reader says."))
    with right:
        st.markdown(_("**When it says 80 %, is it right in 80 %?**"))
        figure = calibration_plot(
            scores.bins, look, said=_("it says positive with"), positive=_("are positive"),
            hover=_("It says {said}; {positive} of {n} are positive"),
        )  # fmt: skip
        alt = _("Dots: how often sentences are positive, by how likely the reader called them so.")
        show(figure, "calibration", alt)
    if scores.by_mark:
        st.markdown(_("**What is hard for it**"))
        kinds = verdicts.mark_names()
        figure = accuracies(
            {mark: scores.by_mark[mark] for mark in kinds if mark in scores.by_mark}, kinds, look,
            accuracy=_("right on the test part"), hover=_("{right} of {n} right"), chance=_("a coin"),
        )  # fmt: skip
        show(figure, "marks", _("Dots: the share of right answers by what a sentence is made of."))
    verdicts.offer_mistakes(ready[name], part_of(about.opinions, "test"))


def tuning(ready: dict[str, Trained], about: Asked, sentence: str) -> None:
    """Fine-tune the last layer, and see which head it moved on the reader's sentence."""
    st.subheader(_("Fine-tune the last layer of {name}").format(name=plain(about.transformer)), anchor=False)
    offer(TUNING, _("Fine-tune"), about, sentence)
    if {"frozen", "tuned"} <= set(ready) and split_words(sentence):
        before, after = (ready[name].classifier for name in ("frozen", "tuned"))
        assert isinstance(before, TransformerClassifier)
        assert isinstance(after, TransformerClassifier)
        moved(before.encoder, after.encoder, sentence)


def moved(before: LoadedTransformer, after: LoadedTransformer, sentence: str) -> None:
    """The heads of the last layer before and after fine-tuning."""
    traces = [trace_attention(one.model, one.tokenizer, sentence, most=MOST_TOKENS) for one in (before, after)]
    parts = [trace.parts["self"] for trace in traces]
    distances = moved_heads(*parts)[-1]
    head = int(distances.argmax())
    st.markdown(
        _(
            "Only the last layer was trained. On your sentence **head {head}** moved most: {share} of its attention "
            "goes elsewhere than before (the mean over all tokens)."
        ).format(head=head + 1, share=verdicts.percent(distances[head]))
    )
    show(moved_bars(distances, look, head=_("head"), distance=_("moved")), "moved", _("Bars: how far each head moved."))
    for column, part, title in zip(st.columns(2), parts, (_("**Before**"), _("**After**")), strict=True):
        with column:
            st.markdown(title)
            figure = head_heatmap(
                part.weights[-1, head], part.query_tokens, part.key_tokens, look, rows=_("query: who looks"),
                columns=_("key: at whom"), hover=_("{query} looks at {key}: {weight}"),
            )  # fmt: skip
            show(figure, f"head-{title}", _("Heatmap: how much each token looks at each other one in this head."))


def curve(about: Asked, sentence: str) -> None:
    """How much more sentences would help."""
    st.subheader(_("Would more sentences help?"), anchor=False)
    offer(CURVE, _("Train on fewer and more"), about, sentence)
    points = [event for event in events_of(CURVE, about) if isinstance(event, Point)]
    if points:
        figure = learning_curves(
            points, verdicts.reader_names(about.transformer), look, sentences=_("training sentences"),
            accuracy=_("right on the test part"), hover=_("{name}, {sentences} sentences: {accuracy}"),
        )  # fmt: skip
        show(figure, "curves", _("Lines: the share of right answers by the number of training sentences."))


def offer(name: str, label: str, about: Asked, sentence: str) -> None:
    """A run that is begun on request: the button, or how it comes along."""
    kept = training.under_way(name)
    run = kept[0] if kept and kept[1].key == about.key else None
    if (run is None or run.is_over) and st.button(label, icon=":material/play_arrow:", key=f"begin-{name}"):
        begin(name, about, recorded=run is None)
        st.rerun()
    if run:
        training.follow(run, partial(watch, run, name, about, sentence))
        training.say_end(run)


def lesson() -> None:
    """All that changes with what the learner chooses."""
    row = st.container(horizontal=True, vertical_alignment="center")
    asked = ask(row)
    if asked is None:
        st.info(_("Choose a file above. Nothing of it leaves the machine that runs this page."))
        return
    with row:
        is_wanted = st.button(_("Train"), type="primary", icon=":material/play_arrow:")
    sentence = ask_sentence(asked.data)
    kept = training.under_way(READERS)
    is_about_these = kept is not None and kept[1].opinions == asked.opinions
    if is_wanted or not (is_about_these or training.is_busy()):
        begin(READERS, asked, recorded=not is_wanted)
        kept = training.under_way(READERS)
    if kept is None:
        st.info(_("You have a training under way in another lesson. “Train” brings it to its end and begins here."))
        return
    run, about = kept
    say_asked(about, is_old=about.key != asked.key)
    is_live = training.follow(run, partial(watch, run, READERS, about, sentence))
    training.say_end(run)
    ready = trained(about)
    if is_live or not ready:
        return
    board(ready, about)
    closer(ready, about)
    tuning(ready, about, sentence)
    curve(about, sentence)
    verdicts.show_data(about)
    with st.container(key="prose-code"):
        st.markdown(prose("sentiment")["code"])
        say_code(about)


with lab, calmly():
    lesson()
