"""What is taken along from lesson `forecast`: weights, series, notebook, programs, each run as its taker would."""

import contextlib
import io
import json
import re
import subprocess
import sys
import threading
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pytest
import torch

from seqviz.frame import state
from seqviz.jobs.forecast import Settings, Trained, about, measures, train, train_all
from seqviz.lessons.forecast.download import _zipped
from seqviz.lessons.forecast.program import forecast_code, notebook, say_code
from seqviz.lessons.shared.program import FRAMEWORKS
from seqviz.models.checkpoint import load_checkpoint
from seqviz.models.reader import CELLS
from seqviz.models.reading import read_sequence
from seqviz.tasks.series import Series, make_series
from seqviz.tasks.windows import cut
from seqviz.words import LANGUAGES, catalogue

SHORT = Settings(units=4, window=10, epochs=2, seed=3)
PARTS = cut(Series("<b>mine</b>", (50 + 9 * make_series("sine", seed=0).pieces[0][:250],), None), SHORT.window)

# Runs the cells of a notebook one after the other, as Jupyter's kernel would.
RUN_CELLS = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        shell.run_cell(cell["source"], store_history=True).raise_error()
"""


@pytest.fixture(scope="module")
def network():
    return list(train(PARTS, SHORT, threading.Event()))[-1]


@pytest.fixture
def files(network, tmp_path):
    """The download, unpacked: its contents by name."""
    with ZipFile(io.BytesIO(_zipped(PARTS, [network]))) as archive:
        archive.extractall(tmp_path)
        return {name: archive.read(name) for name in archive.namelist()}


def told(text):
    """The MAE and the RMSE that a text names, each time that it does."""
    return [(float(mae), float(rmse)) for mae, rmse in re.findall(r"MAE (\S+) · RMSE (\S+)", text)]


def card_of(network, cell):
    return about(PARTS, replace(SHORT, cell=cell), 1, measures(PARTS, network.forecast))


def test_the_download_holds_the_network_the_series_and_a_notebook(files, network, tmp_path):
    name = network.checkpoint.name
    assert set(files) == {"series.csv", f"{name}.safetensors", f"{name}.json", f"{name}.ipynb"}
    loaded = load_checkpoint(name, tmp_path)
    values = torch.from_numpy(PARTS.test.known).reshape(-1, 1)
    answer = read_sequence(loaded, values).readouts[-1]
    assert answer == pytest.approx(network.forecast.one_step[0], rel=1e-6)
    table = np.genfromtxt(tmp_path / "series.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
    np.testing.assert_array_equal(table["value"], PARTS.series.pieces[0])
    assert [int((table["part"] == part).sum()) for part in ("training", "validation", "test")] == [150, 50, 50]


def test_the_same_run_gives_the_same_file(network):
    again = list(train(PARTS, SHORT, threading.Event()))[-1]
    data = _zipped(PARTS, [again])
    assert data == _zipped(PARTS, [network])
    with ZipFile(io.BytesIO(data)) as archive:
        assert {one.date_time[0] for one in archive.infolist()} == {1980}  # no hour of this day


def test_of_all_three_networks_each_is_in_it():
    found = [event for event in train_all(PARTS, replace(SHORT, epochs=1), threading.Event()) if event]
    networks = [event for event in found if isinstance(event, Trained)]
    with ZipFile(io.BytesIO(_zipped(PARTS, networks))) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names)) == 1 + 3 * len(CELLS)
        for cell in CELLS:
            sources = json.loads(archive.read(f"forecast-{cell.lower()}.ipynb"))["cells"]
            assert any(f"nn.{cell}(1, H" in part["source"] for part in sources)


def test_the_notebook_is_one(files, network):
    """What the schema of nbformat 4.5 asks for."""
    found = json.loads(files[f"{network.checkpoint.name}.ipynb"])
    assert set(found) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert set(found["metadata"]["kernelspec"]) == {"display_name", "language", "name"}
    ids = [cell["id"] for cell in found["cells"]]
    assert len(set(ids)) == len(ids) >= 9
    for cell in found["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
        assert isinstance(cell["source"], str) and cell["source"]
        assert cell["metadata"] == {}
        extra = {"code": {"outputs", "execution_count"}, "markdown": set()}[cell["cell_type"]]
        assert set(cell) == {"id", "cell_type", "metadata", "source"} | extra
        if extra:
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


def test_the_notebook_run_cell_by_cell_says_what_the_page_said(files, network, tmp_path):
    command = [sys.executable, "-c", RUN_CELLS, f"{network.checkpoint.name}.ipynb"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    found, page = told(run.stdout)
    scores = network.card.scores
    assert page == pytest.approx((scores["mae"], scores["rmse"]), rel=1e-5)
    assert found == pytest.approx(page, rel=1e-4)
    assert f"best epoch {network.best_epoch} " in run.stdout


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("cell", CELLS)
def test_every_program_compiles_and_the_notebook_holds_all_of_it(network, cell, lang):
    for framework in FRAMEWORKS:
        program = forecast_code(framework, card_of(network, cell), catalogue(lang))
        compile(program, "the program on the page", "exec")
        assert "$" not in program
    program = forecast_code("torch", card_of(network, cell), catalogue(lang))
    parts = [part["source"] for part in json.loads(notebook(program))["cells"]]
    whole = "\n".join(parts).replace("## ", "# %% ")
    assert [line for line in whole.splitlines() if line] == [line for line in program.splitlines() if line]


def test_the_keras_program_runs_on_the_same_file_and_its_errors_are_of_that_size(files, network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program = forecast_code("keras", card_of(network, "GRU"), catalogue("es"))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "the program on the page", "exec"), {"__name__": "__main__"})
    ((mae, rmse),) = told(printed.getvalue())
    assert 0 < mae <= rmse < 5 * PARTS.std


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_shows_the_program_of_the_notebook(monkeypatch, network, lang):
    shown = []
    for name in ("download", "program"):
        monkeypatch.setattr(f"seqviz.lessons.forecast.{name}._", catalogue(lang))
    monkeypatch.setattr(state, "linked", lambda *_: {})
    monkeypatch.setattr("streamlit.segmented_control", lambda *_, **__: "torch")
    monkeypatch.setattr("streamlit.code", lambda program, **_: shown.append(program))
    say_code(network.card)
    with ZipFile(io.BytesIO(_zipped(PARTS, [network]))) as archive:
        assert archive.read(f"{network.checkpoint.name}.ipynb").decode() == notebook(*shown)
