"""A charger whose power has a wrong factor: kW counted as W, or one phase reported as all, or all as one.

Its offer and the grid meter agree at starts and stops of the car, and its own power is another one. The meter is right
then: a wrong meter would not show the offer. If a car takes less than its offer, the meter shows less too. A load of
the home can look like a part of an offer by chance. So several moves in a row must show the same factor. One move that
shows the right power ends a doubt.

Each number of phases has its factor: all phases reported as one are right while the car charges on one. Another factor
counts on every number of phases, until a move shows something else.

While a charger is in doubt, its power is unknown to the rules and on the page. The control uses an estimate: the offer,
within what the reading and its factor allow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.estimate.car_model import PACES, CarModel, modelled_w
from optimizer.control.estimate.observation import Observation
from optimizer.control.judge.offered_moves import ROUNDS_W, Compared, Offers, Shown, watched
from optimizer.model.reading import Reading
from optimizer.model.state import Ev, State
from optimizer.model.value import changed, maker
from optimizer.words.text import Text

WRONG = 1.5
"""A power that is larger than the true one by this factor, or smaller, is wrong."""
RIGHT = 1.25
"""Within this factor it is right. Between the two, a move says nothing."""
MOVES = 3
"""Number of moves with the same factor that put a charger in doubt."""
USUAL = (1e-3, 1.0 / 3.0, 0.5, 2.0, 3.0, 1e3)
"""The factors that errors of unit and of phases have."""
NEAR = 1.2
"""One of them counts if the moves show a factor as near as this."""
FINE_W = 0.05
"""A power with decimals is rounded to no more than this, as 1.4 kW is."""
MOST_TAKEN = 1.15
"""A car draws at most this multiple of its offers."""


class Factor(NamedTuple):
    """What the moves on one number of phases tell about the power of a charger. Part of the memory."""

    least: float
    most: float
    """Between these is reading / true power by all moves since the last one that did not fit."""
    moves: int = 1
    """Number of these moves."""
    factor: float = 1.0
    """Reading / true power. 1: it is believed."""
    why: str = ""
    """Why it is not believed, or empty."""
    right: bool = False
    """Whether the last move showed the right power."""


RIGHT_POWER = Factor(1.0, 1.0, 0, right=True)


class ChargerUnits(NamedTuple):
    """What the judge knows about the powers of the chargers. Part of the memory."""

    offers: Offers = MappingProxyType({})
    factors: Mapping[tuple[str, int], Factor] = MappingProxyType({})
    """By charger and number of phases."""
    doubted: tuple[tuple[str, int, float], ...] = ()
    """Those in doubt, with their factor."""


NO_UNITS = ChargerUnits()
make_charger_units = maker(ChargerUnits)


def looked(
    units: ChargerUnits, observed: Mapping[str, Observation], now: Compared, before: Compared | None
) -> ChargerUnits:
    """The memory after one more moment. `before` is the moment before."""
    offers, shown = watched(units.offers, observed, now, before)
    if offers is units.offers:
        return units
    factors = units.factors if shown is None else with_move(units.factors, shown)
    doubted = units.doubted
    if factors is not units.factors:
        doubted = tuple((*key, one.factor) for key, one in factors.items() if one.why)
    return make_charger_units(offers, factors, doubted)


def changed_names(before: ChargerUnits, after: ChargerUnits) -> set[str]:
    """The chargers whose power is in doubt with another factor than before, or no longer."""
    return {name for name, _, _ in set(before.doubted) ^ set(after.doubted)}


def doubt_of(units: ChargerUnits, ev: Ev) -> Factor | None:
    """The doubt about the power of a charger on its present phases, or None."""
    phases = ev.phases.value if ev.commanded is None else ev.commanded.phases
    own = units.factors.get((ev.name, phases or 0))
    if own is not None and (own.why or own.right):
        return own if own.why else None
    for (name, number), one in units.factors.items():
        if name == ev.name and one.why and not _by_phases(number, one.factor):
            return one
    return None


def with_estimates(state: State, units: ChargerUnits, cars: Mapping[str, CarModel]) -> State:
    """The snapshot with an estimate for each power in doubt, for the control: the offer, within what the reading and
    its factor allow."""
    evs = dict(state.evs)
    for name, ev in state.evs.items():
        factor, (read_w, at_s, _) = doubt_of(units, ev), ev.power_w
        if factor is not None and read_w is not None and name in cars:
            power_w = _estimate_w(cars[name], read_w, at_s, factor.factor)
            evs[name] = changed(ev, power_w=Reading(power_w, at_s))
    return changed(state, evs=evs)


def without_doubted(state: State, units: ChargerUnits) -> State:
    """The snapshot without the powers of chargers in doubt."""
    evs = dict(state.evs)
    for name, ev in state.evs.items():
        if ev.power_w.value is not None and (factor := doubt_of(units, ev)) is not None:
            evs[name] = changed(ev, power_w=Reading(None, ev.power_w.at_s, factor.why))
    return changed(state, evs=evs)


def _estimate_w(car: CarModel, read_w: float, at_s: float, factor: float) -> float:
    """The true power of a car by its model and the wrong reading, W ≥ 0."""
    if read_w <= 0.0:
        return 0.0
    error_w = ROUNDS_W if read_w == round(read_w) else FINE_W
    least_w, most_w = (read_w - error_w) / factor, (read_w + error_w) / factor
    offered_w = modelled_w(car, at_s, PACES[car.pace])
    power_w = min(max(offered_w, least_w), most_w)
    return max(0.0, min(power_w, MOST_TAKEN * max([car.base_w, *(step.power_w for step in car.steps)])))


def with_move(factors: Mapping[tuple[str, int], Factor], shown: Shown) -> Mapping[tuple[str, int], Factor]:
    """The factors after one more start or stop."""
    name, phases, read_w, taken_w, error_w = shown
    key = (name, phases)
    before, least = factors.get(key), (read_w - ROUNDS_W) / (taken_w + error_w)
    most = (read_w + ROUNDS_W) / max(1.0, taken_w - error_w)
    if least <= RIGHT and most >= 1.0 / RIGHT:
        if before is not None and before.right:
            return factors
        if before is not None and before.why:  # it has been corrected
            factors = {other: one for other, one in factors.items() if other[0] != name}
        return {**factors, key: RIGHT_POWER}
    if not (least > WRONG or 0.0 < least <= most < 1.0 / WRONG):
        return factors
    if before is None or before.right:
        return {**factors, key: Factor(least, most)}
    joint_least, joint_most = max(least, before.least), min(most, before.most)
    if joint_least > joint_most:
        return {**factors, key: before._replace(least=least, most=most, moves=1)}
    after = before._replace(least=joint_least, most=joint_most, moves=min(MOVES, before.moves + 1))
    if after.moves == MOVES:
        factor = _usual(math.sqrt(joint_least * joint_most))
        why = after.why if factor == after.factor and after.why else _why(read_w, taken_w)
        after = after._replace(factor=factor, why=why)
    return {**factors, key: after}


def _by_phases(phases: int, factor: float) -> bool:
    """Whether this factor on so many phases can be right on another number: one phase is reported as all, or all as
    one."""
    return (phases == 1 and factor == 3.0) or (phases > 1 and factor == 1.0 / 3.0)


def _usual(factor: float) -> float:
    """The usual factor near this one, or this one itself."""
    nearest = min(USUAL, key=lambda one: abs(math.log(one / factor)))
    return nearest if 1.0 / NEAR <= factor / nearest <= NEAR else factor


def _why(read_w: float, taken_w: float) -> str:
    return Text(
        "implausible: the charger shows {read_w} where its offer and the grid meter show {taken_w}: the unit or the "
        "phases of its power are wrong",
        read_w=read_w,
        taken_w=taken_w,
    )
