"""What the lesson on four readers costs: a typed sentence until its lanes are painted, beside its four passes."""

from collections.abc import Iterator
from statistics import median

import torch
from playwright.sync_api import Page

from benchmarks.browser import ARM, chromium
from benchmarks.server import serve
from benchmarks.trace import timed
from seqviz.models.checkpoint import load_checkpoint
from seqviz.models.lane import read_lane
from seqviz.models.minilm import load_word_table
from seqviz.models.reading import encode
from seqviz.tasks.sentiment.typed import TASKS

READERS = tuple(f"sentiment-en-{reader}" for reader in ("rnn-even", "gru", "lstm", "transformer"))
WORDS = "the film was not bad at all and the music on the way home was good"
TYPED = 20  # sentences, each another one
# Where the cursor stands, and of how many: it rests at the end, and each sentence has another length.
SEEN = 'root.querySelector(".where").textContent'


def rows() -> Iterator[tuple[str, str, str]]:
    """Milliseconds in Python for all that the lanes show, milliseconds to the picture, both ÷ four forward passes."""
    table = load_word_table()
    readers = [load_checkpoint(name) for name in READERS]
    read = encode(TASKS["en"], WORDS, readers[0], table)
    assert read is not None
    inputs = read.inputs

    def passes() -> None:
        with torch.inference_mode():
            for checkpoint in readers:
                checkpoint.reader(inputs[None].double())

    def lanes() -> None:
        for checkpoint in readers:
            read_lane(checkpoint, inputs)

    whole, forward = timed(lanes, passes)
    size = f"{len(WORDS.split())} words"
    yield f"milliseconds of four forward passes, {size}", f"{1000 * forward:.1f}", ""
    yield f"states, verdicts and saliency of all steps ÷ four forward passes, {size}", f"{whole / forward:.1f}", ""
    with serve("app.py") as (address, _process), chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        page.goto(f"{address}/compare?lang=en")
        page.locator(".lanes .where").wait_for()
        painted = median(_typing(page))
    yield f"milliseconds from a typed sentence to its painted lanes, {size}, median", f"{painted:.0f}", ""
    yield f"typed sentence to painted lanes ÷ four forward passes, {size}", f"{painted / 1000 / forward:.0f}", ""


def _typing(page: Page) -> Iterator[float]:
    """Milliseconds from Enter to the lanes of another sentence, one word longer or shorter."""
    box, player = page.locator(".st-key-text_box input"), page.locator(".lanes")
    for n in range(TYPED):
        page.wait_for_timeout(1500)  # the lanes have come to rest, and the page has run for that
        box.fill(f"{WORDS} {n}" + " indeed" * (n % 2))
        player.evaluate(ARM % SEEN)
        box.press("Enter")
        yield page.evaluate("window.painted")
