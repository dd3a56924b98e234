"""RNN, GRU, LSTM and a Transformer, trained on the same sentences, read the same one."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import sleep

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import _, prose, translator
from seqviz.frame.page import explain, nothing_to_read, open_page, patience, table

open_page("compare")
lab = st.container(key="lab")
explain("compare", "idea", "limits")

with lab, patience():
    from seqviz.components.lanes import lanes, payload_of
    from seqviz.components.player import nothing
    from seqviz.figures.compare import Learned, accuracies_by_kind, answers, effect_by_step, learned_by_step
    from seqviz.figures.recall import Recall, recall_against_gap
    from seqviz.figures.timing import against_length, meeting_points, memories, times
    from seqviz.figures.unrolled import MOST_ARROWS, path_drawing, timeline
    from seqviz.frame.state import usual
    from seqviz.jobs.pool import Run
    from seqviz.jobs.stopwatch import Measured, measure
    from seqviz.lessons.compare import controls as compare
    from seqviz.lessons.compare import path, recall, timing, which
    from seqviz.lessons.compare.program import programs
    from seqviz.lessons.shared import pictures
    from seqviz.lessons.shared import runs as training
    from seqviz.lessons.shared.pictures import show
    from seqviz.lessons.shared.sequence import Asked, check_place, plays
    from seqviz.models.causal import LAYERS
    from seqviz.models.reader import TRANSFORMER
    from seqviz.tasks.marked_number import one_sequence
    from seqviz.tasks.task import Typed
    from seqviz.traces.unrolled import Unrolled, earliest, operations, shortest_path, unroll

STOPWATCH = "compare"  # the measurement, among the runs of the session
# Seconds that the lanes of another sentence are sent alone: what comes together the browser draws together, and so one
# waited for all pictures of the page to see one's own sentence (some 630 ms, not 180).
ALONE = 0.06
look = pictures.look()
GRAPHS = {"RNN": "RNN, GRU, LSTM", "Transformer": "Transformer"}  # readers that unroll to the same graph


def read_together(asked: Asked, sequence: Typed) -> None:
    """The four readers under one cursor."""
    found = compare.read_all(asked)
    check_place(len(sequence.tokens), {})
    address = usual({"task": asked.task.code, "text": asked.written})
    scale = asked.task.scale.said(_)
    payload = payload_of(found, sequence.tokens, sequence.status, scale, translator(), address, plays())
    lanes(payload, key="lanes")
    if st.session_state.get("in_lanes") != address:
        st.session_state["in_lanes"] = address
        sleep(ALONE)


def who_still_knows(asked: Asked, sequence: Typed) -> None:
    """What becomes of one word: it is changed, and every reader's verdicts are compared with those before."""
    st.subheader(_("Who still knows the first word at the end?"), anchor="effect")
    step, word = compare.ask_swap(sequence.tokens)
    effects = compare.swapped(asked.task, sequence.inputs, step, word)
    figure = effect_by_step(
        effects, sequence.tokens, look, name=_("step {n}, “{token}”"), moved=_("how far the verdict moves"),
        hover=_("{reader}, {step}: the verdict moves by {moved}"),
    )  # fmt: skip
    show(figure, "effect", _("Lines: how far each reader's verdict moves at every step when one word is changed."))
    compare.say_swapped(effects, sequence.tokens[step], step, word)


def path_between(tokens: Sequence[str], graphs: Sequence[Unrolled]) -> None:
    """The unrolled graphs with the way between two words that the reader picks, and how many operations it takes."""
    st.subheader(_("How far apart are two words?"), anchor="path")
    if len(tokens) < 2:
        st.caption(_("One word alone: type another one to see the way between the two."))
        return
    s, t = path.ask_words(tokens)
    ways = {graph.kind: shortest_path(graph, s, t) for graph in graphs}
    counts = {kind: operations(way) for kind, way in ways.items()}
    path.say_path(tokens, s, t, counts)
    for graph in graphs:
        called, count = GRAPHS[graph.kind], counts[graph.kind]
        st.markdown(f"**{called}: {count}**")
        figure = path_drawing(
            graph, ways[graph.kind], tokens, look, name=_("step {n}, “{token}”"), layer=_("layer {n}"),
            hover=_("{step}, {layer}; states or words that it reads: {reads}"),
        )  # fmt: skip
        alt = _("The unrolled graph of {called} with the way between the two words. Operations on it: {count}.")
        show(figure, f"path-{graph.kind}", alt.format(called=called, count=count))
    if len(tokens) > MOST_ARROWS:
        st.caption(
            _(
                "With so many words the Transformer's other arrows are left out: each state reads the layer below at "
                "its own step and at all before."
            )
        )
    path.say_what_counts(graphs[-1])


def what_must_wait(tokens: Sequence[str], graphs: Sequence[Unrolled]) -> None:
    """When each state can be computed at the earliest, in an RNN and in a Transformer, on one scale of time."""
    st.subheader(_("What must wait"), anchor="wait")
    done = {graph.kind: earliest(graph) for graph in graphs}
    in_a_row = {kind: int(when.max()) for kind, when in done.items()}
    for place, (kind, when) in zip(st.columns(2, gap="medium"), done.items(), strict=True):
        figure = timeline(
            when, tokens, look, name=_("step {n}, “{token}”"), time=_("operation, one after the other"),
            hover=_("{step}, layer {layer}: operation {time}"), until=max(in_a_row.values()),
        )  # fmt: skip
        with place:
            called, count = GRAPHS[kind], in_a_row[kind]
            st.markdown(_("**{called}: {count}** in a row").format(called=called, count=count))
            alt = _("Timeline of {called}, a row for each word. Operations that wait for one another: {count}.")
            show(figure, f"wait-{kind}", alt.format(called=called, count=count))
    path.say_what_waits(in_a_row)


def newest(run: Run) -> Measured | None:
    """What a measurement has come to so far."""
    return next((event for event in reversed(list(run.events)) if isinstance(event, Measured)), None)


def watch(run: Run, way: str, is_live: bool) -> None:
    """The measurement so far: time on the left, memory on the right."""
    found = newest(run)
    timing.steer(run, found)
    if found:
        names = timing.model_names()
        left, right = st.columns(2, gap="medium")
        with left:
            st.markdown(_("**Time** a sentence takes"))
            figure = against_length(
                times(found, way, names), look, length=_("tokens, T"), value=_("milliseconds"), cross=_("lines cross"),
                hover=_("{name}, {length} tokens: {value} ms"), crossings=[] if is_live else meeting_points(found, way),
            )  # fmt: skip
            show(figure, "seconds", _("Lines: the time that each model takes, by the length of the sentence."))
        with right:
            st.markdown(_("**Memory** kept for the backward pass"))
            figure = against_length(
                memories(found, names), look, length=_("tokens, T"), value=_("megabytes"),
                hover=_("{name}, {length} tokens: {value} MB"),
            )  # fmt: skip
            show(figure, "kept", _("Lines: the memory that each model keeps, by the length of the sentence."))


def measured() -> None:
    """Time and memory of layers of equal width against the length of the sentence, measured when it is asked for."""
    st.subheader(_("Measured here: time and memory"), anchor="measured")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        size = timing.ask()
        is_wanted = st.button(_("Measure on this machine"), type="primary", icon=":material/timer:")
    if is_wanted:
        training.begin(STOPWATCH, partial(measure, size), size, key=None, recorded=False)
    kept = training.under_way(STOPWATCH)
    if kept is None:
        timing.say_what_comes(training.is_busy())
        return
    run, about = kept
    way = timing.ask_way()
    is_live = training.follow(run, partial(watch, run, way))
    found = newest(run)
    timing.say_end(run, found)
    if found and not is_live:
        timing.say_origin(found, is_old=about != size)
        timing.say_all(found, way)


def how_far_it_recalls() -> None:
    """How well each of the four recalls a marked number, by the gap, every seed; and one sequence to try."""
    st.subheader(_("Recall against the gap"), anchor="recall")
    cards = recall.recall_cards()
    figure = recall_against_gap(
        [Recall.of(card) for card in cards], look, gap=_("gap in steps"), r2=_("R² of the answer"),
        hover=_("{cell}, seed {seed}: R² {r2} after {gap} steps"), trained=_("trained up to here"),
    )  # fmt: skip
    alt = _("Lines: how well each reader recalls the marked number, by the length of the gap, every seed a line.")
    show(figure, "recall", alt)
    recall.say_recall(cards)
    one_try()


@st.fragment
def one_try() -> None:
    """One sequence through all four. It runs alone when the gap changes, and so has to be calm by itself."""
    with calmly():
        gap, number = recall.ask_gap()
        steps = one_sequence(gap, number)
        found = recall.recalled(steps)
        truth = next(step.value for step in reversed(steps) if step.marked)
        figure = answers(
            found, truth, look, answer=_("answer at the question mark"), wanted=_("the marked number"),
            hover=_("{reader} answers {answer}"),
        )  # fmt: skip
        show(figure, "answers", _("Dots: what each reader answers, beside a line at the number that was marked."))
        recall.say_answers(steps, found, truth)


def how_good(asked: Asked) -> None:
    """Accuracy by what a sentence is made of, every seed of the four."""
    st.subheader(_("How good are they?"), anchor="readers")
    cards = compare.cards_of(asked.task)
    names, found = compare.kind_names(), compare.phenomena(cards)
    figure = accuracies_by_kind(
        {names[kind]: shares for kind, shares in found.items()}, look,
        right=_("right verdicts"), hover=_("{reader}, {kind}: {right} right"),
    )  # fmt: skip
    show(figure, "kinds", _("Dots: the share of right verdicts of each reader by kind of sentence, a dot a seed."))
    compare.say_readers(cards)


def how_copying_is_learned() -> None:
    """The induction head of a Transformer of two layers, beside one layer, which cannot have it."""
    st.subheader(_("What two layers can do and one cannot"), anchor="induction")
    cards = compare.induction_cards()
    names = {1: _("one layer"), 2: _("two layers")}
    curves = [
        Learned(names[card["layers"]], int(seed), curve["step"], curve["right"], colour, int(seed) == card["seed"])
        for card, colour in zip(cards, ("theory", TRANSFORMER), strict=True)
        for seed, curve in card["curves"].items()
    ]
    figure = learned_by_step(
        curves, look, step=_("steps of training"), right=_("of the second copy right"),
        hover=_("{name}, seed {seed}: {right} right after {step} steps"),
    )  # fmt: skip
    show(figure, "induction", _("Lines: the share of a repeated row that is known, by steps of training, every seed."))
    compare.say_induction(cards)


def when_which(asked: Asked) -> None:
    """The whole page in one table."""
    st.subheader(_("When to use which"), anchor="when")
    kinds = compare.phenomena(compare.cards_of(asked.task))
    kept = training.under_way(STOPWATCH)
    growth = which.growth_of(newest(kept[0]) if kept else None)
    table(which.when_table(kinds, recall.recall_cards(), which.counts_of(asked), growth), "when")


def one_sentence(asked: Asked) -> None:
    """What four readers make of the sentence."""
    if asked.sequence is None:
        lanes(nothing(nothing_to_read()), "lanes")
        return
    for section in (read_together, who_still_knows):
        with calmly():  # where one fails, the others stay
            section(asked, asked.sequence)
    tokens = asked.sequence.tokens
    graphs = [unroll("RNN", len(tokens)), unroll(TRANSFORMER, len(tokens), LAYERS)]
    with calmly():
        path_between(tokens, graphs)
    with calmly():
        what_must_wait(tokens, graphs)
        which.say_kept(which.counts_of(asked))


def sections(asked: Asked | None) -> Iterator[Callable[[], None]]:
    """What stands below the sentence; where its reader is missing, only what needs none."""
    yield from (measured, how_far_it_recalls)
    if asked:
        yield partial(how_good, asked)
    yield how_copying_is_learned
    if asked:
        yield from (partial(when_which, asked), partial(in_code, asked))


def in_code(asked: Asked) -> None:
    """The program that computes what the page shows."""
    with st.container(key="prose-code"):
        st.markdown(prose("compare")["code"])
        programs(asked)


with lab:
    asked = None
    with calmly():
        asked = compare.ask()
        one_sentence(asked)
    for section in sections(asked):
        with calmly():
            section()
