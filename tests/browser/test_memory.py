"""Lesson `memory` in a real browser: what is drawn, what can be moved, a phone, the dark, bad input."""

import re
from urllib.parse import urlencode

import pytest
from lesson import until
from playwright.sync_api import expect
from test_looks import PHONE, SIDEWAYS, STICKING_OUT, violations

PICTURES = ("left", "travels", "rates", "recall")
# The first line of a picture, as drawn.
LINE = "(key) => document.querySelector(`.st-key-${key} .scatterlayer path.js-line`)?.getAttribute('d')"


class Memory:
    """The lesson in the hands of one reader."""

    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page

    def picture(self, key):
        return self.page.locator(f".st-key-{key} .js-plotly-plot")

    def open(self, **parameters):
        self.lesson.go(f"/memory?{urlencode(parameters)}")
        for key in PICTURES:
            expect(self.picture(key).locator(".main-svg").first).to_be_attached()
        self.lesson.expect_quiet()
        return self

    def texts(self, key):
        return self.picture(key).locator("text").all_text_contents()

    def option(self, name):
        return self.page.locator(".st-key-split").get_by_role("radio", name=name)


@pytest.fixture
def memory(window):
    """Lesson `memory` in a window of its own."""
    return Memory(window().lesson)


# ---- what is drawn


INKS = {"light": "rgb(29, 39, 51)", "dark": "rgb(230, 234, 240)"}


def looks(memory, word, scheme, size):
    """The words of a picture have the ink of the light, and the size."""
    label = memory.picture("left").locator("text", has_text=word).first
    expect(label).to_have_css("fill", INKS[scheme])
    expect(label).to_have_css("font-size", size)
    assert memory.page.evaluate(SIDEWAYS) == [0, 0]


@pytest.mark.parametrize(("lang", "scheme", "word"), [("en", "light", "film"), ("es", "dark", "película")])
def test_on_arrival_every_picture_stands_there_and_axe_finds_nothing_serious(window, lang, scheme, word):
    memory = Memory(window(color_scheme=scheme).lesson).open(lang=lang)
    assert word in memory.texts("left")
    expect(memory.page.locator(".katex").first).to_be_attached()
    assert not memory.page.locator(".katex-error").count()
    looks(memory, word, scheme, "15px")
    assert violations(memory.page) == []


def test_the_pointer_hears_both_words_and_the_share(memory):
    memory.open(lang="en", task="number", text="0.3 *0.8 0.1 ?")
    heatmap = memory.picture("left").locator(".nsewdrag")
    heatmap.scroll_into_view_if_needed()

    def place() -> tuple[float, float]:  # fourth row, second column
        box = heatmap.bounding_box()
        return box["x"] + box["width"] * 3 / 8, box["y"] + box["height"] * 7 / 8

    said = r"^0\.\d\d of the new value of step 2, “◆0.8” is in the memory after step 4, “\?”$"
    memory.lesson.point(place, memory.picture("left").locator(".hoverlayer"), re.compile(said))


def test_cells_change_the_picture_and_stand_in_the_address(memory):
    memory.open(lang="en", task="number", text="0.3 *0.8 0.1 ?")
    adds_up = memory.page.get_by_text("It adds up exactly.")
    expect(adds_up).to_be_visible()
    memory.option("RNN").click()
    expect(memory.page.get_by_text("A tanh RNN cannot be split like this.")).to_be_visible()
    expect(adds_up).to_be_hidden()
    memory.lesson.expect_address(split="RNN")
    memory.page.go_back()
    expect(adds_up).to_be_visible()
    expect(memory.option("LSTM")).to_have_attribute("aria-checked", "true")


def test_an_example_is_read_at_once(memory):
    memory.open(lang="en")
    memory.page.get_by_role("button", name="at first … but in the end").click()
    expect(memory.picture("left").locator("text", has_text="bored").first).to_be_attached()


# ---- the laboratory


def test_a_slider_moves_the_line_and_nothing_else(memory):
    memory.open(lang="en", task="number", text="0.3 *0.8 0.1 ?")
    line, recall = (memory.page.evaluate(LINE, key) for key in ("rates", "recall"))
    slider = memory.page.locator(".st-key-radius input")
    for _press in range(3):
        slider.press("ArrowRight")
    memory.lesson.expect_address(radius="1.1")
    until(lambda: memory.page.evaluate(LINE, "rates") != line, memory.page)
    expect(memory.picture("rates").locator("text", has_text="1.10").first).to_be_attached()
    assert memory.page.evaluate(LINE, "recall") == recall


def test_a_slider_moves_beside_a_broken_address(memory):
    memory.open(lang="en", task="number", text="0.3 *0.8 0.1 ?", radius=9)
    expect(memory.lesson.alert).to_contain_text("radius")
    line = memory.page.evaluate(LINE, "rates")
    memory.page.locator(".st-key-scale input").press("End")
    memory.lesson.expect_address(scale="1.0")
    until(lambda: memory.page.evaluate(LINE, "rates") != line, memory.page)
    expect(memory.lesson.alert).to_have_count(1)


def test_what_is_typed_after_a_slider_keeps_it_and_the_other_way_round(memory):
    memory.open(lang="en", task="number", text="0.3 *0.8 0.1 ?")
    memory.page.locator(".st-key-scale input").press("ArrowRight")
    memory.lesson.expect_address(scale="0.05")
    memory.lesson.type("0.5 *0.7 ?")
    memory.lesson.expect_address(text="0.5 *0.7 ?", scale="0.05")
    expect(memory.lesson.box).to_have_value("0.5 *0.7 ?")
    until(lambda: "◆0.7" in memory.texts("left"), memory.page, lambda: memory.texts("left"))
    memory.page.locator(".st-key-radius input").press("ArrowLeft")
    memory.lesson.expect_address(text="0.5 *0.7 ?", scale="0.05", radius="0.9")
    expect(memory.lesson.box).to_have_value("0.5 *0.7 ?")


def test_a_link_shows_the_same(window):
    parameters = {"lang": "en", "task": "number", "text": "0.3 *0.8 ?", "split": "GRU", "share": 2, "log": 1}
    parameters |= {"radius": 1.2, "bias": 3.0, "scale": 0.5, "untrained": 0}
    memory = Memory(window().lesson).open(**parameters)
    expect(memory.option("GRU")).to_have_attribute("aria-checked", "true")
    expect(memory.page.get_by_text("In unit 2:")).to_be_visible()
    assert "10⁻⁴" in memory.texts("left")
    assert memory.picture("travels").locator(".scatterlayer .trace").count() == 4
    expect(memory.picture("rates").locator("text", has_text="1.20").first).to_be_attached()


# ---- bad input


@pytest.mark.parametrize(
    ("task", "text", "said"),
    [
        ("number", "<img src=x onerror=alert(1)>", "not a number"),
        ("en", "", "nothing to read yet"),
        ("en", "word " * 250, "left out"),
    ],
)
def test_bad_input_is_told_calmly_and_the_rest_stays(memory, task, text, said):
    memory.lesson.go(f"/memory?{urlencode({'lang': 'en', 'task': task, 'text': text})}")
    expect(memory.lesson.alert.first).to_contain_text(said)
    for key in ("rates", "recall"):
        expect(memory.picture(key).locator(".main-svg").first).to_be_attached()


def test_typed_tags_and_formulas_are_shown_as_typed(memory):
    memory.open(lang="en", task="en", text="<b>not</b> $x$ bad & <script>alert(1)</script>")
    assert not memory.page.locator(".js-plotly-plot script, .js-plotly-plot b").count()
    assert "not" in memory.texts("left")


# ---- looks


def test_a_phone_needs_no_scrolling_sideways(window):
    memory = Memory(window(**PHONE).lesson).open(lang="es")
    assert memory.page.evaluate(SIDEWAYS) == [0, 0]
    assert memory.page.evaluate(STICKING_OUT) == []


def test_a_long_text_fits_a_phone(window):
    memory = Memory(window(**PHONE).lesson).open(lang="en", task="en", text="unbelievably " * 200)
    assert memory.page.evaluate(SIDEWAYS) == [0, 0]
    assert len(memory.texts("left")) < 80


@pytest.mark.parametrize("parameters", [{"split": "RNN"}, {"presenter": 1, "task": "number", "split": "GRU", "log": 1}])
def test_axe_finds_nothing_serious_elsewhere(window, parameters):
    memory = Memory(window().lesson).open(lang="en", **parameters)
    assert violations(memory.page) == []


def test_pictures_are_larger_before_a_class(window):
    looks(Memory(window(color_scheme="dark").lesson).open(lang="en", presenter=1), "film", "dark", "22px")
