from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.limits import fuse_w, possible_battery, possible_charger, possible_grid, possible_pv
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Pv
from tests.control.house import battery, ev, site

HOUSE = site(fuse_a=25.0)


def test_the_fuse_limits_the_grid_power_in_both_directions() -> None:
    assert fuse_w(HOUSE) == pytest.approx(17_250.0)
    for possible_w in (-20_000.0, 0.0, 34_000.0):
        reading = known(possible_w, 1.0)
        assert possible_grid(reading, HOUSE) is reading
    export = possible_grid(known(-50_000.0, 1.0), HOUSE)
    assert (export.value, export.at_s) == (None, 1.0)
    assert export.why == "implausible: 50.0 kW of export behind a fuse of 25 A"
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
