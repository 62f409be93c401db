"""Plan: the house, the rules and the parameters that decisions are made by."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.control.descriptors import BatteryLine, ChargerLine, battery_lines, charger_lines
from optimizer.control.memory import EvMemory, Memory
from optimizer.control.params import Params
from optimizer.control.targets import Asked, read
from optimizer.model.site import Site
from optimizer.rules.book.engine import EMPTY_MEMORY, Book
from optimizer.rules.book.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays the same from tick to tick; a rule reload makes a new one."""

    site: Site
    book: Book
    params: Params = Params()
    chargers: tuple[ChargerLine, ...] = field(init=False, repr=False, compare=False)
    """In configured order."""
    priorities: tuple[tuple[ChargerLine, ...], ...] = field(init=False, repr=False, compare=False)
    """Chargers of equal priority together, the highest first."""
    batteries: tuple[BatteryLine, ...] = field(init=False, repr=False, compare=False)
    lends_unasked: bool = field(init=False, repr=False, compare=False)
    """Whether a battery would feed the cars and cannot be told not to: then surplus is followed strictly."""
    _read: list[tuple[Verdict, Asked]] = field(init=False, repr=False, compare=False)
    """The verdict that was read last, and what it said."""

    def __post_init__(self) -> None:
        chargers = charger_lines(self.site)
        groups: dict[int, tuple[ChargerLine, ...]] = {}
        for line in chargers:
            groups[line.site.priority] = (*groups.get(line.site.priority, ()), line)
        object.__setattr__(self, "chargers", chargers)
        object.__setattr__(self, "priorities", tuple(groups[priority] for priority in sorted(groups, reverse=True)))
        object.__setattr__(self, "batteries", battery_lines(self.site))
        unasked = any(not (b.controllable and b.can_bound_discharge) for b in self.site.batteries.values())
        object.__setattr__(self, "lends_unasked", unasked)
        object.__setattr__(self, "_read", [])

    def asked(self, verdict: Verdict) -> Asked:
        """What the verdict asks of each device. Most ticks bring the very verdict of the tick before, so the last
        reading is kept."""
        if self._read and self._read[0][0] is verdict:
            return self._read[0][1]
        asked = read(verdict, self.chargers, self.batteries)
        self._read[:] = [(verdict, asked)]
        return asked


def initial_memory(plan: Plan) -> Memory:
    """The memory before the first tick."""
    return Memory(EMPTY_MEMORY, {name: EvMemory() for name in plan.site.chargers})
