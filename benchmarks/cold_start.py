"""From starting the server to the first thing on the screen: the app against a bare page that only imports torch."""

import time
from collections.abc import Iterator
from statistics import median

from playwright.sync_api import Browser

from benchmarks.browser import chromium
from benchmarks.server import serve

ROUNDS = 5


def rows() -> Iterator[tuple[str, str, str]]:
    """The pages take turns, so that all see the same machine."""
    pages = {
        "bare": ("benchmarks/pages_bare.py", "/", "text=torch is here"),
        "home": ("app.py", "/", "h1"),
        "lesson": ("app.py", "/rnn", ".stepper .where:not(:empty)"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in pages}
    with chromium() as browser:
        for _ in range(ROUNDS):
            for name, page in pages.items():
                seconds[name].append(_until_seen(browser, *page))
    bare = median(seconds["bare"])
    for name, what in (("lesson", "the moving stepper"), ("home", "the home page")):
        ratio = median(seconds[name]) / bare
        yield f"cold start to {what} ÷ to a bare page that imports torch", f"{ratio:.2f}", "≤ 1.3"


def _until_seen(browser: Browser, script: str, path: str, selector: str) -> float:
    context = browser.new_context()
    page = context.new_page()
    start = time.perf_counter()
    with serve(script) as (address, _process):
        page.goto(address + path)
        page.wait_for_selector(selector, timeout=60_000)
        seconds = time.perf_counter() - start
    context.close()
    return seconds
