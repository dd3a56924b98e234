"""What the lanes compute in a real browser, against the lanes themselves and against a formula for the labels."""

import base64

import numpy as np
import pytest

from seqviz.components.lanes import payload_of
from seqviz.models.lane import Lane
from seqviz.tasks.task import Scale

SCALE = Scale("verdict so far", "positive", "negative", 0.0, 1.0, 0.5)
LOOK = """async ({payload}) => {
  const math = await import("/shared/math.js");
  const {lanesOf, reachOf, saliencyOf, weightOf} = await import("/lanes/reading.js");
  const lanes = lanesOf(math.unpack(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0))));
  const below = (count, of) => Array.from({length: count}, (_, t) => Array.from({length: t + 1}, (_, s) => of(t, s)));
  return lanes.map((lane) => ({
    kind: lane.kind,
    reach: lane.reach,
    most: reachOf(lane.saliency),
    saliency: below(math.steps(lane), (t, s) => saliencyOf(lane, t, s)),
    weights: lane.weights && [0, 1].map((layer) => [0, 1, 2].map((head) =>
      below(math.steps(lane), (t, s) => weightOf(lane, layer, head, t, s)))),
    sums: Array.from({length: math.steps(lane)}, (_, t) => math.explainReadout(lane, t)).map(
      (sum) => ({total: sum.total, result: sum.result, printed: math.printed(sum)})),
  }));
}"""
SPREAD = """async ({asked}) => {
  const {apart} = await import("/lanes/reading.js");
  return asked.map(({wanted, gap, low, high}) => apart(wanted, gap, low, high));
}"""
SHOWN = """async ({asked}) => {
  const {printedReach, strength} = await import("/lanes/reading.js");
  return asked.map(([saliency, reach]) => [strength(saliency, reach), printedReach(reach)]);
}"""


def lane(name: str, steps: int, factor: float, seed: int) -> Lane:
    rng = np.random.default_rng(seed)
    states, weight = factor * rng.uniform(-1, 1, (steps, 16)), rng.standard_normal(16)
    logits = states @ weight - 0.5
    weights = np.tril(rng.random((2, 3, steps, steps))) if name == "Transformer" else None
    saliency = np.tril(2 * factor * rng.standard_normal((steps, steps)))
    return Lane(name, states, weights, logits, 1 / (1 + np.exp(-logits)), saliency, weight, -0.5)


@pytest.mark.parametrize("steps", [1, 2, 9])
def test_the_browser_finds_every_number_of_a_lane_and_its_sum_is_the_verdict(modules, steps):
    lanes = [lane("LSTM", steps, 0.4, seed=1), lane("Transformer", steps, 2.5, seed=2)]
    packed = payload_of(lanes, ["“ñ”"] * steps, ["known"] * steps, SCALE, str, {})
    for one, seen in zip(lanes, modules(LOOK, {"payload": base64.b64encode(packed).decode()}), strict=True):
        assert seen["kind"] == one.name
        assert seen["reach"] == max(1, np.abs(one.states).max())
        assert seen["most"] == max(1, np.abs(np.float32(one.saliency)).max())
        assert seen["saliency"] == [list(np.float32(row[: t + 1])) for t, row in enumerate(one.saliency)]
        if one.weights is not None:
            assert seen["weights"] == [
                [[list(np.float32(row[: t + 1])) for t, row in enumerate(head)] for head in layer]
                for layer in one.weights
            ]
        for t, found in enumerate(seen["sums"]):
            assert found["total"] == pytest.approx(one.logits[t], abs=1e-12)
            assert found["result"] == pytest.approx(one.verdicts[t], abs=1e-12)
            printed = found["printed"]
            places = len(printed["total"].partition(".")[2])
            added = sum(round(float(line["amount"]) * 10**places) for line in printed["lines"])
            assert added == round(float(printed["total"]) * 10**places)


def nearest(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Heights `gap` apart with the least squares to those wanted: isotonic regression, by its min-max formula.

    Barlow, Bartholomew, Bremner & Brunk 1972, section 1.4, of what is wanted less the gaps before it.
    """
    order = np.argsort(wanted, kind="stable")
    less = wanted[order] - gap * np.arange(len(wanted))
    ends = range(len(less))
    fitted = [max(min(less[a : b + 1].mean() for b in ends[i:]) for a in ends[: i + 1]) for i in ends]
    found = np.empty(len(wanted))
    found[order] = np.clip(fitted, low, high - gap * (len(less) - 1)) + gap * np.arange(len(less))
    return found


def test_labels_stand_as_near_to_their_lines_as_the_others_leave_room(modules):
    rng = np.random.default_rng(0)
    wanted = [rng.uniform(0, 100, 4) for _ in range(40)] + [np.zeros(4), np.full(4, 100.0), np.array([50.0])]
    asked = [{"wanted": list(one), "gap": 18, "low": 0, "high": 100} for one in wanted]
    for one, found in zip(wanted, modules(SPREAD, {"asked": asked}), strict=True):
        np.testing.assert_allclose(found, nearest(one, 18, 0, 100), atol=1e-9)
        assert np.diff(np.sort(found)).min(initial=100) > 18 - 1e-9


def test_a_colour_is_the_signed_root_and_its_printed_end_is_no_less_than_it_is(modules):
    asked = [(0.25, 1.0), (-4.0, 4.0), (0.0, 2.0), (1.0, 4.31), (-0.5, 17.3001)]
    seen = modules(SHOWN, {"asked": asked})
    assert [strength for strength, _ in seen] == pytest.approx([0.5, -1, 0, 4.31**-0.5, -((0.5 / 17.3001) ** 0.5)])
    assert [reach for _, reach in seen] == ["1", "4.0", "2.0", "4.4", "17.4"]
