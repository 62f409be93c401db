"""History: the last readings of all devices, to get the value of one at the time of another one's reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from optimizer.model.reading import Reading
from optimizer.model.state import Battery, Ev, State
from optimizer.model.value import maker

REACH_S = 90.0
"""The length of a history. A meter may be 60 s late, and a battery reading 30 s old."""
MOST = 90
"""Largest number of stored moments: one a second."""


class Moment(NamedTuple):
    """The readings of one snapshot. Each has its own time, and can be the same as in the moment before."""

    grid_w: Reading[float]
    pv_w: Reading[float] | None
    """The sum of all PV systems, at the time of the oldest reading."""
    batteries: Mapping[str, Battery]
    evs: Mapping[str, Ev]


History = tuple[Moment, ...]
"""Oldest first. One tuple for all devices, because every tick makes it again and few ticks search in it."""
NO_HISTORY: History = ()
make_moment = maker(Moment)


def remembered(history: History, state: State, pv_w: Reading[float] | None) -> History:
    """The history with one more snapshot."""
    grid_w = state.grid.power_w
    moment = make_moment(grid_w, pv_w, state.batteries, state.evs)
    if history and (len(history) >= MOST or history[0].grid_w.at_s < grid_w.at_s - REACH_S):
        return (*history[1:], moment)
    return (*history, moment)


def grid_at(history: History, at_s: float) -> float | None:
    """The grid power at `at_s`, W + import. None if it was never known."""
    return value_at((moment.grid_w for moment in reversed(history)), at_s)


def pv_at(history: History, at_s: float) -> float | None:
    """The power of all PV systems at `at_s`, W. None if it was never known."""
    return value_at((moment.pv_w for moment in reversed(history) if moment.pv_w is not None), at_s)


def discharge_at(history: History, name: str, at_s: float) -> float | None:
    """The power of the battery `name` at `at_s`, W + discharge. None if it was never known."""
    snapshots = (moment.batteries for moment in reversed(history))
    return value_at((batteries[name].power_w for batteries in snapshots if name in batteries), at_s)


def readings_of_car(history: History, name: str) -> Iterator[Reading[float]]:
    """The readings of the power of the car at the charger `name`, latest first."""
    return (moment.evs[name].power_w for moment in reversed(history) if name in moment.evs)


def value_at(latest_first: Iterable[Reading[float]], at_s: float) -> float | None:
    """The value at `at_s`, linear between two readings. Outside of the readings the nearest one. None without any."""
    after_s, after = at_s, None
    for value, read_s, _ in latest_first:
        if value is None:
            continue
        if read_s <= at_s:
            return value if after is None else value + (after - value) * (at_s - read_s) / (after_s - read_s)
        after_s, after = read_s, value
    return after
