"""The readers that are trained on arrival, one after the other, and what those that are ready say meanwhile."""

from functools import partial

from seqviz.frame import loading
from seqviz.jobs.pool import Run
from seqviz.jobs.readers import train_readers
from seqviz.lessons.sentiment.asked import Asked
from seqviz.lessons.sentiment.progress import count_epochs, say_lacking, show_losses, steer
from seqviz.lessons.sentiment.readers import trained
from seqviz.lessons.sentiment.runs import READERS
from seqviz.lessons.sentiment.scores import say_scores
from seqviz.lessons.sentiment.verdicts import show_verdicts
from seqviz.lessons.shared.on_arrival import run_on_arrival
from seqviz.lessons.shared.sequence import checkpoint_name, has_word_table
from seqviz.models.classifier import LessonClassifier
from seqviz.models.reader import CELLS
from seqviz.tasks.sentiment.typed import TASKS as SENTENCES


def run_of(asked: Asked, is_wanted: bool) -> tuple[Run, Asked] | None:
    """The training, and what it is about, which may be what was asked before; None, after a word, where it must wait.

    `is_wanted`: to train what is asked now. Other sentences are learned at once. Raises Refusal where all is full.
    """
    cells, shipped = [asked.of_cell(cell) for cell in CELLS], partial(_shipped, asked.data)
    job = partial(train_readers, asked.opinions, asked.of_linear, cells, shipped, asked.load_encoder)
    return run_on_arrival(READERS, job, asked, is_wanted, lambda about: about.opinions == asked.opinions)


def watch(run: Run, about: Asked, sentence: str, is_live: bool) -> None:
    """How the readers come along, and what those that are ready say."""
    ready, events = trained(about), list(run.events)
    show_verdicts(ready, sentence, about.transformer)
    show_losses(run, events, about, is_live, key=f"training-{READERS}", parameter="epoch")
    steer(run, events, about, count_epochs(events), about.epochs * len(CELLS))
    say_scores(ready, about.transformer)
    say_lacking(events)


def _shipped(data: str) -> list[LessonClassifier]:
    """The readers of lesson `rnn` that these sentences may be for."""
    found = []
    for task in (SENTENCES[data],) if data in SENTENCES else SENTENCES.values():
        for checkpoint in (loading.checkpoint(checkpoint_name(task, cell)) for cell in CELLS):
            table = loading.word_table() if has_word_table(checkpoint) else None
            found.append(LessonClassifier(checkpoint, table))
    return found
