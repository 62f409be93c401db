"""Plan: the house, the rules and the parameters that decisions are made by."""

from __future__ import annotations

from dataclasses import dataclass, field

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

    def __post_init__(self) -> None:
        groups: dict[int, tuple[str, ...]] = {}
        for name, charger in self.site.chargers.items():
            groups[charger.priority] = (*groups.get(charger.priority, ()), name)
        ordered = tuple(groups[priority] for priority in sorted(groups, reverse=True))
        object.__setattr__(self, "priorities", ordered)
