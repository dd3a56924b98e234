"""What the lesson on time series says of trained networks, and how they are taken along."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import streamlit as st

from seqviz.frame.language import _, current
from seqviz.frame.navigation import find
from seqviz.frame.page import table
from seqviz.jobs.forecast import Measures
from seqviz.lessons.forecast.program import forecast_code, notebook
from seqviz.lessons.shared.trained import CODE
from seqviz.models.checkpoint import Checkpoint, files_of
from seqviz.models.reader import CELLS
from seqviz.tasks.windows import Cut, written

CLOSE = 0.02  # share by which two errors may differ and still count as the same


def offer_download(parts: Cut, checkpoints: Sequence[Checkpoint]) -> None:
    """One file with all that is needed to go on elsewhere: weights, cards, the series, notebooks that do it again."""
    st.download_button(
        _("Save model, data and notebook (.zip)"), _zipped(parts, checkpoints), "seqviz-forecast.zip",
        "application/zip", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def _zipped(parts: Cut, checkpoints: Sequence[Checkpoint]) -> bytes:
    files = {"series.csv": written(parts).encode()}
    for checkpoint in checkpoints:
        files |= files_of(checkpoint.reader, checkpoint.card)
        files[f"{checkpoint.name}.ipynb"] = notebook(forecast_code("torch", checkpoint.card, _)).encode()
    data = BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name), content)  # without a date: the same run gives the same file
    return data.getvalue()


def offer_lessons(cells: Sequence[str]) -> None:
    """Links that open the trained networks in the lessons on what is inside them, on values of the test part."""
    with st.container(horizontal=True, key="open"):
        for lesson, able in (("rnn", CELLS), ("gates", ("LSTM", "GRU"))):
            shown = [cell for cell in cells if cell in able]
            if shown:
                label = _("Open it in “{lesson}”").format(lesson=_(find(lesson).title))
                address = {"task": CODE, "cell": shown[-1], "lang": current()}
                st.page_link(find(lesson).path, label=label, icon=":material/open_in_new:", query_params=address)


def rival_names() -> dict[str, str]:
    """What the forecasts without a network are called."""
    return {
        "last": _("last value"),
        "season": _("seasonal naive"),
        "linear": _("linear autoregression"),
    }


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
