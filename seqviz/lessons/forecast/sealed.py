"""The test part, which no choice has looked at: the forecasts on it, their measures, and who beats whom."""

from collections.abc import Mapping

import streamlit as st

from seqviz.figures.forecast import Line, forecasts
from seqviz.frame.language import _
from seqviz.frame.page import table
from seqviz.jobs.baselines import season_of
from seqviz.jobs.forecast import Measures, Trained, measures, rivals
from seqviz.lessons.shared.pictures import look, show
from seqviz.tasks.windows import Cut

CLOSE = 0.02  # share by which two errors may differ and still count as the same


def show_sealed(parts: Cut, networks: Mapping[str, Trained]) -> None:
    """The forecasts of these networks, by their cells, and those without a network: a picture, a verdict, a table."""
    st.subheader(_("The sealed part: what it never saw"), anchor=False)
    names = rival_names()
    season = parts.series.period or season_of(parts.learned)
    others = {names[name]: said for name, said in rivals(parts, season).items()}
    said = {cell: network.forecast for cell, network in networks.items()} | others
    found = {name: measures(parts, one) for name, one in said.items()}
    lines = [Line(cell, said[cell].ahead, cell, drift=found[cell].drift) for cell in networks]
    lines.append(Line(names["linear"], said[names["linear"]].ahead, "", "dash"))
    figure = forecasts(
        parts.test.known, parts.test.ahead[: len(lines[0].values)], lines, look(), step=_("steps ahead"),
        value=_("value"), recorded=_("what really came"), drift=_("off from step {step}"),
        hover=_("{name}, {step} steps ahead: {value}"),
    )  # fmt: skip
    show(figure, "sealed", _("Lines: the forecasts, each feeding on its own answers, over what really came."))
    say_verdict({name: found[name] for name in networks}, {name: found[name] for name in others})
    say_measures(found)


def rival_names() -> dict[str, str]:
    """What the forecasts without a network are called."""
    return {
        "last": _("last value"),
        "season": _("seasonal naive"),
        "linear": _("linear autoregression"),
    }


def say_verdict(networks: Mapping[str, Measures], others: Mapping[str, Measures]) -> None:
    """Whether the best network beats the best forecast without one, at one step and feeding on itself."""
    sentences = {
        -1: _("{where}, **the {network} beats** the best simple one, {other}: RMSE {own} against {rival}."),
        0: _("{where}, the {network} is **no better than** the best simple one, {other}: RMSE {own} against {rival}."),
        1: _("{where}, the {network} **does not beat** the best simple one, {other}: RMSE {own} against {rival}."),
    }
    for key, where in (("rmse", _("One step ahead")), ("ahead_rmse", _("Feeding on itself"))):
        own, network = min((getattr(one, key), name) for name, one in networks.items())
        rival, other = min((getattr(one, key), name) for name, one in others.items())
        side = 0 if abs(own - rival) <= CLOSE * rival else 1 if own > rival else -1
        facts = {"network": network, "other": other, "own": f"{own:.3g}", "rival": f"{rival:.3g}"}
        st.markdown(sentences[side].format(where=where, **facts))


def say_measures(found: Mapping[str, Measures]) -> None:
    """The table of all forecasts, by their names."""
    head = [_("forecast"), "MAE", "RMSE", "MASE", _("RMSE, feeding on itself"), _("drifts off at step")]
    best = {key: min(getattr(one, key) for one in found.values()) for key in ("mae", "rmse", "mase", "ahead_rmse")}
    rows = [head]
    for name, one in found.items():
        values = {key: getattr(one, key) for key in best}
        cells = [f"**{value:.3g}**" if value == best[key] else f"{value:.3g}" for key, value in values.items()]
        rows.append([name, *cells, "–" if one.drift is None else str(one.drift + 1)])
    table(rows, "measures")
