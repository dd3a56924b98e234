"""The page around the stepper: typing, examples, cells, what-if, language, permalinks."""

import re

import pytest
from babel.messages.pofile import read_po
from conftest import ROOT
from lesson import until
from playwright.sync_api import expect

NUMBERS = "0.1 -0.2 *0.3 0.4 ?"
PIXELS = "(canvas) => canvas.toDataURL()"
# Whether the lines and the path have been seen before: the path is that of all units.
MOVED = {"ArrowRight": (False, False), "ArrowLeft": (True, True), "End": (False, False), "ArrowDown": (False, True)}
PLACEHOLDER = re.compile(r"\\{\w+\\}")


def test_typed_numbers_become_the_steps(lesson):
    lesson.open(task="number", cell="GRU", step=2, unit=3)
    lesson.type("0.25 *-0.5 0,75 ?")
    lesson.expect_address(text="0.25 *-0.5 0,75 ?", step=4, task="number", cell="GRU")  # it played to the end
    assert lesson.tokens() == ["0.25", "◆−0.5", "0.75", "?"]


def test_a_typed_sentence_becomes_the_steps_in_the_writer_s_own_characters(lesson):
    lesson.open(task="es", cell="LSTM", step=2)
    lesson.type("¡La película NO me encantó, señor!")
    lesson.expect_address(text="¡La película NO me encantó, señor!", step=6)
    assert lesson.tokens() == ["La", "película", "NO", "me", "encantó", "señor"]


def test_words_it_does_not_know_are_marked_as_such(lesson):
    lesson.open(task="es", cell="LSTM", text="La sopa estaba xqzvt", step=4)
    legend = lesson.legend
    expect(legend).to_contain_text("dashed: a word it does not know")
    lesson.type("La sopa estaba buena")
    until(lambda: lesson.address.get("text") == "La sopa estaba buena", lesson.page)
    expect(legend).not_to_contain_text("dashed: a word it does not know")


@pytest.mark.parametrize("task", ["es", "number"])
def test_every_example_plays_when_it_is_chosen(window, task):
    lesson = window().lesson
    lesson.open(task=task, cell="RNN", text="0.1", step=1, unit=1)
    examples = lesson.page.locator(".st-key-examples .stButton button")
    texts = {"0.1"}
    for example in examples.all():
        example.click()
        until(lambda: lesson.box.input_value() not in texts, lesson.page)
        texts.add(lesson.box.input_value())
        until(lambda: 1 < lesson.step < lesson.steps, lesson.page)  # it moves by itself
        lesson.expect_address(text=lesson.box.input_value(), task=task, step=None)
        lesson.expect_chosen(cell=lesson.address["cell"])
    assert len(texts) == 1 + examples.count() >= 4


def test_the_example_that_is_shown_plays_again_when_it_is_chosen(window):
    lesson = window().lesson
    lesson.open(task="number", cell="LSTM", step=2)
    lesson.page.locator(".st-key-examples .stButton button").first.click()
    lesson.expect_address(step=7)
    lesson.expect_step(7)


def test_what_is_typed_right_after_a_step_is_not_lost(lesson):
    lesson.open(task="number", cell="GRU", text=NUMBERS, step=2, unit=3)
    for pause in (0, 150, 250, 330):  # ms: the position is told to Python a moment after the step
        lesson.expect_quiet()
        lesson.press("Home", "ArrowRight")
        lesson.page.wait_for_timeout(pause)
        text = f"0.5 0.6 0.{100 + pause} ?"
        lesson.type(text)
        lesson.expect_address(text=text, step=4)
        lesson.expect_step(4, 4)
        expect(lesson.title).to_contain_text("?")
        assert lesson.box.input_value() == text


def test_on_a_slow_line_a_step_that_comes_to_rest_takes_back_nothing_that_was_typed(window):
    """The step is written into an address that holds the old text still: the server's answer is on its way."""
    lesson = window(kept=False, reduced_motion="reduce").lesson
    held: list | None = None

    def connect(line):
        server = line.connect_to_server()
        server.on_message(lambda message: line.send(message) if held is None else held.append((line, message)))

    lesson.page.route_web_socket(re.compile("_stcore/stream"), connect)
    # With a unit the address is whole: the stepper adds nothing, and no run is under way when the line slows down.
    lesson.open(task="number", cell="LSTM", text="0.1 *0.2 0.3 ?", step=1, unit=1)
    lesson.expect_quiet()
    held = []
    lesson.press("ArrowRight")
    lesson.type("0.5 *0.6 0.7 ?")
    lesson.expect_address(step=2, text="0.1 *0.2 0.3 ?")
    lesson.page.wait_for_timeout(300)
    arrived, held = held, None
    for line, message in arrived:
        line.send(message)
    lesson.expect_address(text="0.5 *0.6 0.7 ?")
    lesson.expect_quiet()
    lesson.page.wait_for_timeout(500)
    lesson.expect_address(text="0.5 *0.6 0.7 ?")
    assert lesson.box.input_value() == "0.5 *0.6 0.7 ?"


def test_what_is_chosen_right_after_a_step_is_not_lost(window):
    lesson = window().lesson
    lesson.open(task="number", cell="GRU", text=NUMBERS, step=2, unit=3)
    lesson.expect_quiet()
    lesson.press("ArrowRight")
    lesson.option("cell", "LSTM").dispatch_event("click")
    lesson.expect_address(cell="LSTM", step=3)
    lesson.expect_chosen(cell="LSTM")
    expect(lesson.tabs).to_contain_text("forget gate")


def test_another_cell_keeps_the_text_and_the_step(lesson):
    lesson.open(task="number", cell="RNN", text=NUMBERS, step=3, unit=2)
    for cell, sub in [("LSTM", "What was kept"), ("GRU", "What was kept"), ("RNN", "The largest terms")]:
        lesson.choose("cell", cell)
        expect(lesson.sub).to_contain_text(sub)
        if cell != "RNN":
            expect(lesson.tabs).to_contain_text("gate")
        lesson.expect_step(3, 5)
        lesson.expect_unit(2)
        lesson.expect_address(step=3, unit=2, text=NUMBERS)
        assert lesson.box.input_value() == NUMBERS


def test_what_was_just_typed_is_still_there_after_a_visit_home(lesson):
    lesson.open(task="number", cell="GRU", text=NUMBERS, step=2)
    lesson.expect_quiet()
    lesson.box.fill("0.5 *0.6 ?")
    lesson.box.press("Enter")
    lesson.expect_address(text="0.5 *0.6 ?")
    lesson.page.locator(".st-key-brand a").click()  # before the stepper has come to rest
    lesson.page.locator(".st-key-card-rnn a").click()
    expect(lesson.where).not_to_be_empty()
    assert lesson.box.input_value() == "0.5 *0.6 ?"


def test_another_task_brings_its_own_text(lesson):
    lesson.open(task="number", cell="GRU", step=2)
    lesson.choose("task", "en")
    until(lambda: " " in lesson.box.input_value() and lesson.box.input_value()[0].isalpha(), lesson.page)
    lesson.expect_address(task="en", cell="GRU", text=lesson.box.input_value())


def test_the_pictures_move_with_the_step_and_the_unit(lesson):
    lesson.open(task="number", cell="RNN", text=NUMBERS, step=2, unit=2)
    lesson.expect_quiet()
    pictures = [lesson.picture(name) for name in ("lines", "path")]
    seen = [{canvas.evaluate(PIXELS)} for canvas in pictures]
    for key in ("ArrowRight", "ArrowLeft", "End", "ArrowDown"):
        lesson.press(key)
        lesson.page.wait_for_timeout(400)  # the cursor glides
        for canvas, before, is_known in zip(pictures, seen, MOVED[key], strict=True):
            pixels = canvas.evaluate(PIXELS)
            assert (pixels in before) == is_known, key
            before.add(pixels)


def test_a_line_and_a_dot_of_the_pictures_can_be_chosen(lesson):
    lesson.open(task="number", cell="RNN", text=NUMBERS, step=1, unit=1)
    places = lesson.cells(lesson.picture("lines"))
    units, tokens = (set(part) for part in zip(*(name.split(" · ") for name in places), strict=True))
    assert units == {f"unit {n}" for n in range(1, 5)}
    assert tokens == {"0.1", "−0.2", "◆0.3", "0.4", "?"}
    for name, (x, y) in places.items():
        unit, token = name.split(" · ")
        lesson.page.mouse.click(x, y)
        expect(lesson.title).to_have_text(f"How {unit} got this value at “{token}”")
    last = lesson.steps
    box = lesson.picture("path").bounding_box()
    for x in range(10, int(box["width"]), 12):  # somewhere there is a dot
        for y in range(10, int(box["height"]), 12):
            if lesson.step != last:
                return
            lesson.picture("path").click(position={"x": x, "y": y})
    raise AssertionError("no dot of the path takes a click")


def test_what_if_a_number_is_changed(lesson):
    lesson.open(task="number", cell="LSTM", text=NUMBERS, step=2, unit=1)
    lesson.choose("what", "word")
    field = lesson.page.locator(".st-key-word input")
    expect(field).to_be_visible()
    lesson.expect_address(what="word")
    field.fill("*0.9")
    field.press("Enter")
    expect(lesson.effect).to_contain_text(re.compile(r"At the end it answers −?[\d.]+ instead of −?[\d.]+"))
    lesson.expect_address(what="word", word="*0.9", text=NUMBERS)
    expect(lesson.legend).to_contain_text("without your change")
    assert lesson.tokens() == ["0.1", "◆0.9", "◆0.3", "0.4", "?"]
    assert lesson.box.input_value() == NUMBERS


def test_what_if_the_memory_is_wiped(lesson):
    lesson.open(task="number", cell="LSTM", text=NUMBERS, step=4, unit=1)
    expect(lesson.live).to_contain_text("step 4")
    lesson.choose("what", "wipe")
    expect(lesson.effect).to_be_visible()
    lesson.expect_address(what="wipe")
    at = int(lesson.address.get("at", 2))
    lesson.press("Home", *["ArrowRight"] * (at - 1))
    lesson.expect_step(at)
    expect(lesson.sum).to_contain_text("× 0.00")  # nothing was kept: there was nothing
    lesson.choose("what", "no")
    expect(lesson.effect).to_have_count(0)
    lesson.expect_address(what="no")


def test_what_if_a_unit_is_held(lesson):
    lesson.open(task="number", cell="RNN", text=NUMBERS, step=3, unit=2)
    lesson.choose("what", "hold")
    expect(lesson.effect).to_be_visible()
    slider = lesson.page.locator(".st-key-value").get_by_role("slider")
    slider.focus()
    slider.press("End")
    lesson.expect_address(what="hold", value="1.0")
    lesson.press("ArrowUp")
    lesson.expect_unit(1)
    expect(lesson.sum).to_contain_text("You hold this unit at 1.00")
    expect(lesson.live).to_have_text(re.compile(r"unit 1 1\.00$"))


def test_what_if_says_when_a_verdict_turns_over(lesson):
    lesson.open(
        task="en", cell="LSTM", text="The film was wonderful", step=4, unit=1, what="word", at=4, word="terrible"
    )
    expect(lesson.effect).to_have_text(re.compile(r"The verdict turns over: \d+ % positive before, \d+ % with"))


def english_messages():
    """What the code says in English wherever Spanish says it differently, as patterns of a whole text."""
    with (ROOT / "seqviz" / "words" / "es.po").open("rb") as po:
        messages = [message for message in read_po(po, locale="es") if message.id and message.string != message.id]
    return [(m.id, re.compile(PLACEHOLDER.sub(".+", re.escape(plain(m.id))), re.DOTALL)) for m in messages]


def plain(text):
    return text.replace("**", "").replace("`", "")


def leftovers(texts):
    whole = {plain(text) for text in texts}
    return {message for message, pattern in english_messages() if any(pattern.fullmatch(text) for text in whole)}


@pytest.mark.parametrize("what", ["word", "hold"])
def test_no_english_is_left_on_the_spanish_page(lesson, what):
    lesson.open(task="number", cell="LSTM", text=NUMBERS, step=3, unit=2, what=what)
    expect(lesson.effect if what != "word" else lesson.page.locator(".st-key-word")).to_be_visible()
    expect(lesson.live).not_to_be_empty()
    seen = leftovers(lesson.texts())
    assert len(seen) > 40, "the English page speaks English"
    lesson.choose("lang", "es")
    expect(lesson.where).to_have_text("paso 3 de 5")
    lesson.expect_quiet()
    assert leftovers(lesson.texts()) == set()
    assert lesson.page.evaluate("document.documentElement.lang") == "es"


def test_no_english_is_left_on_the_spanish_home(window):
    lesson = window().lesson
    lesson.go("/?lang=es")
    expect(lesson.page.get_by_role("heading", level=1)).to_have_text("Mira dentro de una red que lee")
    lesson.expect_quiet()
    assert leftovers(lesson.texts()) == set()


def test_another_language_keeps_the_place(lesson):
    lesson.open(task="number", cell="GRU", text=NUMBERS, step=4, unit=3)
    lesson.expect_address(text=NUMBERS)
    for lang, where in [("es", "paso 4 de 5"), ("en", "step 4 of 5")]:
        lesson.choose("lang", lang)
        expect(lesson.where).to_have_text(where)
        lesson.expect_unit(3)
        lesson.expect_chosen(task="number", cell="GRU")
        lesson.expect_address(lang=lang, task="number", cell="GRU", text=NUMBERS, step=4, unit=3)
        assert lesson.box.input_value() == NUMBERS


def test_what_is_being_typed_survives_the_end_of_playing(window):
    lesson = window().lesson
    lesson.open(task="number", cell="RNN", text=NUMBERS)
    lesson.box.fill("0.5 0.6")
    until(lambda: "step" in lesson.address, lesson.page)
    lesson.expect_quiet()
    assert lesson.box.input_value() == "0.5 0.6"


def test_an_address_opens_the_same_view_in_another_browser(window):
    here = window(reduced_motion="reduce").lesson
    here.open(task="en", cell="GRU", step=2)
    here.type("Señora, the soup & the “waiter” were 100% fine?")
    until(lambda: here.address.get("step") == "8", here.page)
    here.choose("lang", "es")
    here.choose("what", "hold")
    expect(here.page.locator(".st-key-value").get_by_role("slider")).to_be_visible()
    here.press("Home", "ArrowRight", "ArrowRight", "ArrowDown")
    unit = int(re.findall(r"\d+", here.title.inner_text())[0])
    here.expect_address(step=3, unit=unit, lang="es", what="hold")
    here.expect_quiet()

    there = window(locale="en-GB", reduced_motion="reduce").lesson
    there.go(here.page.url)
    there.expect_step(3, here.steps)
    there.expect_chosen(lang="es", task="en", cell="GRU", what="hold")
    for part in ("title", "where", "live"):
        expect(getattr(there, part)).to_have_text(getattr(here, part).inner_text())
    expect(there.sum).to_have_text(here.sum.text_content())
    assert there.box.input_value() == "Señora, the soup & the “waiter” were 100% fine?"
    there.expect_quiet()
    assert there.address == here.address


def test_the_back_button_undoes_a_choice(lesson):
    lesson.open(task="number", cell="RNN", text=NUMBERS, step=3, unit=2)
    lesson.choose("cell", "LSTM")
    lesson.expect_address(cell="LSTM")
    lesson.expect_quiet()
    lesson.page.go_back()
    lesson.expect_address(cell="RNN")
    lesson.expect_chosen(cell="RNN")
    expect(lesson.sub).to_contain_text("The largest terms")
    lesson.expect_step(3, 5)
