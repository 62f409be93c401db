"""The registry makes generic meters from their own configurations."""

from __future__ import annotations

import pytest

from optimizer.devices.generic.http_json import HttpJsonConfig, HttpQuantity
from optimizer.devices.generic.modbus_table import ModbusTableConfig, Register
from optimizer.devices.generic.mqtt import MqttConfig, MqttQuantity
from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.generic.quantity import Quantity
from optimizer.devices.keep import MemoryKeep
from optimizer.devices.port import Identified, Meter
from optimizer.devices.registry import FACTORIES
from optimizer.model.clock import SystemClock

GRID = Quantity("grid_power")


@pytest.mark.parametrize(
    ("brand", "config"),
    [
        ("http_json", HttpJsonConfig("meter", "http://meter", (HttpQuantity(GRID, "w"),), password="hunter2")),
        ("modbus", ModbusTableConfig("meter", "meter", (Register(GRID, 0),))),
        ("mqtt", MqttConfig("meter", Broker("broker", password="hunter2"), (MqttQuantity(GRID, "grid"),))),
    ],
)
async def test_each(brand: str, config: object) -> None:
    meter = FACTORIES[brand](config, SystemClock(), MemoryKeep())
    assert isinstance(meter, Meter)
    assert isinstance(meter, Identified)
    assert "hunter2" not in repr(config)
    await meter.close()
