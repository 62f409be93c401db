"""Loads of a small house, for tests."""

from __future__ import annotations

from optimizer.control.estimate.battery_commanded import BatteryCommanded
from optimizer.control.estimate.house_load import house_load
from optimizer.control.estimate.load_inputs import LoadInputs
from optimizer.control.estimate.peaks import HouseLoad, PhaseAmps
from optimizer.control.estimate.worst_case import worst_case_of
from optimizer.model.site import BatterySite, ChargerSite
from optimizer.model.state import State
from tests.control.house import site

CARPORT = ChargerSite("carport")
HOUSE = site(CARPORT, batteries=(BatterySite("cellar"),))
NOTHING = HouseLoad()
FIVE = HouseLoad((5.0, 5.0, 5.0), (0.0, 0.0, 0.0))


def load(snapshot: State, memory: HouseLoad = NOTHING, **commanded: BatteryCommanded) -> HouseLoad:
    """The load after one snapshot."""
    worst_case = {name: worst_case_of(one, HOUSE.chargers[name], 0.0) for name, one in snapshot.evs.items()}
    return house_load(LoadInputs(snapshot, HOUSE, worst_case, commanded), memory, {})[0]


def amps(value: float) -> PhaseAmps:
    """The same current on L1..L3."""
    return (value, value, value)
