"""The file in which all that was trained is taken along: weights, cards, the series, notebooks that do it again."""

from collections.abc import Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import streamlit as st

from seqviz.frame.language import _
from seqviz.jobs.forecast import Trained
from seqviz.lessons.forecast.program import forecast_code, notebook
from seqviz.models.checkpoint import files_of
from seqviz.tasks.windows import Cut, written


def offer_download(parts: Cut, networks: Sequence[Trained]) -> None:
    """One file with all that is needed to go on elsewhere: weights, cards, the series, notebooks that do it again."""
    st.download_button(
        _("Save model, data and notebook (.zip)"), _zipped(parts, networks), "seqviz-forecast.zip",
        "application/zip", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def _zipped(parts: Cut, networks: Sequence[Trained]) -> bytes:
    files = {"series.csv": written(parts).encode()}
    for network in networks:
        files |= files_of(network.checkpoint.reader, network.card)
        files[f"{network.card.name}.ipynb"] = notebook(forecast_code("torch", network.card, _)).encode()
    data = BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name), content)  # without a date: the same run gives the same file
    return data.getvalue()
