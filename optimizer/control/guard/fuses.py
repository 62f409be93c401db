"""Cars and batteries under one fuse."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.control.estimate.battery_commanded import BatteryCommanded
from optimizer.control.estimate.house_load import PhaseAmps
from optimizer.control.estimate.worst_case import WorstCase
from optimizer.control.guard.batteries import charges_a, lowered, raised_into_room, within_fuse
from optimizer.control.guard.chargers import clamp_chargers, fullest_a, stuck_a
from optimizer.model.decision import BatteryOrder, Cause, EvOrder
from optimizer.model.site import Site
from optimizer.model.state import State


def under_fuses(
    cars: Mapping[str, EvOrder],
    batteries: dict[str, BatteryOrder],
    state: State,
    site: Site,
    house_a: PhaseAmps,
    worst_case: Mapping[str, WorstCase],
    commanded: Mapping[str, BatteryCommanded],
) -> tuple[dict[str, EvOrder], dict[str, BatteryOrder], list[Cause]]:
    """The orders to cars and batteries that fit beside the house, and why they are not those that were wanted. Cars
    make way for a forced charge, which takes their room only once they were read back to be lower."""
    if charges_a(batteries, site) <= 0.0:
        orders, causes = clamp_chargers(cars, state, site, house_a, worst_case)
        return orders, batteries, causes
    fits = within_fuse(batteries, stuck_a(state, site, house_a, worst_case), site)
    fits_a = charges_a(fits, site)
    beside_a = (house_a[0] + fits_a, house_a[1] + fits_a, house_a[2] + fits_a)
    orders, causes = clamp_chargers(cars, state, site, beside_a, worst_case)
    taken_a = fullest_a(orders, site, house_a, worst_case)
    charged = raised_into_room(batteries, fits, taken_a, state, site, commanded)
    return orders, charged, [*causes, *lowered(batteries, charged, site)]
