"""The learned correction: bounded, and robust against snow, outages, and wrong days."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.model.series import QUARTER_S, Series, Slot
from optimizer.sources.forecast.correction import (
    LARGEST_FACTOR,
    LEAST_FACTOR,
    PARTS,
    USUAL_DAY_ERROR,
    USUAL_ERROR,
    corrected,
    joined,
    learn,
    part_of_day,
)
from optimizer.sources.forecast.feed import Place
from tests.examples import one_in

BERLIN = ZoneInfo("Europe/Berlin")
PLACE = Place(48.8, 9.2)
DAY_S = 86_400.0
START_S = datetime(2026, 6, 1, tzinfo=BERLIN).timestamp()
PEAK_W = 5000.0


def days(ratios: list[float], afternoon: float = 1.0) -> tuple[Series, Series]:
    """A forecast of 2 kW from 6 to 20 o'clock, and what came by the ratio of each day."""
    forecast, measured = [], []
    for day, ratio in enumerate(ratios):
        for quarter in range(24, 80):
            start_s = START_S + day * DAY_S + quarter * QUARTER_S
            part = part_of_day(PLACE, start_s + QUARTER_S / 2.0)
            factor = ratio * (afternoon if part == "afternoon" else 1.0)
            forecast.append(Slot(start_s, start_s + QUARTER_S, 2000.0))
            measured.append(Slot(start_s, start_s + QUARTER_S, 2000.0 * factor))
    return Series.of(forecast), Series.of(measured)


def after(count: int) -> float:
    return START_S + count * DAY_S + 3600.0


def test_a_shaded_afternoon_is_corrected_in_the_afternoon_only() -> None:
    forecast, measured = days([1.0] * 21, afternoon=0.6)
    found = learn(forecast, measured, PEAK_W, PLACE, after(21), BERLIN)
    assert found.factors["morning"] == found.factors["noon"] == pytest.approx(1.0)
    assert found.factors["afternoon"] == pytest.approx(0.65, abs=0.02)
    tomorrow = Series.of(
        slot._replace(start_s=slot.start_s + 21 * DAY_S, end_s=slot.end_s + 21 * DAY_S) for slot in days([1.0])[0]
    )
    improved = corrected(tomorrow, found, PLACE, 1900.0)
    assert max(slot.value for slot in improved) == 1900.0
    assert improved.slots[-1].value == pytest.approx(2000.0 * found.factors["afternoon"])


def test_few_days_change_little() -> None:
    factors = [
        learn(*days([0.6] * count), PEAK_W, PLACE, after(count), BERLIN).factors["noon"] for count in (1, 3, 10, 25)
    ]
    assert factors == sorted(factors, reverse=True)
    assert factors[0] == pytest.approx(0.9)
    assert factors[-1] < 0.66


def test_snow_and_outages_change_nothing_and_are_told() -> None:
    found = learn(*days([1.0] * 10 + [0.02, 0.0]), PEAK_W, PLACE, after(12), BERLIN)
    assert found.factors["noon"] == pytest.approx(1.0)
    assert found.days == 10
    assert found.doubt == "two days gave at most 2 % of their forecast: snow, new shade, or a fault of the PV system"
    again = learn(*days([1.0] * 10 + [0.02, 0.0, 0.9]), PEAK_W, PLACE, after(13), BERLIN)
    assert again.doubt == ""


def test_a_spread_needs_a_week_and_comes_from_the_errors() -> None:
    ratios = [0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.0, 1.0]
    assert learn(*days(ratios[:6]), PEAK_W, PLACE, after(6), BERLIN).low is None
    found = learn(*days(ratios), PEAK_W, PLACE, after(11), BERLIN)
    assert found.low is not None and found.high is not None
    assert 0.7 <= found.low < 0.8
    assert 1.2 < found.high < 1.4


def test_a_forecast_counts_by_its_errors() -> None:
    """A service that is always right counts alone. One that says nothing of the weather counts less than the past."""
    weather = [0.4, 1.6, 0.8, 1.2] * 6
    forecast, measured = days(weather)
    said = Series.of(Slot(*slot[:2], 1.05 * slot.value) for slot in measured)
    assert learn(said, measured, PEAK_W, PLACE, after(24), BERLIN).service_part > 0.95
    wrong = Series.of(
        Slot(*slot[:2], slot.value * (1.6 if place // 56 % 4 < 2 else 0.4)) for place, slot in enumerate(forecast)
    )
    part = learn(wrong, measured, PEAK_W, PLACE, after(24), BERLIN).service_part
    assert 0.0 < part < 0.4
    assert learn(wrong.within(0.0, after(3)), measured, PEAK_W, PLACE, after(3), BERLIN).service_part == 1.0


@settings(max_examples=one_in(3))
@given(st.lists(st.tuples(st.floats(0.3, 3.0), st.floats(0.3, 3.0)), min_size=12, max_size=24))
def test_two_forecasts_together_are_not_worse_than_the_worse_one(errors: list[tuple[float, float]]) -> None:
    """On the days from which the part is learned, their squared error is never above that of the worse."""
    measured = Series.of(
        Slot(*slot[:2], slot.value * errors[place // 56][0]) for place, slot in enumerate(days([1.0] * len(errors))[0])
    )
    forecast = Series.of(Slot(*slot[:2], slot.value * errors[place // 56][1]) for place, slot in enumerate(measured))
    part = learn(forecast, measured, PEAK_W, None, after(len(errors)), BERLIN).service_part
    assert 0.0 <= part <= 1.0
    came = [ratio for ratio, _ in errors]
    service, other, both = 0.0, 0.0, 0.0
    for day in range(3, len(errors)):
        before = sum(came[max(0, day - 7) : day]) / min(day, 7)
        one, two = came[day] * (errors[day][1] - 1.0), before - came[day]
        service, other, both = service + one**2, other + two**2, both + (part * one + (1.0 - part) * two) ** 2
    assert both <= max(service, other) * 1.0001


def test_joined_is_bounded_and_the_service_alone_where_only_it_is_known() -> None:
    service, before = days([1.0, 1.0])[0], days([0.5])[1]
    found = joined(service, before, 0.25, 2000.0)
    assert found.slots[0].value == pytest.approx(0.25 * 2000.0 + 0.75 * 1000.0)
    assert found.slots[-1].value == 2000.0
    assert joined(service, before, 0.25, 900.0).slots[0].value == 900.0
    assert joined(service, before, 1.0, 900.0) == service


def wavering(count: int, part: float) -> tuple[Series, Series]:
    """Days on which the quarter hours are lower and higher than forecast by this part in turns."""
    forecast, measured = days([1.0] * count)
    signs = (slot._replace(value=slot.value * (1.0 + part * (-1) ** place)) for place, slot in enumerate(measured))
    return forecast, Series.of(signs)


@given(st.floats(0.0, 1.0))
def test_the_error_of_a_quarter_hour_is_learned(part: float) -> None:
    assert learn(*wavering(27, part), PEAK_W, PLACE, after(27), BERLIN).error == pytest.approx(
        0.9 * part + 0.1 * USUAL_ERROR, abs=0.01
    )


def test_the_error_of_few_days_is_close_to_the_usual_one() -> None:
    errors = [learn(*wavering(count, 0.1), PEAK_W, PLACE, after(count), BERLIN).error for count in (0, 1, 3, 27)]
    assert errors == pytest.approx([0.5, 0.4, 0.3, 0.14], abs=0.001)


@given(st.floats(0.0, 1.0))
def test_the_error_of_a_day_is_that_of_its_energy(part: float) -> None:
    """Quarter hours that are lower and higher in turns leave the energy of the day as it was forecast."""
    found = learn(*wavering(27, part), PEAK_W, PLACE, after(27), BERLIN)
    assert found.day_error == pytest.approx(0.1 * USUAL_DAY_ERROR, abs=0.01)
    forecast, measured = days([1.0 + part * (-1) ** day for day in range(28)])
    found = learn(forecast, measured, PEAK_W, PLACE, after(28), BERLIN)
    assert 0.0 <= found.day_error <= 1.0
    if 0.1 <= part <= 0.7:  # the mean of the days before is near the forecast, so it makes the error smaller
        assert 0.4 * part < found.day_error - 0.1 * USUAL_DAY_ERROR < 1.1 * part


def test_a_shaded_afternoon_is_no_error_once_it_is_corrected() -> None:
    certain, shaded = (
        learn(*days([1.0] * 21, afternoon=part), PEAK_W, PLACE, after(21), BERLIN).error for part in (1.0, 0.6)
    )
    assert certain <= shaded < certain + 0.05


@given(st.lists(st.floats(0.0, 50.0), max_size=10))
def test_an_error_is_a_part_of_the_forecast(ratios: list[float]) -> None:
    assert 0.0 <= learn(*days(ratios), PEAK_W, PLACE, after(len(ratios)), BERLIN).error <= 1.0


def test_the_day_of_today_and_low_powers_do_not_count() -> None:
    assert learn(*days([0.5]), PEAK_W, PLACE, START_S + 15 * 3600.0, BERLIN).days == 0
    assert learn(*days([0.5] * 9), 100_000.0, PLACE, after(9), BERLIN).days == 0
    assert learn(Series(), Series(), PEAK_W, PLACE, after(1), BERLIN).factors == {}


def test_without_a_place_there_is_a_spread_and_no_factor() -> None:
    found = learn(*days([0.8] * 8), PEAK_W, None, after(8), BERLIN)
    assert found.factors == {}
    assert found.low == pytest.approx(0.8)


@settings(max_examples=one_in(3))
@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=12))
def test_factors_are_bounded_whatever_comes(ratios: list[float]) -> None:
    found = learn(*days(ratios), PEAK_W, PLACE, after(len(ratios)), BERLIN)
    assert all(LEAST_FACTOR <= factor <= LARGEST_FACTOR for factor in found.factors.values())


@settings(max_examples=one_in(3))
@given(st.lists(st.floats(0.0, 50.0), min_size=4, max_size=4), st.permutations(range(9)))
def test_fewer_than_half_of_the_days_cannot_move_a_factor_beyond_the_others(
    wrong: list[float], order: list[int]
) -> None:
    ratios = [*wrong, 0.9, 0.9, 0.9, 0.9, 0.9]
    found = learn(*days([ratios[index] for index in order]), PEAK_W, PLACE, after(9), BERLIN)
    for part in PARTS:
        assert found.factors[part] == pytest.approx(0.93, abs=0.011)
