"""Results: what the figures make of the meters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.study.house.house import Tariff, World
from optimizer.study.report.compare import FIGURES
from optimizer.study.simulate import simulate
from tests.study.scene import OFF, plan, sunny


def test_what_the_battery_owes_is_in_the_price_of_the_cars_energy() -> None:
    empty = simulate(plan(OFF), World(sunny(1.0), tariff=Tariff(30.0, 8.0, 19.0), tick_s=60.0))
    # The car took 4.5 kWh out of the battery, and nothing changed at the meter: 5 kWh at 19 ct are missing.
    result = replace(
        empty, ev_wh=4500.0, cost_ct=100.0, cost_without_ct=100.0, stored_wh=(8000.0, 3000.0), stored_without_wh=8000.0
    )
    price = next(figure for figure in FIGURES if figure.name == "Car: price of its energy")
    assert price.value(result) == pytest.approx(5.0 * 19.0 / 4.5)
    # A battery that is fuller because of the car has made its energy cheaper.
    fuller = replace(result, cost_ct=250.0, stored_without_wh=1000.0)
    assert price.value(fuller) == pytest.approx((150.0 - 2.0 * 19.0) / 4.5)
    assert replace(result, mean_import_ct=None).ev_cost_ct is None
