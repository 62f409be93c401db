"""Plan: the house, the rules and the parameters that decisions are made by."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.control.battery import BatteryLine, battery_lines
from optimizer.control.params import Params
from optimizer.model.site import Site
from optimizer.rules.engine import Book


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays the same from tick to tick; a rule reload makes a new one."""

    site: Site
    book: Book
    params: Params = Params()
    priorities: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)
    """Names of chargers, those of equal priority together, the highest first."""
    batteries: tuple[BatteryLine, ...] = field(init=False, repr=False, compare=False)
    lends_unasked: bool = field(init=False, repr=False, compare=False)
    """Whether a battery would feed the cars and cannot be told not to: then surplus is followed strictly."""

    def __post_init__(self) -> None:
        groups: dict[int, tuple[str, ...]] = {}
        for name, charger in self.site.chargers.items():
            groups[charger.priority] = (*groups.get(charger.priority, ()), name)
        ordered = tuple(groups[priority] for priority in sorted(groups, reverse=True))
        object.__setattr__(self, "priorities", ordered)
        object.__setattr__(self, "batteries", battery_lines(self.site))
        unasked = any(not (b.controllable and b.can_bound_discharge) for b in self.site.batteries.values())
        object.__setattr__(self, "lends_unasked", unasked)
