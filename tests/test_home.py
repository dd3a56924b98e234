"""The home page, in both languages, and the addresses it leads to."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from visits import address_of

from seqviz.frame.course import LESSONS

ROOT = Path(__file__).parents[1]


def home(**address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"))
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def test_home_opens_in_english_with_every_lesson():
    app = home()
    assert not app.exception
    assert app.title[0].value == "Look inside a network that reads"
    lines = [block.value for block in app.markdown]
    assert [line for line in lines if line in {lesson.line for lesson in LESSONS}] == [one.line for one in LESSONS]
    numbered = [f"{place}\\. {lesson.title}" for place, lesson in enumerate(LESSONS, 1)]
    assert links(app) == [*numbered, "seqviz", *numbered]  # on the map, then in the sidebar


def test_the_address_chooses_the_language():
    app = home(lang="es")
    assert app.title[0].value == "Mira dentro de una red que lee"
    assert all("lang=es" in link.proto.query_string for link in app.get("page_link"))


@pytest.mark.parametrize("lang", ["", "xx", "../es", "ES", "en\0"])
def test_an_unknown_language_is_ignored(lang):
    app = home(lang=lang)
    assert not app.exception
    assert app.title[0].value == "Look inside a network that reads"


def test_the_switch_changes_the_language_and_keeps_other_parameters():
    app = home(step="7")
    app.button_group(key="lang").set_value("es").run()
    assert app.title[0].value == "Mira dentro de una red que lee"
    assert address_of(app) == {"lang": "es", "step": "7"}


def test_presenter_view_replaces_the_sidebar_and_can_be_left():
    app = home(presenter="1")
    assert not app.sidebar.children
    app.toggle(key="presenter").set_value(False).run()
    assert "presenter" not in address_of(app)
    assert app.sidebar.children


def test_a_broken_parameter_gets_one_sentence():
    app = home(presenter="perhaps")
    assert not app.exception
    assert len(app.warning) == 1
    assert "presenter" in app.warning[0].value


def test_home_is_fast_because_it_loads_no_model_code():
    # Streamlit loads a part of plotly itself: what counts is what the page adds.
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; before = set(sys.modules); "
        "AppTest.from_file('app.py').run(timeout=60); "
        "sys.exit(', '.join({'torch', 'plotly', 'transformers'} & (sys.modules.keys() - before)) or 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
