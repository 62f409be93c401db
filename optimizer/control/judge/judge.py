"""judge(): the readings of a snapshot that can be believed. It comes before the rules and the control.

A reading in doubt becomes unknown with the reason, or the reading before it stays until the next one. The judge also
gives the surplus of the house at one moment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.control.estimate.balance import Balance, balance, total_pv
from optimizer.control.estimate.battery_commanded import NOTHING_COMMANDED, BatteryCommanded
from optimizer.control.estimate.car_facts import SILENT
from optimizer.control.estimate.car_model import LONG_SETTLED_S
from optimizer.control.estimate.history import History, discharge_at, remembered
from optimizer.control.estimate.observation import Observation
from optimizer.control.estimate.surplus import drawn_at, drawn_before, held_surplus, make_surplus, unknown_surplus
from optimizer.control.judge.answers import Answers, wait_s
from optimizer.control.judge.beside_battery import beside_doubted, beside_turned
from optimizer.control.judge.gap import through_gap, without_meter
from optimizer.control.judge.hidden_moves import make_powers
from optimizer.control.judge.judged import Judged, JudgeMemory, make_judge_memory, make_judged
from optimizer.control.judge.meter import MeterMemory, judged, raise_limit_w
from optimizer.control.judge.plausible import plausible
from optimizer.control.judge.second_look import GridLook, look_at_grid, may_have_stopped
from optimizer.control.judge.shown import held
from optimizer.control.judge.shown import shown as shown_now
from optimizer.control.judge.slow_battery import averaged
from optimizer.control.judge.soc_sign import in_doubt, looked, without_wrong
from optimizer.control.judge.standing import MeterTest, Standing, to_test, unseen_move, with_value
from optimizer.control.judge.still_battery import StillBatteries, compared, unconcerned, without_doubted
from optimizer.control.judge.sun_ahead import NO_SUN_AHEAD, SunAhead, without_home
from optimizer.control.judge.sun_ahead import seen as with_moment
from optimizer.control.judge.turned_battery import Turns, without_turned
from optimizer.control.judge.turned_battery import compared as with_turns
from optimizer.control.judge.window import NO_WINDOW, Window, seen, without_average
from optimizer.model.reading import Reading
from optimizer.model.site import Site
from optimizer.model.state import Battery, Ev, State
from optimizer.model.value import changed

DRAWS_W = 100.0
"""A car that draws less is not used to test the meter."""
UNSEEN_W = 100.0
"""If the cars have changed by more than this since the value of the meter last changed, the value is as old as that."""


def judge(
    state: State,
    observed: Mapping[str, Observation],
    memory: JudgeMemory,
    site: Site,
    commanded: Mapping[str, BatteryCommanded] = NOTHING_COMMANDED,
    read: Mapping[str, Ev] | None = None,
) -> Judged:
    """Judge one snapshot. `observed` are the observations of the chargers up to now, `commanded` the last commands to
    the batteries, `read` the chargers as they were read, if the snapshot has estimates of their power."""
    (
        history, meter, look, socs, shown, slow_home, pvs, window, still, turns, impossible, units, _, gap_since_s,
        signs, small, ahead,
    ) = memory  # fmt: skip
    state, socs, pvs, impossible = plausible(state, socs, pvs, impossible, site, look.power_w.value)
    signs = looked(signs, state.batteries, state.mono_s)
    measured_pv, (battery_s, last_discharge_w) = total_pv(state.pvs), _read(state.batteries)
    # A PV system that does not answer for some seconds has not lost its power.
    pv = measured_pv if measured_pv is not None or not state.pvs else Reading(look.pv_w, state.mono_s)
    state, drawn, look = _looked(state, observed, look, pv, last_discharge_w)
    power_w = state.grid.power_w
    history = remembered(history, state, measured_pv) if state.batteries else history
    now = balance(state, history, pv)
    seen_now = None if now is None else (now, read or state.evs, drawn)
    if now is None or power_w.value is None or len(drawn) < len(state.evs):
        after = make_judge_memory(
            history, meter, look, socs, shown, slow_home, pvs, window, still, turns, impossible, units, seen_now,
            gap_since_s, signs, small, ahead,
        )  # fmt: skip
        return through_gap(
            without_doubted(without_turned(without_wrong(state, signs), turns), still), after, drawn, measured_pv, site
        )

    taken_w, set_s, (read_s, read_w) = sum(drawn.values()), site.grid_delay_s, _read(state.evs)
    at_s, grid_w, discharge_w, pv_w, pv_change_w = now
    if slow := at_s < power_w.at_s:
        drawn, taken_w = (then := drawn_before(state, observed, history, at_s)), sum(then.values())
    standing, unseen_w = _unseen(meter.standing, power_w, taken_w, now, measured_pv, read_s, read_w, battery_s)
    total_w = taken_w - grid_w - discharge_w + pv_change_w
    home_w = (now_pv_w := pv_w + pv_change_w) - total_w
    before, sun_w = meter.answers, None if measured_pv is None else pv_w
    if state.batteries and sun_w is not None and at_s >= turns.next_s:
        turns = _with_signs(turns, state.batteries, history, now, taken_w)
    if turns.names or in_doubt(signs):
        return beside_turned(
            state,
            memory._replace(
                history=history,
                look=look,
                socs=socs,
                pvs=pvs,
                impossible=impossible,
                turns=turns,
                last=seen_now,
                signs=signs,
            ),
            standing,
            taken_w,
            home_w,
            drawn,
        )
    meter = judged(
        meter, standing, at_s, taken_w, home_w, discharge_w, unseen_w, sun_w, read_s, read_w, set_s,
        None if slow or sun_w is None else ahead.home_w,
    )  # fmt: skip
    if state.batteries and sun_w is not None and not unconcerned(still, state.batteries, grid_w):
        powers = make_powers(
            at_s=at_s,
            home_w=home_w,
            grid_w=grid_w,
            pv_w=pv_w,
            drawn_w=taken_w,
            read_w=read_w,
            read_s=read_s,
            changed_s=standing.changed_s,
        )
        still = (
            still
            if memory.meter.doubts.why
            else compared(still, state.batteries, powers, before.delays_s, set_s, commanded, meter.doubts.why)
        )
        if still.names:
            return beside_doubted(
                state,
                memory._replace(
                    history=history,
                    look=look,
                    socs=socs,
                    pvs=pvs,
                    impossible=impossible,
                    turns=turns,
                    still=still,
                    last=seen_now,
                    signs=signs,
                ),
                powers,
                standing,
                drawn,
                measured_pv,
                site,
            )
    waits_s = wait_s(meter.answers.delays_s, set_s)
    settled = at_s - meter.answers.steady_s >= waits_s and -UNSEEN_W <= unseen_w <= UNSEEN_W
    if slow and settled and sun_w is not None:
        total_w = now_pv_w - (slow_home := averaged(slow_home, home_w, at_s)).home_w
    window = NO_WINDOW if not waits_s else _seen(window, before, meter.answers, taken_w, now, slow=slow)
    meter, ahead = _ahead(meter, memory.ahead, observed, now, taken_w, waits_s, told=sun_w is not None and not slow)
    if ahead.home_w is not None:
        total_w, settled = now_pv_w - ahead.home_w, True
    stopped = total_w > shown.total_w and taken_w > DRAWS_W and may_have_stopped(look, read_s, power_w.at_s)
    raise_w = _raise_w(meter, ahead, unseen_w, waits_s) if look.confirmed and not stopped else 0.0
    if settled and window.drawn_w is not None and ahead.home_w is None:
        total_w = pv_w - grid_w - discharge_w + window.drawn_w
    if settled and not stopped:
        if not (total_w < shown.total_w and _may_have_started(observed, at_s)):
            shown = shown_now(shown, total_w, taken_w, now_pv_w, at_s, waits_s)
        surplus = make_surplus(
            total_w=total_w,
            why="",
            supplied_w=grid_w + discharge_w if discharge_w > 0.0 else grid_w,
            at_s=at_s,
            drawn_w=drawn,
        )
    else:
        shown, held_w = held(
            shown, total_w, taken_w, now_pv_w, at_s, waits_s, window.drawn_w, starts=_may_have_started(observed, at_s)
        )
        surplus = held_surplus(held_w, at_s, drawn)
    after = make_judge_memory(
        history, meter, look, socs, shown, slow_home, pvs, window, still, turns, impossible, units, seen_now,
        signs=signs, small=small, ahead=ahead,
    )  # fmt: skip
    if meter.doubts.why:
        return _doubted(state, after, drawn)
    return make_judged(
        state=state,
        memory=after,
        surplus=surplus,
        raise_w=raise_w,
        rides=False,
        test=_test(observed, drawn, meter.standing, still, state, measured_pv) if taken_w > DRAWS_W else None,
    )


def _raise_w(meter: MeterMemory, ahead: SunAhead, unseen_w: float, waits_s: float) -> float:
    """The largest raise of a car that the meter allows now, W. The cars need not be steady if the home is known."""
    return raise_limit_w(meter, unseen_w, waits_s if ahead.home_w is None else 0.0)


def _doubted(state: State, memory: JudgeMemory, drawn: Mapping[str, float]) -> Judged:
    """The result while the meter is in doubt: the grid power is unknown, with the reason."""
    state = without_meter(state, memory.meter.doubts.why)
    surplus = unknown_surplus(state, drawn)
    return make_judged(state=state, memory=memory, surplus=surplus, raise_w=0.0, rides=False, test=None)


def _seen(window: Window, before: Answers, after: Answers, taken_w: float, now: Balance, *, slow: bool) -> Window:
    """The window of a late meter after one more moment, and after the end of a move. What was learned is forgotten with
    the delay of the meter. `slow`: the moment is that of a battery, and the meter may have been read before it."""
    if before.delays_s and not after.delays_s:
        return NO_WINDOW
    if slow:
        return without_average(window)
    moved_s = before.moved_s if after.moved_s == math.inf else math.inf
    window = seen(window, now.at_s, taken_w - now.pv_w - now.discharge_w, now.grid_w, moved_s)
    if window.drawn_w is None or not now.discharge_w:
        return window
    return window._replace(drawn_w=window.drawn_w + now.discharge_w)  # what it would show if batteries were as now


def _looked(
    state: State,
    observed: Mapping[str, Observation],
    look: GridLook,
    pv: Reading[float] | None,
    discharge_w: float,
) -> tuple[State, dict[str, float], GridLook]:
    """The snapshot with the grid power that counts, and the power of each car at its time, W."""
    power_w = state.grid.power_w
    drawn = drawn_at(state, observed, power_w.at_s)
    if power_w.value is None or power_w == look.power_w:
        return state, drawn, look
    pv_w = 0.0 if pv is None or pv.value is None else pv.value
    counted, look = look_at_grid(look, power_w, sum(drawn.values()), pv_w, discharge_w)
    if counted is not power_w:
        state = changed(state, grid=changed(state.grid, power_w=counted))
        drawn = drawn_at(state, observed, counted.at_s)
    return state, drawn, look


def _read(devices: Mapping[str, Ev] | Mapping[str, Battery]) -> tuple[float, float]:
    """The time of the oldest power reading of cars or batteries, infinite without one, and the sum of the readings,
    W."""
    read_s, read_w = math.inf, 0.0
    for device in devices.values():
        power_w, at_s, _ = device.power_w
        read_w += power_w or 0.0
        if at_s < read_s:
            read_s = at_s
    return read_s, read_w


def _with_signs(
    turns: Turns, batteries: Mapping[str, Battery], history: History, now: Balance, taken_w: float
) -> Turns:
    """The memory of the signs of the batteries after one more moment that is due."""
    powers_w = {}
    for name, battery in batteries.items():
        power_w = discharge_at(history, name, now.at_s)
        powers_w[name] = power_w if power_w is not None else battery.power_w.value or 0.0
    return with_turns(turns, now.at_s, taken_w, now.grid_w, now.pv_w, powers_w)


def _may_have_started(observed: Mapping[str, Observation], at_s: float) -> bool:
    """Whether a car has drawn nothing of its last offer, and may start at any moment. The meter shows its start before
    its own reading does, as if the surplus had fallen. A car that was silent for long is full or asleep."""
    for one in observed.values():
        if one.car.take <= 0.0 and one.car.steps:
            step = one.car.steps[-1]
            if step.power_w > 0.0 and at_s - step.at_s < LONG_SETTLED_S:
                return True
    return False


def _ahead(
    meter: MeterMemory,
    before: SunAhead,
    observed: Mapping[str, Observation],
    now: Balance,
    taken_w: float,
    waits_s: float,
    *,
    told: bool,
) -> tuple[MeterMemory, SunAhead]:
    """The memory of a meter that is late, or of unknown delay, after one more moment. `told`: PV is known, and the
    moment is that of the meter. A car that may start at any moment, or is silent, moves otherwise than its model. A
    meter in doubt tells nothing."""
    if not observed or meter.doubts.why or (not waits_s and meter.answers.delays_s):
        return meter, NO_SUN_AHEAD
    if not told:
        return meter, without_home(before)
    silent = any(one.facts.session.run == SILENT for one in observed.values())
    sure = not silent and not _may_have_started(observed, now.at_s)
    after = with_moment(before, now.at_s, taken_w, now.pv_w + now.discharge_w, now.grid_w, sure=sure)
    if after.home_w is None or meter.answers.delays_s:
        return meter, after
    return meter._replace(answers=meter.answers._replace(delays_s=(after.delay_s,))), after


def _unseen(
    before: Standing,
    power_w: Reading[float],
    drawn_w: float,
    now: Balance,
    pv: Reading[float] | None,
    read_s: float,
    read_w: float,
    battery_s: float,
) -> tuple[Standing, float]:
    """The memory of the value of the meter after the reading `power_w`, and the move of the cars that it does not show,
    W. `read_w` is the power of the cars by their last readings, the oldest of which is of `read_s`, and `battery_s` the
    time of the oldest reading of a battery."""
    value_w, shown_s, _ = power_w
    pv_w = math.nan if pv is None or pv.value is None else now.pv_w
    if now.at_s < shown_s:  # the moment of a battery that is read rarely: what the cars drew then is known by readings
        read_s, read_w = min(read_s, now.at_s), drawn_w
    standing = with_value(before, value_w or 0.0, shown_s, drawn_w, now.discharge_w, pv_w, read_s, battery_s)
    return unseen_move(standing, drawn_w, now.discharge_w, pv_w, read_s, read_w)


def _test(
    observed: Mapping[str, Observation],
    drawn: Mapping[str, float],
    standing: Standing,
    still: StillBatteries,
    state: State,
    pv: Reading[float] | None,
) -> MeterTest | None:
    """The test of a battery, or of the meter, whose value stands still. The cars have moved as soon as their commands
    say so."""
    if (before_w := still.tested_w) is None and not to_test(standing, pv is not None and bool(state.batteries)):
        return None
    coming_w = sum(one.car.target_w * one.car.take for name, one in observed.items() if name in drawn)
    if before_w is None:
        return MeterTest(coming_w - standing.drawn_w)
    return MeterTest(coming_w - before_w, "battery.test")
