"""The inputs and the result of the load estimate in one tick."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import BatteryCommanded
from optimizer.control.estimate.observation import Observation
from optimizer.control.estimate.peaks import NO_CASES, Cases, HouseLoad, PhaseAmps
from optimizer.control.estimate.worst_case import WorstCase
from optimizer.model.decision import EvOrder
from optimizer.model.site import Site
from optimizer.model.state import Grid, State
from optimizer.model.value import maker, value

NO_ORDERS: Mapping[str, EvOrder] = MappingProxyType({})


@value
class LoadInputs:
    """The inputs of the load estimate and of the fuse guard in one tick."""

    state: State
    site: Site
    worst_case: Mapping[str, WorstCase]
    """The largest current of each charger."""
    commanded: Mapping[str, BatteryCommanded]
    """The last command to each battery."""
    doubted_a: tuple[float, ...] = ()
    """Grid current of L1..L3 by a meter that is not believed, + import. Empty without a doubt, or if not measured."""
    reserved_a: PhaseAmps | None = None
    """Current of L1..L3 that switchable loads may draw beyond the measured one. None: the house has none."""
    observed: Mapping[str, Observation] | None = None
    """The observation of each charger up to now. None: not known."""
    late_s: float = 0.0
    """How late the grid meter is at most. 0: not late, or not known."""
    shown_a: PhaseAmps | None = None
    """The largest current of all cars on L1..L3 that a late meter may show. None: the meter is not late."""


make_load_inputs = maker(LoadInputs)


class Loads(NamedTuple):
    """The load of the phases without controlled devices."""

    house: HouseLoad = HouseLoad()
    """Nothing is subtracted for batteries of unknown phase."""
    cases: Cases = NO_CASES
    """Such batteries are subtracted, for each choice of them."""
    feed_in: Cases = NO_CASES
    """The export of the house, for all choices. Only while a battery is forced to discharge."""


make_loads = maker(Loads)


def measured_a(grid: Grid) -> list[float] | None:
    """The grid current of L1..L3, + import. None if a phase is not measured."""
    measured = grid.phase_current_a
    if len(measured) != 3:
        return None
    amps = [reading.value for reading in measured if reading.value is not None]
    return amps if len(amps) == 3 else None


def read_a(inputs: LoadInputs) -> Sequence[float]:
    """The grid current of L1..L3 by the meter, believed or not, + import. Empty if a phase is not measured."""
    return measured_a(inputs.state.grid) or inputs.doubted_a


def overload_s(inputs: LoadInputs) -> float:
    """The moment that the phase currents of the meter show, if one is above the fuse, import or export, monotonic s.
    -inf if none is, or if they are not measured. A meter that is not believed can still be right."""
    amps = read_a(inputs)
    if not amps or max(map(abs, amps)) <= inputs.site.fuse_a:
        return -math.inf
    return inputs.state.grid.phase_current_a[0].at_s - inputs.late_s
