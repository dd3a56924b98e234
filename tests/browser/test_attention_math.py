"""The arithmetic of a head in a real browser: Python's digits, each number following from the one before."""

import base64
import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from attention_parts import FORMS, part, scores, softmax

from seqviz.components.attention import gaze_payload
from seqviz.traces.arithmetic import Arithmetic, Term
from seqviz.traces.printed import digits, printed, printed_softmax

LAYER, HEAD = 1, 2
LOOK = """async ({payload, asked}) => {
  const {digits, printed, unpack} = await import("/shared/math.js");
  const {mixture, printedScore, rowOf} = await import("/gaze/arithmetic.js");
  const trace = unpack(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0)));
  return asked.map(([query, key, number]) => {
    const row = rowOf(trace, query);
    const score = row.print.scores[key];
    const places = score === "-∞" ? 2 : score.split(".")[1].length;
    const sum = mixture(trace, row.weights, number);
    const scores = row.scores.map((score) => (score === -Infinity ? null : score));
    return {
      scores, weights: row.weights, print: row.print, score: printedScore(trace, query, key, places),
      output: {total: sum.total, print: printed(sum, 6, digits(sum.total))},
    };
  });
}"""
SOFTMAX = """async ({rows}) => {
  const {printedSoftmax} = await import("/shared/math.js");
  return rows.map((row) => printedSoftmax(row.map((score) => score ?? -Infinity)));
}"""


def rounded(x, like: str) -> str:
    """x as it would be printed with the digits of `like`, halves away from zero."""
    found = Decimal(x).quantize(Decimal(1).scaleb(Decimal(like).as_tuple().exponent), ROUND_HALF_UP)
    return str(abs(found) if found == 0 else found)


def look(modules, made, asked):
    payload = base64.b64encode(gaze_payload(made, LAYER, HEAD, str)).decode()
    return modules(LOOK, {"payload": payload, "asked": asked})


def places_of(made, count: int, seed: int) -> list[tuple[int, int, int]]:
    rng = np.random.default_rng(seed)
    sizes = (len(made.queries), len(made.keys), made.v.shape[-1])
    return [tuple(int(rng.integers(size)) for size in sizes) for _ in range(count)]


def test_the_print_of_a_softmax_is_digit_for_digit_pythons(modules):
    rng = np.random.default_rng(0)
    rows = [
        (s * rng.normal(size=n)).tolist() for n in (1, 2, 5, 15, 40, 128) for s in (0.05, 1, 4, 30) for _ in range(20)
    ]
    rows += [[0.0] * n for n in (2, 3, 8, 128, 200)] + [[5.0, 5.0, -5.0], [100.0, *[0.0] * 30]]
    rows += [[None if i % 3 == 1 else score for i, score in enumerate(row)] for row in rows[::4]]
    seen = modules(SOFTMAX, {"rows": rows})
    assert len(rows) > 500
    for row, theirs in zip(rows, seen, strict=True):
        ours = printed_softmax([-math.inf if score is None else score for score in row])
        assert theirs == {name: list(text) if isinstance(text, tuple) else text for name, text in vars(ours).items()}


@pytest.mark.parametrize("size", [2, 9, 40])
@pytest.mark.parametrize("form", FORMS)
def test_scores_and_weights_are_those_of_float64_and_of_the_model(modules, form, size):
    made = part(form, size=size, width=8, seed=size)
    asked = places_of(made, 12, seed=1)
    expected = scores(made, LAYER, HEAD)
    for (query, key, _), seen in zip(asked, look(modules, made, asked), strict=True):
        ours = [-math.inf if score is None else score for score in seen["scores"]]
        np.testing.assert_allclose(ours, expected[query], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(seen["weights"], softmax(made, LAYER, HEAD)[query], rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose(seen["weights"], made.weights[LAYER, HEAD, query], atol=1e-6)
        assert (seen["print"]["scores"][key] == "-∞") == (not made.allowed[LAYER, query, key])


def calculated(step: dict, made) -> float:
    """What a pocket calculator gives for one printed step."""
    before = float(step["from"])
    if step["kind"] == "bias":
        return before + float(step["bias"])
    if step["kind"] == "cap":
        return made.cap * math.tanh(before / made.cap)
    return (
        before * float(step["by"]) if step.get("by") else before / math.sqrt(round(1 / float(made.scale[LAYER]) ** 2))
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("form", FORMS)
def test_the_way_from_the_products_to_the_score_can_be_followed_with_a_calculator(modules, form, seed):
    made = part(form, size=7, width=16, seed=seed)
    asked = places_of(made, 40, seed)
    steps_of = {"t5": ["bias"], "gemma": ["scale", "cap"]}
    group = made.q.shape[1] // made.k.shape[1]
    for (query, key, _), seen in zip(asked, look(modules, made, asked), strict=True):
        sheet = seen["score"]
        assert [step["kind"] for step in sheet["steps"]] == steps_of.get(form, ["scale"])
        for line in sheet["lines"]:
            if line["factors"]:
                product = math.prod(map(Decimal, line["factors"]))
                assert rounded(product, line["amount"]) == line["amount"]
        assert sum(Decimal(line["amount"]) for line in sheet["lines"]) == Decimal(sheet["total"])
        now = sheet["total"]
        for step in sheet["steps"]:
            assert step["from"] == now
            assert rounded(f"{calculated(step, made) * (1 + 1e-12):.15f}", step["to"]) == step["to"], step
            now = step["to"]
        if made.allowed[LAYER, query, key]:
            assert now == seen["print"]["scores"][key], "the score of the sum is not the one in the table"
        q, k = made.q[LAYER, HEAD, query], made.k[LAYER, HEAD // group, key]
        terms = tuple(Term("k", i, float(a), float(b)) for i, (a, b) in enumerate(zip(q, k, strict=True)))
        ours = Arithmetic("score", terms, 0.0, "identity", math.fsum(term.product for term in terms))
        same_print(sheet, printed(ours, 6, len(sheet["total"].partition(".")[2])))


@pytest.mark.parametrize("form", FORMS)
def test_the_output_is_the_sum_of_the_weighted_values(modules, form):
    made = part(form, size=9, width=8, seed=5)
    asked = places_of(made, 30, seed=2)
    values = made.v[LAYER, HEAD // (made.q.shape[1] // made.k.shape[1])].astype(np.float64)
    weights = softmax(made, LAYER, HEAD)
    for (query, _, number), seen in zip(asked, look(modules, made, asked), strict=True):
        sheet = seen["output"]["print"]
        assert seen["output"]["total"] == pytest.approx(weights[query] @ values[:, number], abs=1e-12)
        assert sheet["total"] == sheet["result"] == rounded(weights[query] @ values[:, number], sheet["total"])
        assert sum(Decimal(line["amount"]) for line in sheet["lines"]) == Decimal(sheet["total"])
        pairs = zip(weights[query].tolist(), values[:, number].tolist(), strict=True)
        terms = tuple(Term("v", i, *pair) for i, pair in enumerate(pairs))
        total = math.fsum(term.product for term in terms)
        same_print(sheet, printed(Arithmetic("output", terms, 0.0, "identity", total), 6, digits(total)))


def same_print(theirs: dict, ours) -> None:
    lines = [(line.kind, line.source, line.index, list(line.factors), line.amount) for line in ours.lines]
    seen = [(line["kind"], line["source"], line["index"], line["factors"], line["amount"]) for line in theirs["lines"]]
    assert seen == lines
    assert (theirs["total"], theirs["result"]) == (ours.total, ours.result)


def test_a_scale_is_named_as_people_know_it(modules):
    script = """async ({scales}) => {
      const {scaleOf} = await import("/gaze/arithmetic.js");
      return scales.map((scale) => scaleOf({scale}));
    }"""
    scales = [float(np.float32(one)) for one in (1 / math.sqrt(32), 1 / math.sqrt(64), 1.0, 0.3, 1 / 16)]
    seen = modules(script, {"scales": scales})
    assert [found and found["root"] for found in seen] == [32, 64, None, None, 256]
    assert seen[2] is None
    assert seen[3]["factor"] == scales[3]


def test_a_masked_neighbour_is_named_and_counts_nothing(modules):
    made = part("causal", size=5, seed=3)
    (seen,) = look(modules, made, [(1, 4, 0)])
    assert seen["print"]["scores"][4] == "-∞"
    assert (seen["print"]["weights"][4], float(seen["print"]["powers"][4])) == ("0.00", 0)
    assert seen["score"]["steps"], "what it would be without the mask is still told"
