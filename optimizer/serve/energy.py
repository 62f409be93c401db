"""The energy books: consumption by consumer and by source. Pure.

At each instant, the grid part of the car is the import with the car minus the import without it, with the same battery
power. The rest of each consumer comes from PV first (the home before the cars), then from the battery. All parts of a
consumer add up to its meter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from optimizer.model.by_source import BySource
from optimizer.model.reading import Reading
from optimizer.model.state import State

LONGEST_GAP_S = 60.0
"""Longest time between two ticks that is accounted for."""
S_PER_H = 3600.0
HOME = "home"


@dataclass(frozen=True, slots=True)
class Flows:
    """The powers of one instant in W with the usual signs. None if unknown."""

    grid_w: float | None
    pv_w: float | None
    battery_w: float | None
    ev_w: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def cars_w(self) -> float | None:
        """Power of all cars, or None if one is unknown."""
        return _sum(self.ev_w.values())

    @property
    def home_w(self) -> float | None:
        """Home power without the cars (PV + grid + battery − EV), or None if a part is unknown."""
        cars_w = self.cars_w
        if self.grid_w is None or self.pv_w is None or self.battery_w is None or cars_w is None:
            return None
        return self.pv_w + self.grid_w + self.battery_w - cars_w


@dataclass(frozen=True, slots=True)
class Books:
    """Counters in Wh since the books began. They never decrease."""

    consumed: Mapping[str, BySource] = field(default_factory=dict)
    """By consumer: `home` and `ev.<name>`."""
    import_wh: float = 0.0
    export_wh: float = 0.0
    pv_wh: float = 0.0
    charged_wh: float = 0.0
    discharged_wh: float = 0.0
    accounted_s: float = 0.0
    """Time in which every power was known."""
    unaccounted_s: float = 0.0
    """Time in which a reading was unknown or no tick came."""
    home_debt_wh: float = 0.0
    """Home energy booked too much because readings of different instants gave a negative home power."""


def flows(state: State) -> Flows:
    """The powers of a state, summed by kind of device. A kind without devices counts as 0 W."""
    return Flows(
        state.grid.power_w.value,
        _sum(pv.power_w.value for pv in state.pvs.values()),
        _sum(battery.power_w.value for battery in state.batteries.values()),
        {name: ev.power_w.value for name, ev in state.evs.items()},
    )


def attribute(pv_w: float, battery_w: float, grid_w: float, cars_w: float) -> tuple[BySource, BySource]:
    """The sources of the home's and of the cars' power at one instant, in W: (home, cars)."""
    home_w = max(0.0, pv_w + battery_w + grid_w - cars_w)
    cars_grid = min(cars_w, max(0.0, grid_w))
    cars_pv = min(cars_w - cars_grid, max(0.0, pv_w - home_w))
    cars_battery = min(cars_w - cars_grid - cars_pv, max(0.0, battery_w))
    home_grid = min(home_w, max(0.0, grid_w) - cars_grid)
    home_pv = min(home_w - home_grid, max(0.0, pv_w))
    # Readings of different instants can leave a rest that nobody supplied; it is booked where the sun is.
    return (
        BySource(home_pv, home_w - home_grid - home_pv, home_grid),
        BySource(cars_w - cars_grid - cars_battery, cars_battery, cars_grid),
    )


def book(books: Books, before: Flows, after: Flows, dt_s: float) -> Books:
    """The books after `dt_s` seconds between two states. Each power counts with its mean."""
    if dt_s <= 0.0:
        return books
    if dt_s > LONGEST_GAP_S:
        return replace(books, unaccounted_s=books.unaccounted_s + dt_s)
    hours = dt_s / S_PER_H
    grid_w, pv_w = _mean(before.grid_w, after.grid_w), _mean(before.pv_w, after.pv_w)
    battery_w = _mean(before.battery_w, after.battery_w)
    cars = {name: _mean(before.ev_w.get(name), power_w) for name, power_w in after.ev_w.items()}
    books = replace(
        books,
        import_wh=books.import_wh + max(0.0, grid_w or 0.0) * hours,
        export_wh=books.export_wh + max(0.0, -(grid_w or 0.0)) * hours,
        pv_wh=books.pv_wh + max(0.0, pv_w or 0.0) * hours,
        charged_wh=books.charged_wh + max(0.0, -(battery_w or 0.0)) * hours,
        discharged_wh=books.discharged_wh + max(0.0, battery_w or 0.0) * hours,
    )
    cars_w = _sum(cars.values())
    if grid_w is None or pv_w is None or battery_w is None or cars_w is None:
        return replace(books, unaccounted_s=books.unaccounted_s + dt_s)
    home, ev = attribute(pv_w, battery_w, grid_w, cars_w)
    debt_wh = books.home_debt_wh + max(0.0, cars_w - pv_w - battery_w - grid_w) * hours
    repaid_wh = min(debt_wh, home.total * hours)
    consumed = dict(books.consumed)
    if home.total > 0.0:
        kept = hours - repaid_wh / home.total
        consumed[HOME] = consumed.get(HOME, BySource()).plus(home, kept)
    for name, power_w in cars.items():
        share = (power_w or 0.0) / cars_w if cars_w > 0.0 else 0.0
        key = f"ev.{name}"
        consumed[key] = consumed.get(key, BySource()).plus(ev, share * hours)
    return replace(
        books,
        consumed=consumed,
        accounted_s=books.accounted_s + dt_s,
        home_debt_wh=debt_wh - repaid_wh,
    )


def self_consumption(books: Books) -> float | None:
    """Share of the PV energy that was not exported, 0 to 1, or None without PV energy."""
    return None if books.pv_wh <= 0.0 else min(1.0, max(0.0, 1.0 - books.export_wh / books.pv_wh))


def autarky(books: Books) -> float | None:
    """Share of the consumption that was not imported, 0 to 1, or None without consumption."""
    total_wh = sum(sources.total for sources in books.consumed.values())
    grid_wh = sum(sources.grid for sources in books.consumed.values())
    return None if total_wh <= 0.0 else 1.0 - grid_wh / total_wh


def home_power(state: State) -> Reading[float]:
    """Home power without the cars in W, ≥ 0. Unknown if a part is unknown."""
    power_w = flows(state).home_w
    if power_w is None:
        return Reading(None, state.mono_s, "a part of the balance is unknown")
    return Reading(max(0.0, power_w), state.mono_s)


def since(books: Books, start: Books) -> Books:
    """The energies between two states of the books."""
    return Books(
        consumed={key: own.plus(start.consumed.get(key, BySource()), -1.0) for key, own in books.consumed.items()},
        import_wh=books.import_wh - start.import_wh,
        export_wh=books.export_wh - start.export_wh,
        pv_wh=books.pv_wh - start.pv_wh,
        charged_wh=books.charged_wh - start.charged_wh,
        discharged_wh=books.discharged_wh - start.discharged_wh,
        accounted_s=books.accounted_s - start.accounted_s,
        unaccounted_s=books.unaccounted_s - start.unaccounted_s,
    )


def _sum(values: Iterable[float | None]) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _mean(before: float | None, after: float | None) -> float | None:
    if before is None:
        return after
    return None if after is None else (before + after) / 2.0
