"""The charger's faults, temperatures, voltages, relays, and signal, from both protocols."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.nrgkick.api import Live
from optimizer.devices.nrgkick.charger import INFO_S
from optimizer.devices.nrgkick.condition import Info, condition_from
from optimizer.model.condition import ChargerCondition
from optimizer.model.faults import ERRORS, RCD_FAULTS, WARNINGS
from optimizer.model.reading import Reading
from tests.devices.hand_clock import HandClock
from tests.devices.nrgkick.bodies import INFO, VALUES, changed, flat
from tests.devices.nrgkick.fake import FakeKick

INFOS, LIVE = flat("info", INFO), flat("values", VALUES)


def condition(values: dict[str, Any] | None = None, info: dict[str, Any] | None = None) -> ChargerCondition:
    return condition_from(Info({**INFOS, **(info or {})}, 5.0), Live({**LIVE, **(values or {})}, 9.0))


def readings(part: ChargerCondition) -> dict[str, Reading[Any]]:
    found: dict[str, Reading[Any]] = {}
    for field in fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        if isinstance(value, Reading):
            found[field.name] = value
        else:
            found.update({f"{field.name}.{at}": reading for at, reading in enumerate(value, 1)})
    return found


async def test_a_poll_brings_all_of_it() -> None:
    (ev,) = (await FakeKick().charger().read()).evs
    found = {name: reading.value for name, reading in readings(ev.condition).items()}
    assert found == {
        "error": "none",
        "warning": "none",
        "rcd": "none",
        "relays": "N, L1, L2, L3",
        "housing_temp_c": 37.76,
        "connector_temp_c.1": 36.5,
        "connector_temp_c.2": 25.25,
        "connector_temp_c.3": -5.5,
        "voltage_v.1": 230.5,
        "voltage_v.2": 231.25,
        "voltage_v.3": 232.75,
        "neutral_current_a": 0.125,
        "signal_dbm": -61.0,
    }


def test_codes_as_numbers_and_as_texts_are_the_same() -> None:
    texts = {"error_code": "EV_DIODE_FAULT", "warning_code": "NO_PE", "rcd_trigger": "AC_30MA_FAULT"}
    numbers = {"error_code": 34, "warning_code": 1.0, "rcd_trigger": 1}
    for codes in (texts, numbers):
        found = condition({f"values.general.{key}": value for key, value in codes.items()})
        assert (found.error.value, found.warning.value, found.rcd.value) == ("ev_diode_fault", "no_pe", "ac_30ma_fault")


def test_open_relays_are_none_and_a_number_is_its_conductors() -> None:
    path = "values.general.relay_state"
    assert condition({path: "NO_RELAY"}).relays.value == condition({path: 0}).relays.value == "none"
    assert condition({path: 3}).relays.value == "N, L1"
    assert condition({path: 16}).relays.value is None


def test_the_pins_of_a_domestic_plug_are_there_with_a_domestic_plug_only() -> None:
    assert condition().plug_temp_c == ()
    for domestic in ("DOMESTIC", 2):
        found = condition(info={"info.connector.type": domestic})
        assert [reading.value for reading in found.plug_temp_c] == [20.5, 21.5]


def test_the_signal_is_that_of_the_module_that_is_connected_and_as_old_as_its_info() -> None:
    assert condition().signal_dbm.at_s == 5.0
    assert condition(info={"info.network.rssi": 0}).signal_dbm.value == -83.0
    gone = condition_from(Info({"info.network.rssi": 0}, 5.0), Live({}, 9.0)).signal_dbm
    assert gone.value is None
    assert "rssi" in gone.why


PATHS = [
    "general.error_code",
    "general.warning_code",
    "general.rcd_trigger",
    "general.relay_state",
    "temperatures.housing",
    "temperatures.connector_l2",
    "powerflow.l3.voltage",
    "powerflow.n.current",
]


@pytest.mark.parametrize("path", PATHS)
@given(odd=st.one_of(st.none(), st.booleans(), st.text(), st.just(1e9), st.just(-1e9), st.just([1])))
def test_an_odd_value_costs_only_its_own_reading(path: str, odd: object) -> None:
    before, after = readings(condition()), readings(condition({f"values.{path}": odd}))
    differing = [name for name in before if before[name].value != after[name].value]
    assert len(differing) <= 1
    for words, name in ((ERRORS, "error"), (WARNINGS, "warning"), (RCD_FAULTS, "rcd")):
        assert after[name].value is None or after[name].value in words
    for name in differing:
        assert after[name].known or after[name].why


async def test_a_missing_section_costs_control_nothing() -> None:
    kick = FakeKick()
    kick.answers["/values"] = {key: part for key, part in VALUES.items() if key != "temperatures"}
    (ev,) = (await kick.charger().read()).evs
    assert ev.condition.housing_temp_c.value is None
    assert ev.power_w.value == 6512.125


async def test_the_information_is_read_again_after_five_minutes() -> None:
    kick, clock = FakeKick(), HandClock()
    charger = kick.charger(clock)
    await charger.read()
    kick.answers["/info"] = changed(changed(INFO, "network.rssi", -75), "connector.max_current", 10.0)
    clock.pass_s(INFO_S - 1.0)
    (ev,) = (await charger.read()).evs
    assert ev.condition.signal_dbm.value == -61.0
    clock.pass_s(2.0)
    (ev,) = (await charger.read()).evs
    assert ev.condition.signal_dbm.value == -75.0
    assert ev.rated_a.value == 10.0


async def test_information_that_fails_costs_no_reading_and_is_not_asked_for_at_once() -> None:
    kick, clock = FakeKick(), HandClock()
    charger = kick.charger(clock)
    await charger.read()
    kick.answers["/info"] = {"Response": "busy"}
    clock.pass_s(INFO_S + 1.0)
    for _ in range(3):
        (ev,) = (await charger.read()).evs
        assert ev.rated_a.value == 16.0
    assert kick.asked.count("/info") == 2
