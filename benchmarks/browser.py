"""A headless Chromium, found as the browser tests find it, and two clocks inside its pages."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Route, sync_playwright

from tests.browser.chromium import launched

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
MINUTES = 5  # that painting may take
# From the page's first byte to the second frame after its scripts have drawn everything.
PAINTED = """window.painted = new Promise((done) => addEventListener("load", () => {
  const [{responseStart}] = performance.getEntriesByType("navigation");
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - responseStart)));
}));"""
# From the next key to the frame after the one in which what is seen, an expression that may ask `root`, has changed.
ARM = """(root) => {
  const seen = () => %s;
  const before = seen();
  window.painted = new Promise((done) => addEventListener("keydown", () => {
    const start = performance.now();
    const look = () => requestAnimationFrame(seen() === before ? look : () => done(performance.now() - start));
    look();
  }, {capture: true, once: true}));
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open the browser, close it at the end."""
    with sync_playwright() as playwright:
        browser = launched(lambda path: playwright.chromium.launch(executable_path=path, args=ARGUMENTS))
        yield browser
        browser.close()


def seconds_to_paint(browser: Browser, html: str, scripts: Mapping[str, str] = {}) -> float:
    """From a page's first byte to what it shows on the screen; `scripts` are its modules by their paths."""

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/":
            route.fulfill(body=html, content_type="text/html")
        else:
            route.fulfill(body=scripts[path], content_type="text/javascript")

    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(60_000 * MINUTES)
    page.add_init_script(PAINTED)
    page.route("**/*", answer)
    page.goto("http://page/")
    milliseconds = page.evaluate("window.painted")
    page.close()
    return milliseconds / 1000
