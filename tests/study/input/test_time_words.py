"""Words around a time: read right, or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.times import parse_time

MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2125, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)
FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
OFFSETS = {"UTC": 0, "GMT": 0, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2}


@given(at=MOMENTS, form=st.sampled_from(FORMS), name=st.sampled_from(sorted(OFFSETS)), gap=st.sampled_from(["", " "]))
def test_a_zone_with_one_meaning_counts(at: datetime, form: str, name: str, gap: str) -> None:
    found = parse_time(at.strftime(form) + gap + name, "")
    assert found == at.replace(tzinfo=timezone(timedelta(hours=OFFSETS[name])))


@given(at=MOMENTS, form=st.sampled_from(FORMS))
def test_a_time_in_daylight_saving_is_the_time_on_the_wall(at: datetime, form: str) -> None:
    assert parse_time(f"{at.strftime(form)} DST", "") == at


@pytest.mark.parametrize(
    "text", ["2025-06-01 10:00 BST", "2025-06-01 10:00+02:00 CEST", "2025-06-01T10:00[Europe/Berlin]"]
)
def test_other_words_behind_a_time_are_no_zones(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text, "")


@given(at=MOMENTS.filter(lambda at: at.year < 2100))
def test_the_offset_before_the_name_of_a_zone_counts(at: datetime) -> None:
    there = at.replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    assert parse_time(f"{there.isoformat()}[Europe/Berlin]", "") == at.replace(tzinfo=UTC)


@given(
    at=MOMENTS,
    form=st.sampled_from(FORMS),
    joint=st.sampled_from([" - ", " – ", " bis ", " to "]),
    minutes=st.sampled_from([5, 15, 60]),
    whole=st.booleans(),
)
def test_an_interval_begins_at_its_first_time(at: datetime, form: str, joint: str, minutes: int, whole: bool) -> None:
    end = at + timedelta(minutes=minutes)
    text = at.strftime(form) + joint + end.strftime(form if whole else "%H:%M")
    assert parse_time(text, "") == at
    assert parse_time(text, form) == at


@given(day=MOMENTS, clock=st.sampled_from(["24:00", "24:00:00"]), joint=st.sampled_from("T "), offset=st.booleans())
def test_24_00_is_the_next_midnight(day: datetime, clock: str, joint: str, offset: bool) -> None:
    found = parse_time(f"{day:%Y-%m-%d}{joint}{clock}{'+02:00' if offset else ''}", "")
    wanted = datetime.combine(day.date(), datetime.min.time()) + timedelta(days=1)
    assert found == (wanted.replace(tzinfo=timezone(timedelta(hours=2))) if offset else wanted)
    with pytest.raises(ValueError, match=r"."):
        parse_time(f"{day:%Y-%m-%d}{joint}24:01", "")


@given(at=MOMENTS, words=st.sampled_from(["", " (Central European Summer Time)", " (CEST)"]))
def test_a_time_of_a_browser(at: datetime, words: str) -> None:
    there = at.replace(tzinfo=timezone(timedelta(hours=2)))
    assert parse_time(f"{there:%a %b %d %Y %H:%M:%S} GMT+0200{words}", "") == there


@given(at=MOMENTS, digits=st.integers(0, 999_999), word=st.sampled_from(["", " Uhr"]))
def test_fractions_and_a_word_behind_a_clock(at: datetime, digits: int, word: str) -> None:
    for point in ".,":
        wanted = at.replace(microsecond=digits // 1000 * 1000)
        assert parse_time(f"{at:%d.%m.%Y %H:%M:%S}{point}{digits // 1000:03}{word}", "") == wanted
    assert parse_time(f"{at:%d.%m.%Y, %H:%M}{word}", "") == at
