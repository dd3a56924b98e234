"""The wall inside components/browser: the host in the app knows Streamlit, and nothing else does."""

import re
from pathlib import Path

import pytest

BROWSER = Path(__file__).parents[1] / "seqviz" / "components" / "browser"
STREAMLIT = re.compile(r"streamlit|stApp|--st-|\.st-key", re.IGNORECASE)
HOST = ("streamlit.js", "streamlit.css")
ENTRY = """import { mounted } from "../streamlit.js";
import { %s } from "./index.js";

export default mounted(%s);
"""


def knowing(folder: Path) -> list[str]:
    """Each line that names Streamlit where only a host may."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in HOST)
    return [
        f"{path.relative_to(folder).as_posix()}:{number}: {line}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if STREAMLIT.search(line)
    ]


def test_no_component_knows_streamlit():
    assert knowing(BROWSER) == []


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in BROWSER.glob("*/index.js")))
def test_an_entry_hands_its_component_to_the_host_and_does_nothing_else(folder):
    kind = folder.capitalize()
    assert (BROWSER / folder / "streamlit.js").read_text(encoding="utf-8") == ENTRY % (kind, kind)


@pytest.mark.parametrize(
    "line",
    [
        "// Streamlit may mount anew",
        """document.querySelector('[data-testid="stApp"]')""",
        "color: var(--st-text-color);",
        'const MAP = ".st-key-head";',
        'import { mounted } from "../streamlit.js";',
    ],
)
def test_a_line_that_knows_streamlit_is_seen(tmp_path, line):
    (tmp_path / "stage.js").write_text(f"\n{line}\n", encoding="utf-8")
    (tmp_path / "streamlit.js").write_text(line, encoding="utf-8")
    assert knowing(tmp_path) == [f"stage.js:2: {line}"]
