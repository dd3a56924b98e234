"""A lesson costs a folder, a page and a line: a toy lesson is added to a copy of the house, as CONTRIBUTING says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from seqviz.words import LANGUAGES

ROOT = Path(__file__).parents[1]
TOY = ROOT / "tests" / "toy_lesson"
LINE = '    Lesson("toy", N_("Keep a share"), N_("What is left of a number that shrinks at every step.")),\n'
NEXT = '    Lesson("attention", '  # the lesson that follows
TRANSLATIONS = "seqviz/words/es.po"
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHECKS = (
    *(f"tests/test_every_page.py::test_a_page_opens_with_its_title_and_its_prose[toy-{lang}]" for lang in LANGUAGES),
    "tests/test_home.py::test_home_opens_in_english_with_every_lesson",  # in its place, on the map and in the sidebar
    "tests/test_walls.py::test_no_import_goes_through_a_wall",
    "tests/test_walls.py::test_every_folder_of_seqviz_has_a_known_room",
    "tests/test_walls.py::test_every_folder_of_seqviz_says_in_a_readme_what_it_may_not_know",
    "tests/test_course.py",
    "tests/test_words.py",
    "tests/test_toy_page.py",
)


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def python(folder, *arguments):
    """What python says in a folder whose seqviz it imports."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture
def house(tmp_path):
    """A copy of the app and its tests, without the checkpoints, which nothing here reads."""
    for name in ("pages", "seqviz", "tests", ".streamlit"):
        ignored = shutil.ignore_patterns("__pycache__", "checkpoints")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "app.py", tmp_path)
    return tmp_path


def add_toy_lesson(house):
    """Do what CONTRIBUTING says: copy the files, write the line, collect the words and translate them."""
    for path in files(TOY):
        if path != TRANSLATIONS:
            (house / path).parent.mkdir(exist_ok=True)
            shutil.copy(TOY / path, house / path)
    course = house / "seqviz" / "frame" / "course.py"
    lessons = course.read_text(encoding="utf-8")
    assert lessons.count(NEXT) == 1
    course.write_text(lessons.replace(NEXT, LINE + NEXT), encoding="utf-8")
    python(house, "seqviz.words")
    catalogue = (house / TRANSLATIONS).read_text(encoding="utf-8")
    with (TOY / TRANSLATIONS).open("rb") as po:
        for message in filter(lambda message: message.id, read_po(po)):
            empty = f'msgid "{message.id}"\nmsgstr ""\n'
            assert empty in catalogue, message.id
            catalogue = catalogue.replace(empty, f'msgid "{message.id}"\nmsgstr "{message.string}"\n')
    (house / TRANSLATIONS).write_text(catalogue, encoding="utf-8")


def test_a_lesson_costs_a_folder_a_page_and_a_line(house):
    before = files(house)
    add_toy_lesson(house)
    said = python(house, "pytest", "-q", "-rA", "-p", "no:cacheprovider", *CHECKS)
    for lang in LANGUAGES:
        assert f"[toy-{lang}]" in said
    after = files(house)
    words = {TRANSLATIONS, "seqviz/words/messages.pot"}
    assert {path for path in after if after[path] != before.get(path)} == files(TOY).keys() | words | {
        "seqviz/frame/course.py"
    }


@pytest.mark.parametrize("path", sorted(files(TOY)))
def test_contributing_shows_the_toy_lesson_as_it_is(path):
    kind = {".py": "python", ".md": "markdown", ".po": "po"}[Path(path).suffix]
    assert f"`{path}`:\n```{kind}\n{(TOY / path).read_text(encoding='utf-8')}```\n" in CONTRIBUTING


def test_contributing_shows_the_line_and_names_no_file_that_is_not_there():
    assert f"`seqviz/frame/course.py`:\n```python\n{LINE}```\n" in CONTRIBUTING
    named = set(re.findall(r"`((?:seqviz|pages|tests|benchmarks)/[\w./]+)`", CONTRIBUTING))
    assert len(named) > 10
    named = {path for path in named if "NAME" not in path and "LANG" not in path}
    assert {path for path in named if not (ROOT / path).exists() and not (TOY / path).exists()} == set()
