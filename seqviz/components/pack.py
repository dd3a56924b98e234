"""Arrays for the browser as raw bytes: no base64, no JSON numbers, nothing rounded."""

import json
from typing import Any

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
