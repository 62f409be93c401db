"""The past on the page: energy and money in bars, and the sessions of a month."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.e2e.in_browser import browser, page, pytestmark, text

__all__ = ["browser", "page", "pytestmark"]


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
    "charger": "carport", "vehicle": "van", "source": "", "unknown_wh": 0.0, "sun_wh": 16_900.0,
    "start": "2025-06-02T08:12:00+00:00", "end": "2025-06-02T15:40:00+00:00",
    "energy_wh": 18_400.0, "surplus_wh": 16_100.0, "battery_wh": 800.0, "grid_wh": 1500.0, "sun_percent": 91.8,
    "grid_cost_ct": 45.0, "lost_feed_in_ct": 135.2, "cost_ct": 180.2, "unpriced_wh": 0.0, "unaccounted_s": 0.0,
    "meter_start_wh": 1_000_000.0, "meter_end_wh": 1_018_500.0, "mode_s": {"surplus": 26_880.0},
    "saved_ct": 312.0, "goal": "80%", "goal_met": True, "goal_result": "met", "goal_missing_wh": 0.0,
    "goal_missing_percent": 0.0,
}  # fmt: skip
UNPRICED = {
    "cost_ct": 0.0,
    "unpriced_wh": 18_400.0,
    "saved_ct": None,
    "goal": "",
    "goal_met": None,
    "goal_result": "none",
    "goal_missing_wh": None,
    "goal_missing_percent": None,
}
NO_METER = {"meter_start_wh": None, "meter_end_wh": None}


@pytest.fixture
def lived(page: Any) -> Any:
    """The page of a house that has some days and some visits behind it."""
    days = [a_period("2025-06-02"), a_period("2025-06-03", unpriced_wh=11_000.0, import_ct=None)]
    energy = {"by": "day", "of": "2025-06", "today": "2025-06-14", "currency": "EUR", "periods": days}
    month = {"month": "2025-06", "sessions": 2, "energy_wh": 36_800.0, "surplus_wh": 32_200.0, "battery_wh": 1600.0,
             "grid_wh": 3000.0, "sun_percent": 91.8, "cost_ct": 180.2, "unpriced_wh": 18_400.0, "saved_ct": 312.0,
             "saved_sessions": 1, "own_sessions": 2, "sun_wh": 33_800.0, "unknown_wh": 0.0}  # fmt: skip
    page.route(re.compile(r"/api/v1/energy\?by=day"), lambda route: route.fulfill(json=energy))
    page.route("**/api/v1/sessions/months?*", lambda route: route.fulfill(json=[month]))
    here = {**VISIT, "start": "2025-06-05T08:00:00+00:00", "end": None, **UNPRICED, **NO_METER}
    visits = [VISIT, {**here, "unaccounted_s": 900.0}]
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


@pytest.mark.parametrize("exported_wh", [0.0, 3000.0])
def test_the_zero_of_the_axis_has_no_sign(page: Any, exported_wh: float) -> None:
    day = a_period("2025-06-02", export_wh=exported_wh)
    energy = {"by": "day", "of": "2025-06", "today": "2025-06-14", "currency": "EUR", "periods": [day]}
    page.route(re.compile(r"/api/v1/energy\?by=day"), lambda route: route.fulfill(json=energy))
    page.reload()
    page.wait_for_selector("#bars .tick.end")
    ticks = page.locator("#bars .tick.end").all_text_contents()
    assert [one for one in ticks if re.fullmatch(r"\D*0(\.0+)?", one)] in (["0"], ["0.0"])


def test_the_sums_say_what_is_saved_and_what_is_not_known(lived: Any) -> None:
    sums = text(lived, "#sums")
    assert "Saved against charging at once€3.12Sessions: 2, known for 1 of 2" in sums
    assert "11.0 kWh without a known price is not in it" in sums
    assert "without us, each car would charge with full power" in text(lived, "main")


def test_sessions_are_listed_with_their_sum_and_downloaded(lived: Any) -> None:
    now, done, total = lived.locator("#sessions tbody tr").all_inner_texts()
    assert "still here" in now and now.count("?") == 2  # neither its cost nor its meter is known
    assert "without 15 min of unknown readings" in now and "unknown readings" not in done
    assert all(
        part in done for part in ("van", "18.4 kWh", "92 %", "€1.80", "€3.12", "80%", "reached", "1,000.0 → 1,018.5")
    )
    assert "June 2025" in total and "36.8 kWh" in total and "€1.80" in total
    with lived.expect_download() as download:
        lived.click("#csv")
    assert download.value.suggested_filename == "sessions-2025-06.csv"
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("charger,vehicle,start,end")


def test_imported_sessions_tell_their_source_and_what_they_do_not_know(page: Any) -> None:
    month = {"month": "2023-06", "sessions": 2, "own_sessions": 0, "energy_wh": 20_000.0, "surplus_wh": 0.0,
             "battery_wh": 0.0, "grid_wh": 4000.0, "sun_wh": 6000.0, "unknown_wh": 10_000.0, "sun_percent": 60.0,
             "cost_ct": 200.0, "unpriced_wh": 10_000.0, "saved_ct": None, "saved_sessions": 0}  # fmt: skip
    known = {**VISIT, "source": "evcc", "energy_wh": 10_000.0, "surplus_wh": None, "battery_wh": None,
             "grid_wh": 4000.0, "sun_wh": 6000.0, "sun_percent": 60.0, "cost_ct": 200.0, "saved_ct": None}  # fmt: skip
    unknown = {**known, "grid_wh": None, "sun_wh": None, "unknown_wh": 10_000.0, "sun_percent": None, "cost_ct": None,
               "unpriced_wh": 10_000.0}  # fmt: skip
    page.route("**/api/v1/sessions/months?*", lambda route: route.fulfill(json=[month]))
    page.route(
        re.compile(r"/api/v1/sessions\?month=2023-06&language"), lambda route: route.fulfill(json=[known, unknown])
    )
    page.reload()
    page.wait_for_selector("#sessions tbody tr", timeout=20_000)
    second, first, total = page.locator("#sessions tbody tr").all_inner_texts()
    assert "van, from evcc" in first and "PV and battery 6.00 kWh, grid 4.00 kWh" in first
    assert "10.0 kWh of unknown origin" in second and "grid" not in second
    assert "PV and battery 6.00 kWh, grid 4.00 kWh, 10.0 kWh of unknown origin" in total


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
