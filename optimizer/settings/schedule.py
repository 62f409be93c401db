"""The settings of the schedule."""

from __future__ import annotations

from pydantic import Field

from optimizer.settings.site import Section


class ScheduleSettings(Section):
    """The schedule of cars and house battery by prices and goals. It acts through the rules in rules/schedule.yaml."""

    enabled: bool = True
    """Whether a schedule is made. It is made when a goal is set or when prices change."""
    battery_from_grid: bool = True
    """Whether the house battery may be charged from the grid."""
    battery_wear_ct: float = Field(default=2.0, ge=0, le=50)
    """Wear of the house battery in ct per kWh that it supplies."""
    start_cost_ct: float = Field(default=4.0, ge=0, le=50)
    """Cost of a start of a car, or of a switch of its phases, in ct. A higher one makes fewer pieces."""
    max_export_w: float | None = Field(default=None, ge=0, le=1_000_000)
    """Limit on feed-in in W. PV power above it is lost. Empty: no limit."""
