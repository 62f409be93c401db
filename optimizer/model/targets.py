"""Targets: the table of all values that rules can claim or limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from optimizer.model.fields import FIRST_IS_MEANT, DeviceNames, qualified
from optimizer.model.kinds import (
    BATTERY_MODE,
    CURRENT,
    ENERGY,
    EV_MODE,
    EV_PHASES,
    NUMBER,
    POWER,
    SURPLUS_PRIORITY,
    SWITCH_STATE,
    VEHICLE,
    Kind,
    vehicle_kind,
)
from optimizer.model.lookup import Family
from optimizer.model.site import MAX_CURRENT_A, MIN_CURRENT_A


@dataclass(frozen=True, slots=True)
class Target:
    """One value that rules can set."""

    name: str
    """Without a device: `ev.mode`."""
    kind: Kind
    meaning: str
    low: float = 0.0
    """Smallest value, in the kind's base unit. For a limit, the strictest."""
    high: float = 0.0
    family: Family | None = None
    unclaimed: str = ""
    """The value without a claim or an active limit."""


@dataclass(frozen=True, slots=True)
class TargetRef:
    """A target of one device, by its name in a rule."""

    target: Target
    device: str

    @property
    def name(self) -> str:
        """The canonical name: `ev.carport.mode`, `battery.mode`."""
        return qualified(self.target.name, self.device)


def find_target(name: str, table: Mapping[str, Target], names: DeviceNames) -> TargetRef | None:
    """The target with this name in a rule, or None if there is none.

    `ev` without a name is the only or the first charger, and `switch` the only or the first switch. `battery`
    without a name is all batteries. A single battery
    always has the name without a device, so that claims on it compare in both notations.
    """
    plain = table.get(name)
    if plain is not None:
        if plain.family is None or plain.family not in FIRST_IS_MEANT:
            return TargetRef(plain, "")
        return TargetRef(_of_house(plain, names.vehicles), next(iter(names.of(plain.family)), ""))
    parts = name.split(".")
    if len(parts) != 3:
        return None
    named = table.get(f"{parts[0]}.{parts[2]}")
    if named is None or named.family is None or parts[1] not in names.of(named.family):
        return None
    only = named.family not in FIRST_IS_MEANT and len(names.of(named.family)) == 1
    return TargetRef(_of_house(named, names.vehicles), "" if only else parts[1])


def _of_house(target: Target, vehicles: tuple[str, ...]) -> Target:
    """The target as this house has it: the names of vehicles are the words of its kind."""
    return _with_vehicles(target, vehicles) if target.kind is VEHICLE else target


@cache
def _with_vehicles(target: Target, vehicles: tuple[str, ...]) -> Target:
    return replace(target, kind=vehicle_kind(vehicles))


def target_names(table: Mapping[str, Target], names: DeviceNames) -> tuple[str, ...]:
    """Every name that `find_target` knows, for "did you mean"."""
    own = tuple(qualified(t.name, device) for t in table.values() if t.family for device in names.of(t.family))
    return (*table, *own)


def _table(*targets: Target) -> Mapping[str, Target]:
    return {target.name: target for target in targets}


CLAIMS: Mapping[str, Target] = _table(
    Target(
        "ev.mode",
        EV_MODE,
        "Charging mode. `off` pauses; `surplus` charges from surplus only; `min_surplus` charges with at least 6 A and "
        "with more from surplus; `fast` charges up to the limits.",
        family="ev",
        unclaimed="off",
    ),
    Target(
        "ev.current_a",
        CURRENT,
        "Largest current per phase that the mode may use.",
        low=MIN_CURRENT_A,
        high=MAX_CURRENT_A,
        family="ev",
        unclaimed="the charger's own limit",
    ),
    Target("ev.phases", EV_PHASES, "Number of phases; `auto` follows the surplus.", family="ev", unclaimed="auto"),
    Target(
        "ev.energy_limit_wh",
        ENERGY,
        "Energy after which the charger ends the session. 0 = no limit.",
        low=0.0,
        high=1e6,
        family="ev",
        unclaimed="the limit that is set in the charger",
    ),
    Target(
        "ev.vehicle",
        VEHICLE,
        "Vehicle of site.yaml that is at the charger, or `guest` for a car that is none of them. From the next "
        "decision on, rules read the state of charge of this car.",
        family="ev",
        unclaimed="the vehicle of `vehicle_at`, else the usual one",
    ),
    Target(
        "battery.mode",
        BATTERY_MODE,
        "`auto` leaves the battery to its own control. `charge` and `discharge` force it with `battery.power_w`, or "
        "with its largest power without such a claim.",
        family="battery",
        unclaimed="auto",
    ),
    Target(
        "battery.power_w",
        POWER,
        "Power that the battery holds: + discharge, − charge. Together with `battery.mode: charge` or `discharge` "
        "the sign has no effect.",
        low=-100_000.0,
        high=100_000.0,
        family="battery",
        unclaimed="its own control decides",
    ),
    Target(
        "switch.state",
        SWITCH_STATE,
        "`on` and `off` switch a load; `surplus` switches it by the surplus, in its place among cars and loads. Least "
        "times and budgets apply.",
        family="switch",
        unclaimed="the switch is left as it is",
    ),
    Target(
        "surplus.priority",
        SURPLUS_PRIORITY,
        "Priority in the surplus: `battery_first` or `ev_first`.",
        unclaimed="battery_first",
    ),
    Target(
        "surplus.grid_target_w",
        POWER,
        "Target of the grid power for surplus charging: − keeps a margin of grid export, + allows some import.",
        low=-20_000.0,
        high=20_000.0,
        unclaimed="as in the settings, else 0W",
    ),
    Target(
        "surplus.grid_share",
        NUMBER,
        "Largest part of the car's power at 6 A that may come from the grid, 0–0.9. 0 = no import on purpose. A "
        "percentage is also valid.",
        low=0.0,
        high=0.9,
        unclaimed="as in the settings, or derived from the tariff",
    ),
)
"""The targets that rules can claim. Each target has one winner, by priority."""

LIMITS: Mapping[str, Target] = _table(
    Target(
        "ev.current_a",
        CURRENT,
        "Largest current per phase that the charger offers the car.",
        low=0.0,
        high=1000.0,
        family="ev",
        unclaimed="none",
    ),
    Target(
        "ev.power_w", POWER, "Largest power that the car may draw.", low=0.0, high=1e6, family="ev", unclaimed="none"
    ),
    Target(
        "battery.charge_w",
        POWER,
        "Largest charge power of the battery. 0 W = no charging.",
        low=0.0,
        high=1e6,
        family="battery",
        unclaimed="none",
    ),
    Target(
        "battery.discharge_w",
        POWER,
        "Largest discharge power of the battery. 0 W = no discharging.",
        low=0.0,
        high=1e6,
        family="battery",
        unclaimed="none",
    ),
    Target(
        "grid.import_w",
        POWER,
        "Largest grid import that cars may cause. The service reduces the cars to it.",
        low=0.0,
        high=1e6,
        family=None,
        unclaimed="none",
    ),
)
"""The targets that rules can limit. The smallest of all active limits wins, at any priority."""
