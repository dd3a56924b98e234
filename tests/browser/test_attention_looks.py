"""Lesson `attention` on a phone, in the dark, before a class, without motion, and for everybody."""

import re

import pytest
from attention_lesson import AttentionLesson
from lesson import until
from playwright.sync_api import expect
from test_attention import COMMA, PIECES, falsehoods
from test_looks import COLOURS, PHONE, SIDEWAYS, STICKING_OUT, violations

PAIR = {"mode": "pair", "text": COMMA[0], "pair": COMMA[1], "layer": 3, "head": 1, "query": 6}
CHANGED = {"text": PIECES, "query": 6, "masked": 3, "silent": "2.5,6.1", "words": 1, "hide": 1, "lens": "gradient"}
# What the middle of a head's picture is painted in, and what its cells may be: from the page's colour to one blue.
GRID = """(canvas) => {
  const style = getComputedStyle(canvas.closest(".heads"));
  const rgb = (name) => [1, 3, 5].map((i) => parseInt(style.getPropertyValue(name).trim().slice(i, i + 2), 16));
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const [zero, share] = [rgb("--zero"), rgb("--share")], count = (colour) => {
    let found = 0;
    for (let i = 0; i < data.length; i += 4) found += colour.every((v, k) => Math.abs(data[i + k] - v) < 3);
    return found;
  };
  return [zero, count(zero), count(share)];
}"""
# The colours of every token, of its number, and of what is under both.
TOKENS = """(sentence) => [...sentence.querySelectorAll(".keys .token")].map((token) => {
  const colours = ({color, backgroundColor}) => [color, backgroundColor];
  return colours(getComputedStyle(token.querySelector("b")));
})"""


def fits(attention: AttentionLesson) -> None:
    attention.expect_quiet()
    assert attention.page.evaluate(STICKING_OUT) == []
    assert attention.page.evaluate(SIDEWAYS) == [0, 0]


def whole(attention: AttentionLesson) -> None:
    """Every heatmap has been drawn."""
    for plot in ("map", "weights", "beside"):
        expect(attention.picture(plot).locator(".main-svg").first).to_be_attached()
    attention.expect_quiet()


NAMES = """(plot) => [...plot.querySelectorAll(".xtick text")].map((text) => {
  const box = text.getBoundingClientRect();
  return [/rotate\\((-?\\d+)/.exec(text.getAttribute("transform"))[1], box.left + box.width / 2];
})"""
CUT_SHORT = "(list) => [...list.querySelectorAll('p')].filter((p) => p.scrollWidth > p.clientWidth).length"


def names_stand(attention: AttentionLesson, angle: int, columns: int) -> None:
    """Names stand as steep as they must, none is cut short, and the recommended heads stand in columns."""
    names = attention.picture("map").evaluate(NAMES)
    assert {int(turned) for turned, _middle in names} == {angle}
    best = attention.page.locator(".st-key-best")
    assert best.evaluate(CUT_SHORT) == 0
    lefts = {round(button.bounding_box()["x"]) for button in best.get_by_role("button").all()}
    assert len(lefts) == columns


def test_names_stand_as_steep_as_they_must_and_none_is_cut_short_before_a_class(window):
    # In Spanish, whose names of heads are the longer ones.
    attention = window().attention.open(lang="es", query=10, presenter=1)
    whole(attention)
    names_stand(attention, angle=-50, columns=2)


def test_a_phone_needs_no_scrolling_sideways(window):
    attention = window(**PHONE).attention
    attention.open(lang="es", query=10)
    whole(attention)
    fits(attention)
    names_stand(attention, angle=-90, columns=1)
    attention.open(lang="en", view="head", code="torch", **CHANGED)
    whole(attention)
    fits(attention)


def test_a_long_text_and_long_words_fit_a_phone(window):
    attention = window(**PHONE).attention
    attention.open(lang="en", text="unbelievably " * 40 + "x" * 300 + " " + "Donaudampfschiff" * 12, query=3)
    whole(attention)
    fits(attention)
    attention.open(lang="en", **PAIR)
    whole(attention)
    fits(attention)


def test_a_finger_can_choose_a_head_a_token_and_play(window):
    attention = window(**PHONE).attention
    attention.open(lang="en", query=10)
    attention.expect_quiet()
    attention.page.touchscreen.tap(*attention.heads_on_screen()["layer 3, head 7"])
    attention.expect_address(layer=3, head=7)
    attention.expect_head(3, 7)
    attention.token(3).tap()
    attention.expect_looks("cat")
    attention.expect_address(query=3)
    attention.expect_quiet()
    attention.row(5).tap()
    attention.expect_address(query=3, key=5)
    attention.stepper.locator(".forward").tap()
    attention.expect_step(4)
    attention.stepper.locator(".play").tap()
    until(lambda: attention.step > 5, attention.page)
    attention.stepper.locator(".play").tap()
    attention.page.touchscreen.tap(*attention.cell(12, 4))
    attention.expect_looks("too")
    attention.expect_address(query=12, key=4)
    for button in attention.stepper.locator("button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24, button.inner_text()  # WCAG 2.2, 2.5.8


INKS = {"light": "rgb(29, 39, 51)", "dark": "rgb(230, 234, 240)"}


def test_dark_is_dark_everywhere(window):
    seen = []
    for scheme, ink in INKS.items():
        attention = window(color_scheme=scheme).attention.open(lang="en", query=10)
        whole(attention)
        expect(attention.picture("map").locator("text", has_text="street").first).to_have_css("fill", ink)
        image = attention.page.locator("img[src^='data:image/svg']")
        seen.append(
            {"page": attention.page.evaluate(COLOURS), "drawing": image.get_attribute("src")} | drawn(attention)
        )
    for name, light in seen[0].items():
        assert light != seen[1][name], name


def drawn(attention: AttentionLesson) -> dict:
    """What the components paint; pictures have cells of the page's own colour, and of the full blue."""
    zero, of_zero, of_share = attention.grid.evaluate(GRID)
    assert of_zero > 1000 and of_share > 20
    return {"zero": zero, "tokens": attention.sentence.evaluate(TOKENS)}


def test_the_components_follow_a_change_of_theme_at_once(window):
    attention = window().attention.open(lang="en", query=10)
    attention.expect_quiet()
    light = drawn(attention)
    attention.page.emulate_media(color_scheme="dark")
    until(lambda: attention.grid.evaluate(GRID)[0] != light["zero"], attention.page)
    until(lambda: attention.grid.evaluate(GRID)[1] > 1000, attention.page, lambda: "the grid kept its old colours")
    assert drawn(attention)["tokens"] != light["tokens"]
    attention.page.emulate_media(color_scheme="light")
    until(lambda: attention.grid.evaluate(GRID)[1] > 1000, attention.page, lambda: "the grid is not painted again")
    until(lambda: drawn(attention) == light, attention.page)
    attention.expect_step(10)


def test_presenter_view_enlarges_hides_the_rest_and_can_be_left(attention):
    attention.open(lang="en", query=10, layer=5, head=6, view="head")
    whole(attention)
    sidebar, prose = attention.page.get_by_test_id("stSidebar"), attention.page.locator(".st-key-prose")
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    normal = attention.page.evaluate(size)
    label = attention.picture("map").locator("text", has_text="street").first
    expect(label).to_have_css("font-size", "15px")
    switch = attention.page.locator(".st-key-presenter label")
    switch.click()
    expect(sidebar).to_be_hidden()
    expect(prose).to_be_hidden()
    until(lambda: attention.page.evaluate(size) >= 1.2 * normal, attention.page)
    expect(label).to_have_css("font-size", "22px")
    attention.expect_address(presenter="1", query=10, layer=5, head=6, view="head")
    attention.expect_head(5, 6)
    fits(attention)
    attention.press("ArrowLeft")
    attention.expect_looks("because")
    attention.expect_address(query=9)
    assert falsehoods(attention.printed()) == []
    switch.click()
    expect(sidebar).to_be_visible()
    until(lambda: attention.page.evaluate(size) == normal, attention.page)
    attention.expect_address(presenter=None, query=9)
    attention.expect_step(9)


@pytest.mark.parametrize(
    ("scheme", "address"),
    [("light", {"lang": "en", "query": 10}),
     ("dark", CHANGED | {"lang": "es", "view": "model", "code": "torch", "score": "ablation"})],
)  # fmt: skip
def test_axe_finds_nothing_serious(window, scheme, address):
    attention = window(color_scheme=scheme).attention
    attention.open(**address)
    whole(attention)
    assert violations(attention.page) == []


@pytest.mark.parametrize("parameters", [PAIR | {"presenter": 1, "lens": "rollout"}, {"text": "", "mode": "pair"}])
def test_axe_finds_nothing_serious_elsewhere(window, parameters):
    attention = window().attention
    if parameters["text"]:
        attention.open(lang="en", **parameters)
        whole(attention)
    else:
        attention.go("/attention?lang=en&text=&mode=pair")
        expect(attention.nothing).to_be_visible()
        attention.expect_quiet()
    assert violations(attention.page) == []


def test_a_reader_who_wants_no_motion_gets_none(window):
    attention = window(reduced_motion="reduce").attention
    attention.open(lang="en")
    with attention.moves() as moves:
        attention.expect_address(query=10)
    assert {step for _, step in moves} == {10}
    duration = attention.token(3).locator("b").evaluate("(token) => getComputedStyle(token).transitionDuration")
    assert re.fullmatch(r"0s(, 0s)*", duration)
