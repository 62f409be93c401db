"""State: one frozen snapshot of the house, all that a decision may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum

from optimizer.model.condition import ChargerCondition
from optimizer.model.reading import NOT_MEASURED, Reading, unknown
from optimizer.model.value import value

UNREAD: Reading[bool] = unknown("not read here")
NO_COUNT: Reading[int] = unknown("not read here")


class EvStatus(Enum):
    """What the charger says of the car, in the words that rules use."""

    DISCONNECTED = "disconnected"
    CONNECTED = "connected"
    """Plugged in, not drawing (paused, full, or waking up)."""
    CHARGING = "charging"
    ERROR = "error"


DISCONNECTED, CONNECTED, CHARGING, ERROR = EvStatus
"""The members by themselves: to look one up in its class takes ten times as long, and decisions compare many."""
NO_STATUS: Reading[EvStatus] = unknown("not read here")
NO_CONDITION = ChargerCondition()


@value
class Grid:
    """The grid connection."""

    power_w: Reading[float] = NOT_MEASURED
    """+ import, − export."""
    phase_current_a: tuple[Reading[float], ...] = ()
    """Current on L1..L3 where measured, + import; empty where not."""
    dimmed: Reading[bool] = UNREAD
    """The grid operator has dimmed us (§14a EnWG, ripple control)."""
    on_grid: Reading[bool] = UNREAD
    """False while the house runs as an island."""
    history: tuple[tuple[float, float], ...] = ()
    """(monotonic s, W) of the last grid readings, oldest first, at most 32: to match the time of an older reading."""


@value
class Pv:
    """One PV system (or the sum of them)."""

    name: str
    power_w: Reading[float] = NOT_MEASURED
    """≥ 0."""
    energy_total_wh: Reading[float] = NOT_MEASURED
    energy_day_wh: Reading[float] = NOT_MEASURED


@value
class Battery:
    """One house battery, as it reports itself."""

    name: str
    power_w: Reading[float] = NOT_MEASURED
    """+ discharge, − charge; the battery alone, without DC-coupled PV."""
    soc_percent: Reading[float] = NOT_MEASURED
    capacity_wh: Reading[float] = NOT_MEASURED
    max_charge_w: Reading[float] = NOT_MEASURED
    """Largest charging power allowed now, ≥ 0."""
    max_discharge_w: Reading[float] = NOT_MEASURED
    """Largest discharging power allowed now, ≥ 0."""
    reserve_soc_percent: Reading[float] = NOT_MEASURED
    """SoC that the device itself keeps back."""
    setpoint_w: Reading[float] = NOT_MEASURED
    """The setpoint that the device says it follows, + discharge; unknown while it follows none."""
    manual: Reading[bool] = UNREAD
    """True while the device is under external control."""


@value
class Commanded:
    """What we last wrote to a charger: the other half of what may be flowing."""

    current_a: float
    """The current setting last written, per phase, regardless of pause."""
    paused: bool
    phases: int
    at_s: float
    """Monotonic time in s of the last write that changed something."""
    unconfirmed_a: float = 0.0
    """Largest current that a write not read back yet may have left flowing; 0 when all are confirmed. The guard
    counts it: after an unanswered reduction it is the old value, after an unanswered raise the new one."""

    @property
    def offer_a(self) -> float:
        """What the car is offered: 0 while paused."""
        return 0.0 if self.paused else self.current_a


@value
class Ev:
    """One charger and the car on it."""

    name: str
    status: Reading[EvStatus] = NO_STATUS
    power_w: Reading[float] = NOT_MEASURED
    """≥ 0."""
    phase_current_a: tuple[Reading[float], ...] = ()
    """Measured per charger phase L1..L3, where the charger does."""
    offered_a: Reading[float] = NOT_MEASURED
    """The current setting read back from the charger (per phase, regardless of pause)."""
    signalled_a: Reading[float] = NOT_MEASURED
    """The current signalled to the car; below `offered_a` while the charger derates."""
    paused: Reading[bool] = UNREAD
    phases: Reading[int] = NO_COUNT
    """The charger's phase setting, 1–3; a transient 0 never appears here."""
    rated_a: Reading[float] = NOT_MEASURED
    """min(charger rating, connector), as the charger reports it."""
    session_energy_wh: Reading[float] = NOT_MEASURED
    energy_total_wh: Reading[float] = NOT_MEASURED
    energy_limit_wh: Reading[float] = NOT_MEASURED
    """The charger's own limit for this session, 0 = none."""
    soc_percent: Reading[float] = NOT_MEASURED
    blocked: str = ""
    """Why the charger refuses our writes (its own PV mode is active, the API is disabled), or empty."""
    commanded: Commanded | None = field(default=None, metadata={"former_name": "told"})
    """None until we have written something."""
    condition: ChargerCondition = NO_CONDITION


@value
class Prices:
    """Energy prices in ct/kWh of the current interval."""

    import_ct: Reading[float] = NOT_MEASURED
    feed_in_ct: Reading[float] = NOT_MEASURED
    alternative_ct: Reading[float] = NOT_MEASURED
    """What a kWh for the car costs otherwise (night tariff, public charger)."""


@value
class State:
    """The house at one instant. Devices of a kind are keyed by their configured name, in configured order."""

    now: datetime
    """Aware UTC."""
    local: datetime
    """The same instant in the site's time zone; rule windows use it."""
    mono_s: float
    """Monotonic s of this snapshot; ages of readings are measured against it."""
    grid: Grid
    pvs: Mapping[str, Pv] = field(default_factory=dict)
    batteries: Mapping[str, Battery] = field(default_factory=dict)
    evs: Mapping[str, Ev] = field(default_factory=dict)
    prices: Prices = Prices()
    meters: Mapping[str, Reading[float]] = field(default_factory=dict)
    """Power in W of further meters beside the grid's, by device: + consumption or import, − feed-in."""
