"""A headless Chromium, found as the browser tests find it."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import launched

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open the browser, close it at the end."""
    with sync_playwright() as playwright:
        browser = launched(lambda path: playwright.chromium.launch(executable_path=path, args=ARGUMENTS))
        yield browser
        browser.close()
