"""The folder of a Transformer before anything in it is opened: which files it has to hold, and how large they may be.

Whatever is wrong with a folder raises Refusal.
"""

import json
import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from seqviz.traces.refusal import N_, Refusal

CONFIG, TOKENIZER = "config.json", "tokenizer.json"
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
MOST_BYTES = dict.fromkeys(
    (CONFIG, INDEX, "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"), 5_000_000
)
MOST_BYTES |= dict.fromkeys((TOKENIZER, "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt"), 50_000_000)
"""The files that are read beside the weights; a larger one is refused."""

_MOST_MEMORY = 2_000_000_000  # bytes, where nothing says how much is free
_MOST_PATH = 1000  # characters
_SHARD = re.compile(r"[\w.-]+\.safetensors", re.ASCII)
_PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack"}

BAD_PATH = N_("This is no path of a folder on this machine: write one such as /home/ana/models/bert.")
NO_FOLDER = N_("There is no such folder on the machine that runs this page: look at the path again.")
UNREADABLE = N_("The folder cannot be read: look at its permissions.")
NO_CONFIG = N_("There is no config.json: choose the folder that model.save_pretrained wrote.")
NO_TOKENIZER = N_(
    "The model comes without a tokenizer.json, so no text can be cut for it. Write one beside it: "
    "AutoTokenizer.from_pretrained(…).save_pretrained(folder)"
)
NO_WEIGHTS = N_("There is no model.safetensors: choose the folder that model.save_pretrained wrote.")
PICKLE = N_(
    "The weights are no safetensors. Other formats can hold code, so they are never opened: load the model in "
    "a program that you trust, and save it with model.save_pretrained(folder)."
)
FILE_TOO_LARGE = N_("{file} has more than {most} MB, so it is not read.")
DAMAGED = N_("{file} is damaged or is no such file: get it again.")
TOO_LARGE = N_("The model is too large: it may take {most} MB of memory here. Choose a smaller one.")


def find_folder(path: str | Path) -> Path:
    """The folder that is meant by a typed path, with no link or .. left in it. Raises Refusal."""
    text = str(path)
    # A URL, or on Windows a folder of another machine, would be a way into the network.
    if not text.strip() or len(text) > _MOST_PATH or "://" in text or text.startswith(("//", "\\\\")):
        raise Refusal(BAD_PATH)
    try:
        folder = Path(text).expanduser().resolve()
        found = folder.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # too long a name, links in a circle, a NUL
        raise Refusal(BAD_PATH) from error
    if not found:
        raise Refusal(NO_FOLDER)
    return folder


def read_files(folder: Path) -> dict[str, Path]:
    """The files of a model's folder by name, after checking that those are there which are needed, and not too large.

    Raises Refusal.
    """
    try:
        files = {path.name: path for path in folder.iterdir() if path.is_file()}  # no device, nothing to wait for
        sizes = {name: path.stat().st_size for name, path in files.items()}
    except OSError as error:
        raise Refusal(UNREADABLE) from error
    check_files(sizes)
    weights_of(files)
    return files


def check_files(sizes: dict[str, int]) -> None:
    """Refuse a model by the names of its files and their sizes in bytes. Raises Refusal."""
    if CONFIG not in sizes:
        raise Refusal(NO_CONFIG)
    if WEIGHTS not in sizes and INDEX not in sizes:
        is_pickle = any(Path(name).suffix in _PICKLES for name in sizes)
        raise Refusal(PICKLE if is_pickle else NO_WEIGHTS)
    if TOKENIZER not in sizes:  # without one transformers would make up a tokenizer of five tokens
        raise Refusal(NO_TOKENIZER)
    for name, most in MOST_BYTES.items():
        if sizes.get(name, 0) > most:
            raise Refusal(FILE_TOO_LARGE, file=name, most=most // 1_000_000)


def fingerprint(folder: Path) -> str:
    """A short name of what a folder holds at present: another one as soon as a file that is read changes.

    Raises Refusal.
    """
    read = {
        name: path.stat() for name, path in read_files(folder).items() if name in MOST_BYTES or _SHARD.fullmatch(name)
    }
    stamps = sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in read.items())
    return sha256(repr((folder, stamps)).encode()).hexdigest()[:16]


def free_memory() -> int:
    """How many bytes a model may take: half of what is free or, where that is less, of what a container may use."""
    found = []
    for file, pattern, unit in (
        ("/proc/meminfo", r"MemAvailable:\s+(\d+) kB", 1024),
        ("/sys/fs/cgroup/memory.max", r"(\d+)", 1),
    ):
        with suppress(OSError):
            if said := re.search(pattern, Path(file).read_text()):
                found.append(int(said[1]) * unit)
    return min(found) // 2 if found else _MOST_MEMORY


def check_size(size: int) -> None:
    """Refuse a model that takes so many bytes, where that is more than it may. Raises Refusal."""
    if size > free_memory():
        raise too_large()


def too_large() -> Refusal:
    """What refuses a model that takes too much memory."""
    return Refusal(TOO_LARGE, most=free_memory() // 1_000_000)


def weights_of(files: dict[str, Path]) -> list[Path]:
    """The files with the weights; shards are only those that stand in the folder itself. Raises Refusal."""
    if WEIGHTS in files:
        return [files[WEIGHTS]]
    shards = read_json(files[INDEX]).get("weight_map")
    names = set(map(str, shards.values())) if isinstance(shards, dict) else set()
    if not names or not all(_SHARD.fullmatch(name) and name in files for name in names):
        raise Refusal(DAMAGED, file=INDEX)
    return [files[name] for name in sorted(names)]


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises Refusal."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Refusal(DAMAGED, file=path.name) from error
    if not isinstance(found, dict):
        raise Refusal(DAMAGED, file=path.name)
    return found
