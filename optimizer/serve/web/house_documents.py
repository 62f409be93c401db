"""The devices of the house with their readings, as documents of the JSON API.

Figures are in the unit of their name, and null while unknown. Grid: + import. Battery: + discharge.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict


class PvPower(TypedDict):
    """One PV system."""

    name: str
    power_w: float | None


class BatteryPower(TypedDict):
    """One battery."""

    name: str
    power_w: float | None
    soc_percent: float | None


class Condition(TypedDict):
    """The condition that a charger reports. Lists are empty if it does not measure."""

    error: Annotated[str | None, Field(description="`none` without an error")]
    warning: Annotated[str | None, Field(description="`none` without a warning")]
    residual_current: Annotated[str | None, Field(description="`none` without a residual current")]
    faults: Annotated[list[str], Field(description="The faults in words, empty without a fault")]
    relays: Annotated[str | None, Field(description="The conductors that are connected, or `none`")]
    housing_temp_c: float | None
    connector_temp_c: Annotated[list[float | None], Field(description="L1 to L3")]
    plug_temp_c: Annotated[list[float | None], Field(description="Pins 1 and 2 of a domestic plug")]
    voltage_v: Annotated[list[float | None], Field(description="L1 to L3")]
    neutral_current_a: float | None
    signal_dbm: float | None


class Car(TypedDict):
    """One charger and the car on it."""

    name: str
    status: str | None
    power_w: float | None
    offered_a: Annotated[float | None, Field(description="A per phase, 0 while paused")]
    phases: int | None
    session_wh: float | None
    vehicle: Annotated[str, Field(description="The car of the settings, or empty")]
    soc_percent: float | None
    soc_estimated: Annotated[bool | None, Field(description="Whether the state of charge is an estimate")]
    limit_soc_percent: Annotated[float | None, Field(description="The car's own charging limit")]
    range_km: Annotated[float | None, Field(description="The range that the car last reported")]
    blocked: Annotated[str, Field(description="Why the charger refuses writes, or empty")]
    condition: Condition


class Load(TypedDict):
    """One switchable load."""

    name: str
    on: Annotated[bool | None, Field(description="Whether its relay is closed")]
    power_w: Annotated[float | None, Field(description="Null if the relay does not measure")]
    energy_wh: Annotated[float | None, Field(description="The energy counter of the relay")]
    blocked: Annotated[str, Field(description="Why the relay refuses to switch on, or empty")]


class House(TypedDict):
    """The powers of the house."""

    grid_w: float | None
    home_w: float | None
    dimmed: bool | None
    pvs: list[PvPower]
    batteries: list[BatteryPower]
    evs: list[Car]
    switches: list[Load]
