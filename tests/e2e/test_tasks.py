"""Ten tasks of a newcomer on the page, each with at most three taps from the start page.

`pytest -s tests/e2e/test_tasks.py` also prints the taps and the seconds of each task. A script needs no time to think,
so the seconds are those of the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.conftest import DemoHouse
from tests.e2e.in_browser import browser, comes, owner, page, pytestmark, text

__all__ = ["browser", "owner", "page", "pytestmark"]
MOST_TAPS = 3


@dataclass
class Hand:
    """The hand of a person: it counts its taps on the page. Typing and reading are no taps."""

    page: Any
    house: DemoHouse
    taps: int = 0

    def tap(self, selector: str) -> None:
        self.taps += 1
        self.page.click(selector)

    def write(self, selector: str, words: str) -> None:
        """Tap a field, and type."""
        self.tap(selector)
        self.page.fill(selector, words)

    def choose(self, selector: str, value: str) -> None:
        """Open a list, and tap an entry."""
        self.taps += 2
        self.page.select_option(selector, value)

    def held(self) -> dict[str, Any]:
        return {one["target"]: one["value"] for one in self.house.get("overrides")}


def charge_now(hand: Hand) -> None:
    hand.tap('[data-target="ev.carport.mode"] button[value="fast"]')
    comes(hand.page, hand.held, {"ev.carport.mode": "fast"})


def be_full_by_seven(hand: Hand) -> None:
    hand.write('#cards .goal input[type="number"]', "20")
    hand.tap("#cards .goal button >> nth=0")
    hand.page.wait_for_function("() => document.querySelector('.goal .by').textContent.includes('20kWh by')")
    hand.page.click("#cards .goal .end")


def why_did_it_stop(hand: Hand) -> None:
    hand.page.wait_for_selector("#log li time", timeout=20_000)
    hand.tap('#why [data-key="ev.carport"] > summary')
    hand.page.wait_for_selector('#why [data-key="ev.carport"] .target')


def hold_the_battery(hand: Hand) -> None:
    hand.tap('[data-target="battery.mode"] button[value="hold"]')
    comes(hand.page, hand.held, {"battery.discharge_w": 0.0})


def switch_a_rule_off(hand: Hand) -> None:
    hand.tap("main > details:has(#rules) > summary")
    hand.tap("#rules > details:first-child > summary")
    hand.tap('#rules > details:first-child button[value="false"]')
    comes(hand.page, lambda: [one["enabled"] for one in hand.house.get("rules")], ["false"])
    hand.page.click("#rules > details:first-child .end")
    comes(hand.page, lambda: hand.house.get("rules"), [])


def what_did_this_month_cost(hand: Hand) -> None:
    hand.page.wait_for_function("() => /€\\d/.test(document.querySelector('#sums dd')?.textContent)", timeout=20_000)
    assert text(hand.page, "#sums dt") == "Cost of the energy used"
    assert text(hand.page, "#energy-of") == "June 2025"


def download_the_sessions(hand: Hand) -> None:
    hand.page.wait_for_selector("#sessions td", timeout=60_000)
    with hand.page.expect_download() as started:
        hand.tap("#csv")
    assert started.value.suggested_filename == "sessions-2025-06.csv"


def end_my_override(hand: Hand) -> None:
    assert hand.house.hold(target="ev.carport.mode", value="off", minutes=600).status_code == 201
    hand.page.wait_for_selector('[data-target="ev.carport.mode"] .end:not([hidden])')
    hand.tap('[data-target="ev.carport.mode"] .end')
    comes(hand.page, hand.held, {})


def look_as_a_visitor(hand: Hand) -> None:
    visitor = hand.page.context.browser.new_page()
    visitor.goto(hand.house.status)
    visitor.wait_for_selector("#why details", timeout=20_000)
    visitor.wait_for_selector("#visitor-link", timeout=20_000)
    assert "You can read everything" in text(visitor, "#visitor")
    assert visitor.locator("#cards button:enabled:visible").count() == 0
    visitor.close()


def speak_another_language(hand: Hand) -> None:
    hand.choose("#language", "de")
    hand.page.wait_for_function("() => document.querySelector('#why-title')?.textContent === 'Warum?'", timeout=20_000)


TASKS = (
    charge_now,
    be_full_by_seven,
    why_did_it_stop,
    hold_the_battery,
    switch_a_rule_off,
    what_did_this_month_cost,
    download_the_sessions,
    end_my_override,
    look_as_a_visitor,
    speak_another_language,
)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_a_task_takes_three_taps_at_most(owner: Any, demo_house: DemoHouse, task: Callable[[Hand], None]) -> None:
    hand = Hand(owner, demo_house)
    started = time.monotonic()
    task(hand)
    print(f"{task.__name__.replace('_', ' '):26} {hand.taps} taps {time.monotonic() - started:5.1f} s")
    assert hand.taps <= MOST_TAPS
