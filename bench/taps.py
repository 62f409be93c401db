"""Measures the controls of the status page: `python -m bench.taps`.

It runs the demo at the speed of a real house, opens the page in Chromium as its owner, and sets each control once: what
is set by hand, inputs, goals, and each rule to a dry run and off. It prints how long it takes until a decision of the
service shows the change on the page, and whether the change is still there after a reload. The exit code is 1 if a
control takes longer than two seconds or forgets.

`--wide` is a desktop instead of a phone, `--dark` the dark colors, and `--german` a German browser. It needs Chromium
and Playwright as the tests in tests/e2e do.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.screenshots import ENGLISH, address_of, token_of

GOAL_S = 2.0
SETTLES_S = 5.0
"""Time in which the demo prints its token."""
PATIENCE_MS = 15_000
READY_MS = 60_000
LOADED = "() => document.querySelector('[data-target=\"ev.carport.mode\"] button:enabled')"
SHOWN = """([selector, value]) => {
  const group = document.querySelector(selector), said = group?.querySelector('.by span')?.textContent ?? '';
  const button = [...group?.querySelectorAll('button[value]') ?? []].find((one) => one.value === value);
  return group && !group.querySelector('.end').hidden && !/next decision|nächsten Entscheidung/.test(said)
    && (value === null || button?.getAttribute('aria-pressed') === 'true');
}"""


@dataclass(frozen=True, slots=True)
class Tap:
    """One control that was set."""

    name: str
    seconds: float
    kept: bool
    """Whether it was still set after a reload."""


@contextmanager
def _demo() -> Iterator[tuple[str, str]]:
    """The address and the token of a running demo."""
    with tempfile.TemporaryDirectory() as folder:
        endpoints, log = Path(folder) / "endpoints.json", Path(folder) / "log"
        command = [sys.executable, "-m", "optimizer", "demo", "--house", "full", "--speed", "1"]
        command += ["--endpoints", str(endpoints)]
        with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output, env=ENGLISH) as demo:
            try:
                address = address_of(endpoints)
                time.sleep(SETTLES_S)
                yield address, token_of(log)
            finally:
                demo.terminate()


GOAL_SHOWN = """([selector, value]) => {
  const form = document.querySelector(selector);
  return form && !form.querySelector('.end').hidden && form.querySelector('.by span').textContent.includes(value);
}"""
GOAL = ("12", "kWh", "07:00")


class Page:
    """The status page of the owner."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.taps: list[Tap] = []

    def open(self) -> None:
        """Wait for the page, and open every fold. The rules come when theirs is open."""
        self._page.wait_for_function(LOADED, timeout=READY_MS)
        for ready in ("#rules > details", '#rules > details [aria-pressed="true"]'):
            self._page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            self._page.wait_for_selector(ready, state="attached", timeout=READY_MS)

    def rules(self) -> list[str]:
        """The switches of all rules."""
        return self._keys("#rules > details", "{}")

    def goals(self) -> list[str]:
        """The forms of all goals."""
        return self._keys("#cards > [data-key]:has(.goal:not([hidden]))", "{} .goal")

    def _keys(self, selector: str, form: str) -> list[str]:
        keys = self._page.evaluate(
            "(selector) => [...document.querySelectorAll(selector)].map((one) => one.dataset.key)", selector
        )
        parent = selector.partition(" > ")[0]
        return [form.format(f'{parent} > [data-key="{key}"]') for key in keys]

    def goal(self, selector: str) -> None:
        """Set a goal of the next morning."""
        form = self._page.locator(selector)
        amount, unit, ready = GOAL
        form.locator('input[type="number"]').fill(amount)
        form.locator("select").select_option(unit)
        form.locator("input.clock").fill(ready)
        told = f"{amount}{unit}"
        self._measure(f"{selector} {told} {ready}", selector, told, form.locator("button").first.click, GOAL_SHOWN)

    def selectors(self, attribute: str) -> list[str]:
        """All groups of controls with this attribute."""
        names = self._page.evaluate(
            "(name) => [...document.querySelectorAll(`[${name}]`)].map((one) => one.getAttribute(name))", attribute
        )
        return [f'[{attribute}="{name}"]' for name in dict.fromkeys(names)]

    def buttons(self, selector: str) -> list[str]:
        """The values of the buttons that are not pressed."""
        found: list[str] = self._page.evaluate(
            """(selector) => [...document.querySelectorAll(`${selector} button[value]`)]
            .filter((one) => one.getAttribute('aria-pressed') !== 'true').map((one) => one.value)""",
            selector,
        )
        return found

    def tap(self, selector: str, value: str) -> None:
        """Tap a button, and say yes if the page asks."""

        def act() -> None:
            self._page.click(f'{selector} button[value="{value}"]')
            if self._page.locator("#sure[open]").count():
                self._page.click("#sure-yes")

        self._measure(f"{selector} {value}", selector, value, act)

    def fill(self, selector: str) -> None:
        """Set a number in the middle of its range."""
        field = self._page.locator(f'{selector} input[type="number"]').first
        low, high = (float(field.get_attribute(name) or 0.0) for name in ("min", "max"))
        field.fill(f"{(low + high) / 2.0:.0f}")
        self._measure(f"{selector} {(low + high) / 2.0:.0f}", selector, None, lambda: field.press("Enter"))

    def end(self, selector: str) -> None:
        """End what was set."""
        self._page.locator(f"{selector} .end").first.click()
        self._page.wait_for_function(
            "(selector) => document.querySelector(`${selector} .end`).hidden", arg=selector, timeout=PATIENCE_MS
        )

    def _measure(
        self, name: str, selector: str, value: str | None, act: Callable[[], None], shown: str = SHOWN
    ) -> None:
        begun = time.perf_counter()
        act()
        self._page.wait_for_function(shown, arg=[selector, value], timeout=PATIENCE_MS)
        seconds = time.perf_counter() - begun
        self._page.reload()
        self.open()
        self._page.wait_for_timeout(500)
        kept = bool(self._page.evaluate(shown, [selector, value]))
        self.taps.append(Tap(name, seconds, kept))
        print(f"{seconds:5.2f} s  {'kept' if kept else 'FORGOTTEN':10}{name}", flush=True)


def _all(page: Page) -> None:
    page.open()
    for selector in [*page.selectors("data-target"), *page.selectors("data-input")]:
        values = page.buttons(selector)
        for value in values:
            page.tap(selector, value)
        if not values:
            page.fill(selector)
        page.end(selector)
    for selector in page.goals():
        page.goal(selector)
        page.end(selector)
    for selector in page.rules():
        for value in page.buttons(selector):
            page.tap(selector, value)
            page.end(selector)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wide", action="store_true", help="a desktop instead of a phone")
    parser.add_argument("--dark", action="store_true", help="dark colors")
    parser.add_argument("--german", action="store_true", help="a German browser")
    asked = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this command needs it
    except ImportError:
        sys.exit("playwright is not installed: ./dev browser installs it")
    with _demo() as (address, token), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        opened = browser.new_context(
            viewport={"width": 1200, "height": 1000} if asked.wide else {"width": 390, "height": 844},
            color_scheme="dark" if asked.dark else "light",
            locale="de-DE" if asked.german else "en-GB",
        ).new_page()
        opened.goto(f"{address}/login#{token}")
        page = Page(opened)
        _all(page)
        browser.close()
    slow = [tap for tap in page.taps if tap.seconds > GOAL_S or not tap.kept]
    print(f"{len(page.taps)} controls, slowest {max(tap.seconds for tap in page.taps):.2f} s (goal {GOAL_S:g} s)")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
