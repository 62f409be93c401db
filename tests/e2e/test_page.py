"""The status page in a real browser: headless Chromium, driven by Playwright."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.conftest import TOKEN, DemoHouse
from tests.e2e.in_browser import (
    INK,
    browser,
    carport,
    comes,
    drawn,
    ended,
    inked,
    is_pressed,
    log_in,
    owner,
    page,
    pytestmark,
    text,
)

__all__ = ["browser", "owner", "page", "pytestmark"]


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


def test_the_chart_has_axes_and_is_read_with_the_keyboard(page: Any) -> None:
    drawn(page)
    ticks = [one["text"] for one in inked(page)]
    assert {"0 kW", "0 %", "50 %", "100 %"} <= set(ticks)
    assert all(re.fullmatch(r"-?\d+(\.\d)? kW|\d+ %|\d\d:\d\d|\w{3}, \w{3} \d+", one) for one in ticks), ticks
    assert text(page, "#spoken") == ""
    page.focus("#chart")
    before = text(page, "#probe")
    for _ in range(3):
        page.keyboard.press("PageUp")
    assert text(page, "#probe") != before
    assert "kW" in text(page, "#probe")
    assert text(page, "#spoken") == text(page, "#probe")  # what the key has chosen is read out
    assert (page.get_attribute("#chart", "role"), page.get_attribute("#chart", "aria-labelledby")) == (
        "img",
        "day-title",
    )
    page.click("#day-back")
    page.wait_for_function("() => !document.querySelector('#day-on').disabled")
    page.click("#day-on")
    page.wait_for_function("() => document.querySelector('#day-on').disabled")


SERIES = ("pv_w", "home_w", "ev_w", "battery_w", "grid_w", "soc_percent")


def remembers(page: Any, rows: list[list[Any]]) -> None:
    """The history of the house is these rows."""
    history = {"columns": ["at_ms", *SERIES], "step_s": 60, "rows": rows}
    page.route("**/api/v1/history?*", lambda route: route.fulfill(json=history))


def test_the_chart_leaves_a_gap_where_nothing_was_measured(page: Any, demo_house: DemoHouse) -> None:
    """A time without rows, and a time in which one value is unknown; the other lines go on there."""
    now = datetime.fromisoformat(demo_house.get("status")["at"]).timestamp() // 60 * 60
    past = [minute for minute in range(200, -1, -1) if not 80 <= minute < 120]
    pv = [None if 20 <= minute < 60 else 2000.0 for minute in past]
    rows = [[(now - 60 * m) * 1000, w, 1000.0, 0.0, 0.0, 0.0, None] for m, w in zip(past, pv, strict=True)]
    remembers(page, rows)
    page.reload()
    page.wait_for_selector("#chart canvas", timeout=20_000)
    drawn(page)
    column = """([minute, color]) => {
      const canvas = document.querySelector('#chart canvas'), over = document.querySelector('#chart .u-over');
      const box = canvas.getBoundingClientRect(), plot = over.getBoundingClientRect();
      const wanted = color.match(/\\w\\w/g).map((part) => parseInt(part, 16));
      const x = Math.round((plot.left - box.left + plot.width * (200 - minute) / 200) * devicePixelRatio);
      const height = Math.round(plot.height * devicePixelRatio);
      const { data } = canvas.getContext('2d').getImageData(x, 0, 1, height);
      return [...Array(height).keys()].some((y) => data[4 * y + 3] > 100 &&
        wanted.every((part, i) => Math.abs(part - data[4 * y + i]) < 12));
    }"""

    def seen(name: str) -> list[bool]:
        color = page.evaluate("(name) => getComputedStyle(document.documentElement).getPropertyValue(name)", name)
        return [page.evaluate(column, [minute, color]) for minute in (190, 130, 110, 90, 70, 50, 30, 10)]

    assert seen("--pv") == [True, True, False, False, True, False, False, True]
    assert seen("--home") == [True, True, False, False, True, True, True, True]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_the_hours_of_the_chart_are_those_of_the_house(browser: Any, demo_house: DemoHouse, zone: str) -> None:
    """Wherever the page is read, in German, on a sharp screen: whole hours, a day's name at midnight."""
    context = browser.new_context(timezone_id=zone, locale="de-DE", device_scale_factor=2)
    opened = context.new_page()
    opened.add_init_script(INK)
    local = datetime.fromisoformat(demo_house.get("status")["local"])
    begin = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=6)
    remembers(opened, [[(begin.timestamp() + 1200 * n) * 1000, *[2500.0] * 5, 50.0] for n in range(37)])
    opened.goto(demo_house.status)
    drawn(opened)
    texts = inked(opened)
    day = opened.evaluate(
        "async (ms) => (await import('./words.js')).day(ms)", (begin + timedelta(hours=6)).timestamp() * 1000
    )
    hours = [one["text"] for one in texts if re.search(r":|" + re.escape(day), one["text"])]
    assert hours == ["18:00", "19:00", "20:00", "21:00", "22:00", "23:00", day, *(f"0{n}:00" for n in range(1, 7))]
    assert "0,5 kW" in [one["text"] for one in texts]
    assert {one["size"] for one in texts} == {12.0}
    context.close()


def test_the_chart_changes_its_colors_with_the_scheme(page: Any) -> None:
    drawn(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        faint = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--faint')")
        page.wait_for_function("(faint) => window.inked.every((one) => one.color === faint)", arg=faint)


def test_a_finger_reads_the_chart(browser: Any, demo_house: DemoHouse) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    opened = context.new_page()
    opened.add_init_script(INK)
    opened.goto(demo_house.status)
    drawn(opened)
    opened.locator("#chart").scroll_into_view_if_needed()
    box = opened.locator("#chart .u-over").bounding_box()
    before, x = text(opened, "#probe"), box["x"] + 0.3 * box["width"]
    opened.touchscreen.tap(x, box["y"] + 100)
    opened.wait_for_function("(old) => document.querySelector('#probe').textContent !== old", arg=before)
    opened.wait_for_timeout(300)
    cursor = opened.locator("#chart .u-cursor-x")
    assert cursor.bounding_box()["x"] == pytest.approx(x, abs=3)  # it stays when the finger is lifted
    opened.locator("h1").tap()
    opened.wait_for_selector("#chart .u-cursor-x.u-off", state="attached")
    context.close()


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


def minutes_after(page: Any, act: Callable[[], Any]) -> float:
    """The time that the chart asks for after a change."""
    with page.expect_request(lambda request: "history?" in request.url) as asked:
        act()
    return 60.0 * float(parse_qs(urlsplit(asked.value.url).query)["hours"][0])


def test_the_chart_zooms_by_mouse_wheel_keys_and_buttons(page: Any) -> None:
    drawn(page)
    page.locator("#chart").scroll_into_view_if_needed()
    assert minutes_after(page, lambda: page.click("#zoom-in")) == 12 * 60
    page.focus("#chart")
    assert minutes_after(page, lambda: page.keyboard.press("-")) == 24 * 60
    box = page.locator("#chart .u-over").bounding_box()
    left, right, y = box["x"], box["x"] + box["width"], box["y"] + 100
    page.mouse.move(left + 0.25 * (right - left), y)
    page.mouse.down()
    page.mouse.move(left + 0.5 * (right - left), y, steps=4)
    assert page.locator("#chart .u-select").bounding_box()["width"] == pytest.approx(0.25 * (right - left), abs=2.0)
    dragged = minutes_after(page, page.mouse.up)
    assert 15 <= dragged < 24 * 60
    assert page.is_enabled("#day-now")
    assert text(page, "#span option:checked").endswith((" min", " h"))
    page.mouse.move(left + 0.5 * (right - left), y)
    page.keyboard.down("Control")
    wheeled = minutes_after(page, lambda: page.mouse.wheel(0, 200))
    page.keyboard.up("Control")
    assert wheeled == pytest.approx(2 * dragged, rel=0.01)
    page.focus("#chart")
    minutes_after(page, lambda: page.keyboard.press("0"))
    assert page.is_disabled("#day-now") and page.is_disabled("#day-on")


def test_the_chart_shows_any_day(page: Any, demo_house: DemoHouse) -> None:
    """The day is the one of the house, from its midnight on."""
    drawn(page)
    local = datetime.fromisoformat(demo_house.get("status")["local"])
    before = (local - timedelta(days=1)).date()
    assert page.input_value("#date") == local.date().isoformat()
    with page.expect_response(lambda answer: "until=" in answer.url) as asked:
        page.fill("#date", before.isoformat())
        page.dispatch_event("#date", "change")
    query = parse_qs(urlsplit(asked.value.url).query)
    assert float(query["hours"][0]) == 24.0
    end = datetime.fromisoformat(query["until"][0]).astimezone(local.tzinfo)
    assert (end.date(), end.hour, end.minute) == (local.date(), 0, 0)
    assert text(page, "#probe") == "Nothing is recorded for this time."
    minutes_after(page, lambda: page.click("#day-now"))


def test_two_fingers_zoom_the_chart(browser: Any, demo_house: DemoHouse) -> None:
    opened = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    opened.add_init_script(INK)
    opened.goto(demo_house.status)
    drawn(opened)
    opened.locator("#chart").scroll_into_view_if_needed()
    box = opened.locator("#chart").bounding_box()
    wire = opened.context.new_cdp_session(opened)

    def touch(kind: str, *xs: float) -> None:
        points = [{"x": box["x"] + x, "y": box["y"] + 100, "id": number} for number, x in enumerate(xs)]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def spread() -> None:
        touch("touchStart", 150, 200)
        for apart in range(0, 60, 10):
            touch("touchMove", 150 - apart, 200 + apart)
        touch("touchEnd")

    assert minutes_after(opened, spread) < 12 * 60
    opened.close()


def test_a_goal_is_set_ended_and_survives_a_reload(owner: Any, demo_house: DemoHouse) -> None:
    goal = owner.locator("#cards .goal")
    goal.locator('input[type="number"]').fill("12")
    goal.locator("select").select_option("kWh")
    goal.locator("input.clock").fill("7")
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
    assert re.search(r"\d,\d\d\u00a0kWh", text(opened, "#today"))
    assert text(opened, '#why [data-key="ev.carport"] .answer').startswith(("Auto an carport", "Wallbox carport"))
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


def test_what_is_still_to_do_after_the_first_settings(page: Any, demo_house: DemoHouse) -> None:
    page.wait_for_selector("#steps li", timeout=20_000)
    lines = page.locator("#steps li").all_inner_texts()
    assert lines == demo_house.get("status")["reminders"]
    assert "`optimizer commission carport`" in lines[-1]


def test_a_time_of_day_is_read_as_people_write_it(page: Any) -> None:
    parse = "async (text) => (await import('./clock.js')).clockOf(text)"
    read = {"7": "07:00", "07:05": "07:05", "7.30": "07:30", "0730": "07:30", " 23:59 ": "23:59", "0": "00:00"}
    assert {entered: page.evaluate(parse, entered) for entered in read} == read
    for wrong in ("", "24", "7:60", "seven", "12:345", "-1"):
        assert page.evaluate(parse, wrong) is None, wrong


def test_the_time_of_a_goal_is_in_24_hours_whatever_the_browser_says(owner: Any) -> None:
    field = owner.locator("#cards .goal input.clock")
    assert field.input_value() == "07:00"
    field.fill("25")
    owner.locator('#cards .goal input[type="number"]').fill("12")
    owner.locator("#cards .goal button >> nth=0").click()
    owner.wait_for_function("() => document.querySelector('#toast-text').textContent.includes('07:00')", timeout=10_000)
