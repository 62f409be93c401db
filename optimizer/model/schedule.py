"""Schedule: which mode each car and the house battery should have in each quarter hour, with the figures behind it.

Powers at the wall in W, energies in Wh, money in ct, times as Unix time in s. Battery power is + discharge, − charge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

CarMode = Literal["off", "surplus", "fast"]
"""The charging mode of a car, in the words of the rules."""
BatteryMode = Literal["auto", "hold", "charge", "no_charge", "discharge"]
"""`auto`: its own control. `hold`: no discharge. `no_charge`: no charging. The others hold a power."""
SolverName = Literal["modes", "cheapest"]
"""`modes` compares all modes by dynamic programming. `cheapest` takes the cheapest slots, without the battery."""


Assumed = Literal["import_price", "feed_in_price", "pv", "home"]
"""What a schedule needs to know of the coming hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """An energy that a car needs by a time."""

    charger: str
    ready_at_s: float
    """When the car leaves."""
    need_wh: float
    """Energy that the battery of the car still needs. 0: the goal is reached."""
    soc_percent: float | None = None
    """The state of charge behind it, for messages. None: the goal is an energy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarSlot:
    """One car in one slot."""

    mode: CarMode
    power_w: float
    """Expected mean power at the wall. `fast`: also its limit."""
    phases: int
    """Number of phases for `fast`: 1 or 3. 0: control chooses."""
    charged_wh: float
    """Energy in the battery of the car at the end of the slot, since the beginning of the schedule."""
    worth_ct: float
    """Worth of one more kWh at the wall, ct. It is what this energy would cost otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySlot:
    """The house battery in one slot."""

    mode: BatteryMode
    power_w: float
    """Expected mean power, + discharge, − charge. `charge` and `discharge`: the setpoint."""
    energy_wh: float
    """Stored energy at the end of the slot."""
    worth_ct: float
    """Worth of one more stored kWh, ct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSlot:
    """The modes of the house from `start_s` until just before `end_s`."""

    start_s: float
    end_s: float
    cars: Mapping[str, CarSlot] = field(default_factory=dict)
    """By charger. Only cars that are expected to be there."""
    battery: BatterySlot | None = None
    """None: there is no battery that the service controls."""
    battery_first: bool = True
    """Whether the battery gets the surplus before the cars."""
    import_ct: float
    feed_in_ct: float
    is_known: bool
    """Whether the prices are published. False: they are an estimate from the days before."""
    pv_w: float
    home_w: float
    grid_w: float
    """Expected grid power, + import."""
    best_ct: float
    """Expected cost from this slot on."""
    second_ct: float | None = None
    """Expected cost with the best of the other actions in this slot. None: there is no other action."""
    second: str = ""
    """That action, such as `car off, battery auto`."""

    @property
    def start(self) -> datetime:
        """The first instant, aware UTC."""
        return datetime.fromtimestamp(self.start_s, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalOutcome:
    """The outcome of a goal by the schedule."""

    goal: Goal
    ready_at_s: float | None
    """When the energy is reached. None: not before the car leaves."""
    lack_wh: float
    """Energy that is expected to be missing when the car leaves."""
    worths_ct: tuple[float, ...] = ()
    """Worth of each kWh at the wall that the car could have had more at the beginning: of the first, the second, and so
    on, ct. Empty: it is not known, or the car is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """The expectations that a schedule rests on."""

    prices_known_until_s: float
    """End of the published prices."""
    pv_wh: float
    """Expected PV energy until the end of the schedule."""
    home_wh: float
    """Expected consumption without the cars."""
    need_wh: Mapping[str, float] = field(default_factory=dict)
    """Energy that each car needs, by charger."""
    spare_ct: Mapping[str, float] = field(default_factory=dict)
    """Worth of the first kWh beyond the need of each car, by charger."""
    battery_wh: float | None = None
    """Stored energy at the beginning."""
    battery_end_ct: float | None = None
    """Worth of a kWh in the battery at the end of the schedule."""
    assumed: tuple[Assumed, ...] = ()
    """Of these nothing is known, neither for the coming hours nor for the days before. A fixed value is assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The cost of a schedule's slots by part, ct. The parts add up to its `cost_ct`."""

    import_ct: float
    feed_in_ct: float
    """What feed-in brings. It lowers the cost."""
    wear_ct: float
    """Wear of the battery."""
    changes_ct: float
    """Starts and interruptions of cars, switches of phases, and commands to the battery. Nobody sends a bill for them:
    the solver counts them, so that changes are rare."""

    @property
    def total_ct(self) -> float:
        """All of it."""
        return self.import_ct - self.feed_in_ct + self.wear_ct + self.changes_ct


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The slots of the next hours, without gaps."""

    made_at_s: float
    good_until_s: float
    """The schedule must not be used after this time."""
    slots: tuple[ScheduleSlot, ...]
    outcomes: tuple[GoalOutcome, ...] = ()
    assumptions: Assumptions
    solver: SolverName
    cost_ct: float
    """Expected cost of all slots, with all parts of `costs`."""
    costs: Costs | None = None
    """Its parts. None: the schedule is from before they were kept."""
    notes: tuple[str, ...] = ()
    """Sentences about what the input did not allow, such as a start outside of the battery's range."""

    def slot_at(self, at_s: float) -> ScheduleSlot | None:
        """The slot that contains a Unix time. None: before the first one, or no longer good."""
        if at_s >= self.good_until_s:
            return None
        return next((slot for slot in self.slots if slot.start_s <= at_s < slot.end_s), None)

    def outcome_of(self, charger: str) -> GoalOutcome | None:
        """The outcome of the goal of a car. None: it has no goal."""
        return next((outcome for outcome in self.outcomes if outcome.goal.charger == charger), None)
