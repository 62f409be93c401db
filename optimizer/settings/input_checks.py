"""Checks and warnings of inputs: whether each source has a connection of its type, and each connection a use."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.settings.document import KeyPath
from optimizer.settings.errors import did_you_mean, hinted
from optimizer.settings.inputs import CONNECTIONS
from optimizer.settings.root import Settings
from optimizer.settings.switches import HttpSwitch, MqttSwitch
from optimizer.words.text import Text

Finding = tuple[KeyPath, str, str]
"""The setting, the mistake, and a valid value."""
SECTIONS = ("http", "modbus", "mqtt", "entity")


def input_findings(settings: Settings) -> Iterator[Finding]:
    """Every input whose connection is missing or of another type."""
    for name, one in settings.inputs.items():
        source = one.source
        if source is None:
            continue
        section = next(key for key in SECTIONS if getattr(one, key) is not None)
        path: KeyPath = ("inputs", name, section, "connection")
        connection, needed = settings.connections.get(source.connection), CONNECTIONS[type(source)]
        able = [key for key, other in settings.connections.items() if other.brand == needed]
        right = ", ".join(able) or Text("add one with `type: {needed}` under connections", needed=needed)
        if connection is None:
            meant = did_you_mean(source.connection, settings.connections)
            yield (
                path,
                hinted(Text("there is no connection “{connection}”", connection=source.connection), meant),
                right,
            )
        elif connection.brand != needed:
            what = Text(
                "the connection “{connection}” has the type {brand}, and `{section}` needs {needed}",
                connection=source.connection,
                brand=connection.brand,
                section=section,
                needed=needed,
            )
            yield path, what, right


def output_findings(settings: Settings) -> Iterator[Finding]:
    """Whether the broker of the MQTT output exists."""
    output = settings.serve.mqtt
    if output is None:
        return
    connection = settings.connections.get(output.connection)
    if connection is None or connection.brand != "mqtt":
        able = [key for key, other in settings.connections.items() if other.brand == "mqtt"]
        right = ", ".join(able) or Text("add one with `type: mqtt` under connections")
        yield (
            ("serve", "mqtt", "connection"),
            Text("there is no connection of type mqtt “{connection}”", connection=output.connection),
            right,
        )


def input_warnings(settings: Settings) -> Iterator[Finding]:
    """Connections that nothing uses."""
    used = {one.source.connection for one in settings.inputs.values() if one.source is not None}
    cars = (vehicle.teslamate or vehicle.evcc for vehicle in settings.vehicles.values())
    used |= {source.connection for source in cars if source is not None}
    used |= {settings.serve.mqtt.connection} if settings.serve.mqtt is not None else set()
    used |= {one.connection for one in settings.switches.values() if isinstance(one, HttpSwitch | MqttSwitch)}
    for name in settings.connections:
        if name not in used:
            yield ("connections", name), Text("nothing uses this connection"), Text("name it in an input, or remove it")
