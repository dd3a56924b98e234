"""Every language: catalogues for short strings, and the prose that stands as Markdown beside what it speaks of."""

import gettext
import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "es": "Español"}

FOLDER = Path(__file__).parent


@cache
def catalogue(lang: str) -> Callable[[str], str]:
    """The function that translates English messages into `lang`."""
    if lang == "en":
        return str
    # Compiled here, in milliseconds, so that no .mo file can lie beside a .po file it no longer matches.
    compiled = io.BytesIO()
    with (FOLDER / f"{lang}.po").open("rb") as po:
        write_mo(compiled, read_po(po, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled).gettext


@cache
def _sections(file: Path) -> tuple[tuple[str, str], ...]:
    text = file.read_text(encoding="utf-8")
    _before, *parts = re.split(r"^(## .+?) *\{#([a-z0-9-]+)\}$", text, flags=re.MULTILINE)
    triples = zip(parts[0::3], parts[1::3], parts[2::3], strict=True)
    return tuple((key, f"{heading}\n{body.rstrip()}\n") for heading, key, body in triples)


def sections(file: Path) -> dict[str, str]:
    """The prose in a file: Markdown by section id, in the order of the file.

    A section begins at a heading that ends in its id, `## The idea {#idea}`; ids are the same in every language.
    """
    return dict(_sections(file))
