"""How the readers of typed sentences are made: one a language and cell, from the sentences of its grammar."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.utils.rnn import pad_sequence

from seqviz.models.card import ReaderCard
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.minilm import WordTable, load_word_table
from seqviz.models.reader import TRANSFORMER, Reader, new_reader
from seqviz.models.reading import encode_words, fold
from seqviz.tasks import sentiment as tasks
from seqviz.tasks.sentiment import Sentence, english, spanish, split_words
from seqviz.training.loop import fit
from seqviz.training.ship import SEEDS, first, ship

UNITS = FEATURES = 16
SENTENCES = 100_000  # drawn once, then read again and again
LAST = 4.0  # how much more the verdict at the end weighs than one before it
FOLDER = Path(tasks.__file__).parent
GAPS = (10, 20, 50, 100)  # neutral words after the verdict was right


class Language(NamedTuple):
    """How one language is trained. Its numbers were chosen on sentences that are in no score."""

    grammar: ModuleType
    front: str  # "vectors": MiniLM's word vectors; "lookup": a vector of its own for each word of the grammar
    swapped: float  # share of neutral words that become a strange one, so that strange words change no verdict
    noise: float  # length of a random vector added to each word's, so that its neighbours come to mean the same
    turn: bool  # whether the RNN's memory starts as a rotation: it helped in English and hurt in Spanish


class Budget(NamedTuple):
    """How long and how fast a cell is trained; the tanh RNN learns only slowly and with small steps."""

    steps: int
    batch: int
    rate: float
    clip: float


EVEN = 3500  # steps of whoever is compared with others
BUDGETS = {
    "RNN": Budget(2 * EVEN, 128, 6e-3, clip=0.3),
    "GRU": Budget(EVEN, 128, 1.5e-2, clip=1.0),
    "LSTM": Budget(EVEN, 128, 1.5e-2, clip=1.0),
    TRANSFORMER: Budget(EVEN, 128, 5e-3, clip=1.0),
}
LANGUAGES = {
    "en": Language(english, "vectors", swapped=0.15, noise=0.4, turn=True),
    "es": Language(spanish, "lookup", swapped=0.10, noise=0.0, turn=False),
}


def make(code: str, cell: str, even: bool = False) -> ReaderCard:
    """Train the readers of a language with a cell and ship the first, with the scores of all; returns its card.

    With `even` an RNN gets no longer a training than all others.
    """
    language, steps = LANGUAGES[code], EVEN if even else BUDGETS[cell].steps
    table = load_word_table() if language.front == "vectors" else None
    sentences = draw(language, SENTENCES, seed=1000, heldout=False)
    vocabulary = vocabulary_of(sentences, table)
    card = ReaderCard(
        name=f"sentiment-{code}-{cell.lower()}" + even * "-even",
        task="sentiment, after every word",
        data=f"{SENTENCES} sentences of seqviz/tasks/sentiment/{language.grammar.__name__.rpartition('.')[2]}.py, "
        "each prefix with what it says so far",
        seed=SEEDS[0],
        rule=f"seed {SEEDS[0]}, whatever it gave",
        date="2026-11-29",
        language=code,
        cell=cell,
        front=language.front,
        inputs=384 if table else len(vocabulary) + 1,
        features=FEATURES,
        units=UNITS,
        outputs=1,
        turn=language.turn,
        steps=steps,
        batch=BUDGETS[cell].batch,
        readout="sigmoid",
        vocabulary=" ".join(vocabulary),
    )
    return ship(
        card,
        lambda seed: train(language, cell, sentences, vocabulary, table, seed, steps),
        lambda checkpoint: score(checkpoint, language, code, table),
        first,
        compared=("heldout", "heldout_by_tag", "unseen_words", "free", "held_for"),
    )


def vocabulary_of(sentences: list[Sentence], table: WordTable | None) -> list[str]:
    """The words that these sentences hold, as a reader looks them up: with accents for a word table, else without."""
    words = {word for sentence in sentences for word in sentence.words}
    return sorted(words if table else set(map(fold, words)))


def train(
    language: Language,
    cell: str,
    sentences: list[Sentence],
    vocabulary: list[str],
    table: WordTable | None,
    seed: int,
    steps: int | None = None,
) -> Reader:
    """A reader trained on these sentences, for as many steps as its cell's budget has unless `steps` says how many."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    inputs = 384 if table else len(vocabulary) + 1
    reader = new_reader(cell, language.front, inputs, FEATURES, UNITS, forget_bias=1.0, turn=language.turn)
    words = _Words(language, vocabulary, table, generator)

    def loss(reader: Reader, numbers: Tensor, prefix: Tensor, lengths: Tensor) -> Tensor:
        features = words.features(reader, numbers)  # (B, T, FEATURES)
        states, _ = reader.cell(features)
        logits = reader.readout(states).squeeze(-1)  # (B, T)
        last = lengths[:, None] - 1
        time = torch.arange(numbers.shape[1])
        weight = (time <= last).float() + LAST * (time == last)
        weight = weight / weight.sum(dim=1, keepdim=True)  # a long sentence counts no more than a short one
        return (binary_cross_entropy_with_logits(logits, prefix, reduction="none") * weight).sum(dim=1).mean()

    budget = BUDGETS[cell]
    batches = _batches(sentences, words, budget.batch, generator)
    for _ in fit(reader, batches, loss, budget.steps if steps is None else steps, budget.rate, budget.clip):
        pass
    return reader


class _Words:
    """The words of training as numbers, and what a reader's front makes of them, made a little strange."""

    def __init__(self, language: Language, vocabulary: list[str], table: WordTable | None, generator: torch.Generator):
        self.language, self.generator, self.is_folded = language, generator, table is None
        self.number = {word: i for i, word in enumerate(vocabulary, start=1)}  # 0 is the unknown word
        neutral = {self.key(word) for word in language.grammar.neutral_words()}
        self.neutral = torch.tensor([False, *(word in neutral for word in vocabulary)])
        if table:
            self.vectors = torch.from_numpy(table.look_up(table.cut(["[UNK]", *vocabulary])))  # (V, 384)
            self.strange = torch.from_numpy(table.centred(table.vectors))  # (30522, 384)

    def key(self, word: str) -> str:
        """The word as the vocabulary lists it."""
        return fold(word) if self.is_folded else word

    def encode(self, words: Sequence[str]) -> Tensor:
        """Words as numbers (T,)."""
        return torch.tensor([self.number.get(self.key(word), 0) for word in words])

    def features(self, reader: Reader, numbers: Tensor) -> Tensor:
        """(B, T) -> (B, T, FEATURES): the front's view of the words, some neutral ones swapped, all of them shaken."""
        swapped = self.neutral[numbers] & (self._uniform(numbers.shape) < self.language.swapped)
        if self.language.front == "lookup":
            return reader.front(numbers.masked_fill(swapped, 0))
        features = reader.front(self.vectors)[numbers]
        chosen = torch.randint(len(self.strange), (int(swapped.sum()),), generator=self.generator)
        features = features.masked_scatter(swapped[..., None], reader.front(self.strange[chosen]))
        # Noise e in 384 dimensions reaches the features as W e, of covariance W Wᵀ: drawn there, it costs a twentieth.
        weight = next(reader.front.parameters())  # (FEATURES, 384)
        shake = torch.randn(features.shape, generator=self.generator) @ torch.linalg.cholesky(weight @ weight.T).T
        return features + shake * self.language.noise / weight.shape[1] ** 0.5

    def _uniform(self, shape: torch.Size) -> Tensor:
        return torch.rand(shape, generator=self.generator)


def draw(
    language: Language, count: int, seed: int, heldout: bool | None = None, unseen: bool = False
) -> list[Sentence]:
    """Sentences of the grammar: held out or not (or either), with seen or with unseen opinion words."""
    rng = random.Random(seed)
    sentences: list[Sentence] = []
    while len(sentences) < count:
        sentence = language.grammar.sample(rng, unseen)
        if heldout is None or language.grammar.is_heldout(sentence) == heldout:
            sentences.append(sentence)
    return sentences


def _batches(
    sentences: list[Sentence], words: _Words, size: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, ...]]:
    """Endless batches of sentences of about the same length: numbers and prefixes (B, T), lengths (B,)."""
    numbers = pad_sequence([words.encode(sentence.words) for sentence in sentences], batch_first=True)
    prefix = pad_sequence([torch.tensor(sentence.prefix) for sentence in sentences], batch_first=True)
    lengths = torch.tensor([len(sentence.words) for sentence in sentences])
    order = torch.argsort(lengths + 3 * torch.rand(len(lengths), generator=generator))
    batches = order[: len(order) // size * size].view(-1, size)
    while True:
        rows = batches[torch.randint(len(batches), (1,), generator=generator)][0]
        longest = int(lengths[rows].max())
        yield numbers[rows, :longest], prefix[rows, :longest], lengths[rows]


def score(checkpoint: Checkpoint, language: Language, code: str, table: WordTable | None) -> dict[str, Any]:
    """What the card states: shares of right verdicts on what was not trained on, and how true they are midway."""
    heldout = draw(language, 2000, seed=2000, heldout=True)
    found = verdicts(checkpoint, [sentence.words for sentence in heldout], table)
    free = [line.split("\t") for line in (FOLDER / "free" / f"{code}.tsv").read_text(encoding="utf-8").splitlines()]
    free_labels = [int(label) for label, _ in free]
    free_words = [[word.key for word in split_words(text)] for _, text in free]
    unseen = draw(language, 1000, seed=3000, unseen=True)
    by_tag = {}
    for tag in sorted(set.union(*(set(sentence.tags) for sentence in heldout))):
        rows = [row for row, sentence in enumerate(heldout) if tag in sentence.tags]
        by_tag[tag] = _accuracy([found[row] for row in rows], [heldout[row].label for row in rows])
    return {
        "heldout": _accuracy(found, [sentence.label for sentence in heldout]),
        "heldout_by_tag": by_tag,
        "unseen_words": _accuracy(verdicts(checkpoint, [s.words for s in unseen], table), [s.label for s in unseen]),
        "free": _accuracy(verdicts(checkpoint, free_words, table), free_labels),
        "free_count": len(free),
        "held_for": endurance(checkpoint, heldout, code, table),
        "prefixes": calibration(found, heldout),
    }


@torch.inference_mode()
def verdicts(checkpoint: Checkpoint, sentences: Sequence[Sequence[str]], table: WordTable | None) -> list[Tensor]:
    """The verdict after every word of each sentence, (T,) each."""
    found = []
    for words in sentences:
        inputs, _ = encode_words(checkpoint, words, table)
        inputs = inputs.double() if inputs.is_floating_point() else inputs
        found.append(checkpoint.reader(inputs[None])[0].sigmoid())
    return found


def endurance(checkpoint: Checkpoint, heldout: list[Sentence], code: str, table: WordTable | None) -> dict[str, float]:
    """How often a verdict that was right is still right after so many neutral words, by their number.

    Three hundred short sentences, each followed by clauses of tails/CODE.txt in a random order.
    """
    rng = random.Random(4000)
    clauses = (FOLDER / "tails" / f"{code}.txt").read_text(encoding="utf-8").splitlines()
    short = [sentence for sentence in heldout if len(sentence.words) <= 8][:300]
    long = []
    for sentence in short:
        tail = [word.key for clause in rng.sample(clauses, len(clauses)) for word in split_words(clause)]
        long.append([*sentence.words, *tail[: max(GAPS)]])
    rows = [
        (sentence, verdict)
        for sentence, verdict in zip(short, verdicts(checkpoint, long, table), strict=True)
        if (verdict[len(sentence.words) - 1] > 0.5) == sentence.label
    ]
    still = {gap: [(v[len(s.words) - 1 + gap] > 0.5) == s.label for s, v in rows] for gap in GAPS}
    return {str(gap): round(sum(map(bool, right)) / len(rows), 3) for gap, right in still.items()}


def calibration(found: list[Tensor], sentences: list[Sentence]) -> dict[str, Any]:
    """Verdicts of all prefixes, in ten bins: the mean verdict beside the mean of what the prefixes really say."""
    said = torch.cat(found)
    true = torch.cat([torch.tensor(sentence.prefix) for sentence in sentences]).double()
    bins = (said * 10).long().clamp(max=9)
    filled = [bins == b for b in range(10) if (bins == b).any()]
    rows = [(said[inside].mean().item(), true[inside].mean().item(), int(inside.sum())) for inside in filled]
    undecided = true == 0.5
    return {
        "expected_calibration_error": round(sum(abs(s - t) * n for s, t, n in rows) / len(said), 3),
        "bins": [[round(s, 3), round(t, 3), n] for s, t, n in rows],
        "before_any_evidence": round(said[undecided].mean().item(), 3),
        "right_side_once_decided": round(((said > 0.5) == (true > 0.5))[~undecided].double().mean().item(), 3),
    }


def _accuracy(found: Sequence[Tensor], labels: Sequence[int]) -> float:
    right = [(verdict[-1].item() > 0.5) == bool(label) for verdict, label in zip(found, labels, strict=True)]
    return round(sum(right) / len(right), 3)
