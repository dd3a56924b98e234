"""Sentences as somebody types them, in two languages: each a task of its own."""

from functools import lru_cache

from seqviz.tasks.sentiment import find_words, split_words
from seqviz.tasks.task import FEATURE, MOST_STEPS, Example, LookUp, Scale, Task, Typed, kept_steps
from seqviz.traces.refusal import N_


@lru_cache(maxsize=16)  # a page asks more than once in a run
def kept(text: str) -> tuple[str, tuple[str, ...]]:
    """As much of a typed text as is read, and the words that are left out."""
    return kept_steps(text, find_words)


def typed(text: str, look_up: LookUp) -> Typed | None:
    """A typed sentence as its words; None where there is none."""
    words = split_words(text)[:MOST_STEPS]
    if not words:
        return None
    inputs, status = look_up([word.key for word in words])
    return Typed(tuple(word.text for word in words), status, inputs)


def _task(language: str, name: str, *examples: Example) -> Task:
    return Task(
        code=language,
        name=name,
        model=f"sentiment-{language}",
        prompt=N_("Type a sentence"),
        examples=examples,
        scale=Scale(N_("verdict so far"), N_("positive"), N_("negative"), 0.0, 1.0, 0.5),
        features=(FEATURE,),
        kept=kept,
        encode=typed,
        change=N_("change a word"),
    )


# Chosen because the tanh RNN loses its verdict on the way; how often each cell does is on its card ("held_for").
_LONG_ENGLISH = (
    "I would not recommend this hotel. I was there with my sister and her class on a Monday afternoon after work, and "
    "after that we walked along the river to the museum to meet a friend from school who lives near the park, and on "
    "the way home we talked about the exam on Thursday."
)
_LONG_SPANISH = (
    "Me encantó el libro. Llovía cuando bajamos del autobús, y mi padre llamó a mi tía, que estaba en la oficina, y mi "
    "hermano leyó el periódico en la cocina, y en el camino paramos en la biblioteca de mi barrio, y de vuelta a casa "
    "hablamos del examen del jueves."
)
TASKS = {
    "en": _task(
        "en",
        N_("English sentence"),
        Example(N_("not bad at all"), "The film was not bad at all", "RNN"),
        Example(N_("at first … but in the end"), "At first I was bored but in the end I loved it", "RNN"),
        Example(N_("a long wait"), _LONG_ENGLISH, "RNN"),
        Example(N_("words it never saw"), "The soup was dreadful but the waiter was superb", "LSTM"),
    ),
    "es": _task(
        "es",
        N_("Spanish sentence"),
        Example(N_("not bad at all"), "La película no estuvo nada mal", "RNN"),
        Example(N_("at first … but in the end"), "Al principio me aburrí pero al final me encantó", "RNN"),
        Example(N_("a long wait"), _LONG_SPANISH, "RNN"),
        Example(N_("words it never saw"), "La sopa estaba horripilante", "LSTM"),
    ),
}
