"""What a page without a browser hands out: the payload of a component, and the sentences in boxes of their own."""

import json
import re

import numpy as np
from streamlit.testing.v1 import AppTest


def payload(page: AppTest, key: str) -> dict:
    """What the component of this key got: its header, and its arrays by name."""
    assert not page.exception
    packed = next(part.proto.bytes for part in page.get("bidi_component") if part.key == key)
    length = int.from_bytes(packed[:4], "little")
    header, body = json.loads(packed[4 : 4 + length]), packed[4 + length :]
    arrays = {
        one["name"]: np.frombuffer(body, "<" + one["type"], int(np.prod(one["shape"])), one["offset"]).reshape(
            one["shape"]
        )
        for one in header.pop("arrays")
    }
    return header | arrays


def said(page: AppTest) -> list[str]:
    """Every sentence in a box of its own, without what keeps Markdown from acting on it."""
    boxes = [*page.info, *page.warning, *page.error]
    return [re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", box.value).replace("\u2060", "") for box in boxes]
