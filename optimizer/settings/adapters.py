"""Converts the settings of a device into the configuration of its adapter and the plan to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.givtcp.config import GivEvcConfig, GivTcpConfig
from optimizer.devices.nrgkick.config import NrgkickConfig
from optimizer.devices.sonnen.config import SonnenConfig
from optimizer.settings.brands import FemsSettings, GivTcpEvcSettings, GivTcpSettings, NrgkickSettings, SonnenSettings
from optimizer.settings.checks import grid_meter
from optimizer.settings.devices import DeviceSettings
from optimizer.settings.meters import HttpJsonSettings, ModbusSettings, MqttSettings
from optimizer.settings.reader_mapping import http_json_config, modbus_config, mqtt_config, register_of
from optimizer.settings.root import Settings
from optimizer.settings.site import OnExit
from optimizer.settings.switch_mapping import BRANDS, settle_s, switch_config
from optimizer.settings.switches import SwitchSettings

# ruff: noqa: PLC0415 - a site without such a meter does not pay memory for its libraries

SLACK_S = 1.0
SWITCH_EXCHANGES = 4
"""Largest number of exchanges for one reading of a relay, and for one write."""
SLOW_READING_S = 10.0
"""Time between two readings of the slow values of a FEMS, if its `max_age_s` allows it."""


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """Everything that is needed to make and run one device (runtime.parts.Device)."""

    name: str
    brand: str
    """Key of the factory in devices.registry."""
    config: object
    """The argument of that factory."""
    grid: bool
    """Whether it is the meter of the grid connection."""
    side_meter: bool
    """Whether it measures the grid power without being that meter."""
    pvs: tuple[str, ...]
    batteries: tuple[str, ...]
    """The batteries of the device."""
    controls_batteries: bool
    """Whether the service may write to them."""
    evs: tuple[str, ...]
    poll_s: float
    deadline_s: float
    write_deadline_s: float
    hand_back_deadline_s: float
    max_age_s: float
    settle_s: float
    own_timeout_s: float | None
    on_exit: OnExit
    switches: tuple[str, ...] = ()
    """The switchable load of the device."""


def device_plans(settings: Settings) -> tuple[DevicePlan, ...]:
    """A plan for each device, in the order of the file, and then one for each switchable load."""
    return *_plans(settings), *(_switch_plan(name, one, settings) for name, one in settings.switches.items())


def _plans(settings: Settings) -> tuple[DevicePlan, ...]:
    meter, devices = grid_meter(settings), settings.devices
    return tuple(
        _plan(name, device, name == meter, settings.on_exit, turn_s(device, settings))
        for name, device in devices.items()
    )


def adapter_config(name: str, device: DeviceSettings) -> object:
    """The configuration of the adapter for the device called `name`."""
    return CONFIGS[device.brand](name, device)


class OnLine(Protocol):
    """A device or a connection that may share a Modbus line."""

    @property
    def timeout_s(self) -> float:
        """Deadline of one exchange, s."""
        ...

    @property
    def modbus_line(self) -> tuple[str, int] | None:
        """Host and port of its Modbus server, or None."""
        ...


def turn_s(one: OnLine, settings: Settings) -> float:
    """Longest time of one exchange, s. Everything else on the same Modbus line may come first."""
    if one.modbus_line is None:
        return one.timeout_s
    all_: tuple[OnLine, ...] = (*settings.devices.values(), *settings.connections.values())
    return sum(other.timeout_s for other in all_ if other.modbus_line == one.modbus_line)


def _plan(name: str, device: DeviceSettings, grid: bool, on_exit: OnExit, exchange_s: float) -> DevicePlan:
    batteries, chargers = device.batteries(name), device.chargers(name)
    return DevicePlan(
        name=name,
        brand=device.brand,
        config=adapter_config(name, device),
        grid=grid,
        side_meter=device.measures_grid and not grid,
        pvs=device.pvs(name),
        batteries=tuple(batteries),
        controls_batteries=any(battery.control for battery, _ in batteries.values()),
        evs=tuple(chargers),
        poll_s=device.pace_s,
        deadline_s=device.reading_exchanges * exchange_s + SLACK_S,
        write_deadline_s=max(device.write_s, 2 * exchange_s + SLACK_S),
        hand_back_deadline_s=device.hand_back_s,
        max_age_s=device.max_age_s,
        settle_s=max((charger.settle_s for charger in chargers.values()), default=device.follows_s),
        own_timeout_s=device.own_timeout_s,
        on_exit=on_exit,
    )


def _switch_plan(name: str, one: SwitchSettings, settings: Settings) -> DevicePlan:
    return DevicePlan(
        name=name,
        brand=BRANDS.get(one.brand, one.brand),
        config=switch_config(name, one, settings),
        grid=False,
        side_meter=False,
        pvs=(),
        batteries=(),
        controls_batteries=False,
        evs=(),
        poll_s=one.poll_s,
        deadline_s=SWITCH_EXCHANGES * one.timeout_s + SLACK_S,
        write_deadline_s=SWITCH_EXCHANGES * one.timeout_s + SLACK_S,
        hand_back_deadline_s=60.0,
        max_age_s=one.max_age_s,
        settle_s=settle_s(one),
        own_timeout_s=None,
        on_exit=settings.on_exit,
        switches=(name,),
    )


def _nrgkick(name: str, device: NrgkickSettings) -> NrgkickConfig:
    return NrgkickConfig(
        name=name,
        url=device.url,
        protocol=device.protocol,
        modbus_host=urlsplit(device.url).hostname or "",
        modbus_port=device.modbus_port,
        modbus_unit=device.modbus_unit,
        user=device.user,
        password=device.password.get_secret_value(),
        timeout_s=device.timeout_s,
        verify_tls=device.verify_tls,
        ca_file=device.ca_file,
    )


def _fems(name: str, device: FemsSettings) -> FemsConfig:
    return FemsConfig(
        name=name,
        url=device.url,
        user=device.user,
        password=device.password.get_secret_value(),
        timeout_s=device.timeout_s,
        ess=tuple(EssConfig(key, ess.component, ess.hybrid) for key, ess in device.storages(name).items()),
        grid=device.grid,
        pv=device.pv,
        grid_meter=device.grid_meter,
        api_timeout_s=device.api_timeout_s,
        reactive=device.reactive,
        slow_s=min(SLOW_READING_S, device.max_age_s / 2.0),
        verify_tls=device.verify_tls,
        ca_file=device.ca_file,
    )


def _sonnen(name: str, device: SonnenSettings) -> SonnenConfig:
    return SonnenConfig(
        name=name,
        url=device.url,
        api=device.api,
        token=device.token.get_secret_value(),
        manual_by_hand=device.manual_by_hand,
        max_charge_w=device.battery.max_charge_w,
        max_discharge_w=device.battery.max_discharge_w,
        timeout_s=device.timeout_s,
    )


def _givtcp(name: str, device: GivTcpSettings) -> GivTcpConfig:
    return GivTcpConfig(
        name=name,
        url=device.url,
        max_charge_w=device.battery.max_charge_w,
        max_discharge_w=device.battery.max_discharge_w,
        timeout_s=device.timeout_s,
        flash_writes_a_day=device.flash_writes_a_day,
    )


def _givtcp_evc(name: str, device: GivTcpEvcSettings) -> GivEvcConfig:
    return GivEvcConfig(name=name, url=device.url, timeout_s=device.timeout_s)


def _http_json(name: str, device: HttpJsonSettings) -> object:
    from optimizer.devices.generic.http_json import HttpQuantity

    readings = zip(device.quantities().values(), device.readings.values(), strict=True)
    return http_json_config(
        name,
        device,
        tuple(
            HttpQuantity(quantity, reading.path, reading.request, reading.time, unit_beside=reading.unit_beside)
            for quantity, reading in readings
        ),
    )


def _modbus(name: str, device: ModbusSettings) -> object:
    readings = zip(device.quantities().values(), device.readings.values(), strict=True)
    return modbus_config(name, device, tuple(register_of(quantity, reading) for quantity, reading in readings))


def _mqtt(name: str, device: MqttSettings) -> object:
    from optimizer.devices.generic.mqtt import MqttQuantity

    readings = zip(device.quantities().values(), device.readings.values(), strict=True)
    return mqtt_config(
        name,
        device,
        tuple(
            MqttQuantity(quantity, reading.topic, reading.path, reading.retained, unit_beside=reading.unit_beside)
            for quantity, reading in readings
        ),
    )


CONFIGS: Mapping[str, Callable[[str, Any], object]] = {
    "nrgkick": _nrgkick,
    "fems": _fems,
    "sonnen": _sonnen,
    "givtcp": _givtcp,
    "givtcp_evc": _givtcp_evc,
    "http_json": _http_json,
    "modbus": _modbus,
    "mqtt": _mqtt,
}
"""The function for each `type` of device."""
