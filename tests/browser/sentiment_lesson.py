"""Lesson `sentiment` as a person has it in hand."""

import re

from forecast_lesson import ForecastLesson
from playwright.sync_api import Page, expect


class SentimentLesson(ForecastLesson):
    """One page of lesson `sentiment`; its step is the epoch."""

    name = "sentiment"

    def __init__(self, page: Page, server: str):
        super().__init__(page, server)
        self.file = page.locator(".st-key-opinions_file input[type=file]")
        self.verdicts = page.locator(".verdicts")
        self.mistakes = page.locator(".st-key-mistakes button")
        self.learning = page.locator(".st-key-begin-sentiment-curve")  # the last thing that depends on the readers

    # ---- looking

    def bars(self) -> dict[str, str]:
        """What each reader says of the sentence in the box."""
        names = self.verdicts.locator(".who").all_inner_texts()
        return dict(zip(names, self.verdicts.locator(".says").all_inner_texts(), strict=True))

    def table(self) -> dict[str, list[str]]:
        """What is said of each reader."""
        rows = self.page.locator(".stMain table", has_text="%").locator("tbody tr").all()
        return {cells[0]: cells[1:] for cells in (row.locator("td").all_inner_texts() for row in rows)}

    def reader(self, name: str):
        """The option that shows one reader from near."""
        return self.page.locator(".st-key-reader").get_by_role("radio", name=name, exact=True)

    # ---- waiting

    def expect_end(self) -> None:
        expect(self.learning).to_be_visible(timeout=90_000)  # a Transformer reads a thousand sentences
        expect(self.progress).to_have_count(0)
        self.expect_quiet()

    def expect_readers(self, count: int) -> None:
        expect(self.verdicts.locator(".bar i")).to_have_count(count)
        expect(self.verdicts.locator(".says")).to_have_text([re.compile(r"\d %$")] * count)
