"""Lesson `forecast` as a person has it in hand."""

import re

from lesson import Lesson
from playwright.sync_api import Locator, Page, expect


class ForecastLesson(Lesson):
    """One page of lesson `forecast`; its step is the epoch, counted from 0, which is before training."""

    name, root = "forecast", "epochs"

    def __init__(self, page: Page, server: str):
        super().__init__(page, server)
        self.sealed = page.locator(".st-key-sealed .js-plotly-plot .main-svg").first
        self.progress = page.get_by_test_id("stProgress")
        self.file = page.locator(".st-key-series_file input[type=file]")

    # ---- coming

    def open(self, **parameters: object) -> "ForecastLesson":
        """Follow a link to the lesson and wait until the training is over and all of it is shown."""
        self.begin(**parameters)
        self.expect_end()
        return self

    def begin(self, **parameters: object) -> "ForecastLesson":
        """Follow a link to the lesson and wait until something of the training is shown."""
        super().open(**{"lang": "en"} | parameters)
        return self

    # ---- looking

    def button(self, name: str) -> Locator:
        return self.page.get_by_test_id(re.compile("^stBaseButton")).filter(has_text=re.compile(rf"{name}$"))

    def table(self) -> dict[str, list[str]]:
        """The measures of each forecast as they are printed."""
        rows = self.page.locator(".stMain table", has_text="RMSE").locator("tbody tr").all()
        return {cells[0]: cells[1:] for cells in (row.locator("td").all_inner_texts() for row in rows)}

    # ---- doing

    def upload(self, data: bytes, name: str) -> None:
        self.file.set_input_files({"name": name, "mimeType": "text/csv", "buffer": data})
        expect(self.page.get_by_role("button", name=f"Remove {name}")).to_be_visible()

    # ---- waiting

    def expect_end(self) -> None:
        expect(self.sealed).to_be_attached()
        self.expect_quiet()

    def expect_epoch(self, n: int, of: int | None = None) -> None:
        self.expect_step(n, of)

    def expect_no_progress(self) -> None:
        expect(self.progress).to_have_count(0)
        expect(self.where).to_have_text(re.compile(r"\d"))
