"""From an order for the battery to the settings of the inverter that bring it about (contract: givtcp).

What an earlier order changed and this one does not need goes back to what the owner had set. The reserve and
the switch of the target are never needed: the owner may change them meanwhile. What a GivTCP cannot do (`missing`
routes) is done in another way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import time

from optimizer.devices.givtcp.cache import Cache
from optimizer.devices.givtcp.settings import (
    ECO_FLAGS,
    MODE,
    NO_SLOT,
    RATES,
    SETTINGS,
    Value,
    WantedSettings,
    minutes_left,
    minutes_long,
    rate,
    slot,
)
from optimizer.model.decision import BatteryAction, BatteryOrder

LEASE_MINUTES = {True: 15, False: 30}
"""A slot ends so long after its last extension: it is the lease, for there is no watchdog. Without real-time control
each extension wears the flash memory, so the lease is longer."""
BEFORE_MINUTES = 2
"""A slot starts so long before now: the inverter's clock may be behind ours, and the order must not start late."""
EXTEND_MINUTES = 5
"""With less than this left of it, it is extended."""
FULL_PERCENT = 100
PAUSE_ROUTES = frozenset({"setBatteryPauseMode", "setPauseSlot"})
MODES: Mapping[tuple[Value | None, Value | None], str] = {
    ("enable", "disable"): "Eco",
    ("enable", "enable"): "Timed Demand",
    ("disable", "enable"): "Timed Export",
}
"""Eco flag and discharge schedule → the mode that sets both."""
LEFT: Mapping[str, WantedSettings] = {
    "charge_slot": {"charge_slot": NO_SLOT, "charge_on": "disable"},
    "discharge_slot": {"discharge_slot": NO_SLOT, **ECO_FLAGS},
    "pause_slot": {"pause_slot": NO_SLOT, "pause": "Disabled"},
}
"""The settings that end an order whose lease is in a slot."""


def wanted(
    order: BatteryOrder,
    cache: Cache,
    now: time,
    owners: WantedSettings,
    limits_w: tuple[float, float],
    missing: Collection[str] = (),
) -> WantedSettings:
    """All settings while `order` stands, at the inverter's local time `now`.

    `owners` are the settings from before we took it. Powers are cut to the limits for charging and discharging (W ≥ 0).
    """
    own = _own(order, cache, now, limits_w, missing)
    charges = own.get("charge_on") == "enable"
    idle = {"reserve", "target_on"} | ({"eco", "discharge_on"} if MODE in own else set())
    # Without its switch the target has no effect, and in version 2 to write it is to switch it.
    idle |= {"target"} if charges or owners.get("target_on") == "disable" else set()
    rest = {name: value for name, value in owners.items() if name not in idle}
    return by_mode({**rest, **own}, missing)


def needs_rates(
    order: BatteryOrder, cache: Cache, now: time, limits_w: tuple[float, float], missing: Collection[str] = ()
) -> bool:
    """Whether `order` can be carried out only by setting a rate."""
    return not RATES.isdisjoint(_own(order, cache, now, limits_w, missing))


def _own(
    order: BatteryOrder, cache: Cache, now: time, limits_w: tuple[float, float], missing: Collection[str]
) -> dict[str, Value]:
    """The settings that `order` itself needs."""
    most_charge_w, most_discharge_w = limits_w
    if order.action is BatteryAction.BOUNDS:
        return _bounds(order, cache, now, limits_w, missing)
    if order.power_w < 0.0:
        return {
            "pause": "Disabled",
            "charge_rate": rate(cache.plate, min(-order.power_w, most_charge_w)),
            "charge_slot": _lease("charge_slot", cache, now),
            **({} if SETTINGS["target_on"].read(cache) == "disable" else {"target": FULL_PERCENT}),
            "charge_on": "enable",
            MODE: "Eco",
        }
    if order.power_w > 0.0:
        return {
            "charge_on": "disable",
            "pause": "Disabled",
            "discharge_rate": rate(cache.plate, min(order.power_w, most_discharge_w)),
            "discharge_slot": _lease("discharge_slot", cache, now),
            MODE: "Timed Export",
        }
    return _pause("PauseBoth", cache, now, ("charge_rate", "discharge_rate"), missing)


def restored(owners: WantedSettings, cache: Cache, missing: Collection[str] = ()) -> WantedSettings:
    """All settings that put back what the owner had."""
    idle = set()
    if owners.get("target_on") == "disable" or (not cache.has_target_switch and owners.get("target") == FULL_PERCENT):
        idle = {"target", "target_on"}
    elif not cache.has_target_switch:
        # Version 2 switches the target on by setting it.
        idle = {"target_on"}
    return by_mode({name: value for name, value in owners.items() if name not in idle}, missing)


def by_mode(settings: WantedSettings, missing: Collection[str]) -> WantedSettings:
    """The two flags of the mode as a mode, for a GivTCP that cannot set the first one alone."""
    mode = MODES.get((settings.get("eco"), settings.get("discharge_on")))
    if "setEcoMode" not in missing or mode is None:
        return settings
    return {name: value for name, value in settings.items() if name not in ECO_FLAGS} | {MODE: mode}


def without_leases(seen: WantedSettings) -> dict[str, Value]:
    """All settings as `seen`, but for what orders of ours have left; for where those from before are lost.

    A slot is taken for ours when it is no longer than a lease. Rates, and a pause without a slot, cannot be told
    from the owner's.
    """
    longest = max(LEASE_MINUTES.values()) + BEFORE_MINUTES
    ours = [name for name in LEFT if 0 < minutes_long(seen.get(name)) <= longest]
    return {**seen, **{name: value for slot_name in ours for name, value in LEFT[slot_name].items() if name in seen}}


def _bounds(
    order: BatteryOrder, cache: Cache, now: time, limits_w: tuple[float, float], missing: Collection[str]
) -> dict[str, Value]:
    """Its own controller within limits: a pause where one is zero, rates where one is given."""
    limits = (
        ("charge_rate", order.max_charge_w, limits_w[0]),
        ("discharge_rate", order.max_discharge_w, limits_w[1]),
    )
    rates: dict[str, Value] = {
        name: rate(cache.plate, min(limit_w, most_w)) for name, limit_w, most_w in limits if limit_w is not None
    }
    none = tuple(name for name, value in rates.items() if value == 0)
    if not none:
        return rates
    mode = "PauseBoth" if len(none) == 2 else "PauseCharge" if none == ("charge_rate",) else "PauseDischarge"
    return {name: value for name, value in rates.items() if value} | _pause(mode, cache, now, none, missing)


def _pause(mode: str, cache: Cache, now: time, rates: tuple[str, ...], missing: Collection[str]) -> dict[str, Value]:
    """By the pause mode, within a slot as its lease; by rates of 0 on plants without it.

    Version 2 shows a pause mode on every plant, but has no command for it.
    """
    if SETTINGS["pause"].read(cache) is None or not PAUSE_ROUTES.isdisjoint(missing):
        return dict.fromkeys(rates, 0)
    return {"pause": mode, "pause_slot": _lease("pause_slot", cache, now)}


def _lease(name: str, cache: Cache, now: time) -> Value:
    """The slot as it is while enough of it is left, and a new one from now on otherwise."""
    seen = SETTINGS[name].read(cache)
    left = minutes_left(seen, now)
    lease = LEASE_MINUTES[cache.real_time]
    if seen is not None and left is not None and EXTEND_MINUTES <= left <= lease + 1:
        return seen
    return slot(now, lease, since_minutes=BEFORE_MINUTES)
