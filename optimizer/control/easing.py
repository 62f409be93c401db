"""Easing: whether an order adds no risk for the fuses and the battery, compared with the orders in force. Pure.

An order that eases is allowed while the service cannot keep its record of devices written to. Others are not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from optimizer.control.limiter import PAUSE, ChargerWrite
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.model.site import MIN_CURRENT_A


class PowerRange(NamedTuple):
    """The largest charge and discharge power that an order allows, W, both ≥ 0."""

    charge_w: float
    discharge_w: float


def charger_eases(write: ChargerWrite, may_stand_a: Iterable[float]) -> bool:
    """Whether the charger offers no more after `write` than before. Its setting is one of `may_stand_a`, A.

    The lowest possible current, one phase, and a pause always ease.
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


def battery_eases(order: BatteryOrder, in_force: BatteryOrder | None) -> bool:
    """Whether `order` allows the battery no more power than the order `in_force`. None: there is no order.

    A hand-back always eases. Without an order in force the battery uses its own control, and no other order eases.
    """
    if order.action is BatteryAction.AUTO:
        return True
    if in_force is None or in_force.action is BatteryAction.AUTO:
        return False
    after, before = power_range(order), power_range(in_force)
    return after.charge_w <= before.charge_w and after.discharge_w <= before.discharge_w


def power_range(order: BatteryOrder) -> PowerRange:
    """The power that the order allows. It is infinite where the battery uses its own control."""
    match order.action:
        case BatteryAction.POWER:
            return PowerRange(max(0.0, -order.power_w), max(0.0, order.power_w))
        case BatteryAction.BOUNDS:
            return PowerRange(_bound(order.max_charge_w), _bound(order.max_discharge_w))
        case _:
            return PowerRange(math.inf, math.inf)


def _bound(limit_w: float | None) -> float:
    return math.inf if limit_w is None else max(0.0, limit_w)
