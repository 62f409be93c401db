"""Values that an owner gives: what is given is what rules see, or it is refused with a reason."""

from typing import Any

import pytest

from optimizer.model.fields import DeviceNames
from optimizer.model.state import State
from optimizer.rules.language.errors import ExpressionError
from optimizer.rules.tools.inputs import settable
from tests.rules.scene import NAMES, house

TWO = DeviceNames(("carport", "yard"), ("house", "sonnen"), ("house", "sonnen"))


def given(values: dict[str, str]) -> State:
    named: dict[str, Any] = {name.replace(".", "__"): text for name, text in values.items()}
    return house(names=TWO, **named)


def seen(state: State, name: str) -> object:
    return settable(name, TWO).value(state)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("battery.soc", "55%", 55.0),
        ("battery.reserve_soc", "20%", 20.0),
        ("battery.power_w", "-3kW", -3000.0),
        ("battery.charge_w", "1kW", 1000.0),
        ("battery.capacity_wh", "20kWh", 20_000.0),
        ("pv.power_w", "5kW", 5000.0),
        ("ev.power_w", "7kW", 7000.0),
        ("ev.connected", "true", True),
        ("ev.error", "residual_current_detected", "residual_current_detected"),
        ("ev.housing_temp", "-5.5 °C", -5.5),
        ("ev.connector_l3_temp", "61C", 61.0),
        ("ev.voltage_l2_v", "231V", 231.0),
        ("ev.relay_phases", "0", 0.0),
        ("ev.relay_phases", "2", 2.0),
    ],
)
def test_a_plain_name_is_taken_as_the_whole_with_several_devices(name: str, text: str, value: object) -> None:
    assert seen(given({name: text}), name) == value


def test_what_is_not_given_stays_unknown() -> None:
    state = house(names=TWO, battery__soc="55%")
    assert seen(state, "battery.capacity_wh") is None
    assert seen(house(names=TWO, battery__house__soc="55%", battery__sonnen__soc="60%"), "battery.soc") is None


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"battery.soc": "155%"}, "battery.soc must be 0% to 100%, not 155%"),
        ({"ev.soc": "-5%"}, "ev.carport.soc must be 0% to 100%, not -5%"),
        ({"pv.power_w": "-5kW"}, "pv.power_w must be 0W or more, not -5kW"),
        ({"ev.housing_temp": "60%"}, "a temperature"),
        ({"ev.error": "fire"}, "is not an error of the charger"),
        ({"ev.phases": "4"}, "ev.carport.phases must be 1 to 3, not 4"),
        ({"battery.soc": "55%", "battery.house.soc": "40%"}, "battery.soc is given as 55%, but stays unknown"),
        (
            {"battery.power_w": "2kW", "battery.house.power_w": "3kW"},
            "given as 2kW, but the other given values make it",
        ),
        ({"grid.power_w": "-3kW", "grid.import_w": "1kW"}, "grid.power_w is given as -3kW, but the other given values"),
        ({"ev.connected": "true", "ev.status": "disconnected"}, "ev.carport.connected is given as true"),
        ({"surplus.power_w": "2kW", "ev.power_w": "0W", "battery.power_w": "0W"}, "also needs ev.yard.power_w"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, str], says: str) -> None:
    with pytest.raises(ExpressionError, match=says):
        given(values)


def test_what_agrees_may_be_given_twice() -> None:
    state = house(names=NAMES, grid__power_w="-3kW", grid__export_w="3kW", ev__connected="true", ev__charging="false")
    assert settable("grid.export_w", NAMES).value(state) == 3000.0
