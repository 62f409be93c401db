"""The forecasts of a simulated house: from the past of the study, and never from its future."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.model.series import Series as Values
from optimizer.model.series import Slot
from optimizer.model.state import Forecast
from optimizer.model.upcoming import upcoming
from optimizer.study.house.forecasts import PERSISTENCE, Forecasting, HouseForecasts
from optimizer.study.input.series import Series
from tests.examples import one_in
from tests.study.scene import ZONE, sunny

FIRST = datetime(2025, 6, 2, tzinfo=ZONE).astimezone(UTC)
ASKED = (upcoming("today"), upcoming("tomorrow"))


def forecasts(series: Series, given: Forecasting | None = None) -> HouseForecasts:
    return HouseForecasts(series, given or Forecasting(), ZONE, ASKED)


def at(found: HouseForecasts, time: datetime) -> Forecast:
    return found(time.timestamp(), 0.0, 10.0)


def test_persistence_knows_the_day_after_one_day() -> None:
    found = forecasts(sunny(72.0, start=FIRST, peak_w=5000.0, load_w=400.0))
    assert not at(found, FIRST + timedelta(hours=6)).pv_wh["today"].known
    second = at(found, FIRST + timedelta(hours=48))
    assert second.pv_wh["today"].value == pytest.approx(5000.0 * 24.0 / 3.1416, rel=0.02)
    assert second.home_wh["today"].value == pytest.approx(9600.0, rel=0.01)
    lacks, note = found.notes()[-1], found.notes()[0]
    assert note == PERSISTENCE
    assert "forecast that the rules ask for was unknown" in lacks


def test_a_file_of_forecasts_replaces_persistence() -> None:
    start_s = FIRST.timestamp()
    given = Forecasting(power=Values.of([Slot(start_s, start_s + 3 * 86_400.0, 1000.0)], unit="W"))
    found = forecasts(sunny(24.0, start=FIRST, peak_w=0.0), given)
    assert at(found, FIRST).pv_wh["tomorrow"].value == pytest.approx(24_000.0)
    assert PERSISTENCE not in found.notes()


def test_without_a_rule_that_asks_nothing_is_calculated() -> None:
    found = HouseForecasts(sunny(24.0), Forecasting(), ZONE, ())
    assert at(found, FIRST).pv_wh == {}
    assert found.notes() == ()


@settings(max_examples=one_in(6))
@given(hour=st.integers(1, 47), other=st.floats(0.0, 9000.0))
def test_no_forecast_depends_on_what_comes_later(hour: int, other: float) -> None:
    now = FIRST + timedelta(hours=hour)
    usual = sunny(72.0, start=FIRST)
    rows = hour * 60
    changed = Series(
        usual.name,
        usual.start,
        usual.step_s,
        usual.pv_w[:rows] + array("d", [other] * (len(usual.pv_w) - rows)),
        usual.load_w[:rows] + array("d", [other] * (len(usual.load_w) - rows)),
    )
    assert at(forecasts(usual), now) == at(forecasts(changed), now)
