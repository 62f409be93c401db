"""What a battery order means in channels of an Edge.

Setpoints are of the AC side: on a hybrid they include the PV on the battery's own inverter. Equals is never
combined with bounds, for a stale one would win for ever. Only integers are sent: anything else is taken
without a word and then poisons every cycle of the Edge.
"""

from __future__ import annotations

import math

from optimizer.devices.fems.channels import EQUALS, GREATER, LESS
from optimizer.devices.port import DeviceError
from optimizer.model.decision import BatteryAction, BatteryOrder

MOST_W = 1_000_000.0


def needs_dc_pv(order: BatteryOrder) -> bool:
    """Whether the order can only be said of a hybrid with its DC PV known."""
    return bool(targets(order, 0.0))


def targets(order: BatteryOrder, dc_pv_w: float) -> dict[str, int]:
    """The channels to be set, in W on the AC side; all others must be withdrawn. Empty: leave it to itself.

    `dc_pv_w` is the PV on the battery's own inverter, 0 where there is none. Raises DeviceError refused for an
    order that is no number.
    """
    if order.action is BatteryAction.AUTO:
        return {}
    if order.action is BatteryAction.POWER:
        return {EQUALS: round(_sound(order.power_w) + dc_pv_w)}
    bounds: dict[str, int] = {}
    if order.max_discharge_w is not None:
        bounds[LESS] = math.floor(max(0.0, _sound(order.max_discharge_w)) + dc_pv_w)
    if order.max_charge_w is not None:
        bounds[GREATER] = math.ceil(dc_pv_w - max(0.0, _sound(order.max_charge_w)))
    return bounds


def _sound(watts: float) -> float:
    if not abs(watts) <= MOST_W:
        raise DeviceError("refused", f"{watts} W is no setpoint for a battery")
    return watts
