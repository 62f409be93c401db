"""The inverter of a battery, which carries out the Edge's setpoint: AC-coupled, or a hybrid of either kind.

`goodwe`: the Edge sets the power of the battery (setpoint less PV), so that PV leaves as it comes. Where the setpoint
equals what self-consumption wants, or the surplus that a full battery cannot take, the inverter is left to its own
automatic mode.
`curtails`: the inverter holds its AC power at the setpoint, and what the battery does not take stays on the roof.
"""

from __future__ import annotations

from typing import Literal

from optimizer.twin.battery import Battery

Inverter = Literal["goodwe", "curtails"]

SAME_W = 1.0
LEAST_PV_W = 100.0
"""An Edge sees no surplus in less PV than this."""


def surplus_w(battery: Battery) -> float | None:
    """The DC PV beyond what the battery may take, in W; None where there is none."""
    if battery.dc_pv_w < LEAST_PV_W:
        return None
    surplus = battery.dc_pv_w + battery.limits_w()[0]
    return surplus if surplus > 0.0 else None


def carry_out(battery: Battery, inverter: Inverter, setpoint_w: float, balancing_w: float, *, is_free: bool) -> str:
    """Command the battery for the next cycle; returns the mode of the inverter.

    `balancing_w` is the AC power that self-consumption wants, `is_free` whether no written value limits the setpoint.
    """
    if battery.spec.dc_pv_share <= 0.0:
        battery.command(setpoint_w, setpoint_w, follow=False)
        return "SET"
    if inverter == "curtails":
        if is_free:
            battery.command()
            return "AUTO"
        battery.command(setpoint_w, setpoint_w, follow=False)
        return "SET"
    surplus = surplus_w(battery)
    automatic = abs(setpoint_w - balancing_w) <= SAME_W or (surplus is not None and abs(setpoint_w - surplus) <= SAME_W)
    if automatic:
        battery.command()
        return "AUTO"
    battery.command_terminals(setpoint_w - battery.dc_pv_w)
    return "CHARGE_BAT" if setpoint_w < battery.dc_pv_w else "DISCHARGE_BAT"
