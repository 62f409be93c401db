"""The price of a change: the wear of the relays and the lost surplus, as a power that a change must bring. Pure.

Wear has a price in money. A kWh of surplus has a value in money. So each operation costs an energy, in Wh. A change
pays if its advantage, in W, brings more than this energy while it lasts. An advantage lasts as long as it lately did:
if it has often changed its sign, it must be larger.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.budget import DAY_S, HOUR_S, Allowance
from optimizer.control.params import FollowParams
from optimizer.model.value import maker

REST_S = 10.0
"""The charger rests for this time during a phase switch."""
USUAL_START_S = 11.0
"""A usual car draws its current again this long after the rest. What is learned of a car counts if it is longer."""
STEADY_SWITCH, BROKEN_SWITCH = 0.3, 2.8
"""Limits of the factor on the price of a switch, by the changes of sign of its advantage."""
STEADY_START, BROKEN_START = 0.4, 1.7
"""The same for a start and a stop. Their advantage is smaller, so these limits are closer."""
STOP = 1.1
"""Factor on the price of a stop. A new start follows most stops, so the brake on starts holds for stops too."""
LEAST_LEFT = 1.0 / 16.0
"""The brake does not count less than this part of a budget as left. Without budget, the guard forbids the change."""


class Relays(NamedTuple):
    """The budget of one relay operation, and the times of the last ones."""

    spent_at_s: tuple[float, ...]
    allowance: Allowance


make_relays = maker(Relays)


def start_price_w(params: FollowParams, lam: float) -> float:
    """The advantage that a start must bring, and the loss from which a stop pays, W. It rises with lam, because the
    gain then varies more."""
    return params.start_cost_ct * per_ct_w(params) * 0.5 * (1.0 + lam)


def switch_price_w(params: FollowParams, paused_w: float, factor: float, start_s: float = 0.0) -> float:
    """The advantage that a phase switch must bring, W. `paused_w`: the present gain, which the pause loses. `start_s`:
    the time from an offer until the car draws, s, as learned."""
    pause_s = REST_S + (start_s if start_s > USUAL_START_S else USUAL_START_S)
    lost_w = paused_w * pause_s / params.lasts_s if paused_w > 0.0 else 0.0
    return (params.switch_cost_ct * per_ct_w(params) + lost_w) * factor


def switch_factor(params: FollowParams, turns: float) -> float:
    """By how much an advantage of the other phases lasts shorter than usual: 1 at `params.phase_turns`."""
    factor = turns / params.phase_turns
    return STEADY_SWITCH if factor < STEADY_SWITCH else factor if factor < BROKEN_SWITCH else BROKEN_SWITCH


def start_factor(params: FollowParams, turns: float) -> float:
    """By how much an advantage of running lasts shorter than usual: 1 at `params.on_turns`."""
    factor = math.sqrt(turns / params.on_turns)
    return STEADY_START if factor < STEADY_START else factor if factor < BROKEN_START else BROKEN_START


def per_ct_w(params: FollowParams) -> float:
    """The power that brings one ct while an advantage lasts, W."""
    return 3.6e6 / (params.surplus_value_ct * params.lasts_s)


def brake(relays: Relays, now_s: float) -> float:
    """The factor on the price of an operation by the used part of its budget: 1 if none is used, 2 with a quarter left,
    and 4 at most. So a broken hour or day gets more sparing step by step, and does not end without operations."""
    spent_at_s, (per_hour, per_day, _) = relays
    in_day = in_hour = 0
    for at_s in reversed(spent_at_s):
        if at_s <= now_s - DAY_S:
            break
        in_day += 1
        in_hour += at_s > now_s - HOUR_S
    left = min(1.0 - in_hour / max(1, per_hour), 1.0 - in_day / max(1, per_day))
    return float(max(LEAST_LEFT, left) ** -0.5)
