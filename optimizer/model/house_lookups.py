"""Lookups of the whole house: powers, their balance, prices, forecasts, and time."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from optimizer.model.lookup import NOT_REPORTED, Lookup, total
from optimizer.model.reading import Reading, unknown
from optimizer.model.state import State
from optimizer.words.text import Text


def of_house(path: str, unknown_when: str = NOT_REPORTED) -> Lookup[Any]:
    """A reading outside the devices, by its path in the State: `grid.power_w`."""
    find = attrgetter(path)
    return Lookup(lambda state, _: find(state).value, lambda state, _: (find(state),), unknown_when=unknown_when)


def _surplus_parts(state: State, _: str) -> list[Reading[float]]:
    return [
        state.grid.power_w,
        *(battery.power_w for battery in state.batteries.values()),
        *(ev.power_w for ev in state.evs.values()),
    ]


def _surplus(state: State, _: str) -> float | None:
    grid_w = state.grid.power_w.value
    if grid_w is None:
        return None
    total = -grid_w
    for battery in state.batteries.values():
        if battery.power_w.value is None:
            return None
        total -= battery.power_w.value
    for ev in state.evs.values():
        if ev.power_w.value is None:
            return None
        total += ev.power_w.value
    return total


SURPLUS = Lookup(_surplus, _surplus_parts, unknown_when="the grid meter, a battery, or a charger is silent")
"""PV − home, by the balance of the house: ev − grid − battery."""


def _home_parts(state: State, _: str) -> list[Reading[float]]:
    return [*(pv.power_w for pv in state.pvs.values()), *_surplus_parts(state, "")]


def _home(state: State, _: str) -> float | None:
    surplus_w = _surplus(state, "")
    pv_w = total(pv.power_w for pv in state.pvs.values())
    return None if surplus_w is None or pv_w is None else max(0.0, pv_w - surplus_w)


HOME = Lookup(_home, _home_parts, unknown_when="one of its readings is unknown")
"""The house without the cars: pv − surplus, never negative."""
NO_WINDOW: Reading[bool] = unknown(Text("no import price follows a contract under `prices`"))


def _cheapest_reading(state: State, window: str) -> Reading[bool]:
    return state.prices.cheapest.get(window, NO_WINDOW)


CHEAPEST: Lookup[bool] = Lookup(
    lambda state, window: _cheapest_reading(state, window).value,
    lambda state, window: (_cheapest_reading(state, window),),
    unknown_when="prices of the window are not known, and could change the answer",
)
"""Whether now belongs to the cheapest hours of a window. The window stands in the place of a device."""
NOT_ASKED: Reading[float] = unknown(Text("nothing here calculates it: see `forecast` and `prices` in the settings"))


def of_span(path: str, unknown_when: str) -> Lookup[float]:
    """A value of a time from now on, by its path in the State. The text of the time stands in the place of a device."""
    find = attrgetter(path)

    def reading(state: State, span: str) -> Reading[float]:
        found: Reading[float] = find(state).get(span, NOT_ASKED)
        return found

    return Lookup(
        lambda state, span: reading(state, span).value,
        lambda state, span: (reading(state, span),),
        unknown_when=unknown_when,
    )


def _time(state: State, _: str) -> float:
    local = state.local
    return local.hour * 3600.0 + local.minute * 60.0 + local.second


TIME = Lookup(_time)
"""Local time of day in s since midnight."""
WEEKDAY = Lookup(lambda state, _: state.local.weekday())
"""Local weekday, 0 = Monday."""
MONTH = Lookup(lambda state, _: state.local.month)
DATE = Lookup(lambda state, _: float(state.local.toordinal()))
"""Local date as `date.toordinal` counts the days."""
