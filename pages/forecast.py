"""Train a recurrent network on a time series, and see what it learns, epoch by epoch."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from seqviz.frame.errors import calmly
from seqviz.frame.language import _, prose, translator
from seqviz.frame.page import explain, open_page, patience

open_page("forecast")
lab = st.container(key="lab")
explain("forecast", "idea", "leakage", "limits")

with lab, patience():

    from seqviz.components.epochs import Curve, epochs, payload_of
    from seqviz.figures.forecast import Line, forecasts, series_in_parts
    from seqviz.jobs.baselines import season_of
    from seqviz.jobs.forecast import Epoch, Trained, measures, rivals, train, train_all
    from seqviz.jobs.pool import Run
    from seqviz.lessons.forecast import sentences as forecast
    from seqviz.lessons.forecast.controls import Asked, ask, say_asked
    from seqviz.lessons.forecast.program import say_code
    from seqviz.lessons.shared import pictures
    from seqviz.lessons.shared import runs as training
    from seqviz.lessons.shared.pictures import show

look = pictures.look()
LESSON = "forecast"


def begin(asked: Asked, recorded: bool = False) -> None:
    """Start to train what is asked for; `recorded`: where this server has done so before, that will do."""
    job = train_all if len(asked.cells) > 1 else train
    training.begin(LESSON, lambda stopped: job(asked.cut, asked.settings, stopped), asked, asked.key, recorded)


def watch(run: Run, asked: Asked, is_live: bool) -> None:
    """The training so far."""
    found = [event for event in list(run.events) if isinstance(event, Epoch)]
    by_cell = {cell: [epoch for epoch in found if epoch.cell == cell] for cell in asked.cells}
    begun = [Curve.of(cell, own) for cell, own in by_cell.items() if own]
    planned, part = asked.settings.epochs, asked.cut.validation
    if begun:
        truth = part.ahead[: len(found[0].ahead)]
        epochs(payload_of(str(id(run)), begun, planned, is_live, translator(), part.known, truth), key="training")
    training.steer(run, len(found) - len(begun), planned * len(asked.cells))


def judge(asked: Asked, networks: Mapping[str, Trained]) -> None:
    """The test part, which no choice has looked at: forecasts, measures, and who beats whom."""
    st.subheader(_("The sealed part: what it never saw"), anchor=False)
    parts = asked.cut
    names = forecast.rival_names()
    season = parts.series.period or season_of(parts.learned)
    others = {names[name]: said for name, said in rivals(parts, season).items()}
    said = {cell: network.forecast for cell, network in networks.items()} | others
    found = {name: measures(parts, one) for name, one in said.items()}
    lines = [Line(cell, said[cell].ahead, cell, drift=found[cell].drift) for cell in networks]
    lines.append(Line(names["linear"], said[names["linear"]].ahead, "", "dash"))
    figure = forecasts(
        parts.test.known, parts.test.ahead[: len(lines[0].values)], lines, look, step=_("steps ahead"),
        value=_("value"), recorded=_("what really came"), drift=_("off from step {step}"),
        hover=_("{name}, {step} steps ahead: {value}"),
    )  # fmt: skip
    show(figure, "sealed", _("Lines: the forecasts, each feeding on its own answers, over what really came."))
    forecast.say_verdict({name: found[name] for name in networks}, {name: found[name] for name in others})
    forecast.say_measures(found)
    forecast.offer_lessons(list(networks))
    forecast.offer_download(parts, [network.checkpoint for network in networks.values()])


def lesson() -> None:
    """All that changes with what the learner chooses."""
    row = st.container(horizontal=True, vertical_alignment="center")
    asked = ask(row)
    if asked is None:
        st.info(_("Choose a file above. Nothing of it leaves the machine that runs this page."))
        return
    with row:
        is_wanted = st.button(_("Train"), type="primary", icon=":material/play_arrow:")
    figure = series_in_parts(asked.cut, look, parts=(_("training"), _("validation"), _("test")))
    show(figure, "whole", _("Line: the whole series, cut in time into training, validation and test."))
    if is_wanted or not (training.under_way(LESSON) or training.is_busy()):
        begin(asked, recorded=not is_wanted)
    kept = training.under_way(LESSON)
    if kept is None:  # a run in another lesson goes on
        st.info(_("You have a training under way in another lesson. “Train” brings it to its end and begins here."))
        return
    run, about = kept
    say_asked(about, is_old=about.key != asked.key)
    if training.follow(run, partial(watch, run, about)):
        return
    training.say_end(run)
    networks = {event.settings.cell: event for event in run.events if isinstance(event, Trained)}
    if networks:
        judge(about, networks)
        with st.container(key="prose-code"):
            st.markdown(prose("forecast")["code"])
            say_code(next(iter(networks.values())).checkpoint.card)


with lab, calmly():
    lesson()
