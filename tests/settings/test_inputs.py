"""The settings of inputs and their connections: what is read, and every mistake with its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from optimizer.settings import Settings
from optimizer.settings.input_mapping import input_plans, reader_plans
from optimizer.settings.warnings import find_warnings
from tests.settings.conftest import HOUSE, Read

ALL = (
    HOUSE
    + """\
connections:
  shelly: {type: http_json, url: "http://192.0.2.50", poll_s: 5}
  relays: {type: modbus, host: 192.0.2.51}
  broker: {type: mqtt, host: 192.0.2.52}
  ha: {type: home_assistant, url: "http://192.0.2.53:8123", token: secret-of-ha}
inputs:
  holiday: {type: switch, default: off, about: Nobody is at home}
  guests: {type: choice, options: [few, many], default: few}
  ready: {type: time, default: 07:00}
  target: {type: number, unit: kWh, min: 0, max: 60, default: 20}
  heat_w: {type: number, unit: W, http: {connection: shelly, request: "/rpc/Switch.GetStatus?id=0", path: apower}}
  dimmed: {type: switch, modbus: {connection: relays, address: 0, table: discrete, inverted: true}}
  soc: {type: number, unit: "%", max_age_s: 43200, mqtt: {connection: broker, topic: teslamate/cars/1/battery_level}}
  pump:
    {type: choice, options: [off, heating], entity: {connection: ha, entity: sensor.pump, values: {0: off, 2: heating}}}
"""
)


def test_every_input_has_a_plan_in_base_units(read: Read) -> None:
    plans = {plan.spec.name: plan for plan in input_plans(read(ALL))}
    assert plans["holiday"].default is False
    assert plans["ready"].default == 25200.0
    assert (plans["target"].default, plans["target"].spec.high) == (20_000.0, 60_000.0)
    assert plans["holiday"].max_age_s is None
    assert [plans[name].max_age_s for name in ("heat_w", "dimmed", "soc", "pump")] == [20.0, 35.0, 43200.0, 35.0]
    assert [plan.source for plan in plans.values()][4:] == [
        "HTTP shelly",
        "Modbus relays",
        "MQTT broker",
        "Home Assistant ha",
    ]


def test_each_connection_has_one_reader(read: Read) -> None:
    plans = reader_plans(read(ALL))
    assert [(plan.name, plan.inputs) for plan in plans] == [
        ("shelly", ("heat_w",)),
        ("relays", ("dimmed",)),
        ("broker", ("soc",)),
        ("ha", ("pump",)),
    ]
    assert "secret-of-ha" not in repr(plans)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{type: switch, unit: W}", "unit, min, and max belong to a number, and this is a switch"),
        ("{type: choice}", "a choice needs `options`"),
        ("{type: switch, options: [a]}", "only a choice has them"),
        ("{type: choice, options: [not, a]}", "“not” has another meaning in rules"),
        ("{type: choice, options: [a, a]}", "is named twice"),
        ("{type: number, min: 5, max: 5}", "`min` must be below `max`"),
        ("{type: number, max: 5, default: 6}", "the default does not fit: it must be at most 5"),
        ("{type: switch, default: maybe}", "the default does not fit: it must be on or off"),
        ("{type: swich}", "“swich” is not one of the allowed values"),
        ("{type: switch, mqtt: {connection: brokr, topic: a}}", "there is no connection “brokr”"),
        ("{type: switch, mqtt: {connection: shelly, topic: a}}", "has the type http_json, and `mqtt` needs mqtt"),
        ("{type: switch, default: on, mqtt: {connection: broker, topic: a}}", "an input with a source has no default"),
        (
            "{type: switch, mqtt: {connection: broker, topic: a}, http: {connection: shelly, path: a}}",
            "give only one of",
        ),
        (
            "{type: number, unit: W, mqtt: {connection: broker, topic: a, unit: A}}",
            "the source brings A, which is not a unit for W",
        ),
        ("{type: number, http: {connection: shelly, path: 'a['}}", "is not JMESPath"),
    ],
)
def test_every_mistake_has_its_place(line: str, says: str, complain: Callable[..., str]) -> None:
    message = complain(ALL + f"  wrong: {line}\n")
    assert says in message
    assert "inputs.wrong" in message
    assert "site.yaml:26" in message


def test_a_connection_without_a_use_is_a_warning(read: Read) -> None:
    lone = ALL.replace("  relays:", "  spare: {type: modbus, host: 192.0.2.99}\n  relays:")
    assert [what for key, what, _ in find_warnings(read(lone)) if key == ("connections", "spare")] == [
        "nothing uses this connection"
    ]


def test_a_modbus_line_is_shared_with_the_devices(read: Read) -> None:
    meter = "  meter: {type: modbus, host: 192.0.2.51, readings: {pv_power: {address: 4}}}\n"
    alone, shared = read(ALL), read(ALL.replace("connections:", meter + "connections:"))
    assert deadline(shared) == deadline(alone) + 5.0


def deadline(settings: Settings) -> float:
    return next(plan.deadline_s for plan in reader_plans(settings) if plan.name == "relays")
