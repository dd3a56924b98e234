"""What every lesson has: a page and a folder; and no page or folder is without its lesson."""

from pathlib import Path

import pytest

from seqviz.frame.course import LESSONS, find

ROOT = Path(__file__).parents[1]
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
