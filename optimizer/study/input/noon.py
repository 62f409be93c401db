"""Whether the sun of a series stands where its time zone has it: else its times may be in another zone."""

from __future__ import annotations

from datetime import datetime
from math import atan2, cos, isnan, pi, sin
from zoneinfo import ZoneInfo

from optimizer.study.input.series import DAY_S, Series
from optimizer.words.text import Text

HOUR_S = 3600.0
LIGHT = 0.02
"""Part of its peak from which PV counts as light. Below it is the noise of meters."""
MIN_DAYS = 3
"""Fewer whole days do not tell, because clouds hide mornings and evenings."""
WHOLE = 0.9
"""Part of the rows of a day that are known if it counts."""
NOON_H = 12.3
"""Hour of a zone without daylight saving at which the sun is highest, in the middle of where people live."""
SPREAD_H = 1.7
"""By so much it differs from place to place: western Spain and eastern Poland have one time."""


def noon_note(series: Series, zone: ZoneInfo) -> str:
    """A note if the middle of PV production is far from noon in `zone`; else empty.

    The direction of a roof hardly matters, because daylight begins and ends on every roof at nearly one time.
    """
    middle_h = _middle_h(series, zone)
    if middle_h is None:
        return ""
    off_h = (middle_h - NOON_H + 12.0) % 24.0 - 12.0
    if abs(off_h) <= SPREAD_H:
        return ""
    hours = f"{abs(off_h):.1f}"
    if off_h > 0.0:
        return Text(
            "The middle of PV production is {hours} h later than usual in {key}. Check --zone.",
            hours=hours,
            key=zone.key,
        )
    return Text(
        "The middle of PV production is {hours} h earlier than usual in {key}. Check --zone.", hours=hours, key=zone.key
    )


def _middle_h(series: Series, zone: ZoneInfo) -> float | None:
    """The middle of PV production, in hours of the zone without daylight saving. None: not known.

    At each time of day the brightest of all whole days counts, because clouds hide some mornings and evenings.
    """
    peak_w = max((value for value in series.pv_w if not isnan(value)), default=0.0)
    if peak_w <= 0.0 or series.step_s > HOUR_S:
        return None
    begin_s = series.start.timestamp() + _standard_s(series.start, zone) + series.step_s / 2.0
    a_day = round(DAY_S / series.step_s)
    days, brightest = 0, [0.0] * a_day
    for first in range(0, len(series.pv_w) - a_day + 1, a_day):
        values = series.pv_w[first : first + a_day]
        if sum(not isnan(value) for value in values) >= WHOLE * a_day:
            days += 1
            brightest = [max(before, 0.0 if isnan(now) else now) for before, now in zip(brightest, values, strict=True)]
    if days < MIN_DAYS:
        return None
    angles = [
        (begin_s + row * series.step_s) % DAY_S / DAY_S * 2.0 * pi
        for row, value in enumerate(brightest)
        if value >= LIGHT * peak_w
    ]
    return atan2(sum(map(sin, angles)), sum(map(cos, angles))) / (2.0 * pi) * 24.0 % 24.0


def _standard_s(start: datetime, zone: ZoneInfo) -> float:
    """The offset of the zone without daylight saving, s."""
    offsets = [datetime(start.year, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    return min(one.total_seconds() for one in offsets if one is not None)
