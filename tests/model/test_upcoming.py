"""Times from now on: their forms, their borders, and the days when clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from optimizer.model.calls import call_of, mistake_in
from optimizer.model.upcoming import upcoming

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("text", "now", "start", "end"),
    [
        ("today", "2026-06-21T13:05", "2026-06-21T13:05", "2026-06-22T00:00"),
        ("tomorrow", "2026-10-24T13:05", "2026-10-25T00:00", "2026-10-26T00:00"),
        ("until 18:00", "2026-06-21T13:05", "2026-06-21T13:05", "2026-06-21T18:00"),
        ("until 18:00", "2026-06-21T18:00", "2026-06-21T18:00", "2026-06-22T18:00"),
        ("until 7:00", "2026-06-21T22:00", "2026-06-21T22:00", "2026-06-22T07:00"),
        ("6h", "2026-06-21T13:05", "2026-06-21T13:05", "2026-06-21T19:05"),
    ],
)
def test_times(text: str, now: str, start: str, end: str) -> None:
    assert upcoming(text).span(at(now), BERLIN) == (at(start), at(end))


def test_a_day_when_clocks_change_has_23_or_25_hours() -> None:
    for now, hours in (("2026-03-28T12:00", 23), ("2026-10-24T12:00", 25)):
        span = upcoming("tomorrow").span(at(now), BERLIN)
        assert span.end_s - span.start_s == hours * 3600.0


@pytest.mark.parametrize("text", ["today", "tomorrow", "until 07:00", "6h", "15min", "48h"])
def test_one_notation(text: str) -> None:
    assert upcoming(f" {text} ").text == text
    assert upcoming(upcoming(text).text) == upcoming(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pv.forecast_wh(never)", "“never” is not a time from now on; write pv.forecast_wh with (today)"),
        ("pv.forecast_wh(until 25:00)", "25:00 is not a time of day"),
        ("price.lowest(49h)", "has 15min to 48h"),
        ("surplus.forecast_wh", "surplus.forecast_wh needs a time: (today), (tomorrow), (until 18:00), or (6h)"),
        ("cheapest(3)", "write cheapest(3h)"),
    ],
)
def test_mistakes_say_what_to_write(text: str, words: str) -> None:
    assert words in mistake_in(text)


def test_calls_have_a_name_and_an_argument_in_one_notation() -> None:
    assert call_of("price.lowest( until 7:00 )") == ("price.lowest", "until 07:00")
    assert call_of("cheapest(90min,until 7:00)") == ("cheapest", "1.5h, until 07:00")
    assert call_of("grid.power_w(today)") is None
    assert mistake_in("grid.power_w") == ""
