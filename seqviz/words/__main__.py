"""`python -m seqviz.words` brings messages.pot and every .po file up to date with the code."""

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from seqviz.words import FOLDER, LANGUAGES

ROOT = FOLDER.parents[1]


def sources() -> list[Path]:
    """The files whose messages are read by people."""
    return [ROOT / "app.py", *sorted(ROOT.glob("pages/*.py")), *sorted(ROOT.glob("seqviz/**/*.py"))]


def template() -> Catalog:
    """Every message in the code."""
    catalog = Catalog(charset="utf-8")
    for file in sources():
        for _line, message, _comments, _context in extract_from_file("python", file):
            catalog.add(message, locations=[(file.relative_to(ROOT).as_posix(), 0)])
    return catalog


def updated(lang: str, messages: Catalog) -> Catalog:
    """The translations of `lang`, with exactly the messages of the code; new ones are empty, never guessed."""
    with (FOLDER / f"{lang}.po").open("rb") as po:
        catalog = read_po(po, locale=lang)
    catalog.update(messages, no_fuzzy_matching=True)
    return catalog


def printed(catalog: Catalog) -> str:
    """A catalogue as text that only changes when a message does: sorted, unwrapped, no dates, no line numbers."""
    file = io.BytesIO()
    write_po(file, catalog, width=0, sort_output=True, ignore_obsolete=True, include_lineno=False)
    header, body = file.getvalue().decode("utf-8").split("\n\n", 1)
    kept = re.findall(r'^(?:msgid ""|msgstr ""|"(?:Language|Content-Type|Plural-Forms): .*")$', header, re.MULTILINE)
    return "\n".join(kept) + "\n\n" + body.rstrip("\n") + "\n"


def main() -> None:
    """Write the files."""
    messages = template()
    (FOLDER / "messages.pot").write_text(printed(messages), encoding="utf-8", newline="\n")
    for lang in LANGUAGES.keys() - {"en"}:
        (FOLDER / f"{lang}.po").write_text(printed(updated(lang, messages)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
