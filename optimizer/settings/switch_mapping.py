"""Converts the settings of switchable loads: for decisions, and into the configuration of their adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from optimizer.devices.http_config import HttpConfig
from optimizer.devices.switches.config import (
    HttpCall,
    HttpSwitchConfig,
    MqttSwitchConfig,
    SgReadyConfig,
    ShellyConfig,
    TasmotaConfig,
)
from optimizer.devices.switches.reports import Place, Reports
from optimizer.model.site import SwitchSite
from optimizer.settings.connections import HttpConnection, MqttConnection
from optimizer.settings.document import KeyPath
from optimizer.settings.errors import did_you_mean, hinted
from optimizer.settings.reader_mapping import broker_of
from optimizer.settings.root import Settings
from optimizer.settings.surplus_order import after_battery, before_battery, priority_of
from optimizer.settings.switches import (
    HttpCallSettings,
    HttpSwitch,
    HttpValue,
    MqttSwitch,
    MqttValue,
    SgReadySwitch,
    ShellyRelay,
    ShellySwitch,
    SwitchSettings,
    TasmotaRelay,
    TasmotaSwitch,
)
from optimizer.words.text import Text

Finding = tuple[KeyPath, str, str]
"""The setting, the mistake, and a valid value."""
BRANDS: Mapping[str, str] = {"http": "http_switch", "mqtt": "mqtt_switch"}
"""The factory in devices.registry, where it has another name than the type."""
CONNECTIONS: Mapping[str, str] = {"http": "http_json", "mqtt": "mqtt"}
"""The type of connection that a type of switch needs."""


def to_switches(settings: Settings) -> Mapping[str, SwitchSite]:
    """The loads as decisions need them."""
    return {
        name: replace(
            _site(name, one),
            priority=priority_of(settings, name, one.priority),
            before_battery=before_battery(settings, name, one.before_battery),
            after_battery=after_battery(settings, name),
        )
        for name, one in settings.switches.items()
    }


def settle_s(one: SwitchSettings) -> float:
    """Time in s after a write until a reading shows its effect."""
    return max(10.0, 2.0 * one.poll_s + one.timeout_s)


def _site(name: str, one: SwitchSettings) -> SwitchSite:
    return SwitchSite(
        name=name,
        power_w=one.power_w,
        phase_map=tuple(int(phase[1]) for phase in one.phases or ()),
        min_on_s=one.min_on_default_s if one.min_on_s is None else one.min_on_s,
        min_off_s=one.min_off_default_s if one.min_off_s is None else one.min_off_s,
        starts_per_hour=one.starts_per_hour_default if one.starts_per_hour is None else one.starts_per_hour,
        starts_per_day=one.starts_per_day,
        priority=one.priority,
        before_battery=one.before_battery,
        start_w=one.start_from_w,
        stop_w=one.stop_from_w,
        delay_s=one.delay_s,
        settle_s=settle_s(one),
    )


def switch_findings(settings: Settings) -> Iterator[Finding]:
    """Every contradiction between switchable loads and other settings."""
    for name, one in settings.switches.items():
        if name in settings.devices:
            yield (
                ("switches", name),
                Text("“{name}” is already the name of a device", name=name),
                Text("a name of its own for each"),
            )
        largest_a = max(_site(name, one).current_a)
        if largest_a > settings.site.fuse_a:
            what: str = Text(
                "{largest} A on one phase is more than the fuse, {fuse} A",
                largest=f"{largest_a:.0f}",
                fuse=f"{settings.site.fuse_a:g}",
            )
            yield ("switches", name, "power_w"), what, Text("the phases of the load under `phases`, or a smaller load")
        needed = CONNECTIONS.get(one.brand)
        if needed is None or not isinstance(one, HttpSwitch | MqttSwitch):
            continue
        connection = settings.connections.get(one.connection)
        if connection is None or connection.brand != needed:
            able = [key for key, other in settings.connections.items() if other.brand == needed]
            meant = did_you_mean(one.connection, able)
            what = hinted(
                Text(
                    "there is no connection “{connection}” of type {needed}", connection=one.connection, needed=needed
                ),
                meant,
            )
            right = ", ".join(able) or Text("add one with `type: {needed}` under connections", needed=needed)
            yield ("switches", name, "connection"), what, right


def switch_config(name: str, one: SwitchSettings, settings: Settings) -> object:
    """The configuration of the adapter for the load called `name`."""
    return CONFIGS[one.brand](name, one, settings)


def _http(relay: ShellyRelay | TasmotaRelay, timeout_s: float, *, login: bool) -> HttpConfig:
    password = relay.password.get_secret_value()
    return HttpConfig(
        url=relay.url,
        timeout_s=timeout_s,
        user=relay.user if login and password else "",
        password=password if login else "",
        verify_tls=relay.verify_tls,
        ca_file=relay.ca_file,
        repeat_closed_get=True,
    )


def _relay(name: str, relay: ShellyRelay | TasmotaRelay, timeout_s: float) -> ShellyConfig | TasmotaConfig:
    if isinstance(relay, ShellyRelay):
        return ShellyConfig(
            name=name, http=_http(relay, timeout_s, login=True), channel=relay.channel, timer_s=relay.timer_s
        )
    return TasmotaConfig(
        name=name,
        http=_http(relay, timeout_s, login=False),
        relay=relay.relay,
        user=relay.user,
        password=relay.password.get_secret_value(),
        timer_s=relay.timer_s,
    )


def _own_relay(name: str, one: ShellySwitch | TasmotaSwitch, _: Settings) -> object:
    return _relay(name, one, one.timeout_s)


def _sg_ready(name: str, one: SgReadySwitch, _: Settings) -> object:
    first = _relay(name, one.order, one.timeout_s) if one.order is not None else None
    return SgReadyConfig(name=name, second=_relay(name, one.recommend, one.timeout_s), first=first)


def _call(call: HttpCallSettings) -> HttpCall:
    return HttpCall(call.request, call.method, call.body)


def _reports(one: HttpSwitch | MqttSwitch, place: Callable[[Any], Place | None]) -> Reports:
    """The values that the relay reports. `place` converts their settings."""
    return Reports(
        state=place(one.state),
        power=place(one.power),
        energy=place(one.energy),
        on_word=one.on_word,
        off_word=one.off_word,
        max_age_s=one.max_age_s,
    )


def _http_place(value: HttpValue | None) -> Place | None:
    return None if value is None else Place(value.request, value.path, value.factor)


def _http_switch(name: str, one: HttpSwitch, settings: Settings) -> object:
    connection = settings.connections[one.connection]
    assert isinstance(connection, HttpConnection)
    token = connection.token.get_secret_value()
    return HttpSwitchConfig(
        name=name,
        http=HttpConfig(
            url=connection.url,
            timeout_s=one.timeout_s,
            user=connection.user,
            password=connection.password.get_secret_value(),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            verify_tls=connection.verify_tls,
            ca_file=connection.ca_file,
        ),
        on=_call(one.switch_on),
        off=_call(one.switch_off),
        reports=_reports(one, _http_place),
    )


def _mqtt_place(value: MqttValue | None) -> Place | None:
    return None if value is None else Place(value.topic, value.path, value.factor)


def _mqtt_switch(name: str, one: MqttSwitch, settings: Settings) -> object:
    connection = settings.connections[one.connection]
    assert isinstance(connection, MqttConnection)
    return MqttSwitchConfig(
        name=name,
        broker=broker_of(connection, one.timeout_s),
        topic=one.topic,
        on_payload=one.on_payload,
        off_payload=one.off_payload,
        reports=_reports(one, _mqtt_place),
    )


CONFIGS: Mapping[str, Callable[[str, Any, Settings], object]] = {
    "shelly": _own_relay,
    "tasmota": _own_relay,
    "http": _http_switch,
    "mqtt": _mqtt_switch,
    "sg_ready": _sg_ready,
}
"""The function for each `type` of switch."""
