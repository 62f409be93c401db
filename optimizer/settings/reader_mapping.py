"""Converts where values are into the configuration of their reader, for meters and for the sources of inputs alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.settings.connections import HttpConnection, ModbusConnection, MqttConnection
from optimizer.settings.meters import HttpJsonSettings, ModbusPlace, ModbusSettings, MqttAddress, MqttSettings

# ruff: noqa: PLC0415 - a site without such a reader does not pay memory for its libraries

if TYPE_CHECKING:
    from optimizer.devices.generic.http_json import HttpJsonConfig, HttpQuantity
    from optimizer.devices.generic.modbus_table import ModbusTableConfig, Register
    from optimizer.devices.generic.mqtt import MqttConfig, MqttQuantity
    from optimizer.devices.generic.mqtt_broker import Broker
    from optimizer.devices.generic.wanted import Wanted


def http_json_config(
    name: str, at: HttpJsonSettings | HttpConnection, quantities: tuple[HttpQuantity, ...]
) -> HttpJsonConfig:
    """The reader of these quantities in the JSON of a server."""
    from optimizer.devices.generic.http_json import HttpJsonConfig

    token = at.token.get_secret_value()
    return HttpJsonConfig(
        name=name,
        url=at.url,
        quantities=quantities,
        user=at.user,
        password=at.password.get_secret_value(),
        headers={"Authorization": f"Bearer {token}"} if token else {},
        timeout_s=at.timeout_s,
        verify_tls=at.verify_tls,
        ca_file=at.ca_file,
    )


def register_of(wanted: Wanted, place: ModbusPlace) -> Register:
    """The registers of one value."""
    from optimizer.devices.generic.modbus_table import Register

    return Register(
        wanted,
        place.addresses,
        type=place.type,
        words=place.words,
        table=place.table,
        missing=place.missing,
        scale=None if place.scale is None else place.scale.address,
    )


def modbus_config(
    name: str, at: ModbusSettings | ModbusConnection, registers: tuple[Register, ...]
) -> ModbusTableConfig:
    """The reader of these registers of a device."""
    from optimizer.devices.generic.modbus_table import ModbusTableConfig

    return ModbusTableConfig(
        name=name, host=at.host, registers=registers, port=at.port, unit=at.unit, timeout_s=at.timeout_s
    )


def mqtt_config(name: str, at: MqttSettings | MqttConnection, quantities: tuple[MqttQuantity, ...]) -> MqttConfig:
    """The reader of these quantities in the messages of a broker."""
    from optimizer.devices.generic.mqtt import MqttConfig

    return MqttConfig(name, broker_of(at, at.timeout_s), quantities)


def broker_of(at: MqttAddress, timeout_s: float) -> Broker:
    """The broker at this address. `timeout_s` is the deadline of one exchange, s."""
    from optimizer.devices.generic.mqtt_broker import Broker

    return Broker(
        host=at.host,
        port=at.port,
        user=at.user,
        password=at.password.get_secret_value(),
        tls=at.tls,
        ca_file=at.ca_file,
        timeout_s=timeout_s,
    )
