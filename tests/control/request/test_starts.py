from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.standing import MeterTest
from optimizer.control.memory import EvMemory
from optimizer.control.params import Params
from optimizer.control.request.starts import (
    IDLE_REST_S,
    LIMIT_REST_S,
    RESUMES,
    barred_by,
    held_by_meter,
    moved_for_test_a,
)
from optimizer.control.targets import ChargerTargets
from optimizer.model.decision import Cause, EvMode
from optimizer.model.state import Commanded
from optimizer.rules.book.overrides import RULE
from tests.control.house import ev

PARAMS, NOW_S = Params(), 100_000.0


def targets(mode: EvMode = EvMode.SURPLUS, rule: str = "a-rule") -> ChargerTargets:
    return ChargerTargets(
        mode=mode, rule=rule, current_a=math.inf, current=None, power=None, phases=None, energy_limit_wh=None
    )


def barred(memory: EvMemory, own: ChargerTargets | None = None) -> Cause | None:
    return barred_by(memory, own or targets(), PARAMS, NOW_S, "ev.carport")


def starts(number: int) -> tuple[float, ...]:
    """Starts in this hour, the last one some minutes ago."""
    return tuple(NOW_S - 120.0 - 60.0 * ago for ago in range(number, 0, -1))


def test_a_reserve_of_starts_belongs_to_the_owner() -> None:
    used = EvMemory(started_at_s=starts(PARAMS.surplus_starts.per_hour))
    cause = barred(used)
    assert cause is not None
    assert (cause.code, dict(cause.numbers)["per_hour"]) == ("budget.start", 10)
    assert barred(used, targets(EvMode.FAST)) is None
    assert barred(used, targets(rule=RULE)) is None
    all_used = EvMemory(started_at_s=starts(PARAMS.starts.per_hour))
    assert barred(all_used, targets(EvMode.FAST)) is not None


@given(st.integers(0, 60), st.integers(0, 12), st.booleans())
def test_the_cause_tells_whether_the_starts_are_used_or_only_too_near(ago_s: int, earlier: int, fast: bool) -> None:
    memory = EvMemory(started_at_s=(*starts(earlier), NOW_S - ago_s))
    allowed = PARAMS.starts if fast else PARAMS.surplus_starts
    cause = barred(memory, targets(EvMode.FAST) if fast else None)
    if earlier + 1 >= allowed.per_hour:
        assert cause is not None
        assert cause.code == "budget.start"
    elif ago_s < allowed.spacing_s:
        assert cause == Cause(
            "start.spacing",
            "ev.carport",
            numbers=(("rest_s", allowed.spacing_s - ago_s), ("spacing_s", allowed.spacing_s)),
        )
    else:
        assert cause is None


def test_a_start_after_a_gap_has_its_own_limited_budget() -> None:
    used = EvMemory(started_at_s=starts(PARAMS.surplus_starts.per_hour), gapped=True)
    assert barred(used) is None
    assert barred(used._replace(gapped=False)) is not None
    assert barred(used._replace(resumed_at_s=starts(RESUMES.per_hour))) is not None


def test_a_stop_by_a_limit_is_followed_by_a_rest() -> None:
    cut = EvMemory(cut_at_s=NOW_S - 100.0)
    cause = barred(cut)
    assert cause is not None
    assert (cause.code, cause.numbers) == ("limit.rest", (("rest_s", LIMIT_REST_S - 100.0),))
    assert barred(EvMemory(cut_at_s=NOW_S - LIMIT_REST_S)) is None
    assert barred(EvMemory(cut_at_s=NOW_S - LIMIT_REST_S, started_at_s=starts(1))) is not None


def test_a_car_that_drew_nothing_rests_except_in_fast() -> None:
    idle = EvMemory(idled_at_s=NOW_S - IDLE_REST_S + 10.0)
    cause = barred(idle)
    assert cause is not None
    assert (cause.code, cause.numbers) == ("ev.rest", (("rest_s", 10.0),))
    assert barred(idle, targets(EvMode.FAST)) is None
    assert barred(EvMemory()) is None


@pytest.mark.parametrize(("raise_w", "held_a"), [(0.0, 0.0), (700.0, 6.0)])
def test_a_paused_car_starts_only_if_the_meter_allows_a_raise(raise_w: float, held_a: float) -> None:
    assert held_by_meter(raise_w, ev(), EvMemory(), (1, 3)) == ((1, 3), held_a)


def test_a_running_car_stays_or_rises_by_what_the_meter_allows() -> None:
    car, memory = ev(commanded=Commanded(8.0, False, 1, 0.0)), EvMemory(running=True, phases=1)
    assert held_by_meter(0.0, car, memory, (1, 3)) == ((1,), pytest.approx(8.0))
    assert held_by_meter(690.0, car, memory, (1, 3)) == ((1,), pytest.approx(11.0))
    assert held_by_meter(2300.0, car, memory, (1, 3)) == ((1, 3), pytest.approx(18.0))
    down = held_by_meter(0.0, car, memory._replace(phases=3), (1, 3))
    assert down == ((1, 3), pytest.approx(8.0))
    assert held_by_meter(0.0, ev(), EvMemory(running=True, phases=1), (3,)) == ((3,), 6.0)


@pytest.mark.parametrize("offered_a", [6.0, 16.0, 32.0])
@pytest.mark.parametrize("phases", [1, 3])
def test_a_car_that_goes_to_its_least_current_uses_no_more_phases_than_before(offered_a: float, phases: int) -> None:
    car, memory = ev(commanded=Commanded(offered_a, False, phases, 0.0)), EvMemory(running=True, phases=phases)
    modes = (1,) if phases == 1 else (1, 3)
    assert held_by_meter(0.0, car, memory, (1, 3), 7.0, least_current=True) == (modes, 7.0)
    assert held_by_meter(0.0, car, EvMemory(), (1, 3), least_current=True) == ((1, 3), 0.0)


@pytest.mark.parametrize(
    ("moved_w", "offered_a", "cap_a", "step_a", "expected"),
    [
        (0.0, 10.0, 16.0, 0.1, (0.0, 10.0 - 600.0 / 690.0)),
        (138.0, 7.3, 16.0, 0.1, (0.0, 7.3 - 738.0 / 690.0)),
        (0.0, 6.5, 16.0, 0.1, (7.4, math.inf)),
        (0.0, 6.0, 16.0, 1.0, (7.0, math.inf)),
        (0.0, 6.0, 6.0, 0.1, (0.0, math.inf)),
        (-600.0, 9.1, 16.0, 0.1, (0.0, 9.1)),
        (600.0, 7.0, 16.0, 0.1, (7.0, 7.0)),
        (600.0, 7.0, 6.5, 0.1, (6.5, 7.0)),
    ],
)
def test_a_test_of_the_meter_moves_within_the_limits(
    moved_w: float, offered_a: float, cap_a: float, step_a: float, expected: tuple[float, float]
) -> None:
    car, memory = ev(commanded=Commanded(offered_a, False, 3, 0.0, offered_a)), EvMemory(phases=3, running=True)
    assert moved_for_test_a(MeterTest(moved_w), car, memory, 6.0, cap_a, step_a) == pytest.approx(expected)
