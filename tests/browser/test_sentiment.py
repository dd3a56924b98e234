"""Lesson `sentiment` in a real browser: readers are trained and read what is typed, mistakes, a file of one's own."""

import re

from lesson import until
from playwright.sync_api import expect
from test_bad_input import nothing_ran
from test_looks import PHONE, SIDEWAYS, STICKING_OUT, violations
from test_reading import leftovers

from seqviz.tasks.opinions import load_opinions
from seqviz.words import catalogue

SHORT = {"epochs": 1, "units": 4}  # all tests train the same, so that the server does so once
HOSTILE = "<img src=x onerror=window.hacked=1> **b** [a](http://example.com)"
READERS = ["bag of words", "RNN", "GRU", "LSTM", "pretrained cell", "MiniLM, frozen"]


def test_readers_are_trained_and_read_what_is_typed_and_what_they_got_wrong(window):
    sentiment = window(reduced_motion="reduce").sentiment
    sentiment.begin(**SHORT)
    sentiment.expect_end()
    assert list(sentiment.table()) == list(sentiment.bars()) == READERS
    assert all(re.fullmatch(r"\d+ %", row[0]) for row in sentiment.table().values())
    assert violations(sentiment.page) == []
    assert sentiment.page.evaluate(SIDEWAYS) == [0, 0]

    for text, says in (("A wonderful film", "positive"), ("A terrible film", "negative")):
        sentiment.type(text)
        expect(sentiment.verdicts.locator(".says").nth(4)).to_have_text(re.compile(rf"^{says} (9\d|100) %$"))
        sentiment.expect_address(text=text)
    sentiment.type(HOSTILE)
    sentiment.expect_address(text=HOSTILE)
    sentiment.expect_readers(len(READERS))
    nothing_ran(sentiment)

    sentiment.reader("LSTM").click()
    sentiment.expect_address(reader="LSTM")
    sentiment.expect_quiet()
    sentence, _, said = sentiment.mistakes.first.inner_text().rpartition(" · ")
    sentiment.mistakes.first.click()
    expect(sentiment.box).to_have_value(sentence)
    sentiment.expect_address(text=sentence, reader="LSTM")
    expect(sentiment.verdicts.locator(".says").nth(3)).to_have_text(said.removeprefix("says ").replace(",", ""))

    other = window(color_scheme="dark").sentiment
    other.begin(**sentiment.address, presenter=1)
    other.expect_end()
    expect(other.reader("LSTM")).to_be_checked()
    expect(other.box).to_have_value(sentence)
    assert other.bars() == sentiment.bars()
    assert other.page.evaluate(SIDEWAYS) == [0, 0]
    assert violations(other.page) == []


def test_a_phone_in_the_dark_in_spanish_shows_all_of_it_and_no_english(window):
    sentiment = window(**PHONE, color_scheme="dark").sentiment
    sentiment.begin(**SHORT, lang="es", data="en", code="torch")
    sentiment.expect_end()
    assert len(sentiment.bars()) == len(READERS)
    assert leftovers(sentiment.texts()) == set()
    assert sentiment.page.evaluate(SIDEWAYS) == [0, 0]
    assert sentiment.page.evaluate(STICKING_OUT) == []
    sentiment.type("")
    expect(sentiment.alert).to_have_text(
        catalogue("es")("There is nothing to read yet: type something above, or choose one of the examples.")
    )


def test_a_hostile_file_runs_nothing_is_learned_from_and_its_transformer_is_tuned(window):
    sentiment = window(reduced_motion="reduce").sentiment
    sentiment.go("/sentiment?data=file&lang=en&epochs=1&units=4")
    expect(sentiment.alert).to_contain_text("Choose a file above")
    rows = [
        f'"{HOSTILE} {opinion.text.replace(chr(34), "")}",{int(side)}'
        for side in (False, True)
        for opinion in [one for one in load_opinions("en") if one.is_positive is side][:30]
    ]
    sentiment.upload("\n".join([f"{HOSTILE},label", *rows]).encode(), "<b>mine.csv")
    sentiment.expect_end()
    head = sentiment.page.locator(".st-key-lab table").first.locator("th").all_inner_texts()
    assert [text.replace("\u2060", "") for text in head] == [HOSTILE[:40], "label"]
    expect(sentiment.page.locator(".st-key-opinions_texts input")).to_have_value(HOSTILE[:40])
    expect(sentiment.page.locator(".st-key-opinions_positive input")).to_have_value("1")
    assert sentiment.mistakes.first.inner_text().replace("\u2060", "").startswith(HOSTILE)
    sentiment.mistakes.first.click()
    until(lambda: sentiment.box.input_value().startswith(HOSTILE), sentiment.page)
    sentiment.button("Fine-tune").click()
    expect(sentiment.page.get_by_text(re.compile(r"head \d+ moved most"))).to_be_visible(timeout=90_000)
    sentiment.expect_quiet()
    assert list(sentiment.bars()) == list(sentiment.table()) == [*READERS, "MiniLM, last layer tuned"]
    expect(sentiment.page.locator(".st-key-moved .bars path")).to_have_count(12)
    expect(sentiment.page.locator(".js-plotly-plot .heatmaplayer")).to_have_count(3)
    nothing_ran(sentiment)
    assert sentiment.page.evaluate(SIDEWAYS) == [0, 0]
