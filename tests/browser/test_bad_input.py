"""Whatever is typed or stands in the address: a working stepper or one clear sentence, and nothing else happens."""

import re
from unicodedata import normalize
from urllib.parse import quote

import pytest
from lesson import until
from playwright.sync_api import expect

PLAIN = {
    "one token": "good",
    "emoji": "the soup 👩‍🍳 was 😀😀 good 🇪🇸",
    "arabic": "كان الفيلم رائعا جدا",
    "hebrew and english": "the film היה טוב and good",
    "script": "<script>window.hacked=1</script> good",
    "image": "<img src=x onerror=window.hacked=1> good",
    "latex": r"$\LaTeX$ is $x^2$ good \(y\)",
    "markdown": "**x** [a](http://example.com) ![i](http://example.com/i.png) `c` # good",
    "plotly's html": '<b>good</b> <a href="javascript:window.hacked=1">film</a> &lt;i&gt;',
    "format fields": "{0} {token} {n} %s good ${x}",
    "one long word": "go" + "o" * 3000 + "d",
    "combining": "e\u0301 z" + "\u0301" * 80 + " good",
    "lone controls": "good\u200b film\u202e backwards \u0007 bell",
}
BROKEN = [
    "step=abc&unit=-3&lang=xx",
    "step=99999&unit=99999&cell=FOO",
    f"step={'9' * 400}&what=zzz",
    "step=-1&what=wipe&at=9999",
    "what=hold&value=nan",
    "what=word&at=1&word=%00",
    "what=word&at=1&word=<img src=x onerror=window.hacked=1>",
    "task=%00",
    "text=0.1 %00 0.2",
]


def works(lesson) -> None:
    """The stepper is there and goes where it is told."""
    expect(lesson.where).to_have_text(re.compile(r"\d+ \D+ \d+"))
    lesson.press("End")
    lesson.expect_step(lesson.steps)
    lesson.press("Home")
    lesson.expect_step(1)


def nothing_ran(lesson) -> None:
    assert lesson.page.evaluate("window.hacked") is None
    for tag in ("img[src='x']", "img[src*='example.com']", "a[href^='http://example.com']", "a[href^='javascript']"):
        assert lesson.page.locator(tag).count() == 0


def settle(lesson, address: dict[str, str]) -> None:
    lesson.expect_address(**address)
    lesson.expect_quiet()


def test_any_sentence_can_be_stepped_through(lesson):
    lesson.open(task="es", cell="LSTM", step=1)
    for name, text in PLAIN.items():
        lesson.type(text)
        settle(lesson, {"text": text.strip()})
        works(lesson)
        nothing_ran(lesson)
        assert lesson.box.input_value() == text, name
        assert lesson.alert.count() <= 1, name
    lesson.page.mouse.move(*next(iter(lesson.cells().values())))  # the tip quotes the text too
    nothing_ran(lesson)


def test_what_is_no_number_gets_a_sentence_that_quotes_it_as_it_was_typed(lesson):
    lesson.open(task="number", cell="RNN", step=1)
    for text in PLAIN.values():
        lesson.type(text)
        settle(lesson, {"text": text.strip()})
        expect(lesson.alert).to_contain_text("is not a number from −1 to 1")
        first = re.split(r"[\s;]+", text)[0]
        assert normalize("NFC", first)[:40] in normalize("NFC", lesson.alert.inner_text())
        assert lesson.alert.count() == 1
        assert lesson.box.input_value() == text
        nothing_ran(lesson)
    lesson.type("0.5 ?")
    expect(lesson.alert).to_have_count(0)
    lesson.expect_step(2, 2)


@pytest.mark.parametrize(("task", "text"), [("es", "  "), ("number", ""), ("en", "?!… «»")])
def test_nothing_to_read_is_said_and_can_be_mended(lesson, task, text):
    lesson.open(task=task, cell="RNN", step=1)
    lesson.type(text)
    expect(lesson.nothing).to_have_text(re.compile("^There is nothing to read yet: "))
    expect(lesson.where).to_have_count(0)
    assert lesson.alert.count() == 0
    lesson.type("0.5 ?" if task == "number" else "good film")
    lesson.expect_step(2, 2)
    works(lesson)


def test_the_hand_on_an_empty_stepper_does_no_harm(lesson):
    lesson.open(task="number", cell="RNN", step=1)
    lesson.type("")
    expect(lesson.nothing).to_be_visible()
    stage = lesson.page.locator(".stepper.empty")
    stage.focus()
    for key in ("ArrowRight", "ArrowDown", "End", "Space", "Home"):
        stage.press(key)
    lesson.type("0.5 ?")
    lesson.expect_step(2, 2)


@pytest.mark.parametrize("task", ["en", "number"])
def test_five_thousand_words_are_cut_with_a_sentence_and_none_is_lost(lesson, task):
    words = [f"{i}th" if task == "en" else f"0.{i:04}" for i in range(5000)]
    lesson.open(task=task, cell="LSTM", step=1)
    lesson.type(" ".join(words))
    expect(lesson.where).to_contain_text("200")
    expect(lesson.alert).to_have_count(1)
    for part in ("200", "4800", words[200]):
        expect(lesson.alert).to_contain_text(part)
    assert lesson.box.input_value() == " ".join(words)
    works(lesson)
    assert lesson.address["text"] == " ".join(words[:200])


def test_one_token_can_be_stepped_through(lesson):
    lesson.open(task="number", cell="RNN", text="0.5", what="wipe")
    for cell in ("GRU", "LSTM", "RNN"):
        lesson.expect_address(step=1)
        lesson.expect_quiet()
        lesson.choose("cell", cell)
        lesson.expect_address(cell=cell)
        lesson.press("ArrowRight", "ArrowDown", "Space", "End", "Home")
        lesson.expect_step(1, 1)
        expect(lesson.sum).to_contain_text("the same number")


def test_a_broken_address_still_opens(lesson):
    for broken in BROKEN:
        usual = {"task": "task=number", "text": "text=0.1+0.2+%3F"}
        address = [broken, *(part for name, part in usual.items() if not broken.startswith(name))]
        # A client may send anything: what is already encoded stays, the rest is encoded here.
        lesson.go(f"/rnn?{quote('&'.join(address), safe='%+&=')}")
        until(lambda: lesson.where.is_visible() or lesson.alert.count() > 0, lesson.page)
        lesson.expect_quiet()
        assert lesson.alert.count() <= 1, broken
        if lesson.where.is_visible():
            works(lesson)
        else:
            expect(lesson.alert).not_to_be_empty()
        nothing_ran(lesson)


def test_a_broken_address_is_named(lesson):
    lesson.go("/rnn?task=number&cell=FOO&what=zzz&text=0.1+%3F")
    expect(lesson.alert).to_have_count(1)
    expect(lesson.alert).to_contain_text("cell")
    expect(lesson.alert).to_contain_text("what")
    works(lesson)


def test_the_box_can_be_emptied_while_it_plays(window):
    lesson = window().lesson
    lesson.open(task="number", cell="RNN", text=" ".join(["*0.5", *["0.1"] * 60, "?"]))
    until(lambda: lesson.step > 2, lesson.page)
    lesson.type("")
    expect(lesson.nothing).to_be_visible()
    lesson.page.wait_for_timeout(500)  # an error in the console fails the test
    lesson.type("0.1 *0.2 ?")
    lesson.expect_step(3, 3)
