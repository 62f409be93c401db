"""The cost from a state on is that of living through the best actions, as far as the points are close enough."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.schedule.ends import ends_of
from optimizer.schedule.modes.axes import Floats, axes_of
from optimizer.schedule.modes.backward import cost_to_go
from optimizer.schedule.modes.starts import first_flags, flags_of, starts_of
from optimizer.schedule.modes.stretch import stretch_of
from optimizer.schedule.problem import Car, Problem, SpareWorth, clipped
from optimizer.schedule.simulate import Plan, has_left, live_through
from tests.examples import one_in
from tests.schedule.problems import car, problem_of, problems, steps_of

QUARTER_WH = 2760.0


@settings(max_examples=one_in(2), deadline=None)
@given(
    st.lists(st.tuples(st.floats(5.0, 60.0), st.booleans()), min_size=1, max_size=5),
    st.integers(0, 5),
    st.floats(0.0, 40.0),
    st.sampled_from(["surplus", "fast"]),
    st.booleans(),
)
def test_the_cost_is_that_of_the_best_of_all_sequences(
    hours: list[tuple[float, bool]], quarters: int, worth_ct: float, running: str, charging: bool
) -> None:
    """Without a battery, and with whole quarter hours, every sequence of actions runs from point to point.

    The sequences have the actions that differ: in the sun `fast` does the same as `surplus`, and counts as it.
    """
    own = car(quarters * QUARTER_WH, 86_400.0, phases=(3,), running=running, spare=(SpareWorth(2760.0, worth_ct),))
    own = replace(own, charging=charging)
    sunny = [sun for _, sun in hours]
    steps = tuple(
        replace(step, pv_w=step.home_w + own.most_w * sun)
        for step, sun in zip(steps_of([price for price, _ in hours]), sunny, strict=True)
    )
    problem = problem_of(steps, cars=(own,))
    axes, ends, starts = axes_of(problem, own), ends_of(problem, own), starts_of(problem, own)
    present = stretch_of(problem, own, axes, 0, len(steps))
    gone = stretch_of(problem, None, axes, len(steps), len(steps))
    values, _ = cost_to_go(problem, own, axes, [present, gone], ends)
    costs = []
    choices = [[present.actions[place] for place in useful] for useful in present.useful]
    for actions in product(*choices):
        moments = live_through(problem, Plan(cars={"carport": actions}, battery=actions))
        cost_ct, flags = sum(moment.cost_ct for moment in moments), first_flags(problem, own)
        for action, sun in zip(actions, sunny, strict=True):
            after = flags_of(action, follows=sun and action.car == "surplus")
            stops = sun and action.car == "off"
            cost_ct += float(starts.begin_ct[flags, after]) + float(starts.interrupt_ct[flags]) * stops
            flags = after
        charged_wh = moments[-1].charged_wh["carport"]
        costs.append(cost_ct + float(np.interp(charged_wh, *ends.car)))
    now = float(values[0][first_flags(problem, own), 0, axes.charged_wh.searchsorted(-1.0)])
    assert now == pytest.approx(min(costs), abs=0.01)


@settings(max_examples=one_in(2), deadline=None)
@given(problems(most_cars=1), st.integers(0, 12))
def test_a_day_of_unknown_kind_costs_the_mean_of_its_kinds(problem: Problem, dark: int) -> None:
    """From the sun of a day on, each kind has the cost that it would have if it were certain.

    A certain day has no `fast` where `surplus` gives the same power, although it may stop at another energy. A day of
    two kinds may have both, so there it may cost less.
    """
    problem, _ = clipped(problem)
    sunny = [replace(step, pv_w=max(step.pv_w, 100.0), pv_spread_w=0.0) for step in problem.steps]
    steps = tuple(
        replace(step, pv_day_spread_w=0.4 * step.pv_w if index >= dark else 0.0) for index, step in enumerate(sunny)
    )
    own = problem.cars[0] if problem.cars and problem.cars[0].room_wh > 1000.0 else None
    dull, bright = (
        tuple(replace(step, pv_w=step.pv_w + sign * step.pv_day_spread_w, pv_day_spread_w=0.0) for step in steps)
        for sign in (-1.0, 1.0)
    )
    (both, useful), (one, one_useful), (other, other_useful) = (
        _values(replace(problem, steps=kind), own) for kind in (steps, dull, bright)
    )
    near_ct = 0.03 * len(steps)  # actions that differ by 1 W count as the same
    is_same = True
    for index in reversed(range(dark, len(steps))):
        is_same &= useful[index] == one_useful[index] == other_useful[index]
        difference = both[index] - (one[index] + other[index]) / 2.0
        assert difference.max() <= near_ct
        assert difference.min() >= -near_ct or not is_same


def _values(problem: Problem, own: Car | None) -> tuple[list[Floats], list[list[int]]]:
    """The costs by step, and the useful actions."""
    axes, left = axes_of(problem, own), 0 if own is None else sum(not has_left(own, step) for step in problem.steps)
    stretches = [
        stretch_of(problem, own, axes, 0, left),
        stretch_of(problem, None, axes, left, len(problem.steps)),
    ]
    useful = [found.tolist() for stretch in stretches for found in stretch.useful]
    return cost_to_go(problem, own, axes, stretches, ends_of(problem, own))[0], useful
