"""Times that are the ends or the beginnings of intervals, as far as a table tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.study.input.interval_ends import Side, note_on_side, side_by_name
from optimizer.study.input.series import StudyError
from tests.study.input.tables import table
from tests.study.scene import ZONE

ROWS = "".join(f"01.06.2025 {n // 4:02}:{n % 4 * 15:02};{n % 7};2\n" for n in range(96))


@pytest.mark.parametrize(
    ("names", "side"),
    [
        (("bis",), Side.END),
        (("Datum", "Uhrzeit bis"), Side.END),
        (("period_end",), Side.END),
        (("PeriodEnd",), Side.END),
        (("_stop",), Side.END),
        (("End of interval",), Side.END),
        (("Ende [Lokalzeit]",), Side.END),
        (("von",), Side.BEGIN),
        (("PeriodStart",), Side.BEGIN),
        (("Datum von",), Side.BEGIN),
        (("interval_start",), Side.BEGIN),
        (("Zeitraum (von - bis)",), Side.UNKNOWN),
        (("Zeit",), Side.UNKNOWN),
        (("timestamp",), Side.UNKNOWN),
        (("Kalender",), Side.UNKNOWN),
        (("Bisamberg",), Side.UNKNOWN),
        (("trend_time",), Side.UNKNOWN),
    ],
)
def test_names_of_time_columns(names: tuple[str, ...], side: Side) -> None:
    assert side_by_name(names) is side


@pytest.mark.parametrize(("name", "side"), [("bis", Side.END), ("von", Side.BEGIN), ("Zeit", Side.UNKNOWN)])
def test_a_table_tells_by_the_name_of_its_time_column(tmp_path: Path, name: str, side: Side) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{name};PV;Haus\n{ROWS}")
    assert table(path, ["pv_w=PV", "load_w=Haus"], time_column=name).side is side


def test_the_first_of_two_times_in_a_cell_is_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("bis;PV;Haus\n01.06.2025 00:00 - 00:15;1;2\n01.06.2025 00:15 - 00:30;1;2\n")
    assert table(path, ["pv_w=PV", "load_w=Haus"], time_column="bis").side is Side.BEGIN


def test_whole_days_that_end_at_midnight_are_ends(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"Zeit;PV;Haus\n{ROWS.split(chr(10), 1)[1]}02.06.2025 00:00;1;2\n")
    assert table(path, ["pv_w=PV", "load_w=Haus"]).side is Side.END


@pytest.mark.parametrize(
    ("side", "option"), [(Side.UNKNOWN, "write --times-at-end"), (Side.END, "write --times-at-begin")]
)
def test_what_is_assumed_is_said_with_the_other_option(side: Side, option: str) -> None:
    for by_name in (False, True):
        assert option in note_on_side(side, by_name=by_name)
    assert not note_on_side(Side.BEGIN, by_name=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    start=st.dates(datetime(2024, 1, 1).date(), datetime(2030, 1, 1).date()),  # noqa: DTZ001
    days=st.integers(1, 4),
    minutes=st.sampled_from([15, 30, 60]),
    date_of_end=st.booleans(),
    backwards=st.booleans(),
)
def test_midnight_as_an_end_is_of_its_own_day(
    tmp_path: Path, start: datetime, days: int, minutes: int, date_of_end: bool, backwards: bool
) -> None:
    """Whether the date is that of the beginning or of the end, 00:00 is after 23:45."""
    first = datetime(start.year, start.month, start.day)  # noqa: DTZ001
    begins = [first + timedelta(minutes=n * minutes) for n in range(days * 1440 // minutes)]
    begins = [at for at in begins if at.replace(tzinfo=ZONE).utcoffset() == first.replace(tzinfo=ZONE).utcoffset()]
    step = timedelta(minutes=minutes)
    rows = [f"{at + step * date_of_end:%d.%m.%Y};{at + step:%H:%M};1;2\n" for at in begins]
    path = tmp_path / "t.csv"
    path.write_text("Datum;bis;PV;Haus\n" + "".join(rows[::-1] if backwards else rows))
    try:
        found = table(path, ["pv_w=PV", "load_w=Haus"], time_column="Datum+bis")
    except StudyError as error:
        assert "occurs twice" in str(error) or "does not exist" in str(error)
        return
    assert found.side is Side.END
    ends = [(at + step).replace(tzinfo=ZONE).timestamp() for at in begins]
    assert list(found.columns["pv_w"][0].samples.at_s) == ends
