"""Small English and Spanish sentences, character by character, some of which quote others.

The clauses inside a quotation are those outside, so a clause itself never tells on which side it stands: a reader that
knows what may follow it must have kept the opening mark in mind. Karpathy, Johnson & Fei-Fei (2015) found a unit that
does so in an LSTM that read novels.
"""

import random
import re
import unicodedata
from dataclasses import dataclass
from functools import partial

from seqviz.tasks.task import FEATURE, MOST_STEPS, Example, LookUp, Scale, Task, Typed, clean
from seqviz.traces.refusal import N_

SPACE = "␣"  # a space that can be seen; typed, it is a space again


@dataclass(frozen=True)
class Grammar:
    """Its two marks, and the lists that a clause is drawn from: somebody, does something, perhaps somewhere."""

    opening: str
    closing: str
    joints: tuple[str, ...]  # between two clauses
    people: tuple[str, ...]
    says: tuple[str, ...]
    does: tuple[str, ...]
    sees: tuple[str, ...]  # what is done to a thing
    things: tuple[str, ...]
    places: tuple[str, ...]
    times: tuple[str, ...]

    def clause(self, rng: random.Random) -> str:
        """One clause, the same inside a quotation and outside."""
        pick = rng.choice
        what = pick(self.does) if rng.random() < 0.4 else f"{pick(self.sees)} {pick(self.things)}"
        where = f" {pick(self.places)}" if rng.random() < 0.3 else ""
        when = f"{pick(self.times)} " if rng.random() < 0.2 else ""
        return f"{when}{pick(self.people)} {what}{where}"

    def clauses(self, rng: random.Random, longest: int | None) -> str:
        """One or two clauses, or, where `longest` is given, a part of them of one to so many words."""
        text = self.clause(rng)
        if rng.random() < 0.3:
            text += rng.choice(self.joints) + self.clause(rng)
        if longest is None:
            return text
        words = text.split()
        start = rng.randrange(len(words))
        return " ".join(words[start : start + rng.randint(1, longest)]).strip(",")

    def sentence(self, rng: random.Random, longest: int | None) -> str:
        """A sentence; half of them quote somebody."""
        if rng.random() < 0.5:
            return f"{self.clauses(rng, longest)}."
        quoted = f"{self.opening}{self.clauses(rng, longest)}{self.closing}"
        return f"{rng.choice(self.people)} {rng.choice(self.says)} {quoted}."

    def text(self, rng: random.Random, length: int, longest: int | None = None) -> str:
        """Sentences up to this length, cut off there."""
        text = self.sentence(rng, longest)
        while len(text) < length:
            text += " " + self.sentence(rng, longest)
        return text[:length]

    @property
    def symbols(self) -> str:
        """Every character of its texts, in the order of a reader's input numbers, which begin at 1; 0 is any other."""
        parts = (self.joints, self.people, self.says, self.does, self.sees, self.things, self.places)
        letters = {letter for part in (*parts, self.times) for entry in part for letter in entry}
        return "".join(sorted({*letters, *" .,", self.opening, self.closing}))


def inside(text: str, grammar: Grammar) -> list[bool]:
    """Whether the text is inside a quotation after every character: from an opening mark up to its closing one."""
    flags, is_inside = [], False
    for character in text:
        is_inside = character == grammar.opening or (is_inside and character != grammar.closing)
        flags.append(is_inside)
    return flags


ENGLISH = Grammar(
    opening="“",
    closing="”",
    joints=(" and ", ", but ", ", ", " because ", " while "),
    people=(
        "the sailor", "my sister", "the old man", "a friend", "the teacher", "the girl", "our neighbour", "the doctor",
        "a tall boy", "the king", "the cook", "his brother", "the queen", "a young woman", "the baker", "the judge",
    ),
    says=("says", "writes", "sings", "asks", "answers", "shouts"),
    does=("sleeps", "sings", "works", "waits", "laughs", "runs", "dances", "cooks", "writes", "dreams", "listens"),
    sees=("sees", "finds", "buys", "paints", "likes", "brings", "carries", "needs", "forgets", "opens"),
    things=(
        "the boat", "a red hat", "the big house", "an apple", "the letter", "a new book", "the door", "the black cat",
        "a small box", "the key", "some bread", "the map", "a green bottle", "the lamp", "a puzzle", "the white horse",
    ),
    places=("in the garden", "near the river", "at home", "on the beach", "in the city", "by the window", "at school"),
    times=("today", "now", "at night", "every day", "on sunday", "in summer", "sometimes"),
)  # fmt: skip
SPANISH = Grammar(
    opening="«",
    closing="»",
    joints=(" y ", ", pero ", ", ", " porque ", " mientras "),
    people=(
        "el marinero", "mi hermana", "el viejo", "una amiga", "la maestra", "la niña", "nuestro vecino", "el médico",
        "un chico alto", "el rey", "la cocinera", "su hermano", "la reina", "una joven", "el panadero", "el conductor",
    ),
    says=("dice", "escribe", "canta", "pregunta", "contesta", "grita"),
    does=("duerme", "canta", "trabaja", "espera", "ríe", "corre", "baila", "cocina", "escribe", "sueña", "escucha"),
    sees=("ve", "encuentra", "compra", "pinta", "quiere", "trae", "lleva", "necesita", "olvida", "abre"),
    things=(
        "el barco", "un sombrero rojo", "la casa grande", "una manzana", "la carta", "un libro nuevo", "la puerta",
        "el gato negro", "una caja pequeña", "la llave", "el pan", "el mapa", "una botella verde", "la lámpara",
        "un taxi azul", "el caballo blanco",
    ),
    places=(
        "en el jardín", "cerca del río", "en casa", "en la playa", "en la ciudad", "junto a la ventana",
        "en la escuela",
    ),
    times=("hoy", "ahora", "por la noche", "cada día", "el domingo", "en verano", "a veces"),
)  # fmt: skip
GRAMMARS = {"en": ENGLISH, "es": SPANISH}


# ---- typed


def kept(text: str) -> tuple[str, str]:
    """As much of a typed text as is read, and the characters that are left out."""
    text = _characters(clean(text)).strip()
    return text[:MOST_STEPS].rstrip(), text[MOST_STEPS:]


def typed(text: str, look_up: LookUp, grammar: Grammar) -> Typed | None:
    """A typed text as its characters; None where there is none.

    “ ” « » are read as the grammar's own marks; straight ones open and close in turn.
    """
    characters = _own_marks(_characters(text).strip()[:MOST_STEPS], grammar)
    if not characters:
        return None
    inputs, status = look_up(characters)
    return Typed(tuple(characters.replace(" ", SPACE)), status, inputs)


def _characters(text: str) -> str:
    """A text as its characters are read: each letter one with its accent, each white space a space."""
    return re.sub(rf"[\s{SPACE}]", " ", unicodedata.normalize("NFC", text))


def _own_marks(text: str, grammar: Grammar) -> str:
    """The text with the grammar's quotation marks in place of all others."""
    marks = str.maketrans("“«”»", 2 * grammar.opening + 2 * grammar.closing)
    opens, characters = False, ""
    for character in text.translate(marks):
        if character == '"':
            character = grammar.closing if opens else grammar.opening
        opens = character == grammar.opening or (opens and character != grammar.closing)
        characters += character
    return characters


def _task(language: str, name: str, *examples: Example) -> Task:
    return Task(
        code=f"quotes-{language}",
        name=name,
        model=f"quotations-{language}",
        prompt=N_("Type a sentence"),
        examples=examples,
        scale=Scale(N_("chance that the quotation ends next"), "100 %", "0 %", 0.0, 1.0, 0.5),
        features=(FEATURE,),
        kept=kept,
        encode=partial(typed, grammar=GRAMMARS[language]),
        hint=N_("capitals are read as small letters; characters it does not know are grey"),
        follows=N_("tells inside the quotation from outside"),
    )


TASKS = {
    "en": _task(
        "en",
        N_("English quotations"),
        Example(N_("inside and outside"), "the king says “a friend sees the boat”. the girl sings.", "LSTM"),
        Example(N_("closed but never opened"), "the girl sees a red hat” and the king sings.", "LSTM"),
    ),
    "es": _task(
        "es",
        N_("Spanish quotations"),
        Example(N_("inside and outside"), "el rey dice «una amiga ve el barco». la niña canta.", "LSTM"),
        Example(N_("two clauses in one"), "mi hermana escribe «hoy el panadero ríe y la reina corre».", "LSTM"),
    ),
}
