"""Arrays for the browser as raw bytes: no base64, no JSON numbers, nothing rounded."""

import json
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from typing import Any
from weakref import ref

import numpy as np


def pack(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """The length of the header (4 bytes, little endian), the header as JSON, then float32, float64 and uint8 arrays.

    math.js reads it back. Arrays start at multiples of 8 bytes after the header, as its typed arrays need.
    """
    body, listed, offset = [], [], 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        data += bytes(-len(data) % 8)
        listed.append({"name": name, "type": array.dtype.str[1:], "shape": array.shape, "offset": offset})
        body.append(data)
        offset += len(data)
    head = json.dumps(header | {"arrays": listed}, ensure_ascii=False).encode()
    return len(head).to_bytes(4, "little") + head + b"".join(body)


# ---- packed once


def content(it: object) -> Hashable:
    """Something that is equal for the same content.

    The same are numbers, texts, lists, dicts and dataclasses with the same content; anything else, an array above all
    or a dataclass with eq=False, is the same only where it is the very same object. So what was packed must not change.
    """
    if it is None or isinstance(it, str | int):
        return (type(it), it)  # 1 and True are not the same
    if isinstance(it, float):
        return (float, it.hex())  # 0.0 and −0.0 are not, nan and nan are
    if isinstance(it, np.generic):
        return content(it.item())
    if isinstance(it, list | tuple):
        return (type(it), *map(content, it))
    if isinstance(it, dict):
        return (dict, *((content(key), content(value)) for key, value in it.items()))
    if is_dataclass(it) and not isinstance(it, type) and type(it).__eq__ is not object.__eq__:
        return (type(it), *(content(getattr(it, one.name)) for one in fields(it)))
    return _Same(it)


class _Same:
    """An object that is equal to itself alone; once it is gone, to nothing. What is kept does not keep it alive."""

    def __init__(self, it: object):
        self.ref, self.id = ref(it), id(it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.ref() is not None and self.ref() is other.ref()

    def __hash__(self) -> int:
        return self.id
