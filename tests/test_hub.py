"""A model from the hub: asked for by its id alone, looked for on the disk first, only safetensors, quick to fail.

The hub of these tests is a server of their own on this machine.
"""

import json
import pickle
import shutil
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import refusals
import torch
import transformers_zoo as zoo
from huggingface_hub import constants

from seqviz.models import folder as files
from seqviz.models import hub
from seqviz.models.hub import check_id, download, on_disk
from seqviz.models.transformer import load_folder

SHA = "0123456789abcdef0123456789abcdef01234567"
ID = "owner/tiny-bert"


class Hub:
    """As much of huggingface.co as a download asks for: one model, its files and what is said of it."""

    def __init__(self, folder):
        self.folder, self.says, self.status, self.asked = folder, {}, 200, []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                self.answer(send=False)

            def do_GET(self):
                self.answer()

            def log_message(self, *arguments):
                pass

            def answer(self, send=True):
                path = urlsplit(self.path).path
                hub.asked.append((self.command, path, self.headers.get("Authorization")))
                body, headers = hub.answer(path)
                self.send_response(hub.status if body is not None else 401)  # what the hub says to strangers
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                if send and body:
                    self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()

    def answer(self, path):
        files = {file.relative_to(self.folder).as_posix(): file for file in self.folder.rglob("*") if file.is_file()}
        if path in (f"/api/models/{ID}", f"/api/models/{ID}/revision/main"):
            siblings = [{"rfilename": name, "size": file.stat().st_size} for name, file in files.items()]
            info = {"id": ID, "sha": SHA, "siblings": siblings, "tags": [], "gated": False, "private": False}
            return json.dumps(info | self.says).encode(), {"Content-Type": "application/json"}
        if path == f"/api/models/{ID}/tree/{SHA}":
            tree = [{"type": "file", "path": n, "size": f.stat().st_size, "oid": f"{n:0>40}"} for n, f in files.items()]
            return json.dumps(tree).encode(), {"Content-Type": "application/json"}
        name = path.removeprefix(f"/{ID}/resolve/{SHA}/")
        if name in files:
            return files[name].read_bytes(), {"ETag": f'"{name:0>40}"', "X-Repo-Commit": SHA}
        return None, {"X-Error-Code": "RepoNotFound"}

    def files_asked(self):
        """The names of the files that were taken."""
        start = f"/{ID}/resolve/{SHA}/"
        return {path.removeprefix(start) for _, path, _ in self.asked if path.startswith(start)}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A hub with the tiny BERT, beside it what must not be taken, and an empty cache."""
    folder = tmp_path / "on the hub"
    zoo.model("bert").save_pretrained(folder)
    zoo.tokenizer("bert").save_pretrained(folder)
    for name in ("pytorch_model.bin", "modeling.py", "onnx/model.onnx", "1_Pooling/config.json", "README.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(pickle.dumps("never taken"))
    found = Hub(folder)
    monkeypatch.setattr(constants, "ENDPOINT", found.address)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", found.address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    yield found
    found.server.shutdown()


def make_larger(path, size):
    """A hole at the end of a file: no byte is written."""
    with path.open("ab") as file:
        file.truncate(size)


def refused(call, *arguments):
    return refusals.refused([files, hub], call, *arguments)


def test_a_model_is_downloaded_without_its_pickles_and_code_and_then_found_on_the_disk(here):
    assert on_disk(ID) is None
    assert here.asked == []  # looking on the disk asks nobody
    found = load_folder(download(ID), ID, f"huggingface.co/{ID}")
    assert (found.name, found.source, found.kind) == (ID, f"huggingface.co/{ID}", "encoder")
    torch.testing.assert_close(found.model.state_dict(), zoo.model("bert").state_dict(), rtol=0, atol=0)
    assert here.files_asked() == {"config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"}
    assert {token for _, _, token in here.asked} == {None}
    here.asked.clear()
    here.server.shutdown()
    assert load_folder(on_disk(ID)).key == found.key
    assert here.asked == []


def test_shards_are_downloaded_together(here):
    zoo.model("bert").save_pretrained(here.folder, max_shard_size="40KB")
    (here.folder / "model.safetensors").unlink(missing_ok=True)
    (here.folder / "other.safetensors").write_bytes(b"never taken")
    found = load_folder(download(ID))
    torch.testing.assert_close(found.model.state_dict(), zoo.model("bert").state_dict(), rtol=0, atol=0)
    assert "other.safetensors" not in here.files_asked()


def test_a_part_of_a_model_on_the_disk_is_made_whole(here):
    folder = download(ID)
    (folder / "model.safetensors").unlink()
    assert on_disk(ID) is None
    assert load_folder(download(ID)).kind == "encoder"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda hub: (hub.folder / "model.safetensors").unlink(), "pickle"),
        (lambda hub: (hub.folder / "config.json").unlink(), "no_config"),
        (lambda hub: (hub.folder / "tokenizer.json").unlink(), "no_tokenizer"),
        (lambda hub: hub.says.update(gated="manual"), "gated"),
        (lambda hub: hub.says.update(safetensors={"parameters": {"F16": 10**13}, "total": 10**13}), "too_large"),
        (lambda hub: make_larger(hub.folder / "model.safetensors", 10**12), "too_large"),
        (lambda hub: make_larger(hub.folder / "tokenizer.json", 10**9), "file_too_large"),
        (lambda hub: hub.says.update(siblings=None), "no_config"),
        (lambda hub: setattr(hub, "status", 500), "no_network"),
        (lambda hub: setattr(hub, "status", 429), "no_network"),
        (lambda hub: hub.says.update(siblings=3), "no_network"),
    ],
)
def test_what_cannot_be_used_is_refused_before_a_file_of_it_is_downloaded(here, change, code):
    change(here)
    assert refused(download, ID)[0] == code
    assert here.files_asked() == set()
    assert on_disk(ID) is None


def test_a_model_that_does_not_fit_on_the_disk_is_not_begun(here, monkeypatch):
    monkeypatch.setattr(hub.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    assert refused(download, ID) == ("no_space", {"needed": 0})
    assert here.files_asked() == set()


def test_a_model_that_the_hub_does_not_have_is_said_to_be_missing(here):
    assert refused(download, "owner/other") == ("not_on_hub", {})


def test_a_download_that_breaks_off_is_refused(here):
    answer = here.answer
    here.answer = lambda path: (None, {}) if path.endswith("model.safetensors") else answer(path)
    assert refused(download, ID) == ("interrupted", {})


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "bert", "owner/", "/bert", "a/b/c", "../bert", "owner/..", "owner/a..b", "owner/a--b", "owner/b.git",
        "/etc/passwd", "C:\\models\\bert", "https://huggingface.co/owner/bert", "owner/bert@main", "owner/bert?x=1",
        "owner/bert#x", "owner/be rt", "owner/bert\n", "owner/bert\0", "öwner/bert", "owner/" + "x" * 100, "-o/bert",
        "<script>/x", "owner/%2e%2e", "owner\\bert",
    ],
)  # fmt: skip
def test_what_is_no_id_is_refused_and_nobody_is_asked(here, name):
    for call in (check_id, on_disk, download):
        assert refused(call, name) == ("bad_id", {})
    assert here.asked == []


@pytest.mark.parametrize(
    "name", ["distilbert/distilgpt2", "sentence-transformers/all-MiniLM-L6-v2", "a/b", "a1/_b.c-d"]
)
def test_what_is_an_id_is_one(name):
    check_id(name)


@pytest.mark.parametrize("kind", ["refuses", "is silent", "has no name", "is turned off"])
def test_without_a_network_it_is_soon_given_up(here, monkeypatch, kind):
    """transformers alone tries for 46 seconds. How soon it is on a quiet machine, benchmarks/hub.py says."""
    silent = socket.create_server(("127.0.0.1", 0))  # takes the connection and never says a word
    endpoint = {
        "refuses": "http://127.0.0.1:9",
        "is silent": f"http://127.0.0.1:{silent.getsockname()[1]}",
        "has no name": "http://no-such-name.invalid",
        "is turned off": here.address,
    }[kind]
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", kind == "is turned off")
    start = time.perf_counter()
    assert on_disk(ID) is None
    assert refused(download, ID) == ("no_network", {"seconds": 2})
    assert time.perf_counter() - start < 15
    assert here.asked == []


def test_a_name_that_is_looked_for_forever_is_given_up(here, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(10))
    start = time.perf_counter()
    assert refused(download, ID) == ("no_network", {"seconds": 2})
    assert time.perf_counter() - start < 8
