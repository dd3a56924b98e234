"""A class at work: sixty sessions over real websockets, each changing its own sentence every two seconds."""

import asyncio
import random
import time
from collections.abc import Iterator
from statistics import median
from urllib.parse import quote, urlencode

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.server import serve

SESSIONS, ROUNDS, THINKING = 60, 8, 2.0


def rows() -> Iterator[tuple[str, str, str]]:
    """Seconds from a change to the last drawn element, over all sessions and rounds."""
    with serve("app.py") as (address, process):
        seconds = asyncio.run(_class(address.replace("http", "ws")))
        memory = psutil.Process(process).memory_info().rss / 2**20
    ordered = sorted(seconds)
    slow = ordered[int(0.95 * len(ordered))]
    yield f"milliseconds to redraw the page, {SESSIONS} sessions, median", f"{1000 * median(seconds):.0f}", ""
    yield f"milliseconds to redraw the page, {SESSIONS} sessions, 95th percentile", f"{1000 * slow:.0f}", "≤ 60"
    yield f"memory of the server after {SESSIONS * (ROUNDS + 1)} runs, MB", f"{memory:.0f}", ""
    yield "sessions that saw another one's text", "0", "0"


async def _class(address: str) -> list[float]:
    found = await asyncio.gather(*(_session(address, number) for number in range(SESSIONS)))
    return [seconds for session in found for seconds in session]


async def _session(address: str, number: int) -> list[float]:
    rng = random.Random(number)
    seconds = []
    await asyncio.sleep(number * THINKING / SESSIONS)
    protocol = websockets.Subprotocol("streamlit")
    async with websockets.connect(f"{address}/_stcore/stream", subprotocols=[protocol], max_size=None) as socket:
        for turn in range(ROUNDS + 1):
            start = time.perf_counter()
            await _rerun(socket, f"pupil{number:03} thinks that film {turn} was not bad")
            seen = await _until_finished(socket)
            if turn:  # the first run loads the models
                seconds.append(time.perf_counter() - start)
            others = {f"pupil{other:03}".encode() for other in range(SESSIONS) if other != number}
            assert f"pupil{number:03}".encode() in seen and not any(other in seen for other in others)
            await asyncio.sleep(THINKING * rng.uniform(0.5, 1.5))
    return seconds


async def _rerun(socket: websockets.ClientConnection, text: str) -> None:
    message = BackMsg()
    message.rerun_script.query_string = urlencode({"lang": "en", "task": "en", "text": text}, quote_via=quote)
    message.rerun_script.page_name = "rnn"
    await socket.send(message.SerializeToString())


async def _until_finished(socket: websockets.ClientConnection) -> bytes:
    """Everything the server sends until the script has run."""
    seen = b""
    while True:
        data = await socket.recv()
        assert isinstance(data, bytes)
        seen += data
        message = ForwardMsg()
        message.ParseFromString(data)
        if message.WhichOneof("type") == "script_finished":
            assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
            return seen
