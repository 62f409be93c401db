"""The choice of the mode of one charger: off, one phase, or three phases. Pure.

A change is an optimal-stopping problem with a price, because relays wear and a change loses seconds of surplus. The
prices are in `wear.py`, the gains in `gain.py`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.memory import Earned
from optimizer.control.params import FollowParams
from optimizer.control.request.gain import expected_w
from optimizer.control.request.inputs import FollowerInputs
from optimizer.control.request.wear import (
    STOP,
    brake,
    start_factor,
    start_price_w,
    switch_factor,
    switch_price_w,
)
from optimizer.model.value import maker

LASTING_LACK = 0.8
"""If the slow average of the surplus is below this part of the power at the least current, the lack lasts longer than a
cloud. Then a stop keeps the grid share, at any price."""


class Choice(NamedTuple):
    """The chosen mode, and the figures that explain it."""

    phases: int
    """0 = off."""
    advantage_w: float
    """Off: the gain of the best mode. On: the loss by a stop. On a phase switch: the advantage of the new phases."""
    price_w: float
    """A start or switch needs an advantage above this. A stop needs an advantage below its negative."""
    lasts_s: float
    """The time for which the advantage counts, s."""


make_choice = maker(Choice)


def choose(
    mode: int, rested: bool, on_s: float, earned: Earned, inputs: FollowerInputs, params: FollowParams, lam: float
) -> Choice:
    """The next mode after `mode`. `rested`: the mode has lasted for `dwell_s`. `on_s`: time since the start, s."""
    (
        one_now_w, three_now_w, one_fast_w, three_fast_w, one_slow_w, three_slow_w, sun_slow_w,
        cover_w, _, one_turns, _, three_turns,
    ) = earned  # fmt: skip
    modes, lasts_s = inputs.modes, params.lasts_s
    one_w, three_w = expected_w(earned, modes, params)
    factor = start_factor(params, one_turns)
    price_w, lasts_s = start_price_w(params, lam) * factor, lasts_s / factor
    if mode not in modes:
        best = 1
        if 3 in modes and (1 not in modes or (three_w >= one_w and inputs.surplus_w >= _least_w(3, inputs))):
            best = 3
        best_w = three_w if best == 3 else one_w
        if mode or inputs.keep_on:
            return make_choice(best if best_w > 0.0 else modes[0], best_w, price_w, lasts_s)
        if inputs.behind:
            minutes_w = 0.5 * (three_fast_w + three_slow_w if best == 3 else one_fast_w + one_slow_w)
            best_w = min(best_w, minutes_w)
        if not (best_w > price_w and rested and inputs.may_start and inputs.surplus_w >= _least_w(best, inputs)):
            return make_choice(0, best_w, price_w, lasts_s)
        price_w *= brake(inputs.starts, inputs.site_inputs.now_s)
        return make_choice(best if best_w > price_w else 0, best_w, price_w, lasts_s)
    here_w, price_w = one_w if mode == 1 else three_w, STOP * price_w
    if not rested:
        return make_choice(mode, here_w, price_w, lasts_s)
    stop_gain_w = -here_w - price_w
    if stop_gain_w > 0.0:
        price_w *= brake(inputs.starts, inputs.site_inputs.now_s)
        stop_gain_w = -here_w - price_w
    least_w = _least_w(modes[0], inputs)
    lack_w = LASTING_LACK * least_w
    lately_w = one_now_w if modes[0] == 1 else three_now_w  # one reading may be a gust
    lacks = lately_w < lack_w - lam * (_full_w(modes[0], inputs) - lack_w) and sun_slow_w < lack_w
    if lacks and stop_gain_w < least_w:
        stop_gain_w = least_w  # to continue would be import on purpose
    covered = inputs.site_inputs.grid_share > 0.0 or cover_w >= _full_w(3 if mode == 3 else 1, inputs)
    if inputs.keep_on or (on_s < params.least_on_s and covered):
        stop_gain_w = -math.inf
    if len(modes) > 1:
        advantage_w = three_w - one_w if mode == 1 else one_w - three_w
        if advantage_w > 0.0:
            factor = switch_factor(params, three_turns)
            paused_w = one_fast_w if mode == 1 else three_fast_w
            switch_w = switch_price_w(params, paused_w, factor, inputs.start_s)
            if advantage_w > switch_w:
                switch_w *= brake(inputs.switches, inputs.site_inputs.now_s)
            if advantage_w > switch_w and advantage_w - switch_w >= stop_gain_w:
                return make_choice(4 - mode, advantage_w, switch_w, params.lasts_s / factor)
    return make_choice(0 if stop_gain_w > 0.0 else mode, here_w, price_w, lasts_s)


def _least_w(phases: int, inputs: FollowerInputs) -> float:
    """The surplus below which the least current would import more than the grid share."""
    return _full_w(phases, inputs) * (1.0 - inputs.site_inputs.grid_share)


def _full_w(phases: int, inputs: FollowerInputs) -> float:
    """The power at the least current."""
    return (inputs.one_w_per_a if phases == 1 else inputs.three_w_per_a) * inputs.least_a
