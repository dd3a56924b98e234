"""Lesson `rnn` as a person has it in hand: what can be seen, and what can be done."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

from seqviz.lessons.rnn.whatif import KINDS
from seqviz.lessons.shared.sequence import TASKS
from seqviz.models.reader import CELLS
from seqviz.words import LANGUAGES

PATIENCE = 20  # seconds that anything may take: the machine may be busy
expect.set_options(timeout=1000 * PATIENCE)
OPTIONS = {  # in the order shown
    "task": tuple(task.code for task in TASKS),
    "cell": tuple(CELLS),
    "what": KINDS,
    "lang": tuple(LANGUAGES),
}

# Cell by cell, where the pointer finds it: "unit 2 · 0.4" → its middle, in pixels of the window.
FIND_CELLS = """(canvas) => {
  const tip = canvas.parentElement.querySelector(".tip"), box = canvas.getBoundingClientRect(), found = {};
  for (let y = box.top + 1; y < box.bottom; y += 5)
    for (let x = box.left + 1; x < box.right; x += 9) {
      canvas.dispatchEvent(new PointerEvent("pointermove", {clientX: x, clientY: y, pointerType: "mouse"}));
      if (!tip.hidden) (found[tip.textContent.split(" · ").slice(0, 2).join(" · ")] ??= []).push([x, y]);
    }
  canvas.dispatchEvent(new PointerEvent("pointerleave"));
  const middle = (numbers) => (Math.min(...numbers) + Math.max(...numbers)) / 2;
  for (const name in found) found[name] = [0, 1].map((i) => middle(found[name].map((point) => point[i])));
  return found;
}"""

# Every text that is shown or read aloud, in the components' shadows too; of code only its comments.
ALL_TEXTS = """() => {
  const texts = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return texts.push(node.textContent);
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (["SCRIPT", "STYLE"].includes(node.tagName)) return;
      if (/st-key-address-/.test(node.className)) return; // what Python writes there, nobody sees
      if (node.tagName === "CODE") return texts.push(...(node.textContent.match(/(?<=# ).*/g) ?? []));
      texts.push(...["aria-label", "title", "placeholder", "alt"].map((name) => node.getAttribute(name) ?? ""));
      if (node.shadowRoot) node.shadowRoot.childNodes.forEach(walk);
    }
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return texts.concat(document.title.split(" · ")).map((text) => text.trim()).filter(Boolean);
}"""


class Lesson:
    """One page of lesson `rnn`; the pages of the other lessons with a player inherit what all have in common."""

    name, root = "rnn", "stepper"

    def __init__(self, page: Page, server: str):
        self.page, self.server = page, server
        self.stepper = player(page, self.root)
        self.nothing = page.locator(f".{self.root}.empty .nothing")
        self.canvas, self.tip, self.tabs, self.sum, self.sub, self.legend = map(
            self.stepper.locator, (".stage", ".stage + .tip", ".tabs", ".sum", ".sub", ".legend")
        )
        self.where, self.title, self.live = map(self.stepper.locator, (".where", ".title", ".live"))
        self.effect = page.get_by_text(re.compile(r"^(At the end it answers|The verdict (keeps|turns))"))
        self.box = page.get_by_test_id("stTextInput").first.locator("input")
        self.what = page.locator(".st-key-what input")
        self.alert = page.get_by_test_id("stAlert")

    # ---- coming

    def open(self, **parameters: object) -> "Lesson":
        """Follow a link to the lesson and wait until there is something to step through."""
        self.go(f"/{self.name}?{urlencode(parameters)}")
        expect(self.where).to_have_text(re.compile(r"\d+ \D+ \d+"))
        if "step" in parameters:  # then it stands still, and tells so
            expect(self.live).not_to_be_empty()
        return self

    def go(self, address: str) -> None:
        self.page.goto(address if "://" in address else self.server + address)

    # ---- looking

    @property
    def step(self) -> int:
        return int(re.findall(r"\d+", self.where.inner_text())[0])

    @property
    def steps(self) -> int:
        return int(re.findall(r"\d+", self.where.inner_text())[1])

    @property
    def address(self) -> dict[str, str]:
        found = parse_qs(urlsplit(self.page.url).query, keep_blank_values=True)
        return {name: values[0] for name, values in found.items()}

    def texts(self) -> list[str]:
        return self.page.evaluate(ALL_TEXTS)

    def option(self, control: str, code: str) -> Locator:
        """One option of a row of options, or of a list that is open, whatever it is called in the page's language."""
        if control == "what":
            return self.page.get_by_role("listbox").get_by_role("option").nth(OPTIONS[control].index(code))
        return self.page.locator(f".st-key-{control}").get_by_role("radio").nth(OPTIONS[control].index(code))

    def tokens(self) -> list[str]:
        """Steps through all of them and listens to what is read aloud."""
        self.stepper.focus()
        self.stepper.press("Home")
        heard = []
        for n in range(1, self.steps + 1):
            self.expect_step(n)
            expect(self.live).to_have_text(re.compile(rf"^\D*{n}\D"))
            heard.append(self.live.inner_text().split(", ")[1])
            self.stepper.press("ArrowRight")
        return heard

    # ---- doing

    def press(self, *keys: str) -> None:
        self.stepper.focus()
        for key in keys:
            self.stepper.press(key)

    def type(self, text: str) -> None:
        self.fill(self.box, text)
        self.box.press("Enter")

    def fill(self, box: Locator, text: str) -> None:
        """Put a text into a box; where Streamlit draws it just then, what was there may stay beside it."""
        until(lambda: box.fill(text) or box.input_value() == text, self.page, box.input_value)

    def point(self, place: Callable[[], tuple[float, float]], tip: Locator, said: str | re.Pattern) -> None:
        """Point at a place until it says so: a picture that is drawn anew forgets where the pointer rests."""

        def says_so() -> bool:
            self.page.mouse.move(5, 5)
            self.page.mouse.move(*place())
            try:
                expect(tip).to_contain_text(said, timeout=1000)
            except AssertionError:
                return False
            return True

        until(says_so, self.page, tip.inner_text)

    def choose(self, control: str, code: str) -> None:
        if control == "what":
            self.open_list(self.what)
        self.option(control, code).click()
        self.expect_chosen(**{control: code})

    def open_list(self, box: Locator) -> None:
        """Open a list by its box."""
        before = box.bounding_box()
        box.scroll_into_view_if_needed()
        if box.bounding_box() != before:
            self.page.wait_for_timeout(300)  # a list closes where the page scrolls
        box.click()

    def picture(self, name: str) -> Locator:
        return self.stepper.locator(f"canvas.{name}")

    def cells(self, canvas: Locator | None = None) -> dict[str, tuple[float, float]]:
        canvas = canvas or self.canvas
        canvas.scroll_into_view_if_needed()
        return canvas.evaluate(FIND_CELLS)

    # ---- waiting

    def expect_step(self, n: int, of: int | None = None) -> None:
        expect(self.where).to_have_text(re.compile(rf"^\D*\b{n}\b\D+{of or '[0-9]+'}$"))

    def expect_unit(self, n: int) -> None:
        expect(self.title).to_have_text(re.compile(rf"\b{n}\b.*[“«]"))

    def expect_address(self, **parameters: object) -> None:
        wanted = {name: None if value is None else str(value) for name, value in parameters.items()}
        until(lambda: {name: self.address.get(name) for name in wanted} == wanted, self.page, lambda: self.address)

    def expect_chosen(self, **options: str) -> None:
        for control, code in options.items():
            if control == "what":
                self.expect_address(what=code)
                continue
            expect(self.option(control, code)).to_have_attribute("aria-checked", "true")

    def expect_quiet(self) -> None:
        """Nothing runs on the server any more."""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    @contextmanager
    def moves(self) -> Iterator[list[tuple[float, int]]]:
        """The times (ms) and the steps that the counter shows inside the block, filled in when it ends."""
        self.where.evaluate(
            """(where) => {
              const note = () => window.moves.push([performance.now(), Number(where.textContent.match(/\\d+/)[0])]);
              window.moves = [];
              note();
              window.watching = new MutationObserver(note);
              window.watching.observe(where, {childList: true, characterData: true, subtree: true});
            }"""
        )
        seen: list[tuple[float, int]] = []
        yield seen
        seen += map(tuple, self.page.evaluate("window.watching.disconnect(), window.moves"))


def player(page: Page, root: str) -> Locator:
    """A picture with a cursor. While the page is laid out anew, one without data yet may stand beside it."""
    return page.locator(f".{root}:not(.empty):has(.where:not(:empty))")


def until(is_so: Callable[[], bool], page: Page, say: Callable[[], object] = lambda: "not so in time") -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, say()
        page.wait_for_timeout(40)
