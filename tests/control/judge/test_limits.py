from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.control.judge.judge import judge
from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.judge.limits import (
    at_night,
    dark,
    fuse_w,
    possible_battery,
    possible_charger,
    possible_grid,
    possible_pv,
)
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Pv, State, SunTimes
from optimizer.model.sun import sun_position, sun_times
from tests.control.house import battery, ev, site, state

HOUSE = site(fuse_a=25.0)
BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int, rise_s: float | None = 6 * 3600.0, set_s: float | None = 20 * 3600.0) -> State:
    """A snapshot at a local time, with sunrise and sunset."""
    sun = SunTimes(*(unknown("no place") if one is None else known(one, 0.0) for one in (rise_s, set_s)))
    return replace(state(), local=datetime(2026, 4, 1, hour, minute, tzinfo=BERLIN), sun=sun)


def test_the_fuse_limits_the_grid_power_in_both_directions() -> None:
    assert fuse_w(HOUSE) == pytest.approx(17_250.0)
    for possible_w in (-20_000.0, 0.0, 34_000.0):
        reading = known(possible_w, 1.0)
        assert possible_grid(reading, HOUSE) is reading
    export = possible_grid(known(-50_000.0, 1.0), HOUSE)
    assert (export.value, export.at_s) == (None, 1.0)
    assert export.why == "implausible: 50.0 kW of export behind a fuse of 25.0 A"
    assert "40.0 kW of import" in possible_grid(known(40_000.0, 1.0), HOUSE).why


def test_devices_have_limits_of_their_own() -> None:
    assert possible_battery(battery(power_w=-5000.0), HOUSE).value == -5000.0
    assert "implausible: 60.0 kW" in possible_battery(battery(power_w=-60_000.0), HOUSE).why
    assert possible_charger(ev(power_w=22_000.0)).value == 22_000.0
    assert "at one charger" in possible_charger(ev(power_w=1e6)).why
    assert possible_pv(Pv("roof", known(30_000.0, 0.0)), HOUSE).value == 30_000.0
    assert "implausible: 999.0 kW" in possible_pv(Pv("roof", known(999_000.0, 0.0)), HOUSE).why


def test_an_unknown_reading_keeps_its_own_reason() -> None:
    missing: Reading[float] = unknown("no answer", 3.0)
    assert possible_grid(missing, HOUSE) is missing
    assert possible_pv(Pv("roof", missing), HOUSE) is missing


@given(st.floats(-1e9, 1e9), st.floats(10.0, 100.0))
def test_a_counted_value_is_never_far_beyond_the_fuse(value_w: float, fuse_a: float) -> None:
    where = site(fuse_a=fuse_a)
    counted = possible_grid(known(value_w, 0.0), where)
    assert counted.value is None or abs(counted.value) <= 2.0 * fuse_w(where)
    assert counted.known or counted.why


def test_it_is_dark_from_an_hour_after_sunset_to_an_hour_before_sunrise() -> None:
    shown = [clock for clock in ((20, 59), (21, 0), (0, 0), (5, 0), (5, 1), (12, 0)) if dark(at(*clock))]
    assert shown == [(21, 0), (0, 0), (5, 0)]
    assert not dark(at(0, 0, rise_s=None))
    # A short night in the north: sunset after midnight.
    assert [hour for hour in range(24) if dark(at(hour, 30, rise_s=3.5 * 3600.0, set_s=0.2 * 3600.0))] == [1, 2]
    assert not any(dark(at(hour, 0, rise_s=2.0 * 3600.0, set_s=0.5 * 3600.0)) for hour in range(24))


@given(st.floats(-66.0, 66.0), st.floats(-180.0, 180.0), st.integers(0, 366 * 24 * 60))
@example(-65.0, 0.0, 0)
def test_the_sun_is_far_below_the_horizon_when_it_is_dark(latitude: float, longitude: float, minute: int) -> None:
    zone = ZoneInfo("UTC")
    now = datetime(2026, 1, 1, tzinfo=zone) + timedelta(minutes=minute)
    snapshot = replace(state(), local=now, sun=sun_times(latitude, longitude, now))
    if dark(snapshot):
        assert sun_position(latitude, longitude, now.astimezone(UTC).timestamp()).elevation < -2.0


def test_a_pv_system_that_produces_at_night_is_not_believed() -> None:
    roof = Pv("roof", known(2000.0, 3.0))
    assert at_night(roof) == Reading(None, 3.0, "implausible: 2.0 kW of PV at night")
    assert at_night(Pv("roof", known(40.0, 3.0))).value == 40.0
    for clock, power_w in (((22, 0), None), ((19, 0), 2000.0)):
        snapshot = replace(at(*clock), pvs={"roof": roof})
        assert judge(snapshot, {}, JudgeMemory(), HOUSE).state.pvs["roof"].power_w.value == power_w
