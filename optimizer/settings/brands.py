"""The types of device, each with what it needs beyond the common settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from optimizer.settings.devices import BatterySettings, ChargerSettings, HttpSettings
from optimizer.settings.site import Port


class NrgkickSettings(HttpSettings):
    """An NRGkick Gen2 charger; its local API must be enabled in the app."""

    type: Literal["nrgkick"]
    poll_s: float = Field(default=10.0, ge=1, le=600)
    """Time in s between two readings; over JSON the vendor advises against less than 10."""
    max_age_s: float = Field(default=30.0, ge=1, le=3600)
    """A reading older than this, in s, counts as unknown."""
    protocol: Literal["json", "modbus", "auto"] = "json"
    """How to talk to it: JSON over HTTP, Modbus TCP, or Modbus for fast readings where it answers."""
    modbus_port: Port = 502
    """TCP port of its Modbus server."""
    charger: ChargerSettings = ChargerSettings()
    """How it is wired."""


class FemsSettings(HttpSettings):
    """A FENECON FEMS, or any OpenEMS Edge: grid, PV and battery."""

    type: Literal["fems"]
    poll_s: float = Field(default=1.0, ge=0.5, le=600)
    """Time in s between two readings."""
    user: str = Field(default="x", max_length=200)
    """User for basic authentication; FEMS looks at the password alone."""
    ess: str = Field(default="ess0", pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    """Component id of the storage system that is written to."""
    hybrid: bool = False
    """Whether PV is connected to the battery's own inverter (DC); setpoints then include it."""
    api_timeout_s: float = Field(default=60.0, gt=0, le=3600)
    """The API timeout set in FEMS, in s: after this long without a write it drops setpoints by itself."""
    battery: BatterySettings | None = BatterySettings()
    """Its battery; left empty where there is none."""


@dataclass(frozen=True, slots=True)
class BatteryTraits:
    """What a brand's battery can do, as far as decisions must know it."""

    can_bound_discharge: bool
    resolution_w: float = 1.0
    min_interval_s: float = 0.0
    lease_s: float = 60.0


BATTERY_TRAITS: Mapping[str, BatteryTraits] = {
    "fems": BatteryTraits(can_bound_discharge=True),
}
CURRENT_STEPS_A: Mapping[str, float] = {"nrgkick": 0.1}
"""Resolution of the current that each brand's charger takes."""

Device = Annotated[NrgkickSettings | FemsSettings, Field(discriminator="type")]


def measures_grid(device: Device) -> bool:
    """Whether a device can serve as the meter of the grid connection."""
    return device.type == "fems"
