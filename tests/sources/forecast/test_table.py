"""The forecast of a house: correction, filling, bounds, and the days when clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from optimizer.model.calendar import local_day, quarter_hours
from optimizer.model.series import Series, Slot
from optimizer.model.upcoming import upcoming
from optimizer.sources.forecast.feed import Place, PvForecast
from optimizer.sources.forecast.load import home_forecast
from optimizer.sources.forecast.now import energies_now
from optimizer.sources.forecast.table import ForecastPlan, Record, forecast_table

BERLIN = ZoneInfo("Europe/Berlin")
PLACE = Place(48.8, 9.2)
PLAN = ForecastPlan(BERLIN, PLACE, peak_w=5000.0, most_w=4000.0)
NOW_S = datetime(2026, 6, 21, 12, tzinfo=BERLIN).timestamp()


def days(first: int, count: int, power_w: float, now_s: float = NOW_S) -> Series:
    """A power from 8 to 18 o'clock UTC on some days, and 0 W at night. `first` counts from today."""
    slots = [
        Slot(at_s, at_s + 900.0, power_w if 8 <= at_s % 86_400.0 // 3600.0 < 18 else 0.0)
        for day in range(first, first + count)
        for at_s in quarter_hours(*local_day(now_s, BERLIN, day))
    ]
    return Series.of(slots, unit="W")


def test_a_service_is_corrected_by_its_past_and_has_a_spread_from_its_errors() -> None:
    record = Record(pv=days(-20, 20, 1600.0), forecast=days(-20, 20, 2000.0))
    table = forecast_table(PLAN, PvForecast(days(0, 3, 2000.0)), record, NOW_S)
    noon_s = NOW_S + 86_400.0
    assert table.correction.factors["noon"] == pytest.approx(1.0 - 0.2 * 20 / 23)
    part = table.correction.service_part
    assert part == pytest.approx(1.0 - 17 / 20)  # the days before were right on each of the 17 days that have them
    found_w = table.pv.at(noon_s)
    assert found_w == pytest.approx(part * 2000.0 * table.correction.factors["noon"] + (1.0 - part) * 1600.0)
    assert table.correction.low is not None
    assert table.low.at(noon_s) == pytest.approx(table.correction.low * found_w)
    assert 0.95 < table.correction.low < 1.0
    assert table.uncorrected.at(noon_s) == 2000.0
    plain = forecast_table(
        ForecastPlan(BERLIN, PLACE, 5000.0, 4000.0, corrects=False), PvForecast(days(0, 3, 2000.0)), record, NOW_S
    )
    assert plain.pv.at(noon_s) == 2000.0


def test_no_correction_exceeds_the_inverters() -> None:
    record = Record(pv=days(-20, 20, 4500.0), forecast=days(-20, 20, 3000.0))
    table = forecast_table(PLAN, PvForecast(days(0, 3, 3900.0)), record, NOW_S)
    assert max(slot.value for slot in table.pv) == 4000.0
    assert max(slot.value for slot in table.high) <= 4000.0


def test_low_and_high_of_the_service_are_used_and_corrected() -> None:
    given = PvForecast(days(0, 3, 2000.0), days(0, 3, 500.0), days(0, 3, 3000.0))
    table = forecast_table(PLAN, given, Record(pv=days(-9, 9, 1000.0), forecast=days(-9, 9, 2000.0)), NOW_S)
    factor = table.correction.factors["noon"]
    assert table.low.at(NOW_S) == pytest.approx(500.0 * factor)
    assert table.high.at(NOW_S) == pytest.approx(3000.0 * factor)


def test_a_low_forecast_of_the_service_never_lies_above_the_forecast() -> None:
    given = PvForecast(days(0, 3, 2000.0), days(0, 3, 1900.0), days(0, 3, 2100.0))
    table = forecast_table(PLAN, given, Record(pv=days(-20, 20, 1000.0), forecast=days(-20, 20, 2000.0)), NOW_S)
    assert table.pv.at(NOW_S) < 1100.0
    for low, pv, high in zip(table.low, table.pv, table.high, strict=True):
        assert low.value <= pv.value <= high.value


def test_the_consumption_keeps_half_of_the_change_of_the_last_day() -> None:
    """Guests came yesterday. A ratio of 1.44 stays as 1.2."""
    slots = [
        Slot(at_s, at_s + 900.0, 1440.0 if at_s >= NOW_S - 86_400.0 else 1000.0)
        for at_s in quarter_hours(NOW_S - 15 * 86_400.0, NOW_S)
    ]
    table = forecast_table(PLAN, None, Record(home=Series.of(slots)), NOW_S)
    plain = home_forecast(Series.of(slots), NOW_S, table.span, BERLIN)
    later_s = NOW_S + 20 * 3600.0
    assert table.home.at(later_s) == pytest.approx(1.2 * plain.at(later_s))


def test_the_past_fills_what_the_service_does_not_cover() -> None:
    record = Record(pv=days(-3, 3, 700.0))
    table = forecast_table(PLAN, PvForecast(days(0, 1, 2000.0)), record, NOW_S)
    assert table.pv.at(NOW_S) == 2000.0
    assert table.pv.at(NOW_S + 86_400.0) == 700.0


def test_the_surplus_is_never_negative_and_unknown_where_a_part_is() -> None:
    home = Series.of(Slot(at_s, at_s + 900.0, 400.0) for at_s in quarter_hours(NOW_S - 6 * 86_400.0, NOW_S))
    table = forecast_table(PLAN, PvForecast(days(0, 2, 2000.0)), Record(home=home), NOW_S)
    tomorrow = local_day(NOW_S, BERLIN, 1)
    assert table.surplus.integral_h(*tomorrow) == pytest.approx(10 * 1600.0)
    assert not table.surplus.covers(*local_day(NOW_S, BERLIN, 2))


@pytest.mark.parametrize("month", [3, 10])
def test_days_when_clocks_change_are_covered_without_a_gap(month: int) -> None:
    now_s = datetime(2026, month, 28 if month == 3 else 24, 12, tzinfo=BERLIN).timestamp()
    home = Series.of(Slot(at_s, at_s + 900.0, 400.0) for at_s in quarter_hours(now_s - 20 * 86_400.0, now_s))
    record = Record(pv=days(-5, 5, 900.0, now_s), home=home)
    table = forecast_table(ForecastPlan(BERLIN), None, record, now_s)
    hours = 23 if month == 3 else 25
    found = energies_now(table, [upcoming("tomorrow")], now_s, 0.0, BERLIN).forecast
    assert found.home_wh["tomorrow"].value == pytest.approx(hours * 400.0)
    assert found.pv_wh["tomorrow"].value == pytest.approx(9000.0)


def test_energies_hold_for_a_minute_and_never_beyond_the_end_of_their_time() -> None:
    table = forecast_table(PLAN, PvForecast(days(0, 3, 2000.0)), Record(), NOW_S)
    asked = [upcoming("until 18:00"), upcoming("tomorrow")]
    evening_s, midnight_s = NOW_S + 6 * 3600.0, local_day(NOW_S, BERLIN).end_s
    for at_s, until_s in (
        (NOW_S, NOW_S + 60.0),
        (evening_s - 10.0, evening_s),
        (midnight_s - 10.0, midnight_s),
    ):
        assert energies_now(table, asked, at_s, 0.0, BERLIN).until_s == until_s
    before, after = (energies_now(table, asked, evening_s + shift_s, 0.0, BERLIN).forecast for shift_s in (-10.0, 0.0))
    assert (before.pv_wh["until 18:00"].value or 0.0) < 10.0 < (after.pv_wh["until 18:00"].value or 0.0)
