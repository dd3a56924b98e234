"""BertViz's views in a real browser without a network: they paint what was captured, and run nothing that was typed."""

import re
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest
from attention_by_hand import SENTENCE, attention_part
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Locator, expect

from seqviz.figures import bertviz
from seqviz.figures.bertviz import Sheet, Words, head_view, model_view, neuron_view
from seqviz.traces.attention import AttentionPart

VIEWS = {"head": partial(head_view, layer=1), "model": model_view, "neuron": partial(neuron_view, layer=1, head=2)}
views = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
HOSTILE = (
    "</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "<svg onload=window.hacked=1>",
    "<!--<script>", "--><script>window.hacked=1</script>", '"', '"];window.hacked=1;["', "\\", "\\u003c", "a\u2028b",
    "Ġa", "▁", "a</w>",
)  # fmt: skip
SPANISH = Words(
    "es", "Neuronas", "Capa", "Capas", "Cabeza", "Cabezas", "Consulta", "Clave", "uno a uno", "Peso", "Elige"
)
FILL = """(frame, [srcdoc, size]) => new Promise((onload) => {
  Object.assign(frame, size, {onload, srcdoc});
})"""
TRY = """async (kinds) => {
  const refused = new Set();
  addEventListener("securitypolicyviolation", (event) => refused.add(event.effectiveDirective));
  const add = (tag, properties) => document.body.appendChild(Object.assign(document.createElement(tag), properties));
  await fetch("http://127.0.0.1:9/").catch(() => {});
  add("img", {src: "http://127.0.0.1:9/"});
  add("iframe", {src: "http://127.0.0.1:9/"});
  add("base", {href: "http://127.0.0.1:9/"});
  add("form", {action: "http://127.0.0.1:9/"}).submit();
  add("script", {textContent: "window.hacked = 1"});
  add("p", {innerHTML: '<b onclick="window.hacked = 1"></b>'}).firstChild.click();
  for (let i = 0; i < 100 && refused.size < kinds; i++) await new Promise((done) => setTimeout(done, 50));
  return [[...refused].sort(), window.hacked];
}"""


@pytest.fixture
def shown(browser) -> Iterator[Callable[..., Frame]]:
    """Opens a sheet in a frame of its size, as Streamlit does; nothing may be asked for, and nothing may go wrong."""
    complaints: list[str] = []
    contexts = []

    def open_one(sheet: Sheet, width: int | None = None) -> Frame:
        size = {"width": width or sheet.width, "height": sheet.height}
        contexts.append(browser.new_context(viewport=size))
        page = contexts[-1].new_page()
        page.on("request", lambda request: complaints.append(f"asked for {request.url}"))
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.set_content('<html lang="en"><body style="margin:0"><iframe title="BertViz" style="border:0"></iframe>')
        page.locator("iframe").evaluate(FILL, [sheet.html, size])
        return page.frames[1]

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def opacities(lines: Locator, *shape: int) -> np.ndarray:
    """How dark each line is, in the order in which BertViz draws them: heads, queries, keys."""
    found = lines.evaluate_all("(lines) => lines.map((line) => +line.getAttribute('stroke-opacity'))")
    return np.array(found).reshape(shape)


def values(cells: Locator) -> np.ndarray:
    return np.array(cells.evaluate_all("(cells) => cells.map((cell) => +cell.dataset.value)"))


def near(found: np.ndarray, expected: np.ndarray, within: float = 5.1e-5) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=within)


def options(frame: Frame, menu: str) -> list[str]:
    return frame.get_by_label(menu).locator("option").all_inner_texts()


@pytest.mark.parametrize("part", [attention_part(), attention_part(keys=("le", "chat")), attention_part(causal=True)])
def test_the_head_view_draws_a_line_for_each_weight_of_the_layer(shown, part):
    frame = shown(head_view(part, 1))
    shape = part.weights.shape[1:]
    near(opacities(frame.locator("#attention line"), *shape), part.weights[1] / 4)  # 4 heads share one place
    assert options(frame, "Layer") == ["1", "2", "3"]
    frame.get_by_label("Layer").select_option("3")
    near(opacities(frame.locator("#attention line"), *shape), part.weights[2] / 4)
    assert frame.locator("svg").get_attribute("viewBox") == shown(head_view(part, 2)).locator("svg").get_attribute(
        "viewBox"
    )


def test_the_head_view_shows_the_heads_that_are_chosen(shown):
    part = attention_part()
    frame = shown(head_view(part, 0))
    boxes = frame.locator("svg > g:last-child > rect")
    boxes.nth(2).dblclick()
    lines = opacities(frame.locator("#attention line"), *part.weights.shape[1:])
    near(lines[2], part.weights[0, 2])
    assert not lines[[0, 1, 3]].any()


def test_the_head_view_answers_the_pointer(shown):
    part = attention_part()
    frame = shown(head_view(part, 1))
    frame.locator("#left text").nth(3).hover()
    assert frame.locator("#attention line[visibility=visible]").count() == 4 * 8  # from that token, in each head
    shades = frame.locator("#right .attentionBoxes rect").evaluate_all("(all) => all.map((one) => +one.style.opacity)")
    near(np.array(shades).reshape(4, 8), part.weights[1, :, 3])


@pytest.mark.parametrize("part", [attention_part(), attention_part(keys=("le", "chat"))])
def test_the_model_view_draws_every_weight(shown, part):
    frame = shown(model_view(part))
    near(opacities(frame.locator("svg line"), *part.weights.shape), part.weights)
    assert frame.locator("svg text").all_text_contents() == ["Heads", *"1234", "Layers", *"123"]


def test_the_model_view_opens_a_head(shown):
    part = attention_part()
    frame = shown(model_view(part))
    frame.locator("svg > g > rect:last-child").nth(4 * 2 + 1).click()  # the third layer's second head
    expect(frame.locator("text.detail")).to_have_text("Layer 3, Head 2")
    assert tuple(frame.locator(".token").all_text_contents()) == SENTENCE + SENTENCE
    near(opacities(frame.locator(".attn-line-group line"), 8, 8), part.weights[2, 1])


def open_neurons(frame: Frame, query: int) -> None:
    """From the lines to the numbers, by the sign that a token shows under the pointer, then to a token."""
    token = frame.locator("#collapsed #leftText > g").nth(query)
    token.hover()
    token.locator("rect").last.click()
    frame.locator("#expanded #leftText > g").nth(query).hover()


@pytest.mark.parametrize(
    "part", [attention_part(), attention_part(key_heads=2, causal=True)], ids=["encoder", "decoder"]
)
def test_the_neuron_view_draws_the_numbers_of_a_head(shown, part: AttentionPart):
    frame = shown(neuron_view(part, 1, 2))
    near(opacities(frame.locator("#collapsed line"), 8, 8), part.weights[1, 2])
    open_neurons(frame, 5)
    q, k = part.q[1, 2, 5], part.k[1, 2 * part.k.shape[1] // 4]  # (d,), (Tk, d)
    near(values(frame.locator("#expanded #queries .element")).reshape(8, 8)[5], q)
    near(values(frame.locator("#expanded #keys .element")).reshape(8, 8), k)
    near(values(frame.locator("#expanded #product .element")).reshape(8, 8), q * k, 1e-3)
    scores = values(frame.locator("#expanded .dotproduct"))
    near(scores, k @ q / np.sqrt(8), 1e-3)
    seen = np.exp(scores) * part.allowed[1, 5]
    near(seen / seen.sum(), part.weights[1, 2, 5], 1e-3)  # what it shows is what the weights were made of
    shades = frame.locator("#expanded #rightText .highlight").evaluate_all(
        "(all) => all.map((one) => +one.style.opacity)"
    )
    near(np.array(shades), part.weights[1, 2, 5])
    hidden = frame.locator("#expanded .dotproduct").evaluate_all("(all) => all.map((one) => one.style.opacity === '0')")
    assert hidden == (~part.allowed[1, 5]).tolist()


def test_in_the_neuron_view_orange_is_above_zero_and_blue_below(shown):
    frame = shown(neuron_view(attention_part(), 1, 2))
    cells = frame.locator("#expanded #queries .element")
    fills = cells.evaluate_all("(cells) => cells.map((cell) => cell.style.fill)")
    assert dict(zip(values(cells) >= 0, fills, strict=True)) == {True: "rgb(255, 99, 24)", False: "rgb(12, 54, 216)"}


def test_the_neuron_view_changes_layer_and_head(shown):
    part = attention_part()
    frame = shown(neuron_view(part, 1, 2))
    assert (options(frame, "Layer"), options(frame, "Head")) == (["1", "2", "3"], ["1", "2", "3", "4"])
    frame.get_by_label("Layer").select_option("3")
    frame.get_by_label("Head").select_option("1")
    near(opacities(frame.locator("#collapsed line"), 8, 8), part.weights[2, 0])


@views
@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_what_was_typed_is_shown_and_does_not_run(shown, monkeypatch, view, policy):
    monkeypatch.setattr(bertviz, "LONGEST", 99)
    sheet = view(attention_part(HOSTILE))
    if not policy:  # the page holds without it too
        html, removed = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", sheet.html)
        assert removed == 1
        sheet = sheet._replace(html=html)
    frame = shown(sheet)
    if view is model_view:
        frame.locator("svg > g > rect:last-child").first.click()
    found = frame.locator("svg text").all_text_contents()
    assert [found.count(token) >= 2 for token in HOSTILE] == [True] * len(HOSTILE)
    assert frame.evaluate("[window.hacked, parent.hacked, document.scripts.length]") == [None, None, 1]


@views
def test_a_page_may_fetch_and_run_nothing_else(browser, view):
    page = browser.new_page()
    page.set_content(view(attention_part()).html)
    kinds = ["base-uri", "connect-src", "form-action", "frame-src", "img-src", "script-src-attr", "script-src-elem"]
    assert page.evaluate(TRY, len(kinds)) == [kinds, None]
    page.close()


@views
def test_a_page_takes_exactly_its_size(shown, view):
    room = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    for size in (15, 22):
        sheet = view(attention_part(3 * SENTENCE), size=size)
        frame = shown(sheet)
        assert frame.evaluate(room) == [sheet.width, sheet.height]
        height = frame.locator("svg").evaluate("(svg) => svg.getBoundingClientRect().height")
        assert height == pytest.approx(
            size / 15 * float(frame.locator("svg").get_attribute("height").rstrip("px")), abs=0.1
        )


@views
def test_on_a_phone_a_page_shrinks(shown, view):
    sheet = view(attention_part())
    frame = shown(sheet, width=358)
    found = frame.evaluate("document.documentElement.scrollWidth")
    assert found == (358 if sheet.width < 2 * 358 else pytest.approx(sheet.width / 2, abs=8))


def test_the_views_speak_the_reader_s_language(shown):
    part = attention_part()
    assert options(shown(head_view(part, 1, SPANISH)), "Capa") == ["1", "2", "3"]
    frame = shown(model_view(part, SPANISH))
    frame.locator("svg > g > rect:last-child").first.click()
    expect(frame.locator("text.detail")).to_have_text("Capa 1, Cabeza 1")
    assert {"Capas", "Cabezas"} < set(frame.locator("svg text").all_text_contents())
    frame = shown(neuron_view(part, 1, 2, SPANISH))
    assert (options(frame, "Capa"), options(frame, "Cabeza")) == (["1", "2", "3"], ["1", "2", "3", "4"])
    said = frame.locator("#heading text").all_text_contents()
    assert said == ["Consulta q", "Clave k ", "q × k (uno a uno)", "q ∙ k", "Peso", "Elige"]
    assert (frame.locator("html").get_attribute("lang"), frame.title()) == ("es", "Neuronas")


@views
def test_axe_finds_nothing_serious(shown, view):
    found = Axe().run(shown(view(attention_part()))).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
