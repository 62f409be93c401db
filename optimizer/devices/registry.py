"""The types of devices: type name → factory. The one list that the composition root reads.

A factory takes the adapter's own frozen configuration, the clock and the store for what must outlive a crash;
it opens nothing. What an adapter can do is seen by the protocols of the port that it implements. Imports are
made when a type is used: an installation pays memory only for the libraries of its own devices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from optimizer.devices.fems.config import FemsConfig
from optimizer.devices.givtcp.config import GivEvcConfig, GivTcpConfig
from optimizer.devices.keep import Keep
from optimizer.devices.nrgkick.config import NrgkickConfig
from optimizer.devices.port import Meter
from optimizer.devices.sonnen.config import SonnenConfig
from optimizer.model.clock import Clock

# ruff: noqa: PLC0415 - imports inside the factories are the point of this file


def make_nrgkick(config: NrgkickConfig, clock: Clock, _keep: Keep) -> Meter:
    """A charger: also Charger, PhaseSwitch, EnergyLimit, Identified. Raises ValueError for an unusable address."""
    from optimizer.devices.nrgkick.api import Api
    from optimizer.devices.nrgkick.charger import Nrgkick

    def json() -> Api:
        from optimizer.devices.nrgkick.json_api import JsonApi

        return JsonApi(config, clock)

    def modbus() -> Api:
        from optimizer.devices.nrgkick.modbus import ModbusApi

        host = config.modbus_host or urlsplit(config.url).hostname
        if not host:
            raise ValueError("Modbus needs a host: set modbus_host or url")
        return ModbusApi(
            host=host, port=config.modbus_port, unit=config.modbus_unit, timeout_s=config.timeout_s, clock=clock
        )

    if config.protocol == "json":
        return Nrgkick(config.name, json(), clock)
    if config.protocol == "modbus":
        return Nrgkick(config.name, modbus(), clock)
    from optimizer.devices.nrgkick.auto import AutoApi

    return Nrgkick(config.name, AutoApi(json(), modbus(), clock), clock)


def make_fems(config: FemsConfig, clock: Clock, _keep: Keep) -> Meter:
    """An Edge: also BatteryControl, Identified. Raises ValueError for an unusable address."""
    from optimizer.devices.fems.fems import Fems
    from optimizer.devices.fems.wire import FemsWire

    return Fems(config, FemsWire(config, clock), clock)


def make_sonnen(config: SonnenConfig, clock: Clock, keep: Keep) -> Meter:
    """A sonnen: also BatteryControl, Identified. Raises ValueError for an unusable address."""
    from optimizer.devices.sonnen.battery import Sonnen

    return Sonnen(config, clock, keep)


def make_givtcp(config: GivTcpConfig, clock: Clock, keep: Keep) -> Meter:
    """A GivEnergy plant: also BatteryControl, Identified. Raises ValueError for an unusable address."""
    from optimizer.devices.givtcp.battery import GivTcp

    return GivTcp(config, clock, keep)


def make_givtcp_evc(config: GivEvcConfig, clock: Clock, keep: Keep) -> Meter:
    """The EV charger behind GivTCP: also Charger, EnergyLimit, OwnersSettings, Identified.

    Raises ValueError for an unusable address."""
    from optimizer.devices.givtcp.evc import GivEvc

    return GivEvc(config, clock, keep)


def make_http_json(config: Any, clock: Clock, _keep: Keep) -> Meter:
    """Any meter with JSON over HTTP (HttpJsonConfig): also Identified. Raises ValueError for what cannot be used."""
    from optimizer.devices.generic.http_json import HttpJson

    return HttpJson(config, clock)


def make_modbus(config: Any, clock: Clock, _keep: Keep) -> Meter:
    """Any meter with Modbus TCP (ModbusTableConfig): also Identified. Raises ValueError for what cannot be used."""
    from optimizer.devices.generic.modbus_table import ModbusTable

    return ModbusTable(config, clock)


def make_mqtt(config: Any, clock: Clock, _keep: Keep) -> Meter:
    """Any meter over MQTT (MqttConfig): also Identified. Raises ValueError for what cannot be used."""
    from optimizer.devices.generic.mqtt import Mqtt

    return Mqtt(config, clock)


def make_shelly(config: Any, clock: Clock, _keep: Keep) -> Meter:
    """A Shelly (ShellyConfig): also SwitchControl, Identified. Raises ValueError for an unusable address."""
    from optimizer.devices.switches.shelly import Shelly

    return Shelly(config, clock)


def make_tasmota(config: Any, clock: Clock, _keep: Keep) -> Meter:
    """A Tasmota (TasmotaConfig): also SwitchControl, Identified. Raises ValueError for an unusable address."""
    from optimizer.devices.switches.tasmota import Tasmota

    return Tasmota(config, clock)


def make_http_switch(config: Any, clock: Clock, _keep: Keep) -> Meter:
    """Any relay over HTTP (HttpSwitchConfig): also SwitchControl, Identified. Raises ValueError."""
    from optimizer.devices.switches.http import HttpSwitch

    return HttpSwitch(config, clock)


def make_mqtt_switch(config: Any, clock: Clock, _keep: Keep) -> Meter:
    """Any relay over MQTT (MqttSwitchConfig): also SwitchControl, Identified. Raises ValueError."""
    from optimizer.devices.switches.mqtt import MqttSwitch

    return MqttSwitch(config, clock)


def make_sg_ready(config: Any, clock: Clock, keep: Keep) -> Meter:
    """A heat pump with SG Ready (SgReadyConfig): also SwitchControl, Identified. Raises ValueError."""
    from optimizer.devices.switches.config import ShellyConfig
    from optimizer.devices.switches.sg_ready import SgReady

    def relay(one: Any) -> Any:
        return (make_shelly if isinstance(one, ShellyConfig) else make_tasmota)(one, clock, keep)

    return SgReady(config.name, relay(config.second), relay(config.first) if config.first is not None else None)


FACTORIES: Mapping[str, Callable[[Any, Clock, Keep], Meter]] = {
    "nrgkick": make_nrgkick,
    "fems": make_fems,
    "sonnen": make_sonnen,
    "givtcp": make_givtcp,
    "givtcp_evc": make_givtcp_evc,
    "http_json": make_http_json,
    "modbus": make_modbus,
    "mqtt": make_mqtt,
    "shelly": make_shelly,
    "tasmota": make_tasmota,
    "http_switch": make_http_switch,
    "mqtt_switch": make_mqtt_switch,
    "sg_ready": make_sg_ready,
}
"""By the `type` of a device in site.yaml; each takes the configuration of its own type."""
