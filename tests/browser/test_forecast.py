"""Lesson `forecast` in a real browser: a training is watched, led, left and come back to, and ends when one goes."""

import re
import time

import pytest
from lesson import until
from playwright.sync_api import expect
from test_bad_input import nothing_ran
from test_looks import PHONE, SIDEWAYS, STICKING_OUT, violations
from test_playing import NOTE_SENDING
from test_reading import leftovers

from seqviz.lessons.shared.runs import GRACE, POLL
from seqviz.words import catalogue

SHORT = {"epochs": 6, "units": 4, "window": 10}
LONG = {"epochs": 200, "units": 64, "cell": "GRU"}  # minutes
HOSTILE = "<img src=x onerror=window.hacked=1>"


# ---- coming and moving


def test_a_training_is_followed_paused_resumed_and_stopped(forecast):
    forecast.begin(**LONG, window=10, series="damped")
    until(lambda: forecast.step >= 2, forecast.page)
    assert forecast.steps == 200 and forecast.address.get("epoch") is None
    forecast.button("Pause").click()
    expect(forecast.progress).to_contain_text("Paused after epoch")
    forecast.page.wait_for_timeout(1000 * POLL)  # what was seen last may be an epoch old
    rested = forecast.step
    forecast.page.wait_for_timeout(2000 * POLL)
    assert forecast.step == rested
    forecast.button("Resume").click()
    until(lambda: forecast.step > rested, forecast.page)

    forecast.press("Home")  # the hand leads: the newest epoch is followed no more, until the hand lets go
    forecast.expect_address(epoch=0)
    forecast.choose("lang", "es")
    expect(forecast.where).to_have_text("época 0 de 200")
    expect(forecast.progress).to_contain_text("Época")
    forecast.press("End")
    until(lambda: forecast.step > rested + 1, forecast.page)
    forecast.button(catalogue("es")("Stop, keep the best")).click()
    forecast.expect_end()
    expect(forecast.progress).to_have_count(0)
    assert rested < forecast.step < 200
    assert forecast.table().keys() == {"GRU", "último valor", "autorregresión lineal"}
    assert leftovers(forecast.texts()) == set()
    forecast.expect_address(epoch=forecast.step)


def test_afterwards_the_epochs_are_moved_through_without_a_word_to_the_server(window):
    forecast = window(kept=False).forecast
    forecast.page.add_init_script(NOTE_SENDING)
    forecast.open(**SHORT, epoch=6)
    forecast.expect_epoch(6, 6)
    for key, epoch in [("ArrowLeft", 5), ("Home", 0), ("ArrowLeft", 0), ("ArrowRight", 1), ("End", 6)]:
        forecast.press(key)
        forecast.expect_epoch(epoch, 6)
    forecast.stepper.locator(".scrub").fill("3")
    forecast.expect_epoch(2)
    expect(forecast.live).to_have_text(
        re.compile(r"^LSTM, epoch 2: training 0?\.\d+, validation 0?\.\d+$|^LSTM, epoch 2:")
    )
    forecast.expect_address(epoch=2)
    forecast.press("Home")
    forecast.expect_address(epoch=0)
    forecast.expect_quiet()
    with forecast.moves() as moves:
        forecast.press("Space")
        until(lambda: forecast.step == 6, forecast.page)
    assert [epoch for _, epoch in moves] == list(range(7))
    sent = forecast.page.evaluate("window.sent")
    assert sent and [time for time in sent if moves[0][0] < time <= moves[-1][0]] == []
    forecast.expect_address(epoch=6)


def test_a_link_shows_its_epoch_and_coming_back_shows_the_one_that_was_left(window):
    first, second = window().forecast, window(reduced_motion="reduce").forecast
    first.open(**SHORT, seed=11)
    first.expect_epoch(6, 6)
    first.press("End", "ArrowLeft", "ArrowLeft")
    first.expect_address(epoch=4)
    second.begin(**first.address)
    second.expect_epoch(4, 6)
    assert second.table() == first.table()
    for _ in range(2):
        leave_and_come_back(first)
        first.expect_epoch(4, 6)
        first.expect_address(epoch=4)


def leave_and_come_back(forecast):
    forecast.page.get_by_role("link", name="1. Step an RNN").click()
    expect(forecast.page.locator(".stepper .where")).to_have_text(re.compile(r"\d"))
    forecast.page.get_by_role("link", name="6. Train one").click()
    expect(forecast.where).to_have_text(re.compile(r"\d"))


def test_a_training_goes_on_in_the_other_lesson_and_is_at_its_newest_epoch_when_one_comes_back(forecast):
    forecast.begin(epochs=50, units=16, window=10)
    expect(forecast.progress).to_have_count(1)
    before = forecast.step
    leave_and_come_back(forecast)
    until(lambda: forecast.step > before, forecast.page)
    forecast.expect_end()
    forecast.expect_epoch(50, 50)
    leave_and_come_back(forecast)
    forecast.expect_epoch(50, 50)


def test_all_three_are_there_and_every_control_shows_what_the_address_says(window):
    forecast = window(kept=False, reduced_motion="reduce").forecast
    # The training is over before a slow browser has drawn the page: once it left the lists at what is usual.
    forecast.page.context.new_cdp_session(forecast.page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    forecast.begin(series="season", cell="all", units=5, window=12, epochs=1, rate=0.03, seed=21)
    forecast.expect_end()
    expect(forecast.page.locator(".st-key-series input")).to_have_value("trend with season")
    expect(forecast.page.locator(".st-key-cell").get_by_role("radio", name="all three")).to_be_checked()
    expect(
        forecast.page.get_by_text("RNN, GRU, LSTM · 5 units · window 12 · learning rate 0.03 · seed 21")
    ).to_be_visible()
    forecast.expect_address(epoch=1)  # a run after which the settings once opened with the smallest of each
    forecast.expect_quiet()
    forecast.page.get_by_test_id("stPopover").get_by_role("button").click()
    for key, value in {"units": 5, "window": 12, "epochs": 1, "seed": 21}.items():
        expect(forecast.page.locator(f".st-key-{key} input")).to_have_value(str(value))
    forecast.page.keyboard.press("Escape")
    assert list(forecast.table())[:3] == ["RNN", "GRU", "LSTM"] and "seasonal naive" in forecast.table()
    forecast.press("Home")
    expect(forecast.live).to_have_text(re.compile("^RNN, epoch 0.*GRU, epoch 0.*LSTM, epoch 0"))


# ---- the trained network in other lessons


def test_the_trained_network_is_opened_in_two_lessons_where_its_values_can_be_changed(window):
    one = window(reduced_motion="reduce")
    forecast, rnn, gates = one.forecast, one.lesson, one.gates
    forecast.open(**SHORT, series="season")
    forecast.page.get_by_role("link", name="Open it in “Step an RNN”").click()
    rnn.expect_step(60, 60)
    until(lambda: forecast.page.evaluate("document.querySelector('.stMain').scrollTop") == 0, forecast.page)
    expect(rnn.live).to_contain_text("next value")
    expect(rnn.sum).to_contain_text("the same number")
    rnn.type("100 105.5 98")
    rnn.expect_step(3, 3)
    rnn.expect_address(text="100 105.5 98", step=3)
    rnn.expect_quiet()
    rnn.choose("what", "word")
    word = forecast.page.locator(".st-key-word input")
    word.fill("120")
    word.press("Enter")
    expect(rnn.effect).to_have_text(re.compile(r"^At the end it answers \d+\.\d\d instead of \d+\.\d\d\.$"))
    forecast.page.get_by_role("link", name="6. Train one").click()
    forecast.expect_end()
    forecast.page.get_by_role("link", name="Open it in “LSTM and GRU gates”").click()
    gates.expect_step(60, 60)
    expect(gates.live).to_contain_text("LSTM next value")
    gates.type("100 105.5 98")
    gates.expect_step(3, 3)


def test_who_has_trained_nothing_is_led_to_where_one_can(page, server):
    page.goto(f"{server}/rnn?task=trained&lang=en")
    expect(page.get_by_test_id("stAlert")).to_have_text(re.compile("^There is no network of yours in this session"))
    page.locator(".st-key-lab").get_by_role("link", name="6. Train one").click()
    expect(page).to_have_url(re.compile(r"/forecast\?"))


# ---- bad input


def test_a_hostile_file_runs_nothing_and_is_shown_as_it_was_written(forecast):
    forecast.go("/forecast?series=file&lang=en&epochs=1&units=4&window=10")
    expect(forecast.alert).to_contain_text("Choose a file above")
    header = f"{HOSTILE},**b** [a](http://example.com),{{0}} http://example.com"
    rows = "\n".join(f"{i % 7},{i % 5},{i % 3}" for i in range(120))
    forecast.upload(f"{header}\n{rows}".encode(), f"{HOSTILE}.csv")
    forecast.expect_end()
    shown = forecast.page.locator(".st-key-lab table").first.locator("th").all_inner_texts()
    assert ",".join(shown).replace("\u2060", "") == header
    expect(forecast.page.locator(".st-key-series_column input")).to_have_value(HOSTILE)
    expect(forecast.page.get_by_text(f"· {HOSTILE}")).to_be_visible()
    forecast.upload(f"v\n1\n2\n{HOSTILE}".encode(), "other.csv")
    expect(forecast.alert).to_contain_text(HOSTILE)
    nothing_ran(forecast)


# ---- looks


def test_a_phone_needs_no_scrolling_sideways(window):
    forecast = window(**PHONE).forecast
    forecast.open(lang="es", **SHORT, cell="all", code="torch")
    assert forecast.page.evaluate(SIDEWAYS) == [0, 0]
    assert forecast.page.evaluate(STICKING_OUT) == []
    for button in forecast.stepper.locator("button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24  # WCAG 2.2, 2.5.8


@pytest.mark.parametrize(
    ("scheme", "address"), [("light", {"lang": "en"}), ("dark", {"lang": "es", "presenter": 1, "cell": "all"})]
)
def test_axe_finds_nothing_serious(window, scheme, address):
    forecast = window(color_scheme=scheme).forecast
    forecast.open(**address, **SHORT)
    expect(forecast.live).not_to_be_empty()
    assert forecast.page.evaluate(SIDEWAYS) == [0, 0]
    assert violations(forecast.page) == []
    ink = forecast.page.locator(".st-key-sealed text").first
    expect(ink).to_have_css("fill", {"light": "rgb(29, 39, 51)", "dark": "rgb(230, 234, 240)"}[scheme])
    expect(ink).to_have_css("font-size", {"light": "15px", "dark": "22px"}[scheme])


# ---- the server


def test_the_server_ceases_to_compute_when_it_is_told_to_and_soon_when_one_has_gone(window, process):
    forecast = window(kept=False).forecast
    forecast.begin(**LONG)
    expect(forecast.progress).to_contain_text("Epoch")
    trainer = busiest(process, forecast.page)
    forecast.button("Stop, keep the best").click()
    until(lambda: trainer not in spent(process), forecast.page)
    forecast.expect_end()

    forecast.button("Train").click()
    expect(forecast.progress).to_contain_text("Epoch")
    trainer = busiest(process, forecast.page)
    forecast.page.goto("about:blank")
    gone = time.monotonic()
    until(lambda: trainer not in spent(process), forecast.page)
    assert GRACE - 2 < time.monotonic() - gone < GRACE + 5
    before = sum(spent(process).values())
    forecast.page.wait_for_timeout(500)
    assert sum(spent(process).values()) - before < 0.1


def spent(process):
    """The seconds that each thread of a process has computed."""
    return {thread.id: thread.user_time + thread.system_time for thread in process.threads()}


def busiest(process, page):
    """The thread that computes most."""
    before = spent(process)
    page.wait_for_timeout(1000)
    now = spent(process)
    return max(before.keys() & now.keys(), key=lambda thread: now[thread] - before[thread])
