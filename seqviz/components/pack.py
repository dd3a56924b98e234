"""Arrays for the browser as raw bytes: no base64, no JSON numbers, nothing rounded."""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec

import numpy as np

MOST = 64  # payloads that are kept, of all components and sessions: some hundred kilobytes each

P = ParamSpec("P")


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


def once(make: Callable[P, bytes]) -> Callable[P, bytes]:
    """Keep what `make` packed: where it is called with the same arguments again, nothing is packed.

    A cursor that rests runs the page again, and all that the page shows is what it was. The same are numbers, texts,
    lists, dicts and dataclasses with the same content; anything else, an array above all, is the same only where it is
    the very same object. So what is packed must not be changed afterwards.
    """

    @wraps(make)
    def kept(*args: P.args, **options: P.kwargs) -> bytes:
        key = (make, _content(args), _content(options))
        with _lock:
            if key in _kept:
                _kept.move_to_end(key)
                return _kept[key]
        payload = make(*args, **options)
        with _lock:
            _kept[key] = payload
            while len(_kept) > MOST:
                _kept.popitem(last=False)
        return payload

    return kept


_kept: OrderedDict[Hashable, bytes] = OrderedDict()
_lock = Lock()


class _Same:
    """An object that is equal to itself alone, and lives as long as the key that it stands in."""

    def __init__(self, it: object):
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.it is self.it

    def __hash__(self) -> int:
        return id(self.it)


def _content(it: object) -> Hashable:
    """Something that is equal for the same content, as `once` says what is the same."""
    if it is None or isinstance(it, str | int):
        return (type(it), it)  # 1 and True are not the same
    if isinstance(it, float):
        return (float, it.hex())  # 0.0 and −0.0 are not, nan and nan are
    if isinstance(it, np.generic):
        return _content(it.item())
    if isinstance(it, list | tuple):
        return (type(it), *map(_content, it))
    if isinstance(it, dict):
        return (dict, *((_content(key), _content(value)) for key, value in it.items()))
    if is_dataclass(it) and not isinstance(it, type):
        return (type(it), *(_content(getattr(it, one.name)) for one in fields(it)))
    return _Same(it)
