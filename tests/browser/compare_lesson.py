"""Lesson `compare` as a person has it in hand."""

from lesson import FIND_CELLS, Lesson
from playwright.sync_api import Locator, Page, expect

# All that the board says of what is under the pointer: "GRU · unit 3 · was · +0.12", "GRU: “was” on the logit after …".
FIND_TIPS = FIND_CELLS.replace('.split(" · ").slice(0, 2).join(" · ")', "").replace("x += 9", "x += 25")
# All that is printed below the board, as it is printed.
PRINTED = """(lanes) => {
  const text = (selector) => lanes.querySelector(selector).textContent;
  const words = [...lanes.querySelectorAll(".words > span")];
  return {
    title: text(".title"), hangs: text(".hangs"), live: text(".live"),
    sum: [...lanes.querySelectorAll(".sum text")].map((one) => one.textContent),
    bars: lanes.querySelectorAll(".sum rect").length,
    words: words.map((word) => [word.querySelector("b").textContent, word.querySelector("i").textContent]),
    now: words.findIndex((word) => word.classList.contains("now")),
  };
}"""
PICTURES = (
    "effect", "path-RNN", "path-Transformer", "wait-RNN", "wait-Transformer", "recall", "answers", "kinds", "induction",
)  # fmt: skip


class CompareLesson(Lesson):
    """One page of lesson `compare`."""

    name, root = "compare", "lanes"

    def __init__(self, page: Page, server: str):
        super().__init__(page, server)
        self.canvas, self.tip, self.states = map(self.stepper.locator, ("canvas.board", ".board + .tip", ".states"))
        self.hangs = self.stepper.locator(".hangs")
        self.effect = page.locator("p", has_text="in place of")
        self.table = page.locator(".st-key-table-when")

    # ---- looking

    def printed(self) -> dict:
        return self.stepper.evaluate(PRINTED)

    @property
    def words(self) -> list[str]:
        """The words below the board."""
        return self.stepper.locator(".words b").all_text_contents()

    def reader(self, name: str) -> Locator:
        """The button that takes a reader's verdict apart."""
        return self.stepper.locator(f'.readers [data-name="{name}"]')

    def word(self, n: int) -> Locator:
        """A word below the board, counted from 1."""
        return self.stepper.locator(f'.words [data-step="{n - 1}"]')

    def tips(self) -> dict[str, tuple[float, float]]:
        """What the pointer hears on the board, and where."""
        self.canvas.evaluate("(canvas) => canvas.scrollIntoView({block: 'center'})")  # out from behind the transport
        return self.canvas.evaluate(FIND_TIPS)

    def picture(self, name: str) -> Locator:
        """A figure by its key."""
        return self.page.locator(f".st-key-{name} .js-plotly-plot").last  # while the page runs, an old one may be left

    # ---- doing

    def pick(self, control: str, option: str) -> None:
        """Choose from a list by what is written there."""
        self.open_list(self.page.locator(f".st-key-{control} input"))
        self.page.get_by_role("listbox").get_by_role("option", name=option, exact=True).click()

    # ---- waiting

    def expect_reader(self, name: str) -> None:
        expect(self.reader(name)).to_have_attribute("aria-pressed", "true")
        expect(self.title).to_contain_text(name)

    def expect_pictures(self) -> None:
        """Every figure has been drawn."""
        for picture in PICTURES:
            expect(self.picture(picture).locator(".main-svg").first).to_be_attached()
        self.expect_quiet()
