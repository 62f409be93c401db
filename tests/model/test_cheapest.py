"""The cheapest hours of a window: how rules write them, and which instants the window has."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_time
from optimizer.model.cheapest import CheapestHours, cheapest_hours
from optimizer.model.fields import DeviceNames, find_field

BERLIN = ZoneInfo("Europe/Berlin")
H = 3600.0


def at(*moment: int) -> float:
    return datetime(*moment, tzinfo=BERLIN).timestamp()  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "hours", "shown"),
    [
        ("cheapest(3h)", CheapestHours(3 * H), "3h"),
        ("cheapest( 90 min , until 7:00 )", CheapestHours(1.5 * H, None, 7 * H), "1.5h, until 07:00"),
        ("cheapest(3h,22:00 to 07:00)", CheapestHours(3 * H, 22 * H, 7 * H), "3h, 22:00 to 07:00"),
    ],
)
def test_each_form_has_one_notation(text: str, hours: CheapestHours, shown: str) -> None:
    assert cheapest_hours(text) == hours
    assert hours.text == shown
    assert cheapest_hours(f"cheapest({shown})") == hours


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cheapest()", "write cheapest\\(3h\\)"),
        ("cheapest(3)", "write cheapest"),
        ("cheapest(3h, 07:00)", "write cheapest"),
        ("cheapest(5min)", "from 15min to 24h"),
        ("cheapest(25h)", "from 15min to 24h"),
        ("cheapest(3h, until 24:00)", "24:00 is not a time"),
        ("cheapest(3h, until 7:61)", "7:61 is not a time"),
    ],
)
def test_other_forms_are_mistakes(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cheapest_hours(text)
    assert find_field(text, DeviceNames()) is None


def test_until_has_the_day_before_the_next_time() -> None:
    until = cheapest_hours("cheapest(3h, until 07:00)")
    for now in (at(2026, 11, 28, 7), at(2026, 11, 28, 12), at(2026, 11, 29, 6, 59, 59)):
        assert until.window(now, BERLIN) == (at(2026, 11, 28, 7), at(2026, 11, 29, 7))


def test_a_window_over_midnight_is_none_outside() -> None:
    night = cheapest_hours("cheapest(3h, 22:00 to 07:00)")
    assert night.window(at(2026, 11, 28, 21, 59), BERLIN) is None
    assert night.window(at(2026, 11, 28, 22), BERLIN) == night.window(at(2026, 11, 29, 6, 59), BERLIN)
    assert night.window(at(2026, 11, 29, 7), BERLIN) is None
    day = cheapest_hours("cheapest(3h, 08:00 to 18:00)")
    assert day.window(at(2026, 11, 28, 9), BERLIN) == (at(2026, 11, 28, 8), at(2026, 11, 28, 18))


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 8.0), (10, 25, 10.0), (6, 1, 9.0)])
def test_a_night_when_clocks_change_is_an_hour_shorter_or_longer(month: int, day: int, hours: float) -> None:
    span = cheapest_hours("cheapest(3h, 22:00 to 07:00)").window(at(2026, month, day, 5), BERLIN)
    assert span is not None
    assert span.end_s - span.start_s == hours * H


@given(st.integers(1_790_000_000, 1_830_000_000).map(float), st.integers(0, 95), st.integers(0, 95))
def test_a_window_contains_its_instant_and_follows_the_local_clock(now: float, start: int, end: int) -> None:
    hours = CheapestHours(H, start * 900.0, end * 900.0)
    span = hours.window(now, BERLIN)
    if span is None:
        return
    assert span.start_s <= now < span.end_s
    assert span.end_s - span.start_s <= 25 * H
    local = local_time(span.end_s, BERLIN)
    assert (local.hour * 4 + local.minute // 15) in (end, (end + 4) % 96)  # a skipped hour shows the next one


def test_a_field_is_named_by_its_window() -> None:
    ref = find_field("cheapest( 3 h, until 7:00)", DeviceNames())
    assert ref is not None
    assert ref.name == "cheapest(3h, until 07:00)"
