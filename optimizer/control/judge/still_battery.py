"""A battery whose reading stands still while the battery itself follows the home.

Such a battery keeps the grid power near zero. So a move of PV or of the cars does not show in the meter, and its
reading does not show it either. The surplus is then wrong by the whole move, and the car empties the battery.

A battery that really gives a constant power (idle, full, empty, or held by a setpoint) takes no move: the meter shows
it. So two hidden moves in a row put a battery in doubt. A move also counts as hidden if the balance of the house is
impossible while the meter is near zero, and its value and PV change.

A reading near zero says nothing if the battery may be full or empty: a heating rod that follows the sun beside an idle
battery looks the same. A value that was never more than a few watts stands still too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import BatteryCommanded
from optimizer.control.judge.answers import MOVE_W, RESPONDED, UNKNOWN_LIMIT_S, answer_limit_s
from optimizer.control.judge.doubt import BELIEVED, Doubts, believed, doubted
from optimizer.control.judge.hidden_moves import FOLLOWS_S, NEAR_W, NO_MOVES, Moves, Powers, begin, moved
from optimizer.control.judge.standing import INTERVAL_WEIGHT, INTERVALS
from optimizer.control.judge.tiny_battery import NOT_FILLED, Filling, fills, is_tiny, with_soc
from optimizer.model.reading import Reading
from optimizer.model.state import Battery, State
from optimizer.model.value import changed, maker
from optimizer.words.text import Text

STILL_S = 20.0
"""A value that stands still for less than this says nothing."""
IDLE_W = 50.0
EMPTY_PERCENT, FULL_PERCENT = 30.0, 95.0
"""A battery that gives less power may be idle, if its state of charge is unknown or outside of these."""
PATIENCE_S, LONGEST_PATIENCE_S = 60.0, 1800.0
"""If nothing moves for the first time while a value stands still, the cars move to test it. After each test that finds
nothing the time doubles, up to the last one."""
MOST_TESTS = 10
HOME_S, HOME_EVERY_S = 600.0, 10.0
"""Time constant of the average of the home, and how often it is updated. It counts while the battery is in doubt."""
COUNTS_S = 3600.0
"""The average counts no longer than this. The home can change without any sign."""
TEST_S = 120.0
"""A test that has not moved the cars in this time and the time for an answer ends."""


class Still(NamedTuple):
    """The reading of one battery, and since when its value is the same. Part of the memory."""

    value_w: float
    changed_s: float
    usual_s: float
    """Longest usual time between two changes."""
    pv_w: float
    drawn_w: float
    """The power of PV and of the cars at the last change."""
    read_s: float = -math.inf
    """When its value last changed by anything."""
    lived: bool = False
    """Whether its value was ever more than tiny."""
    filling: Filling = NOT_FILLED
    """The state of charge while it was not."""


class StillBatteries(NamedTuple):
    """The state of the judge for batteries whose reading stands still. Part of the memory."""

    readings: Mapping[str, Still] = MappingProxyType({})
    moves: Moves = NO_MOVES
    names: tuple[str, ...] = ()
    """The batteries in doubt."""
    doubts: Doubts = BELIEVED
    test_s: float = math.inf
    """When the last test began. Infinite: there was none since a value changed."""
    tests: int = 0
    """Number of tests since a value changed."""
    found: bool = False
    """Whether one move was hidden. A load of the home can hide one by chance, so a second one must be hidden too."""
    home_w: float = math.nan
    """Average power of the home while the batteries were believed. NaN: not known."""
    home_s: float = -math.inf
    """The last moment of it."""
    averaged_s: float = 0.0
    """The time over which it is the average, up to HOME_S."""

    @property
    def tested_w(self) -> float | None:
        """The power of the cars before the test that they do now, W. None: no test."""
        return self.moves.drawn_w if self.test_s == self.moves.at_s < math.inf else None


NO_STILL = StillBatteries()
make_still = maker(Still)
make_still_batteries = maker(StillBatteries)


def unconcerned(still: StillBatteries, batteries: Mapping[str, Battery], grid_w: float) -> bool:
    """Whether this moment tells nothing: no value has changed, and the meter is not near zero. Fast, because it is so
    for hours with a battery that is full or empty."""
    if still.moves is not NO_MOVES or still.names or -NEAR_W <= grid_w <= NEAR_W:
        return False
    readings = still.readings
    for name, battery in batteries.items():
        if name not in readings or battery.power_w.value != readings[name].value_w:
            return False
    return True


def compared(
    before: StillBatteries,
    batteries: Mapping[str, Battery],
    powers: Powers,
    delays_s: tuple[float, ...],
    set_s: float | None,
    commanded: Mapping[str, BatteryCommanded],
    contradiction: str = "",
) -> StillBatteries:
    """The memory after one more moment. `delays_s` are the observed delays of the meter, `set_s` is the one of the
    settings. A battery that is `commanded` to a forced power does not follow the home. `contradiction`: why the balance
    of the house is impossible, or that the meter has not shown a move. Empty without one."""
    at_s, home_w, grid_w, pv_w, drawn_w, _, _, _ = powers
    readings, names = before.readings, before.names
    for name, battery in batteries.items():
        last, (value_w, read_s, _) = readings.get(name), battery.power_w
        if value_w is None:
            continue
        if last is None or (value_w != last.value_w and (last.lived or not is_tiny(value_w))):
            readings = {**readings, name: _with_value(last, read_s, value_w, pv_w, drawn_w)}
            if name in names:
                names = tuple([one for one in names if one != name])
        elif not last.lived and (one := _tiny(last, battery, value_w, at_s)) is not last:
            readings = {**readings, name: one}
    if names is not before.names:
        before = _without_doubt(before, names)
    if names:
        return _doubted(before if readings is before.readings else before._replace(readings=readings), powers)
    suspects = _suspects(readings, batteries, at_s, commanded)
    if not suspects:
        return _without_suspects(before, readings, at_s, home_w)
    if readings is not before.readings:
        before = before._replace(readings=readings)
    if before.moves is NO_MOVES and not -NEAR_W <= grid_w <= NEAR_W:
        return before
    moves = moved(before.moves, powers)
    after = before if moves is before.moves else before._replace(moves=moves)
    if moves.at_s == math.inf:
        return after._replace(found=False) if after.found else after
    limit_s = answer_limit_s(delays_s, set_s)
    if contradiction:
        # The meter is alive and near zero, and PV is alive. So only the battery is left.
        suspects = [name for name in suspects if readings[name].pv_w != pv_w]
        hidden_s = min(moves.hidden_s, moves.at_s + limit_s)
    else:
        after = _tested(after, suspects, powers, limit_s)
        suspects = [name for name in suspects if readings[name].changed_s <= moves.at_s]
        hidden_s = moves.hidden_s + limit_s
    if hidden_s > at_s or moves.at_s >= powers.changed_s:
        return after
    if suspects and not after.found and not contradiction:
        return after._replace(moves=begin(powers), test_s=at_s, found=True)
    return _in_doubt(after, suspects, powers)


def surplus_without(still: StillBatteries, powers: Powers) -> float | None:
    """The surplus while batteries are in doubt: PV without the average of the home, W. A battery that cannot give more
    leaves an import in the meter. None if the average is not known, or too old, or if the readings were never right."""
    if not powers.at_s - still.home_s <= COUNTS_S or not all(still.readings[name].lived for name in still.names):
        return None
    return _without(still.home_w, powers.pv_w, powers.grid_w, powers.drawn_w)


def usual_surplus(still: StillBatteries, at_s: float, pv_w: float, grid_w: float, drawn_w: float) -> float | None:
    """The same while batteries do not answer. None also if the average is not one of long enough. No home is below
    zero: before they fell silent, their readings may have been wrong."""
    if not at_s - still.home_s <= COUNTS_S or still.averaged_s < HOME_S:
        return None
    return _without(max(0.0, still.home_w), pv_w, grid_w, drawn_w)


def _without(home_w: float, pv_w: float, grid_w: float, drawn_w: float) -> float:
    total_w = pv_w - home_w
    return total_w if grid_w <= NEAR_W else min(total_w, drawn_w - grid_w)


def without_doubted(state: State, still: StillBatteries) -> State:
    """The snapshot without the powers of the batteries in doubt."""
    if not still.names:
        return state
    batteries = dict(state.batteries)
    for name in still.names:
        if (battery := batteries.get(name)) is not None and battery.power_w.value is not None:
            missing: Reading[float] = Reading(None, battery.power_w.at_s, still.doubts.why)
            batteries[name] = changed(battery, power_w=missing)
    return changed(state, batteries=batteries)


def _with_value(last: Still | None, at_s: float, value_w: float, pv_w: float, drawn_w: float) -> Still:
    """The reading of one battery with a new value."""
    return make_still(
        value_w=value_w,
        changed_s=at_s,
        usual_s=UNKNOWN_LIMIT_S if last is None else _usual_s(last, at_s),
        pv_w=pv_w,
        drawn_w=drawn_w,
        read_s=at_s,
        lived=not is_tiny(value_w) or (last is not None and last.lived),
    )


def _without_doubt(before: StillBatteries, names: tuple[str, ...]) -> StillBatteries:
    """The memory after a new value of a battery in doubt. `names` are the batteries that stay in doubt."""
    if names:
        return before._replace(names=names)
    return before._replace(names=names, moves=NO_MOVES, doubts=believed(before.doubts))


def _suspects(
    readings: Mapping[str, Still],
    batteries: Mapping[str, Battery],
    at_s: float,
    commanded: Mapping[str, BatteryCommanded],
) -> list[str]:
    """The batteries that may hide a move. None if another battery follows the home: it hides the loads of the home."""
    suspects = []
    for name, battery in batteries.items():
        one = readings.get(name)
        if one is None or (name in commanded and not commanded[name].idle):
            continue
        if at_s - one.changed_s <= STILL_S:
            return []
        soc = battery.soc_percent.value
        idle = -IDLE_W < one.value_w < IDLE_W and not fills(one.filling, at_s)
        if not idle or (soc is not None and EMPTY_PERCENT < soc < FULL_PERCENT):
            suspects.append(name)
    return suspects


def _tiny(before: Still, battery: Battery, value_w: float, at_s: float) -> Still:
    """The reading of one battery whose value was always near zero, with its state of charge."""
    if value_w != before.value_w:
        read_s = battery.power_w.at_s
        before = before._replace(value_w=value_w, usual_s=_usual_s(before, read_s), read_s=read_s)
    filling = with_soc(before.filling, battery.soc_percent.value, at_s)
    return before if filling is before.filling else before._replace(filling=filling)


def _usual_s(before: Still, at_s: float) -> float:
    """The longest usual time between two changes after one at `at_s`."""
    interval_s, usual_s = at_s - before.read_s, before.usual_s
    usual_s = interval_s if interval_s > usual_s else usual_s + INTERVAL_WEIGHT * (interval_s - usual_s)
    return usual_s if usual_s < UNKNOWN_LIMIT_S else UNKNOWN_LIMIT_S


def _without_suspects(
    before: StillBatteries, readings: Mapping[str, Still], at_s: float, now_w: float
) -> StillBatteries:
    """The memory after a moment at which all batteries are believed. `now_w` is the power of the home, W."""
    _, moves, _, doubts, test_s, tests, found, home_w, home_s, averaged_s = before
    since_s = at_s - home_s
    if since_s >= HOME_EVERY_S:
        home_w, home_s = now_w if since_s >= HOME_S else home_w + since_s / HOME_S * (now_w - home_w), at_s
        averaged_s = 0.0 if since_s >= HOME_S else min(HOME_S, averaged_s + since_s)
    elif moves is NO_MOVES and not found and readings is before.readings:
        return before
    if since_s >= HOME_EVERY_S or moves is not NO_MOVES or found:
        test_s, tests = math.inf, 0
    return make_still_batteries(
        readings=readings,
        doubts=doubts,
        test_s=test_s,
        tests=tests,
        home_w=home_w,
        home_s=home_s,
        averaged_s=averaged_s,
    )


def _tested(before: StillBatteries, suspects: list[str], powers: Powers, limit_s: float) -> StillBatteries:
    """The memory with the beginning or the end of a test. A test begins if no move was hidden for long."""
    readings, moves, test_s, tests = before.readings, before.moves, before.test_s, before.tests
    if test_s == moves.at_s:
        late = powers.at_s - test_s > limit_s + TEST_S
        return before._replace(moves=begin(powers)) if late else before
    if moves.left_s < math.inf or moves.hidden_s < math.inf or powers.drawn_w < MOVE_W:
        return before
    since_s = max(readings[name].changed_s + INTERVALS * readings[name].usual_s for name in suspects)
    since_s = since_s if test_s == math.inf or test_s < since_s else test_s
    if powers.at_s - since_s <= min(LONGEST_PATIENCE_S, PATIENCE_S * 2.0**tests):
        return before
    return before._replace(moves=begin(powers), test_s=powers.at_s, tests=min(tests + 1, MOST_TESTS))


def _in_doubt(before: StillBatteries, suspects: list[str], powers: Powers) -> StillBatteries:
    """The memory with a doubt about those of the suspects that stand still for longer than usual."""
    readings, at_s = before.readings, powers.at_s
    found = [name for name in suspects if at_s - readings[name].changed_s > INTERVALS * readings[name].usual_s]
    if not found:
        return before
    last = max((readings[name] for name in found), key=lambda one: one.changed_s)
    why = Text(
        "implausible: the battery has shown {value_w} for {still_s}, while PV and cars changed by {change_w} and the "
        "meter did not",
        value_w=sum(readings[name].value_w for name in found),
        still_s=at_s - last.changed_s,
        change_w=abs(powers.pv_w - last.pv_w - powers.drawn_w + last.drawn_w),
    )
    return before._replace(moves=begin(powers), names=tuple(found), doubts=doubted(before.doubts, at_s, why))


def _doubted(before: StillBatteries, powers: Powers) -> StillBatteries:
    """The memory after one more moment of a doubt. A meter that shows a move for long ends it: the power of the battery
    is constant, or it follows the home no longer. `before.moves` began with the doubt."""
    moves, at_s = before.moves, powers.at_s
    change_w = powers.pv_w - powers.drawn_w - moves.pv_w + moves.drawn_w
    if -MOVE_W < change_w < MOVE_W or abs(1.0 - (moves.grid_w - powers.grid_w) / change_w) > 1.0 - RESPONDED:
        return before if moves.shown_s == math.inf else before._replace(moves=moves._replace(shown_s=math.inf))
    if moves.shown_s == math.inf:
        return before._replace(moves=moves._replace(shown_s=at_s))
    if at_s < before.doubts.until_s or at_s - moves.shown_s < FOLLOWS_S:
        return before
    return before._replace(
        names=(), moves=NO_MOVES, doubts=believed(before.doubts), test_s=math.inf, tests=0, found=False
    )
