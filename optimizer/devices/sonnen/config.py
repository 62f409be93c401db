"""The settings of a sonnen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class SonnenConfig:
    """The settings for one sonnen battery, with its limits."""

    name: str
    """The name of the battery in rules and on the status page."""
    url: str
    """v1: `http://host:8080` · v2: `http://host`."""
    api: Literal["v1", "v2"] = "v2"
    token: str = field(default="", repr=False)
    """v2: the token of the JSON API (Software-Integration in the battery's own page), with writing enabled."""
    manual_by_hand: bool = False
    """v1 without access to the mode: the owner has set manual mode and wants it so. Setpoints are then written
    without taking the mode, and handing back leaves the battery standing by."""
    max_charge_w: float = 5000.0
    """Largest charging power asked of it in W; its own inverter's limit comes on top."""
    max_discharge_w: float = 5000.0
    timeout_s: float = 5.0
    """Deadline of one exchange in s."""
