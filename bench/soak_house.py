"""The house that the soak runs in: every system at once, rules that keep writing to all of them, and who holds what."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from typing import Any

from bench.soak_inputs import InputTwin, input_settings
from bench.soak_loads import LOAD_KEYS, LOAD_RULES, load_settings
from optimizer.settings import Settings
from optimizer.twin.fems import FemsTwin
from optimizer.twin.givtcp import GivTcpTwin
from optimizer.twin.givtcp.registers import Registers
from optimizer.twin.house import HouseSpec, RunningHouse, full_house
from optimizer.twin.nrgkick import NrgkickTwin
from optimizer.twin.relay import RelayTwin
from optimizer.twin.sonnen import MANUAL, SonnenTwin
from optimizer.twin.trace import Source

RULES = (
    """\
version: 1
rules:
  - id: fast
    schedule: {cron: "*/20 * * * *", lasts: 7min}
    claim:
      ev.carport.mode: fast
      ev.yard.mode: fast
  - id: sun
    schedule: {cron: "7-59/20 * * * *", lasts: 9min}
    claim:
      ev.carport.mode: min_surplus
      ev.yard.mode: min_surplus
  - id: discharge
    schedule: {cron: "*/30 * * * *", lasts: 12min}
    claim:
      battery.mode: discharge
      battery.power_w: 800 W
  - id: charge
    schedule: {cron: "15-59/30 * * * *", lasts: 5min}
    claim:
      battery.mode: charge
      battery.power_w: 900 W
  - id: hold
    schedule: {cron: "20-59/30 * * * *", lasts: 7min}
    limit:
      battery.discharge_w: 0 W
"""
    + LOAD_RULES
)
"""Something is wanted of every device for most of the time, and changes every few minutes."""

FUSE_A = 25.0
"""Less than both cars together may take on L2, and than one of them beside a kitchen on L1: the guard is at work."""
OF_THE_RELEASE = ("charge_rate", "discharge_rate", "enable_charge", "enable_discharge", "eco", "pause")
"""Registers of GivTCP that decide what its battery does; slots and targets mean nothing without them."""
KEYS = {
    "ev.carport": "carport",
    "ev.yard": "givtcp",
    "battery.fems": "fems",
    "battery.sonnen": "sonnen",
    "battery.givtcp": "givtcp",
}
"""Who answers for each key of the ownership record: the name of its twin."""
ALL_KEYS = KEYS | LOAD_KEYS
"""The same with the switchable loads."""
CHARGERS = {key.removeprefix("ev."): device for key, device in KEYS.items() if key.startswith("ev.")}
"""Who answers for each charger."""


def site(endpoints: Mapping[str, str], *, pace: float = 1.0) -> dict[str, Any]:
    """The settings of the house, but for folders; `pace` makes all polls so many times slower."""
    return {
        "site": {"name": "soak", "time_zone": "Europe/Berlin", "fuse_a": FUSE_A},
        "devices": {
            "carport": {
                "type": "nrgkick",
                "url": endpoints["carport"],
                "poll_s": 5.0 * pace,
                "max_age_s": 15.0 + 10.0 * pace,
                "charger": {"phase_switching": True},
            },
            "fems": {
                "type": "fems",
                "url": endpoints["fems"],
                "password": "owner",
                "poll_s": 1.0 * pace,
                "max_age_s": 15.0,
            },
            "sonnen": {
                "type": "sonnen",
                "url": endpoints["sonnen_v2"],
                "api": "v2",
                "token": "secret-token",
                "pv": False,
                "poll_s": 5.0 * pace,
                "battery": {"phases": ["L1"]},
            },
            # Its battery sits on L3, and the settings do not say so: it counts on each phase.
            "givtcp": {
                "type": "givtcp",
                "url": endpoints["givtcp_rest"],
                "pv": False,
                "poll_s": 5.0 * pace,
            },
            "yard": {
                "type": "givtcp_evc",
                "url": endpoints["givtcp_rest"],
                "poll_s": 5.0 * pace,
                "charger": {"phases": ["L2"], "max_current_a": FUSE_A},
            },
        },
        "grid": "fems",
    }


def whole_site(endpoints: Mapping[str, str], seed: int, *, pace: float = 1.0) -> dict[str, Any]:
    """The same with the switchable loads, drawn by `seed`, and with inputs."""
    devices = site(endpoints, pace=pace)
    return devices | input_settings(endpoints, pace=pace) | {"switches": load_settings(endpoints, seed, pace=pace)}


def whole_house(source: Source | None = None, seed: int = 1) -> HouseSpec:
    """The full house, with the server of the inputs."""
    spec = full_house(source, seed)
    return replace(spec, twins=(*spec.twins, partial(InputTwin, seed=seed)))


def paces_s(settings: Settings) -> dict[str, float]:
    """The polling interval of each device and each load, s."""
    devices = {name: device.pace_s for name, device in settings.devices.items()}
    return devices | {name: one.poll_s for name, one in settings.switches.items()}


class Tampered:
    """A source of sun and load that can be tampered with: clouds that shut, and appliances that switch on."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.sun = 1.0
        """Part (0-1) of the sun that is left."""
        self.more_w = 0.0
        """Load beyond that of the source."""

    @property
    def start(self) -> datetime:
        """Aware UTC."""
        return self._source.start

    def at(self, unix_s: float) -> tuple[float, float]:
        """(PV in W, home load in W) at a unix time."""
        pv_w, load_w = self._source.at(unix_s)
        return pv_w * self.sun, load_w + self.more_w


class Truth:
    """The control of each device, as its twin reports it. Made before anybody writes."""

    def __init__(self, house: RunningHouse) -> None:
        self._twins = house.twins
        self._before = deepcopy(self._givtcp().regs)

    def released(self, key: str) -> bool:
        """Whether the device of `key` is as a hand-back has to leave it (chargers: paused, 6 A)."""
        match key:
            case "ev.carport":
                charger = self._twins["carport"]
                assert isinstance(charger, NrgkickTwin)
                settings = charger.unit.settings
                return settings.charge_pause == 1 and settings.current_set == 6.0
            case "ev.yard":
                evc = self._givtcp().evc
                assert evc is not None
                return not evc.started and evc.limit_a == 6.0
            case "battery.fems":
                fems = self._twins["fems"]
                assert isinstance(fems, FemsTwin)
                return not fems.unit.written
            case "battery.sonnen":
                sonnen = self._twins["sonnen"]
                assert isinstance(sonnen, SonnenTwin)
                return sonnen.mode != MANUAL
            case "battery.givtcp":
                return not self.changed(self._givtcp().regs)
            case "switch.boiler" | "switch.pool":
                relay = self._twins[LOAD_KEYS[key]]
                assert isinstance(relay, RelayTwin)
                return not relay.load.on
        raise ValueError(f"{key} is not of this house")

    def taken(self, key: str) -> bool:
        """Whether the device of `key` does what somebody told it: a charger that offers, a battery not on its own."""
        match key:
            case "ev.carport":
                charger = self._twins["carport"]
                assert isinstance(charger, NrgkickTwin)
                return charger.unit.settings.charge_pause == 0 and not charger.unit.pause_lost
            case "ev.yard":
                evc = self._givtcp().evc
                assert evc is not None
                return evc.started
        return not self.released(key)

    def changed(self, regs: Registers) -> list[str]:
        """Registers that are not as the owner had them."""
        names = [field.name for field in fields(Registers) if field.name in OF_THE_RELEASE]
        return [name for name in names if getattr(regs, name) != getattr(self._before, name)]

    def _givtcp(self) -> GivTcpTwin:
        twin = self._twins["givtcp"]
        assert isinstance(twin, GivTcpTwin)
        return twin
