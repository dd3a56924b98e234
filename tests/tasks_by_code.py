"""All tasks, by the code that they have in an address, and typed text as a reader of its own task reads it."""

from seqviz.models.checkpoint import Checkpoint
from seqviz.models.minilm import WordTable
from seqviz.models.reading import encode
from seqviz.tasks import marked_number, quotations
from seqviz.tasks.counting import COUNT, NEST
from seqviz.tasks.sentiment import typed as sentiment
from seqviz.tasks.task import Example, Task, Typed

TASKS: dict[str, Task] = {
    task.code: task for task in (*sentiment.TASKS.values(), marked_number.TASK, COUNT, NEST, *quotations.TASKS.values())
}


def typed(text: str, checkpoint: Checkpoint, table: WordTable | None = None) -> Typed | None:
    """Typed text as the reader's own task reads it; `table` for a reader of word vectors."""
    (task,) = [task for task in TASKS.values() if checkpoint.name.startswith(f"{task.model}-")]
    return encode(task, text, checkpoint, table)


def examples(code: str) -> tuple[Example, ...]:
    """The examples of a task."""
    return TASKS[code].examples


def checkpoint_name(code: str, cell: str) -> str:
    """The shipped model of a task and a cell."""
    return f"{TASKS[code].model}-{cell.lower()}"
