"""A battery whose charge is read as discharge, found by its state of charge.

A state of charge that rises while the battery shows discharge contradicts it, and so does one that falls while it shows
charge. This needs no move of a car or of PV, so it finds the opposite sign on a clear day before a car starts.

One step of the state of charge proves nothing: it comes late, and a battery corrects it now and then. So several steps
in a row must contradict, each of them long after the power had the other sign. As many right ones end the doubt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.model.reading import Reading
from optimizer.model.state import Battery, State
from optimizer.model.value import changed
from optimizer.words.text import Text

LEAST_W = 300.0
"""A smaller power says nothing: losses and the consumption of the inverter are as large."""
SETTLES_S = 600.0
"""The state of charge counts when the power has had its sign for this time. It may be some minutes late."""
STEP_PERCENT = 1.0
STEPS = 3
"""Number of steps in a row that put the sign in doubt, or end the doubt."""
RISES = Text("implausible: the sign of the battery is wrong: its state of charge rises while it shows discharge")
FALLS = Text("implausible: the sign of the battery is wrong: its state of charge falls while it shows charge")


class SocSign(NamedTuple):
    """The steps of the state of charge of one battery up to now. Part of the memory."""

    sign: int = 0
    """1: it shows discharge, -1: charge, 0: too little of either."""
    since_s: float = -math.inf
    """Since when it shows it, monotonic s."""
    soc_percent: float = math.nan
    """The state of charge at the last step. NaN: none counts yet."""
    wrong: int = 0
    right: int = 0
    """Number of steps that contradict the power, or agree with it, since the last one of the other kind."""
    why: str = ""
    """Why the sign is in doubt, or empty."""


SocSigns = Mapping[str, SocSign]
"""By battery."""
NO_SIGNS: SocSigns = MappingProxyType({})
UNKNOWN = SocSign()


def looked(signs: SocSigns, batteries: Mapping[str, Battery], now_s: float) -> SocSigns:
    """The memory after one more snapshot. The same object if nothing has changed."""
    for name, battery in batteries.items():
        before = signs.get(name, UNKNOWN)
        after = _looked(before, battery.power_w.value or 0.0, battery.soc_percent.value, now_s)
        if after is not before:
            signs = {**signs, name: after}
    return signs


def in_doubt(signs: SocSigns) -> bool:
    """Whether the sign of a battery is in doubt. Fast, because every tick asks."""
    for one in signs.values():  # noqa: SIM110 - a generator takes three times as long
        if one.why:
            return True
    return False


def without_wrong(state: State, signs: SocSigns) -> State:
    """The snapshot without the powers of the batteries whose sign is in doubt."""
    for name, one in signs.items():
        battery = state.batteries.get(name)
        if one.why and battery is not None and battery.power_w.value is not None:
            missing: Reading[float] = Reading(None, battery.power_w.at_s, one.why)
            state = changed(state, batteries={**state.batteries, name: changed(battery, power_w=missing)})
    return state


def _looked(before: SocSign, power_w: float, soc_percent: float | None, now_s: float) -> SocSign:
    sign = 1 if power_w >= LEAST_W else -1 if power_w <= -LEAST_W else 0
    if sign != before.sign:
        return before._replace(sign=sign, since_s=now_s, soc_percent=math.nan)
    last_percent = before.soc_percent
    if not sign or soc_percent is None or soc_percent == last_percent or now_s - before.since_s < SETTLES_S:
        return before
    if math.isnan(last_percent):
        return before._replace(soc_percent=soc_percent)
    step = sign * (soc_percent - last_percent)
    if -STEP_PERCENT < step < STEP_PERCENT:
        return before
    if step < 0.0:
        right = min(STEPS, before.right + 1)
        return before._replace(soc_percent=soc_percent, wrong=0, right=right, why="" if right == STEPS else before.why)
    wrong = min(STEPS, before.wrong + 1)
    why = before.why or ((RISES if sign > 0 else FALLS) if wrong == STEPS else "")
    return before._replace(soc_percent=soc_percent, wrong=wrong, right=0, why=why)
