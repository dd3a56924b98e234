"""What seqviz refuses, it refuses in one way: a message that is translated, with facts for each of its fields."""

import ast
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from seqviz.traces.refusal import N_, Refusal
from seqviz.words import FOLDER, LANGUAGES, catalogue

SEQVIZ = Path(__file__).parents[1] / "seqviz"


def fields(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def marked(tree: ast.AST) -> dict[str, list[str]]:
    """The messages that names in a file stand for: NAME = N_("…")."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="N_"), args=[argument])):
                found.setdefault(name, []).append(ast.literal_eval(argument))
    return found


TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SEQVIZ.rglob("*.py")}
CONSTANTS = {name: texts for tree in TREES.values() for name, texts in marked(tree).items() if name.isupper()}


def refusals() -> list[tuple[str, str, set[str] | None]]:
    """Where something is refused, the message, and the names of its facts where they are spelt out."""
    found = []
    for path, tree in TREES.items():
        here = marked(tree)
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="Refusal"), args=[message, *_], keywords=facts):
                    names = None if any(fact.arg is None for fact in facts) else {fact.arg for fact in facts}
                    for text in texts(message, here):
                        found.append((f"{path.relative_to(SEQVIZ)}:{node.lineno}:{node.col_offset}", text, names))
    return found


def texts(message: ast.expr, here: dict[str, list[str]]) -> list[str]:
    match message:
        case ast.Call(func=ast.Name(id="N_"), args=[argument]):
            return [ast.literal_eval(argument)]
        case ast.IfExp(body=body, orelse=orelse):
            return texts(body, here) + texts(orelse, here)
        case ast.Name(id=name):
            # A name may be given to one message after the other; whose facts are not those of all, has a constant.
            return here.get(name) or CONSTANTS.get(name) or []
    raise AssertionError(f"a message that is not marked: {ast.unparse(message)}")


REFUSALS = refusals()


def test_there_are_many_and_each_has_a_message_that_is_marked():
    assert len(REFUSALS) > 60
    calls = sum(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal"
        for tree in TREES.values()
        for node in ast.walk(tree)
    )
    loops = 1  # models/own.py goes through three of its messages in a loop
    assert len({where for where, _, _ in REFUSALS}) == calls - loops


@pytest.mark.parametrize(("where", "message", "facts"), REFUSALS, ids=[where for where, _, _ in REFUSALS])
def test_a_message_gets_a_fact_for_each_of_its_fields(where, message, facts):
    assert facts is None or fields(message) <= facts, where


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_refusal_is_said_with_all_its_facts_in_every_language(lang):
    with (FOLDER / "es.po").open("rb") as po:
        known = {message.id for message in read_po(po, locale="es")}
    for where, message, _ in REFUSALS:
        assert message in known, where
        facts = {name: f"<{name}>" for name in fields(message)}
        sentence = Refusal(message, **facts).said(catalogue(lang))
        assert all(fact in sentence for fact in facts.values()), where
        assert (sentence == str(Refusal(message, **facts))) == (lang == "en"), where


def test_a_refusal_is_a_value_error_that_says_itself_in_english():
    refusal = Refusal(N_("Line {line}: “{text}” is no number."), line=3, text="{line}")
    assert isinstance(refusal, ValueError)
    assert str(refusal) == "Line 3: “{line}” is no number."
    assert refusal.said(catalogue("es")) != str(refusal) and "«{line}»" in refusal.said(catalogue("es"))
