"""The house without us: what the energy of a visit would have cost if the car had charged at once.

The assumption: the car draws the full power of its charger from the moment when it is plugged in until it has the
energy that it really got. Home and batteries are as they were. The export of this time, without the cars, is the
surplus that the car would have had. Pure.
"""

from __future__ import annotations

from itertools import pairwise

from optimizer.model.by_source import BySource
from optimizer.model.site import NOMINAL_VOLTAGE_V, ChargerSite
from optimizer.model.state import Prices
from optimizer.serve.costs import cost_of
from optimizer.serve.energy import S_PER_H, Flows

STEP_WH = 250.0
"""Energy between two points of the curve."""
MOST_POINTS = 600
"""Points of the curve at most: 150 kWh. No car of a house takes more in one visit."""

Curve = tuple[tuple[float, float], ...]
"""Energy (Wh) and its cost (ct) since the car was plugged in, both cumulated."""


def full_power_w(charger: ChargerSite | None) -> float:
    """The power with which a car charges at once, W. 11 kW for a charger that is not in the settings."""
    site = charger or ChargerSite("")
    return site.max_current_a * NOMINAL_VOLTAGE_V * min(len(site.phase_map), site.car_phases or 3)


def drawn(curve: Curve | None, power_w: float, flows: Flows, prices: Prices, dt_s: float) -> Curve | None:
    """The curve after `dt_s` seconds of charging at once. None: a price was not known, so no later cost is known."""
    cars_w, grid_w = flows.cars_w, flows.grid_w
    if curve is None or len(curve) >= MOST_POINTS or cars_w is None or grid_w is None:
        return curve
    energy_wh = power_w * dt_s / S_PER_H
    surplus_wh = min(energy_wh, max(0.0, cars_w - grid_w) * dt_s / S_PER_H)
    cost, unpriced_wh = cost_of(BySource(surplus=surplus_wh, grid=energy_wh - surplus_wh), prices)
    if unpriced_wh > 0.0:
        return None
    last_wh, last_ct = curve[-1] if curve else (0.0, 0.0)
    point = last_wh + energy_wh, last_ct + cost.total
    # The last point moves until it is a whole step behind the one before it.
    before_wh = curve[-2][0] if len(curve) > 1 else 0.0
    kept = curve[:-1] if curve and last_wh - before_wh < STEP_WH else curve
    return (*kept, point)


def cost_at_once(curve: Curve | None, energy_wh: float) -> float | None:
    """The cost of this energy in ct if the car had charged at once. None: not known."""
    if curve is None or energy_wh <= 0.0:
        return None
    for (low_wh, low_ct), (high_wh, high_ct) in pairwise(((0.0, 0.0), *curve)):
        if energy_wh <= high_wh:
            return low_ct + (high_ct - low_ct) * (energy_wh - low_wh) / (high_wh - low_wh)
    return None
