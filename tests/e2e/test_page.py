"""The status page in a real browser: headless Chromium, driven by Playwright."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import DemoHouse
from tests.e2e.in_browser import browser, page, pytestmark, text

__all__ = ["browser", "page", "pytestmark"]


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
    page.wait_for_function("() => document.querySelectorAll('#log li').length > 2", timeout=30_000)
    page.screenshot(path=tmp_path / "page.png")


def test_why_unfolds_to_the_rules_and_their_terms(page: Any) -> None:
    page.click('#why [data-key="ev.carport"] > summary')
    page.wait_for_selector('#why [data-key="ev.carport"] .target', timeout=10_000)
    shown = text(page, '#why [data-key="ev.carport"] .terms')
    assert "Mode" in shown
    assert "the default of the rules" in shown
    assert "battery.soc (" in shown  # the term with its value
    assert "goes first until" in shown  # what the rule is about
    page.click('#why [data-key="ev.carport"] .numbers summary')
    assert page.locator('#why [data-key="ev.carport"] .numbers li').count() >= 2
    assert "follow." not in text(page, "#why")  # codes are in the engine room


def test_old_figures_are_greyed_and_said_once(page: Any) -> None:
    page.context.set_offline(True)
    page.evaluate("window.stop()")
    page.wait_for_selector("body.stale", timeout=40_000)
    assert "old" in text(page, "#stale")
    assert page.evaluate("getComputedStyle(document.querySelector('main > *')).filter") == "grayscale(1)"
    page.context.set_offline(False)
    page.wait_for_selector("body:not(.stale)", timeout=40_000)
    assert not page.is_visible("#stale")
    page.problems.clear()  # the browser reports the lost connection on its console


def test_a_broken_rule_and_a_silent_device_are_said_with_what_to_do(page: Any, demo_house: DemoHouse) -> None:
    caret = "rules/sun.yaml:4:11: error: battery.sco is not known\n    4 |     when: battery.sco > 5%\n      |  ^^^^^"
    status = demo_house.get("status")
    status["book"]["error"] = caret
    status["devices"][0].update(up=False, message="nothing listens there")
    page.set_viewport_size({"width": 360, "height": 800})
    draw = """async (status) => { (await import('./why.js')).drawNotices(status);
        return [document.querySelector('#notices').innerText, document.documentElement.scrollWidth]; }"""
    said, width = page.evaluate(draw, status)
    assert caret in said and "The last good ones stay in force" in said
    assert f"{status['devices'][0]['name']} does not answer. Check its power and its network." in said
    assert width <= 360


def test_every_time_on_the_page_is_the_houses_from_the_first_one_on(browser: Any, demo_house: DemoHouse) -> None:
    """The history is there before the first event says which time the house has: nothing is drawn until then."""
    opened = browser.new_page()
    held: list[Any] = []
    opened.route("**/api/v1/events*", lambda route: held.append(route))  # noqa: PLW0108 - marked by playwright
    with opened.expect_request("**/api/v1/events*"):
        opened.goto(demo_house.status)
    opened.wait_for_timeout(300)
    assert opened.locator("#chart canvas").count() == 0
    assert text(opened, "#log") == ""
    held[0].continue_()
    opened.wait_for_selector("#log time", timeout=10_000)
    local = demo_house.get("status")["local"]
    shown = [text(opened, "#live")[:2], text(opened, "#log li:first-child time")[:2]]
    assert all(int(local[11:13]) - 1 <= int(hour) <= int(local[11:13]) for hour in shown), (local, shown)
    opened.close()


MOST_BYTES = 150_000


def test_the_first_load_is_light(browser: Any, demo_house: DemoHouse) -> None:
    """Everything that a browser without a cache receives until the page is complete: files, documents, headers."""
    context = browser.new_context(locale="de-DE")
    opened = context.new_page()
    wire = context.new_cdp_session(opened)
    wire.send("Network.enable")
    received: dict[str, float] = {}
    wire.on("Network.loadingFinished", lambda end: received.update({end["requestId"]: end["encodedDataLength"]}))
    wire.on(
        "Network.eventSourceMessageReceived",
        lambda event: received.setdefault(event["requestId"], len(event["data"].encode())),
    )
    opened.goto(demo_house.status)
    opened.wait_for_selector("#chart canvas", timeout=20_000)
    opened.wait_for_selector("#log li", timeout=20_000)
    opened.wait_for_load_state("load")
    opened.wait_for_timeout(2000)  # the documents of the next hours and of the past
    urls = opened.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert any("schedule?" in url for url in urls) and any(url.endswith("uplot.js") for url in urls)
    assert len(received) > 35
    print(f"{sum(received.values()):.0f} bytes in {len(received)} answers")
    assert 50_000 < sum(received.values()) < MOST_BYTES, sum(received.values())
    context.close()


def test_what_is_still_to_do_after_the_first_settings(page: Any, demo_house: DemoHouse) -> None:
    page.wait_for_selector("#steps li", timeout=20_000)
    lines = page.locator("#steps li").all_inner_texts()
    said = demo_house.get("status")["reminders"]
    assert lines == [one.replace("`", "") for one in said]
    assert "`optimizer commission carport`" in said[-1]
    assert page.locator("#steps li").last.locator("code").all_inner_texts() == ["optimizer commission carport"]


ROOM = """async (house) => {
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const { drawHouse } = await import(loaded.find((name) => name.includes("/house.js")));
  drawHouse(house);
  const svg = document.getElementById("house"), box = svg.viewBox.baseVal;
  const all = [...svg.querySelectorAll("circle, text")].map((one) => one.getBBox()).filter((one) => one.width);
  const top = Math.min(...all.map((one) => one.y)), low = Math.max(...all.map((one) => one.y + one.height));
  return [top - box.y, box.y + box.height - low];
}"""
"""Draws a house, and measures the room above and below the picture."""


@pytest.mark.parametrize("batteries", [0, 1])
@pytest.mark.parametrize("cars", [0, 1, 2, 3, 4])
def test_the_picture_of_the_house_has_room_for_all_and_no_gap(cars: int, batteries: int, page: Any) -> None:
    car = {"power_w": 0.0, "offered_a": None, "phases": None, "status": "connected", "soc_percent": None}
    house = {
        "grid_w": 0.0,
        "home_w": 0.0,
        "pvs": [{"power_w": 0.0}],
        "batteries": [{"power_w": 0.0, "soc_percent": 50.0}] * batteries,
        "evs": [{**car, "name": f"car{number}"} for number in range(cars)],
    }
    above, below = page.evaluate(ROOM, house)
    assert 0.0 <= above <= 10.0, above
    assert 0.0 <= below <= 25.0, below
