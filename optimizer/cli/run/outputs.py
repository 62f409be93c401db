"""From the settings to the MQTT output."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from optimizer import __version__
from optimizer.journal.kept_file import KeptFiles
from optimizer.serve.outputs.commands import Commands
from optimizer.serve.outputs.discovery import House
from optimizer.serve.outputs.entities import entities
from optimizer.serve.outputs.identity import Identity
from optimizer.serve.outputs.mqtt import MqttOutput
from optimizer.serve.overrides import OverrideSink
from optimizer.serve.panel import Panel
from optimizer.settings.adapters import device_plans
from optimizer.settings.connections import MqttConnection
from optimizer.settings.input_mapping import input_plans
from optimizer.settings.reader_mapping import broker_of

if TYPE_CHECKING:
    from optimizer.settings import Settings
    from optimizer.settings.site import MqttOutputSettings


def build_output(
    settings: Settings, output: MqttOutputSettings, panel: Panel, overrides: OverrideSink, files: KeptFiles
) -> MqttOutput:
    """The output, not yet connected. `files` keep the identity of this installation."""
    connection = settings.connections[output.connection]
    assert isinstance(connection, MqttConnection)  # settings.input_checks
    identity = Identity(files)
    house = House(identity.id, settings.site.name, __version__, topic=output.topic, prefix=output.discovery_prefix)
    published = entities(
        panel.site,
        input_plans(settings),
        pvs=tuple(name for plan in device_plans(settings) for name in plan.pvs),
        currency=settings.prices.currency,
        commands=output.commands,
        vehicles=tuple(settings.vehicles),
        repeating=[one.charger for one in panel.goals.reports() if one.repeats] if panel.goals is not None else (),
    )
    return MqttOutput(
        broker_of(connection, connection.timeout_s),
        house,
        published,
        panel,
        identity=identity if output.home_assistant else None,
        commands=Commands(published, overrides, panel.inputs, goals=panel.goals, vehicles=panel.vehicles)
        if output.commands
        else None,
        random=random.random,
    )
