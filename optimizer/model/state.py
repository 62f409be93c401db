"""State: one frozen snapshot of the house, the only input from outside for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum

from optimizer.model.condition import ChargerCondition
from optimizer.model.reading import NOT_MEASURED, Reading, known, unknown
from optimizer.model.value import value

UNREAD: Reading[bool] = unknown("not read here")
NOT_PLANNED: Reading[bool] = known(False, 0.0)
NO_COUNT: Reading[int] = unknown("not read here")
NO_WORD: Reading[str] = unknown("not read here")


class EvStatus(Enum):
    """The status of the car at the charger. The values are the words of the rules."""

    DISCONNECTED = "disconnected"
    CONNECTED = "connected"
    """Plugged in without current (paused, full, or waking up)."""
    CHARGING = "charging"
    ERROR = "error"


DISCONNECTED, CONNECTED, CHARGING, ERROR = EvStatus
"""The members as names of the module. A lookup in the class takes ten times as long, and decisions compare many."""
NO_STATUS: Reading[EvStatus] = unknown("not read here")
NO_CONDITION = ChargerCondition()
InputValue = float | bool | str
"""A value of an input: a number in its base unit, a switch, a word, or a local time of day in s since midnight."""


@value
class Grid:
    """The grid connection."""

    power_w: Reading[float] = NOT_MEASURED
    """+ import, − export."""
    phase_current_a: tuple[Reading[float], ...] = ()
    """Current on L1..L3, + import. Empty if not measured."""
    dimmed: Reading[bool] = UNREAD
    """Whether the grid operator has dimmed the house (§14a EnWG, ripple control)."""
    on_grid: Reading[bool] = UNREAD
    """False while the house runs as an island."""
    history: tuple[tuple[float, float], ...] = ()
    """(monotonic s, W) of the last grid readings, oldest first, at most 32. They match the time of an older reading."""


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
    """One house battery, by its own report."""

    name: str
    power_w: Reading[float] = NOT_MEASURED
    """+ discharge, − charge. The battery alone, without DC-coupled PV."""
    soc_percent: Reading[float] = NOT_MEASURED
    capacity_wh: Reading[float] = NOT_MEASURED
    max_charge_w: Reading[float] = NOT_MEASURED
    """Largest charge power allowed now, ≥ 0."""
    max_discharge_w: Reading[float] = NOT_MEASURED
    """Largest discharge power allowed now, ≥ 0."""
    reserve_soc_percent: Reading[float] = NOT_MEASURED
    """State of charge that the device itself reserves."""
    setpoint_w: Reading[float] = NOT_MEASURED
    """The setpoint that the device reports, + discharge. Unknown while it follows none."""
    manual: Reading[bool] = UNREAD
    """True while the device is under external control."""


@value
class Commanded:
    """The last writes to a charger. With its readings they bound the current that may flow."""

    current_a: float
    """The last written current setting per phase, regardless of a pause."""
    paused: bool
    phases: int
    at_s: float
    """Monotonic s of the last write that changed something."""
    unconfirmed_a: float = 0.0
    """Largest current that an unconfirmed write may leave. 0 if all writes are confirmed. The guard counts it. After a
    reduction without an answer it is the old value, after a rise without an answer the new one."""

    raised_at_s: float | None = None
    """Monotonic s of the last write of a higher current, or of the end of a pause. None if it is not known."""

    @property
    def offer_a(self) -> float:
        """The current that the car is offered. 0 while paused."""
        return 0.0 if self.paused else self.current_a


@value
class Ev:
    """One charger and the car on it."""

    name: str
    status: Reading[EvStatus] = NO_STATUS
    power_w: Reading[float] = NOT_MEASURED
    """≥ 0."""
    phase_current_a: tuple[Reading[float], ...] = ()
    """Measured current of the charger phases L1..L3. Empty if the charger does not measure it."""
    offered_a: Reading[float] = NOT_MEASURED
    """The current setting that the charger reports, per phase, regardless of a pause."""
    signalled_a: Reading[float] = NOT_MEASURED
    """The current that the charger signals to the car. It is below `offered_a` while the charger derates."""
    paused: Reading[bool] = UNREAD
    phases: Reading[int] = NO_COUNT
    """The charger's phase setting, 1–3. A transient 0 never appears here."""
    rated_a: Reading[float] = NOT_MEASURED
    """min(charger rating, connector), by the charger's report."""
    session_energy_wh: Reading[float] = NOT_MEASURED
    energy_total_wh: Reading[float] = NOT_MEASURED
    energy_limit_wh: Reading[float] = NOT_MEASURED
    """The charger's own limit for this session, 0 = none."""
    soc_percent: Reading[float] = NOT_MEASURED
    soc_estimated: Reading[bool] = UNREAD
    """Whether the state of charge counts energy or an assumption, and was not measured."""
    limit_soc_percent: Reading[float] = NOT_MEASURED
    """The car's own charging limit."""
    range_km: Reading[float] = NOT_MEASURED
    """The range that the car last reported, > 0."""
    capacity_wh: Reading[float] = NOT_MEASURED
    """Usable capacity of the car."""
    vehicle: str = ""
    """The name of the car in the settings. Empty: not known."""
    car_min_current_a: float | None = None
    """Least current of this car by the settings, A. None: not set."""
    car_phases: int | None = None
    """Phases that this car uses by the settings, 1–3. None: not set."""
    blocked: str = ""
    """Why the charger refuses writes (its own PV mode is active, the API is disabled), or empty."""
    commanded: Commanded | None = field(default=None, metadata={"former_name": "told"})
    """None before the first write."""
    condition: ChargerCondition = NO_CONDITION


@value
class EvGoal:
    """The goal of one charger: the energy that its car needs, and when the car leaves."""

    ready_s: Reading[float] = NOT_MEASURED
    """Unix time of the departure."""
    target_soc_percent: Reading[float] = NOT_MEASURED
    target_energy_wh: Reading[float] = NOT_MEASURED
    needs_wh: Reading[float] = NOT_MEASURED
    """Energy at the charger until the goal is reached, ≥ 0."""
    overdue: Reading[bool] = UNREAD
    """Whether the departure has passed."""


@value
class SwitchCommanded:
    """The last write to a switch. Off also if a load that was on has ended by itself: by its timer, a power cut, or a
    hand-back."""

    on: bool
    at_s: float
    """Monotonic s of the last write that changed the state, or of this end."""
    confirmed: bool = True
    """Whether the device has answered the write. Without an answer it may have either state."""


@value
class Switch:
    """One switchable load, by the report of its relay."""

    name: str
    on: Reading[bool] = UNREAD
    power_w: Reading[float] = NOT_MEASURED
    """≥ 0. Not measured for a relay without a meter."""
    energy_total_wh: Reading[float] = NOT_MEASURED
    blocked: str = ""
    """Why the relay refuses to switch on (overpower, overtemperature), or empty."""
    commanded: SwitchCommanded | None = None
    """None before the first write."""


@value
class CarSchedule:
    """The values of the schedule for one car now. All are unknown without a schedule, and for a car that is away."""

    mode: Reading[str] = NO_WORD
    """`off`, `surplus`, or `fast`."""
    power_w: Reading[float] = NOT_MEASURED
    """Largest power of `fast`, ≥ 0."""
    phases: Reading[float] = NOT_MEASURED
    """Number of phases of `fast`, 1–3. Unknown: the control chooses."""
    worth_ct: Reading[float] = NOT_MEASURED
    """Worth of a kWh in this car now, ct."""
    grid_share: Reading[float] = NOT_MEASURED
    """Part of the car's power that is worth importing at this worth, 0–0.9."""
    lacks_wh: Reading[float] = NOT_MEASURED
    """Energy from the charger that will be missing at the departure."""
    ready_s: Reading[float] = NOT_MEASURED
    """Unix time at which the goal will be reached."""


@value
class BatterySchedule:
    """The values of the schedule for the house battery now."""

    mode: Reading[str] = NO_WORD
    """`auto`, `hold`, `charge`, `no_charge`, or `discharge`."""
    planned: Reading[bool] = NOT_PLANNED
    """Whether there is a mode, and each car that charges is scheduled to charge fast."""
    power_w: Reading[float] = NOT_MEASURED
    """Power of `charge` and `discharge`: + discharge, − charge."""
    worth_ct: Reading[float] = NOT_MEASURED
    """Worth of a stored kWh now, ct."""
    first: Reading[bool] = UNREAD
    """Whether the battery gets the surplus before the cars."""


@value
class ScheduleNow:
    """The slot of the schedule that contains now."""

    cars: Mapping[str, CarSchedule] = field(default_factory=dict)
    """By the names of the chargers."""
    battery: BatterySchedule = BatterySchedule()
    why: str = "there is no schedule"
    """Why there is none."""


@value
class Prices:
    """Energy prices in ct/kWh of the current interval, and how the import price compares with those around it.

    A rank is the part of a time with a lower import price, in percent. It and the extremes are unknown while a price
    of their time is unknown.
    """

    import_ct: Reading[float] = NOT_MEASURED
    feed_in_ct: Reading[float] = NOT_MEASURED
    alternative_ct: Reading[float] = NOT_MEASURED
    """Price of a kWh for the car from another source (night tariff, public charger)."""
    market_ct: Reading[float] = NOT_MEASURED
    """The price of the configured source, before fees and VAT of the settings."""
    rank_percent: Reading[float] = NOT_MEASURED
    """Within the local day."""
    lowest_ct: Reading[float] = NOT_MEASURED
    highest_ct: Reading[float] = NOT_MEASURED
    mean_ct: Reading[float] = NOT_MEASURED
    """Of the local day."""
    rank_6h_percent: Reading[float] = NOT_MEASURED
    """Within the next 6 h, from the present quarter hour on."""
    rank_12h_percent: Reading[float] = NOT_MEASURED
    rank_24h_percent: Reading[float] = NOT_MEASURED
    lowest_6h_ct: Reading[float] = NOT_MEASURED
    lowest_12h_ct: Reading[float] = NOT_MEASURED
    lowest_24h_ct: Reading[float] = NOT_MEASURED
    cheapest: Mapping[str, Reading[bool]] = field(default_factory=dict)
    """Whether now belongs to the cheapest hours of a window, by the text in the rules: `3h, until 07:00`."""
    lowest: Mapping[str, Reading[float]] = field(default_factory=dict)
    """Lowest import price of a time, by the text in the rules: `6h`, `until 07:00`."""
    highest: Mapping[str, Reading[float]] = field(default_factory=dict)
    spread: Mapping[str, Reading[float]] = field(default_factory=dict)
    """Highest minus lowest import price of a time."""
    spread_ct: Reading[float] = NOT_MEASURED
    """The same of the local day."""


@value
class Forecast:
    """Forecast energies in Wh, by the time as rules write it: `today`, `until 18:00`, `6h`.

    An energy is unknown while the forecast does not cover all of its time.
    """

    pv_wh: Mapping[str, Reading[float]] = field(default_factory=dict)
    pv_low_wh: Mapping[str, Reading[float]] = field(default_factory=dict)
    """The energy that nine of ten such forecasts exceed."""
    pv_high_wh: Mapping[str, Reading[float]] = field(default_factory=dict)
    """The energy that one of ten such forecasts exceeds."""
    home_wh: Mapping[str, Reading[float]] = field(default_factory=dict)
    """Consumption of the house without the cars."""
    surplus_wh: Mapping[str, Reading[float]] = field(default_factory=dict)
    """PV beyond the consumption of the house, summed over the quarter hours with a surplus."""


@value
class SunTimes:
    """Sunrise and sunset of the local day, in seconds of the local clock since midnight."""

    rise_s: Reading[float] = NOT_MEASURED
    set_s: Reading[float] = NOT_MEASURED


NO_FORECAST = Forecast()
NO_SUN_TIMES = SunTimes()
NO_SCHEDULE = ScheduleNow()


@value
class State:
    """The house at one time. Devices have their configured names as keys, in configured order."""

    now: datetime
    """Aware UTC."""
    local: datetime
    """The same time in the site's time zone, for rule windows."""
    mono_s: float
    """Monotonic s of this snapshot. The ages of readings count from it."""
    grid: Grid
    pvs: Mapping[str, Pv] = field(default_factory=dict)
    batteries: Mapping[str, Battery] = field(default_factory=dict)
    evs: Mapping[str, Ev] = field(default_factory=dict)
    prices: Prices = Prices()
    forecast: Forecast = NO_FORECAST
    sun: SunTimes = NO_SUN_TIMES
    holiday: Reading[bool] = UNREAD
    """Whether the local day is a public holiday."""
    meters: Mapping[str, Reading[float]] = field(default_factory=dict)
    """Power of other meters than the grid meter, W, by device: + consumption or import, − export."""
    inputs: Mapping[str, Reading[InputValue]] = field(default_factory=dict)
    """The values of the inputs by their names, without `input.`."""
    goals: Mapping[str, EvGoal] = field(default_factory=dict)
    """The goals by the names of the chargers. A charger without a goal has none."""
    switches: Mapping[str, Switch] = field(default_factory=dict)
    schedule: ScheduleNow = NO_SCHEDULE
