"""Who may open which Transformer, and the controls that ask for one."""

import shutil
import threading
from types import SimpleNamespace

import pytest
import transformers_zoo as zoo
from huggingface_hub import constants
from seen import said
from streamlit.testing.v1 import AppTest
from visits import address_of

from seqviz.frame import loading
from seqviz.lessons.shared import policy as module
from seqviz.lessons.shared import transformer as controls
from seqviz.lessons.shared.policy import Policy, policy
from seqviz.models import hub
from seqviz.models import transformer as models
from seqviz.traces.refusal import Refusal

IS_LOCAL = module._is_local


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """At this machine, without a setting, an empty cache, and no network: a download is noted, and fails."""
    monkeypatch.delenv("SEQVIZ_MODELS", raising=False)
    monkeypatch.setattr(module, "_is_local", lambda: True)  # AppTest has no address
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    asked = []

    def download(name):
        asked.append(name)
        raise Refusal(hub.NO_NETWORK, seconds=2)

    monkeypatch.setattr(controls, "download", download)
    return asked


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny-gpt2"
    zoo.model("gpt2").save_pretrained(path)
    zoo.tokenizer("gpt2").save_pretrained(path)
    return path


def on_this_disk(tmp_path, folder, name="owner/tiny-gpt2"):
    """Put a model where a download would have put it."""
    model = tmp_path / "cache" / f"models--{name.replace('/', '--')}"
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text("abc")
    shutil.copytree(folder, model / "snapshots" / "abc")


# ---- the operator's setting


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("", Policy(False, False)),
        ("embedded", Policy(False, False)),
        ("folders", Policy(True, False)),
        ("hub", Policy(False, True)),
        ("folders hub", Policy(True, True)),
        (" folders,hub,\n", Policy(True, True)),
        ("owner/name", Policy(False, False, ("owner/name",))),
        ("owner/name, folders other/name", Policy(True, False, ("owner/name", "other/name"))),
        ("everything", Policy(False, False)),
        ("Folders", Policy(False, False)),
        ("*", Policy(False, False)),
    ],
)
@pytest.mark.parametrize("ip", [None, "192.168.1.7"])
def test_the_setting_says_what_may_be_opened_to_everybody_alike(monkeypatch, setting, found, ip):
    monkeypatch.setattr(module.st, "context", SimpleNamespace(ip_address=ip, headers={}))
    monkeypatch.setenv("SEQVIZ_MODELS", setting)
    assert policy() == found


def test_a_word_that_is_not_known_is_in_the_log(monkeypatch, caplog):
    monkeypatch.setenv("SEQVIZ_MODELS", "folders everything")
    assert policy() == Policy(True, False)
    assert "everything" in caplog.text and "SEQVIZ_MODELS" in caplog.text


@pytest.mark.parametrize(
    ("ip", "headers", "address", "is_local"),
    [
        (None, {}, None, True),
        (None, {"Host": "localhost:8501", "Origin": "http://localhost:8501"}, None, True),
        (None, {"Host": "127.0.0.1:8501"}, "127.0.0.1", True),
        (None, {"Host": "[::1]:8501", "Origin": "http://[::1]:8501"}, "localhost", True),
        ("::ffff:127.0.0.1", {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}, None, True),
        ("::ffff:192.168.1.7", {"Host": "localhost:8501", "Origin": "http://localhost:8501"}, None, False),
        ("fe80::1", {"Host": "localhost:8501"}, None, False),
        ("192.168.1.7", {"Host": "localhost:8501", "Origin": "http://localhost:8501"}, None, False),
        ("8.8.8.8", {}, "localhost", False),
        (None, {"Host": "localhost"}, "0.0.0.0", False),
        (None, {"Host": "localhost"}, "unix:///run/seqviz.sock", False),
        (None, {"Host": "localhost"}, "192.168.1.7", False),
        (None, {"Host": "seqviz.example.org"}, None, False),
        (None, {"Host": "localhost.example.org"}, None, False),
        (None, {"Host": "127.0.0.1.example.org:8501"}, None, False),
        (None, {"Host": "localhost@example.org"}, None, False),
        (None, {"Host": ""}, None, False),
        (None, {"Host": "[::1"}, None, False),
        (None, {"Host": "localhost", "Origin": "https://example.org"}, None, False),
        (None, {"Host": "localhost", "Origin": "null"}, None, False),
        (None, {"Host": "localhost", "X-Forwarded-For": "127.0.0.1"}, None, False),
        (None, {"Host": "localhost", "X-Real-IP": "127.0.0.1"}, None, False),
        (None, {"Host": "localhost", "Forwarded": "for=127.0.0.1"}, None, False),
        (None, {"Host": "localhost", "Via": "1.1 proxy"}, None, False),
    ],
)
def test_without_a_setting_only_who_sits_at_this_machine_may_open_more(monkeypatch, ip, headers, address, is_local):
    monkeypatch.setattr(module.st, "context", SimpleNamespace(ip_address=ip, headers=headers))
    monkeypatch.setattr(module.st, "get_option", {"server.address": address}.get)
    monkeypatch.setattr(module, "_is_local", IS_LOCAL)
    assert policy() == Policy(is_local, is_local)


# ---- the controls


def page() -> None:
    import streamlit as st

    from seqviz.frame import address, state
    from seqviz.frame.errors import calmly
    from seqviz.lessons.shared.transformer import ask_transformer, say_transformer

    state.begin("page")
    with calmly():
        st.session_state["loaded"] = ask_transformer(lambda source: ("layer", "head"))
        say_transformer(st.session_state["loaded"])
    address.end()


def opened(**address: str) -> AppTest:
    found = AppTest.from_function(page, default_timeout=60)
    for key, value in address.items():
        found.query_params[key] = value
    return found.run()


def reads(found: AppTest) -> str | None:
    """The model that reads, which the page names; None where there is none."""
    assert not found.exception
    assert not found.error
    if "loaded" not in found.session_state:
        return None
    loaded = found.session_state["loaded"]
    caption = found.caption[-1].value.replace("\\", "")
    assert caption.startswith(loaded.name) and loaded.source in caption and f"{loaded.parameters:,}" in caption
    return loaded.name


MINILM = "all-MiniLM-L6-v2"


def test_on_arrival_minilm_reads_and_the_three_sources_are_offered():
    found = opened()
    assert reads(found) == MINILM
    assert found.button_group[0].options == ["MiniLM (embedded)", "a folder", "from the hub"]
    assert said(found) == []


def test_where_only_minilm_may_be_opened_nothing_is_asked(monkeypatch):
    monkeypatch.setenv("SEQVIZ_MODELS", "embedded")
    found = opened()
    assert reads(found) == MINILM
    assert not found.button_group and not found.text_input and not found.button


@pytest.mark.parametrize(
    ("setting", "address", "chosen"),
    [
        ("embedded", {"model": "folder", "folder": "."}, []),
        ("embedded", {"model": "hub", "id": "owner/tiny-gpt2"}, []),
        ("hub", {"model": "folder", "folder": "."}, ["minilm"]),
        ("folders", {"model": "hub", "id": "owner/tiny-gpt2"}, ["minilm"]),
        ("other/name", {"model": "hub", "id": "owner/tiny-gpt2"}, ["hub"]),  # which offers other/name
    ],
)
def test_an_address_opens_nothing_that_the_server_does_not(
    monkeypatch, tmp_path, folder, alone, setting, address, chosen
):
    on_this_disk(tmp_path, folder)
    monkeypatch.setenv("SEQVIZ_MODELS", setting)
    monkeypatch.setattr(loading, "transformer", lambda *_: pytest.fail("loaded"))
    if "folder" in address:
        address["folder"] = str(folder)
    found = opened(**address)
    assert reads(found) == MINILM
    assert [control.value for control in found.button_group] == chosen
    assert len(said(found)) == 1
    assert alone == []


def test_a_server_with_a_list_offers_its_ids_and_opens_them(monkeypatch, tmp_path, folder):
    on_this_disk(tmp_path, folder)
    monkeypatch.setenv("SEQVIZ_MODELS", "other/name owner/tiny-gpt2")
    found = opened(model="hub", id="owner/tiny-gpt2")
    assert found.selectbox[0].options == ["other/name", "owner/tiny-gpt2"]
    assert found.button_group[0].options == ["MiniLM (embedded)", "from the hub"]
    assert reads(found) == "owner/tiny-gpt2"


def test_a_folder_is_opened_from_the_address_and_typed(folder, tmp_path):
    found = opened(model="folder", folder=str(folder))
    assert reads(found) == "tiny-gpt2"
    assert found.session_state["loaded"].kind == "decoder"
    assert said(found) == []
    found = opened(layer="4", head="2")
    found.button_group[0].set_value("folder").run()
    assert reads(found) == MINILM  # until a folder is named
    assert address_of(found) == {"lang": "en", "model": "folder"}
    found.text_input[0].set_value(f" {folder} ").run()
    assert reads(found) == "tiny-gpt2"
    assert address_of(found)["folder"].strip() == str(folder)


def test_the_same_folder_is_loaded_once_and_again_when_it_changes(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    first = opened(model="folder", folder=str(copy)).session_state["loaded"]
    assert opened(model="folder", folder=str(copy)).session_state["loaded"].model is first.model
    (copy / "model.safetensors").touch()
    second = opened(model="folder", folder=str(copy)).session_state["loaded"]
    assert second.model is not first.model
    assert second.key != first.key


@pytest.mark.parametrize(
    "path", ["/nowhere", "https://example.org/x", "a](b)![c](http://x)", "<script>alert(1)</script>"]
)
def test_a_folder_that_cannot_be_opened_is_a_sentence(path, alone):
    found = opened(model="folder", folder=path)
    assert len(found.warning) == 1
    assert not found.exception and not found.error
    assert "loaded" not in found.session_state


def test_a_link_downloads_nothing_until_the_reader_presses(alone):
    found = opened(model="hub", id="owner/tiny-gpt2")
    assert reads(found) == MINILM
    assert alone == []
    assert "huggingface.co" in found.markdown[0].value.replace("\\", "")
    found.button[0].click().run()
    assert alone == ["owner/tiny-gpt2"]
    assert "2 seconds" in said(found)[0]
    found.run()
    assert alone == ["owner/tiny-gpt2"]  # not again by itself
    assert reads(found) == MINILM


def test_after_the_press_the_model_reads_and_needs_no_other_press(monkeypatch, tmp_path, folder):
    def download(name):
        on_this_disk(tmp_path, folder, name)
        return tmp_path / "cache" / "models--owner--tiny-gpt2" / "snapshots" / "abc"

    monkeypatch.setattr(controls, "download", download)
    found = opened(model="hub", id="owner/tiny-gpt2")
    found.button[0].click().run()
    assert reads(found) == "owner/tiny-gpt2"
    found.run()
    assert not found.button
    assert reads(found) == "owner/tiny-gpt2"
    assert reads(opened(model="hub", id="owner/tiny-gpt2")) == "owner/tiny-gpt2"


@pytest.mark.parametrize("name", ["bert", "../x", "<b>/x", "owner/x\n", "x" * 900])
def test_what_is_no_id_is_a_sentence(name, alone):
    found = opened(model="hub", id=name)
    if name.strip() == "owner/x":
        assert found.button
    else:
        assert "distilbert/distilgpt2" in said(found)[0]
        assert not found.button
    assert not found.exception and not found.error
    assert alone == []


@pytest.mark.parametrize("address", [{"model": "all"}, {"model": ""}, {"model": "folder", "folder": "x" * 1001}])
def test_a_broken_address_is_ignored_with_a_sentence(address):
    found = opened(**address)
    assert reads(found) == MINILM
    assert len(said(found)) == 1


def test_a_broken_package_is_a_sentence_that_mends_it(monkeypatch):
    monkeypatch.setattr(models.minilm, "SHA256", "0" * 64)
    loading._minilm.clear()
    found = opened()
    assert "pip install" in said(found)[0]
    assert not found.exception and not found.error


def test_each_run_of_a_page_computes_in_one_thread(monkeypatch, folder):
    asked = []
    monkeypatch.setattr(loading.torch, "set_num_threads", asked.append)
    loading.minilm()
    loading.transformer(folder)
    assert asked == [1, 1]


def test_two_sessions_at_once_share_one_model(monkeypatch):
    loading._minilm.clear()
    loaded = []
    load = loading.load_minilm
    monkeypatch.setattr(loading, "load_minilm", lambda: loaded.append(1) or load())
    threads = [threading.Thread(target=loading.minilm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded == [1]
