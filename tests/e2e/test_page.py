"""The status page in a real browser: headless Chromium, driven by Playwright."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
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
    page.wait_for_function("() => document.querySelectorAll('#log li').length > 2", timeout=30_000)
    page.screenshot(path=tmp_path / "page.png")


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


def test_a_visitor_logs_in_once(page: Any, demo_house: DemoHouse) -> None:
    assert carport(page, "fast").is_disabled()
    assert page.is_visible("#visitor-link")
    log_in(page, "not the token")
    page.wait_for_function("() => document.querySelector('#state').textContent.includes('wrong')")
    page.problems.clear()  # the browser reports the refusal on its console
    page.fill("#token", TOKEN)
    page.click("#login button")
    page.wait_for_selector('[data-target="ev.carport.mode"] button:enabled', timeout=20_000)
    page.reload()
    page.wait_for_selector('[data-target="ev.carport.mode"] button:enabled', timeout=20_000)
    assert page.evaluate("document.cookie") == ""
    page.click("#login")
    page.click("#leave")
    page.wait_for_selector("#token")
    page.goto(demo_house.status)
    page.wait_for_selector("#visitor-link", timeout=20_000)
    assert carport(page, "fast").is_disabled()


def test_the_link_with_the_token_logs_in_and_leaves_no_trace(owner: Any) -> None:
    assert TOKEN not in owner.url
    assert owner.evaluate("history.length") <= 3
    stored = owner.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert TOKEN not in stored


def test_one_tap_sets_a_mode_and_it_survives_a_reload(owner: Any, demo_house: DemoHouse) -> None:
    carport(owner, "fast").click()
    is_pressed(owner, "ev.carport.mode", "fast")
    owner.wait_for_function("() => document.querySelector('.by').textContent.includes('set by hand until')")
    owner.reload()
    is_pressed(owner, "ev.carport.mode", "fast")
    owner.locator("button.end >> nth=0").click()
    ended(owner)
    is_pressed(owner, "ev.carport.mode", "surplus")
    owner.wait_for_function("() => document.querySelector('.by').textContent.includes('default of the rules')")


def comes(page: Any, shown: Callable[[], Any], wanted: Any) -> None:
    """Wait until the service shows it: with the next decision."""
    for _ in range(80):
        if shown() == wanted:
            return
        page.wait_for_timeout(250)
    assert shown() == wanted


def test_the_last_of_several_quick_taps_counts(owner: Any, demo_house: DemoHouse) -> None:
    """Each tap comes before the page has seen the decision after the one before."""
    buttons = owner.locator('[data-target="battery.mode"]')
    buttons.locator('button[value="charge"]').click()
    owner.click("#sure-yes")
    buttons.locator('button[value="hold"]').click()
    comes(owner, lambda: [one["target"] for one in demo_house.get("overrides")], ["battery.discharge_w"])
    buttons.locator('button[value="auto"]').click()
    buttons.locator('button[value="hold"]').click()
    comes(owner, lambda: [one["target"] for one in demo_house.get("overrides")], ["battery.discharge_w"])
    owner.click("#undo")
    comes(
        owner,
        lambda: [(one["target"], one["value"]) for one in demo_house.get("overrides")],
        [("battery.mode", "auto")],
    )


def test_a_tap_can_be_undone(owner: Any, demo_house: DemoHouse) -> None:
    assert demo_house.hold(target="ev.carport.mode", value="min_surplus", minutes=600).status_code == 201
    is_pressed(owner, "ev.carport.mode", "min_surplus")
    carport(owner, "off").click()
    is_pressed(owner, "ev.carport.mode", "off")
    owner.click("#undo")
    is_pressed(owner, "ev.carport.mode", "min_surplus")
    assert [one["value"] for one in demo_house.get("overrides")] == ["min_surplus"]


def test_charging_the_battery_asks_before_it_costs_money(owner: Any, demo_house: DemoHouse) -> None:
    charge = owner.locator('[data-target="battery.mode"] button[value="charge"]')
    charge.click()
    assert "costs money" in text(owner, "#sure-text")
    owner.click('#sure button[value="no"]')
    assert demo_house.get("overrides") == []
    charge.click()
    owner.click("#sure-yes")
    is_pressed(owner, "battery.mode", "charge")
    owner.locator('[data-target="battery.mode"] button[value="hold"]').click()
    is_pressed(owner, "battery.mode", "hold")
    comes(owner, lambda: [one["target"] for one in demo_house.get("overrides")], ["battery.discharge_w"])
    owner.wait_for_function(
        "() => [...document.querySelectorAll('#why .answer')].some((one) => /limit/.test(one.textContent))"
    )
    owner.locator('[data-target="battery.mode"] button[value="auto"]').click()
    is_pressed(owner, "battery.mode", "auto")


def test_the_battery_charges_to_a_state_of_charge_and_keeps_a_reserve(owner: Any, demo_house: DemoHouse) -> None:
    battery = owner.locator('#cards [data-key^="battery."]')
    battery.locator("summary").click()
    battery.locator("input").nth(1).fill("99")
    owner.locator('[data-target="battery.mode"] button[value="charge"]').click()
    with owner.expect_response("**/api/v1/overrides?*") as answer:
        owner.click("#sure-yes")
    # At this speed the battery is there within seconds, so only the answer is certain.
    assert (answer.value.status, answer.value.json()["to_percent"]) == (201, 99.0)
    reserve = owner.locator('[data-target="battery.reserve_percent"]')
    reserve.locator("input").fill("100")
    reserve.locator("button >> nth=0").click()
    owner.wait_for_function(
        """() => document.querySelector('[data-target="battery.reserve_percent"] .by')
        .textContent.startsWith('100 %')"""
    )
    limits = [one["target"] for one in demo_house.get("status")["targets"] if one["kind"] == "limit"]
    assert "battery.discharge_w" in limits


def test_inputs_are_set_in_one_tap_and_survive_a_reload(owner: Any, demo_house: DemoHouse) -> None:
    def value(name: str) -> Any:
        return next(one["value"] for one in demo_house.get("inputs") if one["name"] == name)

    holiday = owner.locator('[data-input="holiday"]')
    holiday.locator('button[value="true"]').click()
    owner.wait_for_selector('[data-input="holiday"] button[value="true"][aria-pressed="true"]', timeout=10_000)
    assert value("holiday") is True
    owner.reload()
    owner.wait_for_selector('[data-input="holiday"] button[value="true"][aria-pressed="true"]', timeout=20_000)
    assert "set by page" in text(owner, '[data-input="holiday"] .by')
    holiday.locator(".end").click()
    owner.wait_for_selector('[data-input="holiday"] button[value="false"][aria-pressed="true"]', timeout=10_000)
    owner.locator('[data-input="heating"] button[value="comfort"]').click()
    owner.wait_for_selector('[data-input="heating"] button[value="comfort"][aria-pressed="true"]', timeout=10_000)
    guests = owner.locator('[data-input="guests"]')
    guests.locator("input").fill("21")
    guests.locator("button >> nth=0").click()
    owner.wait_for_function("() => document.querySelector('#toast-text').textContent.includes('from 0 to 20')")
    guests.locator("input").fill("4")
    guests.locator("button >> nth=0").click()
    owner.wait_for_function("() => document.querySelector('[data-input=guests] .state').textContent === '4'")
    owner.click("#undo")
    owner.wait_for_function("() => document.querySelector('[data-input=guests] .state').textContent === '0'")
    for name in ("heating", "guests"):
        end = owner.locator(f'[data-input="{name}"] .end')
        if end.is_visible():
            end.click()
            end.wait_for(state="hidden", timeout=10_000)


def test_current_phases_and_energy_are_set_in_their_fold(owner: Any, demo_house: DemoHouse) -> None:
    owner.click("#cards summary >> nth=0")
    current = owner.locator('[data-target="ev.carport.current_a"]')
    current.locator("input").fill("40")
    current.locator("button >> nth=0").click()
    owner.wait_for_selector("#toast")
    assert "from 6 to 16 A" in text(owner, "#toast-text")
    current.locator("input").fill("10")
    current.locator("button >> nth=0").click()
    owner.wait_for_function(
        """() => document.querySelector('[data-target="ev.carport.current_a"] .by').textContent.startsWith('10 A')"""
    )
    owner.locator('[data-target="ev.carport.phases"] button[value="1"]').click()
    is_pressed(owner, "ev.carport.phases", "1")
    held = {one["target"]: one["value"] for one in demo_house.get("overrides")}
    assert held == {"ev.carport.current_a": 10.0, "ev.carport.phases": 1.0}


def test_what_is_set_expires_by_itself(owner: Any, demo_house: DemoHouse) -> None:
    assert demo_house.hold(target="ev.carport.mode", value="off", minutes=20).status_code == 201  # twenty seconds here
    answer = '#why [data-key="ev.carport"] .answer'
    said = "([id, word]) => document.querySelector(id).textContent.includes(word)"
    owner.wait_for_function(said, arg=[answer, "mode off"], timeout=10_000)
    ended(owner)
    owner.wait_for_function("(id) => !document.querySelector(id).textContent.includes('mode off')", arg=answer)


def test_a_rule_is_switched_off_and_on_again_with_one_tap_each(owner: Any, demo_house: DemoHouse) -> None:
    rules = owner.locator("main > details", has=owner.locator("#rules"))
    rules.locator("> summary").click()
    first = owner.locator("#rules > details >> nth=0")
    first.locator("> summary").click()
    name = str(first.get_attribute("data-key")).split(" ")[0]
    first.locator('button[value="false"]').click()
    comes(owner, lambda: demo_house.get("rules"), [{"rule": name, "enabled": "false"}])
    first.locator('button[value="false"][aria-pressed="true"]').wait_for()
    assert ".yaml:" in str(first.locator(".place").text_content())
    first.locator(".end").click()
    comes(owner, lambda: demo_house.get("rules"), [])
    first.locator(".end").wait_for(state="hidden")


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
    assert page.evaluate("getComputedStyle(document.querySelector('main > *')).opacity") != "1"
    page.context.set_offline(False)
    page.wait_for_selector("body:not(.stale)", timeout=40_000)
    assert not page.is_visible("#stale")
    page.problems.clear()  # the browser reports the lost connection on its console


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
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"


def test_every_time_on_the_page_is_the_houses_from_the_first_one_on(browser: Any, demo_house: DemoHouse) -> None:
    """The history is there before the first event says which time the house has: nothing is drawn until then."""
    opened = browser.new_page()
    held: list[Any] = []
    opened.route("**/api/v1/events*", lambda route: held.append(route))  # noqa: PLW0108 - marked by playwright
    with opened.expect_request("**/api/v1/events*"):
        opened.goto(demo_house.status)
    opened.wait_for_timeout(300)
    assert text(opened, "#chart") == text(opened, "#log") == ""
    held[0].continue_()
    opened.wait_for_selector("#log time", timeout=10_000)
    local = demo_house.get("status")["local"]
    shown = [text(opened, "#live")[:2], text(opened, "#log li:first-child time")[:2]]
    assert all(int(local[11:13]) - 1 <= int(hour) <= int(local[11:13]) for hour in shown), (local, shown)
    opened.close()


def test_the_chart_has_axes_and_is_read_with_the_keyboard(page: Any) -> None:
    page.wait_for_function("() => document.querySelectorAll('#chart .tick').length > 6", timeout=60_000)
    ticks = page.locator("#chart .tick").all_text_contents()
    assert "kW" in ticks
    assert "100 %" in ticks
    page.focus("#chart")
    before = text(page, "#probe")
    for _ in range(3):
        page.keyboard.press("PageDown" if before == "" else "PageUp")
    assert text(page, "#probe") != before
    assert "kW" in text(page, "#probe")
    page.click("#day-back")
    page.wait_for_function("() => !document.querySelector('#day-on').disabled")
    page.click("#day-on")
    page.wait_for_function("() => document.querySelector('#day-on').disabled")


def test_a_goal_is_set_ended_and_survives_a_reload(owner: Any, demo_house: DemoHouse) -> None:
    goal = owner.locator("#cards .goal")
    goal.locator('input[type="number"]').fill("12")
    goal.locator("select").select_option("kWh")
    goal.locator('input[type="time"]').fill("07:00")
    goal.locator("button >> nth=0").click()
    said = "(word) => document.querySelector('.goal .by').textContent.includes(word)"
    owner.wait_for_function(said, arg="12kWh by", timeout=10_000)
    owner.reload()
    owner.wait_for_function(said, arg="12kWh by", timeout=20_000)
    goal.locator(".end").click()
    owner.wait_for_function(said, arg="There is no goal", timeout=10_000)
    assert [one["state"] for one in demo_house.get("goals")] == ["none"]


def slots(now: datetime, **values: Any) -> list[dict[str, Any]]:
    """Forty hours of the future; a list gives the value of each hour of the day."""
    start = now.replace(minute=0, second=0, microsecond=0)
    found = []
    for hour in range(40):
        begins = start + timedelta(hours=hour)
        hourly = {key: value[begins.hour] if isinstance(value, list) else value for key, value in values.items()}
        found.append({"start": begins.isoformat(), "end": (begins + timedelta(hours=1)).isoformat(), **hourly})
    return found


def test_the_next_hours_show_price_and_sun(page: Any, demo_house: DemoHouse) -> None:
    now = datetime.fromisoformat(demo_house.get("status")["at"])
    sun = [0.0] * 6 + [500.0 * hour for hour in range(9)] + [4000.0 - 500.0 * hour for hour in range(9)]
    source = {"name": "market", "service": "awattar", "fetched": None, "known_until": None, "problem": ""}
    prices = {"now": now.isoformat(), "import": slots(now, ct=30.5, parts={"energy": 10.5, "grid": 20.0}),
              "feed_in": [], "sources": [source]}  # fmt: skip
    forecast = {
        "now": now.isoformat(),
        "slots": slots(now, pv_w=sun, pv_low_w=0.0, pv_high_w=6000.0, home_w=300.0),
        "days": [{"date": f"{now:%Y-%m-%d}", "pv_wh": 21_500.0}],
        "correction": None,
        "sources": [],
    }
    page.route("**/api/v1/prices?*", lambda route: route.fulfill(json=prices))
    page.route("**/api/v1/forecast?*", lambda route: route.fulfill(json=forecast))
    car = {"charger": "carport", "mode": ["fast"] * 3 + ["off"] * 21, "text": "It buys for 20.0 ct."}
    modes = [{**car, "mode": mode} for mode in car["mode"]]
    scheduled = demo_house.get("schedule") | {
        "slots": [
            {**slot, "cars": [modes[index % 24]], "battery": {"mode": "hold", "text": "It keeps its energy."}}
            for index, slot in enumerate(slots(now))
        ]
    }
    page.route("**/api/v1/schedule?*", lambda route: route.fulfill(json=scheduled))
    page.reload()
    page.wait_for_selector("#ahead .band", timeout=20_000)
    assert 36 <= page.locator("#ahead .price, #ahead .cheap").count() <= 37
    assert page.locator("#ahead .buys").count() == 2
    assert page.locator("#ahead .keeps").count() == 1
    ticks = page.locator("#ahead .tick").all_text_contents()
    assert {"ct", "kW"} <= set(ticks)
    probe = text(page, "#ahead-probe")
    assert "import 30.5 ct" in probe and "PV expected" in probe and "21.5 kWh" in probe
    assert "carport: It buys for 20.0 ct. Battery: It keeps its energy." in probe
    assert page.is_visible("#ahead-lanes")
    page.focus("#ahead")
    page.keyboard.press("ArrowRight")
    assert text(page, "#ahead-probe") != probe


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
    assert re.search(r"\d,\d\d kWh", text(opened, "#today"))
    assert text(opened, '#why [data-key="ev.carport"] .answer').startswith(("Auto an carport", "Wallbox carport"))
    opened.wait_for_selector("#log li", timeout=20_000)
    log = text(opened, "#log")
    assert "Befehl an carport" in log  # the latest lines: those of the start may have left the list
    assert not re.search(r"Car on|Battery |Rule book|Command to", log)
    opened.select_option("#language", "en")
    opened.wait_for_function("() => document.querySelector('#why-title')?.textContent === 'Why?'", timeout=20_000)
    assert re.search(r"\d\.\d\d kWh", text(opened, "#today")) or opened.wait_for_selector("#today dd")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(owner: Any, axe: str, scheme: str) -> None:
    owner.emulate_media(color_scheme=scheme)
    for summary in owner.locator("main details > summary").all():
        if summary.is_visible():
            summary.click()
    owner.wait_for_timeout(500)
    owner.evaluate(axe)
    found = owner.evaluate("axe.run().then((done) => done.violations)")
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []


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


def a_period(name: str, **changed: Any) -> dict[str, Any]:
    """The figures of a day of the energy document."""
    sources = {"surplus": 4000.0, "battery": 1000.0, "grid": 500.0}
    costs = {"surplus": 32.0, "battery": 8.0, "grid": 15.0}
    return {
        "period": name, "days": 1, "days_total": 1, "hours": 24.0, "pv_wh": 12_000.0, "import_wh": 900.0,
        "export_wh": 3000.0, "home_wh": sources, "cars_wh": sources, "home_ct": costs, "cars_ct": costs,
        "import_ct": 27.0, "export_ct": 24.0, "unpriced_wh": 0.0, **changed,
    }  # fmt: skip


VISIT = {
    "charger": "carport", "vehicle": "van",
    "start": "2025-06-02T08:12:00+00:00", "end": "2025-06-02T15:40:00+00:00",
    "energy_wh": 18_400.0, "surplus_wh": 16_100.0, "battery_wh": 800.0, "grid_wh": 1500.0, "sun_percent": 91.8,
    "grid_cost_ct": 45.0, "lost_feed_in_ct": 135.2, "cost_ct": 180.2, "unpriced_wh": 0.0, "unaccounted_s": 0.0,
    "meter_start_wh": 1_000_000.0, "meter_end_wh": 1_018_500.0, "mode_s": {"surplus": 26_880.0},
    "saved_ct": 312.0, "goal": "80%", "goal_met": True,
}  # fmt: skip
UNPRICED = {"cost_ct": 0.0, "unpriced_wh": 18_400.0, "saved_ct": None, "goal": "", "goal_met": None}
NO_METER = {"meter_start_wh": None, "meter_end_wh": None}


@pytest.fixture
def lived(page: Any) -> Any:
    """The page of a house that has some days and some visits behind it."""
    days = [a_period("2025-06-02"), a_period("2025-06-03", unpriced_wh=11_000.0, import_ct=None)]
    energy = {"by": "day", "of": "2025-06", "today": "2025-06-14", "currency": "EUR", "periods": days}
    month = {"month": "2025-06", "sessions": 2, "energy_wh": 36_800.0, "surplus_wh": 32_200.0, "battery_wh": 1600.0,
             "grid_wh": 3000.0, "sun_percent": 91.8, "cost_ct": 180.2, "unpriced_wh": 18_400.0, "saved_ct": 312.0,
             "saved_sessions": 1}  # fmt: skip
    page.route(re.compile(r"/api/v1/energy\?by=day"), lambda route: route.fulfill(json=energy))
    page.route("**/api/v1/sessions/months?*", lambda route: route.fulfill(json=[month]))
    visits = [VISIT, {**VISIT, "start": "2025-06-05T08:00:00+00:00", "end": None, **UNPRICED, **NO_METER}]
    page.route(re.compile(r"/api/v1/sessions\?month=2025-06&language"), lambda route: route.fulfill(json=visits))
    page.reload()
    page.wait_for_selector("#sessions tbody tr", timeout=20_000)
    return page


def test_the_bars_show_the_days_and_are_read_with_the_keyboard(lived: Any) -> None:
    assert lived.locator("#bars rect").count() == 2 * 4  # a day without a record has no bar
    assert text(lived, "#energy-of") == "June 2025"
    probe = text(lived, "#energy-probe")
    assert "14" in probe and "nothing is recorded" in probe
    lived.focus("#bars")
    for _ in range(12):
        lived.keyboard.press("ArrowLeft")
    probe = text(lived, "#energy-probe")
    assert "June 2, 2025" in probe or "2 June 2025" in probe
    assert "used 11.0 kWh (PV 8.00 kWh, Battery 2.00 kWh, Grid 1.00 kWh)" in probe
    assert "cost €1.10" in probe
    lived.keyboard.press("ArrowRight")
    assert "cost ?" in text(lived, "#energy-probe")  # no price was known on this day


def test_the_sums_say_what_is_saved_and_what_is_not_known(lived: Any) -> None:
    sums = text(lived, "#sums")
    assert "Saved against charging at once€3.12Sessions: 2, known for 1 of 2" in sums
    assert "11.0 kWh without a known price is not in it" in sums
    assert "without us, each car would charge with full power" in text(lived, "main")


def test_sessions_are_listed_with_their_sum_and_downloaded(lived: Any) -> None:
    now, done, total = lived.locator("#sessions tbody tr").all_inner_texts()
    assert "still here" in now and now.count("?") == 2  # neither its cost nor its meter is known
    assert all(
        part in done for part in ("van", "18.4 kWh", "92 %", "€1.80", "€3.12", "80%", "reached", "1,000.0 → 1,018.5")
    )
    assert "June 2025" in total and "36.8 kWh" in total and "€1.80" in total
    with lived.expect_download() as download:
        lived.click("#csv")
    assert download.value.suggested_filename == "sessions-2025-06.csv"
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("charger,vehicle,start,end")


def test_months_and_years_have_bars_too(page: Any) -> None:
    page.wait_for_function("() => document.querySelector('#energy-of').textContent !== ''", timeout=20_000)
    page.wait_for_function("() => !document.querySelector('#energy-back').disabled")
    shown = text(page, "#energy-of")
    page.click("#energy-back")
    page.wait_for_function("(old) => document.querySelector('#energy-of').textContent !== old", arg=shown)
    page.click("#energy-on")
    page.wait_for_function("(old) => document.querySelector('#energy-of').textContent === old", arg=shown)
    for by, words in (("month", "2025"), ("year", "All years")):
        page.select_option("#by", by)
        page.wait_for_function("(words) => document.querySelector('#energy-of').textContent === words", arg=words)


@pytest.mark.parametrize("width", [1200, 360])
def test_the_past_fits_the_screen_and_axe_finds_no_violation(lived: Any, axe: str, width: int) -> None:
    lived.set_viewport_size({"width": width, "height": 900})
    assert lived.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert lived.evaluate(
        "document.querySelector('#sessions').scrollWidth <= document.querySelector('#sessions').clientWidth"
    )
    lived.evaluate(axe)
    found = lived.evaluate("axe.run().then((done) => done.violations)")
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []
