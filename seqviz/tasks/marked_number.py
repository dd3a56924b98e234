"""Remember the marked number: most numbers are noise, one is marked, and later it is asked for.

After Hochreiter & Schmidhuber (1997), whose long-lag tasks have the same three parts: a distractor, a mark, a question.
"""

import re
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seqviz.tasks.task import Example, Scale, Task, Typed, kept_steps
from seqviz.traces.refusal import N_, Refusal

LIMIT = 1.0  # numbers lie between −1 and 1, in training and when typed

_STEP = re.compile(r"([*◆]?)([+\-−]?(?:\d+(?:[.,]\d*)?|[.,]\d+))|(\?)")


@dataclass(frozen=True)
class Step:
    """One step of a typed sequence: a number, perhaps marked, or the question (whose number is zero)."""

    value: float
    marked: bool = False
    question: bool = False

    def __str__(self) -> str:
        """What `parse` reads as the same step again: every digit, no exponent."""
        if self.question:
            return "?"
        return ("◆" if self.marked else "") + np.format_float_positional(self.value, trim="-").replace("-", "−")


def parse(text: str) -> list[Step]:
    """Read steps separated by spaces or semicolons: `0.3`, `*0.3` (marked; also ◆) and `?`; 0,3 is 0.3.

    Raises Refusal at the first one that is something else or lies outside −1 to 1.
    """
    steps = []
    for place, token in enumerate([step[0] for step in steps_of(text)] or [text]):
        found = _STEP.fullmatch(token)
        value = float(found[2].replace(",", ".").replace("−", "-")) if found and found[2] else 0.0
        if found is None or abs(value) > LIMIT:
            raise Refusal(
                N_(
                    "Step {place}, “{text}”, is not a number from −1 to 1. Separate numbers by spaces; "
                    "a star marks the one to remember (*0.8) and a question mark asks for it."
                ),
                place=place + 1,
                text=token[:40],
            )
        steps.append(Step(value, marked=bool(found[1]), question=bool(found[3])))
    return steps


def encode(steps: list[Step]) -> Tensor:
    """The inputs of a reader (T, 3): the value, whether it is marked, whether it is the question."""
    return torch.tensor([[step.value, float(step.marked), float(step.question)] for step in steps])


def sample(count: int, steps: int, generator: torch.Generator, gap: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Sequences (count, steps, 3), their answers (count, steps) and where the question stands (count,).

    Each holds a marked number and, `gap` steps later (any later step if None), the question; half of them hold an
    earlier mark too, to be forgotten. The answer is 0, say nothing, until the question; there, the number marked last.
    """

    def draw(low: Tensor, high: Tensor) -> Tensor:
        """Whole numbers from low up to, not including, high."""
        return low + (torch.rand(count, generator=generator) * (high - low)).long()

    rows = torch.arange(count)
    zero = torch.zeros(count, dtype=torch.long)
    mark = draw(zero, zero + steps - (1 if gap is None else gap))
    question = draw(mark + 1, zero + steps) if gap is None else mark + gap
    inputs = torch.zeros(count, steps, 3)
    inputs[..., 0] = torch.rand(count, steps, generator=generator) * 2 - 1
    inputs[rows, mark, 1] = 1.0
    earlier = draw(zero, mark)  # the mark itself where it stands first, which changes nothing
    inputs[rows, earlier, 1] = torch.where(torch.rand(count, generator=generator) < 0.5, 1.0, inputs[rows, earlier, 1])
    inputs[rows, question] = torch.tensor([0.0, 0.0, 1.0])
    targets = torch.zeros(count, steps)
    targets[rows, question] = inputs[rows, mark, 0]
    return inputs, targets, question


def one_sequence(gap: int, seed: int) -> list[Step]:
    """One sequence as `sample` draws it, that begins with a mark and ends with the question `gap` steps after the last.

    Its numbers have two decimals, as one types them.
    """
    inputs, _targets, question = sample(1, gap + 5, torch.Generator().manual_seed(seed), gap)
    marked = inputs[0, :, 1] == 1
    read = inputs[0, int(marked.nonzero()[0]) : int(question) + 1]
    return [Step(round(value, 2) + 0.0, bool(mark), bool(query)) for value, mark, query in read.tolist()]  # no −0


# ---- typed


def steps_of(text: str) -> list[re.Match[str]]:
    """Where the steps of a typed text stand: whatever is between spaces and semicolons."""
    return list(re.finditer(r"[^\s;]+", text))


def typed(text: str) -> Typed | None:
    """A typed sequence; None where there is none. Raises Refusal."""
    if not text.strip():
        return None
    steps = parse(text)
    return Typed.of_known([*map(str, steps)], encode(steps))


_GAP = "0.1 -0.6 0.9 -0.2 0.5 -0.8 0.3 0.7 -0.4 -0.9 0.6 0.2 -0.1 0.8 -0.7 0.4"
TASK = Task(
    code="number",
    name=N_("marked numbers"),
    model="marked-number",
    prompt=N_("Type numbers: *0.8 marks one, ? asks for it"),
    examples=(
        Example(N_("remember one"), "0.3 -0.5 *0.8 0.1 -0.9 0.4 ?", "LSTM"),
        Example(N_("a new mark, a new memory"), "0.2 *0.9 -0.3 0.5 *-0.7 0.4 0.8 ?", "LSTM"),
        Example(N_("a long wait"), f"*-0.8 {_GAP} {_GAP} ?", "RNN"),
    ),
    scale=Scale(N_("answer"), "+1", "−1", -1.0, 1.0, 0.0, is_share=False),
    features=(N_("value"), N_("mark"), N_("question")),
    kept=lambda text: kept_steps(text, steps_of),
    encode=lambda text, _look_up: typed(text),
    hint=N_("a star marks the number to remember, a question mark asks for it"),
    change=N_("change a number"),
    follows=N_("follows the number marked last"),
)
