"""Intent: what a charger would do with its part of the surplus, before limits and budgets."""

from __future__ import annotations

import math

from optimizer.control.descriptors import ChargerInfo
from optimizer.control.estimate.car_facts import SILENT
from optimizer.control.estimate.car_limits import CarLimits
from optimizer.control.estimate.car_model import PACES, coming_w, settled
from optimizer.control.estimate.observation import Observation
from optimizer.control.memory import EvMemory, FollowMemory
from optimizer.control.request.follower import follow, lasting
from optimizer.control.request.inputs import make_follower_inputs
from optimizer.control.request.reasons import cause_of
from optimizer.control.request.sharing import Available, free_w
from optimizer.control.request.tick import Tick
from optimizer.control.request.wear import make_relays
from optimizer.control.targets import ChargerTargets
from optimizer.model.decision import FAST, MIN_SURPLUS, Cause
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import Ev
from optimizer.model.value import maker, value


@value
class ChargerInputs:
    """The inputs of one tick for one charger that can charge."""

    info: ChargerInfo
    ev: Ev
    memory: EvMemory
    observed: Observation
    targets: ChargerTargets
    available: Available
    part: float
    """Its part of the surplus in `available`."""
    car: CarLimits
    modes: tuple[int, ...]
    """The allowed numbers of phases."""
    cap_a: float
    """The largest current that the charger, the rules, and the meter allow, A."""
    lasting_a: float
    """The same without the meter, which holds the current only until it has shown the last raise or a test."""
    least_a: float
    """The least current to offer now, A: that of the car, or the next one to try with it."""
    draws: bool
    """Whether the car draws current, or may still start to draw."""
    barred: Cause | None
    """Why the charger may not charge now, or None."""
    test_a: float = 0.0
    """A charger that runs offers at least this current, A: a test of the meter. 0: no test."""


make_charger_inputs = maker(ChargerInputs)


@value
class Intent:
    """A request before limits and budgets."""

    phases: int
    current_a: float
    follow: FollowMemory
    wanted_w: float
    waits: bool = False


make_intent = maker(Intent)


def intent_of(tick: Tick, inputs: ChargerInputs) -> Intent:
    """The phases and the current that the charger would have in its mode."""
    mode, modes, cap_a = inputs.targets.mode, inputs.modes, inputs.cap_a
    if mode is FAST:
        phases = modes[-1]
        followed = inputs.memory.follow._replace(phases=phases)
        one_a_w = phases * inputs.observed.car.usual_take * NOMINAL_VOLTAGE_V
        return make_intent(phases, cap_a, followed, cap_a * one_a_w)
    if inputs.available.sun_w is None:
        return _without_surplus(tick, inputs)
    return _with_surplus(tick, inputs, inputs.available.sun_w * inputs.part)


def off(memory: FollowMemory) -> FollowMemory:
    """The memory of the follower in mode off."""
    return memory._replace(phases=0) if memory.phases else memory


def _without_surplus(tick: Tick, inputs: ChargerInputs) -> Intent:
    """The request in the modes `surplus` and `min_surplus` while the surplus is unknown."""
    memory, modes, targets = inputs.memory, inputs.modes, inputs.targets
    phases = memory.phases if memory.phases in modes else modes[0]
    rides = tick.rides and memory.running and lasting(memory.follow, phases, tick.state.mono_s, tick.gap_s)
    current_a = inputs.least_a if rides or targets.mode is MIN_SURPLUS else 0.0
    followed = memory.follow if rides else off(memory.follow)
    code = "surplus.gap" if rides else "surplus.unknown_min" if current_a else "surplus.unknown"
    tick.causes.append(Cause(code, inputs.info.subject, targets.rule, detail=tick.surplus.why))
    return make_intent(phases, current_a, followed, current_a * phases * NOMINAL_VOLTAGE_V)


def _with_surplus(tick: Tick, inputs: ChargerInputs, share_w: float) -> Intent:
    """The request in the modes `surplus` and `min_surplus` with a share of the surplus, W."""
    info, ev, memory, observed = inputs.info, inputs.ev, inputs.memory, inputs.observed
    targets, modes, least_a, cap_a, barred = inputs.targets, inputs.modes, inputs.least_a, inputs.cap_a, inputs.barred
    share_w, now_w, silent_w = _while_silent(tick, inputs, share_w)
    surplus, commanded, params, before = tick.surplus, ev.commanded, tick.plan.params, memory.follow.phases
    model = observed.car
    max_a = cap_a if cap_a > least_a else least_a
    # The trim learns only from a car that has followed a write to a current between the limits.
    trims = (
        inputs.draws
        and commanded is not None
        and least_a < commanded.offer_a < max_a
        and not surplus.held
        and settled(model, surplus.at_s)
    )
    one_w_per_a = model.usual_take * NOMINAL_VOLTAGE_V
    three_w_per_a = inputs.car.phases * one_w_per_a
    follower_inputs = make_follower_inputs(
        site_inputs=tick.site_inputs,
        surplus_w=share_w,
        free_w=now_w,
        trims=trims,
        modes=modes,
        one_w_per_a=one_w_per_a,
        three_w_per_a=three_w_per_a,
        max_a=max_a,
        lasting_a=min(max(inputs.lasting_a, max_a), observed.car.limit.limit_a),
        step_a=info.site.current_step_a,
        keep_on=targets.mode is MIN_SURPLUS,
        cover_w=share_w + inputs.available.kept_w,
        may_start=barred is None and cap_a >= least_a,
        starts=make_relays(memory.started_at_s, tick.plan.surplus_starts),
        switches=make_relays(memory.switched_at_s, params.switches),
        coming_w=coming_w(model, surplus.at_s) if before else 0.0,
        ahead_s=params.follow.lookahead_s * PACES[model.pace],
        least_a=least_a,
        behind=inputs.available.behind,
        start_s=observed.facts.start_s,
    )
    followed, request = follow(memory.follow, follower_inputs, params.follow)
    if silent_w > -math.inf:
        followed = followed._replace(silent_w=silent_w)
    running = request.phases > 0
    waits = running and not memory.running and now_w < min(request.needed_w, share_w)
    if barred is not None and not running and request.advantage_w > request.price_w:
        tick.causes.append(barred)
    else:
        cause = cause_of(info.subject, targets.rule, before, follower_inputs, request, params.follow, waits=waits)
        tick.causes.append(cause)
    if not running:
        wired = memory.phases or ev.phases.value or 0
        return make_intent(wired if wired in modes else modes[0], 0.0, followed, 0.0)
    per_a = one_w_per_a if request.phases == 1 and not _soon_three(followed, modes) else three_w_per_a
    wants_a = share_w / per_a
    wants_a = max_a if wants_a > max_a else wants_a if wants_a > least_a else least_a
    return make_intent(request.phases, 0.0 if waits else request.current_a, followed, wants_a * per_a, waits)


def _soon_three(followed: FollowMemory, modes: tuple[int, ...]) -> bool:
    """Whether a car on one phase is going to get three. Then the next charger does not get the power in between."""
    return 3 in modes and followed.earned.three_fast_w > followed.earned.one_fast_w


def _while_silent(tick: Tick, inputs: ChargerInputs, share_w: float) -> tuple[float, float, float]:
    """The share of a charger, the part that it may use now, and the share to remember, W.

    A car that draws nothing of its offer, or a small part of it, may start at any time. The meter shows the start
    before the next reading of the car, as if the surplus had fallen. A lower offer would stop the car again. Therefore
    the share does not fall before that reading.
    """
    memory, observed = inputs.memory, inputs.observed
    now_w = free_w(inputs.available, share_w, tick.surplus.drawn_w.get(inputs.info.name, 0.0))
    session = observed.facts.session
    if (observed.car.take > 0.0 and session.run != SILENT) or not memory.running or session.drawing:
        return share_w, now_w, -math.inf
    if observed.read_at_s == memory.observed.read_at_s and memory.follow.silent_w > share_w:
        share_w = now_w = memory.follow.silent_w
    return share_w, now_w, share_w
