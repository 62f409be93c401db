"""Targets: the table of everything that rules may claim or limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.model.fields import DeviceNames, qualified
from optimizer.model.kinds import (
    BATTERY_MODE,
    CURRENT,
    ENERGY,
    EV_MODE,
    EV_PHASES,
    NUMBER,
    POWER,
    SURPLUS_PRIORITY,
    Kind,
)
from optimizer.model.lookup import Family
from optimizer.model.site import MAX_CURRENT_A, MIN_CURRENT_A


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that rules may set."""

    name: str
    """Without a device: `ev.mode`."""
    kind: Kind
    meaning: str
    low: float = 0.0
    """Smallest value, in the kind's base unit; a limit's strictest."""
    high: float = 0.0
    family: Family | None = None
    unclaimed: str = ""
    """What holds while nobody claims it (or no limit is active)."""


@dataclass(frozen=True, slots=True)
class TargetRef:
    """A target of one device, as a rule names it."""

    target: Target
    device: str

    @property
    def name(self) -> str:
        """The canonical name: `ev.carport.mode`, `battery.mode`."""
        return qualified(self.target.name, self.device)


def find_target(name: str, table: Mapping[str, Target], names: DeviceNames) -> TargetRef | None:
    """The target that a rule means by `name`, or None when there is none.

    Plain `ev` is the only or the first charger, plain `battery` all of them; a battery that is the only one is
    always called plainly, so that claims on it meet whichever way they are written.
    """
    plain = table.get(name)
    if plain is not None:
        if plain.family != "ev":
            return TargetRef(plain, "")
        return TargetRef(plain, names.evs[0] if names.evs else "")
    parts = name.split(".")
    if len(parts) != 3:
        return None
    named = table.get(f"{parts[0]}.{parts[2]}")
    if named is None or named.family is None or parts[1] not in names.of(named.family):
        return None
    only = named.family != "ev" and len(names.of(named.family)) == 1
    return TargetRef(named, "" if only else parts[1])


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
        "How the charger follows: `off`; `surplus` charges from the sun only; `min_surplus` charges with at least "
        "6 A and more with sun; `fast` charges up to the limits.",
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
        "Energy after which the charger ends the session; 0 = no limit.",
        low=0.0,
        high=1e6,
        family="ev",
        unclaimed="left as set in the charger",
    ),
    Target(
        "battery.mode",
        BATTERY_MODE,
        "`auto` leaves the battery to its own controller; `charge` and `discharge` force it, with `battery.power_w` "
        "or, without one, with all it can.",
        family="battery",
        unclaimed="auto",
    ),
    Target(
        "battery.power_w",
        POWER,
        "Power that the battery holds: + discharge, − charge. Together with `battery.mode: charge` or `discharge` "
        "the sign does not matter.",
        low=-100_000.0,
        high=100_000.0,
        family="battery",
        unclaimed="its own controller decides",
    ),
    Target(
        "surplus.priority",
        SURPLUS_PRIORITY,
        "Who is served first from the surplus: `battery_first` or `ev_first`.",
        unclaimed="battery_first",
    ),
    Target(
        "surplus.grid_target_w",
        POWER,
        "Grid power that surplus charging aims at: − keeps a margin of feed-in, + allows some import.",
        low=-20_000.0,
        high=20_000.0,
        unclaimed="as in the settings, else 0W",
    ),
    Target(
        "surplus.grid_share",
        NUMBER,
        "Largest part of the car's power that may come from the grid while it runs at 6 A, 0–0.9; 0 = never on "
        "purpose. A percentage is understood too.",
        low=0.0,
        high=0.9,
        unclaimed="as in the settings, or derived from the tariff",
    ),
)
"""What rules may claim: one winner a target, by priority."""

LIMITS: Mapping[str, Target] = _table(
    Target(
        "ev.current_a",
        CURRENT,
        "Current per phase that the car is offered at most.",
        low=0.0,
        high=1000.0,
        family="ev",
        unclaimed="none",
    ),
    Target(
        "ev.power_w", POWER, "Power that the car may draw at most.", low=0.0, high=1e6, family="ev", unclaimed="none"
    ),
    Target(
        "battery.charge_w",
        POWER,
        "Power with which the battery may charge at most; 0 W = it does not charge.",
        low=0.0,
        high=1e6,
        family="battery",
        unclaimed="none",
    ),
    Target(
        "battery.discharge_w",
        POWER,
        "Power with which the battery may discharge at most; 0 W = hold the battery.",
        low=0.0,
        high=1e6,
        family="battery",
        unclaimed="none",
    ),
    Target(
        "grid.import_w",
        POWER,
        "Import that cars may cause at most: they are throttled to it.",
        low=0.0,
        high=1e6,
        family=None,
        unclaimed="none",
    ),
)
"""What rules may limit: the smallest of all active limits wins, whatever the priorities."""
