"""The address of a broker in the settings reaches every reader and relay with all of its fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.settings.adapters import device_plans
from optimizer.settings.input_mapping import reader_plans
from tests.settings.conftest import Read

ADDRESS = "host: mq, port: 8883, user: me, password: secret-word, tls: true, ca_file: /etc/ca.pem"
HOUSE = f"""
devices:
  carport: {{type: nrgkick, url: "http://192.0.2.10"}}
  meter: {{type: mqtt, {ADDRESS}, timeout_s: 3, readings: {{grid_power: {{topic: grid}}}}}}
connections:
  broker: {{type: mqtt, {ADDRESS}, timeout_s: 3}}
inputs:
  level: {{type: number, mqtt: {{connection: broker, topic: level}}}}
switches:
  rod: {{type: mqtt, connection: broker, topic: rod/set, power_w: 500, timeout_s: 4}}
"""


def test_a_meter_an_input_and_a_relay_reach_the_broker_of_the_settings(read: Read) -> None:
    settings = read(HOUSE)
    plans: tuple[Any, ...] = (*device_plans(settings), *reader_plans(settings))
    configs = {plan.name: plan.config for plan in plans if plan.name != "carport"}
    broker = Broker("mq", 8883, "me", "secret-word", tls=True, ca_file="/etc/ca.pem", timeout_s=3.0)
    assert {name: config.broker for name, config in configs.items()} == {
        "meter": broker,
        "broker": broker,
        "rod": replace(broker, timeout_s=4.0),
    }
    assert "secret-word" not in repr(configs)
