"""One step as the fast layer lives it: what cars, battery, and grid do in a mode, and what that costs.

The same arithmetic serves single numbers and arrays. The caller gives the three functions that differ. The powers are
means over the step, so clouds within a step do not exist here.

`tests/schedule/test_stage.py` holds the modes to `optimizer.control`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from optimizer.model.schedule import BatteryMode, CarMode
from optimizer.schedule.problem import Battery, Car, Problem, Step


class Arithmetic(Protocol):
    """The functions that differ between numbers and arrays."""

    def minimum(self, one: Any, other: Any, /) -> Any:
        """The smaller one."""
        ...

    def maximum(self, one: Any, other: Any, /) -> Any:
        """The larger one."""
        ...

    def where(self, condition: Any, one: Any, other: Any, /) -> Any:
        """`one` if the condition holds, else `other`."""
        ...


class _Numbers:
    """Arithmetic of single numbers."""

    @staticmethod
    def minimum(one: float, other: float, /) -> float:
        return one if one < other else other

    @staticmethod
    def maximum(one: float, other: float, /) -> float:
        return one if one > other else other

    @staticmethod
    def where(condition: bool, one: float, other: float, /) -> float:
        return one if condition else other


NUMBERS: Arithmetic = _Numbers()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """The modes of one step."""

    car: CarMode = "surplus"
    phases: int = 0
    """`fast`: number of phases."""
    grid_share: float = 0.5
    """`surplus`: largest part of the car's least power that is imported on purpose."""
    battery: BatteryMode = "auto"
    battery_w: float = 0.0
    """`charge` and `discharge`: the power."""
    battery_first: bool = True
    """Whether the battery gets the surplus before the car."""


class Flows(NamedTuple):
    """The mean powers of a step, W, and their cost. Numbers, or arrays over the states."""

    car_w: Any
    battery_w: Any
    """+ discharge, − charge."""
    grid_w: Any
    """+ import."""
    cost_ct: Any
    """Import − feed-in + wear of the battery."""
    stored_wh: Any
    """Energy in the battery at the end."""


def live(
    arithmetic: Arithmetic, problem: Problem, step: Step, car: Car | None, action: Action, stored_wh: Any, room_wh: Any
) -> Flows:
    """One step of the house with at most one car.

    `stored_wh`: energy in the battery at the beginning. `room_wh`: energy at the wall that the car can still take.
    """
    low, high = arithmetic.minimum, arithmetic.maximum
    hours, battery = step.hours, problem.battery
    surplus_w = step.pv_w - step.home_w - step.other_cars_w
    most_charge_w: Any = 0.0
    most_discharge_w: Any = 0.0
    if battery is not None:
        most_charge_w, most_discharge_w = _battery_limits(arithmetic, battery, action, stored_wh, hours)
    car_w: Any = 0.0
    if car is not None and action.car != "off":
        reserved_w = low(most_charge_w, max(0.0, surplus_w)) if action.battery_first else 0.0
        wanted_w = _car_w(arithmetic, car, action, surplus_w - reserved_w)
        most_w = _most_car_w(problem, step, surplus_w)
        car_w = low(wanted_w, _fitting_w(car, most_w))
        car_w = low(car_w, room_wh / hours)
    left_w = surplus_w - car_w
    if action.battery == "charge":
        charge_w = low(most_charge_w, action.battery_w)
        if battery is not None and not battery.may_charge_from_grid:
            charge_w = low(charge_w, high(left_w, 0.0))
        if problem.most_import_w is not None:
            charge_w = low(charge_w, high(problem.most_import_w + left_w, 0.0))
        battery_w = 0.0 - charge_w
    elif action.battery == "discharge":
        battery_w = low(most_discharge_w, action.battery_w)
        if battery is not None and not battery.may_sell:
            battery_w = low(battery_w, high(0.0 - left_w, 0.0))
    else:
        home_w = max(0.0, step.home_w - step.pv_w)
        battery_w = low(most_discharge_w, home_w) - low(most_charge_w, high(left_w, 0.0))
    grid_w = car_w - surplus_w - battery_w
    if problem.most_export_w is not None:
        grid_w = high(grid_w, -problem.most_export_w)
    kwh = hours / 1000.0
    cost_ct = arithmetic.where(grid_w > 0.0, grid_w * (step.import_ct * kwh), grid_w * (step.feed_in_ct * kwh))
    if battery is None:
        return Flows(car_w=car_w, battery_w=battery_w, grid_w=grid_w, cost_ct=cost_ct, stored_wh=stored_wh)
    out_w, in_w = high(battery_w, 0.0), high(0.0 - battery_w, 0.0)
    cost_ct = cost_ct + out_w * (battery.wear_ct * kwh)
    after_wh = stored_wh + in_w * (hours * battery.charge_efficiency) - out_w * (hours / battery.discharge_efficiency)
    after_wh = low(high(after_wh, 0.0), battery.capacity_wh)
    return Flows(car_w=car_w, battery_w=battery_w, grid_w=grid_w, cost_ct=cost_ct, stored_wh=after_wh)


def _battery_limits(
    arithmetic: Arithmetic, battery: Battery, action: Action, stored_wh: Any, hours: float
) -> tuple[Any, Any]:
    """The largest charging and discharging power in this mode."""
    low, high = arithmetic.minimum, arithmetic.maximum
    charge_w: Any = 0.0
    discharge_w: Any = 0.0
    if action.battery not in ("no_charge", "discharge"):
        room_w = high(battery.capacity_wh - stored_wh, 0.0) / (battery.charge_efficiency * hours)
        charge_w = low(room_w, battery.charge_w)
    if action.battery not in ("hold", "charge"):
        have_w = high(stored_wh - battery.floor_wh, 0.0) * (battery.discharge_efficiency / hours)
        discharge_w = low(have_w, battery.discharge_w)
    return charge_w, discharge_w


def _car_w(arithmetic: Arithmetic, car: Car, action: Action, surplus_w: Any) -> Any:
    """The power of the car before limits: its largest one, or the one that follows the surplus."""
    if action.car == "fast":
        return car.power_w(action.phases or car.phases[-1], car.most_a)
    low, high, where = arithmetic.minimum, arithmetic.maximum, arithmetic.where
    price = _import_price(action.grid_share)
    best_w: Any = 0.0
    best_gain: Any = 0.0
    for phases in car.phases:
        least_w, most_w = car.power_w(phases, car.least_a), car.power_w(phases, car.most_a)
        power_w = low(high(surplus_w, least_w), most_w)
        gain = low(surplus_w, power_w) - price * high(power_w - high(surplus_w, 0.0), 0.0)
        better = (gain > best_gain) & (surplus_w >= (1.0 - action.grid_share) * car.least_w)
        best_w, best_gain = where(better, power_w, best_w), where(better, gain, best_gain)
    return best_w


STRICT_PRICE = 2.8
"""The largest price of imported energy, also without a grid share. The fast layer has the same limit."""


def _import_price(grid_share: float) -> float:
    """What imported energy costs, in units of the gain by surplus."""
    if grid_share <= 0.0:
        return STRICT_PRICE
    return min(STRICT_PRICE, (1.0 - grid_share) / grid_share)


def _most_car_w(problem: Problem, step: Step, surplus_w: float) -> float:
    """The power that limits leave to the car."""
    most_w = float("inf") if step.cars_most_w is None else step.cars_most_w
    if problem.most_import_w is not None:
        most_w = min(most_w, max(0.0, problem.most_import_w + surplus_w))
    return most_w


def _fitting_w(car: Car, most_w: float) -> float:
    """The largest power of the car within a limit. Below its least power it pauses."""
    return most_w if most_w >= car.least_w else 0.0
