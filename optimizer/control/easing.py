"""Easing: whether an order is in no way more risky for the fuses and the battery than what may stand. Pure.

An order that eases may go out when others may not: while the record of devices written to cannot be kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from optimizer.control.limiter import PAUSE, ChargerWrite
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.model.site import MIN_CURRENT_A


class PowerRange(NamedTuple):
    """The most that a battery may charge and discharge with under an order, W, both ≥ 0."""

    charge_w: float
    discharge_w: float


def charger_eases(write: ChargerWrite, may_stand_a: Iterable[float]) -> bool:
    """Whether the charger offers no more after `write`, whichever of the currents `may_stand_a` (A) it is set to.

    The lowest current that there is, one phase, and a pause offer no more than anything.
    """
    match write.kind:
        case "pause":
            return write == PAUSE
        case "current":
            return write.value <= max(MIN_CURRENT_A, min(may_stand_a, default=0.0))
        case "phases":
            return write.value <= 1.0
        case _:
            return False


def battery_eases(order: BatteryOrder, standing: BatteryOrder | None) -> bool:
    """Whether the battery may do no more under `order` than under `standing`; None if no order of ours stands.

    A hand-back always eases. Without a standing order the battery is under its own control, and no other order does.
    """
    if order.action is BatteryAction.AUTO:
        return True
    if standing is None or standing.action is BatteryAction.AUTO:
        return False
    after, before = power_range(order), power_range(standing)
    return after.charge_w <= before.charge_w and after.discharge_w <= before.discharge_w


def power_range(order: BatteryOrder) -> PowerRange:
    """What the order allows; infinite where it leaves the battery its own control."""
    match order.action:
        case BatteryAction.POWER:
            return PowerRange(max(0.0, -order.power_w), max(0.0, order.power_w))
        case BatteryAction.BOUNDS:
            return PowerRange(_bound(order.max_charge_w), _bound(order.max_discharge_w))
        case _:
            return PowerRange(math.inf, math.inf)


def _bound(limit_w: float | None) -> float:
    return math.inf if limit_w is None else max(0.0, limit_w)
