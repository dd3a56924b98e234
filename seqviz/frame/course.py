"""The course: its lessons in their order, each with its page."""

from dataclasses import dataclass

from seqviz.traces.refusal import N_


@dataclass(frozen=True)
class Lesson:
    """One page of the app; `title` and `line` are English messages, translated where they are shown."""

    name: str
    title: str
    line: str

    @property
    def path(self) -> str:
        """The page's file, as `st.page_link` wants it."""
        return f"pages/{self.name}.py"


TITLE = N_("Look inside a network that reads")  # of the home page
LESSONS = (
    Lesson("rnn", N_("Step an RNN"), N_("One word at a time, the network rewrites a small vector of numbers.")),
    Lesson("gates", N_("LSTM and GRU gates"), N_("Valves that decide what to keep, what to write and what to show.")),
    Lesson("memory", N_("Why memory fades"), N_("How much of an early word is still there at the end, step by step.")),
    Lesson("attention", N_("Attention heatmaps"), N_("Which words a Transformer looks at, head by head.")),
    Lesson("compare", N_("One sentence, four readers"), N_("RNN, GRU, LSTM and a Transformer read what you type.")),
    Lesson(
        "forecast", N_("Train one: a time series"), N_("Watch a network learn to continue a curve, epoch by epoch.")
    ),
    Lesson(
        "sentiment",
        N_("Train one: sentiment"),
        N_("Teach a network to tell praise from complaint, then read its mistakes."),
    ),
)


def find(name: str) -> Lesson:
    """The lesson whose page is called `name`. Raises KeyError."""
    return {lesson.name: lesson for lesson in LESSONS}[name]
