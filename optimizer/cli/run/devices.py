"""From the settings of each device to the device itself."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from optimizer.devices.keep import Keep
from optimizer.devices.lines import shared_lines
from optimizer.devices.port import BatteryControl, Charger, SwitchControl
from optimizer.devices.registry import FACTORIES
from optimizer.model.clock import Clock
from optimizer.runtime.parts import Device
from optimizer.settings.adapters import DevicePlan, device_plans

if TYPE_CHECKING:
    from optimizer.settings import Settings

FIRST_READ_BACK_S = 2.0
LAST_READ_BACK_S = 8.0
"""The contract of the NRGkick: read back at 2 s and again at 8 s. A slower device needs longer."""
SETTLE_MARGIN_S = 5.0


def build_devices(settings: Settings, clock: Clock, keep: Keep) -> tuple[Device, ...]:
    """Every configured device, not yet connected, in configured order."""
    with shared_lines():
        return tuple(build_device(plan, clock, keep) for plan in device_plans(settings))


def build_device(plan: DevicePlan, clock: Clock, keep: Keep, held: Container[str] = ()) -> Device:
    """The protocols that an adapter implements determine its abilities.

    A battery with its key in `held` can be written to regardless of the settings, to hand it back.
    """
    adapter = FACTORIES[plan.brand](plan.config, clock, keep)
    writes = plan.controls_batteries or any(f"battery.{name}" in held for name in plan.batteries)
    return Device(
        name=plan.name,
        brand=plan.brand,
        meter=adapter,
        charger=adapter if plan.evs and isinstance(adapter, Charger) else None,
        battery=adapter if writes and isinstance(adapter, BatteryControl) else None,
        switch=adapter if plan.switches and isinstance(adapter, SwitchControl) else None,
        grid=plan.grid,
        side_meter=plan.side_meter,
        pvs=plan.pvs,
        batteries=plan.batteries,
        evs=plan.evs,
        switches=plan.switches,
        poll_s=plan.poll_s,
        deadline_s=plan.deadline_s,
        write_deadline_s=plan.write_deadline_s,
        hand_back_deadline_s=plan.hand_back_deadline_s,
        max_age_s=plan.max_age_s,
        settle_s=plan.settle_s,
        lag_s=(FIRST_READ_BACK_S, max(LAST_READ_BACK_S, plan.settle_s - SETTLE_MARGIN_S)),
        own_timeout_s=plan.own_timeout_s,
        on_exit=plan.on_exit,
    )
