"""Lesson `attention`: every printed number true, heads and gazes under the hand, links, what-if, BertViz, bad input."""

import math
import re
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers
import transformers_zoo as zoo
from attention_lesson import AttentionLesson
from lesson import until
from playwright.sync_api import expect
from test_bad_input import nothing_ran
from test_playing import NOTE_SENDING
from test_reading import leftovers

from seqviz.models import minilm

CAT = "The cat did not cross the street because it was too tired."
COMMA = ("While Anna dressed the baby spit up on the bed.", "While Anna dressed, the baby spit up on the bed.")
PIECES = "El gato no cruzó la calle."


@pytest.fixture(scope="module")
def bert():
    """MiniLM with transformers' own attention: run(text, pair) gives weights (L, H, T, T) and outputs (L, H, T, d)."""
    path = minilm.folder()
    model = transformers.AutoModel.from_pretrained(path, attn_implementation="eager").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)

    def run(text, pair=None):
        mixed = []
        hooks = [
            layer.attention.output.dense.register_forward_pre_hook(lambda _module, inputs: mixed.append(inputs[0][0]))
            for layer in model.encoder.layer
        ]
        with torch.no_grad():
            out = model(**tokenizer(text, pair, return_tensors="pt"), output_attentions=True)
        for hook in hooks:
            hook.remove()
        outputs = torch.stack(mixed).unflatten(2, (12, 32)).transpose(1, 2)  # (L, T, H·d) -> (L, H, T, d)
        return SimpleNamespace(weights=torch.cat(out.attentions).numpy(), outputs=outputs.numpy())

    return run


@pytest.fixture
def calm(window) -> AttentionLesson:
    """The lesson of a reader who wants no motion: every text comes to rest at once."""
    return window(reduced_motion="reduce").attention


# ---- what is printed


def plain(text: str) -> str:
    return text.replace("−", "-").replace("+", "")


def rounds_to(number: float, shown: str) -> bool:
    """Whether a number is what is shown, at the digits that are shown."""
    return abs(number - float(plain(shown))) <= 0.5 * 10.0 ** -len(shown.partition(".")[2]) + 1e-9


def worth(expression: str) -> float:
    """What a printed expression comes to."""
    code = expression.replace("−", "-").replace("×", "*").replace("·", "*").replace("÷", "/")
    return eval(re.sub(r"√(\d+)", r"sqrt(\1)", code), {"sqrt": math.sqrt, "tanh": math.tanh})


def false_sum(lines: list[list[str]]) -> list[str]:
    """What is not true of a sum: each product, and that all amounts add up to the last, to the last digit."""
    *terms, (_sigma, _none, total) = lines
    wrong = [line for line in terms if line[1] and not rounds_to(worth(line[1]), line[2])]
    adds_up = sum(Decimal(plain(amount)) for *_, amount in terms) == Decimal(plain(total))
    return wrong if adds_up else [*wrong, f"it does not add up to {total}"]


def falsehoods(shown: dict) -> list:
    """All that the gaze prints and that does not follow from what else it prints."""
    rows, total = shown["rows"], shown["total"]
    _name, score, power, weight = rows[shown["chosen"]]
    wrong = false_sum(shown["products"]) + false_sum(shown["output"])

    now = shown["products"][-1][2]
    for step in shown["steps"]:
        if "=" not in step:
            continue
        left, right = step.split(" (")[0].split(" = ")
        if now not in left or not rounds_to(worth(left) * (1 + 1e-12), right):
            wrong.append(step)
        now = right
    if score != "−∞" and now != score:
        wrong.append(f"the sum leads to {now}, the table says {score}")

    top = max((plain(one) for _, one, *_ in rows if one != "−∞"), key=float)
    for name, one, its_power, its_weight in rows:
        expected = 0.0 if one == "−∞" else math.exp(float(Decimal(plain(one)) - Decimal(top)))
        if not rounds_to(expected, its_power):
            wrong.append(f"{name}: e^({one} − {top}) is not {its_power}")
        if not rounds_to(float(its_power) / float(total) * (1 + 1e-12), its_weight):
            wrong.append(f"{name}: {its_power} ÷ {total} is not {its_weight}")
    if sum(Decimal(its_power) for *_, its_power, _ in rows) != Decimal(total):
        wrong.append(f"the powers do not add up to {total}")
    of = float(top)
    if shown["powers"] not in (f"es − {top}", f"es + {top.removeprefix('-')}"):
        wrong.append(shown["powers"])

    of_e, quotient = shown["result"]
    if not of_e.endswith(f" = {power}") or quotient != f"{power} ÷ {total} = {weight}":
        wrong.append(shown["result"])
    exponent = of_e[1:].split(" = ")[0]
    if score != "−∞" and abs(worth(exponent) - (float(plain(score)) - of)) > 1e-9:
        wrong.append(shown["result"])
    if not shown["title"].endswith(weight):
        wrong.append(shown["title"])
    for (token, share), (*_, its_weight) in zip(shown["tokens"], rows, strict=True):
        near = 0.5 * 10.0 ** -len(its_weight.partition(".")[2])
        if (share and abs(float(share) - float(its_weight)) > 0.005 + near) or (
            not share and float(its_weight) > 0.02 + near
        ):
            wrong.append(f"under {token} stands {share}, in the table {its_weight}")
    names = [name for name, *_ in rows]
    for label, factors, _amount in shown["output"]:
        if factors:  # weight × value: the weight is that of the table, with as many digits as the product needs
            its_weight, first = rows[names.index(label)][3], factors.split(" × ")[0]
            digits = min(len(text.partition(".")[2]) for text in (its_weight, first))
            if abs(float(first) - float(its_weight)) > 10.0**-digits:
                wrong.append(f"{label}: {factors}, but the weight is {its_weight}")
    return wrong


GOOD = {
    "where": "token 2 of 3", "looks": "", "hidden": "", "note": "", "title": "Why “b” gives “c” 0.67", "number": "",
    "tokens": [["a", "0.24"], ["b", "0.09"], ["c", "0.67"]],
    "products": [["q₁ × k₁", "2.00 × 1.50", "3.00"], ["the other 1", "", "−1.00"], ["Σ", "", "2.00"]],
    "steps": ["2.00 ÷ √4 = 1.00"],
    "rows": [["a", "0.00", "0.3679", "0.24"], ["b", "−1.00", "0.1353", "0.09"], ["c", "1.00", "1.0000", "0.67"]],
    "powers": "es − 1.00", "total": "1.5032", "chosen": 2, "check": "",
    "result": ["e1.00 − 1.00 = 1.0000", "1.0000 ÷ 1.5032 = 0.67"],
    "output": [["c", "0.67 × 0.50", "0.34"], ["all others (2)", "", "−0.04"], ["Σ", "", "0.30"]],
}  # fmt: skip


def test_the_judge_of_what_is_printed_finds_what_is_false():
    assert falsehoods(GOOD) == []
    for change in (
        {"products": [["q₁ × k₁", "2.00 × 1.51", "3.00"], *GOOD["products"][1:]]},
        {"products": [*GOOD["products"][:2], ["Σ", "", "2.01"]], "steps": ["2.01 ÷ √4 = 1.00"]},
        {"steps": ["2.00 ÷ √5 = 1.00"]},
        {"steps": ["2.00 ÷ √4 = 1.01"]},
        {"steps": ["2.02 ÷ √4 = 1.01", "1.01 + 0.01 = 1.00 (bias)"]},
        {"rows": [["a", "0.00", "0.3680", "0.24"], *GOOD["rows"][1:]]},
        {"rows": [["a", "0.00", "0.3679", "0.25"], *GOOD["rows"][1:]]},
        {"rows": [["a", "−∞", "0.3679", "0.24"], *GOOD["rows"][1:]]},
        {"total": "1.5033"},
        {"powers": "es − 1.01"},
        {"title": "Why “b” gives “c” 0.66"},
        {"result": ["e1.00 − 1.00 = 1.0000", "1.0000 ÷ 1.5032 = 0.66"]},
        {"result": ["e1.00 − 1.00 = 1.0001", "1.0000 ÷ 1.5032 = 0.67"]},
        {"result": ["e0.99 − 1.00 = 1.0000", "1.0000 ÷ 1.5032 = 0.67"]},
        {"tokens": [["a", "0.24"], ["b", ""], ["c", "0.67"]]},
        {"tokens": [["a", "0.24"], ["b", "0.09"], ["c", "0.69"]]},
        {"output": [["c", "0.67 × 0.50", "0.32"], ["all others (2)", "", "−0.02"], ["Σ", "", "0.30"]]},
        {"output": [["c", "0.87 × 0.39", "0.34"], *GOOD["output"][1:]]},
    ):
        assert falsehoods(GOOD | change), change


def check(attention: AttentionLesson, of_head: np.ndarray, outputs: np.ndarray, query: int, key: int) -> None:
    """What is printed for a query and a key, from 1, holds together and is what the model (T, T), (T, d) computed."""
    shown = attention.printed()
    assert falsehoods(shown) == [], (query, key, shown)
    assert shown["chosen"] == key - 1
    assert len(shown["rows"]) == of_head.shape[1]
    assert all(rounds_to(weight, row[3]) for weight, row in zip(of_head[query - 1], shown["rows"], strict=True))
    said = re.fullmatch(r"PyTorch says (\d\.\d{4,}), the same number", shown["check"])
    assert said, shown["check"]
    assert float(said[1]) == pytest.approx(of_head[query - 1, key - 1], abs=0.51 * 10.0 ** -len(said[1][2:]) + 1e-6)
    number, count = map(int, re.findall(r"\d+", shown["number"]))
    assert count == outputs.shape[1]
    digits = len(shown["output"][-1][2].partition(".")[2])
    expected = outputs[query - 1, number - 1]
    assert float(plain(shown["output"][-1][2])) == pytest.approx(expected, abs=0.51 * 10.0**-digits + 1e-6)


def test_every_printed_number_is_true_at_every_token(attention, bert):
    attention.open(lang="en", query=1)
    computed = bert(CAT)
    of_head, outputs = computed.weights[3, 1], computed.outputs[3, 1]
    for query in range(1, 16):
        attention.expect_step(query, 15)
        check(attention, of_head, outputs, query, int(of_head[query - 1].argmax()) + 1)
        attention.press("ArrowRight")
    attention.press("Home", *["ArrowRight"] * 9)
    attention.row(1).click()
    for key, presses in ((1, 0), (2, 1), (15, 13)):
        attention.press(*["ArrowDown"] * presses)
        expect(attention.row(key)).to_have_class(re.compile("chosen"))
        check(attention, of_head, outputs, 10, key)
    less, more = (attention.stepper.locator(f".numbers .{name}") for name in ("less", "more"))
    for button in (more, less, less):
        before = attention.printed()["number"]
        button.click()
        expect(attention.stepper.locator(".number-title")).not_to_have_text(before)
        check(attention, of_head, outputs, 10, 15)


def test_every_printed_number_is_true_for_a_pair(attention, bert):
    attention.open(lang="en", mode="pair", text=COMMA[0], pair=COMMA[1], layer=3, head=1, query=6)
    computed = bert(*COMMA)
    of_head, outputs = computed.weights[2, 0], computed.outputs[2, 0]
    expect(attention.sentence.locator(".line")).to_have_count(2)
    for query in (6, 1, 13, 14, 19, 26):
        attention.token(query).click()
        attention.expect_step(query, 26)
        check(attention, of_head, outputs, query, int(of_head[query - 1].argmax()) + 1)
    attention.token(19).click()
    attention.row(16).click()
    attention.expect_address(query=19, key=16)
    check(attention, of_head, outputs, 19, 16)
    assert float(attention.printed()["rows"][15][3]) < 0.15  # baby, dressed: with the comma


# ---- coming and moving


def test_on_arrival_it_plays_to_it_without_a_word_to_the_server(window):
    attention = window(kept=False).attention
    attention.page.add_init_script(NOTE_SENDING)
    attention.open(lang="en")
    attention.expect_head(4, 2)
    with attention.moves() as moves:
        until(lambda: attention.step == 10, attention.page)
    assert len(moves) > 2, "it did not move by itself"
    assert [step for _, step in moves] == sorted(step for _, step in moves)
    sent = attention.page.evaluate("window.sent")
    assert sent, "the listener hears nothing"
    assert [time for time in sent if moves[0][0] < time <= moves[-1][0]] == []
    attention.expect_looks("it")
    expect(attention.title).to_have_text("Why “it” gives “cat” 0.76")
    assert (
        dict(zip(attention.tokens(), [share for _token, share in attention.printed()["tokens"]], strict=True))["cat"]
        == "0.76"
    )
    expect(attention.sentence.locator("path.arc:visible").first).to_be_attached()
    attention.expect_address(query=10, key=None, text=CAT, lang="en")
    attention.expect_quiet()
    attention.expect_step(10, 15)  # and rests there
    expect(attention.live).to_have_text(re.compile(r"^token 10 of 15, “it” looks at cat 0\.76, \[CLS\] 0\.08, "))
    expect(attention.page.locator(".st-key-prose .katex").first).to_be_attached()
    assert not attention.page.locator(".katex-error").count()

    attention.page.evaluate("window.sent.length = 0")
    attention.press("Home")
    attention.expect_address(query=1)
    attention.expect_quiet()
    with attention.moves() as moves:
        attention.press("Space")
        until(lambda: attention.step == 15, attention.page)
    sent = attention.page.evaluate("window.sent")
    assert [time for time in sent if moves[1][0] < time <= moves[-1][0]] == []


def test_keys_move_the_query_and_the_key_and_the_address_follows(attention):
    attention.open(lang="en", query=10)
    for key, query, row in [
        ("ArrowRight", 11, None), ("ArrowLeft", 10, 3), ("ArrowUp", 10, 2), ("ArrowUp", 10, 1), ("ArrowUp", 10, 1),
        ("ArrowDown", 10, 2), ("End", 15, None), ("ArrowRight", 15, None), ("Home", 1, None), ("ArrowLeft", 1, None),
    ]:  # fmt: skip
        attention.press(key)
        attention.expect_step(query, 15)
        if row:
            expect(attention.row(row)).to_have_class(re.compile("chosen"))
    attention.expect_address(query=1, key=None)
    attention.press("ArrowDown")
    attention.expect_address(query=1)
    until(lambda: attention.address.get("key"), attention.page)
    key = int(attention.address["key"])
    expect(attention.row(key)).to_have_class(re.compile("chosen"))
    weight = attention.row(key).locator(".weight").text_content()
    expect(attention.picture("map").locator(".annotation-text")).to_have_text(f"{float(weight):.2f}")
    attention.stepper.locator(".forward").press("ArrowRight")  # keys work from every control
    attention.expect_step(2)


def shot(canvas) -> str:
    return canvas.evaluate("(canvas) => canvas.toDataURL()")


def close(found: list[list[float]], expected: np.ndarray) -> bool:
    """Whether a picture, which may just be drawn anew, shows these numbers."""
    return np.shape(found) == expected.shape and np.allclose(found, expected, atol=1e-6)


def test_a_head_is_chosen_by_a_click_by_the_arrow_keys_and_from_the_list(attention, bert):
    attention.open(lang="en", query=6, key=2)
    weights = bert(CAT).weights
    attention.expect_quiet()

    def follows(layer: int, head: int) -> None:
        attention.expect_address(layer=layer, head=head, query=6, key=2)
        attention.expect_head(layer, head)
        until(lambda: close(attention.numbers("map"), weights[layer - 1, head - 1]), attention.page)
        expect(attention.captions).to_contain_text(f"layer {layer}, head {head}")
        expected = weights[layer - 1, head - 1, 5, 1]
        until(lambda: rounds_to(expected, attention.printed()["rows"][1][3]), attention.page)

    places = attention.heads_on_screen()
    assert len(places) == 72
    before = shot(attention.grid)
    attention.page.mouse.click(*places["layer 2, head 11"])
    follows(2, 11)
    assert shot(attention.grid) != before
    attention.press_grid("ArrowUp", "ArrowLeft")
    follows(1, 10)
    attention.press_grid("ArrowUp", "Home", "ArrowLeft")
    follows(1, 1)
    attention.press_grid("End", *["ArrowDown"] * 7)
    follows(6, 12)
    attention.page.locator(".st-key-best button").first.click()
    follows(1, 3)
    attention.pick("score", "looks at a separator")
    attention.expect_address(score="separator")
    best = attention.page.locator(".st-key-best button").first
    expect(best).not_to_have_text(re.compile("layer 1, head 3"))
    layer, head = map(int, re.findall(r"\d+", best.inner_text())[:2])
    best.click()
    follows(layer, head)


def test_what_lies_under_the_pointer_is_told_and_a_click_stays(attention, bert):
    attention.open(lang="en", query=10)
    weights = bert(CAT).weights
    x, y = attention.heads_on_screen()["layer 3, head 7"]
    attention.page.mouse.move(x, y)
    tip = attention.heads.locator(".tip")
    typed = weights[2, 6, 1:-1]  # rows
    scores = (
        f"entropy {-(typed * np.log2(typed)).sum(axis=1).mean():.1f} bits · to the first token {typed[:, 0].mean():.2f}"
    )
    expect(tip).to_have_text(f"layer 3, head 7 · {scores}")
    attention.page.mouse.move(5, 5)
    expect(tip).to_be_hidden()

    hover = attention.picture("map").locator(".hoverlayer")
    said = f"4 · did looks at 8 · street: {weights[3, 1, 3, 7]:.2f}"
    attention.point(lambda: attention.cell(4, 8), hover, said)
    attention.expect_looks("did")  # a glance
    expect(attention.row(8)).to_have_class(re.compile("chosen"))
    attention.expect_step(10)
    attention.page.mouse.move(5, 5)
    attention.expect_looks("it")
    attention.page.mouse.click(*attention.cell(4, 8))
    attention.page.mouse.move(5, 5)
    attention.expect_looks("did")
    attention.expect_address(query=4, key=8)
    expect(attention.row(8)).to_have_class(re.compile("chosen"))

    attention.token(3).hover()
    attention.expect_looks("cat")
    attention.expect_step(4)
    attention.page.mouse.move(5, 5)
    attention.expect_looks("did")
    attention.token(3).click()
    attention.page.mouse.move(5, 5)
    attention.expect_looks("cat")
    attention.expect_address(query=3, key=None)


def test_the_block_is_drawn_for_the_token_under_the_cursor(attention):
    attention.open(lang="en", query=10)
    image = attention.page.get_by_role("img", name=re.compile("^Drawing of one block"))
    assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth * image.naturalHeight)") > 0
    before = image.get_attribute("src")
    attention.press("Home")
    attention.expect_address(query=1)
    until(lambda: image.get_attribute("src") != before, attention.page)


# ---- typing


def test_typed_text_reaches_every_picture(attention, bert):
    attention.open(lang="en", query=2, layer=2, head=4)
    text = "Ana’s café cost £5, señora!"
    attention.type(text)
    attention.expect_address(text=text, layer=2, head=4, key=None)
    weights = bert(text).weights[1, 3]
    until(lambda: np.shape(attention.numbers("map")) == weights.shape, attention.page)
    np.testing.assert_allclose(attention.numbers("map"), weights, atol=1e-6)
    assert "".join(attention.tokens()[1:-1]) == text.replace(" ", "")
    assert "café" in attention.picture("map").locator(".xaxislayer-above text").all_text_contents()
    until(lambda: attention.address.get("query") == str(len(weights) - 2), attention.page)  # it played to the last word
    attention.press("Home", "ArrowRight")
    attention.type("Right after a step.")  # before the step has been told
    attention.expect_address(text="Right after a step.")
    assert attention.box.input_value() == "Right after a step."
    until(lambda: attention.tokens()[1:-1] == ["Right", "after", "a", "step", "."], attention.page)


def test_every_example_comes_to_rest_at_its_point(calm):
    calm.open(lang="en", text="Something else.", query=1)
    shown = [("it", "cat", 0.7, 1), ("red", "small", 0.95, 1), ("cooked", "[CLS]", 0.8, 1),
             ("baby", "dressed", 0.35, 0.5), ("ado", "cans", 0.95, 1)]  # fmt: skip
    buttons = calm.page.locator(".st-key-examples .stButton button")
    expect(buttons).to_have_count(len(shown))
    for button, (query, key, low, high) in zip(buttons.all(), shown, strict=True):
        button.click()
        expect(calm.title).to_have_text(re.compile(rf"^Why “{query}” gives “{re.escape(key)}” "))
        assert low <= float(calm.title.inner_text().split()[-1]) <= high
        until(lambda query=query: calm.address.get("query") == str(calm.step), calm.page)
        calm.expect_address(key=None)
    calm.page.go_back()
    until(lambda: calm.pair.is_visible(), calm.page)
    until(lambda: calm.tokens()[1:3] == ["While", "Anna"], calm.page)


# ---- words, hidden tokens, what if


def test_words_have_no_arithmetic_and_their_rows_add_up(attention):
    attention.open(lang="en", text=PIECES, query=6)
    expect(attention.title).to_be_visible()
    attention.toggle("words")
    attention.expect_address(words=1)
    expect(attention.note).to_be_visible()
    expect(attention.title).to_be_hidden()
    assert attention.tokens() == ["[CLS]", "El", "gato", "no", "cruzó", "la", "calle", ".", "[SEP]"]
    np.testing.assert_allclose(np.sum(attention.numbers("map"), axis=1), 1, atol=1e-5)
    attention.token(3).click()
    attention.expect_looks("gato")
    row = attention.numbers("map")[2]
    shares = [share for _token, share in attention.printed()["tokens"]]
    assert shares == [f"{weight:.2f}" if weight >= 0.02 else "" for weight in row]
    attention.toggle("words")
    expect(attention.title).to_be_visible()
    assert falsehoods(attention.printed()) == []


def test_what_is_hidden_is_said_and_not_renormalised(attention, bert):
    attention.open(lang="en", query=10)
    attention.toggle("hide")
    attention.expect_address(hide=1, query=10)
    weights = bert(CAT).weights[3, 1]
    share = weights[9, 0] + weights[9, 14]
    expect(attention.hidden).to_have_text(re.compile(rf"^{share:.2f} "))
    until(lambda: np.shape(attention.numbers("map")) == (13, 15), attention.page)
    np.testing.assert_allclose(
        [row[-1] for row in attention.numbers("map")], weights[1:-1, [0, -1]].sum(axis=1), atol=1e-6
    )
    assert "[CLS]" not in attention.tokens()
    expect(attention.picture("map").locator(".xaxislayer-above text").last).to_have_text("hidden")
    shown = attention.printed()
    assert float(shown["rows"][0][3]) == pytest.approx(weights[9, 0], abs=0.006)  # the softmax is that of all tokens
    attention.press("Home")
    attention.expect_looks("The")  # the first that is not hidden
    attention.press("End")
    attention.expect_looks(".")
    attention.expect_address(query=14)
    attention.expect_quiet()  # the picture has been drawn anew
    said = f"The looks at hidden: {weights[1, 0] + weights[1, 14]:.2f}"
    attention.point(lambda: attention.cell(1, 15), attention.picture("map").locator(".hoverlayer"), said)


def test_a_token_is_masked_and_heads_are_silenced_beside_the_run_as_it_is(attention, bert):
    attention.open(lang="en", query=10)
    usual = bert(CAT).weights[3, 1]
    expect(attention.effect).to_have_count(0)
    attention.pick("masked", re.compile(r"^3 · cat$"))
    attention.expect_address(masked=3)
    expect(attention.effect).to_contain_text(re.compile(r"cosine similarity of 0\.\d{3} to"))
    np.testing.assert_allclose(attention.numbers("before"), usual, atol=1e-6)
    assert not np.array(attention.numbers("after"))[:, 2].any()
    said = attention.effect.inner_text()
    attention.pick("silent", "layer 1, head 3")
    attention.expect_address(masked=3, silent="1.3")
    until(lambda: attention.effect.inner_text() != said, attention.page)
    attention.expect_quiet()
    attention.page.go_back()
    attention.expect_address(silent=None, masked=3)
    expect(attention.effect).to_have_text(said)
    np.testing.assert_allclose(attention.numbers("map"), usual, atol=1e-6)


# ---- links, languages


SHOWN = {
    "lang": "en", "text": "Ana denied the untranslatable.", "pair": "She could not be more wrong.", "mode": "pair",
    "layer": 2, "head": 5, "query": 4, "key": 3, "words": 1, "hide": 1, "score": "first", "lens": "rollout",
    "masked": 3, "silent": "2.5,6.1", "view": "head", "code": "torch",
}  # fmt: skip
HEATMAPS = ("map", "weights", "beside", "before", "after")


def seen(attention: AttentionLesson) -> dict:
    """All that stands on the screen."""
    attention.expect_quiet()
    texts = [text for text in attention.texts() if "token" not in text]
    return {
        "texts": texts, "printed": attention.printed(), "numbers": [attention.numbers(name) for name in HEATMAPS],
        "boxes": [box.input_value() for box in attention.page.locator("input[type=text]").all()],
        "checked": [box.is_checked() for box in attention.page.locator("input[type=checkbox]").all()],
        "chosen": attention.page.locator("[role=radio][aria-checked=true]").all_inner_texts(),
        "grid": shot(attention.grid),
    }  # fmt: skip


def test_a_link_opens_the_same_in_a_fresh_browser(window):
    here = window().attention.open(**SHOWN)
    expect(here.effect).to_be_visible()
    here.expect_looks("the")
    here.expect_head(2, 5)
    expect(here.frame().locator("#attention line").first).to_be_attached()
    here.press("ArrowRight")
    here.press_grid("ArrowRight")
    here.expect_address(query=5, layer=2, head=6)
    here.expect_head(2, 6)
    here.expect_quiet()
    there = window(locale="en-GB").attention
    there.go(here.page.url)
    there.expect_head(2, 6)
    there.expect_looks("untranslatable")
    expect(there.live).not_to_be_empty()
    expect(there.effect).to_be_visible()
    assert there.address == here.address
    here.page.reload()
    here.expect_looks("untranslatable")
    expect(here.live).not_to_be_empty()
    found, wanted = seen(there), seen(here)
    for name, value in wanted.items():
        assert found[name] == value, name


def test_both_languages_show_the_same_place_and_no_english_is_left(attention):
    place = {"text": PIECES, "layer": 2, "head": 5, "query": 6, "key": 3, "masked": 3, "silent": "2.5", "view": "model"}
    attention.open(lang="en", **place)
    expect(attention.effect).to_be_visible()
    attention.expect_quiet()
    english = leftovers(attention.texts())
    assert len(english) > 60, "the English page speaks English"
    numbers = attention.printed()
    for lang in ("es", "en"):
        attention.choose("lang", lang)
        attention.expect_address(lang=lang, **place)
        until(lambda lang=lang: attention.page.evaluate("document.documentElement.lang") == lang, attention.page)
        attention.expect_quiet()
        attention.expect_step(6, 12)
        attention.expect_head(2, 5)
        attention.expect_looks("cruz")
        assert attention.box.input_value() == PIECES
        assert [row[1:] for row in attention.printed()["rows"]] == [row[1:] for row in numbers["rows"]]
        until(lambda lang=lang: leftovers(attention.texts()) == (set() if lang == "es" else english), attention.page,
              lambda: leftovers(attention.texts()))  # fmt: skip


def test_the_place_is_there_again_after_a_visit_elsewhere(attention):
    attention.open(lang="en", text=PIECES, layer=2, head=5, query=6, key=3)
    attention.expect_quiet()
    attention.page.locator(".st-key-brand a").click()
    attention.page.locator(".st-key-card-attention a").click()
    attention.expect_looks("cruz")
    attention.expect_head(2, 5)
    attention.expect_address(text=PIECES, layer=2, head=5, query=6, key=3)


def test_a_broken_address_opens_and_is_named(attention):
    broken = {"layer": 99, "head": "x", "query": -1, "key": 9999, "score": "zz", "lens": "zz", "masked": 99,
              "silent": "0.0", "view": "zz", "model": "zz", "mode": "zz", "hide": "zz"}  # fmt: skip
    attention.open(lang="en", **{name: value for name, value in broken.items() if name != "query"})
    expect(attention.alert).to_have_count(1)
    for name in broken:
        if name != "query":  # which the gaze has mended by then
            expect(attention.alert).to_contain_text(name)
    attention.expect_head(4, 2)
    expect(attention.captions).to_contain_text("layer 4, head 2")
    until(lambda: attention.step == 10, attention.page)
    attention.press("End")
    attention.expect_step(15, 15)
    attention.press_grid("ArrowRight")
    attention.expect_head(4, 3)


# ---- bertviz


LINES = ("#attention line", "svg line", "#collapsed line")  # of each view
HOSTILE = "</script><script>window.hacked=1</script> <img src=x onerror=window.hacked=1> <svg onload=window.hacked=1>"


def test_bertviz_paints_its_three_views_offline_and_runs_nothing_that_was_typed(attention, bert):
    attention.open(lang="en", query=10)
    weights = bert(CAT).weights
    frame = attention.frame()
    for n, lines in enumerate((12 * 15 * 15, 72 * 15 * 15, 15 * 15)):
        attention.choose("view", str(n))
        attention.expect_address(view=("head", "model", "neuron")[n])
        found = frame.locator(LINES[n])
        expect(found).to_have_count(lines)
        dark = found.evaluate_all("(lines) => lines.map((line) => +line.getAttribute('stroke-opacity'))")
        wanted = (weights[3] / 12, weights, weights[3, 1])[n]
        np.testing.assert_allclose(np.reshape(dark, wanted.shape), wanted, atol=5.1e-5)
        assert frame.locator("svg").first.bounding_box()["height"] > 100
    attention.type(HOSTILE[:60])
    attention.expect_address(text=HOSTILE[:60])
    until(lambda: found.count() == attention.steps**2, attention.page)
    assert {page_frame.evaluate("window.hacked") for page_frame in attention.page.frames} == {None}
    attention.choose("view", "2")  # off again
    expect(attention.page.locator("iframe[srcdoc]")).to_have_count(0)
    attention.expect_address(view=None)


# ---- bad input


def works(attention: AttentionLesson) -> None:
    attention.press("End")
    attention.expect_step(attention.steps)
    assert falsehoods(attention.printed()) == []
    attention.press("Home")
    attention.expect_step(1)


TYPED = {
    "tags": f"{HOSTILE} **x** [a](http://example.com) ![i](http://example.com/i.png) `c` # $x^2$ :smile: {0} %s",
    "marks": "I 👩‍🍳 love 😀😀 🇪🇸 cafe\u0301 қазақ 漢字 ꙮ 𒀀 the קול and صوت \u202e\u200b z" + "\u0301" * 80,
    "one": "a",
}


def test_whatever_is_typed_is_read_and_nothing_of_it_runs(calm):
    calm.open(lang="en", query=1, words=0)
    for name, text in TYPED.items():
        calm.type(text)
        calm.expect_address(text=text)
        until(lambda: calm.address.get("query"), calm.page)  # it has come to rest
        calm.expect_quiet()
        assert calm.alert.count() == 0, name
        assert calm.box.input_value() == text, name
        works(calm)
        calm.token(2).hover()
        calm.page.mouse.move(*calm.cell(1, 2))
        nothing_ran(calm)


def test_nothing_to_read_is_said_and_can_be_mended(calm):
    calm.open(lang="en", query=1)
    for text, typed in (("", "good film"), ("   ", "bad film")):
        calm.type(text)
        expect(calm.nothing).to_have_text(re.compile("^There is nothing to read yet: "))
        expect(calm.where).to_have_count(0)
        assert calm.alert.count() == 0
        empty = calm.page.locator(".gaze.empty")
        empty.focus()
        for key in ("ArrowRight", "ArrowDown", "End", "Space", "Home"):
            empty.press(key)
        calm.type(typed)
        calm.expect_step(3, 4)
        works(calm)
    calm.page.locator(".st-key-mode").get_by_role("radio").nth(1).click()
    expect(calm.nothing).to_be_visible()
    calm.pair.fill("bad one")
    calm.pair.press("Enter")
    calm.expect_address(mode="pair", pair="bad one")
    calm.expect_step(6, 7)
    works(calm)
    assert calm.box.input_value() == "bad film"


def test_a_long_text_is_cut_where_it_is_said(calm):
    calm.open(lang="en", query=1)
    megabyte = " ".join(["cat", "dog"] * 125_000)
    calm.type(megabyte)
    expect(calm.alert).to_contain_text("512 tokens are read")
    expect(calm.alert).to_contain_text("Left out is all from “cat dog")
    until(lambda: calm.tokens()[2] == "dog", calm.page)
    assert len(calm.tokens()) == 512
    assert calm.tokens()[-2:] == ["dog", "[SEP]"]
    assert calm.box.input_value() == megabyte
    calm.expect_address(text=megabyte[:4000])
    calm.press("End")
    calm.expect_step(512, 512)
    assert falsehoods(calm.printed()) == []
    calm.page.goto(calm.server + "/attention?lang=en&text=a%00b")  # a NUL in a link
    expect(calm.alert).to_contain_text("text")
    expect(calm.box).to_have_value(CAT)


# ---- other models


def saved(family: str, folder) -> str:
    zoo.model(family).save_pretrained(folder)
    zoo.tokenizer(family).save_pretrained(folder)
    return str(folder)


def named(attention: AttentionLesson, path: str) -> None:
    """Type the path of a model."""
    box = attention.page.locator(".st-key-folder input")
    box.fill(path)
    box.press("Enter")
    attention.expect_address(folder=path)


def test_models_of_one_s_own_show_their_own_formula(calm, tmp_path):
    calm.open(lang="en", text="The cat was tired.", query=2)
    calm.choose("model", "3")
    calm.expect_address(model="folder")
    steps = {"llama": r"÷ √8", "gemma2": r"tanh", "t5": r"position bias"}
    for family, step in steps.items():
        named(calm, saved(family, tmp_path / f"{family} <b>"))
        expect(calm.page.get_by_text(f"{family} <b> reads:")).to_be_visible()
        expect(calm.alert.filter(has_text="cannot")).to_have_count(0)
        calm.expect_quiet()
        for query in (1, 4):
            calm.press("Home", *["ArrowRight"] * (query - 1))
            calm.expect_step(query)
            shown = calm.printed()
            assert falsehoods(shown) == [], (family, query, shown)
            assert any(re.search(step, one) for one in shown["steps"]), (family, shown["steps"])
            expect(calm.check).to_contain_text("the same number")
        pair = calm.page.locator(".st-key-mode")
        expect(pair).to_have_count(1 if family == "t5" else 0)
        if family != "t5":
            assert [row[1] for row in calm.printed()["rows"][4:]] == ["−∞"] * (calm.steps - 4)
            expect(calm.token(5)).to_have_class(re.compile("barred"))
    # T5 now: its three parts.
    for part, name in enumerate(("encoder", "decoder", "cross")):
        calm.choose("part", str(part))
        if part:  # the first is there already
            calm.expect_address(part=name)
        until(
            lambda name=name: calm.sentence.evaluate("(s) => s.classList.contains('cross')") == (name == "cross"),
            calm.page,
        )
        calm.expect_quiet()
        assert falsehoods(calm.printed()) == []
    calm.token(3, "query").click()
    calm.token(4, "key").click()
    calm.expect_address(query=3, key=4)
    expect(calm.row(4)).to_have_class(re.compile("chosen"))
    assert falsehoods(calm.printed()) == []


def test_a_family_that_hides_its_queries_says_so(attention, tmp_path):
    attention.open(
        lang="en", text="The cat was tired.", query=2, model="folder", folder=saved("bloom", tmp_path / "bloom")
    )
    expect(attention.note).to_contain_text("only the weights")
    expect(attention.title).to_be_hidden()
    expect(attention.page.locator(".st-key-silent")).to_have_count(0)
    expect(attention.page.locator(".st-key-view").get_by_role("radio")).to_have_count(2)
    attention.press("ArrowRight")
    attention.expect_step(3)
    attention.page.locator(".st-key-model").get_by_role("radio").first.click()  # MiniLM again
    expect(attention.title).to_be_visible()
    until(lambda: "[CLS]" in attention.tokens(), attention.page)
    assert falsehoods(attention.printed()) == []
    assert attention.box.input_value() == "The cat was tired."
