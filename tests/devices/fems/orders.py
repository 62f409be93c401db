"""Battery orders in short."""

from __future__ import annotations

from optimizer.model.decision import BatteryAction, BatteryOrder


def power(watts: float) -> BatteryOrder:
    return BatteryOrder(BatteryAction.POWER, power_w=watts)


def bounds(discharge_w: float | None = None, charge_w: float | None = None) -> BatteryOrder:
    return BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=discharge_w, max_charge_w=charge_w)
