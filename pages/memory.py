"""How much of an early word is left in the memory, and how strongly the end still hangs on it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seqviz.frame.errors import calmly, plain
from seqviz.frame.language import _, prose
from seqviz.frame.page import explain, nothing_to_read, open_page, patience

open_page("memory")
lab = st.container(key="lab")
explain("memory", "idea", "rates", "limits")

with lab, patience():
    import numpy as np

    from seqviz.figures.jacobian import Curve, against_lag, jacobian_heatmap
    from seqviz.figures.recall import Recall, recall_against_gap
    from seqviz.figures.survival import coloured, survival_map, survival_map_of_logs
    from seqviz.frame import loading
    from seqviz.lessons.memory import controls as memory
    from seqviz.lessons.memory.program import program
    from seqviz.lessons.shared import pictures
    from seqviz.lessons.shared.pictures import show
    from seqviz.lessons.shared.sequence import Asked, ask, checkpoint_name
    from seqviz.models.checkpoint import Checkpoint
    from seqviz.models.laboratory import STEPS, lstm_norms, rnn_norms
    from seqviz.models.reader import CELLS
    from seqviz.models.reading import features_of, read_sequence
    from seqviz.models.untrained import untrained
    from seqviz.tasks import marked_number
    from seqviz.tasks.task import Typed
    from seqviz.traces.jacobian import jacobian_map, jacobian_norms
    from seqviz.traces.recurrent import LayerTrace
    from seqviz.traces.survival import survival, survival_of_start

look = pictures.look()
FEW = 24  # steps that, written out, are not much longer than the picture beside them
STATES = ("RNN", "GRU", "LSTM h", "LSTM c")


def what_is_left(asked: Asked, sequence: Typed) -> None:
    """The state at each step as a sum over the steps that wrote it; for the RNN, what there is instead."""
    st.subheader(_("What is left of each step"), anchor=False)
    controls = st.container(horizontal=True, vertical_alignment="center")
    with controls:
        cell = memory.ask_cell()
    layer = read_sequence(loading.checkpoint(checkpoint_name(asked.task, cell)), sequence.inputs).layer
    if cell == "RNN":
        no_split(layer, sequence.tokens)
        return
    with controls:
        unit, is_log = memory.ask_unit(layer.h.shape[1]), memory.ask_log()
    exact_split(layer, sequence.tokens, unit, is_log)


def beside(tokens: tuple[str, ...]) -> list[DeltaGenerator]:
    """A place for the picture and one for the words, next to each other unless the words are many."""
    return st.columns([3, 2], gap="medium") if len(tokens) <= FEW else [st.container(), st.container()]


def exact_split(layer: LayerTrace, tokens: tuple[str, ...], unit: int | None, is_log: bool) -> None:
    """The survival matrix of one unit or the average of all, its last row as the sentence, and that it adds up."""
    left = survival(layer)
    shares = left.mean(axis=2) if unit is None else left[:, :, unit]
    picture, words = beside(tokens)
    labels = {
        "name": _("step {n}, “{token}”"), "rows": _("after this step"), "columns": _("of this step's new value"),
        "hover": _("{share} of the new value of {wrote} is in the memory after {now}"),
    }  # fmt: skip
    if is_log:
        logs = survival(layer, log=True)
        logs = np.logaddexp.reduce(logs, axis=2) - np.log(logs.shape[2]) if unit is None else logs[:, :, unit]
        figure = survival_map_of_logs(logs, tokens, look, **labels)
    else:
        figure = survival_map(shares, tokens, look, **labels)
    with picture:
        show(figure, "left", _("Heatmap: how much of each step's new value is in the memory after each later one."))
    start = survival_of_start(layer)[-1]
    with words:
        st.markdown(
            _(
                "**At the end**, this much of the start (here zero, so it adds nothing) and of each step's new value "
                "is left:"
            )
        )
        beginning = start.mean() if unit is None else start[unit]
        st.html(coloured((_("(start)"), *tokens), (beginning, *shares[-1]), look))
        memory.say_the_sum(layer, left[-1], unit)


def no_split(layer: LayerTrace, tokens: tuple[str, ...]) -> None:
    """Why a tanh RNN's state is no such sum, and the Jacobians between all its steps."""
    picture, words = beside(tokens)
    figure = jacobian_heatmap(
        jacobian_map(layer), tokens, look, name=_("step {n}, “{token}”"), rows=_("after this step"),
        columns=_("of a change at this step"),
        hover=_("If the state after {wrote} moves a little, the one after {now} moves at most {share} times as much"),
    )  # fmt: skip
    with picture:
        show(figure, "left", _("Heatmap: how much the state after each step depends on that after each earlier one."))
    with words:
        memory.say_no_split()


def how_far_it_travels(asked: Asked, sequence: Typed) -> None:
    """Exact Jacobian norms from every step to the last, for all cells on the same sequence."""
    st.subheader(_("How far a small change travels"), anchor=False)
    trained, before = {}, {}
    for state in STATES:
        cell, of = (*state.split(), "h")[:2]
        checkpoint = loading.checkpoint(checkpoint_name(asked.task, cell))
        trained[state] = norms_of(checkpoint, sequence, of)
        before[state] = norms_of(untrained(checkpoint.name), sequence, of)
    curves = [Curve(state, state, norms) for state, norms in trained.items()]
    if memory.ask_untrained():
        name = _("{name}, before training")
        curves += [Curve(name.format(name=of), of, norms, "dash", listed=False) for of, norms in before.items()]
    figure = against_lag(
        curves, look, tokens=sequence.tokens, lag=_("steps back from the end"), norm=_("largest effect on the end"),
        hover=_("{name}: × {norm}, from {lag} steps back, “{token}”"),
    )  # fmt: skip
    alt = _("Lines: the largest effect of a small change of the state on the state at the end, by steps back.")
    show(figure, "travels", alt)
    sentence = _(
        "A small change of the state just after the first step, “{token}”, has become at most this many times as large "
        "at the end: {trained}. Before training: {before}."
    )
    token = plain(sequence.tokens[0][:40])
    st.markdown(sentence.format(token=token, trained=of_the_first(trained), before=of_the_first(before)))
    st.markdown(
        _(
            "On a short sentence little fades, and a trained network lets fade what it can do without. The textbook's "
            "order comes out on the marked numbers. (The English RNN began its training as an orthogonal matrix, which "
            "passes everything on.)"
        )
    )


def of_the_first(norms: dict[str, np.ndarray]) -> str:
    """The norms of the first step, by state."""
    return ", ".join(f"{state} **{memory.rough(values[0])}**" for state, values in norms.items())


def norms_of(checkpoint: Checkpoint, sequence: Typed, of: str) -> np.ndarray:
    """‖∂h_T / ∂h_t‖₂, or of c, of one reader on the typed sequence."""
    return jacobian_norms(checkpoint.reader.cell, features_of(checkpoint, sequence.inputs), of)


@st.fragment
def laboratory() -> None:
    """Runs alone when a slider moves, and so has to be calm by itself."""
    with calmly():
        rates()


def rates() -> None:
    """Untrained cells and the rate at which theory says that their memory fades."""
    st.subheader(_("The laboratory: at what rate?"), anchor=False)
    radius, bias, scale = memory.ask_rates()
    rate = 1 / (1 + np.exp(-bias))
    lag = np.arange(STEPS)[::-1]
    figure = against_lag(
        [
            Curve("RNN h", "RNN", rnn_norms(radius, scale)),
            Curve(f"ρᵏ = {radius:.2f}ᵏ", "theory", radius**lag, "dash"),
            Curve("LSTM c", "LSTM c", lstm_norms(bias, scale)),
            Curve(f"σ(b)ᵏ = {rate:.2f}ᵏ", "theory", rate**lag, "dot"),
        ],
        look, powers=(-12, 4), lag=_("steps back from the end, k"), norm=_("largest effect on the end"),
        hover=_("{name}: × {norm}, from {lag} steps back"),
    )  # fmt: skip
    alt = _("Lines: the largest effect of a small change by steps back, computed and by theory.")
    show(figure, "rates", alt)
    memory.say_rates(scale)


def recall() -> None:
    """What the fading costs: how well each cell recalls a marked number, by the gap it was kept over."""
    st.subheader(_("What it costs: recall against the gap"), anchor=False)
    cards = [card for cell in CELLS if (card := loading.card(checkpoint_name(marked_number.TASK, cell)))]
    cells = [Recall.of(card) for card in cards]
    figure = recall_against_gap(
        cells, look, gap=_("gap in steps"), r2=_("R² of the answer"),
        hover=_("{cell}, seed {seed}: R² {r2} after {gap} steps"), trained=_("trained up to here"),
    )  # fmt: skip
    alt = _("Lines: how well each cell recalls the marked number, by the length of the gap, every seed a line.")
    show(figure, "recall", alt)
    sentence = _(
        "Every seed is a line, the shipped one bold; 1 is perfect, 0 no better than always answering the mean. After "
        "80 steps, twice what was trained: {ranges}. Three seeds of four units show a tendency, no law: within what "
        "was trained the RNN loses most, yet far from all; beyond it, a GRU can do worse than an RNN."
    )
    ranges = ", ".join(f"{one.cell} {min(one.at(80)):.2f}–{max(one.at(80)):.2f}" for one in cells)
    st.markdown(sentence.format(ranges=ranges))


def fade() -> None:
    """All that changes with what the reader types."""
    asked = ask("LSTM")
    if asked.sequence is None:
        st.info(nothing_to_read())
        return
    what_is_left(asked, asked.sequence)
    how_far_it_travels(asked, asked.sequence)


with lab:
    with calmly():
        fade()
    laboratory()
    with calmly():
        recall()
    with st.container(key="prose-code"):
        st.markdown(prose("memory")["code"])
        program()
