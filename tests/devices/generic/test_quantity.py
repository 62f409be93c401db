"""Units, factors, signs and pairs; and what an owner is told about a wrong table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.generic.quantity import KINDS, Quantity, assemble, checked_together
from optimizer.model.reading import known


@pytest.mark.parametrize(
    ("quantity", "value", "reads"),
    [
        (Quantity("grid_power"), -1200, -1200.0),
        (Quantity("grid_power", "kW"), "1.25", 1250.0),
        (Quantity("grid_power", inverted=True), 300, -300.0),
        (Quantity("grid_power", factor=0.1), 12345, 1234.5),
        (Quantity("grid_current_l1", "mA"), 1500, 1.5),
        (Quantity("battery_soc", factor=100.0), 0.57, 57.0),
        (Quantity("pv_energy_total", "kWh"), 1414.4, 1_414_400.0),
        (Quantity("grid_power"), None, None),
        (Quantity("grid_power"), True, None),
        (Quantity("grid_power"), "n/a", None),
        (Quantity("grid_power"), "1_000", None),
        (Quantity("grid_power"), float("nan"), None),
        (Quantity("grid_power"), 10**400, None),
        (Quantity("grid_power"), 2e6, None),
        (Quantity("battery_soc"), 101, None),
        (Quantity("grid_import"), -5, None),
    ],
)
def test_values(quantity: Quantity, value: object, reads: float | None) -> None:
    reading = quantity.reading(value, 7.0)
    assert reading.value == (None if reads is None else pytest.approx(reads))
    assert reading.at_s == 7.0
    assert bool(reading.why) == (reads is None)


@pytest.mark.parametrize(
    ("quantities", "words"),
    [
        ([Quantity("grid_powr")], "did you mean grid_power"),
        ([Quantity("xyz")], "there are: grid_power"),
        ([Quantity("grid_power", "kWh")], "comes in W, kW, MW, not in 'kWh'"),
        ([Quantity("grid_power", factor=0.0)], "factor"),
        ([Quantity("grid_power", factor=float("inf"))], "factor"),
        ([Quantity("grid_power", max_age_s=0.0)], "max_age_s"),
        ([Quantity("grid_power"), Quantity("grid_power")], "twice"),
        ([Quantity("grid_import")], "belong together"),
        ([Quantity("battery_charge")], "belong together"),
        ([Quantity("grid_power"), Quantity("grid_import"), Quantity("grid_export")], "not both"),
        ([], "at least one"),
    ],
)
def test_wrong_tables(quantities: list[Quantity], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        checked_together(quantities)


def test_pairs_and_parts() -> None:
    sample = assemble(
        "meter", {"grid_import": known(100.0, 5.0), "grid_export": known(30.0, 4.0), "pv_power": known(-20.0, 5.0)}
    )
    assert sample.grid is not None
    assert sample.grid.power_w == (70.0, 4.0, "")
    assert sample.grid.phase_current_a == ()
    assert sample.pvs[0].power_w.value == 0.0
    assert sample.batteries == ()
    sample = assemble(
        "cellar",
        {
            "battery_charge": known(500.0, 5.0),
            "battery_discharge": known(0.0, 5.0),
            "battery_soc": known(40.0, 5.0),
            "grid_current_l2": known(-3.0, 5.0),
            "pv_power": known(-900.0, 5.0),
        },
    )
    assert (sample.batteries[0].power_w.value, sample.batteries[0].soc_percent.value) == (-500.0, 40.0)
    assert sample.grid is not None
    assert [reading.value for reading in sample.grid.phase_current_a] == [None, -3.0, None]
    assert "inverted" in sample.pvs[0].power_w.why


@given(st.sampled_from(sorted(KINDS)), st.floats() | st.integers() | st.text(max_size=5), st.booleans())
def test_never_outside_of_what_is_possible(name: str, value: object, inverted: bool) -> None:
    reading = Quantity(name, inverted=inverted).reading(value, 0.0)
    assert reading.value is None or KINDS[name].low <= reading.value <= KINDS[name].high
