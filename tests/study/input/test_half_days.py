"""A clock of 12 hours whose AM and PM are lost is named, and no other table is taken for one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.study.input.half_days import refuse_lost_half_days
from optimizer.study.input.series import StudyError
from tests.study.input.tables import table
from tests.study.scene import ZONE

START = datetime(2025, 6, 1, tzinfo=UTC)
MAP = ["pv_w=PV", "load_w=Haus"]
ORDERS = ["oldest first", "newest first", "none"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    minutes=st.sampled_from([5, 15, 60]),
    hours=st.integers(26, 40),
    first_h=st.integers(0, 23),
    order=st.sampled_from(ORDERS),
    seed=st.integers(0, 1000),
)
def test_a_table_without_its_am_and_pm_is_refused(
    tmp_path: Path, minutes: int, hours: int, first_h: int, order: str, seed: int
) -> None:
    hours += 24 if order == "none" else 0  # without order, whole days tell
    times = [START + timedelta(hours=first_h, minutes=minutes * n) for n in range(hours * 60 // minutes)]
    rows = [f"{at.astimezone(ZONE):%m/%d/%Y %I:%M},{n % 9},5\n" for n, at in enumerate(times)]
    if order == "newest first":
        rows.reverse()
    elif order == "none":
        random.Random(seed).shuffle(rows)
    path = tmp_path / "t.csv"
    path.write_text("Zeit,PV,Haus\n" + "".join(rows))
    with pytest.raises(StudyError, match=r"t.csv:\d+: .*AM and PM seem to be lost"):
        table(path, MAP, time_format="%m/%d/%Y %H:%M")


@given(
    minutes=st.sampled_from([1, 5, 15, 60]),
    begin_h=st.integers(0, 12),
    hours=st.integers(1, 30),
    order=st.sampled_from(ORDERS),
    seed=st.integers(0, 1000),
)
def test_no_table_with_all_its_hours_is_refused(minutes: int, begin_h: int, hours: int, order: str, seed: int) -> None:
    """Neither whole days nor the hours from 1 to 12 of one day."""
    times = [3600.0 * begin_h + 60.0 * minutes * n for n in range(hours * 60 // minutes)]
    if order == "newest first":
        times.reverse()
    elif order == "none":
        random.Random(seed).shuffle(times)
    jumps = any(abs(one - other) > 39_000.0 for one, other in pairwise(times))
    if jumps and max(times) < 13 * 3600.0:
        return  # half a day without order may as well be one whose other half is lost
    refuse_lost_half_days("t.csv", times, list(range(2, len(times) + 2)))
