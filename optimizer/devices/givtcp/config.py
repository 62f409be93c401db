"""The settings of a GivEnergy plant behind GivTCP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GivTcpConfig:
    """The settings for one inverter, with the limits of its battery."""

    name: str
    """The name of the inverter and its battery in rules and on the status page."""
    url: str
    """`http://host:8099/REST1` (to REST5, one an inverter) or `http://host:6345` (6346 for the next)."""
    max_charge_w: float = 5000.0
    """Largest charging power asked of it in W; the inverter's own largest rate comes on top."""
    max_discharge_w: float = 5000.0
    timeout_s: float = 5.0
    """Deadline of one reading in s; commands have 20 s, since the real software takes up to 15."""
    flash_writes_a_day: int = 200
    """Budget of settings that wear the inverter's flash memory (about a million writes in its life)."""


@dataclass(frozen=True, slots=True)
class GivEvcConfig:
    """The settings for the EV charger behind GivTCP."""

    name: str
    """The name of the charger in rules and on the status page."""
    url: str
    """As of the inverter: `http://host:8099/REST1` or `http://host:6345`."""
    timeout_s: float = 5.0
    """Deadline of one reading in s; commands have 20 s."""
