"""The stopwatch of lesson `compare` in a real browser: pressed, watched, stopped, read in two languages, on a phone."""

import re

from lesson import until
from playwright.sync_api import expect
from test_looks import PHONE

from seqviz.words import catalogue

EXPONENTS = """(key) => [...document.querySelectorAll(`.st-key-${key} .legendtext`)]
  .map((entry) => entry.textContent).filter((text) => /T.?\\d\\.\\d\\d/.test(text))"""
# Neither it nor anything in it reaches over the edge of the window.
IS_WITHIN = """(part) => [part, ...part.querySelectorAll("svg, td")]
  .every((element) => element.getBoundingClientRect().right <= innerWidth)"""


def test_it_measures_when_told_to_and_says_what_it_found_in_both_languages_and_on_a_phone(window, server):
    page, _ = window(kept=False, reduced_motion="reduce").page, catalogue("es")
    page.goto(f"{server}/compare?lang=en&width=32&longest=512")
    expect(page.get_by_text("Nothing is measured yet.")).to_be_visible()
    page.get_by_role("button", name="Measure on this machine").click()
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_be_visible()
    expect(page.locator(".st-key-seconds .js-plotly-plot")).to_be_visible()
    expect(bar).to_contain_text(re.compile(r"Round \d+ done, about \d+ s left"))
    page.get_by_role("button", name="Stop, keep what is measured").dispatch_event("click")  # it never stands still
    expect(page.get_by_text("Stopped before its end: fewer repeats than planned.")).to_be_visible()
    expect(bar).to_have_count(0)
    for key in ("seconds", "kept"):
        until(lambda key=key: len(page.evaluate(EXPONENTS, key)) == 5, page)
    expect(page.get_by_text("512 tokens: fastest")).to_be_visible()
    expect(page.locator(".st-key-table-crossings tbody tr")).to_have_count(3)

    before = page.evaluate(EXPONENTS, "seconds")
    page.get_by_role("radio", name="forward and backward").click()
    until(lambda: page.evaluate(EXPONENTS, "seconds") not in ([], before), page)
    until(lambda: "way=both" in page.url, page)
    page.locator(".st-key-lang").get_by_role("radio").nth(1).click()
    expect(page.get_by_role("heading", name=_("Measured here: time and memory"))).to_be_visible()
    expect(page.get_by_text(_("Stopped before its end: fewer repeats than planned."))).to_be_visible()
    expect(page.get_by_role("radio", name=_("forward and backward"))).to_be_checked()
    page.set_viewport_size(PHONE["viewport"])
    for key in ("seconds", "kept", "table-crossings"):
        until(lambda key=key: page.locator(f".st-key-{key}").evaluate(IS_WITHIN), page, lambda key=key: key)
