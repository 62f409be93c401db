"""The grid is lost: what the row of the failure table promises, from the device's own word to the cars' offers."""

from __future__ import annotations

from pathlib import Path

from optimizer.twin.fems import FemsTwin
from tests.soak.survival import Survivor

OFF_GRID = 2
CHARGERS = (0, 1)
NOTICED_S = 20.0
"""A reading of FEMS, a tick, and a pause that both chargers have taken."""


def offers_a(house: Survivor) -> list[float]:
    return [house.twins.physics.chargers[index].signalled_a for index in CHARGERS]


def test_cut_off_the_grid_every_car_is_paused_whatever_the_rules_want(tmp_path: Path) -> None:
    house = Survivor(tmp_path)
    try:
        house.edit_rules("greedy")
        house.let_pass(120.0)
        fems = house.twins.twins["fems"]
        assert isinstance(fems, FemsTwin)
        assert house.ask(lambda: max(offers_a(house))) >= 6.0
        fems.unit.grid_mode = OFF_GRID
        house.let_pass(NOTICED_S)
        for _ in range(15):
            assert house.ask(lambda: offers_a(house)) == [0.0, 0.0]
            house.let_pass(10.0)
        fems.unit.grid_mode = 1
        for _ in range(15):
            house.let_pass(20.0)
            if house.ask(lambda: max(offers_a(house))) >= 6.0:
                break
        else:
            raise AssertionError("no car charges 300 s after the grid has returned")
    finally:
        house.close()
