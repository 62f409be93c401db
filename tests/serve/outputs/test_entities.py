"""The published entities of a house: values, units, unknown values, and the classes of the energy dashboard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.by_source import BySource
from optimizer.model.reading import known
from optimizer.serve.energy import Books
from optimizer.serve.outputs.entity import View
from optimizer.serve.outputs.payloads import clock_text, text_of
from tests.serve.house import report, state
from tests.serve.outputs.house import published

BOOKS = Books(consumed={"ev.carport": BySource(1000.0, 0.0, 500.0)}, import_wh=12_345.0)


def values(books: Books = BOOKS, **changes: Any) -> dict[str, str]:
    view = View(report(replace(state(), **changes)), books, ())
    return {entity.topic: text_of(entity.read(view), entity.decimals) for entity in published()}


def test_values_are_in_the_unit_of_their_name() -> None:
    found = values()
    assert found["house/grid_power_w"] == "-542"
    assert found["house/pv_power_w"] == "2974"
    assert found["house/grid_import_kwh"] == "12.345"
    assert found["ev/carport/energy_kwh"] == "1.500"
    assert found["ev/carport/status"] == "charging"
    assert found["ev/carport/mode"] == "auto"
    assert found["battery/cellar/soc_percent"] == "78.2"
    assert "carport" in found["ev/carport/why"]
    assert (found["switch/boiler/on"], found["switch/boiler/power_w"]) == ("ON", "1980")
    assert (found["switch/boiler/energy_kwh"], found["switch/boiler/state"]) == ("12.345", "auto")
    assert found["switch/boiler/active_state"] == "none"


def test_an_unknown_value_is_none_and_never_zero() -> None:
    view = View(report(state(grid_w=None, battery_w=None, soc=None)), Books())
    found = {entity.topic: text_of(entity.read(view), entity.decimals) for entity in published()}
    for topic in ("house/grid_power_w", "house/home_power_w", "battery/cellar/power_w", "battery/cellar/soc_percent"):
        assert found[topic] == "None"
    assert found["input/holiday"] == "None"


def test_inputs_have_the_form_of_their_type() -> None:
    given = {
        "holiday": known(True, 1.0),
        "target_w": known(1500.0, 1.0),
        "guests": known("many", 1.0),
        "ready": known(25200.0, 1.0),
    }
    found = values(inputs=given)
    assert [found[f"input/{name}"] for name in given] == ["ON", "1500.000", "many", "07:00"]


def test_the_energy_dashboard_finds_what_it_requires() -> None:
    """A counter has class energy, a unit of energy, and a state class; a price has the currency over kWh."""
    counters = [one for one in published() if one.key.endswith("_kwh")]
    assert len(counters) == 8
    for one in counters:
        assert (one.config["device_class"], one.config["state_class"]) == ("energy", "total_increasing")
        assert one.config["unit_of_measurement"] == "kWh"
    price = next(one for one in published() if one.key == "import_price")
    assert price.config == {"state_class": "measurement", "unit_of_measurement": "EUR/kWh"}


def test_without_commands_nothing_can_be_set() -> None:
    assert not [one.topic for one in published(commands=False) if one.command]
    assert {one.platform for one in published(commands=False)} <= {"sensor", "binary_sensor"}
    settable = {one.topic for one in published() if one.command}
    assert settable == {
        "ev/carport/mode",
        "ev/carport/goal",
        "switch/boiler/state",
        "input/holiday",
        "input/target_w",
        "input/guests",
        "input/ready",
    }


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (None, 0, "None"),
        (True, 0, "ON"),
        (-0.2, 0, "0"),
        (float("nan"), 0, "None"),
        (float("inf"), 0, "None"),
        (0.2345, 2, "0.23"),
        ("x" * 300, 0, "x" * 254 + "…"),
    ],
)
def test_payloads(value: Any, decimals: int, text: str) -> None:
    assert text_of(value, decimals) == text


@given(st.none() | st.booleans() | st.floats() | st.text(max_size=400), st.integers(0, 4))
def test_no_payload_is_longer_than_home_assistant_accepts(value: Any, decimals: int) -> None:
    text = text_of(value, decimals)
    assert not isinstance(value, str) or len(text) <= 255
    assert "nan" not in text or isinstance(value, str)


def test_a_time_of_day_in_words() -> None:
    assert [clock_text(seconds) for seconds in (0.0, 25200.0, 86399.0)] == ["00:00", "07:00", "23:59:59"]
