"""Completion: what inputs tell of the grid and of the cars, added to the snapshot of every tick."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.model.inputs import reading_of
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Ev, Grid, State
from optimizer.rules.book.verdict import Claimed
from optimizer.runtime.inputs.present import Present, present_vehicles
from optimizer.sources.vehicles.estimate import EMPTY, JUMP_PERCENT, Vehicle, VehicleMemory, estimate
from optimizer.words.text import Text

log = logging.getLogger(__name__)

Claims = Callable[[State], Mapping[str, Claimed | None]]
NO_RANGE = Text("the source says 0 km, which many send instead of no value")


@dataclass(frozen=True, slots=True)
class Wiring:
    """The connections from the settings to inputs."""

    dimmed: str = ""
    """The input that is on while the grid operator dims the house. Empty: none."""
    vehicles: Mapping[str, Vehicle] = field(default_factory=dict)
    usual: Mapping[str, str] = field(default_factory=dict)
    """The usual vehicle of each charger."""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """The input that names the vehicle at a charger."""


def _unclaimed(state: State) -> Mapping[str, Claimed | None]:
    del state
    return {}


class Completion:
    """Completes one snapshot after the other. It remembers the session of each car."""

    def __init__(self, wiring: Wiring, claimed: Claims = _unclaimed) -> None:
        """`claimed` gives the vehicles that rules and a hand put at the chargers of a state."""
        self._wiring = wiring
        self._claimed = claimed
        self._memory: dict[str, VehicleMemory] = {}

    def __call__(self, state: State) -> State:
        """`state` with the dimming and the cars."""
        wiring = self._wiring
        if wiring.dimmed:
            state = replace(state, grid=_dimmed(state, wiring.dimmed))
        if not wiring.vehicles:
            return state
        at = present_vehicles(state, wiring.vehicles, wiring.usual, wiring.chosen, self._claimed(state))
        return replace(state, evs={name: self._ev(state, ev, at[name]) for name, ev in state.evs.items()})

    def _ev(self, state: State, ev: Ev, present: Present) -> Ev:
        vehicle = self._wiring.vehicles.get(present.name)
        if vehicle is None:
            self._memory.pop(ev.name, None)
            soc = ev.soc_percent
            if not soc.known and present.why:
                soc = unknown(present.why, state.mono_s)
            return replace(ev, vehicle=present.name, soc_percent=soc)
        source = reading_of(state, vehicle.soc) if vehicle.soc else None
        memory = self._memory.get(ev.name, EMPTY)
        self._memory[ev.name], found = estimate(vehicle, ev, _number(source), memory, state.mono_s)
        if abs(found.jump_percent) > JUMP_PERCENT and found.soc_percent.value is not None:
            log.info(
                "%s reports a state of charge of %.0f %%, %+.0f %% from the estimate",
                vehicle.name,
                found.soc_percent.value,
                found.jump_percent,
            )
        own = ev.soc_percent.known and not found.soc_percent.known
        limit = _number(reading_of(state, vehicle.limit_soc)) if vehicle.limit_soc else None
        distance = _number(reading_of(state, vehicle.range_km)) if vehicle.range_km else None
        capacity_wh = vehicle.capacity_wh
        return replace(
            ev,
            vehicle=vehicle.name,
            soc_percent=ev.soc_percent if own else found.soc_percent,
            soc_estimated=_flag(found.estimated and not own, found.soc_percent if not own else ev.soc_percent),
            limit_soc_percent=limit or ev.limit_soc_percent,
            range_km=_range(distance) or ev.range_km,
            car_min_current_a=vehicle.min_current_a,
            car_phases=vehicle.phases,
            capacity_wh=ev.capacity_wh if capacity_wh is None else known(capacity_wh, state.mono_s),
        )


def _dimmed(state: State, name: str) -> Grid:
    """The grid is dimmed if the input or a device says so. It is not if one says so and the other is silent or agrees.

    A device that reports no dimming at all does not count. The control keeps the limit while a dimming is unknown.
    """
    shown: Reading[Any] = reading_of(state, name)
    own = state.grid.dimmed
    return state.grid if own.value or (own.known and shown.value is None) else replace(state.grid, dimmed=shown)


def _number(reading: Reading[Any] | None) -> Reading[float] | None:
    """The reading of an input that is a number by the settings."""
    return reading


def _range(reading: Reading[float] | None) -> Reading[float] | None:
    """The range. 0 km is what many sources send instead of no value."""
    if reading is None or reading.value is None or reading.value > 0.0:
        return reading
    return unknown(NO_RANGE, reading.at_s)


def _flag(value: bool, of: Reading[Any]) -> Reading[bool]:
    return known(value, of.at_s) if of.known else unknown(of.why, of.at_s)
