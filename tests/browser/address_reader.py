"""A reader of any lesson with a cursor, who sees whether the address names what is shown."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from conftest import Window
from lesson import PATIENCE, player, until
from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

SPANISH = 1  # the place of the language among the two


@dataclass(frozen=True)
class Facts:
    """A lesson with a cursor: its player, how it is opened, what can be done there besides moving the cursor."""

    player: str
    opens: dict[str, object]
    control: str  # a row of options, or a switch
    option: int | None = 0  # which of the row; None for a switch
    cursor: str = "step"
    typed: str = ""  # a text for its box
    parts: tuple[str, ...] = ()  # buttons of its player that open something
    runs_for_a_step: int = 0
    last: str = ".st-key-code"  # what is drawn last


LESSONS = {
    "rnn": Facts(
        "stepper", {"task": "en", "text": "I liked the film a lot"}, "cell", 1, typed="not bad at all",
        parts=(".tabs button:last-child",),
    ),
    "gates": Facts(
        "gates", {"task": "number", "text": "0.3 -0.5 *0.8 0.1 -0.9 0.4 ?"}, "presenter", None, typed="0.1 *0.4 0.2 ?",
        parts=("[data-kind=LSTM] .parts button:nth-child(2)", "[data-kind=GRU] .parts button:nth-child(3)"),
        last=".gates .where",
    ),
    "attention": Facts(
        "gaze", {"text": "The cat sat on the mat because it was tired."}, "hide", None, "query",
        typed="A dog barked loudly today.", parts=(".more",), runs_for_a_step=1,
    ),
    "compare": Facts(
        "lanes", {"task": "en", "text": "I liked the film a lot"}, "code", typed="not bad at all",
        parts=(".readers button:nth-child(3)", ".states"),
    ),
    "forecast": Facts("epochs", {"epochs": 6, "units": 2}, "code", cursor="epoch"),
    "sentiment": Facts(
        "epochs", {"epochs": 6, "units": 4, "sentences": 40, "data": "en"}, "code", cursor="epoch", typed="It was bad",
    ),
}  # fmt: skip

# All that says what is shown: what is chosen, typed and switched on, where the cursor is, what it says there.
SEE = """(root) => {
  const all = (where, css, say) => [...where.querySelectorAll(css)].filter((one) => one.checkVisibility()).map(say);
  return {
    chosen: all(document, "[role=radio]", (one) => `${one.innerText} ${one.getAttribute("aria-checked")}`),
    switched: all(document, "[data-testid=stCheckbox] input", (one) => one.checked),
    typed: all(document, "[data-testid=stTextInput] input", (one) => one.value),
    cursor: [".where", ".title", ".sub"].flatMap((css) => all(root, css, (one) => one.textContent)),
    opened: all(root, "[aria-pressed=true]", (one) => one.textContent),
    said: root.querySelector(".live").textContent,
  };
}"""


@dataclass
class Reader:
    """One reader with one window, on a page of one lesson."""

    window: Window
    facts: Facts
    name: str
    slower: float = 1  # times, once the page is there
    rest: float = 0.6  # s without anything new after which nothing is under way: longer than a cursor rests untold
    runs: list[float] = field(default_factory=list)  # when each run of the page began

    def __post_init__(self) -> None:
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._note))
        self.browser = self.window.context.new_cdp_session(self.page)

    def slow_down(self, rate: float) -> None:
        self.browser.send("Emulation.setCPUThrottlingRate", {"rate": rate})

    def _note(self, frame: bytes | str) -> None:
        message = ForwardMsg()
        message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode())
        if message.WhichOneof("type") == "new_session":
            self.runs.append(time.monotonic())

    # ---- looking

    @property
    def page(self) -> Page:
        return self.window.page

    @property
    def player(self):
        return player(self.page, self.facts.player).first

    @property
    def address(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.page.url).query, keep_blank_values=True))

    @property
    def step(self) -> int:
        return int(re.findall(r"\d+", self.player.locator(".where").inner_text())[0])

    def sees(self) -> dict[str, object]:
        return self.player.evaluate(SEE)

    def expect_shown(self, is_on: bool, lang: str, step: int) -> None:
        """The address and the picture both say this, now or when a busy server has done what it is late with."""
        wanted = (is_on, lang, step)
        if not self.shown == self.said == wanted:
            until(lambda: self.shown == self.said == wanted, self.page, lambda: f"{self.shown} at {self.page.url}")
            self.quiet()
            assert self.shown == self.said == wanted, f"{self.shown} at {self.page.url}"

    @property
    def shown(self) -> tuple[bool, str, int]:
        """Whether the control is on, the language, the step."""
        is_switch = self.facts.option is None
        control = self.control.locator("input") if is_switch else self.control
        is_on = control.is_checked() if is_switch else control.get_attribute("aria-checked") == "true"
        return is_on, self.page.evaluate("document.documentElement.lang"), self.step

    @property
    def said(self) -> tuple[bool, str, int]:
        """The same, as the address says it."""
        address = self.address
        is_on = address.get(self.facts.control) not in (None, self.is_off)
        return is_on, address.get("lang", ""), int(address.get(self.facts.cursor, 0))

    def expect_typed(self, text: str | None = None) -> None:
        """This text, or another than the lesson's for tests, stands in the box and in the address, and stays there."""

        def is_so() -> bool:
            found = self.box.input_value()
            return found == self.address.get("text") and (found == text if text else found != self.facts.typed)

        until(is_so, self.page, lambda: f"{self.box.input_value()!r} at {self.page.url}")
        self.quiet()
        assert is_so(), f"{self.box.input_value()!r} at {self.page.url}"

    @property
    def is_off(self) -> str:
        return {"cell": "RNN", "hide": "0", "presenter": "0"}.get(self.facts.control, "")

    # ---- doing

    def open(self, **more: object) -> "Reader":
        query = {"lang": "en"} | self.facts.opens | {self.facts.cursor: 2} | more
        return self.go(f"{self.window.server}/{self.name}?{urlencode(query)}")

    def go(self, address: str) -> "Reader":
        return self.comes(lambda: self.page.goto(address))

    def comes(self, how: Callable[[], object]) -> "Reader":
        """Come to the lesson; what is slow is slow only once the page is there."""
        self.slow_down(1)
        how()
        expect(self.player.locator(".live")).not_to_be_empty(timeout=3000 * PATIENCE)
        expect(self.page.locator(self.facts.last)).to_be_visible(timeout=3000 * PATIENCE)
        self.slow_down(self.slower)
        return self.quiet()

    @property
    def box(self):
        return self.page.get_by_test_id("stTextInput").first.locator("input")

    @property
    def control(self):
        control = self.page.locator(f".st-key-{self.facts.control}")
        if self.facts.option is None:
            return control.get_by_test_id("stCheckbox").locator("label")
        return control.get_by_role("radio").nth(self.facts.option)

    def turn(self) -> None:
        self.control.click()

    def turn_language(self) -> None:
        self.page.locator(".st-key-lang").get_by_role("radio").nth(SPANISH).click()

    def press(self, *keys: str) -> None:
        self.player.focus()
        for key in keys:
            self.player.press(key)

    def type(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    @property
    def _click_control(self) -> str:
        key = f".st-key-{self.facts.control}"
        if self.facts.option is None:
            return f"() => document.querySelector('{key} input').click()"
        return f"() => document.querySelectorAll('{key} [role=radio]')[{self.facts.option}].click()"

    def at_once(self, first: str, gap: int) -> None:
        """Click an element, and after `gap` ms the control of the lesson."""
        self.page.evaluate(f"(gap) => {{ ({first}).click(); setTimeout({self._click_control}, gap); }}", gap)

    def press_at_once(self, button: str, gap: int) -> None:
        """Press a button of Streamlit's, and `gap` ms after its run has begun click the control of the lesson.

        Streamlit loses a press if the next message comes in the moment in which the run for it begins.
        """
        self.page.evaluate(
            f"""(gap) => {{
              const app = document.querySelector("[data-testid=stApp]");
              const begun = new MutationObserver(() => {{
                begun.disconnect();
                setTimeout({self._click_control}, gap);
              }});
              begun.observe(app, {{attributeFilter: ["data-test-script-state"]}});
              ({button}).click();
            }}""",
            gap,
        )

    def back(self) -> None:
        self.page.evaluate("history.back()")

    def forward(self) -> None:
        self.page.evaluate("history.forward()")

    # ---- waiting

    def quiet(self) -> "Reader":
        """Wait until nothing is under way."""
        before, since, end = None, time.monotonic(), time.monotonic() + 3 * PATIENCE
        while time.monotonic() - since < self.rest:
            assert time.monotonic() < end, "it never comes to rest"
            state = self.page.get_by_test_id("stApp").get_attribute("data-test-script-state")
            where = self.player.locator(".where").all_inner_texts()
            now = (len(self.runs), self.page.url, where, state)
            if now != before or state != "notRunning":
                before, since = now, time.monotonic()
            self.page.wait_for_timeout(40)
        return self

    def counted(self, act: Callable[[], object], least: int = 1) -> int:
        """How often the page runs for this, `least` times for certain: a busy server may be late with it."""
        before = len(self.runs)
        act()
        until(lambda: len(self.runs) - before >= least, self.page, lambda: "the page does not run")
        self.quiet()
        return len(self.runs) - before
