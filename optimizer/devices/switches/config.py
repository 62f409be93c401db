"""The configuration of switchable loads, one record a kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.http_config import HttpConfig
from optimizer.devices.switches.reports import Reports

TIMER_S = 120.0
"""A relay with a timer of its own switches off so long after the last repetition."""


@dataclass(frozen=True, slots=True)
class ShellyConfig:
    """A Shelly of any generation."""

    name: str
    http: HttpConfig
    channel: int = 0
    timer_s: float = TIMER_S


@dataclass(frozen=True, slots=True)
class TasmotaConfig:
    """A relay with Tasmota."""

    name: str
    http: HttpConfig
    relay: int = 1
    user: str = ""
    password: str = field(default="", repr=False)
    timer_s: float | None = None
    """Seconds for its PulseTime. None: leave the owner's setting."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request that switches a relay."""

    path: str
    method: str = "GET"
    body: Any = None


@dataclass(frozen=True, slots=True)
class HttpSwitchConfig:
    """Any relay that is switched over HTTP."""

    name: str
    http: HttpConfig
    on: HttpCall
    off: HttpCall
    reports: Reports = Reports()


@dataclass(frozen=True, slots=True)
class MqttSwitchConfig:
    """Any relay that is switched over MQTT."""

    name: str
    broker: Broker
    topic: str
    """The topic of commands."""
    on_payload: str = "ON"
    off_payload: str = "OFF"
    reports: Reports = Reports()


@dataclass(frozen=True, slots=True)
class SgReadyConfig:
    """A heat pump with SG Ready: one contact, or two."""

    name: str
    second: object
    """The relay of the second contact. It alone is closed in state 3 (recommended)."""
    first: object | None = None
    """The relay of the first contact. With the second one it is closed in state 4 (order)."""
