from __future__ import annotations

import math

import pytest

from optimizer.control.descriptors import charger_infos
from optimizer.control.estimate.car_limits import car_limits
from optimizer.control.estimate.observation import Observation
from optimizer.control.memory import Earned, EvMemory, FollowMemory
from optimizer.control.params import Params
from optimizer.control.request.phases import modes_of
from optimizer.control.targets import ChargerTargets
from optimizer.model.decision import Cause, EvMode
from optimizer.model.state import EvStatus
from tests.control.house import ev, site

PARAMS, NOW_S = Params(), 100_000.0
INFO = charger_infos(site())[0]
OWN = ChargerTargets(
    mode=EvMode.SURPLUS, rule="a-rule", current_a=math.inf, current=None, power=None, phases=None, energy_limit_wh=None
)
THREE_EARN = FollowMemory(3, earned=Earned(three_slow_w=5000.0, one_slow_w=3680.0))
ONE_EARNS = FollowMemory(3, earned=Earned(three_slow_w=-500.0, one_slow_w=1500.0))


def modes(memory: EvMemory, power_w: float = math.inf, phases: int = 3) -> tuple[int, ...]:
    causes: list[Cause] = []
    car = ev(status=EvStatus.CHARGING, power_w=2000.0, phases=phases)
    observed = Observation()
    limits = car_limits(observed, INFO.site, NOW_S)
    return modes_of(INFO, OWN, car, memory, observed, limits, power_w, PARAMS, NOW_S, causes)


def switched(left: int) -> tuple[float, ...]:
    """Switches of this hour that leave so many."""
    return tuple(NOW_S - 100.0 - 60.0 * ago for ago in range(PARAMS.switches.per_hour - left, 0, -1))


@pytest.mark.parametrize(
    ("follow", "left", "allowed"),
    [
        (THREE_EARN, 2, (1, 3)),
        (THREE_EARN, 1, (3,)),
        (ONE_EARNS, 1, (1, 3)),
        (ONE_EARNS, 0, (3,)),
    ],
)
def test_the_last_switch_does_not_end_on_one_phase_while_three_are_likely(
    follow: FollowMemory, left: int, allowed: tuple[int, ...]
) -> None:
    assert modes(EvMemory(follow=follow, phases=3, switched_at_s=switched(left))) == allowed


def test_the_last_switch_may_lead_up() -> None:
    assert modes(EvMemory(follow=THREE_EARN, phases=1, switched_at_s=switched(1)), phases=1) == (1, 3)


def test_a_power_limit_removes_three_phases() -> None:
    assert modes(EvMemory(phases=3), power_w=4000.0) == (1,)
    assert modes(EvMemory(phases=3), power_w=6000.0) == (1, 3)
