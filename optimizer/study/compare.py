"""Compare: two results over the same input, side by side; where they differ, and how sure that is. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import Literal
from zoneinfo import ZoneInfo

from optimizer.study.result import SLOT_S, Result

RESAMPLES = 2000
SEED = 20250601
"""Of the resampling: the same comparison always says the same."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the comparison."""

    name: str
    unit: str
    digits: int
    better: Literal[-1, 0, 1]
    """+1: more is better."""
    value: Callable[[Result], float | None]

    def show(self, result: Result) -> str:
        """The value with its digits; a dash where there is none."""
        return shown(self.value(result), self.digits)


def shown(value: float | None, digits: int, sign: str = "") -> str:
    """A number for people; a dash for none."""
    return "–" if value is None or math.isnan(value) else f"{value:{sign},.{digits}f}".replace(",", " ")


def _kwh(get: Callable[[Result], float]) -> Callable[[Result], float]:
    return lambda result: get(result) / 1e3


def _percent(get: Callable[[Result], float | None]) -> Callable[[Result], float | None]:
    def percent(result: Result) -> float | None:
        share = get(result)
        return None if share is None else 100.0 * share

    return percent


def _euros(get: Callable[[Result], float | None]) -> Callable[[Result], float | None]:
    def euros(result: Result) -> float | None:
        cents = get(result)
        return None if cents is None else cents / 100.0

    return euros


def _price(result: Result) -> float | None:
    cost_ct = result.ev_cost_ct
    return None if cost_ct is None or result.ev_wh <= 0.0 else cost_ct / (result.ev_wh / 1e3)


def _reached(result: Result) -> float | None:
    return 100.0 * len(result.waits_h) / result.visits if result.visits else None


def _wait(result: Result) -> float | None:
    return fmean(result.waits_h) if result.waits_h else None


FIGURES = (
    Figure("Cost in all, settled", "€", 2, -1, _euros(lambda r: r.total_cost_ct)),
    Figure("Bill (import − feed-in)", "€", 2, -1, _euros(lambda r: r.cost_ct)),
    Figure("Car: energy", "kWh", 1, 1, _kwh(lambda r: r.ev_wh)),
    Figure("… straight from the sun", "kWh", 1, 1, _kwh(lambda r: r.ev_surplus_wh)),
    Figure("… through the battery", "kWh", 1, 0, _kwh(lambda r: r.ev_battery_wh)),
    Figure("… from the grid", "kWh", 1, -1, _kwh(lambda r: r.ev_grid_wh)),
    Figure("Car: price of its energy", "ct/kWh", 1, -1, _price),
    Figure("Car: had what it needed", "%", 0, 1, _reached),
    Figure("Car: after, on average", "h", 1, -1, _wait),
    Figure("Car: charged elsewhere", "kWh", 1, -1, _kwh(lambda r: r.shortfall_wh)),
    Figure("Grid import", "kWh", 1, -1, _kwh(lambda r: r.import_wh)),
    Figure("Grid export", "kWh", 1, 0, _kwh(lambda r: r.export_wh)),
    Figure("Self-consumption", "%", 1, 1, _percent(lambda r: r.self_consumption)),
    Figure("Autarky", "%", 1, 1, _percent(lambda r: r.autarky)),
    Figure("Battery cycles", "", 1, -1, lambda r: r.cycles),
    Figure("Starts of charging", "", 0, -1, lambda r: float(r.starts)),
    Figure("Phase switches", "", 0, -1, lambda r: float(r.switches)),
    Figure("Writes to devices", "", 0, -1, lambda r: float(sum(r.writes.values()))),
)
"""What is compared, in this order."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What the second result did more than the first in some stretch of time."""

    name: str
    ev_wh: float
    import_wh: float
    cost_ct: float
    hours: float


@dataclass(frozen=True, slots=True)
class Range:
    """A mean difference a day with the range in which 95 of 100 resampled sets of days fall."""

    mean: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether it has a sign at all."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results over the same input."""

    first: Result
    second: Result
    zone: ZoneInfo

    def by_day(self) -> list[Difference]:
        """Local days in order of time."""
        return self._grouped(lambda slot: self._day(slot).isoformat())

    def by_hour(self) -> list[Difference]:
        """Local hours of the day, 0 to 23."""
        found = self._grouped(lambda slot: f"{self.first.slot_time(slot).astimezone(self.zone).hour:02d}:00")
        return sorted(found, key=lambda difference: difference.name)

    def by_rule(self) -> list[Difference]:
        """By the rules that had the word on the car's mode in both; the largest difference first."""

        def rules(slot: int) -> str:
            before, after = rule_at(self.first, slot), rule_at(self.second, slot)
            return before if before == after else f"{before} → {after}"

        return sorted(self._grouped(rules), key=_weight, reverse=True)

    def most_different_day(self) -> date | None:
        """The day with the largest difference; None where nothing differs."""
        days = sorted(self.by_day(), key=_weight, reverse=True)
        return date.fromisoformat(days[0].name) if days and _weight(days[0]) > 0.0 else None

    def daily_cost(self) -> Range | None:
        """Mean difference a day of the bill less what the car's energy would have cost elsewhere, ct; None with fewer
        than three days or without prices. What a battery holds at midnight is left out."""
        if self.first.cost_ct is None or self.second.cost_ct is None:
            return None
        elsewhere_ct = self.first.elsewhere_ct or self.first.mean_import_ct or 0.0
        return resampled([day.cost_ct - day.ev_wh * elsewhere_ct / 1e3 for day in self.by_day()])

    def uncertainty(self) -> list[str]:
        """What can be said about how far the figures carry, in sentences."""
        days = self.first.days
        said = [f"{days:.0f} days of one house: other months, other weather and other habits give other figures."]
        cost = self.daily_cost()
        if days < 3.0:
            said.append("Fewer than three days: chance cannot be told from effect.")
        elif cost is not None:
            verdict = "the sign is clear for such days" if cost.sure else "even the sign may be chance"
            said.append(
                f"Bill and car together differ by {shown(cost.mean, 1, '+')} ct a day (95 % of resampled sets of days: "
                f"{shown(cost.low, 1, '+')} to {shown(cost.high, 1, '+')}): {verdict}."
            )
        if self.first.end != self.second.end:
            said.append("The two do not cover the same time, because the run was stopped: compare days, not totals.")
        return [*said, *dict.fromkeys((*self.first.notes, *self.second.notes))]

    def _both(self) -> Iterable[int]:
        """Slots that both have."""
        first, second = self.first.slots["ev_wh"], self.second.slots["ev_wh"]
        slots = range(min(len(first), len(second)))
        return (slot for slot in slots if not (math.isnan(first[slot]) or math.isnan(second[slot])))

    def _day(self, slot: int) -> date:
        return self.first.slot_time(slot).astimezone(self.zone).date()

    def _grouped(self, key: Callable[[int], str]) -> list[Difference]:
        sums: dict[str, list[float]] = {}
        first, second = self.first.slots, self.second.slots
        for slot in self._both():
            own = sums.setdefault(key(slot), [0.0, 0.0, 0.0, 0.0])
            for at, column in enumerate(("ev_wh", "import_wh", "cost_ct")):
                own[at] += second[column][slot] - first[column][slot]
            own[3] += SLOT_S / 3600.0
        return [Difference(name, *values) for name, values in sums.items()]


def rule_at(result: Result, slot: int) -> str:
    """The rule that had the word on the first charger's mode at the end of a slot."""
    index = result.slot_rules[slot]
    return result.rule_names[index] if index >= 0 else "–"


def _weight(difference: Difference) -> float:
    """Energy that went another way, Wh."""
    return abs(difference.ev_wh) + abs(difference.import_wh)


def resampled(values: Sequence[float]) -> Range | None:
    """Mean of the values and its 95 % range by drawing as many of them again and again; None for fewer than three."""
    if len(values) < 3:
        return None
    draw = random.Random(SEED)  # noqa: S311 - statistics, not secrets
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return Range(fmean(values), means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1])
