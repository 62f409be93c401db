"""Converts the settings of the schedule into what the scheduler takes."""

from __future__ import annotations

from optimizer.schedule.from_state import SchedulePlan
from optimizer.settings.mapping import to_site
from optimizer.settings.root import Settings


def to_schedule_plan(settings: Settings) -> SchedulePlan:
    """The constants of the schedule."""
    given = settings.schedule
    return SchedulePlan(
        site=to_site(settings),
        efficiencies={name: one.charge_efficiency for name, one in settings.vehicles.items()},
        alternative_ct=settings.tariff.alternative_ct,
        wear_ct=given.battery_wear_ct,
        charge_from_grid=given.battery_from_grid,
        start_ct=given.start_cost_ct,
        export_w=given.max_export_w,
    )
