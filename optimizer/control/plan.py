"""Plan: the house, the rules, and the parameters of decisions."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.control.budget import Allowance
from optimizer.control.descriptors import (
    BatteryInfo,
    ChargerInfo,
    SwitchInfo,
    battery_infos,
    charger_infos,
    switch_infos,
)
from optimizer.control.estimate.switch_load import FRESH
from optimizer.control.memory import EvMemory, Memory
from optimizer.control.params import Params
from optimizer.control.targets import Targets, read
from optimizer.model.site import Site
from optimizer.rules.book.engine import EMPTY_MEMORY, Book
from optimizer.rules.book.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """The inputs that stay the same from tick to tick. A rule reload makes a new plan."""

    site: Site
    book: Book
    params: Params = Params()
    chargers: tuple[ChargerInfo, ...] = field(init=False, repr=False, compare=False)
    """In configured order."""
    priorities: tuple[tuple[ChargerInfo, ...], ...] = field(init=False, repr=False, compare=False)
    """Chargers in groups of equal priority, the highest first."""
    batteries: tuple[BatteryInfo, ...] = field(init=False, repr=False, compare=False)
    switches: tuple[SwitchInfo, ...] = field(init=False, repr=False, compare=False)
    """The highest priority first."""
    behind_battery: bool = field(init=False, repr=False, compare=False)
    """Whether a load or a car comes after the batteries while other cars come before them."""
    surplus_starts: Allowance = field(init=False, repr=False, compare=False)
    """The starts that remain for the surplus."""
    discharges_uncommanded: bool = field(init=False, repr=False, compare=False)
    """Whether a battery supplies the cars and its discharge cannot be limited. Then the grid share is 0."""
    _read: list[tuple[Verdict, Targets]] = field(init=False, repr=False, compare=False)
    """The last verdict with its targets."""

    def __post_init__(self) -> None:
        chargers = charger_infos(self.site)
        groups: dict[int, tuple[ChargerInfo, ...]] = {}
        for info in chargers:
            groups[info.site.priority] = (*groups.get(info.site.priority, ()), info)
        object.__setattr__(self, "chargers", chargers)
        object.__setattr__(self, "priorities", tuple(groups[priority] for priority in sorted(groups, reverse=True)))
        object.__setattr__(self, "batteries", battery_infos(self.site))
        object.__setattr__(self, "switches", switch_infos(self.site))
        behind = any(one.after_battery for one in self.site.switches.values())
        behind = behind or any(one.after_battery for one in self.site.chargers.values())
        object.__setattr__(self, "behind_battery", behind)
        unasked = any(not (b.controllable and b.can_bound_discharge) for b in self.site.batteries.values())
        object.__setattr__(self, "discharges_uncommanded", unasked)
        object.__setattr__(self, "surplus_starts", self.params.surplus_starts)
        object.__setattr__(self, "_read", [])

    def targets(self, verdict: Verdict) -> Targets:
        """The targets of the verdict. Most ticks repeat the verdict of the tick before, so the last result is kept."""
        if self._read and self._read[0][0] is verdict:
            return self._read[0][1]
        targets = read(verdict, self.chargers, self.batteries, self.switches, cars_first=self.site.cars_first)
        self._read[:] = [(verdict, targets)]
        return targets


def initial_memory(plan: Plan) -> Memory:
    """The memory before the first tick."""
    memory = Memory(EMPTY_MEMORY, {name: EvMemory() for name in plan.site.chargers})
    if not plan.site.switches:
        return memory
    return memory._replace(switches=dict.fromkeys(plan.site.switches, FRESH))
