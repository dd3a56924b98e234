"""The one error of seqviz: what cannot be read, held or shown, in a sentence that can be translated."""

from collections.abc import Callable


def N_(message: str) -> str:  # noqa: N802, gettext calls it so
    """Mark a message for translation where the language is not yet known."""
    return message


class Refusal(ValueError):  # noqa: N818  (it names what happens to the caller)
    """What is wrong and what to do.

    `message` is English and the id under which its translations stand; `facts` fill in its {names}. Facts are numbers
    and short strings in no language. They may come from a file or a typed text: escape them where they are shown.
    """

    def __init__(self, message: str, /, **facts: str | int):
        super().__init__(message.format(**facts))
        self.message, self.facts = message, facts

    def said(self, _: Callable[[str], str]) -> str:
        """The sentence in the language into which `_` translates."""
        return _(self.message).format(**self.facts)
