"""The program that trains readers of opinions."""

from collections.abc import Callable

from seqviz.frame.language import _
from seqviz.lessons.sentiment.asked import Asked
from seqviz.lessons.shared.program import code_of, template
from seqviz.words import LANGUAGES


def say_code(about: Asked) -> None:
    """The same exercise as a program, in the library that the learner chooses."""
    language = about.data if about.data in LANGUAGES else "en"
    code_of(lambda framework: opinions_code(framework, language, about.units, about.epochs, about.seed, _))


def opinions_code(framework: str, language: str, units: int, epochs: int, seed: int, _: Callable[[str], str]) -> str:
    """The program that trains readers of the shipped opinions, in few lines; its words are cut in a simpler way."""
    values = {
        "language": language,
        "units": units,
        "epochs": epochs,
        "seed": seed,
        "about": _("The same exercise in few lines; it cuts words at blanks, so its numbers are others. Needs seqviz."),
        "words": _("those of the training part; all others are one unknown word"),
        "numbers": _("0 is no word, 1 the unknown one"),
        "last": _("after the last word, not after the padding"),
        "best": _("keeps the best epoch by validation"),
        "frozen": _("the same with sentence vectors of a Transformer that is not trained"),
        "backend": _("or tensorflow, or jax"),
    }
    return template("sentiment", framework).substitute(values)
