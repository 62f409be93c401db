"""The types of device, each with its settings beyond the common ones."""

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
    GridMeterSettings,
    HttpSettings,
    Name,
    Url,
)
from optimizer.settings.meters import HttpJsonSettings, ModbusSettings, MqttSettings
from optimizer.settings.secret import Password, Token
from optimizer.settings.site import Port
from optimizer.words.text import Text

HYBRID_POLL_S = 1.0
"""Time between two readings of an Edge with a hybrid inverter, if `poll_s` is not set."""
FAST_POLL_S = 2.0
"""Time between two readings of an NRGkick over Modbus, if `poll_s` is not set."""


class NrgkickSettings(HttpSettings):
    """An NRGkick Gen2 charger. Enable its local API in the app."""

    exchanges: ClassVar[int] = 3

    type: Literal["nrgkick"]
    poll_s: float = Field(default=10.0, ge=1, le=600)
    """Time in s between two readings. If it is not set, it is 2 with `modbus` and `auto`."""
    max_age_s: float = Field(default=30.0, ge=1, le=3600)
    """Age in s from which a reading is unknown."""
    protocol: Literal["json", "modbus", "auto"] = "json"
    """Protocol: JSON over HTTP, Modbus TCP, or both (readings over Modbus if it answers)."""
    modbus_port: Port = 502
    """TCP port of its Modbus server."""
    modbus_unit: int = Field(default=1, ge=0, le=255)
    """Unit id of its Modbus server."""
    charger: ChargerSettings = ChargerSettings()
    """Its wiring and limits."""

    @property
    def modbus_line(self) -> tuple[str, int] | None:
        """The host of its URL and its Modbus port, with `modbus` and `auto`."""
        return None if self.protocol == "json" else (urlsplit(self.url).hostname or "", self.modbus_port)

    @property
    def pace_s(self) -> float:
        """Time between two readings in s. The vendor asks for at least 10 over JSON."""
        return self.poll_s if "poll_s" in self.model_fields_set or self.protocol == "json" else FAST_POLL_S

    @property
    def never_reports(self) -> frozenset[str]:
        """The charger does not know the state of charge of the car."""
        return frozenset({"ev.soc"})

    def chargers(self, name: str) -> Mapping[str, ChargerSettings]:
        """The device itself."""
        return {name: self.charger}


class EssSettings(BatterySettings):
    """A storage system of the Edge, and its limits."""

    component: str = Field(default="ess0", pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)
    """Component id in the Edge."""
    hybrid: bool = False
    """Whether PV is connected to the battery's own inverter (DC). Setpoints then include it."""


class FemsSettings(HttpSettings, GridMeterSettings):
    """A FENECON FEMS, or any OpenEMS Edge: grid, PV, and batteries."""

    three_phase_battery: ClassVar[bool] = True
    reports: ClassVar[frozenset[str]] = frozenset({"grid.on_grid"})

    type: Literal["fems"]
    poll_s: float = Field(default=2.0, ge=0.5, le=600)
    """Time in s between two readings. If it is not set, it is 1 with a hybrid, because its setpoints follow its PV."""
    user: str = Field(default="x", max_length=200)
    """Any name. The Edge checks only the password."""
    password: Password = SecretStr("user")
    """`user` may only read, `owner` may write. Put it in a file (`password_file`), a credential, or the environment."""
    grid: bool = True
    """Whether the service reads its grid meter."""
    pv: bool = True
    """Whether the service reads its PV."""
    grid_meter: str = Field(default="", pattern=r"^([A-Za-z][A-Za-z0-9_]*)?$", max_length=60)
    """Component id of the grid meter (`meter0`) for measured currents. Empty: currents are calculated from powers."""
    api_timeout_s: float = Field(default=60.0, ge=0, le=3600)
    """The API timeout in FEMS, in s. It drops setpoints after this time without a write. 0: never."""
    reactive: bool = False
    """Whether `optimizer device … call` may write the three reactive channels. Home systems do not use them."""
    battery: EssSettings | None = EssSettings()
    """Its battery. Leave it empty if there is none."""
    more_batteries: dict[Name, EssSettings] = Field(default_factory=dict)
    """Further storage systems. Choose their names."""

    @model_validator(mode="after")
    def _components_differ(self) -> Self:
        components = [ess.component for ess in self.storages("").values()]
        if len(set(components)) != len(components):
            raise ValueError(
                Text("two of its batteries have the same component id; each needs its own id (`component: ess1`)")
            )
        return self

    @property
    def never_reports(self) -> frozenset[str]:
        """The Edge has no channels for these."""
        return frozenset({"battery.reserve_soc", "pv.energy_day_wh"})

    @property
    def measures_grid(self) -> bool:
        """The setting `grid`."""
        return self.grid

    @property
    def pace_s(self) -> float:
        """Time between two readings in s."""
        hybrid = any(ess.hybrid for ess in self.storages("").values())
        return HYBRID_POLL_S if hybrid and "poll_s" not in self.model_fields_set else self.poll_s

    @property
    def own_timeout_s(self) -> float | None:
        """The API timeout of the Edge."""
        return self.api_timeout_s or None

    def pvs(self, name: str) -> tuple[str, ...]:
        """The sum of its PV."""
        return (name,) if self.pv else ()

    def storages(self, name: str) -> Mapping[str, EssSettings]:
        """Its storage systems. The first has the name of the device."""
        first = {name: self.battery} if self.battery is not None else {}
        return {**first, **self.more_batteries}

    def batteries(self, name: str) -> Mapping[str, tuple[BatterySettings, BatteryTraits]]:
        """Each storage system."""
        traits = BatteryTraits(lease_s=self.own_timeout_s) if self.own_timeout_s else BatteryTraits()
        return {key: (ess, traits) for key, ess in self.storages(name).items()}


class SonnenSettings(GridMeterSettings):
    """A sonnen battery: grid, PV, and battery. It never drops a setpoint by itself."""

    exchanges: ClassVar[int] = 2
    write_s: ClassVar[float] = 45.0
    reports: ClassVar[frozenset[str]] = frozenset({"grid.on_grid"})

    type: Literal["sonnen"]
    url: Url
    """Address: http://host:8080 with `api: v1`, http://host with `v2`."""
    api: Literal["v1", "v2"] = "v2"
    """Version of its API."""
    token: Token = SecretStr("")
    """For v2: the token of the JSON API. Enable writing on the page of the battery (Software-Integration)."""
    manual_by_hand: bool = False
    """For v1 without access to the mode: true if you have set manual mode on the battery."""
    pv: bool = True
    """Whether the service reads its PV. Set false if another device measures the same PV."""
    battery: BatterySettings = BatterySettings()
    """Its limits."""

    @property
    def measures_grid(self) -> bool:
        """Every sonnen has a grid meter."""
        return True

    @property
    def never_reports(self) -> frozenset[str]:
        """Version 1 of the API has neither the capacity nor the reserve."""
        less = {"battery.capacity_wh", "battery.reserve_soc"} if self.api == "v1" else set()
        return frozenset({"pv.energy_day_wh", *less})

    def pvs(self, name: str) -> tuple[str, ...]:
        """The PV that it measures."""
        return (name,) if self.pv else ()

    def batteries(self, name: str) -> Mapping[str, tuple[BatterySettings, BatteryTraits]]:
        """The device itself."""
        return {name: (self.battery, BatteryTraits())}


class GivTcpSettings(GridMeterSettings):
    """A GivEnergy inverter behind GivTCP: grid, PV, and battery. It follows a setpoint only after minutes."""

    write_s: ClassVar[float] = 300.0
    follows_s: ClassVar[float] = 180.0
    hand_back_s: ClassVar[float] = 330.0

    type: Literal["givtcp"]
    url: Url
    """Address with the path of the inverter (http://host:8099/REST1 to REST5), or its own port (http://host:6345)."""
    poll_s: float = Field(default=10.0, ge=2, le=600)
    """Time in s between two readings. GivTCP has new ones every 30 s."""
    max_age_s: float = Field(default=90.0, ge=1, le=3600)
    """Age in s from which a reading is unknown."""
    flash_writes_a_day: int = Field(default=200, ge=1, le=2000)
    """Largest number of writes per day to settings in the flash memory of the inverter."""
    pv: bool = True
    """Whether the service reads its PV. Set false if another device measures the same PV."""
    battery: BatterySettings = BatterySettings()
    """Its limits."""

    @property
    def measures_grid(self) -> bool:
        """It always measures the grid."""
        return True

    def pvs(self, name: str) -> tuple[str, ...]:
        """The PV of the inverter."""
        return (name,) if self.pv else ()

    def batteries(self, name: str) -> Mapping[str, tuple[BatterySettings, BatteryTraits]]:
        """The battery of the inverter. It follows within minutes, and writes of a power wear its memory."""
        traits = BatteryTraits(can_bound_discharge=False, resolution_w=100.0, min_interval_s=60.0, lease_s=600.0)
        return {name: (self.battery, traits)}


class GivTcpWiring(ChargerSettings):
    """Wiring and priority of the charger. GivTCP forwards writes slowly."""

    write_interval_s: float = Field(default=30.0, ge=10, le=300)
    """Shortest time in s between two raises of the current."""
    settle_s: float = Field(default=60.0, ge=1, le=300)
    """Time in s until a car has followed a write."""


class GivTcpEvcSettings(DeviceSettings):
    """The GivEnergy EV charger behind GivTCP."""

    current_step_a: ClassVar[float] = 1.0
    write_s: ClassVar[float] = 60.0
    hand_back_s: ClassVar[float] = 240.0
    """A start by a program that has ended may come after our stop. The time must allow a second stop."""

    type: Literal["givtcp_evc"]
    url: Url
    """Address as for the inverter: http://host:8099/REST1 or http://host:6345."""
    poll_s: float = Field(default=10.0, ge=2, le=600)
    """Time in s between two readings."""
    max_age_s: float = Field(default=60.0, ge=1, le=3600)
    """Age in s from which a reading is unknown."""
    charger: GivTcpWiring = GivTcpWiring()
    """Its wiring and limits."""

    @property
    def never_reports(self) -> frozenset[str]:
        """GivTCP reports neither its faults nor its temperatures."""
        return CONDITION_FIELDS | {"ev.soc"}

    def chargers(self, name: str) -> Mapping[str, ChargerSettings]:
        """The device itself."""
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
