"""The catalogues are complete, and both languages tell the same lessons."""

import re

import pytest
from babel.messages.pofile import read_po

from seqviz.frame import language
from seqviz.frame.course import LESSONS, find
from seqviz.frame.language import HOME
from seqviz.frame.language import LESSONS as FOLDERS
from seqviz.words import FOLDER, LANGUAGES, catalogue, sections
from seqviz.words.__main__ import printed, template, updated

TRANSLATED = sorted(LANGUAGES.keys() - {"en"})
PROSE = {file.parent.name: file.parent for file in [HOME / "en.md", *FOLDERS.glob("*/en.md")]}
NAMED = re.compile(r"\{lesson (\w+)\}")  # in prose, where a reader gets the title
QUOTED = {"en": "“{}”", "es": "«{}»"}
STALE = "run `python -m seqviz.words`"


def placeholders(text: str) -> list[str]:
    """`{name}`, `{share:.0%}` and `%s` alike: what a translation must carry over untouched."""
    return sorted(re.findall(r"\{[^{}]*\}|%\(?\w*\)?[sdf]", text))


def test_the_template_lists_every_message_of_the_code():
    assert (FOLDER / "messages.pot").read_text(encoding="utf-8") == printed(template()), STALE


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_catalogue_has_exactly_the_messages_of_the_code(lang):
    assert (FOLDER / f"{lang}.po").read_text(encoding="utf-8") == printed(updated(lang, template())), STALE


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_message_is_translated_with_its_placeholders(lang):
    with (FOLDER / f"{lang}.po").open("rb") as po:
        messages = [message for message in read_po(po, locale=lang) if message.id]
    assert messages
    for message in messages:
        assert message.string, f"not translated: {message.id}"
        assert not message.fuzzy, f"translation is a guess: {message.id}"
        assert placeholders(message.string) == placeholders(message.id), message.id
        assert catalogue(lang)(message.id) == message.string


def test_an_unknown_message_stays_english():
    assert catalogue("es")("never in any catalogue") == "never in any catalogue"


def test_every_lesson_has_its_prose_in_every_language_and_so_has_home():
    assert set(PROSE) == {"home", *(lesson.name for lesson in LESSONS)}
    for folder in PROSE.values():
        assert {file.stem for file in folder.glob("*.md")} == set(LANGUAGES)


@pytest.mark.parametrize("name", PROSE)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lesson_has_the_same_sections_in_every_language_and_none_is_empty(lang, name):
    found = sections(PROSE[name] / f"{lang}.md")
    assert found
    assert list(found) == list(sections(PROSE[name] / "en.md"))
    for key, section in found.items():
        heading, _, body = section.partition("\n")
        assert heading.startswith("## ") and "{#" not in heading, key
        assert body.strip(), key
        assert not re.search(r"^## ", body, re.MULTILINE), f"a heading after {key} has no id"


@pytest.mark.parametrize("name", PROSE)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_prose_names_the_same_lessons_in_every_language_and_a_reader_gets_their_titles(lang, name, monkeypatch):
    monkeypatch.setattr(language, "current", lambda: lang)
    english, written = (sections(PROSE[name] / f"{each}.md") for each in ("en", lang))
    shown = language.prose(name)
    for key, section in written.items():
        named = NAMED.findall(section)
        assert sorted(named) == sorted(NAMED.findall(english[key]))
        for lesson in named:
            assert QUOTED[lang].format(catalogue(lang)(find(lesson).title)) in shown[key]
        assert not re.search(r"\{(lesson|lecc)", shown[key]), f"in {key} a reader would see what stands for a title"


def test_prose_may_name_no_lesson_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(language, "LESSONS", tmp_path)
    (tmp_path / "rnn").mkdir()
    (tmp_path / "rnn" / "en.md").write_text("## One {#one}\nAs in {lesson gates}.\n", encoding="utf-8")
    assert language.prose("rnn")["one"] == "## One\n\nAs in “LSTM and GRU gates”.\n"
    (tmp_path / "gates").mkdir()
    (tmp_path / "gates" / "en.md").write_text("## One {#one}\nAs in {lesson nowhere}.\n", encoding="utf-8")
    with pytest.raises(KeyError, match="nowhere"):
        language.prose("gates")
