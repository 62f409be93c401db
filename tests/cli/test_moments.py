"""Moments, as people name them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import typer

from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.moments import asked_moment, moment

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 6, 21, 12, 30, tzinfo=UTC)  # 14:30 in Berlin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:05", "2025-06-21T12:05:00+00:00"),
        ("23:10:30", "2025-06-20T21:10:30+00:00"),
        ("2025-06-21", "2025-06-20T22:00:00+00:00"),
        ("2025-06-21 14:05", "2025-06-21T12:05:00+00:00"),
        ("2025-06-21T14:05:00+00:00", "2025-06-21T14:05:00+00:00"),
        ("2h", "2025-06-21T10:30:00+00:00"),
        ("90 min ago", "2025-06-21T11:00:00+00:00"),
    ],
)
def test_the_moment_that_a_person_means(text: str, expected: str) -> None:
    assert moment(text, NOW, BERLIN).isoformat() == expected


def test_a_time_of_today_may_be_still_to_come() -> None:
    assert moment("23:10", NOW, BERLIN, today=True).isoformat() == "2025-06-21T21:10:00+00:00"


@pytest.mark.parametrize("text", ["noon", "25:00", "", "2025-13-01", "12025-01-01"])
def test_what_is_no_moment_is_said_with_what_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as end:
        asked_moment("--at", text, NOW, BERLIN)
    assert end.value.exit_code == ExitCode.MISTAKE
    assert f"--at: “{text}” is not a time. Write 14:05" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["9999999999d", "800000d", "0001-01-01", "1970-12-31 23:59", "2971-01-01", "9999-12-30", "9999-12-31T23:59-12:00"],
)
def test_a_time_of_no_house_is_said_with_the_years(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as end:
        asked_moment("--from", text, NOW, BERLIN)
    assert end.value.exit_code == ExitCode.MISTAKE
    assert f"--from: “{text}” is not a time of this house: years 1971 to 2970" in capsys.readouterr().err
