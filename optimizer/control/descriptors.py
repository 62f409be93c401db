"""Lines: what stays the same of each device from tick to tick, worked out once."""

from __future__ import annotations

from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.value import value


@value
class ChargerInfo:
    """One charger."""

    name: str
    site: ChargerSite
    device: str
    """Its key among the commands: `ev.carport`."""
    subject: str
    """What causes are about: `ev.carport.current_a`."""


@value
class BatteryInfo:
    """One controllable battery with its part of what is claimed for all of them."""

    name: str
    site: BatterySite
    share: float
    device: str
    """Its key among the commands: `battery.cellar`."""
    subject: str
    """What causes are about: `battery.cellar.power_w`."""


def charger_infos(site: Site) -> tuple[ChargerInfo, ...]:
    """All chargers, in configured order."""
    return tuple(
        ChargerInfo(name, charger, f"ev.{name}", f"ev.{name}.current_a") for name, charger in site.chargers.items()
    )


def battery_infos(site: Site) -> tuple[BatteryInfo, ...]:
    """The controllable batteries; claims and limits on all are shared by discharging power."""
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
