"""Frames a second while each player plays what is large for it, and the messages sent to the server meanwhile."""

import re
from collections.abc import Iterator
from functools import partial

from playwright.sync_api import WebSocket

from benchmarks.browser import chromium
from benchmarks.server import serve

SECONDS = 3  # fewer than 128 tokens take at thirty a second
COUNT = """seconds => new Promise((done) => {
  const times = [];
  const tick = (now) => {
    times.push(now);
    if (now - times[0] < seconds * 1000) requestAnimationFrame(tick);
    else {
      const gaps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
      done([gaps.length / ((times.at(-1) - times[0]) / 1000), gaps[Math.floor(gaps.length * 0.95)]]);
    }
  };
  requestAnimationFrame(tick);
})"""


def _listen(sent: list[object], socket: WebSocket) -> None:
    socket.on("framesent", lambda frame: sent.append(frame))


PAGES = {
    "the stepper, 200 × 64": ("stepper", "benchmarks/pages_frames.py"),
    "two circuits, 200 × 64": ("gates", "benchmarks/pages_gates.py"),
    "the gaze, 128 tokens": ("gaze", "benchmarks/pages_attention.py"),
}


def rows() -> Iterator[tuple[str, str, str]]:
    """Of every player at fifteen and at thirty steps a second, in the middle of the sequence."""
    for what, (name, script) in PAGES.items():
        with serve(script) as (address, _process), chromium() as browser:
            for speed in ("15", "30"):
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                sent: list[object] = []
                page.on("websocket", partial(_listen, sent))
                page.goto(address)
                player = page.locator(f".{name}")
                player.locator(".speed").select_option(speed)
                player.locator(".first").click()
                page.wait_for_timeout(2000)  # what is sent for the click has been sent
                player.locator(".play").click()
                if name == "gates":
                    player.locator(".circuit").first.scroll_into_view_if_needed()
                before = len(sent)
                rate, slow = page.evaluate(COUNT, SECONDS)
                step, last = re.findall(r"\d+", player.locator(".where").inner_text())
                assert step != last, "it ended before the measurement did"
                about = f"{what}, {speed} steps a second"
                yield f"frames a second, {about}", f"{rate:.1f}", "≥ 55"
                yield f"milliseconds between frames, 95th percentile, {about}", f"{slow:.1f}", ""
                yield f"messages to the server while playing, {about}", str(len(sent) - before), "0"
                page.close()
