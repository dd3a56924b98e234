"""Arrival, the transport, the keyboard and the mouse."""

import re

import pytest
from lesson import until
from playwright.sync_api import expect

SENTENCE = "0.1 -0.2 *0.3 0.4 -0.5 0.6 ?"
LONG = " ".join(["*0.5", *(f"{(-1) ** t * (t % 10) / 10:g}" for t in range(198)), "?"])
NOTE_SENDING = """
  window.sent = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...data) { window.sent.push(performance.now()); return send.apply(this, data); };
"""


@pytest.fixture
def lesson(window):
    """Lesson `rnn` as it moves, which elsewhere it does not."""
    return window().lesson


def test_it_plays_on_arrival_without_a_word_to_the_server_and_then_stands_in_the_address(window):
    lesson = window(kept=False).lesson
    lesson.page.add_init_script(NOTE_SENDING)
    lesson.open(task="number", cell="LSTM")
    with lesson.moves() as moves:
        until(lambda: lesson.step == lesson.steps, lesson.page)
    assert len(moves) > 2, "it did not move by itself"
    assert moves[1][0] - moves[0][0] < 5000
    assert [step for _, step in moves] == sorted(step for _, step in moves)
    sent = lesson.page.evaluate("window.sent")
    assert sent, "the listener hears nothing"
    assert [time for time in sent if moves[0][0] < time <= moves[-1][0]] == []
    lesson.expect_address(step=7, task="number", cell="LSTM", text="0.3 -0.5 *0.8 0.1 -0.9 0.4 ?", lang="en")
    assert 1 <= int(lesson.address["unit"]) <= 4
    expect(lesson.page.get_by_role("button", name="play", exact=True)).to_be_visible()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_first_visit_plays_a_sentence_in_the_language_of_the_browser(window, lang):
    lesson = window(locale=f"{lang}-US").lesson
    lesson.open()
    with lesson.moves() as moves:
        until(lambda: lesson.step == lesson.steps, lesson.page)
    assert len(moves) >= 2
    lesson.expect_address(lang=lang, task=lang, cell="RNN", step=lesson.steps)
    assert lesson.steps > 5


def test_a_link_to_a_step_stands_still(lesson):
    lesson.open(task="number", cell="GRU", step=3, unit=2)
    lesson.expect_address(text="0.3 -0.5 *0.8 0.1 -0.9 0.4 ?")  # by then it would have moved on
    lesson.expect_step(3, 7)
    lesson.expect_unit(2)


def test_arrow_keys_home_and_end_move_and_everything_follows(lesson):
    lesson.open(task="number", cell="RNN", text=SENTENCE, step=3, unit=2)
    for key, step, unit, token in [
        ("ArrowRight", 4, 2, "0.4"), ("ArrowLeft", 3, 2, "◆0.3"), ("End", 7, 2, "?"), ("ArrowRight", 7, 2, "?"),
        ("ArrowDown", 7, 3, "?"), ("ArrowUp", 7, 2, "?"), ("Home", 1, 2, "0.1"), ("ArrowLeft", 1, 2, "0.1"),
        ("ArrowUp", 1, 1, "0.1"), ("ArrowUp", 1, 1, "0.1"),
    ]:  # fmt: skip
        lesson.press(key)
        lesson.expect_step(step, 7)
        expect(lesson.title).to_have_text(f"How unit {unit} got this value at “{token}”")
    expect(lesson.live).to_have_text(re.compile(r"^step 1 of 7, 0\.1, answer .*, unit 1 −?0\.\d\d$"))
    lesson.expect_address(step=1, unit=1)


def test_space_plays_and_pauses(lesson):
    lesson.open(task="number", cell="RNN", text=LONG, step=1)
    lesson.press("Space")
    expect(lesson.page.get_by_role("button", name="pause", exact=True)).to_be_visible()
    until(lambda: lesson.step > 3, lesson.page)
    lesson.press("Space")
    expect(lesson.page.get_by_role("button", name="play", exact=True)).to_be_visible()
    stopped = lesson.step
    lesson.expect_address(step=stopped)
    assert lesson.step == stopped < 200


def test_an_arrow_key_pauses_what_plays(lesson):
    lesson.open(task="number", cell="RNN", text=LONG)
    until(lambda: lesson.step > 3, lesson.page)
    lesson.press("ArrowLeft")
    stopped = lesson.step
    lesson.expect_address(step=stopped)


def test_the_transport_obeys_the_pointer_and_the_keys(lesson):
    lesson.open(task="number", cell="RNN", text=SENTENCE, step=3)
    for name, step in [
        ("one step forward", 4), ("one step back", 3), ("last step", 7), ("first step", 1), ("one step back", 1),
    ]:  # fmt: skip
        lesson.page.get_by_role("button", name=name, exact=True).click()
        lesson.expect_step(step)
    slider = lesson.stepper.locator(".scrub")
    assert (slider.get_attribute("min"), slider.get_attribute("max")) == ("1", "7")
    expect(slider).to_have_value("1")
    slider.fill("3")
    lesson.expect_step(3)
    for control in ("play", "forward", "scrub"):
        before = lesson.step
        lesson.stepper.locator(f".{control}").press("ArrowRight")
        lesson.expect_step(before + 1)
    expect(slider).to_have_value("6")
    lesson.expect_address(step=6)


def test_the_speed_is_the_one_chosen(lesson):
    lesson.open(task="number", cell="RNN", text=LONG, step=1)
    lesson.stepper.locator(".speed").select_option("3")
    with lesson.moves() as moves:
        lesson.press("Space")
        until(lambda: lesson.step > 3, lesson.page)
    (began, first), (ended, last) = moves[1], moves[-1]
    assert (ended - began) / (last - first) == pytest.approx(1000 / 3, rel=0.25)
    lesson.press("Space")


def test_two_hundred_steps_play_to_the_end_and_still_answer_the_hand(lesson):
    lesson.open(task="number", cell="LSTM", text=LONG)
    assert lesson.steps == 200
    until(lambda: lesson.step > 20, lesson.page)
    lesson.press("Home")
    lesson.expect_step(1)
    lesson.press("Space")
    lesson.expect_address(step=200)
    lesson.expect_step(200)


def test_a_click_on_a_cell_chooses_its_step_and_unit(lesson):
    lesson.open(task="number", cell="RNN", text=SENTENCE, step=1, unit=1)
    cells = lesson.cells()
    assert len(cells) == 7 * 4
    for token, step, unit in [("0.4", 4, 3), ("?", 7, 1), ("0.1", 1, 4)]:
        lesson.page.mouse.click(*cells[f"unit {unit} · {token}"])
        lesson.expect_step(step)
        expect(lesson.title).to_have_text(f"How unit {unit} got this value at “{token}”")
    lesson.expect_address(step=1, unit=4)


def test_the_colour_under_the_pointer_is_the_number_of_the_tip(lesson):
    lesson.open(task="number", cell="RNN", text=SENTENCE, step=7, unit=1)
    script = """(canvas, [x, y]) => {
      const style = getComputedStyle(canvas.closest(".stepper")), box = canvas.getBoundingClientRect();
      const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.trim().slice(i, i + 2), 16));
      const shades = ["--zero", "--positive", "--negative"].map((name) => rgb(style.getPropertyValue(name)));
      const [left, top] = [x - box.left, y - box.top].map((pixels) => Math.round(pixels * devicePixelRatio));
      return [[...canvas.getContext("2d").getImageData(left, top, 1, 1).data].slice(0, 3), ...shades];
    }"""
    for unit in range(1, 5):
        place = lesson.cells()[f"unit {unit} · 0.6"]
        lesson.page.mouse.move(*place)
        expect(lesson.tip).to_contain_text(f"unit {unit} ")
        value = float(lesson.tip.inner_text().split()[-1].replace("−", "-"))
        drawn, zero, positive, negative = lesson.canvas.evaluate(script, place)
        full = positive if value > 0 else negative
        wanted = [z + (f - z) * abs(value) for z, f in zip(zero, full, strict=True)]
        assert drawn == pytest.approx(wanted, abs=4), (unit, value)  # 256 shades, and the tip is rounded


def test_dragging_moves_and_letting_go_stops(lesson):
    lesson.open(task="number", cell="RNN", text=SENTENCE, step=1, unit=1)
    cells, mouse = lesson.cells(), lesson.page.mouse
    mouse.move(*cells["unit 2 · −0.2"])
    mouse.down()
    lesson.expect_step(2)
    mouse.move(*cells["unit 2 · 0.6"], steps=8)
    lesson.expect_step(6)
    mouse.up()
    mouse.move(*cells["unit 2 · 0.1"])
    lesson.expect_address(step=6, unit=2)
    lesson.expect_step(6)


def test_a_long_sequence_can_be_clicked_where_it_is_seen(lesson):
    text = " ".join(f"0.{t}" for t in range(100, 160))
    lesson.open(task="number", cell="RNN", text=text, step=40, unit=1)
    cells = lesson.cells()
    assert 5 < len(cells) < 60 * 4, "a part of the columns is in sight"
    lesson.page.mouse.click(*cells["unit 3 · 0.141"])
    lesson.expect_step(42)
    lesson.expect_unit(3)


def test_a_tip_shows_the_number_under_the_pointer(lesson):
    lesson.open(task="number", cell="RNN", text=SENTENCE, step=4, unit=3)
    tip = lesson.tip
    expect(tip).to_be_hidden()
    lesson.page.mouse.move(*lesson.cells()["unit 3 · 0.4"])
    expect(tip).to_be_visible()
    value = lesson.live.inner_text().split()[-1]
    expect(tip).to_have_text(f"unit 3 · 0.4 · {value}")
    lesson.page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_the_number_drawn_the_number_summed_and_the_number_told_are_one(lesson):
    for cell in ("RNN", "GRU", "LSTM"):
        lesson.open(task="number", cell=cell, text=SENTENCE, step=6, unit=2)
        value = lesson.live.inner_text().split()[-1]
        expect(lesson.sum).to_contain_text(f"= {value}")
        expect(lesson.sum).to_contain_text("the same number")


def test_each_gate_opens_its_own_sum(lesson):
    lesson.open(task="number", cell="LSTM", text=SENTENCE, step=3, unit=2)
    for name, title in [
        ("forget gate f", "The forget gate of unit 2 at “◆0.3”: how much to keep"),
        ("new value g", "The new value of unit 2 at “◆0.3”: what to write"),
        ("answer", "What it says after “◆0.3”: the whole state, weighed"),
        ("state h", "How unit 2 got this value at “◆0.3”"),
    ]:
        tab = lesson.tabs.get_by_role("button", name=name, exact=True)
        tab.click()
        expect(tab).to_have_attribute("aria-pressed", "true")
        expect(lesson.title).to_have_text(title)


def test_a_reader_who_wants_no_motion_gets_none(window):
    lesson = window(reduced_motion="reduce").lesson
    lesson.open(task="number", cell="RNN", text=SENTENCE)
    lesson.expect_address(step=7)
    lesson.expect_step(7)


def test_coming_back_from_home_finds_the_place_again(lesson):
    lesson.open(task="number", cell="GRU", text=SENTENCE, step=5, unit=3)
    lesson.expect_address(unit=3, text=SENTENCE)
    lesson.expect_quiet()
    lesson.page.get_by_role("link", name="seqviz", exact=True).click()
    expect(lesson.page.get_by_role("heading", level=1)).to_have_text("Look inside a network that reads")
    lesson.page.get_by_role("region", name="Sidebar").get_by_role("link", name=re.compile("Step an RNN")).click()
    lesson.expect_step(5, 7)
    lesson.expect_unit(3)
    lesson.expect_address(cell="GRU", text=SENTENCE, step=5, unit=3)
