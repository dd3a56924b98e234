"""The components without Streamlit: a page of plain HTML and a host of the test's own are all that they need."""

import base64
from collections.abc import Callable

import pytest
import torch
from attention_parts import part
from lesson import until
from playwright.sync_api import Page, expect
from torch import nn

from seqviz.components.attention import heads_payload
from seqviz.components.player import nothing
from seqviz.components.stepper import payload_of
from seqviz.models.reading import Reading
from seqviz.tasks.task import Scale
from seqviz.traces.recurrent import trace_recurrent

STEPS, UNITS = 6, 4
MOUNT = """async ({name, payload, asked, dark}) => {
  const text = async (file) => (await fetch(file)).text();
  const transport = await text("/shared/transport.html");
  const html = (await text(`/${name}/${name}.html`)).replace("<!-- include shared/transport.html -->", transport);
  const css = await text("/shared/base.css") + await text(`/${name}/${name}.css`);
  const [ink, paper] = dark ? ["#e6eaf0", "#0f1419"] : ["#1d2733", "#ffffff"];
  const theme = `--ink: ${ink}; --paper: ${paper}; --soft: ${paper}; --accent: #0b6e99; --line: #dfe4ea; --font: serif`;
  window.component?.stop();
  sessionStorage.clear();
  document.body.innerHTML = `<style>main { ${theme} } ${css}</style><main>${html}</main>`;
  Object.assign(window, {asked, said: [], takes: true, follow: null});
  const host = {
    asked: (name) => window.asked[name] ?? "",
    say: (place, picture) => window.takes && Boolean(window.said.push([place, picture])),
    onMove: (follow) => {
      window.follow = follow;
      return () => (window.follow = null);
    },
    isDark: () => dark,
  };
  const [Kind] = Object.values(await import(`/${name}/index.js`));
  window.component = new Kind(document.querySelector(".player"), host);
  window.component.update(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0)));
}"""


class Stage:
    """One component under a host that notes what it is told."""

    def __init__(self, page: Page):
        self.page = page

    def open(self, name: str, payload: bytes, dark: bool = False, **asked: str) -> None:
        packed = base64.b64encode(payload).decode()
        self.page.evaluate(MOUNT, {"name": name, "payload": packed, "asked": asked, "dark": dark})
        self.root = self.page.locator(f".{name}")

    @property
    def said(self) -> list:
        return self.page.evaluate("window.said")

    def expect_said(self, place: dict, picture: dict) -> None:
        """The host was told this last."""
        until(lambda: self.said[-1:] == [[place, picture]], self.page, lambda: f"{self.said} does not end so")


@pytest.fixture
def stage(modules: Callable):
    page: Page = modules.__self__  # the page that it evaluates in
    page.emulate_media(reduced_motion="reduce")
    address = page.url
    yield Stage(page)
    assert page.url == address, "the address is the host's"


def an_rnn_read() -> bytes:
    torch.manual_seed(0)
    trace = trace_recurrent(nn.RNN(3, UNITS).double(), torch.randn(STEPS, 3).double())
    weight, bias = torch.randn(UNITS).double(), torch.randn(1).double()
    readouts = (torch.from_numpy(trace.outputs) @ weight + bias).sigmoid()
    reading = Reading(trace.layers[0], readouts.numpy(), weight.numpy(), bias.numpy(), "sigmoid")
    tokens, status = [f"word{step}" for step in range(STEPS)], ["known"] * STEPS
    scale = Scale("verdict so far", "positive", "negative", 0.0, 1.0, 0.5)
    return payload_of(reading, tokens, status, ["x", "y", "z"], scale, str, {"text": "hi"})


def test_the_stepper_begins_where_its_host_asks_and_tells_it_where_its_cursor_rests(stage):
    stage.open("stepper", an_rnn_read(), step="3", unit="2")
    expect(stage.root.locator(".title")).to_have_text("How unit 2 got this value at “word2”")
    stage.expect_said({"step": 3, "unit": 2, "sum": "h"}, {"text": "hi"})
    stage.root.press("ArrowRight")
    stage.root.press("ArrowDown")
    stage.expect_said({"step": 4, "unit": 3, "sum": "h"}, {"text": "hi"})
    assert len(stage.said) == 2, "it tells where the hand rests, not each step on the way"


def test_what_its_host_cannot_take_is_said_again(stage):
    stage.open("stepper", an_rnn_read(), step="3", unit="2")
    stage.page.evaluate("window.takes = false")
    stage.root.press("End")
    stage.page.wait_for_timeout(1000)
    assert stage.said == []
    stage.page.evaluate("window.takes = true")
    stage.expect_said({"step": STEPS, "unit": 2, "sum": "h"}, {"text": "hi"})


def test_the_way_back_leads_the_stepper_to_where_its_host_asks_for_it(stage):
    stage.open("stepper", an_rnn_read(), step="3", unit="2")
    stage.root.press("End")
    stage.expect_said({"step": STEPS, "unit": 2, "sum": "h"}, {"text": "hi"})
    stage.page.evaluate("window.asked = {step: '2', unit: '4', sum: 'y'}, window.follow(false)")
    expect(stage.root.locator(".title")).to_contain_text(f"“word{STEPS - 1}”")  # only the reader leads it
    stage.page.evaluate("window.follow(true)")
    expect(stage.root.locator(".title")).to_have_text("What it says after “word1”: the whole state, weighed")
    stage.root.locator(".tabs button").first.click()
    stage.expect_said({"step": 2, "unit": 4, "sum": "h"}, {"text": "hi"})


@pytest.mark.parametrize("dark", [False, True])
def test_its_host_says_whether_it_is_dark_and_gives_it_colours_and_type(stage, dark):
    stage.open("stepper", an_rnn_read(), dark)
    positive = stage.root.evaluate("(root) => getComputedStyle(root).getPropertyValue('--positive')")
    assert positive == ("#f0934a" if dark else "#c4620f")
    expect(stage.root).to_have_css("color", "rgb(230, 234, 240)" if dark else "rgb(29, 39, 51)")
    expect(stage.root).to_have_css("font-family", "serif")


def test_the_heads_tell_the_chosen_one_and_follow_the_host_until_they_stop(stage):
    stage.open("heads", heads_payload(part().weights, (0, 0), {}, str, address={"text": "hi"}), layer="2", head="2")
    captions = stage.root.locator(".captions")
    expect(captions).to_have_text("layer 2, head 2")
    stage.root.press("ArrowRight")
    stage.expect_said({"layer": 2, "head": 3}, {"text": "hi"})
    stage.page.evaluate("window.asked = {layer: '1', head: '4'}, window.follow(false)")
    expect(captions).to_have_text("layer 1, head 4")
    stage.page.evaluate("window.component.stop()")
    assert stage.page.evaluate("window.follow === null")


@pytest.mark.parametrize("name", ["stepper", "gates", "lanes", "heads", "gaze", "epochs"])
def test_a_plain_host_can_mount_every_component(stage, name):
    stage.open(name, nothing("nothing to read"))
    expect(stage.root.locator(".nothing")).to_have_text("nothing to read")
    stage.page.evaluate("window.component.stop()")
    assert stage.said == []
