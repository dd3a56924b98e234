"""Lesson `gates` on a phone, in the dark, before a class, without motion, and for everybody."""

import pytest
from gates_lesson import GatesLesson
from lesson import until
from playwright.sync_api import expect
from test_looks import COLOURS, PHONE, SIDEWAYS, STICKING_OUT, violations

NUMBERS = "0.1 -0.2 *0.3 0.4 ?"

# The colour of a point of the strips, and those of zero, +1, −1 and an open gate.
SHADES = """(canvas, [x, y]) => {
  const style = getComputedStyle(canvas.closest(".gates")), box = canvas.getBoundingClientRect();
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.trim().slice(i, i + 2), 16));
  const names = ["--zero", "--positive", "--negative", "--share"];
  const [left, top] = [x - box.left, y - box.top].map((pixels) => Math.round(pixels * devicePixelRatio));
  const drawn = [...canvas.getContext("2d").getImageData(left, top, 1, 1).data].slice(0, 3);
  return [drawn, ...names.map((name) => rgb(style.getPropertyValue(name)))];
}"""


def fits(gates: GatesLesson) -> bool:
    return gates.page.evaluate(SIDEWAYS) == [0, 0] and gates.page.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize(
    "address",
    [
        {"lang": "en", "task": "number", "text": NUMBERS, "held": "own", "lstm": 2},
        {"lang": "en", "task": "count", "text": "a30 b30"},
        {"lang": "es", "task": "quotes-es", "held": "amnesia"},
        {"lang": "es", "task": "own"},
    ],
    ids=lambda address: address["task"],
)
def test_a_phone_needs_no_scrolling_sideways(window, address):
    gates = window(**PHONE).gates
    gates.open(step=2, **address)
    gates.expect_quiet()
    assert fits(gates), gates.page.evaluate(STICKING_OUT)


def test_a_finger_can_step_play_choose_and_explain(window):
    gates = window(**PHONE).gates
    gates.open(task="number", text=NUMBERS, step=2, lstm=1, gru=1)
    gates.expect_quiet()
    gates.stepper.locator(".forward").tap()
    gates.expect_step(3)
    gates.stepper.locator(".play").tap()
    gates.expect_step(5)
    gates.expect_address(step=5)
    gates.page.touchscreen.tap(*gates.cells()["GRU z · unit 3 · 0.4"])
    gates.expect_step(4)
    gates.expect_units(GRU=3)
    gates.expect_explained("GRU", "z")
    gates.card("LSTM").locator('rect.box[data-part="g"]').tap()
    gates.expect_explained("LSTM", "g")
    gates.button("LSTM", "o").tap()
    gates.expect_explained("LSTM", "o")
    gates.sort.tap()
    gates.expect_address(step=4, gru=3, cell="LSTM", part="o", sorted=1)
    for button in gates.stepper.locator("button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24, button.inner_text()  # WCAG 2.2, 2.5.8


def test_the_colour_under_the_pointer_is_the_number_of_the_tip_in_light_and_dark(window):
    gates = window().gates
    gates.open(task="number", text=NUMBERS, step=5, lstm=1, gru=1)
    gates.expect_quiet()
    seen = []
    for scheme in ("light", "dark"):
        gates.page.emulate_media(color_scheme=scheme)
        until(lambda: gates.page.evaluate(COLOURS) not in seen, gates.page)
        seen.append(gates.page.evaluate(COLOURS))
        gates.page.wait_for_timeout(300)  # the theme's colours fade into each other
        places = gates.cells()
        for name in ("LSTM i", "LSTM f", "LSTM g", "LSTM h", "GRU z", "GRU n", "GRU h"):
            for unit in (2, 3):
                place = places[f"{name} · unit {unit} · 0.4"]
                gates.page.mouse.move(*place)
                expect(gates.tip).to_contain_text(f"{name} · unit {unit} ")
                value = float(gates.tip.inner_text().split()[-1].replace("−", "-"))
                drawn, zero, positive, negative, share = gates.canvas.evaluate(SHADES, place)
                full = share if name[-1] in "ifz" else positive if value > 0 else negative
                wanted = [z + (f - z) * abs(value) for z, f in zip(zero, full, strict=True)]
                assert drawn == pytest.approx(wanted, abs=4), (scheme, name, value)  # the tip is rounded
    gates.expect_step(5)


def test_presenter_view_enlarges_hides_the_rest_and_can_be_left(gates):
    gates.open(task="number", text=NUMBERS, step=3, lstm=2)
    sidebar, prose = gates.page.get_by_test_id("stSidebar"), gates.page.locator(".st-key-prose")
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    normal = gates.page.evaluate(size)
    expect(prose).to_be_visible()
    switch = gates.page.locator(".st-key-presenter label")
    switch.click()
    expect(sidebar).to_be_hidden()
    expect(prose).to_be_hidden()
    until(lambda: gates.page.evaluate(size) >= 1.2 * normal, gates.page)
    gates.expect_address(presenter="1", step=3, lstm=2)
    assert fits(gates)
    gates.press("ArrowRight")
    gates.expect_address(step=4)
    switch.click()
    expect(sidebar).to_be_visible()
    gates.expect_address(presenter=None)
    gates.expect_step(4)


HELD = {"task": "number", "text": NUMBERS, "held": "own", "sorted": 1, "part": "f"}


@pytest.mark.parametrize(
    ("scheme", "address"), [("dark", {"lang": "es"} | HELD), ("light", {"lang": "en", "task": "own"})]
)
def test_axe_finds_nothing_serious(window, scheme, address):
    gates = window(color_scheme=scheme).gates
    gates.open(step=3, **address)
    gates.expect_quiet()
    assert violations(gates.page) == []


def test_a_reader_who_wants_no_motion_gets_none(window):
    gates = window(reduced_motion="reduce").gates
    gates.open(task="number", text=NUMBERS)
    with gates.moves() as moves:
        gates.expect_address(step=5)
    assert {step for _, step in moves} == {5}
