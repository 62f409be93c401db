"""The readings of a device under the names of their values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.generic.quantity import Quantity
from optimizer.devices.generic.wanted import by_name
from optimizer.model.reading import known

NAMES = ("grid_power", "pv_power", "battery_soc")


@given(st.lists(st.tuples(st.floats(0.0, 100.0), st.floats(1.0, 100.0)), min_size=3, max_size=3))
def test_each_value_has_a_largest_age_of_its_own(ages: list[tuple[float, float]]) -> None:
    now_s = 1000.0
    wanted = [Quantity(name, max_age_s=most_s) for name, (_, most_s) in zip(NAMES, ages, strict=True)]
    read = by_name(zip(wanted, (known(1.0, now_s - age_s) for age_s, _ in ages), strict=True), now_s)
    assert tuple(read) == NAMES
    for reading, (_, most_s) in zip(read.values(), ages, strict=True):
        assert reading.known == (now_s - reading.at_s <= most_s)
