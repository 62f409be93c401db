"""Limits: readings that the fuse or the rating of a device forbids."""

from __future__ import annotations

from optimizer.model.reading import Reading
from optimizer.model.site import NOMINAL_VOLTAGE_V, Site
from optimizer.model.state import Battery, Ev, Pv

PHASES = 3.0
OVER_EXPORT = 1.2
"""A fuse carries this multiple of its rating for hours (EN 60898-1: 1.13, SLS: 1.2). A larger export is an error."""
OVER_IMPORT = 2.0
"""A fuse carries an overload for some time, and the guard must see it. Only a larger import is an error."""
CHARGER_W = 3.0 * 253.0 * 40.0
"""More than any charger for alternating current draws: 32 A on three phases at the highest voltage, and a margin."""


def fuse_w(site: Site) -> float:
    """The power at the rating of the house fuse, W."""
    return PHASES * NOMINAL_VOLTAGE_V * site.fuse_a


def possible_grid(power_w: Reading[float], site: Site) -> Reading[float]:
    """The grid power, or unknown if no fuse of this size carries it."""
    value = power_w.value
    if value is None or -OVER_EXPORT * fuse_w(site) <= value <= OVER_IMPORT * fuse_w(site):
        return power_w
    direction = "export" if value < 0.0 else "import"
    why = f"implausible: {abs(value) / 1000.0:.1f} kW of {direction} behind a fuse of {site.fuse_a:.0f} A"
    return Reading(None, power_w.at_s, why)


def possible_battery(battery: Battery, site: Site) -> Reading[float]:
    """The power of a battery, or unknown if no fuse of this size carries it."""
    value = battery.power_w.value
    if value is None or abs(value) <= OVER_IMPORT * fuse_w(site):
        return battery.power_w
    why = f"implausible: {abs(value) / 1000.0:.1f} kW behind a fuse of {site.fuse_a:.0f} A"
    return Reading(None, battery.power_w.at_s, why)


def possible_charger(ev: Ev) -> Reading[float]:
    """The power of a charger, or unknown if no charger for alternating current draws it."""
    value = ev.power_w.value
    if value is None or -CHARGER_W <= value <= CHARGER_W:
        return ev.power_w
    return Reading(None, ev.power_w.at_s, f"implausible: {abs(value) / 1000.0:.1f} kW at one charger")


def possible_pv(pv: Pv, site: Site) -> Reading[float]:
    """The power of a PV system, or unknown if it exceeds what the fuse, the house, and the batteries can take."""
    value = pv.power_w.value
    if value is None or value <= 2.0 * OVER_IMPORT * fuse_w(site):
        return pv.power_w
    why = f"implausible: {value / 1000.0:.1f} kW behind a fuse of {site.fuse_a:.0f} A"
    return Reading(None, pv.power_w.at_s, why)
