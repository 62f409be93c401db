"""Converts the settings of inputs into plans, and into the readers of their sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.settings.adapters import SLACK_S, turn_s
from optimizer.settings.connections import (
    Connection,
    HomeAssistantConnection,
    HttpConnection,
    ModbusConnection,
    MqttConnection,
)
from optimizer.settings.inputs import EntityInput, HttpInput, InputSettings, ModbusInput, MqttInput
from optimizer.settings.reader_mapping import http_json_config, modbus_config, mqtt_config, register_of
from optimizer.settings.root import Settings
from optimizer.settings.vehicles import VehicleSettings
from optimizer.sources.inputs.decode import Decoder
from optimizer.sources.inputs.port import InputPlan

# ruff: noqa: PLC0415 - a site without such a source does not pay memory for its libraries

Entry = tuple[str, InputSettings, Decoder]
"""An input with a source: its name, its settings, and the meaning of its values."""
UNIT_OF_ENTITY = "attributes.unit_of_measurement"


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """Everything that is needed to read the inputs of one connection."""

    name: str
    """The name of the connection."""
    brand: str
    config: object
    """The argument of the reader of this brand: HttpJsonConfig, ModbusTableConfig, or MqttConfig."""
    inputs: tuple[str, ...]
    pace_s: float
    deadline_s: float


def all_inputs(settings: Settings) -> dict[str, InputSettings]:
    """The inputs of the file, and those that vehicles bring."""
    brought = {
        key: one
        for name, vehicle in settings.vehicles.items()
        for key, one in vehicle.inputs(name, _type_of(vehicle, settings))
    }
    return {**settings.inputs, **brought}


def _type_of(vehicle: VehicleSettings, settings: Settings) -> str:
    source = vehicle.teslamate or vehicle.evcc
    connection = settings.connections.get(source.connection) if source is not None else None
    return connection.brand if connection is not None else ""


def input_plans(settings: Settings) -> tuple[InputPlan, ...]:
    """All inputs, in the order of the file."""
    return tuple(
        InputPlan(
            one.spec(name),
            max_age_s=one.max_age_s if one.source is None else _max_age_s(one, settings),
            default=one.default_value(name),
            source="" if one.source is None else f"{_WORDS[type(one.source)]} {one.source.connection}",
        )
        for name, one in all_inputs(settings).items()
    )


def reader_plans(settings: Settings) -> tuple[ReaderPlan, ...]:
    """A plan for each connection that inputs are read from."""
    return tuple(
        _plan(name, connection, entries, settings)
        for name, connection in settings.connections.items()
        if (entries := _entries(name, settings))
    )


_WORDS = {HttpInput: "HTTP", ModbusInput: "Modbus", MqttInput: "MQTT", EntityInput: "Home Assistant"}


def _entries(connection: str, settings: Settings) -> tuple[Entry, ...]:
    return tuple(
        (name, one, _decoder(name, one, settings))
        for name, one in all_inputs(settings).items()
        if one.source is not None and one.source.connection == connection
    )


def _max_age_s(one: InputSettings, settings: Settings) -> float:
    assert one.source is not None
    return one.max_age_s or settings.connections[one.source.connection].usual_age_s


def _decoder(name: str, one: InputSettings, settings: Settings) -> Decoder:
    source = one.source
    assert source is not None
    return Decoder(
        one.spec(name),
        _max_age_s(one, settings),
        unit=source.unit,
        factor=source.factor,
        inverted=source.inverted,
        decimal_comma=source.decimal_comma,
        words=tuple(source.values.items()),
    )


def _plan(name: str, connection: Connection, entries: Sequence[Entry], settings: Settings) -> ReaderPlan:
    config, exchanges = _config(name, connection, entries)
    return ReaderPlan(
        name,
        connection.brand,
        config=config,
        inputs=tuple(entry[0] for entry in entries),
        pace_s=connection.poll_s,
        deadline_s=exchanges * turn_s(connection, settings) + SLACK_S,
    )


def _config(name: str, connection: Connection, entries: Sequence[Entry]) -> tuple[object, int]:
    """The configuration of the reader, and the number of exchanges of one reading."""
    match connection:
        case HttpConnection():
            return _http(name, connection, entries)
        case HomeAssistantConnection():
            return _entities(name, connection, entries)
        case ModbusConnection():
            return _modbus(name, connection, entries)
        case MqttConnection():
            return _mqtt(name, connection, entries), 2


def _http(name: str, connection: HttpConnection, entries: Sequence[Entry]) -> tuple[object, int]:
    from optimizer.devices.generic.http_json import HttpQuantity

    quantities = tuple(
        HttpQuantity(decoder, one.http.path, one.http.request, one.http.time)
        for _, one, decoder in entries
        if one.http is not None
    )
    return http_json_config(name, connection, quantities), len({entry.request for entry in quantities})


def _entities(name: str, connection: HomeAssistantConnection, entries: Sequence[Entry]) -> tuple[object, int]:
    from optimizer.devices.generic.http_json import HttpJsonConfig, HttpQuantity

    quantities = tuple(
        HttpQuantity(
            decoder,
            one.entity.path,
            f"/api/states/{one.entity.entity}",
            one.entity.time,
            unit=UNIT_OF_ENTITY if one.unit and not one.entity.unit and one.entity.path == "state" else "",
        )
        for _, one, decoder in entries
        if one.entity is not None
    )
    config = HttpJsonConfig(
        name=name,
        url=connection.url,
        quantities=quantities,
        headers={"Authorization": f"Bearer {connection.token.get_secret_value()}"},
        timeout_s=connection.timeout_s,
        verify_tls=connection.verify_tls,
        ca_file=connection.ca_file,
    )
    return config, len({entry.request for entry in quantities})


def _modbus(name: str, connection: ModbusConnection, entries: Sequence[Entry]) -> tuple[object, int]:
    places = [(decoder, one.modbus) for _, one, decoder in entries if one.modbus is not None]
    registers = tuple(register_of(decoder, place) for decoder, place in places)
    return modbus_config(name, connection, registers), sum(place.exchanges for _, place in places)


def _mqtt(name: str, connection: MqttConnection, entries: Sequence[Entry]) -> object:
    from optimizer.devices.generic.mqtt import MqttQuantity

    places = [(decoder, one.mqtt) for _, one, decoder in entries if one.mqtt is not None]
    return mqtt_config(
        name,
        connection,
        tuple(MqttQuantity(decoder, place.topic, place.path, place.retained) for decoder, place in places),
    )
