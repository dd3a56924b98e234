"""A Transformer from the Hugging Face hub: looked for on this disk and, only where `download` is called, on the hub.

No pickle is downloaded, no code, and nothing before its size is known. Nobody's token is sent.
"""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from seqviz.models.folder import (
    CONFIG,
    INDEX,
    MOST_BYTES,
    WEIGHTS,
    check_files,
    check_size,
    read_files,
)
from seqviz.traces.refusal import N_, Refusal

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

SECONDS = 2  # until the hub has to have answered

BAD_ID = N_("This is no id of a model on the hub: write one such as distilbert/distilgpt2.")
NO_NETWORK = N_(
    "The hub could not be reached within {seconds} seconds. Look at the connection and try again; models that "
    "are on this machine already, and MiniLM, need none."
)
NOT_ON_HUB = N_("The hub has no such model, or it is private: look at the id again.")
GATED = N_(
    "The hub gives this model only to those who accepted its terms. Accept them there, download the model with "
    "your own account (hf download), and ask for it again."
)
NO_SPACE = N_("The model has {needed} MB, more than is free on the disk. Choose a smaller one.")
INTERRUPTED = N_("The download did not come to its end. Try again: what has arrived is kept.")

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)
_SHARD = re.compile(r"model-[0-9]{5}-of-[0-9]{5}\.safetensors", re.ASCII)


def hub_host() -> str:
    """The machine that a download comes from."""
    from huggingface_hub import constants

    return urlsplit(constants.ENDPOINT).netloc


def check_id(model_id: str) -> None:
    """Refuse what is no owner/name. Raises Refusal."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(model_id)
    except HFValidationError as error:
        raise Refusal(BAD_ID) from error
    if not _ID.fullmatch(model_id):
        raise Refusal(BAD_ID)


def on_disk(model_id: str) -> Path | None:
    """The folder of a model that is on this disk already, whole; None where it is not. Raises Refusal."""
    from huggingface_hub import try_to_load_from_cache

    check_id(model_id)
    config = try_to_load_from_cache(model_id, CONFIG)
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    try:
        read_files(folder)
    except Refusal:
        return None  # a part of it, or its pickles
    return folder


def download(model_id: str) -> Path:
    """The folder that a model was downloaded to; without a network it fails within SECONDS. Raises Refusal."""
    from huggingface_hub import constants, snapshot_download

    check_id(model_id)
    info = _asked(model_id)
    if info.gated:
        raise Refusal(GATED)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
    check_files(sizes)
    weights = {WEIGHTS} if WEIGHTS in sizes else {name for name in sizes if _SHARD.fullmatch(name)} | {INDEX}
    needed = sum(sizes[name] for name in weights)
    # In a file a number may have two bytes; here it has four.
    check_size(max(needed, 4 * info.safetensors.total if info.safetensors else 2 * needed))
    cache = Path(constants.HF_HUB_CACHE).absolute()
    if needed > shutil.disk_usage(next(folder for folder in (cache, *cache.parents) if folder.is_dir())).free:
        raise Refusal(NO_SPACE, needed=needed // 1_000_000)
    try:
        return Path(snapshot_download(model_id, allow_patterns=[*weights, *MOST_BYTES], token=False))
    except Exception as error:  # of the hub's library, of its two ways to download, of the disk
        raise Refusal(INTERRUPTED) from error


def _asked(model_id: str) -> "ModelInfo":
    """What the hub says of a model and its files."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    # In a thread of its own: the time limit of a request does not count the search for the hub's address.
    waiter = ThreadPoolExecutor(1)
    try:
        asked = waiter.submit(HfApi().model_info, model_id, files_metadata=True, timeout=SECONDS, token=False)
        return asked.result(SECONDS)
    except GatedRepoError as error:
        raise Refusal(GATED) from error
    except RepositoryNotFoundError as error:
        raise Refusal(NOT_ON_HUB) from error
    except Exception as error:  # no network, no answer in time, or one from somebody else
        raise Refusal(NO_NETWORK, seconds=SECONDS) from error
    finally:
        waiter.shutdown(wait=False)
