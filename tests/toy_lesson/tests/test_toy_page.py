"""The toy lesson without a browser: its sentence, in both languages, for what the address holds."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[1]


def opened(**address):
    page = AppTest.from_file(str(ROOT / "app.py"))
    page.switch_page("pages/toy.py")
    for key, value in address.items():
        page.query_params[key] = str(value)
    return page.run()


@pytest.mark.parametrize(("keep", "rest"), [(0, "0.0"), (90, "34.9"), (100, "100.0")])
@pytest.mark.parametrize(("lang", "words"), [("en", "After 10 steps"), ("es", "Después de 10 pasos queda el")])
def test_the_sentence_holds_for_any_share(lang, words, keep, rest):
    page = opened(lang=lang, keep=keep)
    assert not page.exception
    assert page.slider[0].value == keep
    assert f"{words} **{rest} %**" in " ".join(block.value for block in page.markdown)
