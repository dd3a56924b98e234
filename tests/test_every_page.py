"""Every page there is opens in every language, with its title and its prose; a new lesson needs no line here."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from seqviz.frame import language
from seqviz.frame.course import LESSONS
from seqviz.jobs.pool import Pool
from seqviz.lessons.shared import runs
from seqviz.words import LANGUAGES, catalogue

ROOT = Path(__file__).parents[1]
TITLES = {"home": "Look inside a network that reads"} | {lesson.name: lesson.title for lesson in LESSONS}


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A pool in which a training waits for ever: a lesson that trains on arrival shows what it shows before."""
    found = Pool(threads=0)
    monkeypatch.setattr(runs, "pool", lambda: found)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", TITLES)
def test_a_page_opens_with_its_title_and_its_prose(name, lang, monkeypatch):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if name != "home":
        page.switch_page(f"pages/{name}.py")
    page.query_params["lang"] = lang
    page.run()
    assert not page.exception
    assert not page.error
    assert [title.value for title in page.title] == [catalogue(lang)(TITLES[name])]
    monkeypatch.setattr(language, "current", lambda: lang)
    first = next(iter(language.prose(name).values()))
    assert first.strip() in "\n".join(block.value for block in page.markdown)
