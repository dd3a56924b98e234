"""What the address holds, and what a reader sees when something fails."""

import pytest
from streamlit.testing.v1 import AppTest

from seqviz.frame import state
from seqviz.traces.refusal import Refusal


def linked_page() -> None:
    import streamlit as st

    from seqviz.frame import state

    state.put_back("page")
    state.begin("page")
    st.button("preset", on_click=state.put, kwargs={"text": "not bad at all", "step": None})
    st.button("other", on_click=state.put, kwargs={"cell": "GRU", "step": None})
    first = "hi" if st.query_params.get("cell") == "GRU" else "hello"
    text = st.text_area("text", **state.linked("text", first, state.text(20)))
    state.usual({"text": text})
    st.segmented_control(
        "cell", ["RNN", "GRU"], required=True, **state.linked("cell", "RNN", state.one_of(["RNN", "GRU"]))
    )
    st.number_input("units", 1, 20, **state.linked("units", 4, state.between(1, 20)))
    st.number_input("bias", 0.0, 3.0, **state.linked("bias", 1.0, state.between(0.0, 3.0)))
    st.toggle("wipe", **state.linked("wipe", False, state.flag))
    st.session_state["read"] = state.read("step", 0, state.between(0, 100))


def opened(**address: str) -> AppTest:
    page = AppTest.from_function(linked_page)
    for key, value in address.items():
        page.query_params[key] = value
    return page.run()


def shown(page: AppTest) -> tuple[object, ...]:
    assert not page.exception
    return (
        page.text_area[0].value,
        page.button_group[0].value,
        page.number_input[0].value,
        page.number_input[1].value,
        page.toggle[0].value,
        page.session_state["read"],
    )


USUAL = ("hello", "RNN", 4, 1.0, False, 0)


def test_without_parameters_a_page_shows_its_usual_values():
    assert shown(opened()) == USUAL


def test_an_address_brings_back_every_value():
    page = opened(text="año 🙂", cell="GRU", units="7", bias="2.5", wipe="1", step="9")
    assert shown(page) == ("año 🙂", "GRU", 7, 2.5, True, 9)
    assert not page.warning


@pytest.mark.parametrize("before", [{}, {"text": "old", "wipe": "0"}])
def test_an_address_that_was_under_way_takes_nothing_back(before, monkeypatch):
    """A component wrote its step, and the text where it was missing, before the browser knew ours."""
    page = opened(**before)
    page.text_area[0].set_value("typed").run()
    page.toggle[0].set_value(True).run()
    page.query_params.clear()
    for key, value in ({"lang": "en", "text": "hello"} | before | {"step": "9"}).items():
        page.query_params[key] = value
    assert shown(page.run()) == ("typed", "RNN", 4, 1.0, True, 9)
    assert page.query_params["text"] == "typed"
    monkeypatch.setattr(state, "UNDER_WAY", 0)
    page.query_params["text"] = "old"
    assert shown(page.run())[0] == "old"  # later on it is where the reader went


@pytest.mark.parametrize("cell", [{}, {"cell": "GRU"}], ids=["under way", "not drawn yet"])
def test_a_component_that_shows_what_was_before_brings_nothing_of_it(cell):
    """It writes its step and its text: before the browser knows that both were left, or before it draws what is new."""
    page = opened()
    page.button[1].click().run()
    assert shown(page) == ("hi", "GRU", 4, 1.0, False, 0)
    page.query_params.clear()
    for key, value in ({"lang": "en", "text": "hello", "step": "9"} | cell).items():
        page.query_params[key] = value
    assert shown(page.run()) == ("hi", "GRU", 4, 1.0, False, 0)
    assert dict(page.query_params) == {"lang": "en", "cell": "GRU"}
    for key, value in {"text": "hi", "step": "7"}.items():  # now of what is shown
        page.query_params[key] = value
    assert shown(page.run()) == ("hi", "GRU", 4, 1.0, False, 7)
    assert dict(page.query_params) == {"lang": "en", "cell": "GRU", "text": "hi", "step": "7"}


def test_what_a_component_chose_a_moment_after_stays():
    page = opened(step="9")
    page.button[1].click().run()
    page.query_params["cell"] = "RNN"  # neither as before nor what is added where it is missing
    assert shown(page.run())[1] == "RNN"


def test_the_back_button_leads_back_at_once():
    page = opened(text="old", step="9")
    page.text_area[0].set_value("typed").run()
    for key, value in {"lang": "en", "text": "old", "step": "9"}.items():
        page.query_params[key] = value
    assert shown(page.run())[0] == "old"


def test_what_was_written_on_one_page_is_not_put_back_on_another():
    page = opened()
    page.text_area[0].set_value("typed").run()
    page.session_state["page"] = "another"
    page.query_params["text"] = "hello"
    assert shown(page.run())[0] == "hello"


def test_a_change_is_written_even_back_to_the_usual_value():
    page = opened(step="9")
    page.text_area[0].set_value("changed").run()
    page.toggle[0].set_value(True).run()
    assert dict(page.query_params) == {"lang": "en", "step": "9", "text": "changed", "wipe": "1"}
    page.text_area[0].set_value("hello").run()
    assert dict(page.query_params) == {"lang": "en", "step": "9", "text": "hello", "wipe": "1"}


def test_a_preset_writes_and_removes_in_one_go():
    page = opened(step="9")
    page.button[0].click().run()
    assert shown(page) == ("not bad at all", "RNN", 4, 1.0, False, 0)
    assert dict(page.query_params) == {"lang": "en", "text": "not bad at all"}


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
