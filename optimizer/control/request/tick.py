"""Tick: the inputs of one tick that all chargers share."""

from __future__ import annotations

import math

from optimizer.control.estimate.surplus import Surplus
from optimizer.control.grid_share import grid_share_now
from optimizer.control.judge.standing import MeterTest
from optimizer.control.plan import Plan
from optimizer.control.request.inputs import SiteInputs, make_site_inputs
from optimizer.control.request.switches import Switching
from optimizer.control.targets import Targets
from optimizer.model.decision import Cause
from optimizer.model.state import State
from optimizer.model.value import maker, value

GREATEST_SHARE = 0.9


@value
class Tick:
    """The inputs of one tick for all chargers."""

    state: State
    targets: Targets
    surplus: Surplus
    site_inputs: SiteInputs
    plan: Plan
    raise_w: float
    """The largest raise of a car that the meter allows now, W."""
    rides: bool
    """Whether a car may continue although the surplus is unknown: the meter does not answer, but nothing contradicts
    its last reading."""
    causes: list[Cause]
    """Collects the causes."""
    test: MeterTest | None = None
    """What the cars do to test the grid meter. None: no test."""
    gap_s: float = 0.0
    """For how long the power of the grid has been missing, s."""
    least_current: bool = False
    """Whether each car that charges goes to its least current: the home may have changed unseen."""
    switching: Switching | None = None
    """The switchable loads. None: the house has none."""


make_tick = maker(Tick)


def site_inputs(state: State, targets: Targets, plan: Plan) -> SiteInputs:
    """The inputs that all chargers share. The PV power is the sum of all systems at the time of the oldest reading. It
    is None if one is unknown or none is measured."""
    grid_share = 0.0
    if not plan.discharges_uncommanded:
        share = targets.grid_share
        if share is None:
            share = plan.params.grid_share
            if plan.params.grid_share_by_price:
                share = grid_share_now(state.prices, share)
        grid_share = share if 0.0 < share < GREATEST_SHARE else GREATEST_SHARE if share > 0.0 else 0.0
    pv_w, pv_at_s = 0.0, math.inf
    for pv in state.pvs.values():
        power_w, at_s, _ = pv.power_w
        if power_w is None:
            return make_site_inputs(state.mono_s, None, 0.0, grid_share)
        pv_w += power_w
        if at_s < pv_at_s:
            pv_at_s = at_s
    return make_site_inputs(state.mono_s, pv_w if state.pvs else None, pv_at_s, grid_share)
