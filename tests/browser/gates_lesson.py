"""Lesson `gates` as a person has it in hand."""

import re

from lesson import FIND_CELLS, Lesson
from playwright.sync_api import Locator, Page, expect

from seqviz.lessons.gates.hold import CHOICES, EVERY, HELD

TASKS = ("number", "count", "brackets", "quotes-en", "quotes-es", "en", "es", "own")
LISTS = {"task": TASKS, "held": CHOICES, "gate": tuple(HELD), "whose": (EVERY, *map(str, range(1, 100)))}  # as shown
FIND_STRIPS = FIND_CELLS.replace("slice(0, 2)", "slice(0, 3)")  # "LSTM f · unit 2 · 0.4" → its middle
LABELS = {  # the wires that have a number, in the order of the circuit
    "LSTM": ("c0", "kept", "c", "written", "h0", "h", "x"),
    "GRU": ("h0", "kept", "h", "written", "x", "x"),
}


class GatesLesson(Lesson):
    """One page of lesson `gates`."""

    name, root = "gates", "gates"

    def __init__(self, page: Page, server: str):
        super().__init__(page, server)
        self.canvas, self.tip, self.sort = map(self.stepper.locator, ("canvas.strips", ".strips + .tip", ".sort"))
        self.effect = page.get_by_text(re.compile(r"^With this gate held, "))
        self.weights = page.locator(".st-key-own_weights input[type=file]")
        self.numbers = page.locator(".st-key-own_numbers textarea")

    # ---- looking

    def card(self, kind: str) -> Locator:
        """The circuit of a cell with its equation."""
        return self.stepper.locator(f'.cell[data-kind="{kind}"]')

    def button(self, kind: str, part: str) -> Locator:
        """The button of a part."""
        return self.card(kind).locator(f'.parts [data-name="{part}"]')

    def lines(self, kind: str) -> list[str]:
        """The lines of the equation that a cell shows."""
        return self.card(kind).locator(".equation math").all_text_contents()

    def result(self, kind: str) -> str:
        """The number in which the equation of a cell ends."""
        return self.lines(kind)[-1].split("=")[-1]

    def circuit(self, kind: str) -> dict[str, str]:
        """The numbers on the circuit of a cell as they are printed: on its wires by LABELS, in its boxes by gate."""
        wires = self.card(kind).locator(".label tspan:last-child").all_text_contents()
        boxes = self.card(kind).locator("text.value").all_text_contents()
        return dict(zip(LABELS[kind], wires, strict=True)) | dict(text.split() for text in boxes)

    def openings(self, kind: str) -> list[str]:
        """What stands at the valves of a cell."""
        return self.card(kind).locator("text.open").all_text_contents()

    def cells(self, canvas: Locator | None = None) -> dict[str, tuple[float, float]]:
        canvas = canvas or self.canvas
        canvas.evaluate("(canvas) => canvas.scrollIntoView({block: 'center'})")  # out from behind the transport
        return canvas.evaluate(FIND_STRIPS)

    # ---- doing

    def explain(self, kind: str, part: str) -> None:
        """Press the button of a part."""
        self.button(kind, part).click()
        self.expect_explained(kind, part)

    def choose(self, control: str, code: str) -> None:
        if control not in LISTS:
            super().choose(control, code)
            return
        self.open_list(self.page.locator(f".st-key-{control} input"))
        self.page.get_by_role("listbox").get_by_role("option").nth(LISTS[control].index(code)).click()
        self.expect_address(**{control: code})

    def upload(self, data: bytes, name: str) -> None:
        """Choose a file of weights, and wait until it has been read."""
        self.weights.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": data})
        expect(self.page.locator(".st-key-own_weights")).to_contain_text(name)
        self.page.wait_for_timeout(200)  # the browser tells the server a moment later
        self.expect_quiet()

    def type_numbers(self, text: str) -> None:
        """Type the input of the reader's own network."""
        self.fill(self.numbers, text)
        self.numbers.press("Control+Enter")

    # ---- waiting

    def expect_explained(self, kind: str, part: str) -> None:
        expect(self.button(kind, part)).to_have_attribute("aria-pressed", "true")
        expect(self.card(kind)).to_have_class(re.compile(r"\bactive\b"))

    def expect_units(self, **units: int) -> None:
        for kind, n in units.items():
            expect(self.card(kind).locator(".title")).to_have_text(re.compile(rf"^{kind}, \S+ {n}, "))
