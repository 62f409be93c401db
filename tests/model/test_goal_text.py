"""Goals as people write them, and the advice for what is no goal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.model.goal_text import aim_of, days_and_clock, goal_of, ready_of, ready_text, time_text, until_of
from optimizer.model.goals import Aim, GoalError

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


FORMS = ("{d}.{m}.", "{d:02}.{m:02}.", "{d}.{m}.{y}", "{d:02}.{m:02}.{y}", "{y}-{m:02}-{d:02}")
"""A date of day, month, and year."""
NOW_S = at("2026-11-28 18:00")  # a Saturday


@pytest.mark.parametrize(
    ("text", "aim", "ready"),
    [
        ("80% tomorrow 06:30", Aim(soc_percent=80.0), "2026-11-29 06:30"),
        ("12kWh 07:00", Aim(energy_wh=12_000.0), "2026-11-29 07:00"),
        ("12 kWh by 19:00", Aim(energy_wh=12_000.0), "2026-11-28 19:00"),
        ("500Wh today 22:00", Aim(energy_wh=500.0), "2026-11-28 22:00"),
        ("55.5% mon 7:05", Aim(soc_percent=55.5), "2026-11-30 07:05"),
        ("80% saturday 17:00", Aim(soc_percent=80.0), "2026-12-05 17:00"),
        ("80% 2026-12-01 06:30", Aim(soc_percent=80.0), "2026-12-01 06:30"),
        ("80% morgen 06:30", Aim(soc_percent=80.0), "2026-11-29 06:30"),
        ("12,5 kWh bis heute 22:00", Aim(energy_wh=12_500.0), "2026-11-28 22:00"),
        ("80% übermorgen 07:00", Aim(soc_percent=80.0), "2026-11-30 07:00"),
        ("80% um 19:00", Aim(soc_percent=80.0), "2026-11-28 19:00"),
        ("80% Mo 07:00", Aim(soc_percent=80.0), "2026-11-30 07:00"),
        ("80% Sonnabend 17:00", Aim(soc_percent=80.0), "2026-12-05 17:00"),
        ("80% 1.12. 06:30", Aim(soc_percent=80.0), "2026-12-01 06:30"),
        ("80% 01.12.2026 06:30", Aim(soc_percent=80.0), "2026-12-01 06:30"),
        ("80% 1.12.26 06:30", Aim(soc_percent=80.0), "2026-12-01 06:30"),
        ("80% 28.11. 19:00", Aim(soc_percent=80.0), "2026-11-28 19:00"),
        ("80% 2026-11-29T06:30+01:00", Aim(soc_percent=80.0), "2026-11-29 06:30"),
    ],
)
def test_a_goal_with_its_time(text: str, aim: Aim, ready: str) -> None:
    assert goal_of(text, NOW_S, BERLIN) == (aim, at(ready))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("80%", "“80%” is not a goal with a time. Write 80% tomorrow 06:30, or 12kWh 07:00"),
        ("", "is not a goal with a time"),
        ("80 tomorrow 06:30", "“80 tomorrow” is not a goal. Write 80%"),
        ("80km tomorrow 06:30", "“80km” is not a goal. Write 80% (state of charge) or 12kWh (energy)"),
        ("120% 07:00", "a state of charge is from 1% to 100%, not 120%"),
        ("0kWh 07:00", "an energy is from 0.1kWh to 300kWh, not 0kWh"),
        ("80% soon", "“soon” is not a time. Write 07:00, today 22:00, tomorrow 06:30, sat 09:00, or 2026-12-24 06:30"),
        ("80% 25:00", "“25:00” is not a time"),
        ("80% today 17:00", "17:00 has passed. Choose a later time"),
        ("80% 2026-11-27 06:30", "Fri 06:30 has passed. Choose a later time"),
        ("80% 2026-12-24 06:30", "2026-12-24 06:30 is more than 7 days ahead"),
        ("80% 2026-02-31 06:30", "is not a time"),
        ("80% 31.02. 06:30", "is not a time"),
        ("80% 1.13.2026 06:30", "is not a time"),
        ("80% 28.11. 17:00", "2027-11-28 17:00 is more than 7 days ahead. For a goal that repeats"),
        (
            "80% 2125-12-24 06:30",
            "ahead, and even more than a year. Check the year",
        ),
        ("80% 24.12.2125 06:30", "2125-12-24 06:30 is more than 7 days ahead, and even more than a year"),
        ("80% 9999-12-31 23:59", "is more than 7 days ahead"),
    ],
)
def test_a_mistake_is_named_with_what_is_possible(text: str, says: str) -> None:
    with pytest.raises(GoalError) as caught:
        goal_of(text, NOW_S, BERLIN)
    assert says in str(caught.value)


@given(st.text(max_size=120))
@example("\x1b[31m 07:00")
@example("80%\n07:00")
def test_any_text_is_a_goal_or_a_mistake(text: str) -> None:
    for read in (lambda: goal_of(text, NOW_S, BERLIN), lambda: days_and_clock(text), lambda: aim_of(text)):
        try:
            read()
        except GoalError as error:
            assert len(str(error)) < 400
            assert str(error).isprintable()


@given(
    st.builds("{}{}".format, st.datetimes().map(datetime.isoformat), st.sampled_from(["", "Z", "+14:00", "-12:00"]))
    | st.dates().map(str)
)
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:59-12:00")
@example("9999-12-31")
@pytest.mark.parametrize("read", [ready_of, until_of])
def test_any_time_of_any_calendar_is_one_or_a_mistake(read: Callable[[str, float, ZoneInfo], float], text: str) -> None:
    """In another zone, an instant may lie before the year 1 or after 9999."""
    try:
        assert read(text, NOW_S, BERLIN) > NOW_S
    except GoalError as error:
        assert str(error)


@given(st.integers(0, 6 * 24 * 60))
def test_a_time_that_is_printed_is_read_as_the_same(minutes: int) -> None:
    ready_s = NOW_S + 60.0 * (minutes + 1)
    text = datetime.fromtimestamp(ready_s, BERLIN).strftime("%Y-%m-%d %H:%M")
    assert ready_of(text, NOW_S, BERLIN) == ready_s


@pytest.mark.parametrize(
    ("text", "days", "clock_s", "shown"),
    [
        ("07:00", range(7), 25_200.0, "daily 07:00"),
        ("daily 7:30", range(7), 27_000.0, "daily 07:30"),
        ("mon-fri 07:00", range(5), 25_200.0, "mon-fri 07:00"),
        ("mon..fri 07:00", range(5), 25_200.0, "mon-fri 07:00"),
        ("Sat,Sun 09:00", (5, 6), 32_400.0, "sat,sun 09:00"),
        ("mon, wed - fri 07:00", (0, 2, 3, 4), 25_200.0, "mon,wed-fri 07:00"),
        ("sat-mon 09:00", (5, 6, 0), 32_400.0, "mon,sat,sun 09:00"),
    ],
)
def test_weekdays_and_a_time(text: str, days: list[int], clock_s: float, shown: str) -> None:
    assert days_and_clock(text) == (frozenset(days), clock_s)
    assert ready_text(frozenset(days), clock_s) == shown
    assert days_and_clock(shown) == (frozenset(days), clock_s)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mon-fri", "has no time of day at its end. Write 07:00, mon-fri 07:00, or sat,sun 09:00"),
        ("workdays 07:00", "“workdays” is not a weekday. Weekdays are mon, tue, wed, thu, fri, sat, sun"),
        ("mon-fri-sun 07:00", "is not a weekday"),
        ("mon-fri 24:00", "has no time of day"),
    ],
)
def test_weekdays_that_are_none(text: str, says: str) -> None:
    with pytest.raises(GoalError) as caught:
        days_and_clock(text)
    assert says in str(caught.value)


def test_a_time_is_shown_with_its_day() -> None:
    assert [time_text(at(text), NOW_S, BERLIN) for text in ("2026-11-28 22:00", "2026-11-29 07:00")] == [
        "22:00",
        "Sun 07:00",
    ]


@pytest.mark.parametrize(("german", "english"), [("mo-fr 07:00", "mon-fri 07:00"), ("Sa., So. 09:00", "sat,sun 09:00")])
def test_weekdays_are_read_in_german_too(german: str, english: str) -> None:
    assert days_and_clock(german) == days_and_clock(english)


GERMAN = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")


@given(st.sampled_from(GERMAN), st.integers(2, 10))
def test_each_short_form_of_a_weekday_is_that_day(name: str, length: int) -> None:
    day = next(iter(days_and_clock(f"{name} 07:00")[0]))
    assert days_and_clock(f"{name[:length]} 07:00") == (frozenset((day,)), 7 * 3600.0)


@given(
    st.integers(0, 6),
    st.sampled_from(FORMS),
)
def test_every_form_of_a_date_is_the_same_day(days: int, form: str) -> None:
    day = datetime.fromtimestamp(NOW_S, BERLIN) + timedelta(days=days)
    text = form.format(d=day.day, m=day.month, y=day.year)
    assert goal_of(f"80% {text} 18:30", NOW_S, BERLIN)[1] == at(f"{day:%Y-%m-%d} 18:30")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("tomorrow", "2026-11-30T00:00"),
        ("sonntag", "2026-12-06T00:00"),
        ("sun 18:00", "2026-12-06T18:00"),
        ("3.1.", "2027-01-03T00:00"),
        ("3.1.27", "2027-01-03T00:00"),
        ("2027-01-03", "2027-01-03T00:00"),
        ("2027-01-03T18:00:00+01:00", "2027-01-03T18:00"),
        ("18:00", "2026-11-30T18:00"),
    ],
)
def test_a_pause_ends_at_the_beginning_of_a_day_or_at_a_time(text: str, wanted: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    now_s = datetime(2026, 11, 29, 20, 0, tzinfo=zone).timestamp()
    assert until_of(text, now_s, zone) == datetime.fromisoformat(wanted).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no day"),
        ("soon", "is no day"),
        ("31.2.", "is no day"),
        ("today", "has passed"),
        ("2026-11-28", "has passed"),
        ("2028-11-28", "more than a year"),
        ("x" * 500, "is no day"),
    ],
)
def test_a_pause_without_a_possible_end_is_refused(text: str, says: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    with pytest.raises(GoalError, match=says):
        until_of(text, datetime(2026, 11, 29, 20, 0, tzinfo=zone).timestamp(), zone)
