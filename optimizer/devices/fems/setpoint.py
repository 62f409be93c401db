"""A battery order in channels of an Edge.

Setpoints are of the AC side: on a hybrid they include the PV on the battery's own inverter. Equals is never combined
with bounds: a stale one would stay in force. Only integers are sent: an Edge accepts anything else, and then every
one of its cycles fails.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.devices.fems.channels import EQUALS, GREATER, LESS
from optimizer.devices.fems.headroom import LEAST_W
from optimizer.devices.port import DeviceError
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.words.text import Text

MOST_W = 1_000_000.0


class DcSide(NamedTuple):
    """The part of an AC setpoint that is not the battery's, W."""

    pv_w: float = 0.0
    """PV on the battery's own inverter in W; 0 where there is none."""
    headroom_w: float = 0.0
    """How far a setpoint without discharge stands above that PV in W; negative: below it."""
    takes_no_charge: bool = False
    """Whether the battery takes no charge now."""


NO_DC_SIDE = DcSide()


def needs_dc_side(order: BatteryOrder) -> bool:
    """Whether a setpoint for the order contains the DC PV."""
    return bool(targets(order))


def follows_pv(order: BatteryOrder) -> bool:
    """Whether the setpoint is the DC PV with its headroom while the battery takes no charge."""
    if order.action is BatteryAction.POWER:
        return order.power_w <= LEAST_W
    return order.max_discharge_w is not None and order.max_discharge_w <= LEAST_W


def targets(order: BatteryOrder, dc: DcSide = NO_DC_SIDE) -> dict[str, int]:
    """The channels to set, in W on the AC side; all others must be withdrawn. Empty: leave the battery to itself.

    A battery that takes no charge is not told to charge: a hybrid may then take its PV down instead. Raises
    DeviceError refused for an order that is no number.
    """
    if order.action is BatteryAction.AUTO:
        return {}
    nearest_w = abs(dc.headroom_w)
    if order.action is BatteryAction.POWER:
        power_w = _sound(order.power_w)
        if dc.takes_no_charge and power_w <= nearest_w:
            power_w = dc.headroom_w
        return {EQUALS: round(power_w + dc.pv_w)}
    bounds: dict[str, int] = {}
    if order.max_discharge_w is not None:
        discharge_w = max(0.0, _sound(order.max_discharge_w))
        bounds[LESS] = math.floor((discharge_w if discharge_w > nearest_w else dc.headroom_w) + dc.pv_w)
    if order.max_charge_w is not None:
        charge_w = max(0.0, _sound(order.max_charge_w), -dc.headroom_w)
        bounds[GREATER] = math.ceil(dc.pv_w - charge_w)
    return bounds


def _sound(watts: float) -> float:
    if not abs(watts) <= MOST_W:
        raise DeviceError("refused", Text("{watts} W is not a setpoint for a battery", watts=watts))
    return watts
