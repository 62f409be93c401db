"""Energy as power: the energy of each interval, and counters. And counters that someone took for power."""

from __future__ import annotations

from array import array
from itertools import groupby, pairwise
from math import isnan

from optimizer.study.input.samples import Samples
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

HOUR_S = 3600.0
DAY_S = 86_400.0
NAN = float("nan")
GAP_S = 900.0
"""A counter says nothing about the power within a longer gap, unless its usual spacing is longer, or it is held."""
MISSING = 1.5
"""Between two readings that are further apart than this many usual spacings, others are missing."""
RESET = 0.05
"""A counter that falls to at most this share of its last reading began again."""
MOST_W = 1e6
"""No home has more. A counter that rises faster has a wrong unit, or began with a reading that is none."""
MIN_RISES = 4
MIN_SPAN_S = HOUR_S
LONG_SPAN_S = 12.0 * HOUR_S
FALLS_PER_RISE = 0.25
SAME_WH = 0.01
"""Rises that differ by less are the same: the rest is due to the arithmetic of floats."""
MIN_ROWS = 24
"""Fewer rows may grow by chance."""
MIN_LONGER = 6
"""Rows in succession with one longer spacing: there the intervals are longer, and no rows are missing."""
EVEN_S = 1.0
"""Tolerance of the spacing of intervals, s."""


def from_intervals(samples: Samples) -> Samples:
    """Power in W of values in Wh, each for the interval that begins at its time. Raises StudyError if uneven."""
    usual_s = samples.spacing_s()
    if usual_s == 0.0:
        raise StudyError(Text("{source}: energy by interval needs two rows or more", source=samples.source))
    if len(samples) >= MIN_ROWS and samples.at_s[-1] - samples.at_s[0] >= DAY_S and looks_like_counter(samples):
        raise StudyError(
            Text(
                "{place}: the values only grow up to here, like a meter reading. Write --counter instead of --energy",
                place=samples.place(len(samples) - 1),
            )
        )
    own = _once(samples)
    longer_s, alike = 0.0, 0
    for at, (earlier, later) in enumerate(pairwise(own.at_s), start=1):
        steps = (later - earlier) / usual_s
        alike = alike + 1 if round(steps) > 1 and later - earlier == longer_s else round(steps) > 1
        longer_s = later - earlier
        if abs(steps - round(steps)) * usual_s > EVEN_S or round(steps) < 1 or alike >= MIN_LONGER:
            raise StudyError(
                Text(
                    "{place}: this row comes {later} s after the one before, others come {usual} s apart. Energy "
                    "by interval needs even rows. If this is a meter reading, write --counter",
                    place=own.place(at),
                    later=later - earlier,
                    usual=usual_s,
                )
            )
    factor = HOUR_S / usual_s
    found = Samples(((at_s, value * factor) for at_s, value in own), held=True, lasts_s=usual_s, source=own.source)
    found.lines = own.lines
    return found


def _once(samples: Samples) -> Samples:
    """The samples with one for each time, the mean of its known values: a row that is repeated counts once."""
    if all(earlier < later for earlier, later in pairwise(samples.at_s)):
        return samples
    found = Samples(held=samples.held, source=samples.source)
    for at_s, rows in groupby(range(len(samples)), key=samples.at_s.__getitem__):
        places = list(rows)
        known = [samples.values[at] for at in places if not isnan(samples.values[at])]
        found.extend([(at_s, sum(known) / len(known) if known else NAN)])
        found.lines.extend(samples.lines[places[0] : places[0] + 1])
    return found


def from_counter(samples: Samples) -> Samples:
    """Mean power in W between the readings of a counter in Wh.

    A counter that a minus sign turns round falls instead. Raises StudyError if it falls, except to near 0, or rises
    faster than any home can.
    """
    known = _without_dropouts(samples)
    if len(known) < 2:
        raise StudyError(Text("{source}: a counter needs two readings or more", source=samples.source))
    usual_s = samples.spacing_s()
    longest_s = max(GAP_S, 2.0 * usual_s)
    power = Samples(held=True, source=samples.source)
    power.grain_wh = _grain(samples)
    sign = -1.0 if min(samples.values[at] for at in known) < 0.0 else 1.0
    for at, following in pairwise(known):
        first_wh, last_wh = sign * samples.values[at], sign * samples.values[following]
        reset = last_wh < first_wh
        if reset and not 0.0 <= last_wh <= RESET * first_wh:
            raise StudyError(
                Text(
                    "{place}: the reading falls from {first} to {last} Wh. A counter only grows. If this is power, "
                    "leave --counter out",
                    place=samples.place(following),
                    first=first_wh,
                    last=last_wh,
                )
            )
        length_s = samples.at_s[following] - samples.at_s[at]
        if length_s > 0.0:
            if not reset and (last_wh - first_wh) * HOUR_S / length_s > MOST_W:
                raise StudyError(
                    Text(
                        "{place}: the reading rises from {first} to {last} Wh in {length} s, which no home can use. "
                        "Check the unit and the factor. If one of the two readings is wrong, empty its cell",
                        place=samples.place(following),
                        first=first_wh,
                        last=last_wh,
                        length=length_s,
                    )
                )
            usable = not reset and (following == at + 1 if samples.held else length_s <= longest_s)
            if usable and not samples.held and length_s > MISSING * usual_s:
                power.bridged_s += length_s
            power.extend([(samples.at_s[at], sign * (last_wh - first_wh) * HOUR_S / length_s if usable else NAN)])
    power.extend([(samples.at_s[known[-1]], NAN)])
    return power


def _grain(samples: Samples) -> float:
    """The step of the readings, Wh: the smallest difference between two of their rises. 0 if they never rise."""
    values = [value for value in samples.values if not isnan(value)]
    rises = sorted({0.0, *(abs(later - earlier) for earlier, later in pairwise(values))})
    return min((more - less for less, more in pairwise(rises) if more - less > SAME_WH), default=0.0)


def _without_dropouts(samples: Samples) -> list[int]:
    """Positions of the known readings, without those near 0 that the counter left at once for more than before.

    Programs write 0 while a meter does not answer. A counter that really begins again needs about as many readings to
    come back as it needed before. One that had too few of them is left as it is.
    """
    kept: list[int] = []
    rises, at, values = 0, 0, samples.values
    known = [place for place, value in enumerate(values) if not isnan(value)]
    while at < len(known):
        value = abs(values[known[at]])
        last = abs(values[kept[-1]]) if kept else value
        if value < last and value <= RESET * last:
            back = next((n for n in range(at, len(known)) if abs(values[known[n]]) > RESET * last), len(known))
            if rises >= MIN_RISES and back < len(known) and abs(values[known[back]]) >= last:
                at = back
                continue
            rises = 0
        rises += value > last
        kept.append(known[at])
        at += 1
    return kept


def looks_like_counter(samples: Samples) -> bool:
    """Whether the values grow and never fall, except to near 0, for an hour or more. No power does so for long.

    A counter that hardly moves for half a day is no power either: no device stays at one power, and then at a higher
    one.
    """
    rises = falls = 0
    first = last = NAN
    values = array("d", (value for value in samples.values if not isnan(value)))
    if not values or samples.at_s[-1] - samples.at_s[0] < MIN_SPAN_S:
        return False
    if min(values) < 0.0 < max(values):
        return False
    for value in (abs(value) for value in values):
        if value > last:
            rises += 1
        elif value < last:
            if value > RESET * last:
                return False
            falls += 1
        last = value
        first = value if isnan(first) else first
    slow = len(values) >= MIN_ROWS and samples.at_s[-1] - samples.at_s[0] >= LONG_SPAN_S
    if slow and falls == 0 and rises > 0 and first > 0.0:
        return True
    return rises >= MIN_RISES and falls <= FALLS_PER_RISE * rises
