"""The readings of a trial: what is not known stays unknown, and what the house does not have is zero."""

from __future__ import annotations

import pytest

from optimizer.cli.device.commission_readings import house_of
from optimizer.devices.port import Sample
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Battery, Grid, Pv
from optimizer.runtime.parts import Device
from optimizer.twin.virtual_time import VirtualClock
from tests.runtime.house import FakeMeter

METER = Device("meter", "generic", FakeMeter(VirtualClock()), grid=True)
STORE = Device("store", "fems", FakeMeter(VirtualClock()), batteries=("cellar",), pvs=("roof",))
GRID = Sample(grid=Grid(known(1000.0, 0.0), phase_current_a=(known(4.0, 0.0),)))


def stored(battery_w: Reading[float]) -> Sample:
    return Sample(batteries=(Battery("cellar", battery_w),), pvs=(Pv("roof", known(500.0, 0.0)),))


def test_a_house_without_battery_and_pv_consumes_what_it_imports() -> None:
    house = house_of((METER,), (GRID,))
    assert (house.supply_w, house.battery_w, house.house_a) == (1000.0, 0.0, (4.0,))


def test_grid_battery_and_pv_add_up() -> None:
    assert house_of((METER, STORE), (GRID, stored(known(-300.0, 0.0)))).supply_w == 1200.0


@pytest.mark.parametrize("sample", [stored(unknown("silent")), Sample()])
def test_a_battery_without_an_answer_is_unknown(sample: Sample) -> None:
    house = house_of((METER, STORE), (GRID, sample))
    assert (house.battery_w, house.supply_w) == (None, None)
