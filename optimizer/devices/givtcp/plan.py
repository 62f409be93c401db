"""From an order for the battery to the settings of the inverter that bring it about (contract: givtcp).

What an earlier order changed and this one does not need goes back to what the owner had set. The reserve and
the switch of the target are never needed: the owner may change them meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from optimizer.devices.givtcp.cache import Cache
from optimizer.devices.givtcp.settings import (
    ECO_FLAGS,
    MODE,
    NO_SLOT,
    SETTINGS,
    ChargerRequest,
    Value,
    minutes_left,
    minutes_long,
    rate,
    slot,
)
from optimizer.model.decision import BatteryAction, BatteryOrder

LEASE_MINUTES = 15
"""A slot ends so long after its last extension: it is the lease, for there is no watchdog."""
EXTEND_MINUTES = 5
"""With less than this left of it, it is extended."""
LAST_MINUTE = "23:59"
FULL_PERCENT = 100
LEFT: Mapping[str, ChargerRequest] = {
    "charge_slot": {"charge_slot": NO_SLOT, "charge_on": "disable"},
    "discharge_slot": {"discharge_slot": NO_SLOT, **ECO_FLAGS},
    "pause_slot": {"pause_slot": NO_SLOT, "pause": "Disabled"},
}
"""What ends an order whose lease is in a slot."""


def wanted(
    order: BatteryOrder, cache: Cache, now: time, owners: ChargerRequest, most_charge_w: float, most_discharge_w: float
) -> ChargerRequest:
    """All settings while `order` stands, at the inverter's local time `now`.

    `owners` are the settings from before we took it. Powers are cut to the two limits (W ≥ 0).
    """
    if order.action is BatteryAction.BOUNDS:
        own = _bounds(order, cache, now, most_charge_w, most_discharge_w)
    elif order.power_w < 0.0:
        own = {
            "pause": "Disabled",
            "charge_rate": rate(cache.plate, min(-order.power_w, most_charge_w)),
            "charge_slot": _lease("charge_slot", cache, now),
            "target": FULL_PERCENT,
            "charge_on": "enable",
            MODE: "Eco",
        }
    elif order.power_w > 0.0:
        own = {
            "charge_on": "disable",
            "pause": "Disabled",
            "discharge_rate": rate(cache.plate, min(order.power_w, most_discharge_w)),
            "discharge_slot": _lease("discharge_slot", cache, now),
            MODE: "Timed Export",
        }
    else:
        own = _pause("PauseBoth", cache, now, ("charge_rate", "discharge_rate"))
    idle = {"reserve", "target_on"} | ({"eco", "discharge_on"} if MODE in own else set())
    rest = {name: value for name, value in owners.items() if name not in idle}
    return {**rest, **own}


def without_leases(seen: ChargerRequest) -> dict[str, Value]:
    """All settings as `seen`, but for what orders of ours have left; for where those from before are lost.

    A slot is taken for ours when it is no longer than a lease. Rates, and a pause without a slot, cannot be told
    from the owner's.
    """
    ours = [name for name in LEFT if 0 < minutes_long(seen.get(name)) <= LEASE_MINUTES]
    return {**seen, **{name: value for slot_name in ours for name, value in LEFT[slot_name].items() if name in seen}}


def _bounds(
    order: BatteryOrder, cache: Cache, now: time, most_charge_w: float, most_discharge_w: float
) -> dict[str, Value]:
    """Its own controller within limits: a pause where one is zero, rates where one is given."""
    limits = (
        ("charge_rate", order.max_charge_w, most_charge_w),
        ("discharge_rate", order.max_discharge_w, most_discharge_w),
    )
    rates: dict[str, Value] = {
        name: rate(cache.plate, min(limit_w, most_w), at_most=True)
        for name, limit_w, most_w in limits
        if limit_w is not None
    }
    none = tuple(name for name, value in rates.items() if value == 0)
    if not none:
        return rates
    mode = "PauseBoth" if len(none) == 2 else "PauseCharge" if none == ("charge_rate",) else "PauseDischarge"
    return {name: value for name, value in rates.items() if value} | _pause(mode, cache, now, none)


def _pause(mode: str, cache: Cache, now: time, rates: tuple[str, ...]) -> dict[str, Value]:
    """By the pause mode, within a slot as its lease; by rates of 0 on plants without it."""
    if SETTINGS["pause"].read(cache) is None:
        return dict.fromkeys(rates, 0)
    return {"pause": mode, "pause_slot": _lease("pause_slot", cache, now)}


def _lease(name: str, cache: Cache, now: time) -> Value:
    """The slot as it is while enough of it is left, and a new one from now on otherwise."""
    seen = SETTINGS[name].read(cache)
    left = minutes_left(seen, now)
    # A day's last slot cannot be extended.
    enough = left is not None and (left >= EXTEND_MINUTES or str(seen).endswith(LAST_MINUTE))
    if seen is not None and left is not None and enough and left <= LEASE_MINUTES:
        return seen
    return slot(now, LEASE_MINUTES)
