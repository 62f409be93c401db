"""A unit beside a value is applied where it can only be that of the value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.generic.beside import UnitBeside
from optimizer.devices.generic.quantity import POWER, Quantity

NUMBERS = st.integers(-500_000, 500_000).map(lambda n: n / 1000.0)
SPELLINGS = {"W": ("W", "w", "Watt", "watts"), "kW": ("kW", "KW", "kw", "Kilowatt"), "MW": ("MW",)}


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, object, float]:
    """A path, a document with a unit beside the value, and the power in W."""
    number, unit = draw(NUMBERS), draw(st.sampled_from(sorted(POWER)))
    if unit == "MW":
        number /= 1000.0
    spelling = draw(st.sampled_from(SPELLINGS[unit]))
    value: object = draw(st.sampled_from([number, str(number)]))
    leaf = draw(st.sampled_from(["value", "state", "power", "w_total"]))
    around: dict[str, object] = {leaf: value, "name": "grid"}
    if draw(st.booleans()):
        around["attributes"] = {"unit_of_measurement": spelling, "friendly_name": "x"}
    else:
        around[draw(st.sampled_from(["unit", "units", "unit_of_measurement"]))] = spelling
    if leaf in ("value", "state") and draw(st.booleans()):
        around["other"] = 7
    around["timestamp"] = 1_750_000_000
    parent = draw(st.sampled_from(["", "a", "a.b[1]", "a[-1]"]))
    body: object = {"": around, "a": {"a": around}, "a.b[1]": {"a": {"b": [0, around]}}, "a[-1]": {"a": [around]}}[
        parent
    ]
    return f"{parent}.{leaf}" if parent else leaf, body, number * POWER[unit]


@given(document=documents())
def test_a_unit_beside_the_value_is_applied(document: tuple[str, object, float]) -> None:
    path, body, power_w = document
    raw = UnitBeside(path)
    value = body
    for step in path.replace("[", ".[").split("."):
        value = value[int(step[1:-1])] if step.startswith("[") else value[step]  # type: ignore[index]
    assert Quantity("grid_power").reading(raw.applied(value, body), 0.0).value == pytest.approx(power_w, abs=1e-6)


@pytest.mark.parametrize(
    ("path", "body", "value"),
    [
        ("soc", {"soc": 55, "power": 1200, "unit": "W"}, 55),
        ("value", {"value": "1.2 kW", "unit": "W"}, "1.2 kW"),
        ("value", {"value": True, "unit": "W"}, True),
        ("value", {"value": 5, "unit": 3}, 5),
        ("value", {"value": 5, "unit": " "}, 5),
        ("value", {"value": 5, "attributes": "W"}, 5),
        ("value", [1], 5),
        ("sum([a.value, b.value])", {"a": {"value": 1, "unit": "kW"}, "b": {"value": 2, "unit": "kW"}}, 3),
        ("data.tuples[-1][1]", {"data": {"tuples": [[0, 5]], "unit": "kW"}}, 5),
        ("[?id=='x.y'].value | [0]", [{"id": "x.y", "value": 5, "unit": "kW"}], 5),
    ],
)
def test_other_units_are_left_alone(path: str, body: Any, value: object) -> None:
    found = UnitBeside(path).applied(value, body)
    assert found == value


def test_a_unit_that_does_not_fit_is_told() -> None:
    reading = Quantity("grid_power").reading(UnitBeside("value").applied(5, {"value": 5, "unit": "mW"}), 0.0)
    assert "brings “5 mW”, but the unit must be W, kW, MW" in reading.why
