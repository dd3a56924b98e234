"""What a test says of a refusal: the name under which its message stands, and its facts."""

from types import ModuleType

import pytest

from seqviz.traces.refusal import Refusal


def name_of(refusal: Refusal, *modules: ModuleType) -> str:
    """The constant that holds its message in one of these modules, in lower case; KeyError where none does."""
    named = [(name, text) for module in modules for name, text in vars(module).items() if isinstance(text, str)]
    return {text: name.lower() for name, text in named if name.isupper()}[refusal.message]


def refused(modules, call, *arguments) -> tuple[str, dict[str, str | int]]:
    """The name and the facts of what `call` refuses."""
    with pytest.raises(Refusal) as caught:
        call(*arguments)
    assert str(caught.value)
    assert all(type(fact) in (str, int) and len(str(fact)) < 300 for fact in caught.value.facts.values())
    return name_of(caught.value, *modules), caught.value.facts
