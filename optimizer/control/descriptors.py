"""Descriptors: the constant data of each device, computed once for all ticks."""

from __future__ import annotations

from optimizer.model.site import BatterySite, ChargerSite, Site, SwitchSite
from optimizer.model.value import value


@value
class ChargerInfo:
    """One charger."""

    name: str
    site: ChargerSite
    device: str
    """Its key in the commands: `ev.carport`."""
    subject: str
    """The subject of its causes: `ev.carport.current_a`."""


@value
class BatteryInfo:
    """One controllable battery with its share of the claims on all batteries."""

    name: str
    site: BatterySite
    share: float
    device: str
    """Its key in the commands: `battery.cellar`."""
    subject: str
    """The subject of its causes: `battery.cellar.power_w`."""


@value
class SwitchInfo:
    """One switchable load."""

    name: str
    site: SwitchSite
    device: str
    """Its key in the commands: `switch.boiler`."""
    subject: str
    """The subject of its causes: `switch.boiler.state`."""


def switch_infos(site: Site) -> tuple[SwitchInfo, ...]:
    """All switches, the highest priority first."""
    switches = sorted(site.switches.values(), key=lambda switch: -switch.priority)
    return tuple(SwitchInfo(one.name, one, f"switch.{one.name}", f"switch.{one.name}.state") for one in switches)


def charger_infos(site: Site) -> tuple[ChargerInfo, ...]:
    """All chargers, in configured order."""
    return tuple(
        ChargerInfo(name, charger, f"ev.{name}", f"ev.{name}.current_a") for name, charger in site.chargers.items()
    )


def battery_infos(site: Site) -> tuple[BatteryInfo, ...]:
    """The controllable batteries. Claims and limits on all batteries are divided by discharge power."""
    batteries = [battery for battery in site.batteries.values() if battery.controllable]
    total_w = sum(battery.max_discharge_w for battery in batteries) or 1.0
    return tuple(
        BatteryInfo(
            name=b.name,
            site=b,
            share=b.max_discharge_w / total_w,
            device=f"battery.{b.name}",
            subject=f"battery.{b.name}.power_w",
        )
        for b in batteries
    )
