"""Times without a zone: hours that do not exist, and hours that occur twice."""

from __future__ import annotations

import contextlib
from array import array
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from optimizer.study.input.series import StudyError
from optimizer.study.input.time_format import checked_format
from optimizer.study.input.times import (
    FIRST_YEAR,
    LAST_YEAR,
    FarYear,
    Times,
    checked_year,
    parse_time,
    unreadable,
)
from tests.study.input.tables import samples

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu", "UTC")


def resolved(texts: list[str], zone: str = "Europe/Berlin", repeated_hour: str = "") -> list[str]:
    times = Times("t.csv")
    for line, text in enumerate(texts, start=2):
        times.add(line, parse_time(text, ""))
    return [f"{datetime.fromtimestamp(at, UTC):%H:%M}" for at in times.resolved(ZoneInfo(zone), repeated_hour)[0]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2025-06-01T12:00:00.123Z", datetime(2025, 6, 1, 12, 0, 0, 123000, tzinfo=UTC)),
        ("1750000000", datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)),
        ("1750000000000", datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)),
        ("1750000000000000", datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)),
        ("1750000000000000000", datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)),
        ("1750000000.5", datetime(2025, 6, 15, 15, 6, 40, 500000, tzinfo=UTC)),
        ("01.06.2025 00:05", datetime(2025, 6, 1, 0, 5)),  # noqa: DTZ001
        ("1.6.2025, 7:05:09", datetime(2025, 6, 1, 7, 5, 9)),  # noqa: DTZ001
    ],
)
def test_times_that_have_one_meaning_need_no_format(text: str, wanted: datetime) -> None:
    assert parse_time(text, "") == wanted


def test_a_day_that_may_be_a_month_needs_a_format() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat") as error:
        parse_time("06/01/2025 12:00 AM", "")
    said = str(unreadable("t.csv:4", "06/01/2025 12:00 AM", error.value))
    assert said.startswith("t.csv:4: the time '06/01/2025 12:00 AM' cannot be read")
    assert '"%m/%d/%Y %I:%M %p" (month first)' in said


@pytest.mark.parametrize(
    "text", ["2025060112", "202506011200", "20250601120000", "250601120", "175000000", "", "Total"]
)
def test_other_texts_are_no_times(text: str) -> None:
    """In particular, a date without separators is not a Unix time."""
    with pytest.raises(ValueError, match=r"no Unix time|Invalid isoformat") as error:
        parse_time(text, "")
    advice = "Give its format" if text.isdecimal() else "If this row contains no data, remove it"
    assert advice in str(unreadable("t.csv:9", text, error.value))


def test_an_hour_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(StudyError) as error:
        resolved(["2025-03-30T01:45", "2025-03-30T02:00", "2025-03-30T02:15"])
    assert str(error.value).startswith("t.csv:3: the time 2025-03-30 02:00 does not exist in Europe/Berlin")
    assert "write --zone Etc/GMT-1" in str(error.value)
    assert resolved(["2025-03-30T01:45", "2025-03-30T02:00"], "Etc/GMT-1") == ["00:45", "01:00"]
    with pytest.raises(StudyError, match=r"write --zone of a place without it"):
        resolved(["2025-10-05T02:15"], "Australia/Lord_Howe")


ONCE = ["2025-10-26T01:45", "2025-10-26T02:00", "2025-10-26T02:45", "2025-10-26T03:00"]


def test_an_hour_that_occurs_twice_but_stands_once_is_a_mistake() -> None:
    with pytest.raises(StudyError) as error:
        resolved(ONCE)
    assert str(error.value).startswith("t.csv:3: the time 2025-10-26 02:00 occurs twice in Europe/Berlin")
    assert "--repeated-hour first" in str(error.value)
    assert resolved(ONCE, repeated_hour="first") == ["23:45", "00:00", "00:45", "02:00"]
    assert resolved(ONCE, repeated_hour="second") == ["23:45", "01:00", "01:45", "02:00"]
    assert resolved(ONCE, "Etc/GMT-1") == ["00:45", "01:00", "01:45", "02:00"]


def test_a_table_that_begins_or_ends_in_the_hour_is_certain() -> None:
    assert resolved(["2025-10-26T01:30", "2025-10-26T01:45", "2025-10-26T02:00"]) == ["23:30", "23:45", "00:00"]
    assert resolved(["2025-10-26T02:45", "2025-10-26T03:00", "2025-10-26T03:15"]) == ["01:45", "02:00", "02:15"]


def test_times_without_order_in_the_hour_are_a_mistake() -> None:
    with pytest.raises(StudyError, match=r"t.csv:6: the times go back twice"):
        resolved(["2025-10-26T01:00", *(f"2025-10-26T02:{minute}" for minute in ("30", "10", "20", "05"))])


def test_rows_out_of_order_do_not_tell_the_hour() -> None:
    """Two files, one after the other."""
    rows = ["2025-10-26T01:00", "2025-10-26T02:30", "2025-10-26T02:10", "2025-10-26T03:00", "2025-10-26T00:30"]
    with pytest.raises(StudyError, match=r"t.csv:3: this time occurs twice.*line 6 is out of order. Sort the rows"):
        resolved(rows)
    assert resolved(rows[:1] + rows[3:]) == ["23:00", "02:00", "22:30"]


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 31)),  # noqa: DTZ001
    step_min=st.sampled_from([5, 15, 30, 60]),
    rows=st.integers(2, 300),
    newest_first=st.booleans(),
)
def test_local_times_read_back_to_the_same_instants_or_are_refused(
    zone: str, start: datetime, step_min: int, rows: int, newest_first: bool
) -> None:
    """A table that follows the clock of the place, in order of time."""
    local = ZoneInfo(zone)
    first = start.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    instants = [first + timedelta(minutes=step_min * n) for n in range(rows)]
    if newest_first:
        instants.reverse()
    times = Times("t.csv")
    for line, instant in enumerate(instants, start=2):
        times.add(line, instant.astimezone(local).replace(tzinfo=None, fold=0))
    try:
        found, _ = times.resolved(local)
    except StudyError as error:
        assert "occurs twice" in str(error)
    else:
        assert found == array("d", (instant.timestamp() for instant in instants))


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("%H:%M", "no year"),
        ("%d.%m. %H:%M", "no year"),
        ("%Y %H:%M", "no day and month"),
        ("%Y-%m %H:%M", "no day and month"),
        ("%m/%d/%Y %H:%M %p", "12 and 24 hours"),
        ("%m/%d/%Y %I:%M", "12 and 24 hours"),
        ("%%Y-%m-%d %H", "no year"),
    ],
)
def test_a_format_that_strptime_would_complete_is_a_mistake(form: str, why: str) -> None:
    with pytest.raises(StudyError, match=why):
        checked_format(form)


@given(
    st.lists(
        st.sampled_from(["%d", "%m", "%Y", "%y", "%H", "%I", "%p", "%c", "%", "%%", "%Q", "(", "\n", " "]), max_size=7
    )
)
@example(["%d", "%m", "%Y", " ", "%d"])
@example(["%c", "%Y"])
@example(["%Y", "%m", "%d", "%"])
def test_any_format_is_refused_or_can_read_any_text(parts: list[str]) -> None:
    """A part that is named twice ended in a traceback at the first time."""
    form = "".join(parts)
    try:
        checked_format(form)
    except StudyError as error:
        assert "--time-format" in str(error)
        return
    with contextlib.suppress(ValueError):
        parse_time("01.06.2026 12:00", form)


DATES = st.sampled_from(["%Y-%m-%d", "%d.%m.%y", "%m/%d/%Y", "%Y %j", "%d %b %Y", "%G-W%V-%u"])
CLOCKS = st.sampled_from(["%H:%M", "%I:%M %p", "%p %I.%M"])
MINUTES = st.datetimes(datetime(2001, 1, 1), datetime(2060, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)


@given(at=MINUTES, date=DATES, clock=CLOCKS)
def test_a_format_that_passes_loses_nothing(at: datetime, date: str, clock: str) -> None:
    form = checked_format(f"{date} {clock}")
    assert parse_time(at.strftime(form), form) == at


@given(at=MINUTES, date=st.sampled_from(["%d.%m.%y", "%Y/%m/%d", "%d %b %Y"]), clock=CLOCKS)
def test_the_advice_names_a_format_that_fits(at: datetime, date: str, clock: str) -> None:
    text = at.strftime(f"{date} {clock}")
    with pytest.raises(ValueError, match="Invalid isoformat") as error:
        parse_time(text, "")
    advice = str(unreadable("t.csv:2", text, error.value))
    if clock.startswith("%p"):
        assert advice.endswith("--time-format")
    else:
        form = advice.rpartition("such as ")[2].strip('"')
        assert parse_time(text, checked_format(form)) == at


@given(at=MINUTES)
def test_24_00_is_the_end_of_the_day(at: datetime) -> None:
    assert parse_time(f"{at:%d.%m.%Y} 24:00", "") == datetime(at.year, at.month, at.day) + timedelta(days=1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="hour must be in"):
        parse_time(f"{at:%d.%m.%Y} 24:01", "")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("00:15", "The date is missing. If it is in another column, write --time-column DATE+TIME"),
        ("12:15 PM", "The date is missing."),
        ("01.06. 00:00", "The year is missing."),
    ],
)
def test_what_is_missing_in_a_time_is_named(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse_time(text, "")
    assert advice in str(unreadable("t.csv:2", text, error.value))


def test_dates_of_a_spreadsheet_are_named() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat") as error:
        parse_time("45809.4167", "")
    assert "Format the column as date and time" in str(unreadable("t.csv:2", "45809.4167", error.value))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    start=st.dates(datetime(2024, 1, 1).date(), datetime(2030, 1, 1).date()),  # noqa: DTZ001
    days=st.integers(2, 20),
    month_first=st.booleans(),
    right=st.booleans(),
)
def test_swapped_days_and_months_are_refused_or_make_no_date(
    tmp_path: Path, start: date, days: int, month_first: bool, right: bool
) -> None:
    forms = ("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M")
    form, other = forms if month_first else forms[::-1]
    hours = [datetime(start.year, start.month, start.day) + timedelta(hours=n) for n in range(24 * days)]  # noqa: DTZ001
    path = tmp_path / "t.csv"
    path.write_text("Zeit;PV;Haus\n" + "".join(f"{at:{form}};{at.hour * 5 % 7 + 1};5\n" for at in hours))
    mapping = ["pv_w=PV", "load_w=Haus"]
    if right:
        found = samples(path, mapping, time_format=form, zone=ZoneInfo("UTC"))["pv_w"][0]
        assert [datetime.fromtimestamp(at_s, UTC).replace(tzinfo=None) for at_s in found.at_s] == hours
    else:
        with pytest.raises(
            StudyError, match=r"t.csv:\d+: .*(day and month seem to be swapped|cannot be read|two values)"
        ):
            samples(path, mapping, time_format=other, zone=ZoneInfo("UTC"))


@given(st.integers(1, 9999))
def test_a_year_without_measured_data_is_refused(year: int) -> None:
    """A lost or a wrong digit: a table of the year 125 or 2125 would be studied as any other."""
    time = datetime(year, 6, 1, 12, 0, tzinfo=UTC)
    if FIRST_YEAR <= year <= LAST_YEAR:
        assert checked_year(time) == time
        return
    with pytest.raises(FarYear, match=f"the year {year} is not from 1970 to 2099") as error:
        checked_year(time)
    said = str(unreadable("t.csv:4", str(time), error.value))
    assert said.endswith("Correct the year, or name how it is written, such as --time-format “%d.%m.%y %H:%M”")
