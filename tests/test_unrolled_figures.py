"""The pictures of the unrolled graph: they draw what is in it, escape what was typed, and thin out where it is much."""

import json

import plotly.graph_objects as go
import pytest

from seqviz.figures.look import Look
from seqviz.figures.unrolled import MOST_ARROWS, path_drawing, timeline
from seqviz.traces.unrolled import earliest, shortest_path, unroll

LIGHT, DARK = Look(dark=False, size=15), Look(dark=True, size=22)
HOSTILE = ("<b>bold</b>", "&lt;", '<a href="javascript:alert(1)">x</a>', "%{x}", "{n}")
KINDS = {"RNN": 1, "Transformer": 2}


def path_of(kind, tokens=HOSTILE, ends=None, look=LIGHT):
    graph = unroll(kind, len(tokens), KINDS[kind])
    path = shortest_path(graph, *(ends or (0, len(tokens) - 1)))
    words = {"name": "step {n}, {token}", "layer": "layer {n}", "hover": "{step}, {layer}: {reads}"}
    return shown(path_drawing(graph, path, tokens, look, **words)), graph, path


def timeline_of(kind, tokens=HOSTILE, look=LIGHT, until=20):
    done = earliest(unroll(kind, len(tokens), KINDS[kind]))
    words = {"name": "step {n}, {token}", "time": "time", "hover": "{step}, layer {layer}: {time}"}
    return shown(timeline(done, tokens, look, until=until, **words)), done


def shown(figure):
    """What the browser gets, after plotly itself has found nothing wrong with it."""
    found = json.loads(figure.to_json())
    go.Figure(found)  # raises for anything that plotly does not know
    return found


def nodes(trace):
    return [y is not None and (y, x) for x, y in zip(trace["x"], trace["y"], strict=True)]


def numbers(figure):
    return [note["text"] for note in figure["layout"].get("annotations", ())]


# ---- the way


@pytest.mark.parametrize("kind", KINDS)
def test_every_arrow_state_and_piece_of_the_way_is_one_of_the_graph(kind):
    figure, graph, path = path_of(kind, ends=(1, 4))
    pale, way, states = figure["data"]
    ends = nodes(pale)
    arrows = {(read, node) for node, reads in graph.reads.items() for read in reads}
    assert set(zip(ends[::3], ends[1::3], strict=True)) == arrows
    assert not any(ends[2::3])
    assert nodes(way) == path
    assert nodes(states) == list(graph.reads)
    filled = [fill == LIGHT.accent for fill in states["marker"]["color"]]
    assert filled == [node in path for node in graph.reads]


def test_each_operation_has_its_number_between_the_steps_that_it_joins():
    figure, *_ = path_of("RNN", ends=(1, 4))
    assert [(note["text"], note["x"], note["y"]) for note in figure["layout"]["annotations"]] == [
        ("1", 1.5, 1), ("2", 2.5, 1), ("3", 3.5, 1),
    ]  # fmt: skip
    assert numbers(path_of("Transformer", ends=(1, 4))[0]) == ["1"]
    assert numbers(path_of("Transformer", ends=(2, 2))[0]) == []


def test_a_state_says_what_it_reads_and_a_word_its_name():
    figure, graph, _ = path_of("Transformer", tokens=("not", "bad"))
    said = dict(zip(graph.reads, figure["data"][2]["hovertext"], strict=True))
    assert said[0, 1] == "step 2, bad"
    assert said[2, 1] == "step 2, bad, layer 2: 2"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [1, 2, MOST_ARROWS, MOST_ARROWS + 1, 200])
def test_any_length_is_drawn_with_both_ends_named_and_few_names_where_there_is_little_room(kind, steps):
    tokens = [f"w{t}" for t in range(steps)]
    for ends in {(0, steps - 1), (steps // 2, steps - 1), (steps // 3, steps // 3)}:
        figure, *_ = path_of(kind, tokens, ends)
        axis = figure["layout"]["xaxis"]
        named = dict(zip(axis["tickvals"], axis["ticktext"], strict=True))
        assert {t for t, text in named.items() if text.startswith("<b>")} == set(ends)
        assert all(text.removeprefix("<b>").removesuffix("</b>") == tokens[t] for t, text in named.items())
        assert len(named) == steps if steps <= MOST_ARROWS else len(named) <= 14
        assert sum(map(len, numbers(figure))) <= 33
        length = ends[1] - ends[0]
        last = [str(length if kind == "RNN" else 1)] if length else []
        assert numbers(figure)[-1:] == last


def test_of_many_words_a_transformer_shows_only_the_way_and_each_place_itself():
    figure, graph, _ = path_of("Transformer", ["w"] * (MOST_ARROWS + 1))
    ends = nodes(figure["data"][0])
    assert {(read[1] == node[1]) for read, node in zip(ends[::3], ends[1::3], strict=True)} == {True}
    assert len(ends) == 3 * graph.layers * graph.steps


# ---- the waiting


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_waits_until_its_first_layer_begins_and_each_layer_takes_one(kind):
    figure, done = timeline_of(kind)
    waits, *works = figure["data"]
    assert [waits["base"] + wait + 1 for wait in waits["x"]] == [when + 0.5 for when in done[1]]
    assert len(works) == KINDS[kind]
    for work, row in zip(works, done[1:], strict=True):
        assert work["base"] == [when - 0.5 for when in row]
        assert set(work["x"]) == {1}
    assert works[-1]["hovertext"][-1].endswith(f"layer {KINDS[kind]}: {done.max()}")


def test_two_timelines_have_one_scale_and_whole_numbers_on_it():
    for until in (2, 12, 200):
        axes = [timeline_of(kind, until=until)[0]["layout"]["xaxis"] for kind in KINDS]
        assert axes[0] == axes[1]
        assert axes[0]["range"] == [0.5, until + 0.5]
        assert axes[0].get("dtick") == 1 or until / axes[0]["nticks"] > 1


# ---- both


def test_what_was_typed_is_text_wherever_it_stands():
    for kind in KINDS:
        path, waits = path_of(kind)[0], timeline_of(kind)[0]
        for figure in (path, waits):
            assert "hovertemplate" not in json.dumps(figure)  # in which plotly would fill in %{x}
            written = json.dumps(figure)
            for tag in ("<b>bold", "<a href", '"&lt;"'):
                assert tag not in written
        assert "<b>&lt;b&gt;bold&lt;/b&gt;</b>" in path["layout"]["xaxis"]["ticktext"]
        assert waits["data"][1]["hovertext"][3].startswith("step 4, %{x}, layer 1")


def test_light_and_dark_differ_and_neither_covers_the_page():
    for make in (path_of, timeline_of):
        light, dark = (make("RNN", look=look)[0]["layout"] for look in (LIGHT, DARK))
        assert light["font"] != dark["font"]
        assert light["paper_bgcolor"] == dark["paper_bgcolor"] == "rgba(0,0,0,0)"
        assert dark["height"] > light["height"]
