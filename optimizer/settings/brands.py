"""The types of device, each with what it needs beyond the common settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from optimizer.model.fields import CONDITION_FIELDS
from optimizer.settings.devices import (
    BatterySettings,
    BatteryTraits,
    ChargerSettings,
    DeviceSettings,
    HttpSettings,
    Name,
    Url,
)
from optimizer.settings.meters import HttpJsonSettings, ModbusSettings, MqttSettings
from optimizer.settings.secret import Password, Token
from optimizer.settings.site import Port

HYBRID_POLL_S = 1.0
"""Pace of an Edge with a hybrid inverter, where its owner sets none."""
FAST_POLL_S = 2.0
"""Pace of an NRGkick over Modbus, where its owner sets none."""


class NrgkickSettings(HttpSettings):
    """An NRGkick Gen2 charger; enable its local API in the app."""

    exchanges: ClassVar[int] = 3

    type: Literal["nrgkick"]
    poll_s: float = Field(default=10.0, ge=1, le=600)
    """Time in s between two readings; where it is not set, 2 with `modbus` and `auto`."""
    max_age_s: float = Field(default=30.0, ge=1, le=3600)
    """A reading older than this, in s, counts as unknown."""
    protocol: Literal["json", "modbus", "auto"] = "json"
    """Protocol: JSON over HTTP, Modbus TCP, or both (readings over Modbus if it answers)."""
    modbus_port: Port = 502
    """TCP port of its Modbus server."""
    modbus_unit: int = Field(default=1, ge=0, le=255)
    """Unit id of its Modbus server."""
    charger: ChargerSettings = ChargerSettings()
    """Its wiring and its limits."""

    @property
    def modbus_line(self) -> tuple[str, int] | None:
        """With `modbus` and `auto`: the host of its URL and its Modbus port."""
        return None if self.protocol == "json" else (urlsplit(self.url).hostname or "", self.modbus_port)

    @property
    def pace_s(self) -> float:
        """Time between two readings in s: 10 over JSON, which the vendor does not want read more often."""
        return self.poll_s if "poll_s" in self.model_fields_set or self.protocol == "json" else FAST_POLL_S

    @property
    def never_reports(self) -> frozenset[str]:
        """It cannot ask the car."""
        return frozenset({"ev.soc"})

    def chargers(self, name: str) -> Mapping[str, ChargerSettings]:
        """It is one."""
        return {name: self.charger}


class EssSettings(BatterySettings):
    """A storage system of the Edge, and its limits."""

    component: str = Field(default="ess0", pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)
    """Component id in the Edge."""
    hybrid: bool = False
    """Whether PV is connected to the battery's own inverter (DC); setpoints then include it."""


class FemsSettings(HttpSettings):
    """A FENECON FEMS, or any OpenEMS Edge: grid, PV and batteries."""

    three_phase_battery: ClassVar[bool] = True
    reports: ClassVar[frozenset[str]] = frozenset({"grid.on_grid"})

    type: Literal["fems"]
    poll_s: float = Field(default=2.0, ge=0.5, le=600)
    """Time in s between two readings; where it is not set, 1 with a hybrid, whose setpoints follow its PV."""
    user: str = Field(default="x", max_length=200)
    """Any. The Edge checks only the password."""
    password: Password = SecretStr("user")
    """`user` may only read, `owner` may write; better in a file (`password_file`), a credential, the environment."""
    grid: bool = True
    """Whether its grid meter is read."""
    pv: bool = True
    """Whether its PV is read."""
    grid_meter: str = Field(default="", pattern=r"^([A-Za-z][A-Za-z0-9_]*)?$", max_length=60)
    """Component id of the grid meter (`meter0`), for its measured currents. Empty: calculated from the powers."""
    api_timeout_s: float = Field(default=60.0, ge=0, le=3600)
    """The API timeout set in FEMS, in s: after this long without a write it drops setpoints. 0: never."""
    reactive: bool = False
    """Whether `optimizer device … call` may write the three reactive channels; home systems do not use them."""
    battery: EssSettings | None = EssSettings()
    """Its battery. Leave it empty if there is none."""
    more_batteries: dict[Name, EssSettings] = Field(default_factory=dict)
    """Further storage systems, by names of your own."""

    @model_validator(mode="after")
    def _components_differ(self) -> Self:
        components = [ess.component for ess in self.storages("").values()]
        if len(set(components)) != len(components):
            raise ValueError(
                "two of its batteries have the same component id; each needs its own id (`component: ess1`)"
            )
        return self

    @property
    def never_reports(self) -> frozenset[str]:
        """It has no channels for these."""
        return frozenset({"battery.reserve_soc", "pv.energy_day_wh"})

    @property
    def measures_grid(self) -> bool:
        """As its owner says."""
        return self.grid

    @property
    def pace_s(self) -> float:
        """Time between two readings in s."""
        hybrid = any(ess.hybrid for ess in self.storages("").values())
        return HYBRID_POLL_S if hybrid and "poll_s" not in self.model_fields_set else self.poll_s

    @property
    def own_timeout_s(self) -> float | None:
        """The Edge's own."""
        return self.api_timeout_s or None

    def pvs(self, name: str) -> tuple[str, ...]:
        """The sum of its PV."""
        return (name,) if self.pv else ()

    def storages(self, name: str) -> Mapping[str, EssSettings]:
        """Its storage systems; the first has the device's name."""
        first = {name: self.battery} if self.battery is not None else {}
        return {**first, **self.more_batteries}

    def batteries(self, name: str) -> Mapping[str, tuple[BatterySettings, BatteryTraits]]:
        """Each storage system."""
        traits = BatteryTraits(lease_s=self.own_timeout_s) if self.own_timeout_s else BatteryTraits()
        return {key: (ess, traits) for key, ess in self.storages(name).items()}


class SonnenSettings(DeviceSettings):
    """A sonnen battery: grid, PV and battery. It never drops a setpoint by itself."""

    exchanges: ClassVar[int] = 2
    write_s: ClassVar[float] = 45.0
    reports: ClassVar[frozenset[str]] = frozenset({"grid.on_grid"})

    type: Literal["sonnen"]
    url: Url
    """Address: http://host:8080 with `api: v1`, http://host with `v2`."""
    api: Literal["v1", "v2"] = "v2"
    """Version of its API."""
    token: Token = SecretStr("")
    """For v2: the token of the JSON API, from the battery's own page (Software-Integration), with writing enabled."""
    manual_by_hand: bool = False
    """For v1 without access to the mode: true if you have set manual mode yourself."""
    pv: bool = True
    """Whether its PV is read. False if another device measures the same PV."""
    battery: BatterySettings = BatterySettings()
    """Its limits."""

    @property
    def measures_grid(self) -> bool:
        """Every sonnen comes with a meter."""
        return True

    @property
    def never_reports(self) -> frozenset[str]:
        """Version 1 of the API has neither the capacity nor the reserve."""
        less = {"battery.capacity_wh", "battery.reserve_soc"} if self.api == "v1" else set()
        return frozenset({"pv.energy_day_wh", *less})

    def pvs(self, name: str) -> tuple[str, ...]:
        """What it measures."""
        return (name,) if self.pv else ()

    def batteries(self, name: str) -> Mapping[str, tuple[BatterySettings, BatteryTraits]]:
        """It is one."""
        return {name: (self.battery, BatteryTraits())}


class GivTcpSettings(DeviceSettings):
    """A GivEnergy inverter behind GivTCP: grid, PV and battery. It is slow: it follows plans, not clouds."""

    write_s: ClassVar[float] = 300.0
    follows_s: ClassVar[float] = 180.0
    hand_back_s: ClassVar[float] = 330.0

    type: Literal["givtcp"]
    url: Url
    """Address with the inverter's path, http://host:8099/REST1 (to REST5), or its own port, http://host:6345."""
    poll_s: float = Field(default=10.0, ge=2, le=600)
    """Time in s between two readings; GivTCP itself has new ones every 30."""
    max_age_s: float = Field(default=90.0, ge=1, le=3600)
    """A reading older than this, in s, counts as unknown."""
    flash_writes_a_day: int = Field(default=200, ge=1, le=2000)
    """Largest number of settings a day that wear the inverter's flash memory."""
    pv: bool = True
    """Whether its PV is read. False if another device measures the same PV."""
    battery: BatterySettings = BatterySettings()
    """Its limits."""

    @property
    def measures_grid(self) -> bool:
        """It does, if slowly."""
        return True

    def pvs(self, name: str) -> tuple[str, ...]:
        """What the inverter brings."""
        return (name,) if self.pv else ()

    def batteries(self, name: str) -> Mapping[str, tuple[BatterySettings, BatteryTraits]]:
        """It cannot follow the house within a bound, and its rates wear: minutes, not seconds."""
        traits = BatteryTraits(can_bound_discharge=False, resolution_w=100.0, min_interval_s=60.0, lease_s=600.0)
        return {name: (self.battery, traits)}


class GivTcpWiring(ChargerSettings):
    """How the charger is wired, and its place among others; GivTCP passes everything on slowly."""

    write_interval_s: float = Field(default=30.0, ge=10, le=300)
    """Least time in s between two writes of the current."""
    settle_s: float = Field(default=60.0, ge=1, le=300)
    """Time in s until a car has followed a write."""


class GivTcpEvcSettings(DeviceSettings):
    """The GivEnergy EV charger behind GivTCP."""

    current_step_a: ClassVar[float] = 1.0
    write_s: ClassVar[float] = 60.0
    hand_back_s: ClassVar[float] = 240.0
    """A start of a program that died may come after our stop: stopping it again has to fit, at its pace."""

    type: Literal["givtcp_evc"]
    url: Url
    """As of the inverter: http://host:8099/REST1 or http://host:6345."""
    poll_s: float = Field(default=10.0, ge=2, le=600)
    """Time in s between two readings."""
    max_age_s: float = Field(default=60.0, ge=1, le=3600)
    """A reading older than this, in s, counts as unknown."""
    charger: GivTcpWiring = GivTcpWiring()
    """Its wiring and its limits."""

    @property
    def never_reports(self) -> frozenset[str]:
        """GivTCP gives neither its faults nor its temperatures."""
        return CONDITION_FIELDS | {"ev.soc"}

    def chargers(self, name: str) -> Mapping[str, ChargerSettings]:
        """It is one."""
        return {name: self.charger}


Device = Annotated[
    NrgkickSettings
    | FemsSettings
    | SonnenSettings
    | GivTcpSettings
    | GivTcpEvcSettings
    | HttpJsonSettings
    | ModbusSettings
    | MqttSettings,
    Field(discriminator="type"),
]
