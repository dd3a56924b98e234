"""Lesson `attention` as a person has it in hand."""

import re

from lesson import FIND_CELLS, Lesson, until
from playwright.sync_api import FrameLocator, Locator, Page, expect

FIND_HEADS = FIND_CELLS.replace("slice(0, 2)", "slice(0, 1)")  # "layer 4, head 2" → its middle
# Where the cell of a heatmap is painted, in pixels of the window.
FIND_CELL = """(plot, [query, key]) => {
  if (!plot._fullLayout?.xaxis) return null; // it is being drawn
  plot.scrollIntoView({block: "center"});
  const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.l2p(key), box.top + yaxis._offset + yaxis.l2p(query)];
}"""
# All that the gaze prints, as it is printed.
PRINTED = """(gaze) => {
  const all = (selector, element = gaze) => [...element.querySelectorAll(selector)];
  const text = (selector, element = gaze) => element.querySelector(selector).textContent;
  const lines = (selector) => {
    const cells = all(`${selector} span`).map((span) => span.textContent);
    return Array.from({length: cells.length / 3}, (_, i) => cells.slice(3 * i, 3 * i + 3));
  };
  const rows = all(".rows .row");
  return {
    where: text(".where"), looks: text(".looks"), hidden: text(".hidden-share"), note: text(".note"),
    tokens: all(".keys .token").map((token) => [text("b", token), text("i", token)]),
    title: text(".why .title"), products: lines(".dot-sum"),
    steps: all(".steps > span").map((step) => step.firstChild.textContent),
    rows: rows.map((row) => [".name", ".score", ".power", ".weight"].map((what) => text(what, row))),
    chosen: rows.findIndex((row) => row.classList.contains("chosen")),
    powers: text(".powers"), total: text(".sum-of-powers"), check: text(".check"),
    result: all(".result > span").map((line) => line.textContent),
    number: text(".number-title"), output: lines(".output-sum"),
  };
}"""


class AttentionLesson(Lesson):
    """One page of lesson `attention`; its step is the query, the token that looks."""

    name, root = "attention", "gaze"

    def __init__(self, page: Page, server: str):
        super().__init__(page, server)
        self.looks, self.note, self.check, self.hidden = map(
            self.stepper.locator, (".looks", ".note", ".check", ".hidden-share")
        )
        self.heads = page.locator(".heads")
        self.grid, self.captions = map(self.heads.locator, ("canvas.grid", ".captions"))
        self.sentence = self.stepper.locator(".sentence")
        self.effect = page.locator("p", has_text=re.compile(r"^(The effect|El efecto)\."))
        self.pair = page.locator(".st-key-pair_box input")

    # ---- coming

    def open(self, **parameters: object) -> "AttentionLesson":
        super().open(**parameters)
        if "query" in parameters:  # then it stands still, and tells so
            expect(self.live).not_to_be_empty()
        return self

    # ---- looking

    def printed(self) -> dict:
        return self.stepper.evaluate(PRINTED)

    def token(self, n: int, role: str = "key") -> Locator:
        """A token of the sentence, counted from 1."""
        return self.sentence.locator(f'.token[data-{role}="{n - 1}"]')

    def tokens(self) -> list[str]:
        return self.sentence.locator(".keys .token b").all_text_contents()

    def row(self, n: int) -> Locator:
        """A line of the softmax, counted from 1."""
        return self.stepper.locator(f'.rows .row[data-key="{n - 1}"]')

    def picture(self, name: str) -> Locator:
        """A heatmap by its key."""
        return self.page.locator(f".st-key-{name} .js-plotly-plot").last  # while the page runs, an old one may be left

    def numbers(self, name: str) -> list[list[float]]:
        """The numbers of a heatmap as the browser has them, row by row."""
        return self.picture(name).evaluate(
            "(plot) => Array.from(plot._fullData?.[0]?.z ?? [], (row) => Array.from(row))"
        )

    def cell(self, query: int, key: int, name: str = "map") -> tuple[float, float]:
        """Where a cell of a heatmap is, in pixels of the window; row and column are counted from 1."""
        plot = self.picture(name)
        found: list = []
        until(lambda: found.append(plot.evaluate(FIND_CELL, [query - 1, key - 1])) or found[-1], self.page)
        x, y = found[-1]
        return x, y

    def heads_on_screen(self) -> dict[str, tuple[float, float]]:
        self.grid.evaluate("(canvas) => canvas.scrollIntoView({block: 'center'})")
        return self.grid.evaluate(FIND_HEADS)

    def frame(self) -> FrameLocator:
        """What BertViz drew."""
        return self.page.frame_locator("iframe[srcdoc]")

    # ---- doing

    def press_grid(self, *keys: str) -> None:
        self.heads.focus()
        for key in keys:
            self.heads.press(key)

    def choose(self, control: str, code: str) -> None:
        """`code` is the place of an option, from 0, of a control that is not another lesson's."""
        if control == "lang":
            super().choose(control, code)
        else:
            self.page.locator(f".st-key-{control}").get_by_role("radio").nth(int(code)).click()

    def toggle(self, name: str) -> None:
        self.page.locator(f".st-key-{name} label").click()

    def pick(self, control: str, option: str | re.Pattern) -> None:
        """Choose from a list by what is written there."""
        self.open_list(self.page.locator(f".st-key-{control} input"))
        self.page.get_by_role("listbox").get_by_role("option", name=option).click()

    # ---- waiting

    def expect_head(self, layer: int, head: int) -> None:
        """The large heatmap is of this head."""
        said = re.compile(rf"^\D*\b{layer}\b\D+\b{head}\b\D*$")
        expect(self.page.get_by_role("heading", level=3).filter(has_text=said)).to_have_count(1)

    def expect_looks(self, token: str) -> None:
        expect(self.looks).to_have_text(re.compile(rf"[“«]{re.escape(token)}[”»]"))
