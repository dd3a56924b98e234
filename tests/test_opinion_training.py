"""The jobs that train readers of opinions: repeatable, stopped at any breath, and nothing shared is changed."""

import itertools
from dataclasses import replace
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers_zoo as zoo
from sklearn.metrics import log_loss

from seqviz.jobs import opinions as module
from seqviz.jobs.learning_curve import SEEDS, learning_curve
from seqviz.jobs.opinions import (
    CellSettings,
    Epoch,
    Settings,
    Trained,
    labels_of,
    part_of,
    rows_of,
    texts_of,
    train_bag,
    train_cell,
)
from seqviz.jobs.tuning import Embedded, Embeddings, TuneSettings, embed, fine_tune, train_frozen, tuned_on
from seqviz.models.transformer import LoadedTransformer
from seqviz.tasks.opinions import Opinion
from seqviz.traces.attention import trace_attention
from seqviz.traces.moved import moved_heads
from seqviz.traces.refusal import Refusal

THINGS = ("cat", "dog", "street", "girl", "school", "film", "soup", "trip", "hotel", "bag", "song", "walk")
GO = Event()  # nobody stops


def opinions(count=60):
    """Easy ones: "good" says it all."""
    rng = np.random.default_rng(0)
    found = []
    for i in range(count):
        a, b = rng.choice(THINGS, 2, replace=False)
        text = f"The {a} and the {b} was {'good' if i % 2 else 'bad'}{'.' if i % 3 else ' so we believe'}"
        part = ("training", "training", "training", "validation", "test")[i // 2 % 5]
        found.append(Opinion(text, i % 2 == 1, part, "film", frozenset({"irony"} if i % 7 == 0 else ())))
    return found


def encoder():
    model = zoo.model("bert")
    return LoadedTransformer("tiny", "here", "key", "encoder", model, zoo.tokenizer("bert"), model.num_parameters())


JOBS = {
    "bag": lambda stopped, seed=0: train_bag(opinions(), Settings(seed=seed), stopped),
    "LSTM": lambda stopped, seed=0: train_cell(opinions(), CellSettings(epochs=3, rate=0.02, seed=seed), stopped),
    "frozen": lambda stopped, seed=0: train_frozen(opinions(), Settings(seed=seed), encoder(), stopped),
    "tuned": lambda stopped, seed=0: fine_tune(opinions(), TuneSettings(epochs=3, seed=seed), encoder(), stopped),
}


def events(job):
    return [event for event in job if event is not None]


def same(event, other):
    """Whether two events say the same, whatever the time they took."""
    if isinstance(event, Trained):
        return np.array_equal(event.probabilities, other.probabilities) and event.chosen == other.chosen
    return repr(replace(event, seconds=0.0) if isinstance(event, Epoch) else event) == repr(
        replace(other, seconds=0.0) if isinstance(other, Epoch) else other
    )


@pytest.mark.parametrize("name", JOBS)
def test_a_job_ends_with_what_it_trained_and_that_reads_the_test_part_as_it_says(name):
    *before, trained = events(JOBS[name](GO))
    test = part_of(opinions(), "test")
    assert isinstance(trained, Trained) and trained.name == name
    assert not any(isinstance(event, Trained) for event in before)
    found = trained.classifier.probabilities(texts_of(test))
    np.testing.assert_allclose(trained.probabilities, found, atol=1e-5)
    assert trained.scores.all.right == ((found >= 0.5) == labels_of(test)).sum()
    assert trained.scores.by_mark["irony"].n == sum("irony" in opinion.marks for opinion in test)
    assert 0 < trained.classifier.trained <= trained.classifier.parameters


@pytest.mark.parametrize("name", JOBS)
def test_the_same_job_gives_the_same_bits_and_draws_from_no_generator_that_others_share(name):
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    first, again = events(JOBS[name](GO)), events(JOBS[name](GO))
    assert len(first) == len(again)
    assert all(map(same, first, again))
    assert torch.equal(torch.get_rng_state(), state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)


@pytest.mark.parametrize("name", ["LSTM", "tuned"])
def test_another_seed_gives_other_epochs(name):
    first, other = (
        [event.training_loss for event in events(JOBS[name](GO, seed)) if isinstance(event, Epoch)] for seed in (0, 1)
    )
    assert first[1:] != other[1:]


@pytest.mark.parametrize("cell", ["RNN", "GRU", "LSTM"])
def test_a_cell_learns_which_word_decides(cell):
    settings = CellSettings(cell=cell, epochs=40, rate=0.02)
    *epochs, trained = events(train_cell(opinions(), settings, GO))
    assert trained.scores.all.accuracy == 1.0
    assert [epoch.number for epoch in epochs] == list(range(41))
    assert np.isnan(epochs[0].training_loss) and epochs[-1].training_loss < 0.5 < epochs[1].training_loss


def test_a_bag_of_words_finds_the_word_that_decides():
    (trained,) = events(train_bag(opinions(), Settings(), GO))
    weights = trained.classifier.weights
    assert max(weights, key=weights.__getitem__) in ("good", "was good")
    assert min(weights, key=weights.__getitem__) in ("bad", "was bad")
    assert trained.scores.all.accuracy == 1.0


@pytest.mark.parametrize("name", ["LSTM", "tuned"])
@pytest.mark.parametrize("is_odd", [False, True])
def test_the_best_epoch_by_validation_loss_is_kept(name, is_odd):
    """Where the validation part says the opposite of the training part, that is an early one."""
    those = [replace(o, is_positive=o.is_positive != (is_odd and o.part == "validation")) for o in opinions()]
    if name == "tuned":
        job = fine_tune(those, TuneSettings(epochs=15, rate=0.01), encoder(), GO)
    else:
        job = train_cell(those, CellSettings(epochs=15, rate=0.02), GO)
    *before, trained = events(job)
    losses = [event.validation_loss for event in before if isinstance(event, Epoch)]
    best = int(np.argmin(losses))
    assert (best < 8) == is_odd and max(losses) > losses[best] + 0.1
    assert trained.chosen == best == max(e.number for e in before if isinstance(e, Epoch) and e.is_best)
    validation = part_of(those, "validation")
    found = log_loss(labels_of(validation), trained.classifier.probabilities(texts_of(validation)))
    assert found == pytest.approx(losses[best], abs=1e-5)


@pytest.mark.parametrize("name", ["LSTM", "tuned"])
def test_a_job_that_is_stopped_keeps_the_best_epoch_so_far(name):
    whole = [event for event in events(JOBS[name](GO)) if isinstance(event, Epoch)]
    stopped, found = Event(), []
    for event in JOBS[name](stopped):
        found += [event] if isinstance(event, Epoch | Trained) else []
        if isinstance(event, Epoch) and event.number == 1:
            stopped.set()
    assert [event.number for event in found[:-1]] == [0, 1]
    assert all(map(same, found[:-1], whole))
    assert found[-1].chosen == min(whole[:2], key=lambda epoch: epoch.validation_loss).number


@pytest.mark.parametrize("name", ["frozen", "tuned"])
def test_a_transformer_that_is_stopped_while_it_reads_has_learned_nothing(name):
    stopped = Event()
    stopped.set()
    assert [type(event) for event in events(JOBS[name](stopped))] == [Embedded]


@pytest.mark.parametrize("name", JOBS)
def test_no_time_passes_while_a_job_rests(name, monkeypatch):
    """Each step takes one tick of this clock, however long the pause before it."""
    ticks = itertools.count()
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    steps = list(JOBS[name](GO))
    assert steps[-1].seconds == len(steps)
    assert [step.seconds for step in steps if isinstance(step, Epoch)] == [
        number for number, step in enumerate(steps, start=1) if isinstance(step, Epoch)
    ]


def test_settings_that_would_take_too_long_or_make_no_sense_are_refused():
    for wrong in ({"units": 65}, {"units": 3}, {"width": 2}, {"epochs": 61}, {"epochs": 0}, {"rate": 1.0}):
        with pytest.raises(ValueError, match="can be trained here"):
            CellSettings(**wrong)
    for settings in (Settings, TuneSettings, CellSettings):
        with pytest.raises(ValueError, match="10 sentences"):
            settings(sentences=9)


# ---- which sentences


def test_fewer_sentences_are_some_of_more_and_keep_the_proportion():
    those = [replace(opinion, is_positive=i % 3 == 0) for i, opinion in enumerate(opinions(300))]
    every = rows_of(those, Settings())[0]
    assert [those[row].part for row in every] == ["training"] * len(part_of(those, "training"))
    before: set[int] = set()
    for size in (10, 30, 90, 150):
        rows = rows_of(those, Settings(size))[0]
        assert len(rows) == size and before < set(rows) <= set(every)
        assert sum(those[row].is_positive for row in rows) == pytest.approx(size / 3, abs=1)
        before = set(rows)
    assert rows_of(those, Settings(30, seed=1))[0] != rows_of(those, Settings(30))[0]


def test_only_the_training_part_is_trained_on():
    """Where the labels of the other parts are turned round, the same reader comes out; where its own are, another."""
    those = opinions()
    turned = [replace(o, is_positive=o.is_positive != (o.part == "test")) for o in those]
    one, other = (events(train_bag(o, Settings(), GO))[-1] for o in (those, turned))
    assert one.classifier.weights == other.classifier.weights
    assert (one.scores.all.accuracy, other.scores.all.accuracy) == (1, 0)


# ---- fine-tuning


def embedded(those):
    steps = embed(those, encoder(), GO)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_embedding_says_how_far_it_is_and_keeps_the_order():
    those = opinions()
    told = list(embed(those, encoder(), GO))
    assert told[-1] == Embedded(len(those), len(those))
    assert [event.number for event in told] == sorted({event.number for event in told})
    found: Embeddings = embedded(those)
    for row in (0, 1, 17, 59):
        trace = trace_attention(encoder().model, encoder().tokenizer, those[row].text)
        np.testing.assert_allclose(found.below[row].numpy(), trace.hidden["self"][-2], atol=1e-5)
        mean = trace.hidden["self"][-1].mean(axis=0)
        np.testing.assert_allclose(found.vectors[row], mean / np.linalg.norm(mean), atol=1e-5)


def test_without_a_step_the_tuned_transformer_is_the_original():
    stopped = Event()
    stopped.set()
    *_, trained = events(tuned_on(embedded(opinions()), opinions(), TuneSettings(), encoder(), stopped))
    assert trained.chosen == 0
    original, tuned = encoder().model.state_dict(), trained.classifier.encoder.model.state_dict()
    assert original.keys() == tuned.keys()
    assert all(torch.equal(original[name], tuned[name]) for name in original)


def test_fine_tuning_changes_the_last_layer_and_leaves_the_shared_model_as_it_was():
    shared = encoder().model
    before = {name: weight.clone() for name, weight in shared.state_dict().items()}
    first = trace_attention(shared, encoder().tokenizer, "The cat was good.")
    *_, trained = events(fine_tune(opinions(), TuneSettings(epochs=20, rate=0.01), encoder(), GO))
    assert trained.chosen > 0
    tuned = trained.classifier.encoder
    changed = {name for name, weight in tuned.model.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed and all(name.startswith("encoder.layer.1.") for name in changed)
    assert trained.classifier.trained == 32 + 1 + sum(w.numel() for w in tuned.model.encoder.layer[-1].parameters())
    assert all(torch.equal(weight, before[name]) for name, weight in shared.state_dict().items())
    again = trace_attention(shared, encoder().tokenizer, "The cat was good.")
    assert np.array_equal(again.hidden["self"], first.hidden["self"])
    moved = moved_heads(
        first.parts["self"], trace_attention(tuned.model, tuned.tokenizer, "The cat was good.").parts["self"]
    )
    assert moved[0].max() == 0 and moved[1].min() > 0


def test_a_model_that_is_not_built_as_bert_cannot_be_tuned():
    other = replace(encoder(), name="another", model=zoo.model("distilbert"), tokenizer=zoo.tokenizer("distilbert"))
    with pytest.raises(Refusal, match="not built like the last layer of BERT"):
        next(fine_tune(opinions(), TuneSettings(), other, GO))  # at once, not after all was read


# ---- the learning curve


def test_a_learning_curve_goes_up_to_all_sentences():
    points = events(learning_curve("bag", opinions(), Settings(), None, GO))
    assert [(p.sentences, p.seed) for p in points] == [(n, s) for n in (25, 36) for s in range(SEEDS)]
    whole = events(train_bag(opinions(), Settings(), GO))[-1]
    assert [p.share for p in points[-SEEDS:]] == [whole.scores.all] * SEEDS


def test_a_learning_curve_of_a_transformer_reads_each_sentence_once():
    found = events(learning_curve("frozen", opinions(), Settings(seed=4), encoder(), GO))
    assert sum(isinstance(event, Embedded) and event.number == 60 for event in found) == 1
    points = [event for event in found if not isinstance(event, Embedded)]
    assert {p.seed for p in points} == {4, 5, 6} and {p.sentences for p in points} == {25, 36}
    alone = events(train_frozen(opinions(), Settings(25, seed=5), encoder(), GO))[-1]
    assert alone.scores.all in [p.share for p in points if (p.sentences, p.seed) == (25, 5)]
    tuned = events(learning_curve("tuned", opinions(), TuneSettings(epochs=1), encoder(), GO))
    assert [(p.name, p.sentences) for p in tuned if not isinstance(p, Embedded)] == [("tuned", n) for n in (25, 36)]


def test_a_learning_curve_that_is_stopped_leaves_no_point_half_trained():
    stopped, found = Event(), []
    for event in learning_curve("LSTM", opinions(), CellSettings(epochs=2), None, stopped):
        found += [event] if event else []
        if found:
            stopped.set()
    assert len(found) == 1
