"""Answers of the services: their times, units, nulls, and mistakes."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.series import Span
from optimizer.model.sun import sun_position
from optimizer.sources.forecast.feed import ForecastFeed, Place
from optimizer.sources.forecast.forecast_solar import ForecastSolar
from optimizer.sources.forecast.open_meteo import OpenMeteo
from optimizer.sources.forecast.roof import Roof, Weather, roof_power_w
from optimizer.sources.forecast.solcast import Solcast
from optimizer.sources.port import Answer, SourceError
from tests.sources.forecast.bodies import FIRST, forecast_solar, open_meteo, solcast

PLACE = Place(48.8, 9.2)
SOUTH, WEST = Roof(5000.0, 35.0, 0.0), Roof(4000.0, 15.0, 90.0)
SPAN = Span(0.0, 0.0)
METEO = OpenMeteo(PLACE, (SOUTH, WEST), key="hush key")
SOLAR = ForecastSolar(PLACE, (SOUTH,), key="hush key")
SITES = Solcast(PLACE, ("aaaa-1111", "bbbb-2222"), "hush key")
FEEDS: list[ForecastFeed] = [METEO, SOLAR, SITES]


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_radiation_of_open_meteo_is_of_the_quarter_hour_before_its_time() -> None:
    found = METEO.read([open_meteo()], SPAN)
    assert [(slot.start_s, slot.end_s) for slot in found.power] == [(FIRST - 900, FIRST), (FIRST, FIRST + 900)]
    middle_s = FIRST + 450.0
    sun, weather = sun_position(48.8, 9.2, middle_s), Weather(240.0, 330.0, 100.0, 15.7, 1.3)
    expected = sum(roof_power_w(roof, weather, sun, middle_s) for roof in (SOUTH, WEST))
    assert found.power.at(FIRST) == pytest.approx(expected)
    assert not found.low.slots


def test_a_null_is_a_gap_and_a_negative_radiation_is_zero() -> None:
    negative: list[object] = [-155.9, -0.1, -3.0]
    names = ("shortwave_radiation", "direct_normal_irradiance", "diffuse_radiation")
    found = METEO.read([open_meteo(**dict.fromkeys(names, negative))], SPAN)
    assert [slot.value for slot in found.power] == [0.0, 0.0, 0.0]
    assert METEO.read([open_meteo()], SPAN).power.at(FIRST + 900) is None


def test_an_energy_of_forecast_solar_belongs_to_the_interval_that_ends_at_its_time() -> None:
    found = SOLAR.read([forecast_solar()], SPAN).power
    assert found.at(at("2026-10-24T07:30+00:00")) == pytest.approx(280.0 / 0.8)
    assert found.at(at("2026-10-24T09:00+00:00")) == pytest.approx(1400.0)
    assert found.integral_h(at("2026-10-24T07:12+00:00"), at("2026-10-24T10:00+00:00")) == pytest.approx(2590.0)
    assert found.at(at("2026-10-24T12:00+00:00")) is None


def test_local_times_of_forecast_solar_are_read_in_its_zone() -> None:
    found = SOLAR.read([forecast_solar(offset="")], SPAN).power
    assert found.at(at("2026-10-24T09:00+02:00")) == pytest.approx(1400.0)
    with pytest.raises(SourceError, match="has no offset"):
        SOLAR.read([forecast_solar(offset="", zone="Nowhere/Else")], SPAN)


def test_roofs_of_forecast_solar_add_up_where_all_are_known() -> None:
    two = ForecastSolar(PLACE, (SOUTH, WEST))
    assert len(two.requests(SPAN)) == 2
    assert two.read([forecast_solar(), forecast_solar()], SPAN).power.at(at("2026-10-24T09:00+00:00")) == 2800.0


def test_powers_of_solcast_are_in_kw_and_end_at_their_time() -> None:
    found = SITES.read([solcast(), solcast()], SPAN)
    assert found.power.at(at("2026-12-27T09:00+00:00")) == pytest.approx(3000.0)
    assert found.low.at(at("2026-12-27T09:29+00:00")) == pytest.approx(1200.0)
    assert found.high.at(at("2026-12-27T08:00+00:00")) == pytest.approx(200.0)
    assert found.power.at(at("2026-12-27T08:30+00:00")) is None
    assert len(found.power) == 2


def test_a_plan_of_ten_requests_a_day_is_spread_over_the_day() -> None:
    assert Solcast(PLACE, ("a",), "t").pace_s == 1.6 * 3600.0
    assert SITES.pace_s == 3.2 * 3600.0


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.kind)
@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(200, "<html>Maintenance</html>"), "garbled"),
        (Answer(200, "{}"), "garbled"),
        (Answer(200, "[" * 10_000), "garbled"),
        (Answer(200, ""), "garbled"),
        (Answer(429, ""), "limited"),
        (Answer(401, ""), "unauthorized"),
        (Answer(503, "no"), "refused"),
    ],
)
def test_bad_answers_have_a_kind_and_no_secret(feed: ForecastFeed, answer: Answer, fault: str) -> None:
    with pytest.raises(SourceError) as caught:
        feed.read([answer, answer], SPAN)
    assert caught.value.fault == fault
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"temperature_2m": [15.0, 15.0]}, "differ in length"),
        ({"time": [FIRST, FIRST + 60, FIRST + 120]}, "the step of the times is 60 s"),
        ({"shortwave_radiation": [9000.0, 1.0, 1.0]}, "above 1600"),
        ({"shortwave_radiation": ["much", 1.0, 1.0]}, "not a number"),
        ({"time": ["2026-06-21T05:00", "2026-06-21T05:15", "2026-06-21T05:30"]}, "has no offset"),
    ],
)
def test_mistakes_of_open_meteo_are_named(changes: dict[str, list[object]], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        METEO.read([open_meteo(**changes)], SPAN)


def test_another_unit_is_refused() -> None:
    body = json.loads(open_meteo().text)
    body["minutely_15_units"]["wind_speed_10m"] = "km/h"
    with pytest.raises(SourceError, match="the unit of wind_speed_10m is “km/h” and not m/s"):
        METEO.read([Answer(200, json.dumps(body))], SPAN)


def test_an_error_of_forecast_solar_quotes_its_text_and_not_the_request() -> None:
    body = {"result": None, "message": {"code": 422, "type": "error", "text": "Invalid declination"}}
    with pytest.raises(SourceError, match="status 422: “Invalid declination”"):
        SOLAR.read([Answer(422, json.dumps(body))], SPAN)
    body["message"]["code"] = 9  # type: ignore[index]
    with pytest.raises(SourceError, match="code “9”"):
        SOLAR.read([Answer(200, json.dumps(body))], SPAN)


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.kind)
def test_secrets_are_in_no_text_of_a_feed(feed: ForecastFeed) -> None:
    assert "hush" not in repr(feed)
    assert "hush" not in repr(feed.requests(SPAN))
    assert "hush" not in repr(feed.address)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda s: st.lists(s, max_size=3)))
def test_any_json_is_read_or_refused(value: object) -> None:
    body = {"minutely_15": value, "result": {"watt_hours_period": value}, "forecasts": value}
    for feed in FEEDS:
        answer = Answer(200, json.dumps(body))
        try:
            feed.read([answer, answer], SPAN)
        except SourceError:
            continue
