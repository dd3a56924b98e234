"""How soon a download is given up where the hub does not answer; transformers alone would try for 46 seconds."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

TRIES = 5
# In a process of its own: the address of the hub is read when its library is imported.
DOWNLOAD = """
import time
from seqviz.models.hub import download, on_disk
from seqviz.traces.refusal import Refusal
assert on_disk("owner/model") is None
start = time.perf_counter()
try:
    download("owner/model")
except Refusal as error:
    assert error.code == "no_network"
    print(time.perf_counter() - start)
"""


def rows() -> Iterator[tuple[str, str, str]]:
    """From the button to the sentence, where a line takes the question and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hub = {"HF_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}", "NO_PROXY": "*"}
        run = [sys.executable, "-c", DOWNLOAD]
        said = [subprocess.check_output(run, env=os.environ | hub, text=True) for _ in range(TRIES)]
    yield "seconds until a hub that does not answer is given up", f"{median(map(float, said)):.2f}", "< 3"
