"""Prices by weekday, time of day, and month in local time: two-rate contracts and time-variable grid fees."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_time, quarter_hour, quarter_hours
from optimizer.model.series import QUARTER_S, Series, Slot, constant

DAY_S = 86_400.0
EVERY_DAY = frozenset(range(7))
EVERY_MONTH = frozenset(range(1, 13))


@dataclass(frozen=True, slots=True)
class Zone:
    """One price that applies at certain local times."""

    ct: float
    """Price in ct/kWh."""
    from_s: float = 0.0
    """Beginning in s of the local clock since midnight, a multiple of 900."""
    to_s: float = DAY_S
    """End, exclusive. If it is not after the beginning, the zone ends on the next day."""
    days: frozenset[int] = EVERY_DAY
    """Weekdays on which the zone begins, 0 = Monday."""
    months: frozenset[int] = EVERY_MONTH
    """Months (1–12) in which the zone begins."""
    holidays: frozenset[int] = frozenset()
    """Further days on which it begins, as `date.toordinal` counts them: public holidays."""

    def applies(self, local: datetime) -> bool:
        """Whether the zone applies at this local time. Weekday and month are those of the day on which it began."""
        clock_s = local.hour * 3600.0 + local.minute * 60.0 + local.second
        if self.from_s < self.to_s:
            return self.from_s <= clock_s < self.to_s and self._begins_on(local)
        if clock_s >= self.from_s:
            return self._begins_on(local)
        return clock_s < self.to_s and self._begins_on(local - timedelta(days=1))

    def _begins_on(self, local: datetime) -> bool:
        is_day = local.weekday() in self.days or local.toordinal() in self.holidays
        return is_day and local.month in self.months


@dataclass(frozen=True, slots=True)
class ByTime:
    """A price with zones. The last zone that applies wins. Without one the base price applies."""

    base_ct: float
    """Price in ct/kWh outside all zones."""
    zones: tuple[Zone, ...] = field(default=())

    def at(self, local: datetime) -> float:
        """The price at a local time, ct/kWh."""
        return next((zone.ct for zone in reversed(self.zones) if zone.applies(local)), self.base_ct)

    def series(self, start_s: float, end_s: float, zone: ZoneInfo, *, source: str = "") -> Series:
        """The price from `start_s` until just before `end_s`, with equal neighbors as one slot.

        It is read off the local clock in every quarter hour. So an hour that occurs twice has its price twice, and an
        hour that is skipped has none.
        """
        if not self.zones:
            return constant(self.base_ct, start_s, end_s, unit="ct/kWh", source=source)
        found: list[Slot] = []
        for at_s in quarter_hours(quarter_hour(start_s), end_s):
            first_s, last_s = max(at_s, start_s), min(at_s + QUARTER_S, end_s)
            ct = self.at(local_time(at_s, zone))
            if found and found[-1].value == ct:
                found[-1] = found[-1]._replace(end_s=last_s)
            else:
                found.append(Slot(first_s, last_s, ct))
        return Series.of(found, unit="ct/kWh", source=source)
