"""The cars that a late meter may show, with what PV and batteries may feed in beside them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from optimizer.control.late import NEAR_A, fed_a
from optimizer.model.reading import known, unknown
from optimizer.model.state import Battery, Pv, State
from tests.control.house import state


def house(pv_w: float | None, battery_w: float | None = None) -> State:
    power = unknown("not read yet") if pv_w is None else known(pv_w, 0.0)
    found = replace(state(), pvs={"roof": Pv("roof", power)})
    if battery_w is None:
        return found
    return replace(found, batteries={"cellar": Battery("cellar", known(battery_w, 0.0), known(50.0, 0.0))})


def test_pv_and_a_battery_that_discharges_may_all_feed_into_one_phase() -> None:
    assert fed_a(house(0.0)) == NEAR_A
    assert fed_a(house(2300.0)) == pytest.approx(NEAR_A + 10.0)
    assert fed_a(house(2300.0, 1150.0)) == pytest.approx(NEAR_A + 15.0)
    assert fed_a(house(2300.0, -1150.0)) == pytest.approx(NEAR_A + 10.0)


def test_unmeasured_pv_may_feed_in_anything() -> None:
    assert fed_a(house(None)) == math.inf
    assert fed_a(replace(house(0.0), pvs={})) == math.inf
