"""From the settings to what is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.cli.run.assemble import assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.model.clock import SystemClock
from optimizer.serve.outputs.mqtt import MqttOutput
from optimizer.settings import SettingsErrors, load_settings

SITE = """\
devices: {carport: {type: nrgkick, url: "http://192.0.2.1"}}
connections: {broker: {type: mqtt, host: 192.0.2.2, user: me, password: secret-word, tls: true, port: 8883}}
inputs: {holiday: {type: switch}}
serve: {mqtt: {connection: broker, topic: home/energy%s}}
"""


def output_of(folder: Path, more: str) -> MqttOutput:
    (folder / "rules").mkdir()
    (folder / "rules" / "a.yaml").write_text("version: 1\nrules: []\n")
    (folder / "site.yaml").write_text(SITE % more)
    settings = load_settings(folder / "site.yaml", {})
    house = assemble(settings, RuleFiles.load(settings), SystemClock(), folder / "state")
    house.close()
    owners = (getattr(one, "__self__", None) for one in house.service.parts.companions)
    return next(one for one in owners if isinstance(one, MqttOutput))


@pytest.mark.parametrize(
    ("more", "commands", "discovery"),
    [("", False, True), (", commands: true", True, True), (", home_assistant: false", False, False)],
)
def test_the_settings_decide_what_is_published_and_taken(
    more: str, commands: bool, discovery: bool, tmp_path: Path
) -> None:
    output = output_of(tmp_path, more)
    assert (output._commands is not None) is commands
    assert (output._identity is not None) is discovery
    assert output._broker == Broker("192.0.2.2", 8883, "me", "secret-word", tls=True)
    assert "secret-word" not in repr(output._broker)
    assert output._house.availability == "home/energy/availability"
    topics = {entity.topic for entity in output._entities}
    assert {"house/grid_power_w", "ev/carport/mode", "input/holiday"} <= topics


def test_a_missing_broker_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "site.yaml").write_text("serve: {mqtt: {connection: broker}}\n")
    with pytest.raises(SettingsErrors, match="there is no connection of type mqtt “broker”") as caught:
        load_settings(tmp_path / "site.yaml", {})
    assert "serve.mqtt.connection" in caught.value.render()
