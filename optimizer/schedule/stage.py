"""One step as the fast layer lives it: what cars, battery, and grid do in a mode, and what that costs.

The same arithmetic serves single numbers and arrays. The caller gives the three functions that differ. The powers are
means over the step. How far PV and consumption may be from their forecast is `expect`.

`tests/schedule/test_stage.py` holds the modes to `optimizer.control`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from optimizer.model.schedule import BatteryMode, CarMode
from optimizer.schedule.problem import Battery, Car, Step

STRICT_PRICE = 2.8
"""The largest price of imported energy, also without a grid share. The fast layer has the same limit."""


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
    car_most_w: float = math.inf
    """`fast`: limit of the mean power, so that the car stops at its need."""
    grid_share: float = 0.5
    """`surplus`: largest part of the car's least power that is imported on purpose."""
    battery: BatteryMode = "auto"
    battery_part: float = 1.0
    """`charge` and `discharge`: the power as a part of the largest one."""
    battery_first: bool = True
    """Whether the battery gets the surplus before the car."""


class Weather(NamedTuple):
    """The conditions of a step, or of many steps as arrays. Powers in W, prices in ct/kWh, and the length in h."""

    hours: Any
    import_ct: Any
    feed_in_ct: Any
    pv_w: Any
    home_w: Any
    other_cars_w: Any
    cars_most_w: Any
    """Infinite without a limit."""
    pv_spread_w: Any = 0.0
    """By how much PV is usually lower or higher."""
    home_spread_w: Any = 0.0
    """The same for the consumption."""
    pv_day_spread_w: Any = 0.0
    """By how much PV is lower on a dull day and higher on a bright one. `live` and `expect` do not count it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The constant part of a stage."""

    battery: Battery | None
    most_import_w: float = math.inf
    most_export_w: float = math.inf


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


def weather_of(step: Step) -> Weather:
    """The conditions of one step."""
    return Weather(
        hours=step.hours,
        import_ct=step.import_ct,
        feed_in_ct=step.feed_in_ct,
        pv_w=step.pv_w,
        home_w=step.home_w,
        other_cars_w=step.other_cars_w,
        cars_most_w=math.inf if step.cars_most_w is None else step.cars_most_w,
        pv_spread_w=step.pv_spread_w,
        home_spread_w=step.home_spread_w,
        pv_day_spread_w=step.pv_day_spread_w,
    )


def expect(
    arithmetic: Arithmetic,
    house: House,
    weather: Weather,
    car: Car | None,
    action: Action,
    stored_wh: Any,
    room_wh: Any,
) -> Flows:
    """The expected flows of a step while PV and consumption are not certain: the mean of `live` with a small surplus
    (less PV, more consumption) and with a large one.

    The mean of two costs is not the cost of the mean. A car that just stays above its least current under the expected
    surplus imports or stops under half of the real ones, and energy that is fed in under one is missing under another.
    A car that the limits of the house forbid under the expected surplus does not charge under a large one.
    """
    pv_w, home_w, most_w = weather.pv_w, weather.home_w, cars_most_w(arithmetic, house, weather)
    small = weather._replace(pv_w=pv_w - weather.pv_spread_w, home_w=home_w + weather.home_spread_w)
    large = weather._replace(pv_w=pv_w + weather.pv_spread_w, home_w=home_w - weather.home_spread_w, cars_most_w=most_w)
    low, high = (live(arithmetic, house, one, car, action, stored_wh, room_wh) for one in (small, large))
    return Flows(*((one + other) / 2.0 for one, other in zip(low, high, strict=True)))


def live(
    arithmetic: Arithmetic,
    house: House,
    weather: Weather,
    car: Car | None,
    action: Action,
    stored_wh: Any,
    room_wh: Any,
) -> Flows:
    """One step of the house with at most one car.

    `stored_wh`: energy in the battery at the beginning. `room_wh`: energy at the wall that the car can still take.
    """
    low, high = arithmetic.minimum, arithmetic.maximum
    hours, battery = weather.hours, house.battery
    surplus_w = weather.pv_w - weather.home_w - weather.other_cars_w
    charge_w, discharge_w = _battery_limits(arithmetic, battery, action, stored_wh, hours)
    car_w: Any = 0.0
    if car is not None and action.car != "off":
        reserved_w = low(charge_w, high(surplus_w, 0.0)) if action.battery_first else 0.0
        most_w = cars_most_w(arithmetic, house, weather)
        most_w = arithmetic.where(most_w < car.least_w, 0.0, low(most_w, room_wh / hours))
        car_w = low(_car_w(arithmetic, car, action, surplus_w - reserved_w), low(most_w, action.car_most_w))
    left_w = surplus_w - car_w
    battery_w: Any = 0.0
    if battery is None:
        pass
    elif action.battery == "charge":
        most_w = house.most_import_w if battery.may_charge_from_grid else 0.0
        wanted_w = low(charge_w, action.battery_part * battery.charge_w)
        battery_w = 0.0 - low(wanted_w, high(most_w + left_w, 0.0))
    elif action.battery == "discharge":
        wanted_w = low(discharge_w, action.battery_part * battery.discharge_w)
        battery_w = wanted_w if battery.may_sell else low(wanted_w, high(0.0 - left_w, 0.0))
    else:
        home_w = high(weather.home_w - weather.pv_w, 0.0)
        battery_w = low(discharge_w, home_w) - low(charge_w, high(left_w, 0.0))
    return _settled(arithmetic, house, weather, car_w, battery_w, left_w, stored_wh)


def cars_most_w(arithmetic: Arithmetic, house: House, weather: Weather) -> Any:
    """The largest power that one more car may have, by the limits of the house, W."""
    surplus_w = weather.pv_w - weather.home_w - weather.other_cars_w
    return arithmetic.minimum(weather.cars_most_w, arithmetic.maximum(house.most_import_w + surplus_w, 0.0))


def _settled(
    arithmetic: Arithmetic, house: House, weather: Weather, car_w: Any, battery_w: Any, left_w: Any, stored_wh: Any
) -> Flows:
    """The grid power, the cost, and the battery at the end."""
    low, high = arithmetic.minimum, arithmetic.maximum
    kwh, battery = weather.hours / 1000.0, house.battery
    grid_w = high(0.0 - left_w - battery_w, -house.most_export_w)
    cost_ct = kwh * arithmetic.where(grid_w > 0.0, grid_w * weather.import_ct, grid_w * weather.feed_in_ct)
    if battery is not None:
        out_wh, in_wh = weather.hours * high(battery_w, 0.0), weather.hours * high(0.0 - battery_w, 0.0)
        cost_ct = cost_ct + out_wh * (battery.wear_ct / 1000.0)
        stored_wh = stored_wh + in_wh * battery.charge_efficiency - out_wh / battery.discharge_efficiency
        stored_wh = low(high(stored_wh, 0.0), battery.capacity_wh)
    return Flows(car_w=car_w, battery_w=battery_w, grid_w=grid_w, cost_ct=cost_ct, stored_wh=stored_wh)


def _battery_limits(
    arithmetic: Arithmetic, battery: Battery | None, action: Action, stored_wh: Any, hours: Any
) -> tuple[Any, Any]:
    """The largest charging and discharging power in this mode."""
    charge_w: Any = 0.0
    discharge_w: Any = 0.0
    if battery is None:
        return charge_w, discharge_w
    low, high = arithmetic.minimum, arithmetic.maximum
    if action.battery not in ("no_charge", "discharge"):
        room_w = high(battery.capacity_wh - stored_wh, 0.0) / (battery.charge_efficiency * hours)
        charge_w = low(room_w, battery.charge_w)
    if action.battery not in ("hold", "charge"):
        have_w = high(stored_wh - battery.floor_wh, 0.0) * battery.discharge_efficiency / hours
        discharge_w = low(have_w, battery.discharge_w)
    return charge_w, discharge_w


def _car_w(arithmetic: Arithmetic, car: Car, action: Action, surplus_w: Any) -> Any:
    """The power of the car before limits: its largest one, or the one that follows the surplus."""
    if action.car == "fast":
        return car.power_w(action.phases or car.phases[-1], car.most_a)
    low, high, where = arithmetic.minimum, arithmetic.maximum, arithmetic.where
    price = _import_price(action.grid_share)
    enough = surplus_w >= (1.0 - action.grid_share) * car.least_w
    best_w: Any = 0.0
    best_gain: Any = 0.0
    for phases in car.phases:
        power_w = low(high(surplus_w, car.power_w(phases, car.least_a)), car.power_w(phases, car.most_a))
        gain = low(surplus_w, power_w) - price * high(power_w - surplus_w, 0.0)
        better = enough & (gain > best_gain)
        best_w, best_gain = where(better, power_w, best_w), where(better, gain, best_gain)
    return best_w


def _import_price(grid_share: float) -> float:
    """The price of imported energy, in units of the gain by surplus."""
    if grid_share <= 0.0:
        return STRICT_PRICE
    return min(STRICT_PRICE, (1.0 - grid_share) / grid_share)
