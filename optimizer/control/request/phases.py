"""Phases: the allowed numbers of phases of a charger, and the current that a power limit allows."""

from __future__ import annotations

import math

from optimizer.control.budget import left, may_spend
from optimizer.control.descriptors import ChargerInfo
from optimizer.control.estimate.car_limits import CarLimits
from optimizer.control.estimate.car_model import NOTHING_W
from optimizer.control.estimate.observation import Observation
from optimizer.control.memory import EvMemory
from optimizer.control.params import Params
from optimizer.control.targets import ChargerTargets
from optimizer.model.decision import Cause
from optimizer.model.state import CHARGING, Ev

SWITCH_UP_A = 7.0
"""A charger under a power limit switches up to three phases only if the limit allows this current on them."""
REFUSES_S = 30.0
"""After this time, a charger that has not switched its phases counts as refusing. It keeps them until the car is
plugged in again."""


def modes_of(
    info: ChargerInfo,
    own_targets: ChargerTargets,
    ev: Ev,
    memory: EvMemory,
    observed: Observation,
    car: CarLimits,
    power_w: float,
    params: Params,
    now_s: float,
    causes: list[Cause],
) -> tuple[int, ...]:
    """The allowed numbers of phases, ascending, at least one. Wiring, claims, the car, the budget of relay operations,
    and a power limit restrict them."""
    modes = _wired_modes(info, own_targets, ev, memory, observed, car, now_s, causes)
    phases = memory.phases
    if len(modes) == 1 and (phases == 0 or phases == modes[0]):
        return modes
    if phases in (1, 3) and not may_spend(memory.switched_at_s, params.switches, now_s):
        return (phases,)
    if phases == 3 and 1 in modes and _three_likely(memory) and left(memory.switched_at_s, params.switches, now_s) == 1:
        return (3,)  # the last switch must not end on one phase
    if power_w == math.inf:
        return modes
    fitting = tuple(
        n
        for n in modes
        if current_for(power_w, n, car, params) >= (max(SWITCH_UP_A, car.least_a) if 0 < phases < n else car.least_a)
    )
    return fitting or modes[:1]


def _three_likely(memory: EvMemory) -> bool:
    """Whether three phases have used more surplus than one in the last minutes."""
    return memory.follow.earned.three_slow_w > memory.follow.earned.one_slow_w


def _wired_modes(
    info: ChargerInfo,
    own_targets: ChargerTargets,
    ev: Ev,
    memory: EvMemory,
    observed: Observation,
    car: CarLimits,
    now_s: float,
    causes: list[Cause],
) -> tuple[int, ...]:
    charger, phases = info.site, ev.phases.value
    if not charger.can_switch_phases:
        return (3,) if (phases or len(charger.phase_map)) > 1 else (1,)
    if phases is not None and now_s - observed.unswitched_since_s > REFUSES_S:
        phases = 1 if phases == 1 else 3
        causes.append(Cause("ev.phases_refused", f"{info.device}.phases", "", (("phases", phases),)))
        return (phases,)
    if own_targets.phases is not None:
        return own_targets.phases
    if car.phases == 1:
        return (1,)
    if memory.running and ev.status.value is CHARGING:
        power_w = ev.power_w.value
        if (observed.car.take * observed.car.target_w if power_w is None else power_w) >= NOTHING_W:
            return (1, 3)
    return _without_draw(memory, observed)


def _without_draw(memory: EvMemory, observed: Observation) -> tuple[int, ...]:
    """The modes while the car draws nothing. If it draws nothing of an offer, or drew nothing of the last one, a switch
    only wears the relays. A start on one phase remains possible."""
    phases = memory.phases
    if phases not in (1, 3):
        return (1, 3)
    if memory.running:
        return (phases,)
    was_silent = memory.idled_at_s > -math.inf or observed.facts.session.silent_a > 0.0
    return (phases,) if was_silent and phases == 1 else (1, 3)


def current_for(power_w: float, phases: int, car: CarLimits, params: Params) -> float:
    """The largest current within a power limit, A. The limit must hold even at high voltage."""
    used = car.certain_phases if phases > 1 else 1
    return power_w / (used * params.high_voltage_v)
