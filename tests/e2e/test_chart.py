"""The charts of the status page in a real browser: read, zoomed, and of any day, and the next hours."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.conftest import DemoHouse
from tests.e2e.in_browser import INK, browser, drawn, inked, page, pytestmark, text

__all__ = ["browser", "page", "pytestmark"]


def test_the_chart_has_axes_and_is_read_with_the_keyboard(page: Any) -> None:
    drawn(page)
    # The first minutes of a house may have less than a kW, and so a finer axis.
    axes = ["0 kW", "0 %", "50 %", "100 %"]
    shown = "(axes) => axes.every((tick) => window.inked.some((one) => one.text === tick))"
    page.wait_for_function(shown, arg=axes, timeout=60_000)
    ticks = [one["text"] for one in inked(page)]
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


@pytest.mark.parametrize(
    ("battery_w", "soc", "has_one"),
    [(0.0, None, False), (0.0, 40.0, True), (None, None, True)],
    ids=["none", "at rest", "no answer"],
)
def test_only_a_house_with_a_battery_has_a_line_for_it(
    page: Any, demo_house: DemoHouse, battery_w: float | None, soc: float | None, has_one: bool
) -> None:
    now = datetime.fromisoformat(demo_house.get("status")["at"]).timestamp() // 60 * 60
    remembers(page, [[(now - 60 * m) * 1000, 500.0, 1000.0, 0.0, battery_w, 1500.0, soc] for m in range(60, -1, -1)])
    page.reload()
    page.wait_for_selector("#chart canvas", timeout=20_000)
    drawn(page)
    assert ("Battery" in text(page, "#probe")) is has_one
    for line in ("battery", "soc"):
        assert page.locator(f"#legend .{line}").is_visible() is has_one
    assert page.locator("#legend .home").is_visible()


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
    costs = {"import_ct": 101.2, "feed_in_ct": 42.5, "wear_ct": 0.1, "changes_ct": 4.0}
    scheduled = demo_house.get("schedule") | {
        "cost_ct": 62.8,
        "costs": costs,
        "slots": [
            {**slot, "cars": [modes[index % 24]], "battery": {"mode": "hold", "text": "It keeps its energy."}}
            for index, slot in enumerate(slots(now))
        ],
    }
    page.route("**/api/v1/schedule?*", lambda route: route.fulfill(json=scheduled))
    page.evaluate("localStorage.setItem('language', 'de')")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.wait_for_selector("#ahead .band", timeout=20_000)
    cut = "[...document.querySelectorAll('#ahead .tick.end')].filter((one) => one.getBBox().x < 0).length"
    assert page.evaluate(cut) == 0  # no name of a lane sticks out on the left
    german = "0,63 € (Bezug 1,01 €, Einspeisung -0,43 €, Starts und andere Wechsel 0,04 €)."
    assert text(page, "#ahead-cost").replace("\u00a0", " ").endswith(german)
    page.evaluate("localStorage.setItem('language', 'en')")
    page.set_viewport_size({"width": 1200, "height": 1500})
    page.reload()
    page.wait_for_selector("#ahead .band", timeout=20_000)
    assert 36 <= page.locator("#ahead .price, #ahead .cheap").count() <= 37
    assert page.locator("#ahead .price.flat").count() == page.locator("#ahead .price, #ahead .cheap").count()
    cost = "€0.63 (import €1.01, feed-in -€0.43, starts and other changes €0.04)."
    assert text(page, "#ahead-cost").startswith("Expected cost of the schedule until ")
    assert text(page, "#ahead-cost").endswith(cost)
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


@pytest.mark.parametrize(("low_h", "green"), [(0, 0), (1, 1), (6, 6), (12, 12)])
def test_only_prices_below_the_highest_are_green(page: Any, demo_house: DemoHouse, low_h: int, green: int) -> None:
    now = datetime.fromisoformat(demo_house.get("status")["at"])
    ct = [20.0] * low_h + [30.0] * (24 - low_h)
    prices = {"now": now.isoformat(), "import": slots(now, ct=ct)[:24], "feed_in": [], "sources": []}
    for one in prices["import"]:
        one["parts"] = {}
    page.route("**/api/v1/prices?*", lambda route: route.fulfill(json=prices))
    page.reload()
    page.wait_for_selector("#ahead .price", timeout=20_000)
    assert page.locator("#ahead .cheap").count() == green
    assert page.locator("#ahead .price").count() == 24 - green
    assert page.locator("#ahead .flat").count() == (24 if green == 0 else 0)
