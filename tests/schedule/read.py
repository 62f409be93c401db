"""Reads the modes of a schedule in the order of its steps."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.model.schedule import Schedule


def car_modes_of(schedule: Schedule) -> list[str]:
    """The modes of the car at the carport."""
    return [slot.cars["carport"].mode for slot in schedule.slots if slot.cars]


def battery_modes_of(schedule: Schedule) -> list[str]:
    """The modes of the battery."""
    return [slot.battery.mode for slot in schedule.slots if slot.battery is not None]


def runs_of(modes: Sequence[str], mode: str) -> int:
    """The number of times that a mode begins."""
    return sum(one != mode and other == mode for one, other in zip(["", *modes], modes, strict=False))
