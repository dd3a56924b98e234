"""What every lesson has: a page, a folder and a name, by which alone it is called."""

import re
from pathlib import Path

import pytest

from seqviz.frame.course import LESSONS, find

ROOT = Path(__file__).parents[1]
NUMBERED = re.compile(r"\b(?:lessons?|lecci(?:ón|ones))(?: \d|\s+\d(?!\. ))", re.I)  # a list may begin after it
TEXTS = {".py", ".md", ".js", ".css", ".txt", ".po", ".pot"}
NAMES = sorted(lesson.name for lesson in LESSONS)


def test_every_lesson_has_its_page_and_every_page_its_lesson():
    assert sorted(page.stem for page in (ROOT / "pages").glob("*.py")) == NAMES
    assert all((ROOT / lesson.path).is_file() for lesson in LESSONS)


def test_every_lesson_has_its_folder_and_every_folder_its_lesson():
    folders = {file.parent.name for file in (ROOT / "seqviz" / "lessons").glob("*/__init__.py")}
    assert sorted(folders - {"shared"}) == NAMES


def test_a_lesson_is_found_by_its_name():
    assert [find(lesson.name) for lesson in LESSONS] == list(LESSONS)
    with pytest.raises(KeyError):
        find("nowhere")


def test_lessons_are_named_and_never_numbered():
    found = [file for folder in ("pages", "seqviz", "tests", "benchmarks") for file in (ROOT / folder).rglob("*.*")]
    texts = [ROOT / "app.py", *ROOT.glob("*.md"), *(file for file in found if file.suffix in TEXTS)]
    assert len(texts) > 200
    numbered = {file: NUMBERED.findall(file.read_text(encoding="utf-8")) for file in texts}
    assert {file: found for file, found in numbered.items() if found} == {}
    words = ("Lesson", "lessons", "lección", "las\nLecciones\n")
    assert all(NUMBERED.search(f"{word} {place}") for place, word in enumerate(words))
