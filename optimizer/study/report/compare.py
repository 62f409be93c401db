"""Compare: two results over the same input, where they differ, and how certain that is. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, stdev
from typing import Literal
from zoneinfo import ZoneInfo

from optimizer.study.result import SLOT_S, LoadShare, Result
from optimizer.words.text import Text

WHOLE_DAY_H = 22.0
"""Hours from which a day counts as whole: a day in spring has 23 hours, and one hour may be unknown."""
LEAST_DAYS, VERDICT_DAYS = 3, 10
"""Whole days from which a range is given, and from which it gets a verdict."""
NORMAL_975 = 1.959964


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
        """The value with its digits; a dash if there is none."""
        return shown(self.value(result), self.digits)


def shown(value: float | None, digits: int, sign: str = "") -> str:
    """A number for people, in the form of their language; a dash for none."""
    if value is None or math.isnan(value):
        return "–"
    name = f"number_{digits}d{'s' * bool(sign)}g"
    return Text(f"{{{name}}}", **{name: value})


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


def _departures(get: Callable[[Result], float]) -> Callable[[Result], float | None]:
    """A figure of results whose cars left for a goal."""
    return lambda result: get(result) if result.departures_met + result.departures_missed else None


def _loads(get: Callable[[LoadShare], float]) -> Callable[[Result], float | None]:
    """The sum of all switchable loads; None in a house without one."""
    return lambda result: sum(map(get, result.loads.values())) if result.loads else None


FIGURES = (
    Figure(Text("Total cost, settled"), "€", digits=2, better=-1, value=_euros(lambda r: r.total_cost_ct)),
    Figure(Text("Bill (import − feed-in)"), "€", digits=2, better=-1, value=_euros(lambda r: r.cost_ct)),
    Figure(Text("Car: energy"), "kWh", digits=1, better=1, value=_kwh(lambda r: r.ev_wh)),
    Figure(Text("… directly from PV"), "kWh", digits=1, better=1, value=_kwh(lambda r: r.ev_surplus_wh)),
    Figure(Text("… through the battery"), "kWh", digits=1, better=0, value=_kwh(lambda r: r.ev_battery_wh)),
    Figure(Text("… from the grid"), "kWh", digits=1, better=-1, value=_kwh(lambda r: r.ev_grid_wh)),
    Figure(Text("Car: price of its energy"), "ct/kWh", digits=1, better=-1, value=_price),
    Figure(Text("Car: had enough energy"), "%", digits=0, better=1, value=_reached),
    Figure(Text("Car: after, on average"), "h", digits=1, better=-1, value=_wait),
    Figure(Text("Car: charged elsewhere"), "kWh", digits=1, better=-1, value=_kwh(lambda r: r.shortfall_wh)),
    Figure(Text("Departures: goal met"), "", digits=0, better=1, value=_departures(lambda r: r.departures_met)),
    Figure(Text("… missed"), "", digits=0, better=-1, value=_departures(lambda r: r.departures_missed)),
    Figure(
        Text("… missing energy"), "kWh", digits=1, better=-1, value=_departures(lambda r: r.departures_lack_wh / 1e3)
    ),
    Figure(Text("… starts a visit"), "", digits=2, better=-1, value=_departures(lambda r: r.starts / max(1, r.visits))),
    Figure(Text("Grid import"), "kWh", digits=1, better=-1, value=_kwh(lambda r: r.import_wh)),
    Figure(Text("Grid export"), "kWh", digits=1, better=0, value=_kwh(lambda r: r.export_wh)),
    Figure(Text("Self-consumption"), "%", digits=1, better=1, value=_percent(lambda r: r.self_consumption)),
    Figure(Text("Autarky"), "%", digits=1, better=1, value=_percent(lambda r: r.autarky)),
    Figure(Text("Battery cycles"), "", digits=1, better=-1, value=lambda r: r.cycles),
    Figure(Text("Starts of charging"), "", digits=0, better=-1, value=lambda r: float(r.starts)),
    Figure(Text("Phase switches"), "", digits=0, better=-1, value=lambda r: float(r.switches)),
    Figure(Text("Loads: energy"), "kWh", digits=1, better=0, value=_loads(lambda one: one.energy_wh / 1e3)),
    Figure(Text("… hours on"), "h", digits=1, better=0, value=_loads(lambda one: one.on_s / 3600.0)),
    Figure(Text("… starts"), "", digits=0, better=-1, value=_loads(lambda one: float(one.starts))),
    Figure(Text("Writes to devices"), "", digits=0, better=-1, value=lambda r: float(sum(r.writes.values()))),
)
"""What is compared, in this order."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The second result minus the first in some period."""

    name: str
    ev_wh: float
    import_wh: float
    cost_ct: float
    stored_wh: float
    """In the batteries; more at the end than at the beginning."""
    hours: float
    """Length of the period, h."""


@dataclass(frozen=True, slots=True)
class Range:
    """A mean difference per day and its 95 % range (Student's t), assuming independent days."""

    mean: float
    low: float
    high: float
    days: int

    @property
    def sure(self) -> bool:
        """Whether its sign is certain."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results over the same input."""

    first: Result
    second: Result
    zone: ZoneInfo

    @property
    def same_time(self) -> bool:
        """Whether totals are comparable. They are not if the runs were stopped at different times."""
        return self.first.end == self.second.end

    @property
    def days(self) -> float:
        """Days that both have, without skipped time."""
        return min(self.first.days, self.second.days)

    def by_day(self) -> list[Difference]:
        """Local days in order of time."""
        return self._grouped(lambda slot: self._day(slot).isoformat())

    def by_hour(self) -> list[Difference]:
        """Local hours of the day, 0 to 23."""
        found = self._grouped(lambda slot: f"{self.first.slot_time(slot).astimezone(self.zone).hour:02d}:00")
        return sorted(found, key=lambda difference: difference.name)

    def by_rule(self) -> list[Difference]:
        """By the rules whose claims differ, on any target; else by the rule that claims the car's mode.

        The largest difference comes first.
        """
        named: dict[tuple[int, int], str] = {}

        def rules(slot: int) -> str:
            pair = self.first.slot_words[slot], self.second.slot_words[slot]
            if pair not in named:
                named[pair] = others(_words(self.first, slot), _words(self.second, slot))
            return named[pair] or rule_at(self.first, slot)

        return sorted(self._grouped(rules), key=_weight, reverse=True)

    def most_different_day(self) -> date | None:
        """The day with the largest difference; None if nothing differs."""
        days = sorted(self.by_day(), key=_weight, reverse=True)
        return date.fromisoformat(days[0].name) if days and _weight(days[0]) > 0.0 else None

    def daily_cost(self) -> Range | None:
        """Mean difference of the settled cost over the whole days, ct; None with fewer than three or without prices.

        The sum over all days is the difference of `Result.total_cost_ct`, because both drive the same trips.
        """
        car_ct, stored_ct = self.first.car_ct, self.first.stored_ct
        if self.first.cost_ct is None or self.second.cost_ct is None or car_ct is None or stored_ct is None:
            return None
        return interval(
            [
                day.cost_ct - (day.ev_wh * car_ct + day.stored_wh * stored_ct) / 1e3
                for day in self.by_day()
                if day.hours >= WHOLE_DAY_H
            ]
        )

    def uncertainty(self) -> list[str]:
        """Sentences about the certainty of the figures."""
        said: list[str] = [
            Text(
                "{days_0d} days of one house. Other months, weather, and habits give other figures.", days_0d=self.days
            )
        ]
        cost = self.daily_cost()
        if not self.same_time:
            said.append(Text("The two do not cover the same time, because the run was stopped. Totals are left out."))
        if cost is not None:
            said.append(
                Text(
                    "The settled cost differs by {mean} ct a day over {days} whole days (95 % range for "
                    "independent days: {low} to {high}): {cost}.",
                    mean=shown(cost.mean, 1, "+"),
                    days=cost.days,
                    low=shown(cost.low, 1, "+"),
                    high=shown(cost.high, 1, "+"),
                    cost=_verdict(cost),
                )
            )
        elif self.first.cost_ct is not None and self.second.cost_ct is not None:
            said.append(Text("There are fewer than three whole days. Chance and effect cannot be separated."))
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
        held_wh = self.second.stored_wh[0] - self.first.stored_wh[0]
        for slot in self._both():
            own = sums.setdefault(key(slot), [0.0, 0.0, 0.0, 0.0, 0.0])
            for at, column in enumerate(("ev_wh", "import_wh", "cost_ct")):
                own[at] += second[column][slot] - first[column][slot]
            now_wh = _stored_wh(self.second, slot) - _stored_wh(self.first, slot)
            own[3] += now_wh - held_wh
            own[4] += SLOT_S / 3600.0
            held_wh = now_wh
        return [Difference(name, *values) for name, values in sums.items()]


def _stored_wh(result: Result, slot: int) -> float:
    return 0.0 if result.battery_wh <= 0.0 else result.slots["soc_percent"][slot] / 100.0 * result.battery_wh


def _verdict(cost: Range) -> str:
    if cost.days < VERDICT_DAYS:
        return Text("a verdict needs {verdict_days} days or more", verdict_days=VERDICT_DAYS)
    return Text("the sign is clear for such days") if cost.sure else Text("even the sign may be chance")


def rule_at(result: Result, slot: int) -> str:
    """The rule that claimed the first charger's mode at the end of a slot."""
    index = result.slot_rules[slot]
    return result.rule_names[index] if index >= 0 else "–"


def _words(result: Result, slot: int) -> dict[str, tuple[str, float | str]]:
    index = result.slot_words[slot]
    return {target: (rule, value) for target, rule, value in result.words[index]} if index >= 0 else {}


def others(first: Mapping[str, tuple[str, float | str]], second: Mapping[str, tuple[str, float | str]]) -> str:
    """The rules whose claims differ in the second result, modes of cars first; empty if none differs.

    A rule that claims another value is named with the target, because two books may differ only in their defaults.
    """
    nobody: tuple[str, float | str] = ("–", "–")
    found: dict[str, None] = {}
    for target in sorted({*first, *second}, key=lambda name: (not name.endswith(".mode"), name)):
        (rule, value), (other, another) = first.get(target, nobody), second.get(target, nobody)
        if rule != other:
            found[f"{rule} → {other}"] = None
        elif value != another:
            # Numbers may differ in every tick. Each would need a row of its own.
            words = isinstance(value, str) and isinstance(another, str)
            found[f"{rule}: {target} {value} → {another}" if words else f"{rule}: {target}"] = None
    return "; ".join(found)


def _weight(difference: Difference) -> float:
    """The energy that differs, Wh."""
    return abs(difference.ev_wh) + abs(difference.import_wh)


def interval(values: Sequence[float]) -> Range | None:
    """Mean of the values and its 95 % range; None for fewer than three."""
    count = len(values)
    if count < LEAST_DAYS:
        return None
    mean = fmean(values)
    half = student_975(count - 1) * stdev(values) / math.sqrt(count)
    return Range(mean, mean - half, mean + half, count)


def student_975(freedom: int) -> float:
    """The 97.5 % quantile of Student's t.

    It is exact for 1 and 2 degrees of freedom. From 3 on it uses the expansion of Cornish and Fisher. Its error there
    is 0.2 % and falls with more degrees of freedom.
    """
    if freedom == 1:
        return math.tan(0.475 * math.pi)
    if freedom == 2:
        return 0.95 * math.sqrt(2.0 / (1.0 - 0.95**2))
    z, n = NORMAL_975, float(freedom)
    terms = (
        (z**3 + z) / 4.0,
        (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0,
        (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0,
        (79.0 * z**9 + 776.0 * z**7 + 1482.0 * z**5 - 1920.0 * z**3 - 945.0 * z) / 92160.0,
    )
    return z + sum(term / n**power for power, term in enumerate(terms, start=1))
