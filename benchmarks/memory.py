"""What the lesson on fading memory costs: survival matrix, exact Jacobians, and a slider until it is painted."""

from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import Any

import torch
from playwright.sync_api import Page
from torch import Tensor, nn

from benchmarks.browser import ARM, chromium
from benchmarks.server import serve
from benchmarks.trace import timed
from seqviz import jacobian_norms, survival, trace_recurrent
from seqviz.models.reader import CELLS

PRESSES = 30
LINE = 'document.querySelector(".st-key-rates .scatterlayer path.js-line")?.getAttribute("d")'


def rows() -> Iterator[tuple[str, str, str]]:
    """Ratios to what each is compared with, and milliseconds to the painted line."""
    torch.manual_seed(0)
    for kind in ("LSTM", "GRU"):
        module, inputs = CELLS[kind](64, 64).eval(), torch.randn(200, 64)
        layer = trace_recurrent(module, inputs).layers[0]
        split, traced = timed(partial(survival, layer), partial(trace_recurrent, module, inputs))
        size = "T = 200, H = 64"
        yield f"survival matrix of an nn.{kind}, milliseconds, {size}", f"{1000 * split:.1f}", ""
        yield f"survival matrix of an nn.{kind} ÷ its trace, {size}", f"{split / traced:.1f}", ""
    for kind, cell in CELLS.items():
        module, inputs = cell(32, 32).double(), torch.randn(100, 32, dtype=torch.double)
        exact, backward = timed(partial(jacobian_norms, module, inputs), partial(_backward, module, inputs))
        size = "T = 100, H = 32"
        yield f"Jacobian norms of an nn.{kind}, milliseconds, {size}", f"{1000 * exact:.1f}", "≤ 200"
        yield f"Jacobian norms of an nn.{kind} ÷ by one batched backward, {size}", f"{exact / backward:.2f}", "< 1"
    with serve("app.py") as (address, _process), chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{address}/memory?lang=en&task=en")
        yield "milliseconds from a slider's key to the painted line, median", f"{median(_sliding(page)):.0f}", "≤ 200"


def _backward(module: Any, inputs: Tensor) -> Tensor:
    """The norms of h by autograd: a batch of H times the same run, so that row k can go back from unit k."""
    cell = getattr(nn, f"{module.mode.split('_')[0]}Cell")(inputs.shape[1], module.hidden_size, dtype=inputs.dtype)
    cell.load_state_dict({name.removesuffix("_l0"): weight for name, weight in module.state_dict().items()})
    h = c = inputs.new_zeros(module.hidden_size, module.hidden_size)
    states = []
    for x in inputs:
        x = x.expand(module.hidden_size, -1)
        if isinstance(module, nn.LSTM):
            h, c = cell(x, (h, c))
        else:
            h = cell(x, h)
        states.append(h)
    return torch.linalg.matrix_norm(torch.stack(torch.autograd.grad(h.diagonal().sum(), states)), ord=2)


def _sliding(page: Page) -> list[float]:
    """Milliseconds from each key on the slider of the spectral radius, to and fro, to the painted line."""
    page.locator(".st-key-rates .scatterlayer path.js-line").first.wait_for()
    thumb = page.locator(".st-key-radius input")
    found = []
    for press in range(PRESSES):
        page.wait_for_timeout(300)
        page.evaluate(ARM % LINE)
        thumb.press("ArrowRight" if press % 10 < 5 else "ArrowLeft")
        found.append(page.evaluate("window.painted"))
    return found
