"""The sums of what the twins recorded."""

from __future__ import annotations

import pytest

from optimizer.twin.ledger import Ledger
from optimizer.twin.physics import House


@pytest.mark.parametrize(
    ("import_wh", "from_grid_wh"),
    [
        (0.0, 0.0),
        (13.0, 13.0),
        (33.0, 20.0),  # somebody charged a battery from the grid beside the car
        (-7.0, 0.0),  # the batteries hold more than they would without the car
    ],
)
def test_a_car_has_neither_more_than_all_from_the_grid_nor_less_than_nothing(
    import_wh: float, from_grid_wh: float
) -> None:
    house = House()
    house.ev_wh, house.import_wh = 20.0, import_wh
    seen = Ledger(house).summary()
    assert (seen.ev_from_grid_wh, seen.ev_from_surplus_wh) == (from_grid_wh, 20.0 - from_grid_wh)
