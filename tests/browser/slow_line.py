"""A line between a browser and a server on which everything takes its time: a process of its own, between two ports."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator


@contextlib.contextmanager
def slow_line(port: int, seconds: float) -> Iterator[int]:
    """A port of this machine that leads to `port`; what goes through it takes `seconds` each way."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        here = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, str(here), str(port), str(seconds)])
    try:
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", here)).close()
                break
            except OSError:
                assert time.monotonic() < end, "the slow line does not come up"
                time.sleep(0.05)
        yield here
    finally:
        process.terminate()
        process.wait(20)


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Hand on what comes, in its order, so much later."""
    now = asyncio.get_running_loop().time
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        data = b"not the end"
        while data:
            due, data = await under_way.get()
            await asyncio.sleep(due - now())
            writer.write(data)
            await writer.drain()
        writer.close()

    arriving = asyncio.create_task(arrive())
    data = b"not the end"
    while data:
        try:
            data = await reader.read(1 << 16)
        except OSError:
            data = b""
        under_way.put_nowait((now() + seconds, data))
    with contextlib.suppress(OSError):
        await arriving


async def main(here: int, there: int, seconds: float) -> None:
    """Serve until the end of the process."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            others = await asyncio.open_connection("127.0.0.1", there)
        except OSError:  # the server is being restarted
            writer.close()
            return
        await asyncio.gather(pass_on(reader, others[1], seconds), pass_on(others[0], writer, seconds))

    async with await asyncio.start_server(serve, "127.0.0.1", here) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
