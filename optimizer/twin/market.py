"""A day-ahead market: quarter-hourly prices that are published the day before, and the bad days of such a feed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
QUARTER_S = 900


@dataclass(slots=True)
class Market:
    """Prices in EUR/MWh from a seed. The same time always has the same price."""

    seed: int = 1
    published_hour: float = 12.95
    """Local hour at which the prices of tomorrow are published."""
    late_h: float = 0.0
    """Hours by which the next publications are late."""
    ended: datetime | None = None
    """The time at which the feed ended. It publishes nothing afterwards."""
    step_s: int = QUARTER_S
    """3600: the feed has the mean of each hour."""
    changed: dict[int, float | None] = field(default_factory=dict)
    """Prices by Unix time of the quarter hour. None: the feed has a null there."""

    def price(self, at_s: int) -> float | None:
        """The price of the quarter hour from Unix time `at_s`, EUR/MWh, with two digits."""
        if at_s in self.changed:
            return self.changed[at_s]
        local = datetime.fromtimestamp(at_s, UTC).astimezone(BRUSSELS)
        hour = local.hour + local.minute / 60.0
        noise = Random(f"{self.seed} {at_s}").gauss(0.0, 6.0)  # noqa: S311
        evening, noon = math.exp(-(((hour - 19.0) / 2.5) ** 2)), math.exp(-(((hour - 13.0) / 3.0) ** 2))
        return round(85.0 + 70.0 * evening - 75.0 * noon + noise, 2)

    def slots(self, start_s: float, end_s: float, now: datetime) -> list[tuple[int, int, float | None]]:
        """The published slots that begin from `start_s` until just before `end_s`: beginning, end, EUR/MWh."""
        first = math.ceil(start_s / self.step_s) * self.step_s
        last = min(end_s, self.known_until_s(now))
        return [(at_s, at_s + self.step_s, self._mean(at_s)) for at_s in range(first, math.ceil(last), self.step_s)]

    def known_until_s(self, now: datetime) -> float:
        """Unix time until which prices are published at `now`."""
        seen = now if self.ended is None else min(now, self.ended)
        local = seen.astimezone(BRUSSELS)
        hour = local.hour + local.minute / 60.0
        days = 2 if hour >= self.published_hour + self.late_h else 1
        return midnight_s(seen, days)

    def _mean(self, at_s: int) -> float | None:
        prices = [self.price(quarter) for quarter in range(at_s, at_s + self.step_s, QUARTER_S)]
        known = [price for price in prices if price is not None]
        return round(sum(known) / len(known), 2) if len(known) == len(prices) else None


def midnight_s(at: datetime, days: int = 0) -> float:
    """The beginning of the market's day of `at`, or of the day that is `days` later, Unix s."""
    day = at.astimezone(BRUSSELS).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=BRUSSELS).timestamp()
