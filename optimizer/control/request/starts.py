"""Starts: whether a charger may start or raise now. Budgets, rests, and a meter without an answer can prevent it."""

from __future__ import annotations

import math

from optimizer.control.budget import HOUR_S, due_in_s, may_spend
from optimizer.control.judge.answers import MOVE_W
from optimizer.control.judge.standing import TEST_W, MeterTest
from optimizer.control.memory import EvMemory
from optimizer.control.params import RESUMES, Params
from optimizer.control.targets import ChargerTargets
from optimizer.model.decision import FAST, Cause
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V
from optimizer.model.state import Ev
from optimizer.rules.book.overrides import RULE as OVERRIDE_RULE

IDLE_REST_S = 3600.0
"""Time before the next try with a car that drew nothing. Otherwise every cloud would start a full car."""
LIMIT_REST_S = 300.0
"""Pause after a limit or the guard has stopped charging. Each start of the last hour extends it."""


def held_by_meter(
    raise_w: float,
    ev: Ev,
    memory: EvMemory,
    modes: tuple[int, ...],
    least_a: float = MIN_CURRENT_A,
    *,
    least_current: bool = False,
) -> tuple[tuple[int, ...], float]:
    """The modes and the largest current while the meter still has to show a raise. 0 A: no start now. `least_a` is the
    least current to offer to the car. `least_current`: a car that charges goes to it, on no more phases than now."""
    if not memory.running:
        return modes, least_a if raise_w > 0.0 else 0.0
    if least_current:
        return tuple(n for n in modes if n <= memory.phases) or modes, least_a
    commanded = ev.commanded
    offered_a = least_a if commanded is None or commanded.offer_a < least_a else commanded.offer_a
    phases = memory.phases
    most_w = offered_a * phases * NOMINAL_VOLTAGE_V + raise_w
    fitting = tuple(n for n in modes if n <= phases or n * NOMINAL_VOLTAGE_V * least_a <= most_w)
    return fitting or modes, max(least_a, most_w / (phases * NOMINAL_VOLTAGE_V))


def moved_for_test_a(
    test: MeterTest, ev: Ev, memory: EvMemory, least_a: float, cap_a: float, step_a: float
) -> tuple[float, float]:
    """The least and the largest current of a running charger while its car tests the grid meter, A. `least_a` and
    `cap_a` are those without a test, `step_a` the step of the charger."""
    commanded = ev.commanded
    if commanded is None or not memory.running or commanded.offer_a < least_a:
        return 0.0, math.inf
    offered_a, moved_w = commanded.offer_a, test.moved_w
    if moved_w <= -MOVE_W:
        return 0.0, offered_a
    if moved_w >= MOVE_W:
        return min(offered_a, cap_a), offered_a
    # Both goals are relative to the power when the value last changed. So the direction does not turn halfway.
    per_a = memory.phases * NOMINAL_VOLTAGE_V
    lower_a = offered_a - (TEST_W + moved_w) / per_a
    if lower_a >= least_a:
        return 0.0, lower_a
    higher_a = math.ceil((offered_a + (TEST_W - moved_w) / per_a) / step_a) * step_a
    return (higher_a, math.inf) if higher_a <= cap_a else (0.0, math.inf)


def barred_by(
    memory: EvMemory, own_targets: ChargerTargets, params: Params, now_s: float, subject: str, *, tries: bool = False
) -> Cause | None:
    """The cause that prevents a start of a paused charger now, or None. `tries`: with a higher current than the car
    was offered before."""
    by_hand = own_targets.mode is FAST or own_targets.rule == OVERRIDE_RULE
    starts = params.starts if by_hand else params.surplus_starts
    resumes = memory.gapped and may_spend(memory.resumed_at_s, RESUMES, now_s)
    if not resumes and not may_spend(memory.started_at_s, starts, now_s):
        rest_s = due_in_s(memory.started_at_s, starts, now_s)
        if may_spend(memory.started_at_s, starts._replace(spacing_s=0.0), now_s):
            return Cause("start.spacing", subject, numbers=(("rest_s", rest_s), ("spacing_s", starts.spacing_s)))
        numbers = (("per_hour", starts.per_hour), ("per_day", starts.per_day), ("rest_s", rest_s))
        return Cause("budget.start", subject, numbers=numbers)
    if now_s - memory.cut_at_s < LIMIT_REST_S * (1 + len(memory.started_at_s)):
        lately = sum(1 for at_s in memory.started_at_s if now_s - at_s < HOUR_S)
        left_s = memory.cut_at_s + LIMIT_REST_S * (1 + lately) - now_s
        if left_s > 0.0:
            return Cause("limit.rest", subject, numbers=(("rest_s", left_s),))
    left_s = memory.idled_at_s + IDLE_REST_S - now_s
    if left_s > 0.0 and own_targets.mode is not FAST and not tries:
        return Cause("ev.rest", subject, numbers=(("rest_s", left_s),))
    return None
