"""The middle of PV production against noon in the time zone."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.generate import generate
from optimizer.study.input.noon import noon_note
from optimizer.study.input.series import Series
from optimizer.twin.sun import Place, Roof

BERLIN = ZoneInfo("Europe/Berlin")
PLACES = {
    "Europe/Berlin": (52.5, 13.4), "Europe/Madrid": (42.4, -8.7), "Europe/Warsaw": (52.2, 23.5),
    "America/Denver": (39.7, -105.0), "Australia/Sydney": (-33.9, 151.2), "Asia/Kolkata": (19.1, 72.9),
}  # fmt: skip


def shifted(series: Series, hours: float) -> Series:
    return Series(series.name, series.start + timedelta(hours=hours), series.step_s, series.pv_w, series.load_w)


@cache
def days(zone: str, month: int, azimuth: float) -> Series:
    """Five days of a roof in a place of the zone, by UTC."""
    latitude, longitude = PLACES[zone]
    start = datetime(2025, month, 3, tzinfo=UTC)
    return generate(Place(latitude, longitude), Roof(9_000.0, 35.0, azimuth), start, 5.0, seed=month)


@given(zone=st.sampled_from(sorted(PLACES)), month=st.integers(1, 12), azimuth=st.sampled_from([90.0, 180.0, 270.0]))
def test_right_times_bring_no_note(zone: str, month: int, azimuth: float) -> None:
    assert noon_note(days(zone, month, azimuth), ZoneInfo(zone)) == ""


@given(hours=st.floats(3.5, 20.5), month=st.integers(1, 12))
def test_times_of_another_zone_are_told(hours: float, month: int) -> None:
    note = noon_note(shifted(days("Europe/Berlin", month, 180.0), hours), BERLIN)
    assert "than usual in Europe/Berlin. Check --zone." in note
    assert ("later" in note) is (hours < 12.0) or 11.0 < hours < 13.0


@pytest.mark.parametrize("values", [[0.0] * 480, [float("nan")] * 480, [500.0] * 20])
def test_what_shows_no_days_brings_no_note(values: list[float]) -> None:
    pv_w = array("d", values)
    assert noon_note(Series("t", datetime(2025, 6, 1, tzinfo=UTC), 900.0, pv_w, pv_w), BERLIN) == ""
