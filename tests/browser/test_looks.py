"""Phone, dark, presenter view, and what a machine can say about access for everybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from lesson import until
from playwright.sync_api import expect

NUMBERS = "0.1 -0.2 *0.3 0.4 ?"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

# How many points of the stage have exactly the colour that means zero, and that colour.
ZERO = """(canvas) => {
  const zero = getComputedStyle(canvas.closest(".stepper")).getPropertyValue("--zero").trim();
  const wanted = [1, 3, 5].map((i) => parseInt(zero.slice(i, i + 2), 16)).concat(255);
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) count += wanted.every((value, k) => data[i + k] === value);
  return [zero, count];
}"""
# What sticks out at the right of a phone and is not inside something that scrolls or hides by itself.
STICKING_OUT = """() => {
  const wide = document.documentElement.clientWidth, found = [];
  const isHeld = (element, {overflowX, position, display}) =>
    overflowX !== "visible" || position === "fixed" || display === "none" || element.closest(".katex-mathml");
  const walk = (element, held) => {
    held ||= isHeld(element, getComputedStyle(element));
    const box = element.getBoundingClientRect();
    if (!held && box.width > 1 && box.right > wide + 1)
      found.push(`${element.tagName}.${element.className} ${box.right}`);
    for (const child of [...element.children, ...(element.shadowRoot?.children ?? [])]) walk(child, held);
  };
  walk(document.querySelector(".stMainBlockContainer"), false);
  return found;
}"""
COLOURS = "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.querySelector('.stApp')))"
SIDEWAYS = "[document.scrollingElement, document.querySelector('.stMain')].map((e) => e.scrollWidth - e.clientWidth)"


def test_a_phone_needs_no_scrolling_sideways(window):
    lesson = window(**PHONE).lesson
    for parameters in ({"task": "number", "cell": "LSTM", "what": "hold"}, {"task": "es", "cell": "RNN"}):
        lesson.open(lang="es", step=2, **parameters)
        lesson.expect_quiet()
        expect(lesson.live).not_to_be_empty()
        assert lesson.page.evaluate(SIDEWAYS) == [0, 0]
        assert lesson.page.evaluate(STICKING_OUT) == []


def test_the_home_page_fits_a_phone(window):
    lesson = window(**PHONE).lesson
    lesson.go("/?lang=en")
    expect(lesson.page.get_by_role("heading", level=1)).to_be_visible()
    lesson.expect_quiet()
    assert lesson.page.evaluate(SIDEWAYS) == [0, 0]
    assert lesson.page.evaluate(STICKING_OUT) == []
    lesson.page.locator(".st-key-card-rnn a").tap()
    expect(lesson.where).not_to_be_empty()


def test_a_finger_can_step_play_and_choose_a_cell(window):
    lesson = window(**PHONE).lesson
    lesson.open(task="number", cell="RNN", text=NUMBERS, step=2, unit=1)
    lesson.stepper.locator(".forward").tap()
    lesson.expect_step(3)
    lesson.stepper.locator(".play").tap()
    lesson.expect_step(5)
    until(lambda: lesson.address.get("step") == "5", lesson.page)
    place = lesson.cells()["unit 3 · 0.4"]
    lesson.page.touchscreen.tap(*place)
    lesson.expect_step(4)
    lesson.expect_unit(3)
    lesson.expect_address(step=4, unit=3)


def test_buttons_are_large_enough_for_a_finger(window):
    lesson = window(**PHONE).lesson
    lesson.open(task="number", cell="LSTM", text=NUMBERS, step=2)
    for button in lesson.stepper.locator("button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24, button.inner_text()  # WCAG 2.2, 2.5.8


def test_dark_is_dark_on_the_page_and_on_the_canvas(window):
    light, dark = (window(color_scheme=scheme).lesson for scheme in ("light", "dark"))
    for lesson in (light, dark):
        lesson.open(task="number", cell="RNN", text=NUMBERS, step=3)
    assert light.page.evaluate(COLOURS) != dark.page.evaluate(COLOURS)
    zeros = [lesson.canvas.evaluate(ZERO) for lesson in (light, dark)]
    assert zeros[0][0] != zeros[1][0]
    assert zeros[0][1] > 20
    assert zeros[1][1] > 20


def test_the_canvas_follows_a_change_of_theme_at_once(window):
    lesson = window().lesson
    lesson.open(task="number", cell="RNN", text=NUMBERS, step=3)
    lesson.expect_quiet()
    light = lesson.canvas.evaluate(ZERO)
    lesson.page.emulate_media(color_scheme="dark")
    until(lambda: lesson.canvas.evaluate(ZERO)[0] != light[0], lesson.page)
    until(lambda: lesson.canvas.evaluate(ZERO)[1] > 20, lesson.page, lambda: "the canvas kept its old colours")
    lesson.page.emulate_media(color_scheme="light")
    until(lambda: lesson.canvas.evaluate(ZERO) == light, lesson.page)
    lesson.expect_step(3)


def test_presenter_view_enlarges_hides_the_rest_and_can_be_left(lesson):
    lesson.open(task="number", cell="RNN", text=NUMBERS, step=3, unit=2)
    sidebar, prose = lesson.page.get_by_test_id("stSidebar"), lesson.page.locator(".st-key-prose")
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    normal = lesson.page.evaluate(size)
    expect(prose).to_be_visible()
    switch = lesson.page.locator(".st-key-presenter label")
    switch.click()
    expect(sidebar).to_be_hidden()
    expect(prose).to_be_hidden()
    until(lambda: lesson.page.evaluate(size) >= 1.2 * normal, lesson.page)
    lesson.expect_address(presenter="1", step=3, unit=2)
    lesson.expect_step(3)
    assert lesson.page.evaluate(SIDEWAYS) == [0, 0]
    lesson.press("ArrowRight")
    lesson.expect_step(4)
    lesson.expect_address(step=4)
    switch.click()
    expect(sidebar).to_be_visible()
    until(lambda: lesson.page.evaluate(size) == normal, lesson.page)
    lesson.expect_address(presenter=None)
    lesson.expect_step(4)


def violations(page) -> list[str]:
    page.wait_for_function("document.getAnimations().every((one) => one.playState !== 'running')")  # no fading
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {one['help']}: {node['html'][:300]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("es", "dark")])
def test_axe_finds_nothing_serious(window, lang, scheme):
    lesson = window(color_scheme=scheme).lesson
    lesson.go(f"/?lang={lang}")
    expect(lesson.page.get_by_role("heading", level=1)).to_be_visible()
    lesson.expect_quiet()
    found = violations(lesson.page)
    lesson.open(task="number", cell="LSTM", text=NUMBERS, step=3, unit=2, lang=lang, what="hold")
    expect(lesson.live).not_to_be_empty()
    lesson.expect_quiet()
    assert found + violations(lesson.page) == []


@pytest.mark.parametrize("what", ["no", "word"])
def test_axe_finds_nothing_serious_in_what_if(window, what):
    lesson = window().lesson
    lesson.open(task="number", cell="RNN", text=NUMBERS, step=3, unit=2, what=what, presenter=int(what == "no"))
    expect(lesson.live).not_to_be_empty()
    lesson.expect_quiet()
    assert violations(lesson.page) == []
