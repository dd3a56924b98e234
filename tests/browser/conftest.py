"""A real server, a real browser, and a page that may not complain: see `page`."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import chromium
import psutil
import pytest
from attention_lesson import AttentionLesson
from compare_lesson import CompareLesson
from forecast_lesson import ForecastLesson
from gates_lesson import GatesLesson
from lesson import PATIENCE, Lesson
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sentiment_lesson import SentimentLesson

from seqviz.frame.course import LESSONS

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
    "--process-per-site",  # or another page of the same window would compile Streamlit and plotly once more
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # what a page asks for outside, it never gets
]  # fmt: skip

WINDOW = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US"}
MEDIA = {"color_scheme": "light", "reduced_motion": "no-preference"}  # what a window can change while it is open

# On a deep link Streamlit looks for its own two probes under the page's name first, and then finds them at the root.
PROBES = {f"/{lesson.name}/_stcore/{probe}" for lesson in LESSONS for probe in ("health", "host-config")}
TRACEBACK = re.compile(r"Traceback \(most recent call last\)|^\s*File \"[^\"]+\", line \d+", re.MULTILINE)


class App:
    """The app, started as a user starts it."""

    def __init__(self, folder: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]
        environment = os.environ | {"STREAMLIT_SERVER_HEADLESS": "true", "STREAMLIT_SERVER_ADDRESS": "127.0.0.1"}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        wait_for(lambda: answers(f"{self.address}/_stcore/health"), self.process, self.log)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def look_for_tracebacks(self) -> None:
        said = self.log.read_text(encoding="utf-8", errors="replace")
        assert not TRACEBACK.search(said), f"the server's log holds a traceback:\n{said[-4000:]}"


@pytest.fixture(scope="session")
def started(tmp_path_factory) -> Iterator[tuple[str, psutil.Process]]:
    """The address and the process of the app."""
    app = App(tmp_path_factory.mktemp("server"))
    try:
        app.start()
        yield app.address, psutil.Process(app.process.pid)
    finally:
        app.stop()
    app.look_for_tracebacks()


@pytest.fixture(scope="session")
def server(started) -> str:
    """The address of the app."""
    return started[0]


@pytest.fixture(scope="session")
def process(started) -> psutil.Process:
    """The process of the app."""
    return started[1]


def wait_for(is_ready, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while not is_ready():
        if process.poll() is not None or time.monotonic() > end:
            pytest.fail(f"the server did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
        time.sleep(0.1)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one Chromium of all tests."""
    with sync_playwright() as playwright:

        def launch(path: str | None) -> Browser:
            return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)

        found = chromium.launched(launch)
        yield found
        found.close()


class Window:
    """A browser window of its own (no cookies, no storage) that notes all that must not happen in it."""

    def __init__(self, browser: Browser, server: str, **options):
        self.server, self.options = server, options
        self.complaints: list[str] = []
        self.sent: list[tuple[float, object]] = []
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(1000 * PATIENCE)
        self.context.on("request", lambda request: self._check_host(request.url))
        self.context.on("console", self._check_console)
        self.context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        self.context.on("page", self._listen)
        self._show(self.context.new_page())

    def _show(self, page: Page) -> None:
        self.page = page
        self.lesson = Lesson(page, self.server)
        self.gates = GatesLesson(page, self.server)
        self.attention = AttentionLesson(page, self.server)
        self.compare = CompareLesson(page, self.server)
        self.forecast = ForecastLesson(page, self.server)
        self.sentiment = SentimentLesson(page, self.server)

    def _listen(self, page: Page) -> None:
        def opened(socket):
            self._check_host(socket.url)
            socket.on("framesent", lambda frame: self.sent.append((time.monotonic(), frame)))

        page.on("websocket", opened)
        page.on("dialog", lambda dialog: self.complaints.append(f"a dialog opened: {dialog.message}"))

    def _check_host(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.server).netloc:
            self.complaints.append(f"asked for {address}")

    def _check_console(self, message) -> None:
        is_probe = "404" in message.text and urlsplit(message.location["url"]).path in PROBES
        if message.type == "error" and not is_probe:
            self.complaints.append(f"console: {message.text} ({message.location['url']})")

    def look_for_tracebacks(self) -> None:
        for page in self.context.pages:
            text = page.locator("body").inner_text()
            if TRACEBACK.search(text) or page.get_by_test_id("stException").count():
                self.complaints.append(f"a traceback on {page.url}: {text[:2000]}")

    def empty(self, *, keeps_page: bool = True) -> None:
        """Make it as good as new: nothing open, nothing stored, the pointer in its corner."""
        if not keeps_page:
            self._show(self.context.new_page())
        self.page.mouse.up()
        self.page.mouse.move(0, 0)
        self.page.goto(f"{self.server}/_stcore/health")  # of the same origin, with nothing in it
        for page in self.context.pages:
            if page is not self.page:  # closed last: the new page has its process, where all is compiled
                page.close()
        self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.context.clear_cookies()
        self.complaints, self.sent = [], []


@pytest.fixture(scope="session")
def emptied() -> list[Window]:
    """Windows that a test is done with: in one of them Streamlit and plotly are compiled already."""
    return []


@pytest.fixture
def window(browser, server, emptied) -> Iterator:
    """Opens windows, `window(color_scheme="dark")`; at the end none of them may have complained.

    A test that changes more of its page than a reader can (scripts, routes) asks for one that is not `kept` after it.
    """
    opened: list[tuple[Window, bool]] = []

    def open_one(*, kept: bool = True, **options) -> Window:
        media = {name: options.pop(name, usual) for name, usual in MEDIA.items()}
        options = WINDOW | options
        found = next((one for one in emptied if one.options == options), None)
        if found is None:
            found = Window(browser, server, **options)
        else:
            emptied.remove(found)
        found.page.emulate_media(**media)
        opened.append((found, kept))
        return found

    yield open_one
    complaints = []
    for one, kept in opened:
        one.look_for_tracebacks()
        complaints += one.complaints
        if one.complaints:
            one.context.close()
        else:
            one.empty(keeps_page=kept)
            emptied.append(one)
    assert not complaints, "the page complained:\n" + "\n".join(complaints)


@pytest.fixture
def page(window) -> Page:
    """A page in a window of its own."""
    return window().page


@pytest.fixture
def lesson(window) -> Lesson:
    """Lesson `rnn` in the hands of one reader who wants no motion: what does not wait for it takes half the time."""
    return window(reduced_motion="reduce").lesson


@pytest.fixture
def gates(window) -> GatesLesson:
    """Lesson `gates` in the hands of one reader who wants no motion."""
    return window(reduced_motion="reduce").gates


@pytest.fixture
def attention(window) -> AttentionLesson:
    """Lesson `attention` in the hands of one reader."""
    return window().attention


@pytest.fixture
def forecast(window) -> ForecastLesson:
    """Lesson `forecast` in the hands of one reader who wants no motion."""
    return window(reduced_motion="reduce").forecast


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript"}

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def modules(browser) -> Iterator[Callable]:
    """Calls a function in an empty page that may import the components' modules: `modules(script, argument)`."""
    folder = ROOT / "seqviz" / "components" / "browser"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/stepper/stepper.html")
    yield page.evaluate
    page.close()
    server.shutdown()
    server.server_close()
