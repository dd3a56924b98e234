"""What the address holds, and what a reader sees when something fails."""

import json

import pytest
from streamlit.testing.v1 import AppTest
from visits import address_of

from seqviz.traces.refusal import Refusal


def linked_page() -> None:
    import streamlit as st

    from seqviz.frame import address, state

    state.begin("page")
    st.session_state["wish"] = address.wish()  # as the document gets it
    state.button("preset", lambda: address.put(("step",), text="not bad at all"))
    state.button("other", lambda: address.put(cell="GRU"))
    st.text_area("text", **state.linked("text", "hello", state.text(20)))
    st.segmented_control(
        "cell", ["RNN", "GRU"], required=True, **state.linked("cell", "RNN", state.one_of(["RNN", "GRU"]))
    )
    st.number_input("units", 1, 20, **state.linked("units", 4, state.between(1, 20)))
    st.number_input("bias", 0.0, 3.0, **state.linked("bias", 1.0, state.between(0.0, 3.0)))
    st.toggle("wipe", **state.linked("wipe", False, state.flag))
    st.session_state["read"] = state.read("step", 0, state.between(0, 100))
    address.end()


def opened(**address: str) -> AppTest:
    page = AppTest.from_function(linked_page)
    for key, value in address.items():
        page.query_params[key] = value
    return page.run()


def shown(page: AppTest) -> tuple[object, ...]:
    assert not page.exception
    return (
        page.text_area(key="text").value,
        page.button_group[0].value,
        page.number_input[0].value,
        page.number_input[1].value,
        page.toggle[0].value,
        page.session_state["read"],
    )


def moves(page: AppTest) -> int:
    """How many steps in the browser's history the page has asked for."""
    return page.session_state["wish"]["moves"]


def drew(page: AppTest, run: int) -> None:
    """The browser's next message leaves when it has drawn this run, and nothing after it."""
    area = page.text_area(key="drawn")
    area.set_value(json.dumps(json.loads(area.value) | {"run": run}))


USUAL = ("hello", "RNN", 4, 1.0, False, 0)


def test_without_parameters_a_page_shows_its_usual_values():
    assert shown(opened()) == USUAL


def test_an_address_brings_back_every_value():
    page = opened(text="año 🙂", cell="GRU", units="7", bias="2.5", wipe="1", step="9")
    assert shown(page) == ("año 🙂", "GRU", 7, 2.5, True, 9)
    assert not page.warning


def test_the_address_is_read_once_and_then_the_widgets_count():
    page = opened(text="old", wipe="0")
    page.text_area(key="text").set_value("typed").run()
    assert dict(page.query_params) == {"text": "old", "wipe": "0"}  # what Streamlit knows; nobody writes it
    page.toggle[0].set_value(True).run()
    assert shown(page) == ("typed", "RNN", 4, 1.0, True, 0)
    assert address_of(page) == {"lang": "en", "text": "typed", "wipe": "1"}


def test_an_address_that_has_changed_is_where_the_reader_went():
    page = opened(text="old", step="9")
    page.text_area(key="text").set_value("typed").run()
    page.query_params["step"] = "7"
    assert shown(page.run()) == ("old", "RNN", 4, 1.0, False, 7)


def test_an_act_is_one_step_of_the_history_and_a_run_without_one_is_none():
    page = opened(step="9")
    assert moves(page) == 0
    page.text_area(key="text").set_value("changed").run()
    assert moves(page) == 1
    assert moves(page.run()) == 1
    page.button[0].click().run()
    assert moves(page) == 2


def test_a_change_is_written_even_back_to_the_usual_value():
    page = opened(step="9")
    page.text_area(key="text").set_value("changed").run()
    page.toggle[0].set_value(True).run()
    assert address_of(page) == {"lang": "en", "step": "9", "text": "changed", "wipe": "1"}
    page.text_area(key="text").set_value("hello").run()
    assert address_of(page) == {"lang": "en", "step": "9", "text": "hello", "wipe": "1"}


def test_a_preset_writes_and_removes_in_one_go():
    page = opened(step="9")
    page.button[0].click().run()
    assert shown(page) == ("not bad at all", "RNN", 4, 1.0, False, 0)
    assert address_of(page) == {"lang": "en", "text": "not bad at all"}


def test_two_widgets_in_one_message_both_count():
    page = opened()
    page.text_area(key="text").set_value("typed")
    page.toggle[0].set_value(True).run()
    assert shown(page) == ("typed", "RNN", 4, 1.0, True, 0)


def test_a_message_from_before_what_python_set_brings_nothing_back():
    """A button sets the text, and another widget is changed before the browser has drawn the new one."""
    page = opened(text="old").run()
    before = json.loads(page.text_area(key="drawn").value)["run"]
    page.button[0].click().run()
    drew(page, before)
    page.text_area(key="text").set_value("old")  # as the browser still has it
    page.toggle[0].set_value(True).run()
    assert shown(page) == ("not bad at all", "RNN", 4, 1.0, True, 0)
    # The same once the browser has drawn it is the hand of the reader.
    page.text_area(key="text").set_value("old").run()
    assert shown(page)[0] == "old"


def test_what_is_typed_before_the_browser_has_drawn_what_python_set_counts():
    page = opened(text="old").run()
    before = json.loads(page.text_area(key="drawn").value)["run"]
    page.button[0].click().run()
    drew(page, before)
    page.text_area(key="text").set_value("typed").run()
    assert shown(page)[0] == "typed"


def test_of_two_things_that_python_set_one_after_the_other_no_old_message_brings_back_either():
    page = opened().run()
    before = json.loads(page.text_area(key="drawn").value)["run"]
    page.button[1].click().run()
    page.session_state["visit"].goes({"cell": "RNN"})  # the way back
    drew(page, before)
    page.run()
    page.session_state["visit"].goes({"cell": "GRU"})
    for stale in ("RNN", "GRU", "RNN"):
        drew(page, before)
        page.button_group[0].set_value(stale).run()
        assert shown(page)[1] == "GRU"


def told(page: AppTest, **message: object) -> AppTest:
    """The page after the document has said this: only a browser can, so it is put where the page finds it."""
    page.session_state["document"] = {"told": message}
    return page.run()


def test_a_cursor_that_rests_is_known_once_and_only_in_what_is_shown():
    page = opened(step="9")
    assert shown(told(page, seq=1, of="page.0", place={"step": 7, "unit": None})) == (*USUAL[:-1], 7)
    assert page.session_state["wish"]["seen"] == 1 and moves(page) == 0
    page.button[0].click().run()  # another text
    assert shown(told(page, seq=1, of="page.0", place={"step": 7}))[-1] == 0  # read already
    assert shown(told(page, seq=2, of="page.0", place={"step": 8}))[-1] == 0  # a step in the text of before
    assert shown(told(page, seq=3, of="page.1", place={"step": 3}))[-1] == 3


def test_the_way_back_sets_every_widget_and_is_no_step_of_its_own():
    page = opened(text="old", step="9")
    page.text_area(key="text").set_value("typed").run()
    page.toggle[0].set_value(True).run()
    assert shown(told(page, seq=1, went={"text": "old", "step": "9"})) == ("old", "RNN", 4, 1.0, False, 9)
    assert moves(page) == 2


def test_another_page_begins_anew():
    page = opened()
    page.text_area(key="text").set_value("typed").run()
    page.session_state["visit"].page = "another"
    assert shown(page.run())[0] == "hello"


# ---- a server that was restarted


def restarted(page: AppTest, **query: str) -> AppTest:
    """The same browser at a server that knows nothing: all that comes along is what the widgets hold."""
    again = AppTest.from_function(linked_page)
    for key, value in query.items():
        again.query_params[key] = value
    again._script_path = page._script_path
    return again._run(page._tree.get_widget_states())


def test_a_restarted_server_goes_on_where_the_reader_was():
    page = opened(text="old", step="9")
    page.toggle[0].set_value(True).run()
    again = restarted(page, text="old", step="9")
    assert shown(again) == ("old", "RNN", 4, 1.0, True, 9)
    for what in ("address", "of", "moves", "seen"):
        assert again.session_state["wish"][what] == page.session_state["wish"][what]


@pytest.mark.parametrize("runs", [1, 2])
@pytest.mark.parametrize("first", ["text", "cell", "button"])
def test_the_first_act_after_a_restart_counts(first, runs):
    page = opened(step="9", wipe="1")
    for _ in range(1, runs):
        page.run()
    if first == "text":
        page.text_area(key="text").set_value("typed")
    elif first == "cell":
        page.button_group[0].set_value("GRU")
    else:
        page.button[0].click()
    wanted = {"text": ("typed", "RNN", 4, 1.0, True, 9), "cell": ("hello", "GRU", 4, 1.0, True, 9)}
    again = restarted(page, step="9", wipe="1")
    assert shown(again) == wanted.get(first, ("not bad at all", "RNN", 4, 1.0, True, 0))
    assert moves(again) == 1


@pytest.mark.parametrize("memory", ["", "{", "[]", "null", "{}", '{"page": "page", "place": 3, "run": 1}'])
def test_what_comes_back_from_a_browser_may_be_anything(memory):
    page = opened(text="old").run()
    page.text_area(key="drawn").set_value(memory)
    assert shown(restarted(page, text="old")) == ("old", *USUAL[1:])


# ---- what the address holds


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("text", "a" * 21),
        ("text", "a\0b"),
        ("cell", "XYZ"),
        ("cell", ""),
        ("cell", "<script>alert(1)</script>"),
        ("units", "0"),
        ("units", "21"),
        ("units", "4.5"),
        ("units", "9" * 5000),
        ("bias", "nan"),
        ("bias", "-inf"),
        ("bias", "one"),
        ("wipe", "true"),
        ("wipe", "10"),
        ("step", "-1"),
    ],
)
def test_a_broken_value_is_ignored_with_one_sentence(key: str, value: str):
    page = opened(**{key: value})
    assert shown(page) == USUAL
    assert [key in warning.value for warning in page.warning] == [True]


def test_several_broken_values_share_the_sentence():
    page = opened(cell="XYZ", units="many", wipe="perhaps")
    assert len(page.warning) == 1
    assert "cell, units, wipe" in page.warning[0].value


def failing_page() -> None:
    import streamlit as st

    from seqviz.frame.errors import calmly

    with calmly():
        failure = st.session_state["failure"]
        if failure is None:
            st.stop()
        raise failure
    st.write("after")


@pytest.mark.parametrize(
    ("failure", "warnings", "errors"),
    [(Refusal("The text is ![too](long)."), 1, 0), (ValueError("secret"), 0, 1), (ZeroDivisionError("secret"), 0, 1)],
)
def test_a_failure_becomes_a_sentence_and_the_rest_of_the_page_goes_on(failure, warnings, errors):
    page = AppTest.from_function(failing_page)
    page.session_state["failure"] = failure
    page.run()
    assert not page.exception
    assert (len(page.warning), len(page.error)) == (warnings, errors)
    assert page.markdown[0].value == "after"
    for box in [*page.warning, *page.error]:
        assert "secret" not in box.value
        assert "![" not in box.value


def test_stopping_a_page_is_not_a_failure():
    page = AppTest.from_function(failing_page)
    page.session_state["failure"] = None
    page.run()
    assert not page.exception and not page.error and not page.markdown
