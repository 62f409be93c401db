from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.memory import Earned
from optimizer.control.params import FollowParams, Params
from optimizer.control.request.gain import expected_w
from optimizer.control.request.inputs import FollowerInputs, SiteInputs
from optimizer.control.request.mode import choose
from optimizer.control.request.wear import Relays, brake, switch_factor, switch_price_w

PARAMS = FollowParams()
RELAYS = Params()
NOW_S = 100_000.0
LONG_S = 3600.0
"""A run that is older than the shortest one."""
GAIN_W = st.floats(-4140.0, 11_040.0)
TURNS = st.floats(0.0, 20.0)
AGES_S = st.lists(st.floats(0.0, 80_000.0), max_size=40).map(
    lambda ages_s: tuple(NOW_S - age for age in sorted(ages_s))
)
"""Times of relay operations, ascending."""


@st.composite
def earnings(
    draw: st.DrawFn, one_w: st.SearchStrategy[float] = GAIN_W, three_w: st.SearchStrategy[float] = GAIN_W
) -> Earned:
    """Any averages in these ranges, without a lasting lack of surplus."""
    return Earned(
        one_w=draw(one_w),
        three_w=draw(three_w),
        one_fast_w=draw(one_w),
        three_fast_w=draw(three_w),
        one_slow_w=draw(one_w),
        three_slow_w=draw(three_w),
        sun_slow_w=5000.0,
        one_turns=draw(TURNS),
        three_turns=draw(TURNS),
    )


def seen(modes: tuple[int, ...], started_at_s: tuple[float, ...] = ()) -> FollowerInputs:
    """Inputs of a car on a charger with these numbers of phases."""
    return FollowerInputs(
        site_inputs=SiteInputs(now_s=NOW_S, pv_w=None, pv_at_s=0.0, grid_share=0.5),
        surplus_w=5000.0,
        free_w=math.inf,
        trims=False,
        modes=modes,
        one_w_per_a=230.0,
        three_w_per_a=690.0,
        max_a=16.0,
        lasting_a=16.0,
        step_a=0.1,
        keep_on=False,
        cover_w=5000.0,
        may_start=True,
        starts=Relays(started_at_s, RELAYS.surplus_starts),
        switches=Relays((), RELAYS.switches),
        coming_w=0.0,
        ahead_s=PARAMS.lookahead_s,
    )


def chosen(mode: int, earned: Earned, inputs: FollowerInputs) -> int:
    """The number of phases after `mode`. 0: off."""
    return choose(mode, True, LONG_S, earned, inputs, PARAMS, 1.0).phases


@given(earnings(st.floats(0.0, 2000.0), st.floats(-3000.0, 3000.0)))
def test_a_car_on_three_phases_stops_only_if_one_phase_brings_less_than_the_switch_costs(earned: Earned) -> None:
    one_w, _ = expected_w(earned, (1, 3), PARAMS)
    if one_w >= switch_price_w(PARAMS, earned.three_fast_w, switch_factor(PARAMS, earned.three_turns)):
        assert chosen(3, earned, seen((1, 3))) != 0


@given(earnings(st.floats(-500.0, 2000.0), st.floats(-3000.0, 3000.0)))
def test_a_stop_on_three_phases_and_a_switch_rest_on_one_expectation(earned: Earned) -> None:
    one_w, three_w = expected_w(earned, (1, 3), PARAMS)
    after = chosen(3, earned, seen((1, 3)))
    if three_w > 0.0:
        assert after != 0
    if three_w > one_w:
        assert after != 1


@given(earnings(), GAIN_W, GAIN_W, GAIN_W)
def test_a_charger_that_cannot_switch_decides_by_its_own_phases_alone(
    earned: Earned, now_w: float, fast_w: float, slow_w: float
) -> None:
    for phases, others in (
        (3, _other_one(earned, now_w, fast_w, slow_w)),
        (1, _other_three(earned, now_w, fast_w, slow_w)),
    ):
        for mode in (0, phases):
            assert chosen(mode, others, seen((phases,))) == chosen(mode, earned, seen((phases,)))


def _other_one(earned: Earned, now_w: float, fast_w: float, slow_w: float) -> Earned:
    """Another gain on one phase."""
    return earned._replace(one_w=now_w, one_fast_w=fast_w, one_slow_w=slow_w)


def _other_three(earned: Earned, now_w: float, fast_w: float, slow_w: float) -> Earned:
    """Another gain on three phases."""
    return earned._replace(three_w=now_w, three_fast_w=fast_w, three_slow_w=slow_w)


@given(earnings(), st.sampled_from((1, 3)), AGES_S)
def test_a_run_that_goes_on_with_few_starts_goes_on_with_many(
    earned: Earned, mode: int, started_at_s: tuple[float, ...]
) -> None:
    used, unused = chosen(mode, earned, seen((1, 3), started_at_s)), chosen(mode, earned, seen((1, 3)))
    if used == 0:
        assert unused == 0


def test_a_stop_that_pays_without_used_starts_waits_with_them() -> None:
    lost = Earned(one_w=-300.0, one_fast_w=-300.0, one_slow_w=-300.0, sun_slow_w=1000.0, one_turns=PARAMS.on_turns)
    lost = lost._replace(three_w=-2000.0, three_fast_w=-2000.0, three_slow_w=-2000.0)
    many = tuple(NOW_S - 3000.0 + 300.0 * start for start in range(8))
    assert brake(Relays(many, RELAYS.surplus_starts), NOW_S) > 2.0
    assert chosen(1, lost, seen((1, 3))) == 0
    assert chosen(1, lost, seen((1, 3), many)) == 1


def test_lasting_lack_ends_a_run_also_with_many_starts() -> None:
    lack = Earned(one_w=-1300.0, one_fast_w=-1300.0, one_slow_w=-1300.0, sun_slow_w=100.0)
    lack = lack._replace(three_w=-4000.0, three_fast_w=-4000.0, three_slow_w=-4000.0)
    many = tuple(NOW_S - 3000.0 + 300.0 * start for start in range(9))
    assert chosen(1, lack, replace(seen((1, 3), many), surplus_w=100.0)) == 0
