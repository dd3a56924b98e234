"""Lesson `attention` with a model that copies, as a person has it in hand."""

import numpy as np
import pytest
from attention_lesson import AttentionLesson
from lesson import until
from playwright.sync_api import expect
from test_attention import falsehoods
from test_attention_looks import fits
from test_looks import PHONE, violations

from seqviz.models.induction import load_induction
from seqviz.traces.next_token import next_token

NAME = "harry potter met harry p"
BARS = "(plot) => [plot._fullData?.[0]?.y ?? [], Array.from(plot._fullData?.[0]?.x ?? [])]"


@pytest.fixture
def calm(window) -> AttentionLesson:
    """The lesson of a reader who wants no motion: every text comes to rest at once."""
    return window(reduced_motion="reduce").attention


def expected(name: str, text: str, query: int, temperature: float = 1.0) -> np.ndarray:
    """The probabilities after a character, counted from 1, the largest first."""
    loaded = load_induction(name)
    return np.sort(next_token(loaded.model, loaded.tokenizer, text, query - 1).probabilities(temperature))[::-1]


def expect_bars(attention: AttentionLesson, first: str, shares: np.ndarray) -> None:
    """The bars of the next token, as the browser has them."""
    plot = attention.page.locator(".st-key-next .js-plotly-plot").last

    def are_there() -> bool:
        names, found = plot.evaluate(BARS)
        return names[:1] == [f"1 · {first}"] and np.allclose(found[:8], shares[:8], atol=1e-5)

    until(are_there, attention.page, lambda: str(plot.evaluate(BARS)))


def test_a_model_that_copies_is_a_press_away_and_its_bars_follow_the_cursor(calm):
    calm.open(lang="en")
    calm.choose("model", "1")
    expect(calm.box).to_have_value(NAME)
    calm.expect_head(2, 1)
    calm.expect_step(24, 24)
    calm.expect_looks("p")
    assert calm.tokens()[12] == "␣"
    expect_bars(calm, "o", expected("induction-2", NAME, 24))
    assert falsehoods(calm.printed()) == []
    calm.press("ArrowLeft", "ArrowLeft")
    calm.expect_address(query=22)  # the y of the second harry
    expect_bars(calm, "␣", expected("induction-2", NAME, 22))
    calm.type("q7x!mk2 q7x!m")
    expect_bars(calm, "k", expected("induction-2", "q7x!mk2 q7x!m", 13))


def test_the_temperature_is_moved_by_hand_and_a_link_keeps_it(calm, window):
    calm.open(lang="en", model="induction-2", query=12)
    slider = calm.page.locator(".st-key-temperature").get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    calm.expect_address(temperature="1.1")
    expect_bars(calm, "y", expected("induction-2", NAME, 12, 1.1))
    other = window().attention
    other.go(calm.page.url)
    expect_bars(other, "y", expected("induction-2", NAME, 12, 1.1))
    other.expect_step(12)


def test_it_fits_a_phone_and_axe_finds_nothing_serious(window):
    attention = window(**PHONE, color_scheme="dark").attention
    attention.open(lang="es", model="induction-1", query=8, temperature="2.0")
    expect(attention.page.locator(".st-key-next .main-svg").first).to_be_attached()
    fits(attention)
    assert violations(attention.page) == []
