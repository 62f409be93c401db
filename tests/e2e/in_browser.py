"""The page in a headless Chromium, driven by Playwright: fixtures and helpers of the tests in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.conftest import TOKEN, DemoHouse

playwright = pytest.importorskip(
    "playwright.sync_api",
    reason="playwright is not installed (./dev browser installs it)",
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


INK = """(() => {
  const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
  window.inked = [];
  Object.assign(CanvasRenderingContext2D.prototype, {
    clearRect(...box) { window.inked = []; clearRect.apply(this, box); },
    fillText(text, ...place) {
      const size = parseFloat(this.font.match(/([\\d.]+)px/)[1]) / devicePixelRatio;
      window.inked.push({ text, size, color: this.fillStyle });
      fillText.call(this, text, ...place);
    },
  });
})();"""
"""Keeps the texts that the page has drawn on its canvas: the axes of the chart."""


def inked(page: Any) -> list[dict[str, Any]]:
    """The texts on the canvas of the chart, each with its size in CSS pixels and its color."""
    found: list[dict[str, Any]] = page.evaluate("window.inked")
    return found


def drawn(page: Any) -> None:
    """Wait until the chart has its axes."""
    page.wait_for_function("() => window.inked.length > 6", timeout=60_000)


@pytest.fixture
def page(browser: Any, demo_house: DemoHouse) -> Iterator[Any]:
    """The open page; fails its test on any error and on any request to elsewhere."""
    opened = browser.new_context(viewport={"width": 1200, "height": 1500}).new_page()
    opened.add_init_script(INK)
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(f"error: {error}"))
    opened.on("console", lambda said: said.type == "error" and opened.problems.append(f"console: {said.text}"))
    ours = (demo_house.status, "data:")
    opened.on("request", lambda asked: asked.url.startswith(ours) or opened.problems.append(f"outside: {asked.url}"))
    try:
        opened.goto(demo_house.status)
        opened.wait_for_selector("#why details", timeout=20_000)
        yield opened
    finally:
        opened.context.close()  # a page that stays open keeps connections, which the next test lacks
    assert opened.problems == []


def text(page: Any, selector: str) -> str:
    return str(page.text_content(selector))


def log_in(page: Any, token: str = TOKEN) -> None:
    page.click("#login")
    page.fill("#token", token)
    page.click("#login button")


def carport(page: Any, word: str) -> Any:
    """A button of the charger's modes."""
    return page.locator(f'[data-target="ev.carport.mode"] button[value="{word}"]')


def is_pressed(page: Any, target: str, word: str) -> None:
    pressed = f'[data-target="{target}"] button[value="{word}"][aria-pressed="true"]'
    page.wait_for_selector(pressed, timeout=10_000)


def ended(page: Any) -> None:
    page.wait_for_function(
        "() => [...document.querySelectorAll('button.end')].every((one) => one.hidden)", timeout=30_000
    )


@pytest.fixture
def owner(page: Any, demo_house: DemoHouse) -> Iterator[Any]:
    """The page of a browser that is logged in. What it sets by hand ends with the test."""
    page.goto(f"{demo_house.status}/login#{TOKEN}")
    page.wait_for_selector('[data-target="ev.carport.mode"] button:enabled', timeout=20_000)
    yield page
    page.wait_for_timeout(500)  # what was set last is in no decision yet
    for one in demo_house.get("overrides"):
        demo_house.end(one["target"])


def comes(page: Any, shown: Callable[[], Any], wanted: Any) -> None:
    """Wait until the service shows it: with the next decision."""
    for _ in range(80):
        if shown() == wanted:
            return
        page.wait_for_timeout(250)
    assert shown() == wanted
