from __future__ import annotations

import math

import pytest

from optimizer.control.after_tick import follows_surplus, remember, take_up
from optimizer.control.estimate.observation import Observation
from optimizer.control.memory import EvMemory, FollowMemory
from optimizer.control.params import Params
from optimizer.control.request.charger import WAKE_S, ChargerRequest
from optimizer.control.request.starts import RESUMES
from optimizer.model.decision import EvOrder
from optimizer.model.state import Commanded, Ev, EvStatus
from tests.control.house import ev, reading

PARAMS = Params()
PAUSED, RUNNING = EvOrder(0.0, 3), EvOrder(8.0, 3)
FOLLOWING = FollowMemory(phases=3)
CAR = ev()


def after(
    memory: EvMemory, order: EvOrder, car: Ev = CAR, now_s: float = 100.0, intends: bool = True, gapped: bool = False
) -> EvMemory:
    wanted = ChargerRequest(order, FOLLOWING, draws=True, intends=intends, gapped=gapped)
    return remember(memory, Observation(), car, order, wanted, PARAMS, now_s)


def test_a_wish_that_limits_forbid_uses_no_relay() -> None:
    memory = EvMemory(phases=3)
    for tick in range(2000):
        memory = after(memory, PAUSED, now_s=5.0 * tick)
    assert memory.started_at_s == ()
    assert memory.follow.phases == 0


@pytest.mark.parametrize(
    ("running", "phases", "at_s", "follows"),
    [(True, 1, 100.0, True), (False, 1, 100.0, False), (True, 0, 100.0, False), (True, 3, 40.0, False)],
    ids=["charges by the surplus", "is paused", "is off", "charges fast"],
)
def test_a_car_follows_the_surplus_while_the_follower_runs_it(
    running: bool, phases: int, at_s: float, follows: bool
) -> None:
    memory = EvMemory(running=running, follow=FollowMemory(phases=phases, at_s=at_s))
    assert follows_surplus({"carport": memory}, 100.0) is follows


def test_an_ordered_start_and_switch_are_counted() -> None:
    memory = after(EvMemory(phases=3), RUNNING)
    assert memory.started_at_s == (100.0,)
    memory = after(memory, EvOrder(8.0, 1), now_s=200.0)
    assert memory.switched_at_s == (200.0,)


def test_a_charge_under_way_is_taken_up_and_is_no_start() -> None:
    memory = take_up(EvMemory(), ev(paused=False, phases=1, status=EvStatus.CHARGING))
    assert (memory.running, memory.phases, memory.follow.phases) == (True, 1, 1)
    assert after(memory, EvOrder(8.0, 1)).started_at_s == ()
    paused = take_up(EvMemory(), ev(paused=True, phases=3))
    assert (paused.running, paused.phases) == (False, 3)
    assert after(paused, EvOrder(0.0, 1)).switched_at_s == (100.0,)
    assert take_up(EvMemory(), ev(phases=None)) == EvMemory()


@pytest.mark.parametrize(
    ("gapped", "paused", "commanded_pause", "runs"),
    [(True, False, False, True), (False, False, False, False), (True, True, False, False), (True, False, True, False)],
    ids=["still charges", "was stopped by the sun", "is paused", "gets the pause just now"],
)
def test_a_charge_that_runs_when_its_charger_answers_again_is_taken_up(
    gapped: bool, paused: bool, commanded_pause: bool, runs: bool
) -> None:
    memory = after(EvMemory(running=True, phases=3), PAUSED, ev(status=None), gapped=gapped)
    assert not memory.running
    again = ev(paused=paused, commanded=Commanded(8.0, commanded_pause, 3, 50.0), status=EvStatus.CHARGING)
    memory = take_up(memory, again)
    assert memory.running is runs
    assert not runs or after(memory, RUNNING, again).started_at_s == ()


def test_an_energy_limit_is_ours_to_clear_until_the_charger_reports_none() -> None:
    memory = after(EvMemory(), EvOrder(8.0, 3, 5000))
    assert memory.limits_energy
    memory = after(memory, EvOrder(8.0, 3, 0), ev(energy_limit_wh=reading(5000.0, 0.0)))
    assert memory.limits_energy
    assert not after(memory, EvOrder(8.0, 3, 0), ev(energy_limit_wh=reading(0.0, 0.0))).limits_energy


def test_a_car_that_draws_nothing_is_noticed_until_it_draws_or_leaves() -> None:
    connected = ev(status=EvStatus.CONNECTED)
    memory = after(EvMemory(), RUNNING, connected, now_s=0.0)
    assert memory.idled_at_s == -math.inf
    memory = after(memory, RUNNING, connected, now_s=WAKE_S)
    assert memory.idled_at_s == WAKE_S
    assert after(memory, PAUSED, connected, now_s=200.0).idled_at_s == WAKE_S
    for status in (EvStatus.CHARGING, EvStatus.DISCONNECTED):
        assert after(memory, PAUSED, ev(status=status), now_s=200.0).idled_at_s == -math.inf


@pytest.mark.parametrize(("intends", "cut_at_s"), [(True, 100.0), (False, -math.inf)])
def test_what_a_limit_ended_is_remembered_and_what_the_sun_ended_is_not(intends: bool, cut_at_s: float) -> None:
    assert after(EvMemory(running=True), PAUSED, intends=intends).cut_at_s == cut_at_s


def test_a_start_after_a_gap_is_charged_to_its_own_budget() -> None:
    paused = after(EvMemory(running=True, phases=3), PAUSED, intends=False, gapped=True)
    assert paused.gapped
    paused = after(paused, PAUSED, now_s=200.0, gapped=True)
    resumed = after(paused, RUNNING, now_s=300.0)
    assert (resumed.resumed_at_s, resumed.started_at_s, resumed.gapped) == ((300.0,), (), False)


def test_a_stop_without_a_gap_and_a_pause_before_one_start_as_usual() -> None:
    stopped = after(EvMemory(running=True, phases=3), PAUSED, intends=False)
    gap_later = after(stopped, PAUSED, now_s=200.0, gapped=True)
    assert not gap_later.gapped
    started = after(gap_later, RUNNING, now_s=300.0)
    assert (started.resumed_at_s, started.started_at_s) == ((), (300.0,))


def test_starts_after_too_many_gaps_are_charged_as_usual() -> None:
    spent = tuple(100.0 + 30.0 * number for number in range(RESUMES.per_hour))
    memory = after(EvMemory(phases=3, gapped=True, resumed_at_s=spent), RUNNING, now_s=600.0)
    assert (memory.resumed_at_s, memory.started_at_s) == (spent, (600.0,))
