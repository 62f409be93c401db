"""Whatever a forecast service answers: a forecast, or a message."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.series import Span
from optimizer.sources.forecast.feed import MOST_W, ForecastFeed
from optimizer.sources.port import Answer, SourceError
from tests.hostile_json import assert_is_a_message, body, changed
from tests.sources.forecast.bodies import FIRST, forecast_solar, open_meteo, solcast
from tests.sources.forecast.test_formats import METEO, SITES, SOLAR

SPAN = Span(FIRST - 86_400.0, FIRST + 2 * 86_400.0)
ANSWERS = ((METEO, open_meteo()), (SOLAR, forecast_solar()), (SOLAR, forecast_solar(offset="")), (SITES, solcast()))


@pytest.mark.parametrize(("feed", "answer"), ANSWERS, ids=["Open-Meteo", "forecast.solar", "local times", "Solcast"])
@given(data=st.data())
def test_an_answer_gives_a_forecast_or_a_message(feed: ForecastFeed, answer: Answer, data: st.DataObject) -> None:
    """A whole number of 400 digits, and a temperature of 1e308 degrees, ended in an OverflowError."""
    text = body(data.draw(changed(json.loads(answer.text))))
    try:
        found = feed.read([Answer(200, text)] * len(feed.requests(SPAN)), SPAN)
    except SourceError as error:
        assert_is_a_message(error.message)
        return
    for series in (found.power, found.low, found.high):
        assert all(0.0 <= slot.value <= MOST_W * 9 for slot in series)


def test_one_instant_with_two_offsets_is_refused() -> None:
    """The time between its two values, which the energy is divided by, is zero."""
    text = forecast_solar().text.replace("08:00:00+00:00", "09:12:00+02:00")
    with pytest.raises(SourceError, match="two values for one time"):
        SOLAR.read([Answer(200, text)], SPAN)


@pytest.mark.parametrize("year", ["0001", "1999", "9999"])
def test_a_local_time_of_another_century_is_refused(year: str) -> None:
    text = forecast_solar(offset="").text.replace("2026-10-25", f"{year}-10-25")
    with pytest.raises(SourceError, match="not a time from 2000 to 2100"):
        SOLAR.read([Answer(200, text)], SPAN)
