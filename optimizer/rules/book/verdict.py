"""Verdict: the result of the rules in one tick, and the only part of this package that control reads."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.model.decision import Cause
from optimizer.model.value import value


@value
class Claimed:
    """The winning claim on a target."""

    value: float | str
    """In the target's unit (W, A, Wh, fraction) or an enum word."""
    rule: str
    """Id of the winning rule; "defaults" if no rule claims the target."""


@value
class Limited:
    """The smallest of all active limits on a target."""

    value: float
    rule: str


@value
class Verdict:
    """Winners and limits by canonical target.

    Canonical targets name the device: `ev.carport.mode`, `ev.carport.current_a`, `ev.carport.phases`,
    `ev.carport.energy_limit_wh`, `ev.carport.power_w`, `battery.mode`, `battery.power_w` (the sum over all
    batteries) or `battery.cellar.mode`, `surplus.priority`, `surplus.grid_target_w`, `surplus.grid_share`,
    `battery.charge_w`, `battery.discharge_w`, `grid.import_w`. A target without a claim is absent.
    """

    claims: Mapping[str, Claimed]
    limits: Mapping[str, Limited]
    causes: tuple[Cause, ...]
    """The rules that won, lost, or wait, with the reasons, and the unknown conditions."""
