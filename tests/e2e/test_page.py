"""The status page in a real browser: headless Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import TOKEN, DemoHouse

playwright = pytest.importorskip(
    "playwright.sync_api",
    reason="playwright is not installed (uv run --group e2e pytest tests/e2e, or .venv/bin/pip install playwright)",
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Any, demo_house: DemoHouse) -> Iterator[Any]:
    """The open page; fails its test on any error and on any request to elsewhere."""
    opened = browser.new_context(viewport={"width": 1200, "height": 1500}).new_page()
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(f"error: {error}"))
    opened.on("console", lambda said: said.type == "error" and opened.problems.append(f"console: {said.text}"))
    ours = (demo_house.status, "data:")
    opened.on("request", lambda asked: asked.url.startswith(ours) or opened.problems.append(f"outside: {asked.url}"))
    opened.goto(demo_house.status)
    opened.wait_for_selector("#why details", timeout=20_000)
    yield opened
    assert opened.problems == []
    opened.context.close()


def text(page: Any, selector: str) -> str:
    return str(page.text_content(selector))


def test_numbers_move_and_the_reason_changes_with_the_clouds(page: Any, tmp_path: Path) -> None:
    ticks, home = text(page, "#live"), text(page, "#house")
    first = text(page, '#why [data-key="ev.carport"] .answer')
    changed = "([id, old]) => document.querySelector(id).textContent !== old"
    page.wait_for_function(changed, arg=["#live", ticks], timeout=10_000)
    page.wait_for_function(changed, arg=["#house", home], timeout=10_000)
    # The sentence in its kind, not in its figures: "follows the surplus" against "is paused".
    word = "follows" if "follows" in first else "paused"
    other = "paused" if word == "follows" else "follows"
    said = "([id, word]) => document.querySelector(id).textContent.includes(word)"
    page.wait_for_function(said, arg=['#why [data-key="ev.carport"] .answer', other], timeout=90_000)
    page.click('#why [data-key="ev.carport"] summary')
    assert page.locator('#why [data-key="ev.carport"] li').count() >= 2
    page.wait_for_function("() => document.querySelectorAll('#log li').length > 2", timeout=30_000)
    page.screenshot(path=tmp_path / "page.png")


def log_in(page: Any, token: str = TOKEN) -> None:
    page.click("#login")
    page.fill("#token", token)
    page.click("#login button")


def test_a_visitor_logs_in_once(page: Any, demo_house: DemoHouse) -> None:
    assert not page.is_visible("#override-form")
    log_in(page, "not the token")
    page.wait_for_function("() => document.querySelector('#state').textContent.includes('wrong')")
    page.problems.clear()  # the browser reports the refusal on its console
    page.fill("#token", TOKEN)
    page.click("#login button")
    page.wait_for_selector("#override-form", timeout=20_000)
    page.reload()
    page.wait_for_selector("#override-form", timeout=20_000)
    assert page.evaluate("document.cookie") == ""
    page.click("#login")
    page.click("#leave")
    page.wait_for_selector("#token")
    page.goto(demo_house.status)
    page.wait_for_selector("#why details", timeout=20_000)
    assert not page.is_visible("#override-form")


def test_the_link_with_the_token_logs_in_and_leaves_no_trace(page: Any, demo_house: DemoHouse) -> None:
    page.goto(f"{demo_house.status}/login#{TOKEN}")
    page.wait_for_selector("#override-form", timeout=20_000)
    assert TOKEN not in page.url
    assert page.evaluate("history.length") <= 3


def test_an_override_works_and_expires(page: Any, demo_house: DemoHouse) -> None:
    log_in(page)
    page.select_option('[name="value"]', "off")
    page.select_option('[name="span"]', "60")
    page.click("#override-form button")
    page.wait_for_selector("#overrides li", timeout=10_000)
    answer = '#why [data-key="ev.carport"] .answer'
    said = "([id, word]) => document.querySelector(id).textContent.includes(word)"
    page.wait_for_function(said, arg=[answer, "mode off"], timeout=10_000)
    assert "override" in text(page, answer)
    assert demo_house.hold(target="ev.carport.mode", value="off", minutes=4).status_code == 201  # four seconds here
    page.wait_for_function("() => !document.querySelector('#overrides li')", timeout=30_000)
    page.wait_for_function("(id) => !document.querySelector(id).textContent.includes('mode off')", arg=answer)


def test_on_a_phone_in_the_dark_nothing_sticks_out(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"


def test_every_time_on_the_page_is_the_houses_from_the_first_one_on(browser: Any, demo_house: DemoHouse) -> None:
    """The history is there before the first event says which time the house has: nothing is drawn until then."""
    opened = browser.new_page()
    held: list[Any] = []
    opened.route("**/api/v1/events", lambda route: held.append(route))  # noqa: PLW0108 - marked by playwright
    with opened.expect_response("**/api/v1/changes*"):
        opened.goto(demo_house.status)
    opened.wait_for_timeout(300)
    assert text(opened, "#hours") == text(opened, "#log") == ""
    held[0].continue_()
    opened.wait_for_selector("#log time", timeout=10_000)
    local = demo_house.get("status")["local"]
    shown = [text(opened, "#hours span:last-child")[:2], text(opened, "#log li:first-child time")[:2]]
    assert all(int(local[11:13]) - 1 <= int(hour) <= int(local[11:13]) for hour in shown), (local, shown)
    opened.close()


def test_what_has_no_label_is_not_shown_and_figures_have_their_unit(page: Any, demo_house: DemoHouse) -> None:
    log_in(page)
    page.wait_for_selector("#override-form label")
    for label in page.locator("#override-form label").all():
        assert label.inner_text().strip()
    assert demo_house.hold(target="battery.power_w", value=-1500, minutes=10).status_code == 201
    page.wait_for_function("() => document.querySelector('#overrides').textContent.includes('= -1.50 kW until')")
    assert "-1.50 kW" in page.locator("#targets td").all_inner_texts()


def test_no_word_is_broken_in_a_table(page: Any) -> None:
    """Each name fits on a line of its own: where it is broken, its cell is higher than one line per word."""
    broken = """() => [...document.querySelectorAll('#targets td, #devices th, #devices td:first-child')].filter(
      (cell) => {
      const range = document.createRange(), text = cell.firstChild;
      return [...text.textContent.matchAll(/[\\w.]+/g)].some(({ 0: word, index }) => {
        range.setStart(text, index); range.setEnd(text, index + word.length);
        return range.getClientRects().length > 1;
      });
    }).map((cell) => cell.textContent)"""
    for width in (1200, 700, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(broken) == []
