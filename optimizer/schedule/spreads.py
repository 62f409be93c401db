"""By how much PV and consumption may differ from their forecasts. Pure.

A part of the error of PV belongs to the whole day: it is duller or brighter than its forecast. The rest differs by
quarter hour. The kind of a day shows itself with the sun, so a schedule can act on it from then on. Until then, and for
the next minutes, the whole error counts by quarter hour.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from optimizer.model.series import HOUR_S

USUAL_HOME_ERROR = 0.4
"""Part of the forecast by which the consumption of a quarter hour is usually lower or higher, from the first one on: a
kettle comes unannounced."""
ERROR_S = 1.5 * HOUR_S
"""PV of the next minutes is close to its forecast, because that follows what is measured. After this time, two thirds
of the error are there. After this time of sun, the kind of a day is known."""


class PvErrors(NamedTuple):
    """The usual errors of a PV forecast, as parts of it, 0–1. 0: it is certain."""

    quarter_hour: float = 0.0
    """Of one quarter hour. It contains that of its day."""
    day: float = 0.0
    """Of the energy of a day."""


class PvSpread(NamedTuple):
    """By how much PV of a step may differ, W."""

    step_w: float
    """For itself."""
    day_w: float
    """Together with the other steps of its day. 0 while the kind of the day is not known."""


def pv_spreads(powers: Iterable[tuple[float, float]], errors: PvErrors, now_s: float) -> list[PvSpread]:
    """The spreads of consecutive steps from their beginnings (Unix time in s) and expected powers (W)."""
    found, sun_since_s = list[PvSpread](), math.inf
    whole = min(1.0, errors.quarter_hour)
    of_day = min(whole, errors.day)
    rest = math.sqrt(whole * whole - of_day * of_day)
    for start_s, pv_w in powers:
        if pv_w <= 0.0:
            sun_since_s = math.inf
            found.append(PvSpread(0.0, 0.0))
            continue
        sun_since_s = min(sun_since_s, max(start_s, now_s))
        grown_w = pv_w * (1.0 - math.exp(-max(0.0, start_s - now_s) / ERROR_S))
        is_known = start_s >= sun_since_s + ERROR_S
        found.append(PvSpread(grown_w * rest, grown_w * of_day) if is_known else PvSpread(grown_w * whole, 0.0))
    return found
