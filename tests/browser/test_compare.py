"""Lesson `compare` in a real browser: four readers under one cursor, every number, the address, a table of links."""

import re
from functools import cache

import numpy as np
import pytest
from compare_lesson import CompareLesson
from lesson import until
from playwright.sync_api import expect
from tasks_by_code import typed
from test_bad_input import PLAIN, nothing_ran, works
from test_looks import COLOURS, PHONE, SIDEWAYS, STICKING_OUT, violations
from test_playing import NOTE_SENDING
from test_reading import leftovers

from seqviz.models.checkpoint import load_checkpoint
from seqviz.models.lane import read_lane
from seqviz.models.minilm import load_word_table

READERS = {"RNN": "rnn-even", "GRU": "gru", "LSTM": "lstm", "Transformer": "transformer"}
TEXTS = {"en": "The soup was not good but I loved it", "es": "La sopa no estuvo nada mal, pero el vino sí"}
PLACE = {"task": "en", "text": TEXTS["en"], "step": 5, "reader": "Transformer", "shows": "states"}


@pytest.fixture
def compare(window) -> CompareLesson:
    """Lesson `compare` in the hands of one reader who wants no motion."""
    return window(reduced_motion="reduce").compare


table = cache(load_word_table)


def lanes_of(task: str, text: str) -> dict:
    """What the four readers make of a text, apart from the page."""
    readers = {reader: load_checkpoint(f"sentiment-{task}-{file}") for reader, file in READERS.items()}
    inputs = typed(text, readers["GRU"], table() if task == "en" else None).inputs
    return {reader: read_lane(checkpoint, inputs) for reader, checkpoint in readers.items()}


def person(x: float, sign: str = "+") -> str:
    """A number with two decimals as people write it."""
    text = f"{x:{sign}.2f}"
    return (sign.strip("-") + "0.00" if float(text) == 0 else text).replace("-", "−")


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def says(compare: CompareLesson, lanes: dict, reader: str, step: int) -> None:
    """All that is printed of one reader after one step is what Python has computed."""
    lane, words = lanes[reader], compare.words
    expect(compare.title).to_have_text(re.compile(rf"\b{reader}\b.*[“«]{re.escape(words[step])}[”»]"))
    printed = compare.printed()
    assert reader in printed["hangs"] and printed["now"] == step
    numbers = [person(np.float32(x)) for x in lane.saliency[step, : step + 1]]
    assert printed["words"] == list(zip_with_nothing(words, numbers))
    total = next(text for text in printed["sum"] if text.startswith("logit = "))
    curve = next(text for text in printed["sum"] if text.startswith("σ("))
    shown, squashed, result = (number(one) for one in re.findall(r"[−\d.]+", f"{total} {curve}"))
    assert shown == squashed == pytest.approx(lane.logits[step], abs=0.5 * 10.0 ** -places(total))
    assert result == pytest.approx(lane.verdicts[step], abs=0.5 * 10.0 ** -places(curve))
    amounts = [text for text in printed["sum"] if re.fullmatch(r"[+−]\d+\.\d+", text)]
    assert len(amounts) == printed["bars"] > 3
    assert sum(map(number, amounts)) == pytest.approx(shown, abs=1e-9)
    assert f"PyTorch says {lane.verdicts[step]:.4f}, the same number" in printed["sum"]


def places(text: str) -> int:
    return len(text.rpartition(".")[2])


def zip_with_nothing(words, numbers):
    """Each word with its number; those ahead have none."""
    for i, word in enumerate(words):
        yield [word, numbers[i] if i < len(numbers) else ""]


def hears(compare: CompareLesson, lanes: dict, step: int, shows: str) -> dict[str, tuple[float, float]]:
    """Whatever the pointer hears on the board is what Python has computed; returns it, and where."""
    words, kinds = compare.words, {"tile": 0, "unit": 0, "head": 0}
    places = compare.tips()
    for tip in places:
        if found := re.fullmatch(r"(\w+): “(.+)” on the logit after “(.+)”: ([+−]\d+\.\d\d)", tip):
            reader, word, now, shown = found.groups()
            assert now == words[step]
            wanted = [person(np.float32(lanes[reader].saliency[step, s])) for s in range(step + 1) if words[s] == word]
            assert shown in wanted, tip
            kinds["tile"] += 1
        elif found := re.fullmatch(r"(\w+) · unit (\d+) · (.+) · (−?\d+\.\d\d)", tip):
            reader, unit, word, shown = found.groups()
            wanted = [
                person(lanes[reader].states[t, int(unit) - 1], "-") for t in range(len(words)) if words[t] == word
            ]
            assert shown in wanted, tip
            kinds["unit"] += 1
        else:
            layer, head, now, word, shown = re.fullmatch(
                r"layer (\d), head (\d) · “(.+)” gives “(.+)” (\d\.\d\d)", tip
            ).groups()
            weights = lanes["Transformer"].weights[int(layer) - 1, int(head) - 1, step]
            assert now == words[step]
            assert shown in [person(np.float32(weights[s]), "-") for s in range(step + 1) if words[s] == word], tip
            kinds["head"] += 1
    assert kinds["tile"] == 4 * (step + 1)
    assert kinds["unit"] > 8 * (3 + (shows == "states")) * len(
        words
    )  # most of 16; the pointer comes past every 5 pixels
    assert (kinds["head"] > 4 * (step + 1)) == (shows == "attention")
    return places


# ---- moving


def test_it_plays_on_arrival_without_a_word_to_the_server_and_keys_move_in_time_and_between_readers(window):
    compare = window(kept=False).compare
    compare.page.add_init_script(NOTE_SENDING)
    compare.open(lang="en")
    with compare.moves() as moves:
        until(lambda: compare.step == compare.steps, compare.page)
    assert len(moves) > 2, "it did not move by itself"
    sent = compare.page.evaluate("window.sent")
    assert sent, "the listener hears nothing"
    assert [time for time in sent if moves[0][0] < time <= moves[-1][0]] == []
    compare.expect_address(
        step=7, task="en", text="The film was not bad at all", lang="en", reader="RNN", shows="attention"
    )
    for key, step, reader in [
        ("ArrowDown", 7, "GRU"), ("ArrowLeft", 6, "GRU"), ("End", 7, "GRU"), ("ArrowRight", 7, "GRU"),
        ("ArrowDown", 7, "LSTM"), ("ArrowDown", 7, "Transformer"), ("ArrowDown", 7, "Transformer"),
        ("ArrowUp", 7, "LSTM"), ("Home", 1, "LSTM"), ("ArrowLeft", 1, "LSTM"), ("ArrowRight", 2, "LSTM"),
    ]:  # fmt: skip
        compare.press(key)
        compare.expect_step(step, 7)
        compare.expect_reader(reader)
    compare.expect_address(step=2, reader="LSTM")
    expect(compare.live).to_have_text(
        re.compile(r"^step 2 of 7, film, RNN \d+ %, GRU \d+ %, LSTM \d+ %, Transformer \d+ %$")
    )
    compare.reader("GRU").press("ArrowRight")  # from a control too
    compare.expect_step(3)
    compare.page.get_by_role("button", name="at first … but in the end").click()
    expect(compare.page.get_by_role("button", name="pause", exact=True)).to_be_visible()
    until(lambda: compare.steps == 12 and compare.step > 2, compare.page)
    compare.press("Space")
    compare.expect_address(text="At first I was bored but in the end I loved it", step=compare.step)


# ---- every number


def test_every_number_of_the_board_and_below_it_is_what_python_has_computed(compare):
    compare.open(lang="en", task="en", text=TEXTS["en"], step=5)
    lanes = lanes_of("en", TEXTS["en"])
    for reader in READERS:
        compare.reader(reader).click()
        compare.expect_reader(reader)
        says(compare, lanes, reader, 4)
    hears(compare, lanes, 4, "attention")
    compare.states.click()
    expect(compare.states).to_have_attribute("aria-pressed", "true")
    compare.expect_address(shows="states", reader="Transformer", step=5)
    places = hears(compare, lanes, 4, "states")
    shown = ", ".join(f"{reader} {np.floor(100 * lanes[reader].verdicts[4] + 0.5):.0f} %" for reader in READERS)
    expect(compare.live).to_have_text(f"step 5 of 9, good, {shown}")

    compare.page.mouse.click(*next(where for tip, where in places.items() if tip.startswith("GRU: “was”")))
    compare.expect_step(3)
    compare.expect_reader("GRU")
    compare.word(8).click()
    compare.expect_step(8)
    says(compare, lanes, "GRU", 7)

    compare.type("A dreadful dinner, and never again")
    compare.expect_step(6, 6)
    lanes = lanes_of("en", "A dreadful dinner, and never again")
    says(compare, lanes, "GRU", 5)
    expect(compare.word(2)).to_have_class(re.compile(r"\bnew\b"))
    expect(compare.legend).to_contain_text("dotted: a word it never saw in training")
    compare.expect_address(text="A dreadful dinner, and never again", step=6, reader="GRU", shows="states")

    compare.choose("task", "es")
    compare.expect_address(task="es", text="La película no estuvo nada mal", step=6)
    compare.press("Home")
    says(compare, lanes_of("es", "La película no estuvo nada mal"), "GRU", 0)


def test_another_sequence_and_the_gap_run_alone(compare):
    came: list[bytes] = []
    compare.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: came.append(frame)))
    compare.open(**PLACE, lang="en")
    compare.expect_pictures()
    below = b"How good are they?"
    assert any(below in frame for frame in came), "the listener hears nothing"

    off = compare.page.get_by_text("So far off are they")
    for change in (
        lambda: compare.page.get_by_role("button", name="Another sequence").click(),
        lambda: compare.page.locator(".st-key-gap").get_by_test_id("stNumberInputStepUp").click(),
    ):
        before = off.inner_text()
        came.clear()
        change()
        until(lambda before=before: off.inner_text() != before, compare.page)
        compare.expect_quiet()
        assert any(b"So far off are they" in frame for frame in came)
        assert not any(below in frame for frame in came), "the whole page came again"


# ---- the address


def test_a_link_the_back_button_and_another_language_keep_what_is_seen(window, compare):
    compare.open(**PLACE, lang="en", at=4, word="very", gap=25, draw=3, **{"from": 2, "to": 6})
    compare.expect_reader("Transformer")
    compare.expect_step(5, 9)
    expect(compare.states).to_have_attribute("aria-pressed", "true")
    expect(compare.effect).to_contain_text("With “very” in place of “not”")
    expect(compare.page.get_by_text("From “soup” (step 2) to “but” (step 6)")).to_be_visible()
    off = compare.page.get_by_text("So far off are they").inner_text()
    compare.expect_quiet()
    compare.choose("lang", "es")
    expect(compare.where).to_have_text("paso 5 de 9")
    compare.expect_reader("Transformer")
    compare.expect_address(lang="es", at=4, word="very", gap=25, draw=3, **PLACE | {"from": 2, "to": 6})
    compare.expect_pictures()
    assert leftovers(compare.texts()) == set()
    compare.choose("lang", "en")
    expect(compare.where).to_have_text("step 5 of 9")

    compare.expect_quiet()  # a list that is drawn anew closes
    compare.pick("at", "8. loved")
    expect(compare.effect).to_contain_text("With “very” in place of “loved”")
    compare.pick("to", "9. it")
    expect(compare.page.get_by_text("From “soup” (step 2) to “it” (step 9)")).to_be_visible()
    compare.page.go_back()
    expect(compare.page.get_by_text("From “soup” (step 2) to “but” (step 6)")).to_be_visible()
    expect(compare.effect).to_contain_text("With “very” in place of “loved”")
    compare.expect_address(lang="en", at=8, word="very", to=6, **PLACE)

    other = window().compare
    other.go(compare.page.url)
    other.expect_step(5, 9)
    other.expect_reader("Transformer")
    expect(other.states).to_have_attribute("aria-pressed", "true")
    expect(other.effect).to_contain_text("With “very” in place of “loved”")
    expect(other.page.get_by_text("So far off are they")).to_have_text(off)
    expect(other.page.get_by_text("From “soup” (step 2) to “but” (step 6)")).to_be_visible()


def test_axe_finds_nothing_serious_and_the_links_of_the_table_lead_to_their_places_on_the_page(compare):
    compare.open(lang="en", code="torch", **PLACE)
    compare.expect_pictures()
    assert violations(compare.page) == []
    links = {link.get_attribute("href"): link for link in reversed(compare.table.locator("a").all())}
    assert set(links) >= {"#readers", "#recall", "#path", "#wait", "#measured"}
    for address, link in links.items():
        link.click()
        place = compare.page.locator(address).last
        until(lambda place=place: 0 <= place.evaluate("(one) => one.getBoundingClientRect().top") < 500, compare.page)
    compare.expect_quiet()
    compare.expect_step(5, 9)
    compare.expect_address(**PLACE)
    colours = compare.page.evaluate(COLOURS)
    compare.page.emulate_media(color_scheme="dark")
    until(lambda: compare.page.evaluate(COLOURS) != colours, compare.page)
    compare.expect_step(5, 9)
    compare.page.get_by_text("Step through this sequence in “Step an RNN”").click()
    expect(compare.page.locator(".stepper .where")).to_have_text(re.compile(r"of 6\d$"))


# ---- looks


# The colours of points of the board.
PIXELS = """(canvas, points) => {
  const box = canvas.getBoundingClientRect(), context = canvas.getContext("2d");
  return points.map(([x, y]) => {
    const [left, top] = [x - box.left, y - box.top].map((pixels) => Math.round(pixels * devicePixelRatio));
    return [...context.getImageData(left, top, 1, 1).data].slice(0, 3);
  });
}"""
FONT = "parseFloat(getComputedStyle(document.documentElement).fontSize)"


def has_colours(compare: CompareLesson) -> None:
    """Strong states are orange above zero and blue below."""
    places = [(number(tip.split()[-1]), where) for tip, where in compare.tips().items() if tip.count(" · ") == 3]
    strong = [place for place in places if abs(place[0]) > 0.5]
    colours = compare.canvas.evaluate(PIXELS, [where for _value, where in strong])
    for sign in (1, -1):
        redder = [red - blue for (value, _), (red, _, blue) in zip(strong, colours, strict=True) if sign * value > 0]
        assert sign * np.median(redder) > 10


def test_a_class_sees_all_of_it_larger_in_spanish_in_the_dark_and_axe_finds_nothing_serious(window):
    compare = window(color_scheme="dark", reduced_motion="reduce").compare
    compare.open(lang="es", task="es", text=TEXTS["es"], step=3)
    has_colours(compare)
    sidebar, prose = compare.page.get_by_test_id("stSidebar"), compare.page.locator(".st-key-prose")
    normal = compare.page.evaluate(FONT)
    expect(prose).to_be_visible()
    compare.page.locator(".st-key-presenter label").click()
    for hidden in (sidebar, prose):
        expect(hidden).to_be_hidden()
    until(lambda: compare.page.evaluate(FONT) >= 1.2 * normal, compare.page)
    compare.expect_address(presenter="1", step=3)
    compare.press("ArrowRight", "ArrowDown")
    compare.expect_step(4)
    compare.expect_address(presenter="1", step=4, reader="GRU")
    compare.expect_pictures()
    assert compare.page.evaluate(SIDEWAYS) == [0, 0]
    assert violations(compare.page) == []
    compare.page.locator(".st-key-presenter label").click()
    expect(sidebar).to_be_visible()
    compare.expect_step(4)


def test_a_phone_needs_no_scrolling_sideways_and_obeys_a_finger(window):
    compare = window(**PHONE, color_scheme="dark", reduced_motion="reduce").compare
    compare.open(lang="es", task="es", text=TEXTS["es"], step=3)
    compare.expect_pictures()
    assert compare.page.evaluate(SIDEWAYS) == [0, 0]
    assert compare.page.evaluate(STICKING_OUT) == []
    assert violations(compare.page) == []
    compare.stepper.locator(".forward").tap()
    compare.expect_step(4)
    compare.reader("LSTM").tap()
    compare.expect_reader("LSTM")
    compare.word(2).tap()
    compare.expect_step(2)
    for button in compare.stepper.locator("button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24, button.inner_text()  # WCAG 2.2, 2.5.8
    compare.type("unbelievably " * 40 + "x" * 300)
    compare.expect_step(41, 41)
    compare.expect_pictures()
    assert compare.page.evaluate(SIDEWAYS) == [0, 0]
    assert compare.page.evaluate(STICKING_OUT) == []


# ---- bad input


def test_any_sentence_can_be_stepped_through_and_runs_nothing(compare):
    compare.open(task="en", lang="en", step=1)
    hostile = [PLAIN[name] for name in ("script", "image", "markdown", "latex", "arabic", "combining")]
    text = " ".join(hostile)
    compare.type(text)
    compare.expect_address(text=text)
    compare.expect_quiet()
    works(compare)
    nothing_ran(compare)
    assert compare.box.input_value() == text
    compare.type(PLAIN["script"])
    compare.expect_address(text=PLAIN["script"])

    def place() -> tuple[float, float]:
        compare.canvas.evaluate("(board) => board.scrollIntoView({block: 'center'})")
        box = compare.canvas.bounding_box()
        return box["x"] + 250, box["y"] + box["height"] - 20

    compare.point(place, compare.tip, "script")
    nothing_ran(compare)
    compare.page.locator(".st-key-word input").fill(PLAIN["image"])
    compare.page.locator(".st-key-word input").press("Enter")
    expect(compare.page.get_by_text("is not one word: type one, or nothing for many in turn.")).to_be_visible()
    nothing_ran(compare)

    compare.type("")
    expect(compare.nothing).to_have_text(re.compile("^There is nothing to read yet: "))
    compare.page.locator(".lanes.empty").focus()
    for key in ("ArrowRight", "ArrowDown", "End", "Space", "Home"):
        compare.page.locator(".lanes.empty").press(key)
    compare.type("good")
    compare.expect_step(1, 1)


def test_a_broken_address_still_opens_and_is_named(compare):
    compare.go("/compare?lang=en&step=99&reader=FOO&shows=%3Cb%3E&at=nan&from=0&to=-1&gap=1e9&draw=x&way=up&code=basic")
    works(compare)
    compare.expect_reader("RNN")
    expect(compare.alert.filter(has_text="The address asks for")).to_have_count(1)
    for name in ("at", "from", "to", "gap", "draw", "code"):  # a step is put right
        expect(compare.alert.filter(has_text="The address asks for")).to_contain_text(name)
    expect(compare.states).to_have_attribute("aria-pressed", "false")
    nothing_ran(compare)
