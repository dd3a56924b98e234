"""Lesson `gates`: two cells under one cursor, every printed number true, holds, tasks, the learner's own network."""

import base64
import re
from itertools import pairwise
from math import exp, tanh

import numpy as np
import pytest
import torch
from gates_lesson import TASKS
from lesson import until
from playwright.sync_api import expect
from safetensors.torch import save
from test_bad_input import nothing_ran, works
from test_playing import NOTE_SENDING
from test_reading import leftovers
from torch import nn

from seqviz.components.gates import CellRun, payload_of
from seqviz.models.checkpoint import load_checkpoint
from seqviz.models.reading import read_sequence
from seqviz.tasks import marked_number
from seqviz.traces.recurrent import trace_recurrent
from seqviz.traces.whatif import HoldGate, trace_whatif

NUMBERS = "0.3 -0.5 *0.8 0.1 -0.9 0.4 ?"
TOKENS = ["0.3", "−0.5", "◆0.8", "0.1", "−0.9", "0.4", "?"]
PARTS = {"LSTM": ("c", "h", "f", "i", "g", "o"), "GRU": ("h", "z", "r", "n")}
STRIPS = {"LSTM": ("i", "f", "g", "o", "c", "h"), "GRU": ("r", "z", "n", "h")}

# The text of every equation of the cells in a payload: all steps, units and parts.
ALL_EQUATIONS = """async (payload) => {
  const {split, steps, units, unpack} = await import("/shared/math.js");
  const {equations, partsOf} = await import("/gates/equation.js");
  const found = [];
  for (const cell of split(unpack(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0)))))
    for (const part of partsOf(cell))
      for (let t = 0; t < steps(cell); t++)
        for (let unit = 0; unit < units(cell); unit++)
          found.push(equations(cell, t, unit, part).map((line) => line.textContent));
  return found;
}"""


# ---- what is printed


def value(text: str) -> float:
    """What a printed expression comes to."""
    code = text.replace("−", "-").replace("×", "*").replace("σ", "sigmoid")
    return eval(code, {"sigmoid": lambda x: 1 / (1 + exp(-x)), "tanh": tanh})


def rounds_to(text: str, printed: str) -> bool:
    """Whether an expression comes to what is printed after it, at the digits printed."""
    places = len(printed.strip("()").partition(".")[2])
    return abs(value(text) - value(printed)) <= 0.5 * 10**-places + 1e-12


def false_steps(lines: list[str]) -> list[tuple[str, str]]:
    """Each step of an equation, from one `=` to the next, that is not true as it is printed."""
    steps = "".join(lines[1:]).split("=")[1:]
    return [pair for pair in pairwise(steps) if not follows(*pair)]


def follows(left: str, right: str) -> bool:
    """Whether the right side follows from the left, as printed: σ(a + b) = σ(c) from a + b = c, and term by term."""
    inner = [re.fullmatch(r"(σ|tanh)\((.*)\)", side) for side in (left, right)]
    if all(inner):
        return inner[0][1] == inner[1][1] and follows(inner[0][2], inner[1][2])
    if "+" in right:  # a × b + c × d = e + f
        terms = [side.split("+") for side in (left, right)]
        return len(terms[0]) == len(terms[1]) and all(map(rounds_to, *terms))
    return rounds_to(left, right)


def test_the_judge_of_equations_finds_what_is_false():
    for lines in (
        ["f", "=σ(0.73+0.29)", "=σ(1.02)=0.73"],
        ["c", "=0.5×(−0.2)+1.0×0.31", "=−0.10+0.31=0.21"],
        ["n", "=tanh(0.10+0.5×(−0.2))", "=tanh(0.10+(−0.10))", "=tanh(0.00)=0.00"],
    ):
        assert false_steps(lines) == []
    for lines in (
        ["f", "=σ(0.73+0.29)", "=σ(1.03)=0.74"],
        ["f", "=σ(0.73+0.29)", "=σ(1.02)=0.74"],
        ["g", "=tanh(0.73+0.29)", "=σ(1.02)=0.73"],
        ["c", "=0.5×(−0.2)+1.0×0.31", "=0.10+0.11=0.21"],
        ["c", "=0.5×(−0.2)+1.0×0.31", "=−0.10+0.31=0.22"],
        ["n", "=tanh(0.10+0.5×(−0.2))", "=tanh(0.10+(−0.11))", "=tanh(−0.01)=−0.01"],
    ):
        assert false_steps(lines), lines


def test_every_printed_equation_is_true(gates):
    gates.open(task="number", text=NUMBERS, step=1, lstm=1, gru=1)
    for step, unit in [(1, 1), (4, 2)]:
        gates.press("Home", *["ArrowRight"] * (step - 1))
        gates.expect_step(step)
        for kind, parts in PARTS.items():
            if unit > 1:
                gates.card(kind).locator(".more").click()
            gates.expect_units(**{kind: unit})
            for part in parts:
                gates.explain(kind, part)
                lines = gates.lines(kind)
                assert len(lines) == {"LSTM h": 2, "GRU n": 4}.get(f"{kind} {part}", 3)
                assert false_steps(lines) == [], (kind, part, step, unit)
                assert gates.circuit(kind)[part] == gates.result(kind)
                expect(gates.card(kind).locator(".check")).to_contain_text("the same number")


@pytest.mark.parametrize("factor", [1.0, 4.0])
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_every_equation_of_random_cells_is_true(modules, kind, factor):
    torch.manual_seed(0)
    cell = getattr(nn, kind)(3, 8)
    with torch.no_grad():
        for weight in cell.parameters():
            weight.mul_(2 * factor)
    inputs = np.random.default_rng(0).normal(size=(30, 3))
    run = CellRun(trace_recurrent(cell.double(), inputs).layers[0])
    payload = payload_of([run], [""] * 30, ["known"] * 30, None, str, {}, "random")
    found = modules(ALL_EQUATIONS, base64.b64encode(payload).decode())
    assert len(found) == len(PARTS[kind]) * 30 * 8
    assert [lines for lines in found if false_steps(lines)] == []


def test_the_numbers_are_those_of_torch(gates):
    gates.open(task="number", text=NUMBERS, step=1, lstm=3, gru=2)
    inputs = marked_number.encode(marked_number.parse(NUMBERS))
    for kind, unit in [("LSTM", 3), ("GRU", 2)]:
        reader = load_checkpoint(f"marked-number-{kind.lower()}").reader
        with torch.no_grad():
            h = reader.double().cell(inputs.double()[None])[0][0, :, unit - 1]
        gates.press("Home")
        for step, wanted in enumerate(h.tolist(), start=1):
            gates.expect_step(step)
            assert gates.circuit(kind)["h"] == printed(wanted), (kind, step)
            gates.press("ArrowRight")


def printed(number: float) -> str:
    return f"{number:z.2f}".replace("-", "−")


# ---- coming and moving


def test_it_plays_on_arrival_without_a_word_to_the_server_and_then_stands_in_the_address(window):
    gates = window(kept=False).gates
    gates.page.add_init_script(NOTE_SENDING)
    gates.open()
    with gates.moves() as moves:
        until(lambda: gates.step == gates.steps, gates.page)
    assert len(moves) > 2, "it did not move by itself"
    assert [step for _, step in moves] == sorted(step for _, step in moves)
    sent = gates.page.evaluate("window.sent")
    assert sent, "the listener hears nothing"
    assert [time for time in sent if moves[0][0] < time <= moves[-1][0]] == []
    gates.expect_address(step=7, cell="LSTM", part="c", sorted=0, task="number", text=NUMBERS, lang="en")
    for kind in ("lstm", "gru"):  # the unit that was measured to follow the number
        measured = load_checkpoint(f"marked-number-{kind}").card.scores["unit"] + 1
        gates.expect_address(**{kind: measured})
        gates.expect_units(**{kind.upper(): measured})


def test_a_link_stands_still_and_shows_exactly_what_it_names(gates):
    gates.open(task="number", text=NUMBERS, step=3, lstm=2, gru=4, cell="GRU", part="r", sorted=1)
    gates.expect_quiet()
    gates.expect_step(3, 7)
    gates.expect_units(LSTM=2, GRU=4)
    gates.expect_explained("GRU", "r")
    expect(gates.card("LSTM")).not_to_have_class(re.compile("active"))
    expect(gates.sort).to_have_attribute("aria-pressed", "true")
    expect(gates.live).to_have_text(re.compile(r"^step 3 of 7, ◆0\.8, LSTM answer .* unit 2 .*, GRU answer .* unit 4 "))
    gates.page.wait_for_timeout(1000)  # by then it would have moved on
    gates.expect_step(3)
    gates.expect_address(step=3, lstm=2, gru=4, cell="GRU", part="r", sorted=1)


def test_keys_move_in_time_and_between_the_units_of_the_active_cell(gates):
    gates.open(task="number", text=NUMBERS, step=3, lstm=2, gru=3, cell="LSTM")
    for key, step, unit in [
        ("ArrowRight", 4, 2), ("ArrowLeft", 3, 2), ("End", 7, 2), ("ArrowRight", 7, 2), ("ArrowDown", 7, 3),
        ("ArrowUp", 7, 2), ("Home", 1, 2), ("ArrowLeft", 1, 2), ("ArrowUp", 1, 1), ("ArrowUp", 1, 1),
    ]:  # fmt: skip
        gates.press(key)
        gates.expect_step(step, 7)
        gates.expect_units(LSTM=unit, GRU=3)
    gates.explain("GRU", "n")
    gates.press("ArrowDown")
    gates.expect_units(LSTM=1, GRU=4)
    gates.card("LSTM").locator(".more").click()
    gates.card("GRU").locator(".less").click()
    gates.expect_units(LSTM=2, GRU=3)
    gates.expect_explained("GRU", "n")
    gates.button("GRU", "n").press("ArrowRight")  # keys work from every control
    gates.expect_step(2)
    gates.expect_address(step=2, lstm=2, gru=3, cell="GRU", part="n")
    gates.press("Space")
    until(lambda: gates.step > 2, gates.page)
    gates.press("Space")
    expect(gates.page.get_by_role("button", name="play", exact=True)).to_be_visible()
    gates.expect_address(step=gates.step)
    assert gates.step < 7


JITTER = """
  const frame = window.requestAnimationFrame;
  let late = 0;
  window.requestAnimationFrame = (tick) => frame((now) => tick(now + (late = LATE - late)));
"""


@pytest.mark.parametrize("late", [40, 160])  # ms
def test_frames_that_come_too_early_or_too_late_do_no_harm(window, late):
    gates = window(kept=False).gates
    gates.page.add_init_script(JITTER.replace("LATE", str(late)))
    gates.open(task="number", text="0.1 *0.5 ?", step=1)
    gates.stepper.locator(".speed").select_option("30")
    for _ in range(3):
        gates.press("Home", "ArrowRight", "ArrowLeft", "Space")
        gates.expect_step(3)
        gates.press("ArrowLeft", "ArrowRight")
        gates.expect_step(3)  # an error in the console fails the test


def test_sorted_by_memory_the_keys_follow_the_order_that_is_seen(gates):
    gates.open(task="number", text=NUMBERS, step=7, lstm=1, gru=1)
    gates.sort.click()
    gates.expect_address(sorted=1)
    inputs = marked_number.encode(marked_number.parse(NUMBERS))
    places = gates.cells()
    for kind, keep in [("LSTM", "f"), ("GRU", "z")]:
        layer = read_sequence(load_checkpoint(f"marked-number-{kind.lower()}"), inputs).layer
        order = np.argsort(-layer.gates[keep].mean(axis=0)) + 1
        rows = [places[f"{kind} h · unit {unit} · ?"][1] for unit in order]
        assert rows == sorted(rows)
        gates.explain(kind, "h")
        gates.press(*["ArrowUp"] * 3)
        for unit in [*order, order[-1]]:
            gates.expect_units(**{kind: unit})
            gates.press("ArrowDown")
    gates.sort.click()
    gates.expect_address(sorted=0)


def test_a_click_on_a_strip_chooses_all_of_it_and_its_tip_tells_the_number(gates):
    gates.open(task="number", text=NUMBERS, step=1, lstm=1, gru=1)
    gates.expect_quiet()
    places = gates.cells()
    assert len(places) == 7 * 4 * (6 + 4)
    for kind, names in STRIPS.items():
        for i, name in enumerate(names):
            step, unit = 7 - i, i % 4 + 1
            gates.page.mouse.click(*places[f"{kind} {name} · unit {unit} · {TOKENS[step - 1]}"])
            gates.expect_step(step)
            gates.expect_units(**{kind: unit})
            gates.expect_explained(kind, name)
            expect(gates.tip).to_have_text(f"{kind} {name} · unit {unit} · {TOKENS[step - 1]} · {gates.result(kind)}")
            assert gates.circuit(kind)[name] == gates.result(kind)
            gates.expect_address(step=step, cell=kind, part=name, **{kind.lower(): unit})
    gates.page.mouse.move(5, 5)
    expect(gates.tip).to_be_hidden()


def test_a_click_on_a_part_of_the_circuit_explains_it(gates):
    gates.open(task="number", text=NUMBERS, step=3, lstm=2, gru=2, cell="LSTM", part="c")
    middle = """(path) => {
      const point = path.getPointAtLength(path.getTotalLength() / 2);
      const {x, y} = point.matrixTransform(path.getScreenCTM());
      return [x, y];
    }"""
    said = set()
    for kind, parts in PARTS.items():
        for selector in ("rect.box", "circle.valve", "path.wire"):
            for element in gates.card(kind).locator(f"{selector}[data-part]").all():
                part = element.get_attribute("data-part")
                gates.explain(kind, next(other for other in parts if other != part))
                if selector == "path.wire":
                    gates.page.mouse.click(*element.evaluate(middle))
                else:
                    element.click()
                gates.expect_explained(kind, part)
                expect(element).to_have_class(re.compile(r"\bchosen\b"))
                said.add((kind, part, gates.card(kind).locator(".says").inner_text()))
    assert {found[:2] for found in said} == {(kind, part) for kind, parts in PARTS.items() for part in parts}
    assert len({sentence for *_, sentence in said}) == 10, "every part has a sentence of its own"


def test_a_dot_of_a_saturation_square_chooses_its_unit(gates):
    gates.open(task="number", text=NUMBERS, step=3, lstm=1, gru=1)
    for kind, gate, unit in [("GRU", "reset", 3), ("LSTM", "forget", 4)]:
        figure = gates.stepper.locator(f'figure[data-kind="{kind}"]', has_text=gate)
        expect(figure.locator(".dot")).to_have_count(4)
        figure.locator(f'.dot[data-unit="{unit - 1}"]').click()
        gates.expect_units(**{kind: unit})
        expect(figure.locator(".dot.chosen")).to_have_attribute("data-unit", str(unit - 1))
        gates.expect_address(cell=kind, **{kind.lower(): unit})


# ---- holding a gate


def answers(gates) -> dict[str, str]:
    """What each cell says at the step where the cursor rests, as it is read aloud."""
    return dict(re.findall(r"(LSTM|GRU) answer (\S+)", gates.live.inner_text()))


def test_amnesia_is_held_shown_and_told_and_can_be_switched_off(gates):
    gates.open(task="number", text=NUMBERS, step=7, lstm=1, gru=1)
    before, numbers = answers(gates), [gates.circuit(kind) for kind in PARTS]
    expect(gates.legend).not_to_contain_text("dashed")
    gates.choose("held", "amnesia")
    gates.expect_explained("LSTM", "f")
    expect(gates.effect).to_be_visible()
    until(lambda: answers(gates) != before, gates.page)
    after = answers(gates)
    assert after["GRU"] == before["GRU"]
    expect(gates.effect).to_have_text(
        f"With this gate held, the LSTM ends with {after['LSTM']} instead of {before['LSTM']} (answer)."
    )
    inputs = marked_number.encode(marked_number.parse(NUMBERS))
    hold = HoldGate("f", 0.0, None, 0, 6)
    assert after["LSTM"] == printed(read_sequence(load_checkpoint("marked-number-lstm"), inputs, hold).readouts[-1])
    expect(gates.legend).to_contain_text("dashed line: without your change")
    assert gates.openings("LSTM")[0] == "open 0 %"
    assert gates.lines("LSTM")[-1] == "ft=0.00"
    expect(gates.card("LSTM").locator(".says")).to_contain_text("You hold this gate")
    assert gates.circuit("LSTM")["kept"] == "0.00"
    gates.explain("LSTM", "c")
    assert false_steps(gates.lines("LSTM")) == []
    gates.expect_address(held="amnesia", part="c", step=7)
    gates.choose("held", "no")
    expect(gates.effect).to_have_count(0)
    until(lambda: [gates.circuit(kind) for kind in PARTS] == numbers, gates.page)
    expect(gates.legend).not_to_contain_text("dashed")
    gates.press("ArrowLeft", "ArrowRight")
    until(lambda: answers(gates) == before, gates.page)


@pytest.mark.parametrize("held", ["never", "shut"])
def test_the_other_ready_made_holds(gates, held):
    gates.open(task="number", text="0.2 -0.5 *0.8 0.1 ?", step=4, lstm=1)  # no example, which would be changed for one
    gates.choose("held", held)
    gate, share, name = {"never": ("f", "1.00", "open 100 %"), "shut": ("i", "0.00", "open 0 %")}[held]
    gates.expect_explained("LSTM", gate)
    until(lambda: gates.circuit("LSTM")[gate] == share, gates.page)
    assert name in gates.openings("LSTM")
    gates.press("ArrowLeft")  # the mark itself is written
    gates.expect_step(3)
    until(lambda: (gates.circuit("LSTM")[gate] == share) == (held == "never"), gates.page)


def test_a_hold_of_one_s_own_stands_in_the_address_and_in_the_numbers(gates):
    hold = {"held": "own", "gate": "GRU.z", "level": 1.0, "whose": 2, "since": 3, "until": 5}
    gates.open(task="number", text=NUMBERS, step=2, lstm=1, gru=2, **hold)
    gates.expect_explained("GRU", "z")
    seen = []
    for step in range(2, 7):
        gates.expect_step(step)
        circuit = gates.circuit("GRU")
        seen.append((circuit["z"], circuit["h0"] == circuit["h"]))
        gates.press("ArrowRight")
    assert [is_held == ("1.00", True) for is_held in seen] == [False, True, True, True, False]
    expect(gates.effect).to_contain_text("the GRU ends with")
    gates.press("Home", "ArrowRight", "ArrowRight", "ArrowUp")
    gates.expect_units(GRU=1)
    assert gates.circuit("GRU")["z"] != "1.00", "another unit is not held"
    gates.expect_address(**hold, step=3)
    gates.choose("whose", "all")
    until(lambda: gates.circuit("GRU")["z"] == "1.00", gates.page)
    gates.choose("gate", "LSTM.o")
    gates.expect_explained("LSTM", "o")
    gates.expect_address(level="1.0", since=3, until=5)
    until(lambda: gates.circuit("LSTM")["o"] == "1.00", gates.page)


def test_a_broken_hold_is_named_and_the_usual_one_shown(gates):
    gates.open(task="number", step=3, held="own", gate="GRU.q", level="nan", whose="99", since="0", until="99", lstm=99)
    expect(gates.alert).to_have_count(1)
    for name in ("gate", "level", "whose", "since", "until"):  # what the component mends itself, it mends
        expect(gates.alert).to_contain_text(name)
    works(gates)


# ---- tasks, languages, coming back


def test_every_task_plays_keeps_its_own_text_and_is_all_in_spanish(window):
    gates = window().gates
    gates.open(task="number", lang="es", text=NUMBERS, step=3)
    gates.type("0.5 *0.6 ?")
    gates.expect_address(text="0.5 *0.6 ?", step=3)
    gates.expect_quiet()
    texts = {"0.5 *0.6 ?"}
    for task in TASKS[1:-1]:
        gates.choose("task", task)
        until(lambda: gates.box.input_value() not in texts, gates.page)
        texts.add(gates.box.input_value())
        until(lambda: 1 < gates.step < gates.steps, gates.page)  # it moves by itself
        expect(gates.card("GRU")).to_be_visible()
        gates.press("End")
        gates.expect_address(task=task, step=gates.steps, text=gates.box.input_value())
        gates.expect_quiet()
        assert leftovers(gates.texts()) == set(), task
    gates.choose("task", "number")
    gates.expect_address(text="0.5 *0.6 ?")
    expect(gates.box).to_have_value("0.5 *0.6 ?")


def test_no_english_is_left_on_the_spanish_page(gates):
    gates.open(task="number", lang="en", step=2, held="own")
    gates.expect_quiet()
    assert len(leftovers(gates.texts())) > 60, "the English page speaks English"
    gates.choose("lang", "es")
    expect(gates.where).to_have_text(re.compile("^paso "))
    gates.expect_quiet()
    for kind, parts in PARTS.items():
        for part in parts:
            gates.explain(kind, part)
            assert leftovers(gates.texts()) == set(), part
    gates.choose("task", "own")
    gates.expect_quiet()
    assert leftovers(gates.texts()) == set()


def test_another_language_and_a_visit_home_keep_the_place(gates):
    place = {"step": 4, "lstm": 2, "gru": 3, "cell": "GRU", "part": "z", "sorted": 1, "task": "number"}
    gates.open(text="0.1 *0.2 -0.3 0.4 ?", **place)
    for lang, where in [("es", "paso 4 de 5"), ("en", "step 4 of 5")]:
        gates.choose("lang", lang)
        expect(gates.where).to_have_text(where)
        gates.expect_units(LSTM=2, GRU=3)
        gates.expect_explained("GRU", "z")
        gates.expect_address(lang=lang, text="0.1 *0.2 -0.3 0.4 ?", **place)
    gates.expect_quiet()
    gates.page.locator(".st-key-brand a").click()
    gates.page.locator(".st-key-card-gates a").click()
    gates.expect_step(4, 5)
    gates.expect_units(LSTM=2, GRU=3)
    gates.expect_explained("GRU", "z")
    expect(gates.sort).to_have_attribute("aria-pressed", "true")
    gates.expect_address(text="0.1 *0.2 -0.3 0.4 ?", **place)


# ---- what is typed


def lost(gates) -> str:
    return gates.page.get_by_text(re.compile("^Here each cell loses count")).inner_text()


def test_a_word_tells_where_each_cell_loses_count(gates):
    gates.open(task="count", text="a3 b3", step=1)
    assert gates.steps == 6
    expect(gates.page.get_by_text("No cell loses count here (RNN, LSTM, GRU).")).to_be_visible()
    gates.type("a30 b30")
    gates.expect_address(text="a30 b30")
    until(lambda: gates.steps == 60, gates.page)
    gates.expect_quiet()
    steps = re.search(r"RNN: (.*) · LSTM: (.*) · GRU: (.*)\.$", lost(gates))
    assert steps, lost(gates)
    for found in steps.groups():
        assert re.fullmatch(r"never|after step ([1-9]|[1-5]\d|60)", found)
    assert gates.box.input_value() == "a30 b30"


def test_whatever_is_typed_gets_one_sentence_and_it_works_again(gates):
    gates.open(task="count", text="a3 b3", step=1)
    for text in ["a3 c", "a 😀 b", "<script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "a5000",
                 "**x** ![i](http://example.com/i.png)"]:  # fmt: skip
        gates.type(text)
        gates.expect_address(text=text)
        expect(gates.alert).to_contain_text("is none that this reader knows")
        gates.expect_quiet()
        assert gates.alert.count() == 1
        assert gates.box.input_value() == text
        nothing_ran(gates)
    gates.type("a3 c")
    expect(gates.alert).to_have_text(re.compile("^Symbol 2, “c”, is none"))
    for text in ("", "   "):
        gates.type(text)
        expect(gates.nothing).to_have_text(re.compile("^There is nothing to read yet: "))
        expect(gates.alert).to_have_count(0)
        assert gates.box.input_value() == text
    gates.type("ab" * 2500)
    until(lambda: gates.where.is_visible() and gates.steps == 200, gates.page)
    expect(gates.alert).to_have_count(1)
    for part in ("200", "4800"):
        expect(gates.alert).to_contain_text(part)
    assert gates.box.input_value() == "ab" * 2500
    gates.type("aabb")
    expect(gates.alert).to_have_count(0)
    gates.expect_step(4, 4)
    works(gates)


def test_any_text_can_be_read_with_quotations(gates):
    gates.open(task="quotes-en", step=1)
    for text in (
        "the 😀 👩‍🍳 “dog”",
        "<script>window.hacked=1</script>",
        "$x$ **b** [a](http://example.com)",
        "x" * 5000,
    ):
        gates.type(text)
        gates.expect_address(text=text[:200])
        gates.expect_quiet()
        works(gates)
        nothing_ran(gates)
        assert gates.box.input_value() == text
        assert gates.alert.count() == (len(text) == 5000)


# ---- the learner's own network


def weights_of(kind: str, inputs: int, units: int, seed: int) -> tuple[nn.RNNBase, bytes]:
    torch.manual_seed(seed)
    cell = getattr(nn, kind)(inputs, units)
    return cell, save(cell.state_dict())


def test_the_learner_s_own_weights_show_the_numbers_of_torch(gates):
    gates.open(task="own", step=2)
    expect(gates.card("LSTM")).to_be_visible()  # the example
    expect(gates.card("GRU")).to_be_hidden()
    numbers = "0.5 -1; 0.25 2; -3 0.125"
    inputs = torch.tensor([[0.5, -1], [0.25, 2], [-3, 0.125]])
    for kind, units in [("GRU", 5), ("LSTM", 3)]:
        cell, data = weights_of(kind, 2, units, seed=units)
        gates.upload(data, f"{kind}.safetensors")
        gates.type_numbers(numbers)
        # While Streamlit draws a run, what the run before showed may stand beside it for a moment.
        facts = gates.page.get_by_text(f"{kind} · layers: 1 · units: {units} · inputs: 2 · float32.")
        expect(facts).to_have_count(1)
        expect(facts).to_be_visible()
        expect(gates.card(kind)).to_be_visible()
        expect(gates.card({"GRU": "LSTM", "LSTM": "GRU"}[kind])).to_be_hidden()
        until(lambda: gates.steps == 3, gates.page)
        with torch.no_grad():
            h = cell.double()(inputs.double())[0].tolist()
        for unit in range(1, units + 1):
            gates.press("Home", *["ArrowUp"] * units, *["ArrowDown"] * (unit - 1))
            gates.expect_units(**{kind: unit})
            for step in (1, 2, 3):
                gates.expect_step(step)
                assert gates.circuit(kind)["h"] == printed(h[step - 1][unit - 1]), (kind, step, unit)
                gates.press("ArrowRight")
        gates.expect_quiet()
    gates.choose("held", "amnesia")
    expect(
        gates.page.get_by_text(re.compile("^After the last step the LSTM's state differs, by up to "))
    ).to_be_visible()
    gates.expect_explained("LSTM", "f")
    assert gates.circuit("LSTM")["f"] == "0.00"
    changed = trace_whatif(cell, inputs.double().numpy(), HoldGate("f", 0.0, None, 0, 2)).layers[0].h
    unit = int(gates.address["lstm"])
    gates.press("End")
    assert gates.circuit("LSTM")["h"] == printed(changed[-1, unit - 1])


SENTENCES = {
    "en": ("This is not a whole safetensors file", "Line 2 has 3 numbers; the module reads 2 a step.", "is no number"),
    "es": ("No es un archivo safetensors entero", "La línea 2 ", "no es un número"),
}


@pytest.mark.parametrize("lang", SENTENCES)
def test_a_file_that_cannot_be_used_gets_one_clear_sentence(gates, tmp_path, lang):
    no_file, wrong_width, no_number = SENTENCES[lang]
    cell, data = weights_of("GRU", 2, 3, seed=0)
    torch.save(cell.state_dict(), tmp_path / "pickle")
    gates.open(task="own", lang=lang, step=2)
    gates.expect_quiet()
    files = {
        "pickle": (tmp_path / "pickle").read_bytes(),
        "noise": np.random.default_rng(0).bytes(3000),
        "cut": data[:-5],
    }
    for name, broken in files.items():
        gates.upload(broken, f"{name}.safetensors")
        expect(gates.alert).to_have_text(re.compile(f"^{no_file}"))
        assert gates.alert.count() == 1
    gates.upload(data, "right.safetensors")
    for numbers, sentence in [("1 2\n3 4 5", wrong_width), ("1 2\n<b>x</b> 4", no_number)]:
        gates.type_numbers(numbers)
        expect(gates.alert).to_contain_text(sentence)
        expect(gates.alert).to_have_count(1)
        assert gates.numbers.input_value() == numbers
    gates.type_numbers("1 2\n3 4")
    expect(gates.alert).to_have_count(0)
    until(lambda: gates.where.is_visible() and gates.steps == 2, gates.page)
    works(gates)
