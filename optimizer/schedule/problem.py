"""Problem: everything that a schedule depends on. The same problem always gives the same schedule.

Powers in W, energies in Wh, prices in ct/kWh, costs in ct, times as Unix time in s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, NamedTuple

from optimizer.model.schedule import Assumed, BatteryMode, CarMode, Goal
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V
from optimizer.words.text import Text

USUAL_EFFICIENCY = 0.9
"""Part of the energy at the wall that the battery of a car stores."""
GUESS_CT = 2.0
"""An estimated import price usually counts as lower by this."""
MOST_STEPS = 400
"""Four days of quarter hours."""
MOST_CARS = 8
LONGEST_STEP_S = 7200.0
FURTHEST_S = 4 * 86_400.0
LATE_S = 900.0
"""A goal whose time has passed is planned for at least this time from now on."""
LARGEST = 1e10
"""No power, energy, price, or time is larger."""


class ProblemError(ValueError):
    """A problem that cannot be solved, with the place of the mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One time with constant prices and expected powers."""

    start_s: float
    end_s: float
    import_ct: float
    feed_in_ct: float
    is_known: bool = True
    """Whether the prices are published. Estimated prices are used, but nothing is bought because of them alone."""
    pv_w: float
    home_w: float
    """Expected consumption without the cars."""
    pv_spread_w: float = 0.0
    """By how much PV is usually lower or higher than expected, 0 to `pv_w`. 0: it is certain."""
    pv_day_spread_w: float = 0.0
    """By how much it is lower on a dull day and higher on a bright one, 0 to `pv_w`. 0: it is certain, or the kind of
    this day is not known yet. Steps with another value that follow each other are of the same kind."""
    home_spread_w: float = 0.0
    """The same for the consumption, 0 to `home_w`."""
    cars_most_w: float | None = None
    """Largest power of all cars together, such as while the house is dimmed. None: no limit."""
    other_cars_w: float = 0.0
    """Power of cars that are not part of the problem. The battery does not supply them."""

    @property
    def hours(self) -> float:
        """Length in h."""
        return (self.end_s - self.start_s) / 3600.0


class SpareWorth(NamedTuple):
    """The worth of energy beyond the need of a car. It falls, because a car needs only so much in the next days."""

    up_to_wh: float
    """Energy beyond the need, at the wall, up to which it holds."""
    worth_ct: float
    """Worth of a kWh at the wall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A car that is plugged in."""

    charger: str
    goal: Goal | None = None
    """None: it needs nothing by a known time."""
    room_wh: float
    """Energy that its battery can take until it is full or reaches its limit."""
    phases: tuple[int, ...] = (1, 3)
    """Numbers of phases on which it can charge, ascending. Without phase switching it is one."""
    least_a: float = MIN_CURRENT_A
    most_a: float = 16.0
    efficiency: float = USUAL_EFFICIENCY
    """Part of the energy at the wall that its battery stores."""
    spare: tuple[SpareWorth, ...] = ()
    """Worth of more energy than it needs. Ascending energies, falling worths. Empty: more energy is worth nothing."""
    lack_ct: float = 60.0
    """Price of a kWh that is missing when it leaves."""
    start_ct: float = 4.0
    """Cost of a start of fast charging, and of a switch of phases while it charges fast: a switch stops the car and
    starts it again. It is also the cost of stopping a car that the surplus would carry on, because it starts again
    later. The sun decides on all other starts in `surplus`."""
    reserve_s: float = 1800.0
    """The goal is planned to be reached this long before the car leaves."""
    running: CarMode | None = None
    """The mode until now. A start costs `start_ct` only after another mode than `fast`. None: unknown."""
    charging: bool | None = None
    """Whether it charges until now, in any mode. None: unknown, which counts as charging in `fast` only."""
    running_phases: int | None = None
    """The phases on which it charges in `fast` until now. None: unknown, which counts as the most."""
    planned: CarMode | None = None
    """The mode that the schedule before has for now. It stays unless another one is clearly better. None: unknown."""

    def power_w(self, phases: int, current_a: float) -> float:
        """Power at the wall."""
        return phases * current_a * NOMINAL_VOLTAGE_V

    @property
    def least_w(self) -> float:
        """The smallest power at which it charges."""
        return self.power_w(self.phases[0], self.least_a)

    @property
    def most_w(self) -> float:
        """The largest power at which it charges."""
        return self.power_w(self.phases[-1], self.most_a)

    @property
    def need_wh(self) -> float:
        """Energy at the wall that the goal still needs, at most what the car can take."""
        return 0.0 if self.goal is None else min(self.goal.need_wh, self.room_wh) / self.efficiency


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """The house battery. Several batteries are one here."""

    energy_wh: float
    floor_wh: float
    capacity_wh: float
    charge_w: float
    discharge_w: float
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    wear_ct: float = 2.0
    """Wear per kWh taken out."""
    end_ct: float | None = None
    """Worth of a stored kWh at the end. None: derived from the prices."""
    start_ct: float = 1.0
    """Cost of a change of its mode. It keeps the schedule from short turns of charging."""
    may_sell: bool = False
    """Whether it may discharge into the grid."""
    may_charge_from_grid: bool = True
    can_command: bool = True
    """Whether it accepts a power. If not, it only has `auto`, `hold`, and `no_charge`."""
    running: BatteryMode | None = None
    """The mode until now. None: unknown."""
    planned: BatteryMode | None = None
    """The mode that the schedule before has for now. It stays unless another one is clearly better. None: unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The input of a solver: the steps, the cars, and the battery."""

    at_s: float
    """Now. The first step contains it."""
    steps: tuple[Step, ...]
    """Without gaps."""
    prices_known_until_s: float
    assumed: tuple[Assumed, ...] = ()
    """Of these nothing is known, so the steps have a fixed value."""
    cars: tuple[Car, ...] = ()
    battery: Battery | None = None
    most_import_w: float | None = None
    """Limit of the grid connection on import. None: no limit."""
    most_export_w: float | None = None
    """Limit on feed-in. PV power above it is lost. None: no limit."""
    hysteresis_ct: float = 3.0
    """The planned modes of now stay unless others are better by this."""
    guess_ct: float = GUESS_CT
    """An estimated import price counts as lower by this, so that nothing is bought now because of an estimate."""

    def __post_init__(self) -> None:
        rest = (self.cars, self.battery, self.at_s, self.most_import_w, self.most_export_w, self.hysteresis_ct)
        for where, value in _numbers(rest, "") if all(map(_is_usable, self.steps)) else _numbers(self, ""):
            if not -LARGEST <= value <= LARGEST:
                raise ProblemError(f"{where}: {value} is not a number that can be used")
        _check_steps(self)
        _check_cars(self.cars)
        if self.battery is not None:
            _check_battery(self.battery)

    @property
    def end_s(self) -> float:
        """The end of the last step."""
        return self.steps[-1].end_s


def clipped(problem: Problem) -> tuple[Problem, tuple[str, ...]]:
    """The problem from now on, with a start inside the ranges of its devices, and a sentence for each change."""
    battery, notes = problem.battery, list[str]()
    steps = (replace(problem.steps[0], start_s=problem.at_s), *problem.steps[1:])
    if battery is not None and not battery.floor_wh <= battery.energy_wh <= battery.capacity_wh:
        energy_wh = min(max(battery.energy_wh, battery.floor_wh), battery.capacity_wh)
        below = battery.energy_wh < energy_wh
        text = (
            "The battery is below its reserve: the schedule counts {energy_wh}."
            if below
            else "The battery is above its capacity: the schedule counts {energy_wh}."
        )
        notes.append(Text(text, energy_wh=energy_wh))
        battery = replace(battery, energy_wh=energy_wh)
    cars = tuple(_clipped_car(problem, car, notes) for car in problem.cars)
    return replace(problem, steps=steps, battery=battery, cars=cars), tuple(notes)


def _clipped_car(problem: Problem, car: Car, notes: list[str]) -> Car:
    """The car with a goal that it can still reach in principle. A car that has not left at its time goes on."""
    goal = car.goal
    if goal is None:
        return car
    if goal.need_wh > car.room_wh:
        text = "{charger} can take {room_wh}, and its goal needs {need_wh}."
        notes.append(Text(text, charger=car.charger, room_wh=car.room_wh, need_wh=goal.need_wh))
    if goal.ready_at_s > problem.at_s:
        return car
    if goal.need_wh <= 0.0:
        return replace(car, goal=None)
    text = "The time of the goal of {charger} has passed. It charges until the goal is reached."
    notes.append(Text(text, charger=car.charger))
    ready_at_s = problem.at_s + max(LATE_S, car.need_wh / car.most_w * 3600.0)
    return replace(car, goal=replace(goal, ready_at_s=ready_at_s))


def _is_usable(step: Step) -> bool:
    """Whether all numbers of a step are finite and of a usual size."""
    money_ct, power_w = abs(step.import_ct) + abs(step.feed_in_ct), abs(step.pv_w) + abs(step.home_w)
    return step.end_s + money_ct + power_w + (step.cars_most_w or 0.0) + step.other_cars_w <= LARGEST


def _check_steps(problem: Problem) -> None:
    steps = problem.steps
    if not 1 <= len(steps) <= MOST_STEPS:
        raise ProblemError(f"steps: {len(steps)} steps are not between 1 and {MOST_STEPS}")
    if not steps[0].start_s <= problem.at_s < steps[0].end_s:
        raise ProblemError(f"steps[0]: it does not contain at_s {problem.at_s:.0f}")
    if steps[-1].end_s - steps[0].start_s > FURTHEST_S:
        raise ProblemError(f"steps: they reach further than {FURTHEST_S / 3600:.0f} h")
    for index, step in enumerate(steps):
        if not 0.0 < step.end_s - step.start_s <= LONGEST_STEP_S:
            raise ProblemError(f"steps[{index}]: its length is not between 0 and {LONGEST_STEP_S:.0f} s")
        if step.pv_w < 0.0 or step.home_w < 0.0 or (step.cars_most_w or 0.0) < 0.0 or step.other_cars_w < 0.0:
            raise ProblemError(f"steps[{index}]: a power is negative")
        for of, name, spread_w, power_w in (
            ("pv_w", "pv_spread_w", step.pv_spread_w, step.pv_w),
            ("pv_w", "pv_day_spread_w", step.pv_day_spread_w, step.pv_w),
            ("home_w", "home_spread_w", step.home_spread_w, step.home_w),
        ):
            if not 0.0 <= spread_w <= power_w:
                raise ProblemError(f"steps[{index}]: {name} {spread_w} is not between 0 and {of} {power_w}")
    for index, (one, other) in enumerate(pairwise(steps)):
        if one.end_s != other.start_s:
            raise ProblemError(f"steps[{index + 1}]: it does not begin where the step before ends")


def _check_cars(cars: tuple[Car, ...]) -> None:
    if len(cars) > MOST_CARS:
        raise ProblemError(f"cars: {len(cars)} cars are more than {MOST_CARS}")
    if len({car.charger for car in cars}) < len(cars):
        raise ProblemError("cars: two of them have the same charger")
    for index, car in enumerate(cars):
        where = f"cars[{index}]"
        if car.goal is not None and (car.goal.charger != car.charger or car.goal.need_wh < 0.0):
            raise ProblemError(f"{where}: its goal is negative or of another charger")
        if car.room_wh < 0.0:
            raise ProblemError(f"{where}.room_wh: {car.room_wh} is negative")
        if car.phases not in ((1,), (2,), (3,), (1, 2), (1, 3)):
            raise ProblemError(f"{where}.phases: {car.phases} is none of [1], [2], [3], [1, 2], [1, 3]")
        if not 0.0 < car.least_a <= car.most_a:
            raise ProblemError(f"{where}: least_a {car.least_a} and most_a {car.most_a} are no range")
        if not 0.1 <= car.efficiency <= 1.0:
            raise ProblemError(f"{where}.efficiency: {car.efficiency} is not between 0.1 and 1")
        if car.lack_ct < 0.0 or car.start_ct < 0.0 or car.reserve_s < 0.0:
            raise ProblemError(f"{where}: a cost or time is negative")
        if any(one.up_to_wh >= other.up_to_wh or one.worth_ct < other.worth_ct for one, other in pairwise(car.spare)):
            raise ProblemError(f"{where}.spare: energies must rise and worths must fall")


def _check_battery(battery: Battery) -> None:
    if not 0.0 <= battery.floor_wh <= battery.capacity_wh:
        raise ProblemError(f"battery: floor_wh {battery.floor_wh} and capacity_wh {battery.capacity_wh} are no range")
    if battery.charge_w < 0.0 or battery.discharge_w < 0.0 or battery.wear_ct < 0.0 or battery.start_ct < 0.0:
        raise ProblemError("battery: a power or cost is negative")
    for name in ("charge_efficiency", "discharge_efficiency"):
        if not 0.1 <= getattr(battery, name) <= 1.0:
            raise ProblemError(f"battery.{name}: {getattr(battery, name)} is not between 0.1 and 1")


def _numbers(record: Any, where: str) -> Iterator[tuple[str, float]]:
    """All numbers of a record with their places."""
    if isinstance(record, (int, float)):
        yield where, float(record)
    elif isinstance(record, tuple):
        for index, part in enumerate(record):
            yield from _numbers(part, f"{where}[{index}]")
    elif hasattr(record, "__dataclass_fields__"):
        for field in fields(record):
            yield from _numbers(getattr(record, field.name), f"{where}.{field.name}".lstrip("."))
