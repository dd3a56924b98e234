"""What the attention lesson costs: bytes to the browser, all heads painted, a typed sentence, a key in the gaze."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from functools import partial
from statistics import median
from urllib.parse import quote

from playwright.sync_api import Browser, Page, WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks import bertviz
from benchmarks.browser import ARM, chromium, seconds_to_paint
from benchmarks.capture import SENTENCE
from benchmarks.server import serve
from seqviz import trace_attention
from seqviz.components.attention import heads_payload
from seqviz.components.mount import BROWSER
from seqviz.models.transformer import LoadedTransformer, load_minilm
from seqviz.traces.analyses import head_scores
from seqviz.traces.attention import AttentionPart

TOKENS, TYPED = 128, 32
HEAD = 3, 1  # layer and head, from 0: those of the lesson's first example
PAINTINGS, PRESSES = 5, 30
# Each makes a sentence.
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen")
KEPT = 4  # of these sentences in turn: the page keeps the passes of the last six
SETTLED = 1500  # ms until a component that rests has written the address, for which the page runs again
# All heads without Streamlit: a document with its data in it, as BertViz makes one.
DOCUMENT = """<!doctype html>
<style>
  main {
    width: 500px; --ink: #1d2733; --paper: #ffffff; --accent: #0b6e99; --line: #dfe4ea; --font: system-ui, sans-serif;
  }
  %s
</style>
<main>%s</main>
<script type="module">
  import { Heads } from "/heads/index.js";
  const host = { asked: () => "", say() {}, isBusy: () => false, afterRuns: () => () => {}, isDark: () => false };
  new Heads(document.querySelector(".player"), host).update(Uint8Array.from(atob("%s"), (c) => c.charCodeAt(0)));
</script>"""
NAMED = '[...document.querySelectorAll(".st-key-head .ytick text")].some((name) => name.textContent === "%s")'
LOOKS = 'root.querySelector(".token.query").dataset.key'


def rows() -> Iterator[tuple[str, str, str]]:
    """Bytes at 128 tokens, and time until what is typed, chosen or stepped to is painted; BertViz's beside them."""
    loaded = load_minilm()
    part = part_of(loaded, TOKENS)
    with chromium() as browser:
        with serve("app.py") as (address, _process):
            page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
            yield from _sending(page, address, part)
            yield from _typing(page)
            page.close()
        yield from _painting(browser, part)
        with serve("benchmarks/pages_attention.py") as (address, _process):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(address)
            what = f"milliseconds from a key in the gaze to the painted sentence, {TOKENS} tokens, median"
            yield what, f"{median(_stepping(page)):.0f}", ""


def text_of(tokens: int) -> str:
    """A text of so many of MiniLM's tokens, with [CLS] and [SEP]."""
    return " ".join((SENTENCE * 10).split()[: tokens - 2])


def part_of(loaded: LoadedTransformer, tokens: int) -> AttentionPart:
    """A Transformer's attention to such a text."""
    return trace_attention(loaded.model, loaded.tokenizer, text_of(tokens)).parts["self"]


def _sending(page: Page, address: str, part: AttentionPart) -> Iterator[tuple[str, str, str]]:
    """What Streamlit really sends, counted at the browser: when the page opens, and when another head is chosen."""
    received: list[bytes] = []
    page.on("websocket", partial(_listen, received))
    page.goto(f"{address}/attention?lang=en&text={quote(text_of(TOKENS))}")
    page.locator(".st-key-head .ytick").first.wait_for()
    _settle(page)
    opened = _sizes(received)
    received.clear()
    page.locator(".heads").press("ArrowRight")
    _settle(page)
    chosen = _sizes(received)
    size = f"{TOKENS} tokens"
    yield f"bytes sent for one head, heatmap and gaze, {size}", f"{chosen['map'] + chosen['gaze']:,}", "≤ 300,000"
    yield f"bytes sent for one head, whole page, {size}", f"{chosen.total():,}", ""
    yield f"bytes of BertViz's head view of one layer, {size}", f"{bertviz.head_view_bytes(part, HEAD[0]):,}", ""
    yield f"bytes sent for all heads at a glance, {size}", f"{opened['heads']:,}", ""
    yield f"bytes of BertViz's model view, {size}", f"{bertviz.model_view_bytes(part):,}", ""


def _listen(received: list[bytes], socket: WebSocket) -> None:
    socket.on("framereceived", lambda frame: received.append(frame if isinstance(frame, bytes) else frame.encode()))


def _sizes(messages: list[bytes]) -> Counter[str]:
    """Bytes by the key of the element that they draw."""
    sizes: Counter[str] = Counter()
    for message in messages:
        element = ForwardMsg.FromString(message).delta.new_element
        kind = element.WhichOneof("type")
        identity = getattr(getattr(element, kind), "id", "") if kind else ""
        sizes[identity.rpartition("-")[2]] += len(message)
    return sizes


def _settle(page: Page) -> None:
    page.wait_for_timeout(SETTLED)
    page.locator("[data-test-script-state=notRunning]").wait_for()


def _typing(page: Page) -> Iterator[tuple[str, str, str]]:
    """Each sentence twice: first the model reads it; then the page has its pass, and all else happens once more."""
    read: list[float] = []
    kept: list[float] = []
    for first in range(0, len(NUMBERS), KEPT):
        for milliseconds in (read, kept):
            milliseconds += [_type(page, number) for number in NUMBERS[first : first + KEPT]]
    what = f"from a typed sentence to its painted heatmap, {TYPED} tokens"
    yield f"milliseconds {what}, median", f"{median(read):.0f}", ""
    yield f"milliseconds {what}, without the model's call", f"{median(kept):.0f}", ""
    yield f"{what}, ÷ without the model's call", f"{median(read) / median(kept):.2f}", ""


def _type(page: Page, number: str) -> float:
    """Milliseconds from Enter to the heatmap that names this number."""
    _settle(page)
    box = page.locator(".st-key-text_box input")
    box.fill(f"The {number} {text_of(TYPED - 2)}")
    page.evaluate(ARM % NAMED % number)
    box.press("Enter")
    return page.evaluate("window.painted")


def _painting(browser: Browser, part: AttentionPart) -> Iterator[tuple[str, str, str]]:
    """Both from a document's first byte to the second frame after it has drawn; ours also fetches its modules."""
    files = {f"/{path.relative_to(BROWSER).as_posix()}": path.read_text("utf-8") for path in BROWSER.rglob("*.*")}
    payload = heads_payload(part.weights, HEAD, {"entropy {value:.1f} bits": head_scores(part)["entropy"]}, str)
    style = files["/shared/base.css"] + files["/heads/heads.css"]
    document = DOCUMENT % (style, files["/heads/heads.html"], b64encode(payload).decode())
    ours = median(seconds_to_paint(browser, document, files) for _ in range(PAINTINGS))
    theirs = bertviz.model_view_seconds(part, browser)
    yield f"seconds until all heads are painted, {TOKENS} tokens", f"{ours:.2f}", "< 1"
    yield f"seconds until BertViz's model view is painted, {TOKENS} tokens", f"{theirs:.1f}", ""
    yield f"BertViz's model view ÷ all heads, seconds until painted, {TOKENS} tokens", f"{theirs / ours:.0f}", "≥ 25"


def _stepping(page: Page) -> Iterator[float]:
    """Milliseconds of each key to the next token, after the page has run for the one before."""
    player = page.locator(".gaze")
    player.locator(".first").click()
    for _ in range(PRESSES):
        page.wait_for_timeout(600)
        player.evaluate(ARM % LOOKS)
        player.press("ArrowRight")
        yield page.evaluate("window.painted")
