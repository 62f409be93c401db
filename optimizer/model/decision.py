"""Decision: the order for each device, as a lease, with its causes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from optimizer.model.value import maker, value


class EvMode(Enum):
    """The charging mode. The values are the words of the rules."""

    OFF = "off"
    SURPLUS = "surplus"
    MIN_SURPLUS = "min_surplus"
    FAST = "fast"


OFF, SURPLUS, MIN_SURPLUS, FAST = EvMode
"""The members as names of the module. A lookup in the class takes ten times as long, and decisions compare many."""


class BatteryAction(Enum):
    """The kind of an order to a battery."""

    AUTO = "auto"
    """Hand the battery back to its own control."""
    POWER = "power"
    """Hold `power_w`."""
    BOUNDS = "bounds"
    """Leave the battery to its own control within `max_charge_w` and `max_discharge_w`."""


HAND_BACK, HOLD_POWER, WITHIN_BOUNDS = BatteryAction
"""The members as names of the module. See `EvMode`."""


@value
class Cause:
    """The reason of a decision: a code and its numbers. `control/sentences.py` makes the sentence for a reader."""

    code: str
    """A key of the sentence table (control/sentences.py)."""
    subject: str
    """Its subject: a target (`ev.carport.mode`), a device (`battery.cellar`), or a reading."""
    rule: str = ""
    """The rule behind it, or empty."""
    numbers: tuple[tuple[str, float], ...] = ()
    """Figures with names that contain the unit: (("surplus_w", 1100.0), ("needed_w", 1380.0))."""
    detail: str = ""
    """A text from outside that the sentence quotes, such as the reason of an unknown reading."""


@value
class EvOrder:
    """The order to one charger."""

    current_a: float
    """Current per phase. 0 = pause, otherwise within [6 A, the charger's limit] in steps of 0.1 A."""
    phases: int
    """1 or 3."""
    energy_limit_wh: int | None = None
    """Limit of the session's energy. 0 = no limit. None: keep the limit that the owner has set in the charger."""
    urgent: bool = False
    """Whether the guard requires a reduction. The write limiter must not delay it."""


make_ev_order = maker(EvOrder)


make_cause = maker(Cause)


@value
class BatteryOrder:
    """The order to one battery. Powers: + discharge, − charge. Limits ≥ 0."""

    action: BatteryAction
    power_w: float = 0.0
    max_charge_w: float | None = None
    max_discharge_w: float | None = None


make_battery_order = maker(BatteryOrder)


AUTO = BatteryOrder(HAND_BACK)


class SwitchAction(Enum):
    """The kind of an order to a switch."""

    ON = "on"
    OFF = "off"
    LEAVE = "leave"
    """Leave it as it is: no rule claims it, or a hand has switched it."""


@value
class SwitchOrder:
    """The order to one switch."""

    action: SwitchAction
    urgent: bool = False
    """Whether the guard requires it. No write interval delays it."""


SWITCH_ON = SwitchOrder(SwitchAction.ON)
SWITCH_OFF = SwitchOrder(SwitchAction.OFF)
SWITCH_OFF_NOW = SwitchOrder(SwitchAction.OFF, urgent=True)
SWITCH_LEAVE = SwitchOrder(SwitchAction.LEAVE)
Order = EvOrder | BatteryOrder | SwitchOrder


@value
class Command:
    """A lease on one device. It is in force until `expires_s`. Only a new decision renews it."""

    device: str
    """`ev.<name>`, `battery.<name>`, or `switch.<name>`."""
    order: Order
    issued_s: float
    """Monotonic s of the decision behind it."""
    expires_s: float
    """Monotonic s after which it must not be refreshed."""


make_command = maker(Command)


@value
class Decision:
    """The result of one tick."""

    now: datetime
    mono_s: float
    commands: Mapping[str, Command]
    """By device key (`ev.carport`, `battery.cellar`). Every controllable device has one."""
    causes: tuple[Cause, ...]


make_decision = maker(Decision)
