"""Counter-flow: one battery discharges into another. Two conversions lose a fifth of the energy.

It begins when the surplus falls while one battery holds its charge power: another battery covers the difference, the
grid stays at zero, and nothing corrects it. A battery that follows the surplus at the command of the service gets a
charge limit then. A battery under its own control is only named.
"""

from __future__ import annotations

import math

from optimizer.control.descriptors import BatteryInfo
from optimizer.model.decision import HOLD_POWER, WITHIN_BOUNDS, BatteryOrder, Cause
from optimizer.model.state import State

COUNTER_FLOW_W = 300.0
"""Less than this is the control of two inverters at work."""
LASTS_S = 30.0
"""A shorter flow is a change of the surplus that one battery follows faster than the other."""


def counter_flow_w(state: State) -> float:
    """The power that goes from one battery into another, W ≥ 0. 0 while a battery's power is unknown."""
    charge_w = discharge_w = 0.0
    for battery in state.batteries.values():
        power_w = battery.power_w.value
        if power_w is None:
            return 0.0
        if power_w < 0.0:
            charge_w -= power_w
        else:
            discharge_w += power_w
    return min(charge_w, discharge_w)


def since(before_s: float, flow_w: float, now_s: float) -> float:
    """Since when there is a counter-flow, monotonic s. Infinite while there is none."""
    return min(before_s, now_s) if flow_w > COUNTER_FLOW_W else math.inf


def without_counter_flow(
    orders: dict[str, BatteryOrder],
    batteries: tuple[BatteryInfo, ...],
    state: State,
    flow_w: float,
    since_s: float,
) -> list[Cause]:
    """Limit the charge of batteries in `orders` that charge from another battery. Returns the causes."""
    if state.mono_s - since_s < LASTS_S:
        return []
    causes = []
    left_w = flow_w
    for info in batteries:
        battery, order = state.batteries.get(info.name), orders.get(info.name)
        power_w = None if battery is None else battery.power_w.value
        if order is None or power_w is None or power_w >= -COUNTER_FLOW_W or order.action is HOLD_POWER:
            continue  # a power that a rule claims is the owner's wish
        taken_w = min(left_w, -power_w)
        causes.append(Cause("battery.counter_flow", info.subject, numbers=(("flow_w", taken_w),)))
        if order.action is WITHIN_BOUNDS:
            limit_w = -power_w - taken_w
            if order.max_charge_w is None or limit_w < order.max_charge_w:
                orders[info.name] = BatteryOrder(WITHIN_BOUNDS, 0.0, limit_w, order.max_discharge_w)
            left_w -= taken_w
    return causes
