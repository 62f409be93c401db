"""The bound: a cost that no control can beat over the same input, even with perfect foresight.

The ideal control knows the future, causes no wear, reacts at once, and may use the battery in any way. The best
control is hard to find. A lower bound of its cost is easier, by duality. Energy in battery and car gets a price.
Each step alone takes its cheapest choice, and pays or earns that price for stored energy. The sum over all steps is
a lower bound of the cost, for any course of prices. If a price changes between two steps, the battery or car is
assumed to hold the least favorable energy. The highest bound is found backwards through all steps, by dynamic
programming over a grid of prices. A coarser grid makes the bound too low, never too high.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from optimizer.model.extras import NUMPY, how_to_install
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V, ChargerSite, Site
from optimizer.study.house.car import Car, Stay, stays_between
from optimizer.study.house.house import World, battery_spec
from optimizer.study.input.series import StudyError
from optimizer.study.result import Result
from optimizer.study.steps import Step, steps_of
from optimizer.words.text import Text

FINE_S, COARSE_S = 300.0, 900.0
"""Length of a step with constant prices. The coarse one applies to more than FINE_DAYS."""
ALIKE_W = 10.0
"""Ticks of a step become one load if their net powers differ by no more than this."""
FINE_DAYS = 62.0
BATTERY_PRICES, CAR_PRICES = 17, 25
"""Number of evenly spaced prices. The prices at which the best choice changes come in addition."""
MOST_TARIFFS = 4
LEAST_SHARE, LEAST_CT = 0.01, 1.0
"""A possible saving below this part of the cost without charging, or below this amount, counts as none."""
Progress = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Bound:
    """The hindsight optimum. Comparable with `Result.total_cost_ct` over the same input."""

    total_cost_ct: float
    without_ct: float
    """The same with a battery that only serves the house, and a car that never charges at home."""

    @property
    def nothing_to_get(self) -> bool:
        """Whether the possible saving is negligible."""
        return self.without_ct - self.total_cost_ct < max(LEAST_CT, LEAST_SHARE * abs(self.without_ct))

    def reached(self, total_cost_ct: float) -> float | None:
        """Part (0–1) of the possible saving that a result reached; None if that saving is negligible."""
        if self.nothing_to_get:
            return None
        return (self.without_ct - total_cost_ct) / (self.without_ct - self.total_cost_ct)


def numpy() -> Any:
    """The array library. Raises StudyError if it is not installed."""
    try:
        return import_module("numpy")
    except ImportError as error:
        raise StudyError(Text("the bound needs numpy: {how}", how=how_to_install(NUMPY))) from error


def bound(site: Site, world: World, results: Sequence[Result], progress: Progress | None = None) -> Bound | None:
    """The bound of results over all of `world`, for one charger and any batteries (taken as one).

    None if `progress` stopped it. Raises StudyError for several chargers, for missing prices, and without numpy."""
    without_ct = results[0].without_car_ct
    if without_ct is None:
        raise StudyError(Text("the bound needs prices"))
    value = least_cost_ct(site, world, results[0], progress)
    if value is None:
        return None
    # A result may be below the calculated value: a start in the middle of a tick takes less than 6 A on average.
    totals_ct = [result.total_cost_ct for result in results if result.total_cost_ct is not None]
    return Bound(min(value, *totals_ct), without_ct)


def least_cost_ct(site: Site, world: World, result: Result, progress: Progress | None = None) -> float | None:
    """The calculation alone. `result` is any result over all of `world`; it gives the prices of stored energy."""
    if len(site.chargers) != 1:
        raise StudyError(Text("the bound is calculated for a house with one charger"))
    return _Problem(numpy(), site, world, result).solve(progress)


class _Problem:
    """One house, one input. Energies in Wh, prices of stored energy in ct/kWh; axes: of the battery, of the car."""

    def __init__(self, np: Any, site: Site, world: World, result: Result) -> None:
        self.np = np
        charger = next(iter(site.chargers.values()))
        self.car = car = world.cars.get(charger.name, Car())
        series = world.series
        fine = series.duration_s <= FINE_DAYS * 86400.0
        stays = None if car.endless else stays_between(car, series.start, series.end, site.zone)
        self.steps = steps_of(world, stays, FINE_S if fine else COARSE_S, ALIKE_W)
        self.stored_ct = result.stored_ct or 0.0
        self.car_ct = (result.car_ct or 0.0) / car.efficiency
        specs = [battery_spec(world, battery) for battery in site.batteries.values()]
        self.has_battery = bool(specs)
        self.battery_wh = sum(spec.capacity_wh * spec.initial_soc_percent / 100.0 for spec in specs)
        floor_wh = sum(spec.capacity_wh * spec.floor_soc_percent / 100.0 for spec in specs)
        self.battery_ends = min(floor_wh, self.battery_wh), sum(spec.capacity_wh for spec in specs)
        self.charge_w = sum(spec.max_charge_w for spec in specs)
        self.discharge_w = sum(spec.max_discharge_w for spec in specs)
        self.eta_in = max((spec.charge_efficiency for spec in specs), default=1.0)
        self.eta_out = max((spec.discharge_efficiency for spec in specs), default=1.0)
        self.car_wh = 0.0 if car.endless else car.capacity_wh * car.initial_soc_percent / 100.0
        self.ranges = _ranges(charger, car)
        self.battery_prices, self.car_prices = self._grids()

    def _grids(self) -> tuple[Any, Any]:
        """Prices from zero: stored energy can always be discarded."""
        np = self.np
        paid = _few({load[2] for step in self.steps for load in step.loads})
        fed = _few({load[3] for step in self.steps for load in step.loads})
        battery, car = [0.0], [self.car_ct]
        if self.has_battery:
            most = max(*paid, *fed, self.stored_ct, self.car_ct * self.car.efficiency, 1.0)
            battery = [self.stored_ct, *np.linspace(0.0, most, BATTERY_PRICES)]
            for price in (*paid, *fed, self.car_ct * self.car.efficiency):
                battery += [price * self.eta_out, price / self.eta_in]
        if not self.car.endless:
            sources = [*paid, *fed, self.stored_ct / self.eta_out]
            sources += [price / self.eta_in / self.eta_out for price in (*paid, *fed)]
            most = max(self.car_ct, max(sources) / self.car.efficiency, 1.0)
            car += [*np.linspace(0.0, most, CAR_PRICES), *(price / self.car.efficiency for price in sources)]
        # Only the price at the end may be negative.
        return tuple(
            np.array(sorted({price for price in prices if price >= 0.0} | {prices[0]})) for prices in (battery, car)
        )

    def solve(self, progress: Progress | None) -> float | None:
        """A lower bound of the total cost, ct; None if stopped.

        `value` is the proven cost of the remaining time at each pair of prices, less the value of stored energy.
        """
        np = self.np
        value = np.full((len(self.battery_prices), len(self.car_prices)), -np.inf)
        at_end = self.battery_prices == (self.stored_ct if self.has_battery else 0.0)
        value[np.ix_(at_end, self.car_prices == self.car_ct)] = 0.0
        value = self._changing(value)
        for left, step in enumerate(reversed(self.steps)):
            value = self._changing(value + self._costs(step))
            for stay in reversed(step.arriving):
                value = self._arriving(value, stay)
            if progress is not None and left % 288 == 0 and not progress(left / len(self.steps)):
                return None
        spent = self.battery_prices[:, None] * self.battery_wh + self.car_prices[None, :] * self.car_wh
        settled = self.stored_ct * self.battery_wh + self.car_ct * self.car_wh
        return float((value - spent / 1e3).max() + settled / 1e3)

    def _changing(self, value: Any) -> Any:
        """The best change of prices from each price. A rise costs the least possible energy, a fall the most."""
        if self.has_battery:
            value = self._moved(value, self.battery_prices[:, None], *self.battery_ends, axis=0)
        if not self.car.endless:
            value = self._moved(value, self.car_prices[None, :], 0.0, self.car.capacity_wh, axis=1)
        return value

    def _moved(self, value: Any, prices: Any, least_wh: float, most_wh: float, axis: int) -> Any:
        """The best over lower and higher prices after the change; `least_wh` and `most_wh` bound the stored energy."""
        np = self.np
        low, high = prices * (least_wh / 1e3), prices * (most_wh / 1e3)
        fallen = np.maximum.accumulate(value - low, axis=axis) + low
        risen = np.flip(np.maximum.accumulate(np.flip(value - high, axis=axis), axis=axis), axis=axis) + high
        return np.maximum(fallen, risen)

    def _arriving(self, value: Any, stay: Stay) -> Any:
        """From the prices after a car returns to those before it left. The car bought missing energy elsewhere."""
        np, car = self.np, self.car
        if stay.used_wh <= 0.0:
            return value
        reserve_wh = car.capacity_wh * car.reserve_percent / 100.0
        had = np.array([0.0, min(car.capacity_wh, reserve_wh + stay.used_wh), car.capacity_wh])
        has = np.maximum(had - stay.used_wh, reserve_wh)
        bought_ct = (has - had + stay.used_wh) * self.car_ct
        before, after = self.car_prices[:, None, None], self.car_prices[None, :, None]
        # The cost is linear between these three points, so the minimum is at one of them.
        least = (bought_ct - after * has + before * had).min(axis=2) / 1e3
        return (value[:, None, :] + least[None, :, :]).max(axis=2)

    def _costs(self, step: Step) -> Any:
        """The least cost of a step at each pair of prices, ct. Stored and withdrawn energy counts at these prices."""
        np = self.np
        net_w, hours, price_ct, feed_ct, apart_w = np.array(step.loads).T
        ev_w = self._ev_powers(net_w) if step.here else np.zeros((1, len(net_w)))
        house = self._with_battery(net_w + ev_w, price_ct, feed_ct)
        charged = (ev_w * self.car.efficiency)[:, :, None, None] * self.car_prices
        least = (house[:, :, :, None] - charged).min(axis=0)
        # Per unit of power, the cost rises by the feed-in price up to the import price. Merging ticks changes the cost
        # by at most half of that difference.
        apart_ct = np.maximum(0.0, price_ct - feed_ct) / 2.0 * apart_w
        return np.tensordot(hours, least - apart_ct[:, None, None], axes=1) / 1e3

    def _ev_powers(self, net_w: Any) -> Any:
        """Candidates for the best charging power: off, the ends of each range, zero crossings of battery or grid."""
        np = self.np
        powers = [np.zeros_like(net_w)]
        turns = [-net_w, -net_w - self.charge_w, self.discharge_w - net_w] if self.has_battery else [-net_w]
        for least_w, most_w in self.ranges:
            powers += [np.full_like(net_w, least_w), np.full_like(net_w, most_w)]
            powers += [np.clip(turn, least_w, most_w) for turn in turns]
        return np.array(powers)

    def _with_battery(self, lack_w: Any, price_ct: Any, feed_ct: Any) -> Any:
        """The least cost of one hour of net load, at each price of the battery's energy, ct × 1000."""
        np = self.np
        best: Any = None
        ends = -self.charge_w, self.discharge_w
        for given_w in (0.0, *ends, np.clip(lack_w, *ends)) if self.has_battery else (0.0,):
            flow_w = lack_w - given_w
            bill = np.where(flow_w > 0.0, flow_w * price_ct, flow_w * feed_ct)
            taken_w = np.where(given_w >= 0.0, given_w / self.eta_out, given_w * self.eta_in)
            cost = bill[:, :, None] + taken_w[..., None] * self.battery_prices
            best = cost if best is None else np.minimum(best, cost)
        return best


def _few(prices: set[float]) -> list[float]:
    """At most MOST_TARIFFS of the prices, evenly by rank."""
    found = sorted(prices)
    if len(found) <= MOST_TARIFFS:
        return found
    return [found[round(k * (len(found) - 1) / (MOST_TARIFFS - 1))] for k in range(MOST_TARIFFS)]


def _ranges(charger: ChargerSite, car: Car) -> list[tuple[float, float]]:
    """(least, most) power in W of each number of phases that the charger can use."""
    wired = len(charger.phase_map)
    modes = {1, min(wired, car.phases)} if charger.can_switch_phases else {min(wired, car.phases)}
    most_a = min(charger.max_current_a, car.max_current_a)
    return [(n * NOMINAL_VOLTAGE_V * MIN_CURRENT_A, n * NOMINAL_VOLTAGE_V * most_a) for n in sorted(modes)]
