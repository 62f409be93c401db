"""Decision: what is wanted of each device, as leases, with the causes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from optimizer.model.value import value


class EvMode(Enum):
    """How a charger follows; the values are the words that rules use."""

    OFF = "off"
    SURPLUS = "surplus"
    MIN_SURPLUS = "min_surplus"
    FAST = "fast"


OFF, SURPLUS, MIN_SURPLUS, FAST = EvMode
"""The members by themselves: to look one up in its class takes ten times as long, and decisions compare many."""


class BatteryAction(Enum):
    """What is asked of a battery."""

    AUTO = "auto"
    """Hand it back to its own controller."""
    POWER = "power"
    """Hold `power_w`."""
    BOUNDS = "bounds"
    """Leave it to its own controller within `max_charge_w` and `max_discharge_w`."""


HOLD_POWER = BatteryAction.POWER


@value
class Cause:
    """Why: a code and its numbers. Sentences are made only when somebody reads them."""

    code: str
    """A key of the sentence table (control/sentences.py)."""
    subject: str
    """What it is about: a target (`ev.carport.mode`), a device (`battery.cellar`) or a reading."""
    rule: str = ""
    """The rule that brought it about, where one did."""
    numbers: tuple[tuple[str, float], ...] = ()
    """Named figures, the unit in each name: (("surplus_w", 1100.0), ("needed_w", 1380.0))."""
    detail: str = ""
    """A word from outside that the sentence quotes, such as the reason a reading is unknown."""


@value
class EvOrder:
    """What is wanted of one charger."""

    current_a: float
    """Per phase: 0 = pause, otherwise within [6 A, the charger's limit] in steps of 0.1 A."""
    phases: int
    """1 or 3."""
    energy_limit_wh: int | None = None
    """Limit of the session's energy, 0 = none; None: leave what the owner has set in the charger."""
    urgent: bool = False
    """A reduction that the guard asks for: the write limiter must not hold it back."""


@value
class BatteryOrder:
    """What is wanted of one battery. Powers: + discharge, − charge; limits ≥ 0."""

    action: BatteryAction
    power_w: float = 0.0
    max_charge_w: float | None = None
    max_discharge_w: float | None = None


AUTO = BatteryOrder(BatteryAction.AUTO)


@value
class Command:
    """A lease on one device: in force until `expires_s`, renewed only by a fresh decision."""

    device: str
    """`ev.<name>` or `battery.<name>`."""
    order: EvOrder | BatteryOrder
    issued_s: float
    """Monotonic s of the decision behind it."""
    expires_s: float
    """Monotonic s after which nobody may refresh it."""


@value
class Decision:
    """The outcome of one tick."""

    now: datetime
    mono_s: float
    commands: Mapping[str, Command]
    """By device key (`ev.carport`, `battery.cellar`); every controllable device has one."""
    causes: tuple[Cause, ...]
