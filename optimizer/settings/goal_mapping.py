"""Converts the settings of goals into what the service follows."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.goal_text import aim_of, days_and_clock
from optimizer.model.goals import RepeatingGoal
from optimizer.schedule.goals import GoalPlan, VehicleFacts
from optimizer.settings.mapping import to_site
from optimizer.settings.root import Settings


def to_goal_plan(settings: Settings) -> GoalPlan:
    """The goals of the settings."""
    return GoalPlan(
        to_site(settings),
        tuple(_repeating(settings)),
        {
            name: VehicleFacts(one.charger or "", one.capacity_wh, one.charge_efficiency)
            for name, one in settings.vehicles.items()
        },
    )


def _repeating(settings: Settings) -> Iterator[RepeatingGoal]:
    for goal in settings.goals:
        days, clock_s = days_and_clock(goal.ready)
        usual = settings.vehicles[goal.vehicle].charger if goal.vehicle is not None else goal.charger
        yield RepeatingGoal(
            aim=aim_of(goal.aim_text),
            clock_s=clock_s,
            days=days,
            charger=usual or "",
            vehicle=goal.vehicle or "",
        )
