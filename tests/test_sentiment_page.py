"""Lesson `sentiment` without a browser: who is trained on what, what is said of it, one's own sentence and tables."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import seen
import transformers_zoo as zoo
from seen import said
from streamlit.testing.v1 import AppTest
from tasks_by_code import checkpoint_name
from test_forecast_figures import numbers
from test_forecast_page import HOSTILE, button, sentences, until
from visits import address_of

from seqviz.frame import loading
from seqviz.frame.errors import plain
from seqviz.jobs.learning_curve import Point
from seqviz.jobs.opinions import CellSettings, Epoch, Settings, Trained, part_of
from seqviz.jobs.pool import NAME, Pool
from seqviz.jobs.readers import count_points, grow, train_readers
from seqviz.jobs.tuning import TuneSettings, fine_tune
from seqviz.lessons.sentiment import opinions
from seqviz.lessons.sentiment.program import opinions_code
from seqviz.lessons.shared import policy
from seqviz.lessons.shared import runs as training
from seqviz.lessons.shared.program import FRAMEWORKS
from seqviz.models import minilm
from seqviz.models.classifier import LessonClassifier
from seqviz.models.encoder import NOT_BERT
from seqviz.models.reader import CELLS
from seqviz.models.transformer import LoadedTransformer
from seqviz.tasks.opinions import load_opinions
from seqviz.traces.attention import trace_attention
from seqviz.traces.moved import moved_heads
from seqviz.traces.refusal import Refusal
from seqviz.words import LANGUAGES, catalogue

ROOT = Path(__file__).parents[1]
NAMES = {
    "en": ["bag of words", "RNN", "GRU", "LSTM", "pretrained cell", "MiniLM, frozen", "MiniLM, last layer tuned"],
    "es": ["bolsa de palabras", "RNN", "GRU", "LSTM", "celda preentrenada", "MiniLM, congelado"],
}
ORDER = ("bag", *CELLS, "shipped", "frozen")
SENTENCE = "It was not good, it was so wide"


def few(language):
    """Some of the shipped opinions: 30 to learn from, 10 to choose by, 20 sealed, as many of each label."""
    count, most = Counter(), {"training": 15, "validation": 5, "test": 10}
    found = []
    for opinion in load_opinions(language):
        count[opinion.part, opinion.is_positive] += 1
        if count[opinion.part, opinion.is_positive] <= most[opinion.part]:
            found.append(opinion)
    return tuple(found)


def tiny(family="bert"):
    """A Transformer that reads in no time."""
    model = zoo.model(family)
    return LoadedTransformer("MiniLM", "here", family, "encoder", model, zoo.tokenizer(family), model.num_parameters())


@pytest.fixture(scope="module", autouse=True)
def small():
    """Few sentences, a tiny MiniLM, and a pool of this module's own, whose threads end."""
    found = Pool()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "pool", lambda: found)
        patch.setattr(opinions, "load_opinions", few)
        patch.setattr(loading, "minilm", tiny)
        yield
        until(lambda: NAME not in [thread.name for thread in threading.enumerate()])


@pytest.fixture
def anew(monkeypatch):
    """A pool that remembers nothing."""
    found = Pool(kept=0)
    monkeypatch.setattr(training, "pool", lambda: found)


def arrived(**address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/sentiment.py")
    for key, value in ({"lang": "en", "epochs": 1, "units": 4} | address).items():
        page.query_params[key] = str(value)
    return page.run()


def kept(page, name="sentiment"):
    """The session's run of this kind, and what it is about."""
    return page.session_state["runs"][name]


def finished(page, name="sentiment"):
    """The page after a training of this kind."""
    until(lambda: kept(page, name)[0].is_over)
    return page.run()


def pressed(page, name):
    """The page after a training that one asks for."""
    return finished(page.button(key=f"begin-{name}").click().run(), name)


@pytest.fixture(scope="module")
def page(small):
    """A finished page that tests may look at and not change."""
    return finished(arrived(text=SENTENCE))


def trained_on(language):
    """What the page should come to: the events of the jobs, run with the same settings."""

    def shipped():
        table = loading.word_table() if language == "en" else None
        return [LessonClassifier(loading.checkpoint(checkpoint_name(language, cell)), table) for cell in CELLS]

    cells = [CellSettings(cell=cell, epochs=1, units=4) for cell in CELLS]
    return [event for event in train_readers(few(language), Settings(), cells, shipped, tiny, Event()) if event]


@pytest.fixture(scope="module")
def events(small):
    return trained_on("en")


def readers_of(events):
    found = {event.name: event for event in events if isinstance(event, Trained)}
    return [found[name] for name in ORDER]


def percent(share):
    return f"{100 * share:.0f} %"


def measured(page):
    """The table of readers: its rows without the seconds, which no two runs share."""
    (text,) = [box.value for box in page.markdown if box.value.count("---:") == 6]
    rows = [line.strip("| ").replace("\\", "").split(" | ") for line in text.splitlines()[2:]]
    return [row[:-1] for row in rows]


def rows_of(readers, names):
    """What that table should say."""
    found = []
    for name, one in zip(names, readers, strict=False):
        share, classifier = one.scores.all, one.classifier
        interval = f"{100 * share.low:.0f}–{percent(share.high)}"
        found.append([name, f"**{percent(share.accuracy)}**", interval, f"{one.scores.log_loss:.2f}"])
        found[-1] += [f"{classifier.trained:,}", f"{classifier.parameters:,}"]
    return found


def bars_html(page):
    (found,) = [part.proto.body for part in page.get("html") if "class='verdicts'" in part.proto.body]
    return found


def bars(page):
    """What each reader's bar says: who, from where to where in percent, and in words."""
    found = []
    for part in bars_html(page).split("class='who'>")[1:]:
        left, width = (float(re.search(rf"{side}:([\d.]+)%", part)[1]) for side in ("left", "width"))
        found.append((part.partition("</div>")[0], left, width, re.search(r"'says'>(.*?)</div>", part)[1]))
    return found


def bars_of(readers, names, sentence, sides=("negative", "positive")):
    found = []
    for name, one in zip(names, readers, strict=False):
        share = one.classifier.probabilities([sentence])[0]
        ends = sorted((50, 100 * share))
        says = f"{sides[int(share >= 0.5)]} <b>{percent(max(share, 1 - share))}</b>"
        found.append((name, pytest.approx(ends[0], abs=0.011), pytest.approx(ends[1] - ends[0], abs=0.011), says))
    return found


def figure(page, key):
    spec = next(part.proto.spec for part in page.get("plotly_chart") if part.proto.id.endswith(f"-{key}"))
    return json.loads(spec)


# ---- the readers


def test_on_arrival_it_trains_by_itself_and_says_of_every_reader_what_its_job_came_to(page, events):
    readers = readers_of(events)
    assert said(page) == []
    assert measured(page) == rows_of(readers, NAMES["en"])
    assert bars(page) == bars_of(readers, NAMES["en"], SENTENCE)
    assert figure(page, "accuracies")["data"][0]["x"] == [one.scores.all.accuracy for one in readers[::-1]]
    shown = seen.payload(page, "training-sentiment")
    assert ([cell["name"] for cell in shown["cells"]], shown["of"], shown["live"]) == (list(CELLS), 1, False)
    for i, cell in enumerate(CELLS):
        epochs = [event for event in events if isinstance(event, Epoch) and event.name == cell]
        losses = [[one.training_loss, one.validation_loss] for one in epochs]
        np.testing.assert_allclose(shown[f"loss{i}"], losses, rtol=1e-12)
        assert shown["cells"][i]["best"] == int(np.argmin([loss for _, loss in losses]))
    assert "30 sentences to learn from, 10 to choose by, 20 kept for the test" in sentences(page)


def test_the_two_best_are_compared_on_the_same_sentences(page, events):
    first, second = sorted(readers_of(events), key=lambda one: -one.scores.all.accuracy)[:2]
    told = next(box.value for box in page.markdown if "McNemar" in box.value and "##" not in box.value)
    names = dict(zip(ORDER, NAMES["en"], strict=False))
    assert re.findall(r"\*\*(.*?)\*\*", told) == [plain(names[one.name]) for one in (first, second)]


def test_the_best_reader_is_looked_at_until_another_one_is_chosen_which_stands_in_the_address(events):
    readers = {one.name: one for one in readers_of(events)}
    page = finished(arrived())
    best = max(readers, key=lambda name: readers[name].scores.all.accuracy)
    other = next(name for name in readers if name != best)
    for name in (best, other):
        scores = readers[name].scores
        assert page.button_group(key="reader").value == name
        assert figure(page, "confusion")["data"][0]["text"] == [list(map(str, row)) for row in scores.confusion]
        assert figure(page, "calibration")["data"][0]["x"] == [one.said for one in scores.bins if one.n]
        marks = figure(page, "marks")["data"][0]
        wanted = {f"with {mark}": share for mark, share in scores.by_mark.items()}
        wanted["with none of these"] = wanted.pop("with none")
        assert dict(zip(marks["y"], marks["x"], strict=True)) == {
            mark: share.accuracy for mark, share in wanted.items()
        }
        assert f"**{len(scores.mistakes)} mistakes**" in sentences(page)
        page.button_group(key="reader").set_value(other).run()
    assert address_of(page)["reader"] == other


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_is_broken_in_an_address_is_named_and_the_usual_is_shown(lang):
    broken = {"reader": "x", "units": 3, "seed": 1000, "sentences": 31, "data": "de", "text": "x" * 5000, "other": 2}
    page = finished(arrived(lang=lang, **broken))
    (sentence,) = said(page)
    assert set(re.search(r"\((.*)\)", sentence)[1].split(", ")) == set(broken)
    about = kept(page)[1]
    assert (about.data, about.units, about.seed, about.sentences, about.encoder) == (lang, 16, 0, None, None)
    assert page.button_group(key="reader").value in ORDER


# ---- what is trained, and when


def test_what_was_changed_is_trained_only_when_that_is_asked_for():
    page = finished(arrived())
    run, about = kept(page)
    page.slider(key="units").set_value(5).run()
    assert "You have changed something since: “Train” trains that." in sentences(page)
    assert "· 4 units" in sentences(page) and kept(page) == (run, about)
    finished(button(page, "Train").click().run())
    assert "· 5 units" in sentences(page) and "You have changed something since" not in sentences(page)
    assert kept(page)[1].of_cell("GRU") == CellSettings(cell="GRU", epochs=1, units=5)
    old = kept(page)[0].events
    assert measured(page) == rows_of(readers_of(old), NAMES["en"])
    finished(button(page, "Train").click().run())
    assert kept(page)[0].events is not old  # anew, not from the records


def test_other_sentences_are_trained_on_at_once():
    page = finished(arrived())
    page.button_group(key="data").set_value("es").run()
    finished(page)
    readers = readers_of(trained_on("es"))
    assert kept(page)[1].opinions == few("es")
    assert measured(page) == rows_of(readers, NAMES["en"])
    assert bars(page) == bars_of(readers, NAMES["en"], page.text_input(key="text").value)
    assert page.text_input(key="text").value.startswith("La película")
    shipped = readers_of(kept(page)[0].events)[4].classifier.checkpoint.name
    assert shipped in [checkpoint_name("es", cell) for cell in CELLS]


def test_another_language_of_the_page_changes_no_sentence():
    page = finished(arrived())
    run = kept(page)[0]
    page.button_group(key="lang").set_value("es").run()
    assert kept(page)[0] is run
    assert [row[0] for row in measured(page)] == NAMES["es"]
    assert {says.split()[0] for *_, says in bars(page)} <= {"positiva", "negativa", "positivo", "negativo"}


# ---- one's own sentence


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_box_gets_a_word_and_what_is_typed_next_is_read_by_all(lang):
    page = finished(arrived(lang=lang, data="en", text="…"))
    _ = catalogue(lang)
    assert said(page) == [_("There is nothing to read yet: type something above, or choose one of the examples.")]
    assert [row[0] for row in measured(page)] == NAMES[lang][:6]
    page.text_input(key="text").set_value(SENTENCE).run()
    assert said(page) == []
    readers = readers_of(kept(page)[0].events)
    assert bars(page) == bars_of(readers, NAMES[lang], SENTENCE, (_("negative"), _("positive")))
    assert address_of(page)["text"] == SENTENCE


def test_every_example_is_put_into_the_box():
    page = finished(arrived(data="es"))
    found = {page.text_input(key="text").value}
    for label in ("at first … but in the end", "irony", "no opinion word"):
        button(page, label).click().run()
        found.add(page.text_input(key="text").value)
    assert len(found) == 4


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_sentence_is_read_and_nothing_of_it_is_in_the_page(text):
    page = finished(arrived(text=text))
    assert said(page) == []
    assert bars(page) == bars_of(readers_of(kept(page)[0].events), NAMES["en"], text)
    assert text not in bars_html(page)


def test_a_mistake_that_is_clicked_is_read_by_all_and_gets_the_verdict_that_stands_beside_it():
    page = finished(arrived(reader="shipped"))
    readers = readers_of(kept(page)[0].events)
    test = part_of(few("en"), "test")
    for mistake in readers[4].scores.mistakes[:2]:
        text = test[mistake.row].text
        assert (mistake.probability >= 0.5) != test[mistake.row].is_positive
        side = "positive" if mistake.probability >= 0.5 else "negative"
        share = percent(max(mistake.probability, 1 - mistake.probability))
        clicked = page.button(key=f"mistake_{mistake.row}")
        assert clicked.label == f"{plain(text)} · *says {side}, {share}*"
        clicked.click().run()
        assert page.text_input(key="text").value == address_of(page)["text"] == text
        assert bars(page) == bars_of(readers, NAMES["en"], text)
        assert bars(page)[4][3] == f"{side} <b>{share}</b>"


# ---- what is trained on request


def test_fine_tuning_adds_a_reader_and_shows_the_head_that_moved_most():
    page = pressed(finished(arrived(text=SENTENCE)), "sentiment-tuning")
    *epochs, tuned = [event for event in fine_tune(few("en"), TuneSettings(), tiny(), Event()) if event]
    assert measured(page)[6:] == rows_of([tuned], NAMES["en"][6:])
    assert bars(page)[6:] == bars_of([tuned], NAMES["en"][6:], SENTENCE)
    shown = seen.payload(page, "training-sentiment-tuning")
    losses = [[one.training_loss, one.validation_loss] for one in epochs if isinstance(one, Epoch)]
    np.testing.assert_allclose(shown["loss0"], losses, rtol=1e-12)

    before, after = (
        trace_attention(one.model, one.tokenizer, SENTENCE).parts["self"] for one in (tiny(), tuned.classifier.encoder)
    )
    distances = moved_heads(before, after)[-1]
    head = int(distances.argmax())
    assert f"**head {head + 1}** moved most: {percent(distances[head])}" in sentences(page)
    np.testing.assert_allclose(numbers(figure(page, "moved")["data"][0]["y"]), distances)
    for title, part in (("**Before**", before), ("**After**", after)):
        shown = numbers(figure(page, f"head-{title}")["data"][0]["z"])
        np.testing.assert_allclose(shown, part.weights[-1, head].ravel(), rtol=1e-5)

    page.text_input(key="text").set_value("").run()  # nothing to trace; all else stays
    assert len(said(page)) == 1 and not page.error
    assert "begin-sentiment-curve" in [one.key for one in page.button]


def test_the_learning_curve_shows_every_point():
    page = pressed(finished(arrived()), "sentiment-curve")
    cell = CellSettings(cell="GRU", epochs=1, units=4)
    points = [one for one in grow(few("en"), Settings(), cell, tiny, Event()) if isinstance(one, Point)]
    assert len(points) == count_points(few("en"))
    dots = [one for one in figure(page, "curves")["data"] if one["mode"] == "markers"]
    for one, name in zip(dots, ("bag", "frozen", "GRU"), strict=True):
        own = [point for point in points if point.name == name]
        assert one["x"] == [point.sentences for point in own]
        assert one["y"] == [point.share.accuracy for point in own]


# ---- other Transformers, and none


def test_without_minilm_all_others_are_there_and_it_is_said_how_to_repair_it(monkeypatch, anew):
    lang = "es"

    def missing():
        raise Refusal(minilm.UNREADABLE)

    monkeypatch.setattr(loading, "minilm", missing)
    page = finished(arrived(lang=lang))
    sentence = catalogue(lang)(minilm.UNREADABLE)
    assert said(page) == [sentence]
    assert [row[0] for row in measured(page)] == NAMES[lang][:5]
    assert said(pressed(page, "sentiment-tuning")) == [sentence, sentence]


def saved(family, path):
    zoo.model(family).save_pretrained(path)
    zoo.tokenizer(family).save_pretrained(path)
    return {"other": 1, "model": "folder", "folder": path}


@pytest.fixture
def here(monkeypatch):
    """At this machine, where folders may be opened."""
    monkeypatch.delenv("SEQVIZ_MODELS", raising=False)
    monkeypatch.setattr(policy, "_is_local", lambda: True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_decoder_is_refused_with_a_word(here, tmp_path, lang):
    page = arrived(lang=lang, **saved("gpt2", tmp_path))
    assert said(page) == [catalogue(lang)("Only an encoder makes one vector of a sentence: choose another model.")]


def test_another_encoder_reads_and_one_that_is_not_built_as_bert_is_not_tuned(here, tmp_path):
    lang = "es"
    path = tmp_path / "my <b>bert*"
    page = finished(arrived(lang=lang, **saved("distilbert", path)))
    assert said(page) == []
    assert measured(page)[5][0] == catalogue(lang)("{name}, frozen").format(name=path.name)
    assert bars(page)[5][0] == catalogue(lang)("{name}, frozen").format(name="my &lt;b&gt;bert*")
    assert path.name not in "".join(box.value for box in (*page.subheader, *page.markdown))  # only without its marks
    assert said(pressed(page, "sentiment-tuning")) == [catalogue(lang)(NOT_BERT)]


# ---- tables of one's own


def table(rows, *header):
    """A CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows] if header else rows)
    return text.getvalue().encode()


def upload(page, data, name="mine.csv"):
    return page.file_uploader(key="opinions_file").set_value((name, data, "text/csv")).run()


def labelled(labels=("bad", "good"), texts=None):
    """Rows of 60 texts, half of them with each label."""
    texts = texts or [one.text for one in few("en")]
    return [(text, labels[one.is_positive]) for one, text in zip(few("en"), texts, strict=True)]


def test_a_table_of_ones_own_is_split_trained_on_and_read():
    lang = "es"
    page = arrived(lang=lang, data="file")
    _ = catalogue(lang)
    assert said(page) == [_("Choose a file above. Nothing of it leaves the machine that runs this page.")]
    assert "runs" not in page.session_state
    page = finished(upload(page, table([*labelled(), ("…", "good"), ("", "bad")], "text", "label")))
    assert said(page) == []
    assert _("{count} rows without a word were left out.").format(count=2) in sentences(page)
    about = kept(page)[1]
    assert [(one.text, one.is_positive) for one in about.opinions] == [(one.text, one.is_positive) for one in few("en")]
    assert {one.part for one in about.opinions} == {"training", "validation", "test"}
    assert [row[0] for row in measured(page)] == NAMES[lang][:6]
    assert not [part for part in page.get("plotly_chart") if part.proto.id.endswith("-marks")]  # they have none
    page.selectbox(key="opinions_positive").set_value("bad").run()
    finished(page)
    assert [one.is_positive for one in kept(page)[1].opinions] == [not one.is_positive for one in about.opinions]


def test_columns_can_be_chosen_and_another_file_may_have_fewer():
    rows = [(i, f"{'not so' if i % 2 else 'very'} {i}", "xy"[i % 3 == 0], *row) for i, row in enumerate(labelled())]
    page = finished(upload(arrived(data="file"), table(rows, "n", "note", "odd", "text", "label")))
    chosen = page.selectbox(key="opinions_texts"), page.selectbox(key="opinions_labels")
    assert [box.value for box in chosen] == [3, 2]  # the longest texts; the first column with two labels
    chosen[1].set_value(4).run()
    assert kept(finished(page))[1].opinions[0].text == rows[0][3]
    page = upload(page, table(labelled(("no", "yes")), "text", "label"), "other.csv")
    assert said(page) == [] and page.selectbox(key="opinions_positive").value == "yes"
    assert [one.text for one in kept(page)[1].opinions] == [row[3] for row in rows]


TWO_LABELS = (
    "The column of labels must hold exactly two different labels, such as positive and negative; this one "
    "holds {count}."
)
ENOUGH = "A table of {count} texts: it needs at least {fewest} of each label, and at most {most} in all."
ALIKE = (
    "Too many of the texts are alike. Those go to one part together, so that nothing of the test part is learned: "
    "leave out versions of the same text."
)
REFUSED = {
    "three labels": ([*labelled()[1:], ("so so", "neither")], TWO_LABELS, {"count": 3}),
    "one label": (labelled(("good", "good")), TWO_LABELS, {"count": 1}),
    "too few": (labelled()[:39], ENOUGH, {"count": 39, "fewest": 20, "most": 1000}),
    "no texts": (labelled(texts=["…"] * 60), ENOUGH, {"count": 0, "fewest": 20, "most": 1000}),
    "all alike": (labelled(texts=["bad"] * 60), ALIKE, {}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_that_cannot_be_learned_from_gets_one_sentence(name):
    rows, message, facts = REFUSED[name]
    page = upload(arrived(lang="es", data="file"), table(rows, "text", "label"))
    page.selectbox(key="opinions_texts").set_value(0)
    page.selectbox(key="opinions_labels").set_value(1).run()
    assert said(page) == [catalogue("es")(message).format(**facts)]
    assert not page.error and "runs" not in page.session_state


@pytest.mark.parametrize("header", HOSTILE)
def test_hostile_headers_labels_and_texts_are_shown_as_they_were_written(anew, header):
    texts = [f"{header} {i} {one.text}" for i, one in enumerate(few("en"))]
    page = finished(upload(arrived(data="file"), table(labelled(("bad", header), texts), header, "label")))
    assert said(page) == []
    assert page.selectbox(key="opinions_texts").options == [header, "label"]
    assert page.selectbox(key="opinions_positive").options == sorted(["bad", header])
    shown = page.table[0].value
    assert list(shown.columns) == [plain(header), "label"]
    assert shown.iloc[0, 0] == plain(texts[0][:40])
    mistakes = [one for one in page.button if (one.key or "").startswith("mistake_")]
    assert mistakes and all(plain(header) in one.label for one in mistakes)


def test_a_long_text_that_was_misread_can_be_clicked_too():
    long = " and then".join(["It went on"] * 40)
    texts = [f"{one.text} {i} {long}" for i, one in enumerate(few("en"))]
    page = finished(upload(arrived(data="file"), table(labelled(texts=texts), "text", "label")))
    mistake = next(one for one in page.button if (one.key or "").startswith("mistake_") and len(one.label) > 700)
    mistake.click().run()
    assert said(page) == [] and page.text_input(key="text").value in texts


# ---- in both languages


def texts(page):
    """All that the page says to whoever looks or listens, a line each; of the table of sentences not these."""
    kinds = "markdown caption subheader title button slider number_input toggle text_input button_group expander"
    parts = [part for kind in kinds.split() for part in getattr(page, kind)]
    found = {str(getattr(part, name, "")) for part in parts for name in ("label", "value", "placeholder")}
    found |= {cell.strip() for text in found for line in text.splitlines() for cell in line.split("|")}
    found |= {option for part in page.button_group for option in part.options}
    (frame,) = [part.value for part in page.dataframe]
    found |= {*frame.columns, *frame.iloc[:, 1:].to_numpy().ravel()}
    for part in page.get("plotly_chart"):
        found |= {part.proto.alt, *re.findall(r'"(?:text|name|hovertemplate)": ?"(.*?)"', part.proto.spec)}
    return found


def test_nothing_of_the_page_is_left_in_the_other_language():
    page = finished(arrived(code="keras", seed=1, text=SENTENCE))
    for name in ("sentiment-tuning", "sentiment-curve"):
        pressed(page, name)
    english = texts(page)
    spanish = texts(page.button_group(key="lang").set_value("es").run())
    both = {text for text in english & spanish if re.search(r"[a-zñ]{3}", text)}
    assert len(english) > 150
    names = {"MiniLM", "PyTorch", "Keras", "keras", "English", "Español", *ORDER, "False"}  # and values of widgets
    assert both - names - {SENTENCE} - set(zoo.tokenizer("bert").get_vocab()) == set()


# ---- the programs


def test_the_page_shows_the_program_with_its_own_settings_and_it_compiles():
    lang = "es"
    for framework in FRAMEWORKS:
        page = finished(arrived(lang=lang, code=framework))
        assert page.code[0].value == opinions_code(framework, lang, 4, 1, 0, catalogue(lang)).rstrip()
        compile(page.code[0].value, "the program on the page", "exec")
        assert "UNITS, EPOCHS, SEED = 4, 1, 0" in page.code[0].value and "$" not in page.code[0].value


# Runs programs one after the other, as a learner would, but on every eighth sentence.
RUN = """
import sys
from seqviz.tasks import opinions
every = opinions.load_opinions
opinions.load_opinions = lambda language: every(language)[::8]
for program in sys.argv[1:]:
    exec(compile(open(program, encoding="utf-8").read(), program, "exec"), {"__name__": "__main__"})
"""


def test_both_programs_run_and_say_how_often_their_readers_are_right(tmp_path):
    files = [tmp_path / f"{framework}.py" for framework in FRAMEWORKS]
    for framework, file in zip(FRAMEWORKS, files, strict=True):
        file.write_text(opinions_code(framework, "en", 4, 1, 0, catalogue("en")), "utf-8")
    command = [sys.executable, "-c", RUN, *map(str, files)]
    alone = os.environ | {"OMP_NUM_THREADS": "1"}  # of two threads on a busy machine one spins while it waits
    run = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stderr
    found = re.findall(r"^(LSTM|MiniLM) ([\d.]+)$", run.stdout, re.MULTILINE)
    assert [name for name, _ in found] == ["LSTM", "MiniLM", "LSTM"]
    assert all(0 <= float(share) <= 1 for _, share in found)
