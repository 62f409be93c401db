"""The bound: what the best possible control would have got out of the same input with hindsight.

Dynamic programming, backwards over steps of a few minutes, over the energy in the house battery and (where it is ever
away or full) in the car. It knows the future, wears nothing, reacts at once and may use the battery in any way; so
nothing can beat it, and whatever is left between rules and bound is the price of not knowing. What a step can do is a
choice of charging powers times battery powers, kinks of the price included; values between grid points are linear.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V, ChargerSite, Site
from optimizer.study.car import Car, Stay, stays_between
from optimizer.study.house import World, battery_spec
from optimizer.study.series import StudyError

FINE_S, COARSE_S = 300.0, 900.0
"""Length of a step; the coarse one for more than FINE_DAYS."""
FINE_DAYS = 62.0
BATTERY_POINTS = 41
CAR_POINTS = 25
BATTERY_POWERS = 9
"""Beside those that even the house out."""
Progress = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Bound:
    """The hindsight optimum. Comparable with `Result.total_cost_ct` over the same input."""

    total_cost_ct: float
    without_ct: float
    """The same with a battery that only serves the house, and a car that never charges at home."""
    step_s: float

    def reached(self, total_cost_ct: float) -> float | None:
        """Part (0–1) of the possible saving that a result got; None where there was none to get."""
        possible_ct = self.without_ct - self.total_cost_ct
        return None if possible_ct <= 1e-6 else (self.without_ct - total_cost_ct) / possible_ct


def numpy() -> Any:
    """The array library. Raises StudyError where it is not installed."""
    try:
        return import_module("numpy")
    except ImportError as error:
        raise StudyError("the bound needs the extra: pip install 'optimizer[study]'") from error


def bound(site: Site, world: World, without_ct: float, progress: Progress | None = None) -> Bound | None:
    """The bound for one charger and any batteries (taken as one). `without_ct`: `Result.without_car_ct`.
    None when `progress` said stop. Raises StudyError on several chargers, missing prices or without numpy."""
    np = numpy()
    if len(site.chargers) != 1:
        raise StudyError("the bound is calculated for a house with one charger")
    tariff, series = world.tariff, world.series
    if tariff.import_ct is None and series.price_ct is None:
        raise StudyError("the bound needs prices")
    charger = next(iter(site.chargers.values()))
    car = world.cars.get(charger.name, Car())
    days = series.duration_s / 86400.0
    step_s = max(series.step_s, FINE_S if days <= FINE_DAYS else COARSE_S)
    problem = _Problem(np, site, world, charger, car, step_s)
    value = problem.solve(progress)
    return None if value is None else Bound(value, without_ct, step_s)


class _Problem:
    """One house, one input, on grids."""

    def __init__(self, np: Any, site: Site, world: World, charger: ChargerSite, car: Car, step_s: float) -> None:
        self.np = np
        self.car = car
        self.hours = step_s / 3600.0
        series, tariff = world.series, world.tariff
        rows = max(1, round(step_s / series.step_s))
        steps = len(series.pv_w) // rows
        self.net_w, self.known = self._means(series.load_w, series.pv_w, rows, steps)
        self.price_ct = self._prices(world, rows, steps)
        self.feed_ct = tariff.feed_in_ct or 0.0
        self.mean_ct = float(np.nanmean(self.price_ct))
        self.elsewhere_ct = self.mean_ct if tariff.alternative_ct is None else tariff.alternative_ct
        self.stored_ct = (self.mean_ct + self.feed_ct) / 2.0
        specs = [battery_spec(world, battery) for battery in site.batteries.values()]
        self.has_battery = bool(specs)
        self.capacity_wh = sum(spec.capacity_wh for spec in specs)
        self.floor_wh = sum(spec.capacity_wh * spec.floor_soc_percent / 100.0 for spec in specs)
        self.battery_wh = sum(spec.capacity_wh * spec.initial_soc_percent / 100.0 for spec in specs)
        self.charge_w = sum(spec.max_charge_w for spec in specs)
        self.discharge_w = sum(spec.max_discharge_w for spec in specs)
        self.eta_in = max((spec.charge_efficiency for spec in specs), default=1.0)
        self.eta_out = max((spec.discharge_efficiency for spec in specs), default=1.0)
        end = series.start + timedelta(seconds=steps * step_s)
        self.stays = () if car.endless else stays_between(car, series.start, end, site.zone)
        self.step_s = step_s
        self.steps = steps
        self.battery_grid = np.linspace(0.0, self.capacity_wh, BATTERY_POINTS) if specs else np.zeros(1)
        self.car_grid = np.zeros(1) if car.endless else np.linspace(0.0, car.capacity_wh, CAR_POINTS)
        self.ranges = _ranges(charger, car)

    def _means(self, load: Any, pv: Any, rows: int, steps: int) -> tuple[Any, Any]:
        np = self.np
        net = np.frombuffer(load, dtype=float) - np.frombuffer(pv, dtype=float)
        parts = net[: steps * rows].reshape(steps, rows)
        known = ~np.isnan(parts)
        hours = known.sum(axis=1) / rows
        sums = np.where(known, parts, 0.0).sum(axis=1)
        return np.where(hours > 0.0, sums / np.maximum(1, known.sum(axis=1)), 0.0), hours

    def _prices(self, world: World, rows: int, steps: int) -> Any:
        np = self.np
        if world.series.price_ct is None:
            return np.full(steps, float(world.tariff.import_ct or 0.0))
        prices = np.frombuffer(world.series.price_ct, dtype=float)[: steps * rows].reshape(steps, rows)
        known = ~np.isnan(prices)
        # Where no price is known the simulation charges nothing either.
        return np.where(known, prices, 0.0).sum(axis=1) / np.maximum(1, known.sum(axis=1))

    def solve(self, progress: Progress | None) -> float | None:
        """The least total cost, ct; None when stopped."""
        np = self.np
        car_ct = 0.0 if self.car.endless else self.elsewhere_ct / self.car.efficiency / 1e3
        value = (self.battery_grid * self.stored_ct / 1e3)[:, None] + (self.car_grid * car_ct)[None, :]
        events = self._events()
        for step in range(self.steps - 1, -1, -1):
            here, stay = events[step]
            if stay is not None:
                value = self._arriving(value, stay)
            if self.known[step] > 0.0:
                value = self._step(step, value, here)
            if progress is not None and step % 288 == 0 and not progress(1.0 - step / self.steps):
                return None
        has_wh = self.car.capacity_wh * self.car.initial_soc_percent / 100.0
        car_value = [float(np.interp(has_wh, self.car_grid, row)) for row in value]
        start = float(np.interp(self.battery_wh, self.battery_grid, car_value)) if self.has_battery else car_value[0]
        before = self.battery_wh * self.stored_ct / 1e3 + (0.0 if self.car.endless else has_wh * car_ct)
        return before - start

    def _events(self) -> list[tuple[bool, Stay | None]]:
        """For each step whether the car is there, and the stay that begins with it."""
        if self.car.endless:
            return [(True, None)] * self.steps
        found: list[tuple[bool, Stay | None]] = [(False, None)] * self.steps
        for stay in self.stays:
            # Generous at both ends: a bound may promise a few minutes too many, never too few.
            first = int(stay.arrives_s / self.step_s)
            last = self.steps if math.isinf(stay.leaves_s) else math.ceil(stay.leaves_s / self.step_s)
            for step in range(first, min(last, self.steps)):
                found[step] = (True, stay if step == first else None)
        return found

    def _arriving(self, value: Any, stay: Stay) -> Any:
        """What the energy that the car left with is worth, before the trip that ends now."""
        np, car = self.np, self.car
        reserve_wh = car.capacity_wh * car.reserve_percent / 100.0
        left = self.car_grid - stay.used_wh
        short = np.maximum(0.0, reserve_wh - left) if stay.used_wh > 0.0 else np.zeros_like(left)
        at = np.clip(left + short, 0.0, car.capacity_wh)
        after = np.stack([np.interp(at, self.car_grid, row) for row in value])
        return after - short[None, :] * self.elsewhere_ct / car.efficiency / 1e3

    def _step(self, step: int, value: Any, here: bool) -> Any:
        """The best value of each state before a step: the best of all pairs of powers."""
        np, hours = self.np, self.hours * float(self.known[step])
        net_w, price_ct = float(self.net_w[step]), float(self.price_ct[step])
        evs = self._ev_powers(net_w, here)
        best: Any = None
        # Axes: battery state, car state. A choice is one pair of powers, cut to what fits each state.
        for ev_w in evs:
            taken_w, car_move = self._charging(ev_w, hours)
            for power_w in self._battery_powers(net_w, ev_w):
                given_w = self._fitting(power_w, hours)
                flow_w = net_w + taken_w[None, :] - given_w[:, None]
                bill_ct = np.maximum(flow_w, 0.0) * price_ct - np.maximum(-flow_w, 0.0) * self.feed_ct
                reward = -bill_ct * hours / 1e3
                if self.car.endless:
                    reward = reward + ev_w * self.elsewhere_ct * hours / 1e3
                total = reward + self._ahead(value, given_w, car_move, hours)
                best = total if best is None else np.maximum(best, total)
        return best

    def _charging(self, ev_w: float, hours: float) -> tuple[Any, tuple[Any, Any] | None]:
        """(what a car in each state takes, W; where that brings it)."""
        np, car = self.np, self.car
        if car.endless:
            return np.full(1, ev_w), None
        room_wh = self.car_grid[-1] - self.car_grid
        taken_w = np.minimum(ev_w, room_wh / car.efficiency / hours)
        return taken_w, _place(np, self.car_grid, self.car_grid + taken_w * car.efficiency * hours)

    def _ahead(self, value: Any, given_w: Any, car_move: tuple[Any, Any] | None, hours: float) -> Any:
        """The value where a choice leads to."""
        ahead = value
        if self.has_battery:
            moved_wh = self.np.where(given_w >= 0.0, given_w / self.eta_out, given_w * self.eta_in) * hours
            at, part = _place(self.np, self.battery_grid, self.battery_grid - moved_wh)
            ahead = ahead[at] * (1.0 - part)[:, None] + ahead[at + 1] * part[:, None]
        if car_move is not None:
            at, part = car_move
            ahead = ahead[:, at] * (1.0 - part)[None, :] + ahead[:, at + 1] * part[None, :]
        return ahead

    def _ev_powers(self, net_w: float, here: bool) -> list[float]:
        """Off, the ends of each range, and what the sun leaves over; with a battery steps between."""
        if not here:
            return [0.0]
        powers = {0.0}
        for least_w, most_w in self.ranges:
            powers |= {least_w, most_w, min(most_w, max(least_w, -net_w))}
            if self.has_battery:
                powers.add((least_w + most_w) / 2.0)
        return sorted(powers)

    def _battery_powers(self, net_w: float, ev_w: float) -> list[float]:
        """Discharge positive: an even spread, and what evens out the house with and without its car."""
        if not self.has_battery:
            return [0.0]
        np = self.np
        powers = set(np.linspace(-self.charge_w, self.discharge_w, BATTERY_POWERS).tolist())
        powers |= {0.0, *(min(self.discharge_w, max(-self.charge_w, w)) for w in (net_w, net_w + ev_w))}
        return sorted(powers)

    def _fitting(self, power_w: float, hours: float) -> Any:
        """A battery power cut to what each state allows, W."""
        np = self.np
        if power_w >= 0.0:
            return np.minimum(power_w, np.maximum(0.0, self.battery_grid - self.floor_wh) * self.eta_out / hours)
        return -np.minimum(-power_w, (self.capacity_wh - self.battery_grid) / self.eta_in / hours)


def _ranges(charger: ChargerSite, car: Car) -> list[tuple[float, float]]:
    """(least, most) power of each mode that the charger has, W."""
    wired = len(charger.phase_map)
    modes = {1, min(wired, car.phases)} if charger.can_switch_phases else {min(wired, car.phases)}
    most_a = min(charger.max_current_a, car.max_current_a)
    return [(n * NOMINAL_VOLTAGE_V * MIN_CURRENT_A, n * NOMINAL_VOLTAGE_V * most_a) for n in sorted(modes)]


def _place(np: Any, grid: Any, at: Any) -> tuple[Any, Any]:
    """Index of the grid point below each value, and the part of the way to the next."""
    x = np.clip(at / grid[-1] * (len(grid) - 1), 0.0, len(grid) - 1.0)
    index = np.minimum(x.astype(int), len(grid) - 2)
    return index, x - index
