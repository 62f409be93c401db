"""Forecasts from the record: persistence, the consumption of the house, and what is measured now."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_day, quarter_hours
from optimizer.model.series import QUARTER_S, Series, Slot, Span, constant
from optimizer.sources.forecast.fading import HOME_FADES_IN_S, after_last_day, following, following_sun
from optimizer.sources.forecast.load import home_forecast
from optimizer.sources.forecast.persistence import persistence

BERLIN = ZoneInfo("Europe/Berlin")
DAY_S = 86_400.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def quarters(start_s: float, end_s: float, power_w: float) -> list[Slot]:
    return [Slot(at_s, at_s + QUARTER_S, power_w) for at_s in quarter_hours(start_s, end_s)]


NOW_S = at("2026-06-21T12:00")


def test_persistence_is_the_mean_of_seven_days_at_the_same_time() -> None:
    noon = [quarters(NOW_S - day * DAY_S, NOW_S - day * DAY_S + 900.0, 1000.0 * day) for day in range(1, 10)]
    found = persistence(Series.of(slot for day in noon for slot in day), NOW_S, Span(NOW_S, NOW_S + 900.0))
    assert found.at(NOW_S) == pytest.approx(4000.0)
    assert found.source == "persistence"


def test_persistence_replaces_a_gap_by_an_older_day_up_to_ten_days() -> None:
    for day, known in ((10, True), (11, False)):
        record = Series.of(quarters(NOW_S - day * DAY_S, NOW_S - day * DAY_S + 900.0, 500.0))
        assert (persistence(record, NOW_S, Span(NOW_S, NOW_S + 900.0)).at(NOW_S) == 500.0) is known


def test_persistence_of_tomorrow_uses_no_time_that_is_yet_to_come() -> None:
    record = Series.of(quarters(NOW_S - DAY_S, NOW_S + DAY_S, 700.0))
    found = persistence(record, NOW_S, Span(NOW_S + DAY_S, NOW_S + 2 * DAY_S))
    assert found.at(NOW_S + 1.5 * DAY_S) == 700.0  # from half a day before now
    assert found.at(NOW_S + DAY_S) == 700.0  # the day before yesterday
    assert persistence(Series(), NOW_S, Span(NOW_S, NOW_S + DAY_S)).slots == ()


def test_consumption_follows_the_weekday_most() -> None:
    slots = []
    for day in range(1, 29):
        start_s = local_day(NOW_S, BERLIN, -day).start_s
        weekday = datetime.fromtimestamp(start_s, BERLIN).weekday()
        power_w = {5: 800.0, 6: 600.0}.get(weekday, 200.0)
        slots += quarters(start_s, local_day(NOW_S, BERLIN, -day).end_s, power_w)
    record = Series.of(slots)
    saturday, monday = (home_forecast(record, NOW_S, local_day(NOW_S, BERLIN, day), BERLIN) for day in (6, 1))
    assert 550.0 < (saturday.slots[40].value) < 800.0
    assert 200.0 < (monday.slots[40].value) < 330.0


def test_consumption_follows_a_change_of_the_last_days() -> None:
    """The heating was switched off ten days ago: tomorrow is closer to the last days than to the weeks before."""
    slots = []
    for day in range(1, 29):
        slots += quarters(*local_day(NOW_S, BERLIN, -day), 300.0 if day <= 10 else 900.0)
    found = home_forecast(Series.of(slots), NOW_S, local_day(NOW_S, BERLIN, 1), BERLIN)
    assert all(300.0 < slot.value < 600.0 for slot in found)
    assert len(found.slots) == 96


def test_consumption_follows_the_local_clock_when_it_changes() -> None:
    now_s, slots = at("2026-10-26T00:00"), []
    for day in range(1, 15):
        six_s = (datetime(2026, 10, 26, 6, tzinfo=BERLIN) - timedelta(days=day)).timestamp()
        slots += quarters(six_s, six_s + 3600.0, 1500.0) + quarters(six_s + 3600.0, six_s + 7200.0, 100.0)
    found = home_forecast(Series.of(slots), now_s, local_day(now_s, BERLIN), BERLIN)
    assert found.at(at("2026-10-26T06:30")) == pytest.approx(1500.0)
    assert found.at(at("2026-10-26T07:30")) == pytest.approx(100.0)


def test_one_day_of_record_is_not_enough_for_a_consumption() -> None:
    record = Series.of(quarters(NOW_S - DAY_S, NOW_S, 300.0))
    assert home_forecast(record, NOW_S, Span(NOW_S, NOW_S + DAY_S), BERLIN).slots == ()


def test_a_difference_of_consumption_fades_out() -> None:
    forecast = Series.of(quarters(NOW_S, NOW_S + 4 * 3600.0, 400.0))
    found = following(forecast, 1400.0, 400.0, NOW_S)
    values = [slot.value for slot in found]
    assert values[0] == 1400.0
    assert values == sorted(values, reverse=True)
    assert found.at(NOW_S + HOME_FADES_IN_S) == 400.0
    assert following(forecast, None, 400.0, NOW_S) == forecast
    assert following(forecast, 0.0, 2000.0, NOW_S).at(NOW_S) == 0.0


def test_a_part_of_the_sun_keeps_the_night_dark_and_is_bounded() -> None:
    forecast = Series.of([*quarters(NOW_S, NOW_S + 3600.0, 1000.0), *quarters(NOW_S + 3600.0, NOW_S + 7200.0, 0.0)])
    found = following_sun(forecast, 500.0, 1000.0, NOW_S, 100.0)
    assert found.at(NOW_S) == 500.0
    assert found.at(NOW_S + 5400.0) == 0.0
    assert following_sun(forecast, 9000.0, 1000.0, NOW_S, 100.0).at(NOW_S) == 2000.0
    assert following_sun(forecast, 500.0, 50.0, NOW_S, 100.0) == forecast


@pytest.mark.parametrize(("last_w", "later_w"), [(100.0, 283.0), (200.0, 283.0), (400.0, 400.0), (900.0, 566.0)])
def test_half_of_the_deviation_of_the_last_day_stays_and_is_bounded(last_w: float, later_w: float) -> None:
    last = Span(NOW_S - DAY_S, NOW_S)
    forecast = Series.of(quarters(last.start_s, NOW_S + DAY_S, 400.0))
    found = after_last_day(forecast, Series.of(quarters(*last, last_w)), last)
    assert found.at(NOW_S + 3600.0) == pytest.approx(later_w, abs=0.5)
    half_known = Series.of(quarters(last.start_s + 12.5 * 3600.0, NOW_S, last_w))
    assert after_last_day(forecast, half_known, last) == forecast
    assert after_last_day(Series(), Series.of(quarters(*last, last_w)), last) == Series()


@given(st.floats(0.0, 1e5), st.floats(0.0, 1e5), st.floats(0.0, 2e4))
def test_what_follows_is_never_negative_and_keeps_its_times(measured: float, expected: float, later: float) -> None:
    forecast = constant(expected, NOW_S, NOW_S + 3600.0).over(constant(later, NOW_S + 3600.0, NOW_S + 9000.0))
    for found in (
        following(forecast, measured, expected, NOW_S),
        following_sun(forecast, measured, expected, NOW_S, 1.0),
    ):
        assert [(slot.start_s, slot.end_s) for slot in found] == [(slot.start_s, slot.end_s) for slot in forecast]
        assert all(slot.value >= 0.0 for slot in found)
