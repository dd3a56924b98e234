"""The two components of the attention lesson, each alone in an empty page: what is drawn, and what answers the hand."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
from attention_parts import part, tokens
from lesson import until
from playwright.sync_api import Page, expect

from seqviz.components.attention import gaze_payload, heads_payload, pooled

LIGHT = {
    "text-color": "#1d2733", "background-color": "#ffffff", "secondary-background-color": "#f6f8fa",
    "primary-color": "#0b6e99", "border-color": "#dfe4ea",
}  # fmt: skip
DARK = {
    "text-color": "#e6eaf0", "background-color": "#0f1419", "secondary-background-color": "#161d24",
    "primary-color": "#4fb3de", "border-color": "#2a333d",
}  # fmt: skip
DOCUMENT = (Path(__file__).parents[2] / "seqviz" / "frame" / "document.js").read_text(encoding="utf-8")
MOUNT = """async ({name, theme, document_js}) => {
  const text = async (file) => (await fetch(file)).text();
  const transport = await text("/shared/transport.html");
  const html = (await text(`/${name}/${name}.html`)).replace("<!-- include shared/transport.html -->", transport);
  const files = ["/streamlit.css", "/shared/base.css", `/${name}/${name}.css`];
  const css = (await Promise.all(files.map(text))).join("");
  document.body.replaceChildren();
  sessionStorage.clear();
  const root = document.body.appendChild(document.createElement("div")).attachShadow({mode: "open"});
  for (const [key, value] of Object.entries(theme)) root.host.style.setProperty(`--st-${key}`, value);
  root.host.style.setProperty("--st-font", "sans-serif");
  document.body.style.background = theme["background-color"];
  root.innerHTML = `<style>${css}</style><div>${html}</div>`;
  const {default: mount} = await import(`/${name}/streamlit.js`);
  const script = new Blob([document_js], {type: "text/javascript"});
  window.writer ??= (await import(URL.createObjectURL(script))).default;
  window.told = [];
  const session = {}; // with no other shares its counts
  let count = 0;
  window.wish = (address, seen, wishes = (count += 1), moves = 0) => window.writer({
    data: {whole: true, page: "test", lang: "en", address, of: "one", moves, seen, session, wishes},
    setStateValue: (_, message) => window.told.push(message),
  });
  const asked = Object.fromEntries(new URLSearchParams(location.search));
  for (const seen of [-1, 0]) window.wish(asked, seen); // fewer than before: it begins anew
  window.send = (payload) => {
    const data = Uint8Array.from(atob(payload), (c) => c.charCodeAt(0));
    window.cleanup = mount({data, parentElement: root.querySelector("div")});
  };
}"""
RGB = """(element) => getComputedStyle(element).backgroundColor.match(/\\d+/g).map(Number)"""
PLOT = """() => {
  const box = document.body.insertBefore(document.createElement("div"), document.body.firstChild);
  box.className = "map";
  window.plot = box.appendChild(document.createElement("div"));
  plot.className = "js-plotly-plot";
  plot.listeners = [];
  plot.on = (name, handler) => plot.listeners.push([name, handler]);
  plot.emit = (name, pointNumber) => {
    for (const [one, handler] of plot.listeners) if (one === name) handler({points: [{pointNumber}]});
  };
  plot.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
  plot.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
}"""


class Stage:
    """One component in a page of its own."""

    def __init__(self, page: Page):
        self.page = page

    def open(self, name: str, payload: bytes, dark: bool = False, **address: object) -> None:
        self.page.evaluate("window.cleanup?.()")  # or the one before may still write its place into the address
        self.page.evaluate("query => history.replaceState(null, '', '?' + query)", urlencode(address))
        self.page.mouse.move(2, 2)
        self.page.evaluate(MOUNT, {"name": name, "theme": DARK if dark else LIGHT, "document_js": DOCUMENT})
        self.root = self.page.locator(f".{name}")
        self.live = self.root.locator(".live")
        self.send(payload)

    def send(self, payload: bytes) -> None:
        self.page.evaluate("payload => window.send(payload)", base64.b64encode(payload).decode())

    def find(self, name: str):
        return self.root.locator(f".{name}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.root.press(key)

    @property
    def address(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def expect_address(self, **wanted: object) -> None:
        expected = {name: str(value) for name, value in wanted.items()}
        until(lambda: self.address == expected, self.page, lambda: f"{self.address} is not {expected}")


@pytest.fixture
def stage(modules: Callable):
    page: Page = modules.__self__  # the page that it evaluates in
    page.set_viewport_size({"width": 1100, "height": 900})
    page.emulate_media(reduced_motion="no-preference")
    return Stage(page)


def blue(share: float) -> np.ndarray:
    """The colour of a share in the light theme."""
    return np.array([255, 255, 255]) + (np.array([0x0A, 0x5B, 0x9C]) - 255) * share


# ---- the gaze


def test_it_plays_on_arrival_rests_at_the_point_of_the_example_and_then_stands_in_the_address(stage):
    made = part(size=9)
    stage.open("gaze", gaze_payload(made, 1, 2, str, rest_at=4, address={"text": "hi"}))
    seen = set()
    until(lambda: seen.add(stage.find("where").inner_text()) or "token 5 of 9" in seen, stage.page)
    assert len(seen) > 2, "it did not move by itself"
    stage.expect_address(query=5, text="hi")
    row = made.weights[1, 2, 4]
    three = ", ".join(f"{made.key_tokens[key]} {row[key]:.2f}" for key in np.argsort(-row)[:3])
    expect(stage.live).to_have_text(f"token 5 of 9, “q4” looks at {three}")


def test_a_long_text_arrives(stage):
    stage.open("gaze", gaze_payload(part(size=512, width=32, layers=1, heads=1), 0, 0, str))
    expect(stage.find("where")).to_have_text("token 512 of 512")


def test_a_reader_who_wants_no_motion_finds_it_at_rest(stage):
    stage.page.emulate_media(reduced_motion="reduce")
    stage.open("gaze", gaze_payload(part(), 1, 2, str, rest_at=3))
    expect(stage.find("where")).to_have_text("token 4 of 6")


def test_a_link_stands_still_at_its_query_and_key(stage):
    stage.open("gaze", gaze_payload(part(), 1, 2, str), query=3, key=2)
    expect(stage.live).not_to_be_empty()
    expect(stage.find("looks")).to_have_text("Where “q2” looks")
    expect(stage.find("title")).to_have_text(re.compile("^Why “q2” gives “q1” "))
    stage.expect_address(query=3, key=2)


def test_arrow_keys_move_the_query_and_the_key(stage):
    made = part()
    stage.open("gaze", gaze_payload(made, 1, 2, str), query=3)
    largest = int(made.weights[1, 2, 3].argmax())
    stage.press("ArrowRight")
    expect(stage.find("looks")).to_have_text("Where “q3” looks")
    expect(stage.find("title")).to_contain_text(f"gives “{made.key_tokens[largest]}” ")
    stage.expect_address(query=4)
    stage.press("ArrowDown" if largest < 5 else "ArrowUp")
    chosen = largest + 1 if largest < 5 else largest - 1
    stage.expect_address(query=4, key=chosen + 1)
    expect(stage.root.locator(".row.chosen .name")).to_have_text(made.key_tokens[chosen])
    stage.press("End")
    stage.expect_address(query=6)
    stage.press("Home")
    stage.expect_address(query=1)


@pytest.mark.parametrize("dark", [False, True])
def test_every_token_has_the_colour_and_the_number_of_its_weight(stage, dark):
    made = part(size=12, spread=0.8)
    stage.open("gaze", gaze_payload(made, 1, 2, str), dark, query=4)
    expect(stage.live).not_to_be_empty()
    stage.page.wait_for_timeout(300)  # colours change softly
    nothing, all_of_it = ([15, 20, 25], [0x7C, 0xC4, 0xFF]) if dark else ([255, 255, 255], [0x0A, 0x5B, 0x9C])
    for key, weight in enumerate(made.weights[1, 2, 3]):
        token = stage.root.locator(f'.token[data-key="{key}"]')
        if key != 3:
            wanted = np.array(nothing) + (np.array(all_of_it) - nothing) * weight**0.5
            assert token.locator("b").evaluate(RGB) == pytest.approx(wanted, abs=2)
        assert token.locator("i").inner_text() == (f"{weight:.2f}" if weight >= 0.02 else "")


def test_arcs_lead_to_the_twelve_that_get_most_and_to_none_that_gets_next_to_nothing(stage):
    made = part(size=30, spread=0.9)
    stage.open("gaze", gaze_payload(made, 1, 2, str), query=8)
    row = np.delete(made.weights[1, 2, 7], 7)
    expect(stage.root.locator(".arc:visible")).to_have_count(min(12, int((row >= 0.01).sum())))
    narrow = part(size=8, spread=4)
    stage.send(gaze_payload(narrow, 1, 2, str, plays=1))
    stage.press("Home")
    expected = int((narrow.weights[1, 2, 0, 1:] >= 0.01).sum())
    expect(stage.root.locator(".arc:visible")).to_have_count(expected)


def test_pointing_shows_a_gaze_leaving_ends_it_a_click_stays(stage):
    stage.open("gaze", gaze_payload(part(), 1, 2, str), query=3)
    looks, token = stage.find("looks"), stage.root.locator('.token[data-key="4"]')
    token.hover()
    expect(looks).to_have_text("Where “q4” looks")
    stage.page.mouse.move(2, 2)
    expect(looks).to_have_text("Where “q2” looks")
    stage.expect_address(query=3)
    token.click()
    stage.page.mouse.move(2, 2)
    expect(looks).to_have_text("Where “q4” looks")
    stage.expect_address(query=5)


def test_a_click_on_a_row_chooses_its_key(stage):
    stage.open("gaze", gaze_payload(part(), 1, 2, str), query=3)
    stage.root.locator(".rows .row").nth(4).click()
    expect(stage.find("title")).to_contain_text("gives “q4” ")
    stage.expect_address(query=3, key=5)


def test_the_heatmap_that_the_payload_names_leads_and_follows(stage):
    stage.open("gaze", gaze_payload(part(), 1, 2, str), query=3)
    stage.page.evaluate(PLOT)
    assert stage.page.evaluate("plot.listeners.length") == 0, "without a name, what the page draws is left alone"
    payload = partial(gaze_payload, part(), 1, 2, str, heatmap=".map")
    stage.open("gaze", payload(), query=3)
    title = stage.find("title")
    stage.page.evaluate(PLOT)
    assert stage.page.evaluate("plot.listeners.length") == 3, "it listens once to each"
    stage.page.evaluate("plot.emit('plotly_hover', [5, 1])")
    expect(title).to_contain_text("Why “q5” gives “q1” ")
    stage.page.evaluate("plot.emit('plotly_unhover')")
    expect(title).to_contain_text("Why “q2” gives ")
    for nowhere in ("[6, 0]", "[0, 6]"):  # its column of what is hidden, or a heatmap older than the gaze
        stage.page.evaluate(f"plot.emit('plotly_hover', {nowhere}), plot.emit('plotly_click', {nowhere})")
        expect(title).to_contain_text("Why “q2” gives ")
    stage.page.evaluate("plot.emit('plotly_click', [1, 4])")
    stage.expect_address(query=2, key=5)
    expect(title).to_contain_text("Why “q1” gives “q4” ")
    stage.send(payload(hidden=[True, False, False, True, False, False]))
    stage.page.evaluate("plot.emit('plotly_click', [2, 3])")  # it draws 1, 2, 4 and 5 alone
    stage.expect_address(query=5, key=6)
    stage.page.evaluate("window.cleanup()")
    stage.page.evaluate("plot.emit('plotly_click', [0, 0])")
    stage.page.wait_for_timeout(600)
    stage.expect_address(query=5, key=6)  # nobody listens any more


def test_what_is_hidden_is_not_drawn_but_counted_and_the_cursor_passes_over_it(stage):
    made = part(size=6)
    special = np.array([True, False, False, True, False, False])
    stage.open("gaze", gaze_payload(made, 1, 2, str, hidden=special), query=3)
    expect(stage.root.locator(".token")).to_have_count(4)
    share = made.weights[1, 2, 2, special].sum()
    expect(stage.find("hidden-share")).to_have_text(f"{share:.2f} of this row goes to hidden tokens.")
    expect(stage.root.locator(".rows .row")).to_have_count(6)
    for key, query in [("ArrowRight", 5), ("ArrowLeft", 3), ("ArrowLeft", 2), ("ArrowLeft", 2), ("End", 6)]:
        stage.press(key)
        stage.expect_address(query=query)
    stage.press("Home")
    stage.expect_address(query=2)


def test_of_two_sentences_the_upper_one_looks_at_the_lower(stage):
    made = part("cross", size=5)
    stage.open("gaze", gaze_payload(made, 1, 2, str), query=2)
    expect(stage.root.locator(".queries .token")).to_have_count(7)
    expect(stage.root.locator(".keys .token")).to_have_count(5)
    expect(stage.root.locator(".token.query")).to_have_text("q1")
    stage.root.locator('.token[data-query="4"]').click()
    stage.expect_address(query=5)
    stage.root.locator('.token[data-key="2"]').click()
    stage.expect_address(query=5, key=3)
    expect(stage.find("title")).to_contain_text("Why “q4” gives “k2” ")


def test_what_may_not_be_looked_at_is_marked_and_told(stage):
    stage.open("gaze", gaze_payload(part("causal"), 1, 2, str), query=3, key=5)
    expect(stage.root.locator(".token.barred")).to_have_text(["q3", "q4", "q5"])
    expect(stage.root.locator(".steps .about")).to_have_text("Masked: it may not look there, so the weight is 0.")
    expect(stage.root.locator(".row.chosen .score")).to_have_text("−∞")


def test_a_query_that_may_look_nowhere_has_no_arithmetic(stage):
    made = part("causal", size=4)
    made.allowed[1, 2] = False
    stage.open("gaze", gaze_payload(made, 1, 2, str), query=3)
    expect(stage.find("note")).to_have_text("Masked: it may not look there, so the weight is 0.")
    expect(stage.find("why")).to_be_hidden()
    stage.press("ArrowLeft")
    expect(stage.find("why")).to_be_visible()
    assert stage.root.locator("canvas.products").bounding_box()["width"] > 100


def test_without_queries_and_keys_there_is_a_sentence_in_place_of_the_arithmetic(stage):
    made = replace(part(), q=None, k=None, v=None, scale=None)
    stage.open("gaze", gaze_payload(made, 1, 2, str), query=3)
    expect(stage.find("note")).to_contain_text("only the weights")
    expect(stage.find("looks")).to_have_text("Where “q2” looks")
    for name in ("why", "output"):
        expect(stage.find(name)).to_be_hidden()


def test_another_head_keeps_the_place_and_the_very_same_boxes(stage):
    made = part(size=7)
    stage.open("gaze", gaze_payload(made, 1, 2, str), query=3)
    expect(stage.live).not_to_be_empty()
    stage.root.locator(".token").first.evaluate("token => (token.kept = true)")
    stage.send(gaze_payload(made, 0, 1, str))
    row = made.weights[0, 1, 2]
    expect(stage.find("title")).to_contain_text(f"Why “q2” gives “{made.key_tokens[row.argmax()]}” {row.max():.2f}")
    assert stage.root.locator(".token").first.evaluate("token => token.kept")


def test_title_table_and_last_line_print_one_weight_and_it_is_the_models(stage):
    made = part(size=9, spread=0.9)
    stage.open("gaze", gaze_payload(made, 1, 2, str), query=4)
    for _ in range(5):
        key = int(stage.root.locator(".row.chosen").get_attribute("data-key"))
        query = int(re.findall(r"\d+", stage.find("where").inner_text())[0]) - 1
        printed = stage.root.locator(".row.chosen .weight").inner_text()
        assert stage.find("title").inner_text().endswith(f" {printed}")
        assert stage.find("result").inner_text().endswith(f"= {printed}")
        assert float(printed) == pytest.approx(made.weights[1, 2, query, key], abs=0.0051)
        expect(stage.find("check")).to_have_text(f"PyTorch says {made.weights[1, 2, query, key]:.4f}, the same number")
        stage.press("ArrowRight")


def test_the_output_opens_at_its_largest_number_and_any_other_can_be_chosen(stage):
    made = part(size=6)
    stage.open("gaze", gaze_payload(made, 1, 2, str), query=3)
    output = made.weights[1, 2, 2].astype(float) @ made.v[1, 2].astype(float)
    largest = int(np.abs(output).argmax())
    title, total = stage.find("number-title"), stage.root.locator(".output-sum .amount.all")
    expect(title).to_have_text(f"Number {largest + 1} of 8")
    expect(total).to_have_text(f"{output[largest]:.2f}".replace("-", "−"))
    box = stage.root.locator("canvas.whole").bounding_box()
    stage.root.locator("canvas.whole").click(position={"x": box["width"] * 1.5 / 8, "y": 50})
    expect(title).to_have_text("Number 2 of 8")
    stage.find("more").click()
    expect(title).to_have_text("Number 3 of 8")
    expect(total).to_contain_text(f"{abs(output[2]):.2f}")


def test_what_was_typed_is_never_markup(stage):
    typed = ["[A]", "<img src=x onerror='document.title=1'>", "</script>", "&lt;", "\u202e", " "]
    made = replace(part(), queries=tokens(typed), keys=tokens(typed))
    stage.open("gaze", gaze_payload(made, 1, 2, str), query=2, key=2)
    expect(stage.find("looks")).to_have_text(f"Where “{typed[1]}” looks")
    assert stage.root.locator(".token b").all_inner_texts()[:4] == typed[:4]
    assert stage.root.locator("img, script").count() == 0


def test_pieces_of_a_word_stand_together_and_the_texts_of_a_pair_below_each_other(stage):
    made = part(size=6)
    cut = replace(made.keys, words=(0, 1, 1, 1, 2, 3), segments=(0, 0, 0, 0, 0, 1))
    stage.open("gaze", gaze_payload(replace(made, queries=cut, keys=cut), 1, 2, str), query=2)
    boxes = [stage.root.locator(f'.token[data-key="{i}"]').bounding_box() for i in range(6)]
    gaps = [b["x"] - a["x"] - a["width"] for a, b in pairwise(boxes)]
    assert gaps[1] == gaps[2] == pytest.approx(0, abs=0.1)
    assert gaps[0] == gaps[3] > 5
    assert boxes[5]["y"] > boxes[0]["y"] + 20


@pytest.mark.parametrize(("words", "lines"), [(8, 1), (16, 1), (40, 3)])
def test_each_text_of_a_pair_is_on_one_line_where_it_fits(stage, words, lines):
    made = part(size=2 * words)
    cut = replace(made.keys, texts=("word",) * (2 * words), segments=(0,) * words + (1,) * words)
    stage.open("gaze", gaze_payload(replace(made, queries=cut, keys=cut), 1, 2, str), query=2)
    for of in (range(words), range(words, 2 * words)):
        tops = {stage.root.locator(f'.token[data-key="{i}"] b').bounding_box()["y"] for i in of}
        assert len(tops) == lines, tops


def test_a_phone_needs_no_scrolling_sideways(stage):
    stage.page.set_viewport_size({"width": 360, "height": 800})
    for form in ("plain", "cross"):
        stage.open("gaze", gaze_payload(part(form, size=40, width=64), 1, 2, str), query=3)
        assert stage.page.evaluate("document.documentElement.scrollWidth") <= 360
    stage.open("heads", heads_payload(part(size=40, layers=6, heads=12).weights, (0, 0), {}, str))
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= 360


# ---- all heads

CAPTIONS = {
    "entropy {value:.1f} bits": np.arange(8).reshape(2, 4) / 4,
    "to the first token {value:.2f}": -np.ones((2, 4)),
}

WHERE_HEADS = """(canvas) => {
  const tip = canvas.parentElement.querySelector(".tip"), box = canvas.getBoundingClientRect(), found = {};
  for (let y = box.top + 1; y < box.bottom; y += 3)
    for (let x = box.left + 1; x < box.right; x += 3) {
      canvas.dispatchEvent(new PointerEvent("pointermove", {clientX: x, clientY: y}));
      if (!tip.hidden) (found[tip.textContent] ??= []).push([x, y]);
    }
  canvas.dispatchEvent(new PointerEvent("pointerleave"));
  const middle = (numbers) => (Math.min(...numbers) + Math.max(...numbers)) / 2;
  for (const name in found) found[name] = [0, 1].map((i) => middle(found[name].map((point) => point[i])));
  return found;
}"""
PIXELS = """(canvas, points) => {
  const box = canvas.getBoundingClientRect();
  const pixel = (x, y) => canvas.getContext("2d").getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1);
  return points.map(([x, y]) => [...pixel(x - box.left, y - box.top).data].slice(0, 3));
}"""


def open_heads(stage, size=4, silenced=(), **address):
    made = part(size=size, spread=0.8)
    stage.open("heads", heads_payload(made.weights, (1, 2), CAPTIONS, str, silenced, {"text": "hi"}), **address)
    return made


def test_each_head_is_told_apart_by_the_pointer_with_its_scores(stage):
    open_heads(stage, silenced=[(0, 3)])
    found = stage.find("grid").evaluate(WHERE_HEADS)
    assert list(found) == [
        f"layer {layer + 1}, head {head + 1}"
        f"{' · silenced' if (layer, head) == (0, 3) else ''}"
        f" · entropy {(4 * layer + head) / 4 + 1e-9:.1f} bits · to the first token −1.00"
        for layer in range(2)
        for head in range(4)
    ]


def test_every_cell_of_every_picture_has_the_colour_of_its_weight(stage):
    made = open_heads(stage)
    middles = np.array(list(stage.find("grid").evaluate(WHERE_HEADS).values()))
    size = 0.88 * (middles[1] - middles[0])[0]
    cells = [(y, x) for y in range(4) for x in range(4)]
    bytes_ = pooled(made.weights).reshape(8, 4, 4)
    for head, middle in enumerate(middles):
        points = [[float(middle[0] + (x - 1.5) / 4 * size), float(middle[1] + (y - 1.5) / 4 * size)] for y, x in cells]
        for (y, x), seen in zip(cells, stage.find("grid").evaluate(PIXELS, points), strict=True):
            assert seen == pytest.approx(blue(bytes_[head, y, x] / 255), abs=3), (head, y, x)


def test_a_click_stands_in_the_address_at_once_and_python_is_told_once(stage):
    open_heads(stage)
    place = list(stage.find("grid").evaluate(WHERE_HEADS).values())[1]
    stage.page.mouse.click(*place)
    stage.page.wait_for_timeout(60)
    assert stage.address == {"layer": "1", "head": "2", "text": "hi"}
    (told,) = stage.page.evaluate("told")
    assert told["place"] == {"layer": 1, "head": 2}
    expect(stage.live).to_have_text("layer 1, head 2, entropy 0.3 bits, to the first token −1.00")
    expect(stage.root.locator(".captions span")).to_have_text(
        ["layer 1, head 2", "entropy 0.3 bits", "to the first token −1.00"]
    )


def test_arrow_keys_move_the_frame_and_the_address_follows_when_they_rest(stage):
    open_heads(stage)
    for key, said in [
        ("ArrowUp", "layer 1, head 3"), ("ArrowUp", "layer 1, head 3"), ("ArrowRight", "layer 1, head 4"),
        ("ArrowRight", "layer 1, head 4"), ("Home", "layer 1, head 1"), ("ArrowDown", "layer 2, head 1"),
        ("End", "layer 2, head 4"), ("ArrowLeft", "layer 2, head 3"), ("ArrowLeft", "layer 2, head 2"),
    ]:  # fmt: skip
        stage.press(key)
        expect(stage.live).to_contain_text(said)
    stage.expect_address(layer=2, head=2, text="hi")
    stage.page.wait_for_timeout(500)
    assert stage.page.evaluate("told.length") <= 2, "every key told python"


def test_the_address_chooses_and_what_was_not_told_yet_is_kept(stage):
    made = open_heads(stage, layer=1, head=4)
    chosen = stage.root.locator(".captions span").first
    expect(chosen).to_have_text("layer 1, head 4")
    payload = heads_payload(made.weights, (1, 2), CAPTIONS, str)
    stage.page.evaluate("history.replaceState(null, '', '?layer=2&head=1')")
    stage.send(payload)
    expect(chosen).to_have_text("layer 2, head 1")
    stage.press("ArrowRight")
    stage.send(payload)
    expect(chosen).to_have_text("layer 2, head 2")
    stage.expect_address(layer=2, head=2)
    stage.press("ArrowRight")
    expect(chosen).to_have_text("layer 2, head 3")
    stage.send(heads_payload(made.weights, (1, 2), CAPTIONS, str, model="another"))
    expect(chosen).to_have_text("layer 2, head 2")  # a choice that was not told yet was one of the model before
    stage.page.evaluate("history.replaceState(null, '', '?layer=99&head=0')")
    stage.send(payload)
    expect(chosen).to_have_text("layer 2, head 3")
    stage.page.evaluate("history.replaceState(null, '', '?')")
    stage.send(payload)
    expect(chosen).to_have_text("layer 2, head 3")


def test_what_python_takes_for_granted_is_told_to_nobody(stage):
    open_heads(stage, layer=1, head=4)
    stage.press("ArrowLeft", "ArrowRight")  # back to where Python knows it
    stage.page.wait_for_timeout(700)
    stage.expect_address(layer=1, head=4, text="hi")
    assert stage.page.evaluate("told") == []
    stage.press("ArrowLeft")
    stage.expect_address(layer=1, head=3, text="hi")
    assert len(stage.page.evaluate("told")) == 1


def test_a_choice_on_the_way_back_is_told_once_python_has_seen_that(stage):
    open_heads(stage, layer=1, head=4)
    stage.page.evaluate("history.pushState(null, '', '?layer=2&head=1'), history.back()")
    until(lambda: stage.page.evaluate("told.length") == 1, stage.page)
    (went,) = stage.page.evaluate("told")
    assert went["went"] == {"layer": "1", "head": "4"}
    stage.press("ArrowLeft")
    stage.page.wait_for_timeout(700)
    assert stage.address == {"layer": "1", "head": "4"} and stage.page.evaluate("told.length") == 1
    stage.page.evaluate("wish => window.wish(...wish)", [went["went"], went["seq"]])
    stage.expect_address(layer=1, head=3, text="hi")
    assert stage.page.evaluate("told.at(-1).place") == {"layer": 1, "head": 3}


def test_an_older_address_that_streamlit_draws_again_changes_nothing(stage):
    open_heads(stage, layer=2, head=2)
    stage.page.evaluate("window.wish({layer: '2', head: '2'}, 0)")
    stage.press("ArrowLeft")
    stage.expect_address(layer=2, head=1, text="hi")
    stage.page.evaluate("window.wish({text: 'new'}, told.at(-1).seq, 9, 1)")
    stage.expect_address(text="new")
    before = stage.page.evaluate("history.length")
    stage.page.evaluate("window.wish({layer: '1', head: '1'}, 0, 8)")
    stage.page.evaluate("window.wish({text: 'new'}, told.at(-1).seq, 9, 1)")
    assert stage.address == {"text": "new"} and stage.page.evaluate("history.length") == before


def test_all_heads_of_a_long_text_are_painted_in_no_time(stage):
    weights = part(size=128, layers=24, heads=16).weights
    stage.open("heads", heads_payload(weights, (1, 2), {}, str))
    assert float(stage.root.get_attribute("data-painted")) < 1000
