"""Which two words a way leads between, and what is said of it: any address, any order, any word."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from visits import address_of

from seqviz.frame.errors import plain

ROOT = Path(__file__).parents[1]
WORDS = ("not", "good", "not", "bad", "at", "all")


def path_page() -> None:
    import streamlit as st

    from seqviz.frame import address, state
    from seqviz.lessons.compare import path, wait
    from seqviz.traces.unrolled import earliest, operations, shortest_path, unroll

    state.begin("page")
    tokens = st.session_state["tokens"]
    s, t = st.session_state["ends"] = path.ask_words(tokens)
    graphs = [unroll("RNN", len(tokens)), unroll("Transformer", len(tokens), 2)]
    path.say_path(tokens, s, t, {graph.kind: operations(shortest_path(graph, s, t)) for graph in graphs})
    path.say_what_counts(graphs[1])
    wait.say_what_waits({graph.kind: int(earliest(graph).max()) for graph in graphs})
    address.end()


def opened(tokens=WORDS, **address) -> AppTest:
    page = AppTest.from_function(path_page)
    page.session_state["tokens"] = tuple(tokens)
    for key, value in address.items():
        page.query_params[key] = str(value)
    page.run()
    assert not page.exception
    return page


def counts(page, paragraph=0):
    """The bold numbers of one paragraph."""
    return [int(n) for n in re.findall(r"\*\*(\d+)\*\*", page.markdown[paragraph].value)]


def test_the_way_leads_from_the_first_word_to_the_last_unless_the_reader_says_otherwise():
    page = opened()
    assert page.session_state["ends"] == (0, 5)
    assert counts(page) == [5, 1]
    assert "“not” (step 1) to “all” (step 6)" in page.markdown[0].value
    assert page.selectbox[0].options == ["1. not", "2. good", "3. not", "4. bad", "5. at", "6. all"]


def test_the_address_holds_the_two_words():
    page = opened(**{"from": 2, "to": 4})
    assert page.session_state["ends"] == (1, 3)
    assert counts(page) == [2, 1]
    page.selectbox(key="to").select(6).run()
    assert page.session_state["ends"] == (1, 5)
    assert address_of(page)["to"] == "6"
    assert counts(page) == [4, 1]


def test_two_words_the_wrong_way_round_are_the_same_way_with_a_word_about_it():
    page = opened(**{"from": 5, "to": 2})
    assert page.session_state["ends"] == (1, 4)
    assert (page.selectbox(key="from").value, page.selectbox(key="to").value) == (5, 2)
    assert "cannot reach what was read before" in page.caption[0].value
    assert counts(page) == [3, 1]
    assert not opened(**{"from": 2, "to": 5}).caption


def test_neighbours_and_a_word_and_itself_are_said_to_be_special():
    page = opened(**{"from": 2, "to": 3})
    assert counts(page) == [1, 1]
    assert "no difference" in page.markdown[0].value
    assert "choose two words" in opened(**{"from": 2, "to": 2}).markdown[0].value
    assert "no difference" not in opened().markdown[0].value


@pytest.mark.parametrize("value", ["0", "7", "-1", "1.5", "x", "", "1e3", "²", "nan"])
def test_a_broken_address_leads_to_the_usual_words_with_one_sentence(value):
    page = opened(**{"from": value, "to": value})
    assert page.session_state["ends"] == (0, 5)
    assert len(page.warning) == 1
    assert "(from, to)" in page.warning[0].value


def test_a_sentence_that_became_shorter_keeps_the_page_going():
    page = opened(**{"from": 2, "to": 6})
    page.session_state["tokens"] = WORDS[:4]
    page.run()
    assert not page.exception
    assert page.session_state["ends"] == (1, 3)
    assert "(to)" in page.warning[0].value


def test_what_was_typed_is_quoted_without_its_markdown():
    tokens = ("**b**", "$x$", "![i](http://x.y/z.png)" + 60 * "!")
    page = opened(tokens)
    assert plain(tokens[2][:40]) in page.markdown[0].value
    assert plain(tokens[0]) in page.markdown[0].value
    assert "**b**" not in page.markdown[0].value
    assert "{" not in page.markdown[0].value
    assert opened(("{from}", "{rnn}")).markdown[0].value.count("{") == 2


@pytest.mark.parametrize("steps", [1, 2, 12, 200])
def test_the_numbers_said_are_those_of_the_graph(steps):
    page = opened(("word",) * steps)
    assert counts(page, 2) == [steps * (steps + 1) // 2]
    assert counts(page, 3) == [steps, 2]


def test_each_language_says_the_same_numbers():
    assert counts(opened(lang="es")) == counts(opened(lang="en"))


# ---- on the page of the lesson


def lesson(**address) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/compare.py")
    for key, value in address.items():
        page.query_params[key] = str(value)
    page.run()
    assert not page.exception
    return page


def pictures(page):
    return {chart.key: json.loads(chart.proto.spec) for chart in page.get("plotly_chart")}


def test_the_lesson_draws_the_way_that_is_asked_for_and_what_must_wait():
    page = lesson(task="en", text="the soup was not good at all", **{"from": 2, "to": 5})
    drawn = pictures(page)
    assert drawn["path-RNN"]["data"][1]["x"] == [1, 1, 2, 3, 4]
    assert drawn["path-Transformer"]["data"][1]["x"] == [1, 4, 4]
    assert drawn["wait-RNN"]["data"][0]["x"] == list(range(7))
    assert drawn["wait-Transformer"]["data"][0]["x"] == [0] * 7
    assert {"**RNN, GRU, LSTM: 3**", "**RNN, GRU, LSTM: 7** in a row", "**Transformer: 2** in a row"} <= {
        text.value for text in page.markdown
    }


def test_one_word_alone_has_no_way_to_draw_but_its_time():
    page = lesson(task="en", text="good")
    assert {"wait-RNN", "wait-Transformer"} <= set(pictures(page))
    assert not {"path-RNN", "path-Transformer"} & set(pictures(page))
    assert any("One word alone" in caption.value for caption in page.caption)
