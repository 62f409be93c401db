"""The status page in a real browser for every reader: sizes, colors, screen readers, and languages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.e2e.conftest import DemoHouse
from tests.e2e.in_browser import browser, carport, owner, page, pytestmark, text

__all__ = ["browser", "owner", "page", "pytestmark"]


def test_nothing_is_announced_at_each_tick(page: Any) -> None:
    """Regions that a screen reader reads out stay as they are while the figures move."""
    page.evaluate(
        """() => { window.said = 0; const watch = new MutationObserver((all) => { window.said += all.length; });
        for (const one of document.querySelectorAll('[role=status], [role=alert], [aria-live]'))
          watch.observe(one, { childList: true, characterData: true, subtree: true }); }"""
    )
    ticks = text(page, "#live")
    page.wait_for_function("(old) => document.querySelector('#live').textContent !== old", arg=ticks)
    page.wait_for_timeout(1500)
    assert page.evaluate("window.said") == 0


@pytest.mark.parametrize("width", [1200, 360])
def test_every_text_is_readable_and_every_control_large_enough(owner: Any, width: int) -> None:
    owner.set_viewport_size({"width": width, "height": 740})
    for summary in owner.locator("details > summary").all():
        if summary.is_visible():
            summary.click()
    owner.wait_for_timeout(500)
    small_text = """() => [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility() &&
      [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())).map((one) => {
        const scale = one instanceof SVGElement ? one.getScreenCTM().a : 1;
        return [one.tagName, one.textContent.slice(0, 30), parseFloat(getComputedStyle(one).fontSize) * scale];
      }).filter(([tag, , size]) => tag !== 'TITLE' && size < 11.99)"""
    assert owner.evaluate(small_text) == []
    small_targets = """() => [...document.querySelectorAll('button, select, input, summary, nav a')]
      .filter((one) => one.checkVisibility()).map((one) => [one.outerHTML.slice(0, 60), one.getBoundingClientRect()])
      .filter(([, box]) => box.height < 43.9 || box.width < 43.9).map(([html, box]) => [html, box.width, box.height])"""
    assert owner.evaluate(small_targets) == []


def test_on_a_phone_in_the_dark_nothing_sticks_out(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.clientWidth === 360")  # the layout follows the viewport
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    gap = """() => document.querySelector('main').getBoundingClientRect().top
        - Math.max(...[...document.querySelectorAll('header *')].map((one) => one.getBoundingClientRect().bottom))"""
    assert page.evaluate(gap) >= 12  # between the buttons of the header and the first card
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"


def test_figures_have_their_unit(owner: Any, demo_house: DemoHouse) -> None:
    for field in owner.locator("input, select").all():
        named = field.get_attribute("aria-label") or field.evaluate("(one) => one.labels[0]?.textContent")
        assert named and named.strip()
    assert demo_house.hold(target="battery.power_w", value=-1500, minutes=10).status_code == 201
    owner.click("text=Engine room")
    owner.wait_for_function("() => document.querySelector('#engine').textContent.includes('-1.50 kW')")


def test_the_page_speaks_the_language_of_the_browser(browser: Any, demo_house: DemoHouse) -> None:
    context = browser.new_context(locale="de-DE", viewport={"width": 1200, "height": 900})
    opened = context.new_page()
    opened.goto(demo_house.status)
    opened.wait_for_selector("#why details", timeout=20_000)
    assert opened.get_attribute("html", "lang") == "de"
    assert [text(opened, "#why-title"), text(opened, "#control-title")] == ["Warum?", "Steuern"]
    assert carport(opened, "fast").inner_text() == "Schnell"
    assert re.search(r"\d,\d\d\u00a0kWh", text(opened, "#today"))
    assert text(opened, '#why [data-key="ev.carport"] .answer').startswith(("Auto an carport", "Wallbox carport"))
    opened.wait_for_function(
        "() => /Markt .*MwSt/.test(document.querySelector('#ahead-probe').textContent)", timeout=20_000
    )
    opened.wait_for_selector("#log li", timeout=20_000)
    log = text(opened, "#log")
    assert "Befehl an carport" in log  # the latest lines: those of the start may have left the list
    assert not re.search(r"Car on|Battery |Rule book|Command to", log)
    opened.select_option("#language", "en")
    opened.wait_for_function("() => document.querySelector('#why-title')?.textContent === 'Why?'", timeout=20_000)
    assert re.search(r"\d\.\d\d\skWh", text(opened, "#today")) or opened.wait_for_selector("#today dd")
    context.close()


@pytest.mark.parametrize(
    ("scheme", "language", "width"),
    [("light", "en", 1200), ("light", "de", 390), ("dark", "en", 390), ("dark", "de", 1200)],
)
def test_axe_finds_no_violation(owner: Any, axe: str, scheme: str, language: str, width: int) -> None:
    owner.emulate_media(color_scheme=scheme)
    owner.set_viewport_size({"width": width, "height": 900})
    if language != owner.get_attribute("html", "lang"):
        owner.evaluate("(tag) => localStorage.setItem('language', tag)", language)
        owner.reload()
    owner.wait_for_selector("#chart canvas", timeout=20_000)
    owner.wait_for_selector("#why details", timeout=20_000)
    assert owner.get_attribute("html", "lang") == language
    for summary in owner.locator("main details > summary").all():
        if summary.is_visible():
            summary.click()
    owner.wait_for_timeout(500)
    owner.evaluate(axe)
    for state in ("", "stale"):
        owner.evaluate("(state) => state && document.body.classList.add(state)", state)
        found = owner.evaluate("axe.run().then((done) => done.violations)")
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == [], state


def test_no_word_is_broken_in_a_table(page: Any) -> None:
    """Each name fits on a line of its own: where it is broken, its cell is higher than one line per word."""
    broken = """() => [...document.querySelectorAll('#engine td, #devices th, #devices td:first-child')].filter(
      (cell) => {
      const range = document.createRange(), text = cell.firstChild;
      return [...(text?.textContent ?? '').matchAll(/[\\w.]+/g)].some(({ 0: word, index }) => {
        range.setStart(text, index); range.setEnd(text, index + word.length);
        return range.getClientRects().length > 1;
      });
    }).map((cell) => cell.textContent)"""
    page.click("text=Engine room")
    page.wait_for_selector("#engine td")
    for width in (1200, 700, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(broken) == []
