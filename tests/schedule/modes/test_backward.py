"""The cost from a state on is that of living through the best actions, as far as the points are close enough."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.schedule.ends import ends_of
from optimizer.schedule.modes.axes import axes_of
from optimizer.schedule.modes.backward import cost_to_go
from optimizer.schedule.modes.starts import first_flags, flags_of, starts_of
from optimizer.schedule.modes.stretch import stretch_of
from optimizer.schedule.problem import SpareWorth
from optimizer.schedule.simulate import Plan, live_through
from tests.schedule.problems import car, problem_of, steps_of

QUARTER_WH = 2760.0


@settings(max_examples=40, deadline=None)
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
