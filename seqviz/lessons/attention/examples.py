"""Texts worth seeing, each with the head that shows its point in one of the shipped models."""

from dataclasses import dataclass

from seqviz.frame.language import _

SHIPPED = ("minilm", "induction-2", "induction-1")  # keys of models


@dataclass(frozen=True)
class Example:
    """A text worth seeing with the head that shows its point: layer, head and query as people count them, from 1."""

    name: str
    text: str
    layer: int
    head: int
    query: int
    point: str  # what to look at
    pair: str = ""


def examples(model: str = "minilm") -> list[Example]:
    """Texts to begin with, the first of them on arrival, with what they show in the shipped model of this key.

    Of any other model there are MiniLM's texts, with MiniLM's layers, heads and queries.
    """
    return {"induction-2": _of_two_layers, "induction-1": _of_one_layer}.get(model, _of_minilm)()


def _of_minilm() -> list[Example]:
    return [
        Example(
            _("who is “it”?"), "The cat did not cross the street because it was too tired.", 4, 2, 10,
            _("In this head “it” looks at “cat”: that is who is meant."),
        ),
        Example(
            _("the word before"), "She put the small red cup on the kitchen table.", 1, 3, 6,
            _("Every word looks at the one before it, and at nothing else."),
        ),
        Example(
            _("a place to rest"), "Yesterday my sister cooked rice with vegetables for her friends.", 5, 6, 5,
            _("Nearly everybody looks at [CLS]: where a head finds nothing of its kind, its weight rests there."),
        ),
        Example(
            _("one comma more"), "While Anna dressed the baby spit up on the bed.", 3, 1, 6,
            _(
                "Without the comma one reads at first that Anna dressed the baby, and “baby” looks back at “dressed”. "
                "Click on the second “baby”, after the comma: it hardly does."
            ),
            "While Anna dressed, the baby spit up on the bed.",
        ),
        Example(
            _("a Spanish sentence, in pieces"), "El gato no cruzó la calle porque estaba muy cansado.", 1, 3, 18,
            _("The model knows English words only, and reads Spanish in pieces. Join them into words by the switch."),
        ),
    ]  # fmt: skip


_NAME = "harry potter met harry p"  # both models read both
_ROW = "z4kñ!7qm2 z4kñ!7q"


def _of_two_layers() -> list[Example]:
    return [
        Example(
            _("a name, once more"), _NAME, 2, 1, 24,
            _(
                "The last “p” looks at the “o” that came after the “p” before, and “o” is what it says comes next. It "
                "has never read a name, nor any word."
            ),
        ),
        Example(
            _("a row without sense, twice"), _ROW, 2, 1, 17,
            _("What it has seen once, it copies, whatever it is: a symbol looks at what came after it the first time."),
        ),
        Example(
            _("a Spanish title"), "Señor Quijote, señor Qui", 2, 1, 24,
            _("Any language will do, for it knows none. Capitals are read as small letters; ñ is a letter of its own."),
        ),
        Example(
            _("the helper in layer 1"), "the cat sat on the mat and the c", 1, 1, 6,
            _(
                "In layer 1 a symbol looks at the one before it, here “a” at “c”, and carries that along. So in layer "
                "2 the last “c” finds, of all letters, the one that has come after a “c”."
            ),
        ),
        Example(
            _("where it has to guess"), "la niña y el niño: la niñ", 2, 1, 25,
            _(
                "After “ñ” came “a”, and then “o”. A reader goes by “la”; this head looks only one symbol back, and "
                "is torn between the two."
            ),
        ),
        Example(
            _("nothing to copy"), "abcdefghij", 2, 1, 10,
            _("Nothing comes twice, so there is nothing to copy: the alphabet it does not know."),
        ),
    ]  # fmt: skip


def _of_one_layer() -> list[Example]:
    return [
        Example(
            _("a name, not copied"), _NAME, 1, 1, 24,
            _(
                "One layer cannot do it: where the last “p” looks, no symbol says yet what came before it. The model "
                "guesses among what it has seen."
            ),
        ),
        Example(
            _("a row without sense, not copied"), _ROW, 1, 1, 17,
            _("Trained as long on the same rows, and still it knows only which symbols there were."),
        ),
    ]  # fmt: skip
