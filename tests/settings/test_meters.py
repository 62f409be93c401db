"""Generic meters: any quantity of any meter, each with unit, factor, sign and age."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from optimizer.devices.generic.http_json import HttpJson, HttpJsonConfig
from optimizer.devices.generic.modbus_table import ModbusTable, ModbusTableConfig
from optimizer.devices.generic.mqtt import Mqtt, MqttConfig
from optimizer.model.clock import SystemClock
from optimizer.settings.adapters import device_plans
from optimizer.settings.mapping import to_site
from tests.settings.conftest import Read

METERS = """\
grid: shelly
devices:
  shelly:
    type: http_json
    url: http://192.0.2.40
    token: 0123456789abcdef
    readings:
      grid_power: {request: "/rpc/EM.GetStatus?id=0", path: total_act_power, unit: kW, inverted: true}
  roof:
    type: modbus
    host: 192.0.2.41
    unit: 3
    max_age_s: 30
    readings:
      pv_power: {address: 40083, type: int32, words: low_first, factor: 0.1, missing: -1}
      battery_soc: {address: 7, table: input, max_age_s: 120}
  broker:
    type: mqtt
    host: mqtt.lan
    readings:
      pv_power: {topic: roof/east, path: power}
      grid_import: {topic: meter/in}
      grid_export: {topic: meter/out}
"""


def test_each_meter_becomes_its_adapter(read: Read) -> None:
    shelly, roof, broker = device_plans(read(METERS))
    assert isinstance(shelly.config, HttpJsonConfig)
    [entry] = shelly.config.quantities
    assert (entry.request, entry.path, entry.quantity.unit, entry.quantity.inverted) == (
        "/rpc/EM.GetStatus?id=0",
        "total_act_power",
        "kW",
        True,
    )
    assert shelly.config.headers == {"Authorization": "Bearer 0123456789abcdef"}
    assert "0123456789abcdef" not in repr(shelly)
    assert isinstance(roof.config, ModbusTableConfig)
    power, charge = roof.config.registers
    assert (power.addresses, power.type, power.words, power.quantity.factor) == ((40083,), "int32", "low_first", 0.1)
    assert (power.quantity.max_age_s, charge.quantity.max_age_s, charge.table) == (30.0, 120.0, "input")
    assert isinstance(broker.config, MqttConfig)
    assert [one.topic for one in broker.config.quantities] == ["roof/east", "meter/in", "meter/out"]
    for adapter, config in ((HttpJson, shelly.config), (ModbusTable, roof.config), (Mqtt, broker.config)):
        adapter(config, SystemClock())


def test_what_they_bring(read: Read) -> None:
    settings = read(METERS)
    shelly, roof, broker = device_plans(settings)
    assert (shelly.grid, shelly.pvs, shelly.batteries) == (True, (), ())
    assert (roof.grid, roof.pvs, roof.batteries, roof.controls_batteries) == (False, ("roof",), ("roof",), False)
    assert (broker.grid, broker.pvs) == (False, ("broker",))
    assert not to_site(settings).batteries["roof"].controllable


@pytest.mark.parametrize(
    ("readings", "part"),
    [
        ("{grid_powr: {path: x}}", "devices.m.readings.grid_powr: “grid_powr” is not a quantity of a meter"),
        ("{grid_powr: {path: x}}", "did you mean “grid_power”?"),
        ("{}", "devices.m.readings: has too few entries"),
        ("{grid_power: {}}", "devices.m.readings.grid_power.path: is required"),
        (
            "{grid_power: {path: x, unit: kWh}}",
            "site.yaml:2:80: devices.m.readings.grid_power.unit: ",
        ),
        ("{grid_power: {path: x, unit: kWh}}", "grid_power comes in W, kW, MW"),
        ("{grid_power: {path: x, unit: kV}}", "allowed: W, kW, MW, Wh"),
        ("{grid_power: {path: x, factor: 0}}", "the factor must be a number other than 0"),
        ("{grid_import: {path: x}}", "grid_import and grid_export belong together"),
        ("{grid_power: {path: 'a['}}", "devices.m.readings.grid_power.path: the path 'a[' is not JMESPath"),
        ("{grid_power: {path: ''}}", "devices.m.readings.grid_power.path: “” is too short"),
        ("{grid_power: {path: x, unit: kw}}", "did you mean “kW”?"),
    ],
)
def test_mistakes_about_readings(complain: Callable[..., str], readings: str, part: str) -> None:
    assert part in complain(f"devices:\n  m: {{type: http_json, url: 'http://a', readings: {readings}}}\n")


def test_a_unit_of_the_meter_applies_unless_the_settings_name_one(read: Read) -> None:
    text = """\
grid: a
devices:
  a: {type: http_json, url: "http://192.0.2.40", readings: {grid_power: {path: value}}}
  b: {type: http_json, url: "http://192.0.2.41", readings: {pv_power: {path: value, unit: kW}}}
  c: {type: mqtt, host: mqtt.lan, readings: {pv_power: {topic: t, path: value, factor: 1000}, battery_soc: {topic: s}}}
"""
    entries = []
    for plan in device_plans(read(text)):
        assert isinstance(plan.config, HttpJsonConfig | MqttConfig)
        entries += [one.unit_beside for one in plan.config.quantities]
    assert entries == [True, False, False, True]
