"""The urgent readings that cause an early tick: a limit of the guard is crossed, or a car arrives or leaves."""

from __future__ import annotations

from optimizer.devices.port import Sample
from optimizer.model.site import NOMINAL_VOLTAGE_V, Site
from optimizer.model.state import Battery, Ev, Grid

FUSE_SHARE = 0.95
"""The part of the fuse from which the guard limits orders."""
OVERDRAW_A = 1.0


def urgent(before: Sample | None, after: Sample, site: Site) -> bool:
    """Whether the new sample of a device crosses a limit that the previous sample did not."""
    old = _alarms(before, site) if before is not None else frozenset[str]()
    return bool(_alarms(after, site) - old) or _car_changed(before, after)


def _alarms(sample: Sample, site: Site) -> frozenset[str]:
    found: set[str] = set()
    if sample.grid is not None:
        found |= _grid_alarms(sample.grid, site)
    for battery in sample.batteries:
        if _under_floor(battery, site):
            found.add(f"floor of {battery.name}")
    for ev in sample.evs:
        if _overdrawn(ev, site):
            found.add(f"current of {ev.name}")
    return frozenset(found)


def _grid_alarms(grid: Grid, site: Site) -> set[str]:
    found: set[str] = set()
    if grid.dimmed.value:
        found.add("dimmed")
    if grid.on_grid.value is False:
        found.add("island")
    limit_a = site.fuse_a * FUSE_SHARE
    if any((current.value or 0.0) > limit_a for current in grid.phase_current_a):
        found.add("fuse")
    if not grid.phase_current_a and (grid.power_w.value or 0.0) > limit_a * NOMINAL_VOLTAGE_V:
        # Without phase currents, one phase may carry all of the power.
        found.add("fuse")
    return found


def _under_floor(battery: Battery, site: Site) -> bool:
    known = site.batteries.get(battery.name)
    soc_percent, power_w = battery.soc_percent.value, battery.power_w.value
    if known is None or soc_percent is None or power_w is None:
        return False
    return soc_percent < known.floor_soc_percent and power_w > 0


def _overdrawn(ev: Ev, site: Site) -> bool:
    known = site.chargers.get(ev.name)
    if known is None:
        return False
    return any((current.value or 0.0) > known.max_current_a + OVERDRAW_A for current in ev.phase_current_a)


def _car_changed(before: Sample | None, after: Sample) -> bool:
    if before is None:
        return False
    old = {ev.name: ev.status.value for ev in before.evs}
    return any(ev.status.known and ev.status.value != old.get(ev.name) for ev in after.evs)
