"""Tracks: the rows of a table on the way to samples. Their times are resolved, and their order is checked."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isnan
from zoneinfo import ZoneInfo

from optimizer.study.input.cells import Cells
from optimizer.study.input.half_days import refuse_lost_half_days
from optimizer.study.input.samples import Samples
from optimizer.study.input.series import StudyError
from optimizer.study.input.times import Times
from optimizer.study.input.two_values import refuse_mixture, refuse_two_values


@dataclass(frozen=True, slots=True)
class Reading:
    """The format of times and numbers. Empty texts: as found in the table."""

    zone: ZoneInfo
    """The zone of times without one."""
    time_format: str = ""
    decimal: str = ""
    """The decimal separator, "." or ","."""
    repeated_hour: str = ""
    """first or second: the meaning of an hour that occurs twice, if the order of the rows does not tell."""
    repeated_times: bool = False
    """Whether rows of one time may have different values, which count by their mean."""


@dataclass(slots=True)
class Track:
    """The rows of a wide table, or of one name of a long one."""

    times: Times
    numbers: dict[str, Cells] = field(default_factory=dict)
    left_out: int = 0
    """Rows of an hour that occurs twice, which no order of the table tells apart."""

    def samples(self, reading: Reading, *, held: bool) -> dict[str, Samples]:
        """The samples of each column, in the order of time. `held`: each value holds until the next one.

        Raises StudyError if rows contradict each other.
        """
        self.times.check_order_of_day_and_month(reading.time_format)
        refuse_lost_half_days(self.times.path, self.times.wall_s, self.times.lines)
        values = {name: column.finished() for name, column in self.numbers.items()}
        times = self.times
        try:
            unix_s, forwards = times.resolved(reading.zone, reading.repeated_hour)
        except StudyError:
            # Part of the table may have been pasted twice. Without the second copy the order tells.
            times, values = _kept(times, values, _first_copies(times, values))
            twice = () if times.is_in_order() else times.in_repeated_hours(reading.zone)
            if not twice and len(times.lines) == len(self.times.lines):
                raise
            try:
                unix_s, forwards = times.resolved(reading.zone, reading.repeated_hour)
            except StudyError:
                if not twice or held:
                    raise
                # Rows without order do not tell which of the two hours they are of. Both hours are unknown then.
                self.left_out = len(twice)
                times, values = _kept(times, values, sorted(set(range(len(times.lines))) - set(twice)))
                unix_s, forwards = times.resolved(reading.zone, reading.repeated_hour)
        found = {}
        for name in self.numbers:
            own = Samples(held=held, source=times.path)
            own.at_s, own.values, own.lines = unix_s, values[name], times.lines
            if not forwards:
                turned = Samples(held=held, source=times.path)
                turned.at_s, turned.values, turned.lines = own.at_s[::-1], own.values[::-1], own.lines[::-1]
                own = turned
            found[name] = own.in_order()
            if held:
                refuse_mixture(name, found[name])
            elif not reading.repeated_times:
                refuse_two_values(name, found[name], days_only=self.times.days_only)
        return found


def _kept(
    times: Times, values: Mapping[str, array[float]], rows: Sequence[int]
) -> tuple[Times, dict[str, array[float]]]:
    return times.kept(rows), {name: array("d", (own[at] for at in rows)) for name, own in values.items()}


def _first_copies(times: Times, values: Mapping[str, array[float]]) -> list[int]:
    """The rows without those that repeat the time and all values of another one."""
    first: dict[tuple[float, ...], int] = {}
    for at, wall_s in enumerate(times.wall_s):
        cells = (own[at] for own in values.values())
        first.setdefault((wall_s, *(inf if isnan(cell) else cell for cell in cells)), at)
    return list(first.values())
