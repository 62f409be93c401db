"""Limits: readings that the fuse or the rating of a device forbids."""

from __future__ import annotations

from optimizer.model.reading import Reading
from optimizer.model.site import NOMINAL_VOLTAGE_V, Site
from optimizer.model.state import Battery, Ev, Pv, State
from optimizer.words.text import Text

PHASES = 3.0
OVER_EXPORT = 1.2
"""A fuse carries this multiple of its rating for hours (EN 60898-1: 1.13, SLS: 1.2). A larger export is an error."""
OVER_IMPORT = 2.0
"""A fuse carries an overload for some time, and the guard must see it. Only a larger import is an error."""
CHARGER_W = 3.0 * 253.0 * 40.0
"""More than any charger for alternating current draws: 32 A on three phases at the highest voltage, and a margin."""

STANDBY_W = 500.0
"""A PV system without sun draws less than this. More is an opposite sign."""

BEHIND_FUSE = "implausible: {power_w} behind a fuse of {fuse_a}"
DAY_S = 86_400.0
DARK_S = 3600.0
"""A PV system produces nothing from this time after sunset until this time before sunrise."""
SHORTEST_NIGHT_S = 3.2 * 3600.0
"""In a shorter night the sun stays close to the horizon."""
DARK_W = 100.0
"""Meters of PV systems show some watts at night. More than this is an error."""


def fuse_w(site: Site) -> float:
    """The power at the rating of the house fuse, W."""
    return PHASES * NOMINAL_VOLTAGE_V * site.fuse_a


def possible_grid(power_w: Reading[float], site: Site) -> Reading[float]:
    """The grid power, or unknown if no fuse of this size carries it."""
    value = power_w.value
    if value is None or -OVER_EXPORT * fuse_w(site) <= value <= OVER_IMPORT * fuse_w(site):
        return power_w
    why = "implausible: {power_w} of import behind a fuse of {fuse_a}"
    if value < 0.0:
        why = "implausible: {power_w} of export behind a fuse of {fuse_a}"
    return Reading(None, power_w.at_s, Text(why, power_w=abs(value), fuse_a=site.fuse_a))


def possible_battery(battery: Battery, site: Site) -> Reading[float]:
    """The power of a battery, or unknown if no fuse of this size carries it."""
    value = battery.power_w.value
    if value is None or abs(value) <= OVER_IMPORT * fuse_w(site):
        return battery.power_w
    return Reading(None, battery.power_w.at_s, Text(BEHIND_FUSE, power_w=abs(value), fuse_a=site.fuse_a))


def possible_charger(ev: Ev) -> Reading[float]:
    """The power of a charger, or unknown if no charger for alternating current draws it."""
    value = ev.power_w.value
    if value is None or -CHARGER_W <= value <= CHARGER_W:
        return ev.power_w
    return Reading(None, ev.power_w.at_s, Text("implausible: {power_w} at one charger", power_w=abs(value)))


def possible_pv(pv: Pv, site: Site) -> Reading[float]:
    """The power of a PV system, or unknown if it exceeds what the fuse, the house, and the batteries can take, or if it
    is far below zero."""
    value = pv.power_w.value
    if value is None or -STANDBY_W <= value <= 2.0 * OVER_IMPORT * fuse_w(site):
        return pv.power_w
    if value < 0.0:
        return Reading(None, pv.power_w.at_s, Text("implausible: {power_w} of PV below zero", power_w=-value))
    return Reading(None, pv.power_w.at_s, Text(BEHIND_FUSE, power_w=value, fuse_a=site.fuse_a))


def dark(state: State) -> bool:
    """Whether it is night at the site. False in a short night, and while sunrise and sunset are unknown."""
    rise_s, set_s, local = state.sun.rise_s.value, state.sun.set_s.value, state.local
    if rise_s is None or set_s is None:
        return False
    now_s = local.hour * 3600.0 + local.minute * 60.0
    if (rise_s - set_s) % DAY_S < SHORTEST_NIGHT_S:
        return False
    return DARK_S <= (now_s - set_s) % DAY_S <= (rise_s - set_s) % DAY_S - DARK_S


def at_night(pv: Pv) -> Reading[float]:
    """The power of a PV system at night: unknown if it produces. The value stands still, or counts a battery as PV."""
    value = pv.power_w.value
    if value is None or value <= DARK_W:
        return pv.power_w
    return Reading(None, pv.power_w.at_s, Text("implausible: {power_w} of PV at night", power_w=value))
