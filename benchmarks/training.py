"""What training in the page costs: against a bare loop of the same network, and whoever else uses the server."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from urllib.parse import urlencode

import torch
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from torch import nn

from benchmarks.server import serve
from benchmarks.sessions import Pupil
from seqviz.jobs.best_epoch import BATCH
from seqviz.jobs.forecast import Settings, train, untrained
from seqviz.jobs.pool import Pool
from seqviz.models.reader import CELLS
from seqviz.tasks.series import make_series
from seqviz.tasks.windows import Cut, cut

REPEATS, SENTENCES = 5, 40
LONG = urlencode({"series": "chaos", "cell": "GRU", "units": 64, "window": 100, "epochs": 200, "lang": "en"})


def rows() -> Iterator[tuple[str, str, str]]:
    """Epochs a second and their ratio to a bare loop, then the milliseconds of another session's page."""
    parts = cut(make_series("sine", seed=0), Settings().window)
    for cell in CELLS:
        settings = replace(Settings(), cell=cell)
        ours, bare = [], []
        for _ in range(REPEATS):
            ours.append(_in_the_pool(parts, settings))
            bare.append(_bare(parts, settings))
        seconds = median(ours)
        yield f"epochs a second of the forecast lesson, nn.{cell}", f"{settings.epochs / seconds:.0f}", ""
        yield f"seconds of an epoch ÷ of a bare loop, nn.{cell}", f"{seconds / median(bare):.2f}", "≤ 1.15"
    with serve("app.py") as (address, _process):
        alone, beside = asyncio.run(_two_sessions(address.replace("http", "ws")))
    redraw = "milliseconds to redraw lesson `rnn`"
    yield f"{redraw}, nobody trains, median", f"{1000 * median(alone):.0f}", ""
    yield f"{redraw} while another session trains, median", f"{1000 * median(beside):.0f}", "≤ 60"
    slow = sorted(beside)[int(0.95 * len(beside))]
    yield f"{redraw} while another session trains, 95th percentile", f"{1000 * slow:.0f}", ""


def _in_the_pool(parts: Cut, settings: Settings) -> float:
    """Seconds of a run as the page makes it, forecasts after every epoch and all."""
    start = time.perf_counter()
    run = Pool().start(lambda stopped: train(parts, settings, stopped), lambda: True)
    while not run.is_over:
        time.sleep(0.02)
    return time.perf_counter() - start


def _bare(parts: Cut, settings: Settings) -> float:
    """Seconds of the loop that everybody writes: batches, then the loss on the validation part."""
    reader = untrained(settings)
    x, y = torch.from_numpy(parts.training.windows)[..., None], torch.from_numpy(parts.training.targets)
    v, w = torch.from_numpy(parts.validation.windows)[..., None], torch.from_numpy(parts.validation.targets)
    optimizer = torch.optim.AdamW(reader.parameters(), settings.rate)

    def loss(inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        states, _ = reader.cell(inputs)
        return nn.functional.mse_loss(reader.readout(states[:, -1])[:, 0], targets)

    start = time.perf_counter()
    for _epoch in range(settings.epochs):
        for batch in torch.randperm(len(x)).split(BATCH):
            value = loss(x[batch], y[batch])
            optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimizer.step()
        with torch.no_grad():
            loss(v, w).item()
    return time.perf_counter() - start


async def _two_sessions(address: str) -> tuple[list[float], list[float]]:
    """Seconds of each sentence that one session types, first alone, then while another one trains a long while."""
    protocol = websockets.Subprotocol("streamlit")
    stream = f"{address}/_stcore/stream"
    async with websockets.connect(stream, subprotocols=[protocol], max_size=None) as socket:
        pupil = Pupil(socket, "pupil", [])
        await pupil.open()
        alone = await _typing(pupil)
        async with websockets.connect(stream, subprotocols=[protocol], max_size=None) as other:
            message = BackMsg()
            message.rerun_script.page_name, message.rerun_script.query_string = "forecast", LONG
            await other.send(message.SerializeToString())
            await asyncio.sleep(5)  # by then it trains
            beside = await _typing(pupil)
    return alone, beside


async def _typing(pupil: Pupil) -> list[float]:
    found = []
    for turn in range(SENTENCES):
        await asyncio.sleep(0.1)
        start = time.perf_counter()
        await pupil.type(f"pupil thinks that film {turn} was not bad")
        found.append(time.perf_counter() - start)
    return found
