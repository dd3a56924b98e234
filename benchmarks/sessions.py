"""A class at work: sixty sessions over real websockets, each typing another sentence every two seconds."""

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
    """Seconds from what is typed to the last drawn element, over all sessions and rounds."""
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
    await _session(address, 0, rounds=0)  # the teacher opens the lesson before the class does
    found = await asyncio.gather(*(_session(address, number, ROUNDS) for number in range(SESSIONS)))
    return [seconds for session in found for seconds in session]


async def _session(address: str, number: int, rounds: int) -> list[float]:
    """Open the page, then type sentence after sentence into its box; returns the seconds of each."""
    rng = random.Random(number)
    seconds = []
    await asyncio.sleep(number * THINKING / SESSIONS)
    protocol = websockets.Subprotocol("streamlit")
    async with websockets.connect(f"{address}/_stcore/stream", subprotocols=[protocol], max_size=None) as socket:
        pupil = Pupil(socket, f"pupil{number:03}", [f"pupil{n:03}".encode() for n in range(SESSIONS) if n != number])
        await pupil.open()
        for turn in range(rounds):
            await asyncio.sleep(THINKING * rng.uniform(0.5, 1.5))
            start = time.perf_counter()
            await pupil.type(f"{pupil.name} thinks that film {turn} was not bad")
            seconds.append(time.perf_counter() - start)
    return seconds


class Pupil:
    """A session as the browser leads it: it sends what is typed, and with it the address that the page last wrote."""

    def __init__(self, socket: websockets.ClientConnection, name: str, others: list[bytes]) -> None:
        self.socket, self.name, self.others = socket, name, others
        self.box = ""
        self.address = urlencode({"lang": "en", "task": "en", "text": f"{name} is here"}, quote_via=quote)

    async def open(self) -> None:
        """Open lesson `rnn`."""
        message = BackMsg()
        message.rerun_script.page_name = "rnn"
        await self._run(message)
        assert self.box, "the page has no text box"

    async def type(self, text: str) -> None:
        """Put a text into its box and wait for the page."""
        message = BackMsg()
        typed = message.rerun_script.widget_states.widgets.add()
        typed.id, typed.string_value = self.box, text
        await self._run(message)

    async def _run(self, message: BackMsg) -> None:
        """Ask for a run and take everything the server sends until it has ended."""
        message.rerun_script.query_string = self.address
        await self.socket.send(message.SerializeToString())
        seen = b""
        answer = ForwardMsg()
        while answer.WhichOneof("type") != "script_finished":
            data = await self.socket.recv()
            assert isinstance(data, bytes)
            seen += data
            answer.ParseFromString(data)
            if answer.WhichOneof("type") == "page_info_changed":
                self.address = answer.page_info_changed.query_string
            elif answer.delta.new_element.HasField("text_input"):
                self.box = answer.delta.new_element.text_input.id
        assert answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        assert self.name.encode() in seen and not any(other in seen for other in self.others)
