"""The reader's own module, from an uploaded safetensors file, and its input, from a CSV file or typed numbers.

Only safetensors: a pickle runs whatever code it holds. Whatever is wrong with a file or a text raises Refusal.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, deserialize
from torch import Tensor, nn

from seqviz.models.reader import CELLS
from seqviz.tasks.task import MOST_STEPS, Typed
from seqviz.traces.recurrent import checked, trace_recurrent
from seqviz.traces.refusal import N_, Refusal

MOST_BYTES = 5_000_000  # of a file of weights
MOST_UNITS = 128
MOST_INPUTS = 512
MOST_LAYERS = 8
MOST_TEXT = 1_000_000  # bytes of a file of numbers

_KINDS = {1: "RNN", 3: "GRU", 4: "LSTM"}  # by the blocks of rows in a weight
_FLOATS = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64}
_PART = re.compile(r"(?:weight_(?:ih|hh|hr)|bias_(?:ih|hh))_l(?:0|[1-9][0-9]{0,3})(?:_reverse)?")
_OTHERS = {b"PK": "zip", b"\x80": "pickle", b"\x89HDF": "HDF5"}  # what people take for safetensors, by how it begins
_NUMBER = re.compile(r"[+\-−]?(?:[0-9]+(?:\.[0-9]*|,[0-9]+)?|\.[0-9]+)(?:[eE][+\-−]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[+\-−]?(?:nan|inf|infinity)", re.IGNORECASE)

EMPTY = N_("The file is empty: choose another one.")
TOO_LARGE = N_("The file has {found} bytes; at most {most} are read. Save fewer layers or units.")
NOT_SAFETENSORS = N_(
    "This is not a whole safetensors file (it looks like: {looks_like}). Write one with "
    "safetensors.torch.save_file; pickles are never opened."
)
NOTHING_KNOWN = N_(
    "This is not a whole safetensors file, and its format is not known here. Write one with "
    "safetensors.torch.save_file; pickles are never opened."
)
NO_MODULE = N_("The file holds no weights of an nn.RNN, nn.LSTM or nn.GRU. It holds: {names}.")
SEVERAL_MODULES = N_("The file holds more than one recurrent module ({names}): save one of them alone.")
TOO_MANY_LAYERS = N_("The module has {found} layers; at most {most} are read.")
TOO_MANY_UNITS = N_("The module has {found} units; at most {most} are read.")
TOO_MANY_INPUTS = N_("The module reads {found} numbers a step; at most {most} are read.")
MISSING = N_("These tensors are missing: {names}. Save the whole state_dict of the module.")
WRONG_SHAPE = N_("{name} has the shape {found}, but must have {wanted}.")
NOT_FLOAT = N_("{name} is of type {found}; weights are F16, BF16, F32 or F64.")
WEIGHTS_NOT_FINITE = N_("{name} holds NaN or infinity: look at the training that made it.")
STATES_NOT_FINITE = N_("With these weights and this input the states grow beyond all numbers.")
TEXT_TOO_LARGE = N_("The input has {found} bytes; at most {most} are read.")
NO_NUMBERS = N_("There are no numbers in the input: type some, or choose another file.")
WRONG_WIDTH = N_("Line {line} has {found} numbers; the module reads {wanted} a step.")
NOT_A_NUMBER = N_("Line {line}: “{text}” is no number.")
NOT_FINITE = N_("Line {line}: “{text}” is no finite number.")
TOO_MANY_STEPS = N_("The input has {found} steps; at most {most} are read.")


@dataclass(frozen=True)
class OwnModule:
    """An nn.RNN, nn.LSTM or nn.GRU out of a file, as float64 and in eval mode, and what the file says of it."""

    module: nn.RNNBase
    kind: str  # "RNN" (tanh is assumed: the file does not say), "LSTM" or "GRU"
    layers: int
    directions: int
    units: int
    inputs: int
    dtype: str  # in the file: "float32", or "float16, float32" where they differ


def load_own(data: bytes) -> OwnModule:
    """The one recurrent module in a safetensors file, from the names and shapes of its state_dict.

    Names may have a prefix ("encoder.lstm.weight_ih_l0"); tensors of other modules are left aside. Raises
    Refusal.
    """
    found = _recurrent_part(_opened(data))
    module = _built({name: tuple(entry["shape"]) for name, entry in found.items()})
    weights = {name: _weight(name, found[name]) for name in module.state_dict()}
    module.load_state_dict({name: weight.double() for name, weight in weights.items()}, assign=True)
    return OwnModule(
        module.eval().requires_grad_(False),
        module.mode.split("_")[0],
        module.num_layers,
        2 if module.bidirectional else 1,
        module.hidden_size,
        module.input_size,
        ", ".join(sorted({str(weight.dtype).removeprefix("torch.") for weight in weights.values()})),
    )


def one_layer(own: OwnModule, inputs: np.ndarray, index: int) -> tuple[nn.RNNBase, np.ndarray]:
    """Layer `index` in its forward direction as a module of its own, and what it reads, (T, I), from the layer below.

    The module shares the weights; `inputs` are those of the whole module. Raises Refusal where the states of any
    layer are not finite, ValueError for a layer that is not there and inputs of another width.
    """
    if index not in range(own.layers):
        raise ValueError(f"There is no layer {index}: this module has the layers 0 to {own.layers - 1}.")
    module = own.module
    checked(module, inputs, None)  # so that only one reason is left for the next line to fail
    try:
        read = trace_recurrent(module, inputs).layers[index * own.directions].inputs
    except ValueError:
        raise Refusal(STATES_NOT_FINITE) from None
    options = {"proj_size": module.proj_size} if module.proj_size else {}
    alone = CELLS[own.kind](read.shape[1], own.units, bias=module.bias, device="meta", **options)
    weights = {name: getattr(module, name.replace("_l0", f"_l{index}")) for name in alone.state_dict()}
    alone.load_state_dict(weights, assign=True)
    return alone.eval().requires_grad_(False), read


def series(text: str) -> Typed | None:
    """Typed values of a series, one a step (T, 1); None where there is none. Raises Refusal."""
    if not text.strip():
        return None
    inputs = read_numbers(text, 1)
    digits = max(0, 2 - len(str(int(np.abs(inputs).max()))) + 1)  # so that a token is no longer than five signs or so
    tokens = tuple(f"{value:.{digits}f}".replace("-", "−") for value in inputs[:, 0])
    return Typed.of_known(tokens, torch.from_numpy(inputs))


def read_numbers(text: str | bytes, width: int) -> np.ndarray:
    """The inputs (T, width) that a CSV file or typed numbers hold. Raises Refusal.

    Each line is a step; a single line may hold more of them, separated by semicolons or, where a step is one number, by
    anything. Numbers of a step stand between spaces, tabs, semicolons or commas; 0,5 is 0.5 wherever commas do not
    separate. The first of several lines may be a header.
    """
    data = text.encode(errors="replace") if isinstance(text, str) else text
    if len(data) > MOST_TEXT:
        raise Refusal(TEXT_TOO_LARGE, found=len(data), most=MOST_TEXT)
    text = data.decode("utf-8-sig", errors="replace")
    if not re.search("[0-9]", text):
        raise Refusal(NO_NUMBERS)
    # Before a million steps are cut out one by one; the first line may be a header.
    if (found := text.count("\n")) > 2 * MOST_STEPS or (found := text.count(";")) > MOST_STEPS * MOST_INPUTS:
        raise Refusal(TOO_MANY_STEPS, found=found, most=MOST_STEPS)
    errors = []
    for rows in _readings(text, width):
        try:
            return _table(rows, width)
        except Refusal as error:
            errors.append(error)
    raise min(errors, key=_helpfulness)


Rows = list[tuple[int, list[str]]]  # of every step, the number of its line and the texts between its separators


def _readings(text: str, width: int) -> list[Rows]:
    """The ways in which a text can be cut into steps and numbers, the likeliest first."""
    lines = [(number, line.strip().rstrip(",;").rstrip()) for number, line in enumerate(text.splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line]
    is_table = len(lines) > 1
    if is_table and not any(map(_is_number, re.split(r"[\s,;]+", lines[0][1]))):
        del lines[0]  # a header
    by_semicolon = [(number, line.split(";")) for number, line in lines]
    if is_table and any(";" in line for _, line in lines):
        return [by_semicolon]
    steps = [(number, step) for number, parts in by_semicolon for step in parts]
    readings = [[(number, step.split()) for number, step in steps]]
    if "," in text:
        readings.append([(number, step.split(",")) for number, step in steps])
    if len(steps) == 1 and not is_table and width == 1:
        readings = [[(number, [cell]) for number, cells in rows for cell in cells] for rows in readings]
    return readings if is_table else [*readings, by_semicolon]


def _table(rows: Rows, width: int) -> np.ndarray:
    """The numbers of one reading, (T, width)."""
    if len(rows) > MOST_STEPS:
        raise Refusal(TOO_MANY_STEPS, found=len(rows), most=MOST_STEPS)
    for number, cells in rows:
        if len(cells) > MOST_INPUTS:  # so that a million of them are not read first
            raise Refusal(WRONG_WIDTH, line=number, found=len(cells), wanted=width)
    numbers = [[_number(cell.strip(), number) for cell in cells] for number, cells in rows]
    for (number, _), row in zip(rows, numbers, strict=True):
        if len(row) != width:
            raise Refusal(WRONG_WIDTH, line=number, found=len(row), wanted=width)
    return np.array(numbers)


def _helpfulness(error: Refusal) -> tuple[int, int, int]:
    """Sorts the errors of a text's readings: the most telling first.

    Numbers in a wrong count say more than a text that is none; of such texts, the one found last and cut out best does.
    """
    messages = (TOO_MANY_STEPS, NOT_FINITE, WRONG_WIDTH, NOT_A_NUMBER)
    return messages.index(error.message), -int(error.facts.get("line", 0)), len(str(error.facts.get("text", "")))


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text.strip()) or _NO_NUMBER.fullmatch(text.strip()))


def _number(text: str, line: int) -> float:
    if not _is_number(text):
        raise Refusal(NOT_A_NUMBER, line=line, text=_short(text))
    value = float(text.replace(",", ".").replace("−", "-"))
    if not np.isfinite(value):
        raise Refusal(NOT_FINITE, line=line, text=_short(text))
    return value


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _names(names: list[str]) -> str:
    return ", ".join(map(_short, names[:5])) + (", …" if len(names) > 5 else "")


def _opened(data: bytes) -> dict[str, dict[str, Any]]:
    """What a safetensors file holds, by name: shape, dtype and bytes of each tensor."""
    if not data:
        raise Refusal(EMPTY)
    if len(data) > MOST_BYTES:
        raise Refusal(TOO_LARGE, found=len(data), most=MOST_BYTES)
    try:
        return dict(deserialize(data))
    except SafetensorError:
        looks_like = next((name for start, name in _OTHERS.items() if data.startswith(start)), "")
        raise (Refusal(NOT_SAFETENSORS, looks_like=looks_like) if looks_like else Refusal(NOTHING_KNOWN)) from None


def _recurrent_part(tensors: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The tensors of the one recurrent module among them, under the names that they have in it."""
    modules: dict[str, dict[str, dict[str, Any]]] = {}
    for name, entry in tensors.items():
        prefix, _, last = name.rpartition(".")
        if _PART.fullmatch(last):
            modules.setdefault(prefix, {})[last] = entry
    if not modules:
        raise Refusal(NO_MODULE, names=_names(sorted(tensors)) or "–")
    if len(modules) > 1:
        raise Refusal(SEVERAL_MODULES, names=_names([prefix or "weight_ih_l0" for prefix in sorted(modules)]))
    return modules.popitem()[1]


def _built(shapes: dict[str, tuple[int, ...]]) -> nn.RNNBase:
    """A module without numbers whose state_dict has these names and shapes."""
    layers = 1 + max(int(name.removesuffix("_reverse").rpartition("_l")[2]) for name in shapes)
    projects = any(name.startswith("weight_hr") for name in shapes)
    telling = ["weight_ih_l0", "weight_hh_l0", *(["weight_hr_l0"] if projects else [])]
    _require(telling, shapes)
    for name in telling:
        if len(shapes[name]) != 2 or 0 in shapes[name]:
            raise Refusal(WRONG_SHAPE, name=name, found=str(shapes[name]), wanted="(n, m)")
    rows, inputs = shapes["weight_ih_l0"]
    outputs = shapes["weight_hh_l0"][1]
    units = shapes["weight_hr_l0"][1] if projects else outputs
    for message, found, most in [
        (TOO_MANY_LAYERS, layers, MOST_LAYERS),
        (TOO_MANY_UNITS, units, MOST_UNITS),
        (TOO_MANY_INPUTS, inputs, MOST_INPUTS),
    ]:
        if found > most:
            raise Refusal(message, found=found, most=most)
    if rows // units not in _KINDS:
        wanted = ", ".join(f"({blocks * units}, {inputs})" for blocks in _KINDS)
        raise Refusal(WRONG_SHAPE, name="weight_ih_l0", found=str((rows, inputs)), wanted=wanted)
    if projects and (rows != 4 * units or outputs >= units):
        raise Refusal(WRONG_SHAPE, name="weight_hr_l0", found=str(shapes["weight_hr_l0"]), wanted="(P, H), P < H, LSTM")
    module = CELLS[_KINDS[rows // units]](
        inputs,
        units,
        layers,
        bias=any(name.startswith("bias") for name in shapes),
        bidirectional=any(name.endswith("_reverse") for name in shapes),
        device="meta",
        **({"proj_size": outputs} if projects else {}),
    )
    wanted_shapes = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    _require(list(wanted_shapes), shapes)
    for name, shape in wanted_shapes.items():
        if shapes[name] != shape:
            raise Refusal(WRONG_SHAPE, name=name, found=str(shapes[name]), wanted=str(shape))
    return module


def _require(names: list[str], shapes: dict[str, tuple[int, ...]]) -> None:
    missing = [name for name in names if name not in shapes]
    if missing:
        raise Refusal(MISSING, names=_names(missing))


def _weight(name: str, entry: dict[str, Any]) -> Tensor:
    """One tensor of the file, in the file's dtype."""
    if entry["dtype"] not in _FLOATS:
        raise Refusal(NOT_FLOAT, name=name, found=entry["dtype"])
    weight = torch.frombuffer(entry["data"], dtype=_FLOATS[entry["dtype"]]).reshape(entry["shape"])
    if not weight.isfinite().all():
        raise Refusal(WEIGHTS_NOT_FINITE, name=name)
    return weight
