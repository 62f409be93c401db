"""Several cars share what there is, and no small lack is left."""

from __future__ import annotations

from dataclasses import replace

from optimizer.model.schedule import Goal
from optimizer.schedule.in_turn import solve_modes
from optimizer.schedule.solve import solve
from tests.schedule.problems import HOUR_S, NIGHT, QUARTER_S, START_S, car, problem_of, steps_of


def test_two_cars_share_a_limit() -> None:
    first = car(need_wh=8000.0, leaves_in_s=5 * HOUR_S)
    goal = Goal(charger="garage", ready_at_s=START_S + 7 * HOUR_S, need_wh=8000.0)
    second = replace(first, charger="garage", goal=goal)
    schedule = solve(problem_of(steps_of(NIGHT), cars=(second, first), most_import_w=12_000.0))
    assert [outcome.lack_wh for outcome in schedule.outcomes] == [0.0, 0.0]
    assert all(sum(one.power_w for one in slot.cars.values()) + slot.home_w <= 12_000.1 for slot in schedule.slots)


def test_the_last_step_is_bought_although_its_lack_would_cost_less() -> None:
    """Nine free quarter hours, a half hour with dear sun, a dear quarter hour, and a free one."""
    first = steps_of([0.0] * 36, home_w=0.0)
    sunny = replace(first[9], end_s=first[10].end_s, feed_in_ct=28.0, pv_w=2015.0)
    steps = (*first[:9], sunny, replace(first[11], import_ct=34.0), *first[12:])
    own = car(need_wh=9717.5, leaves_in_s=13 * QUARTER_S, phases=(1,), room_wh=1e6)
    assert solve_modes(problem_of(steps, cars=(own,))).outcomes[0].lack_wh <= 1.0
