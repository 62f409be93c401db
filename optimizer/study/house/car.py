"""The simulated car: when it is at home, how much energy it used on the road, and how much it needs to leave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, message_of

ENDLESS_WH = 1e9
"""Capacity of a car that is always there and never full."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TRIP = re.compile(r"([a-z]{3}(?:[-,][a-z]{3})*) +(\d\d?):(\d\d)-(\d\d?):(\d\d) +(\d+(?:\.\d+)?) *kWh")


@dataclass(frozen=True, slots=True)
class Trip:
    """A habit: away between two local times, and the energy that takes."""

    weekdays: frozenset[int]
    """0 = Monday."""
    leaves: time
    returns: time
    """Not later than `leaves`: on the next day."""
    uses_wh: float
    """Out of the car's battery."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One visit, in s since the start of the study."""

    arrives_s: float
    leaves_s: float
    used_wh: float
    """Energy used on the road before the visit."""
    next_wh: float
    """Energy that the following trip needs; 0 if no trip is known."""


@dataclass(frozen=True, slots=True)
class Car:
    """One car. Without trips and stays it is always there and never full."""

    capacity_wh: float = 60_000.0
    initial_soc_percent: float = 50.0
    reserve_percent: float = 20.0
    """State of charge that should remain on return. A car that charged elsewhere returns with it too."""
    phases: int = 3
    max_current_a: float = 16.0
    efficiency: float = 0.9
    """From the charger's meter into the car's battery."""
    trips: tuple[Trip, ...] = ()
    reports_soc: bool = False
    """Whether the charger or the car reports its state of charge. Most do not."""
    stays: tuple[Stay, ...] | None = None
    """Recorded visits. They replace `trips`."""

    @property
    def endless(self) -> bool:
        """Whether it is always there and never full."""
        return not self.trips and self.stays is None


@dataclass(frozen=True, slots=True)
class Habit:
    """Trips by name, for the command line."""

    trips: tuple[str, ...]
    about: str


HABITS = {
    "always": Habit((), "always at home and never full"),
    "commuter": Habit(
        ("mon-fri 07:30-17:15 8kWh", "sat 10:00-13:00 5kWh", "sun 14:00-18:00 7kWh"), "away on working days"
    ),
    "homeoffice": Habit(
        ("tue,thu 07:30-17:15 8kWh", "wed 16:00-18:00 3kWh", "sat 10:00-17:00 12kWh"), "mostly at home"
    ),
}


def parse_trip(text: str) -> Trip:
    """`mon-fri 07:30-17:15 8kWh`. Raises StudyError."""
    match = _TRIP.fullmatch(text.strip())
    if match is None:
        raise StudyError(Text("“{text}” is not a trip. Write it like “mon-fri 07:30-17:15 8kWh”", text=text))
    days, h1, m1, h2, m2, kwh = match.groups()
    try:
        return Trip(_weekdays(days), time(int(h1), int(m1)), time(int(h2), int(m2)), float(kwh) * 1000.0)
    except ValueError as error:
        raise StudyError(Text("“{text}”: {why}", text=text, why=message_of(error))) from None


def trips_of(habit: str) -> tuple[Trip, ...]:
    """The trips of a named habit. Raises StudyError."""
    if habit not in HABITS:
        raise StudyError(
            Text("there is no habit “{habit}”. The habits are {names}", habit=habit, names=", ".join(HABITS))
        )
    return tuple(parse_trip(text) for text in HABITS[habit].trips)


def stays_between(car: Car, start: datetime, end: datetime, zone: ZoneInfo) -> tuple[Stay, ...]:
    """All visits from `start` to `end`, oldest first. Raises StudyError if trips overlap."""
    if car.stays is not None:
        return car.stays
    last_s = (end - start).total_seconds()
    away = sorted(_absences(car.trips, start, end, zone))
    stays: list[Stay] = []
    home_from_s, used_wh = 0.0, 0.0
    for left_s, back_s, uses_wh in away:
        if left_s < home_from_s:
            if home_from_s == 0.0:
                # The car is on the road at the start of the study.
                home_from_s, used_wh = max(0.0, back_s), uses_wh
                continue
            raise StudyError(Text("two trips of the car overlap. Change their times"))
        if left_s > home_from_s:
            stays.append(Stay(home_from_s, left_s, used_wh, uses_wh))
            home_from_s, used_wh = back_s, uses_wh
        else:
            home_from_s, used_wh = back_s, used_wh + uses_wh
    if home_from_s < last_s:
        stays.append(Stay(home_from_s, float("inf"), used_wh, 0.0))
    return tuple(stays)


def moved(car: Car, by_s: float, length_s: float) -> Car:
    """The car for a study that begins `by_s` later and lasts `length_s`, with the recorded visits within that time.

    A visit at the start of the study counts from its arrival energy, because the energy charged before is unknown.
    """
    if car.stays is None:
        return car
    stays = tuple(
        replace(stay, arrives_s=max(0.0, stay.arrives_s - by_s), leaves_s=stay.leaves_s - by_s)
        for stay in car.stays
        if stay.leaves_s > by_s and stay.arrives_s < by_s + length_s
    )
    return replace(car, stays=stays)


def _absences(
    trips: Sequence[Trip], start: datetime, end: datetime, zone: ZoneInfo
) -> list[tuple[float, float, float]]:
    """(leaves, returns) in s since the start, and the energy of the trip."""
    found = []
    day = start.astimezone(zone).date() - timedelta(days=1)
    while day <= end.astimezone(zone).date():
        for trip in trips:
            if day.weekday() not in trip.weekdays:
                continue
            back_day = day if trip.returns > trip.leaves else day + timedelta(days=1)
            left_s = (_instant(day, trip.leaves, zone) - start).total_seconds()
            back_s = (_instant(back_day, trip.returns, zone) - start).total_seconds()
            if back_s > 0.0 and left_s < (end - start).total_seconds():
                found.append((left_s, back_s, trip.uses_wh))
        day += timedelta(days=1)
    return found


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone)


def _weekdays(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"the weekdays are {', '.join(DAYS)}")
        low, high = DAYS.index(first), DAYS.index(last or first)
        found |= {k % 7 for k in range(low, (high if high >= low else high + 7) + 1)}
    return frozenset(found)


@dataclass(slots=True)
class Garage:
    """The car through its visits: its missing energy, and when it has enough. Energies in its battery, Wh."""

    car: Car
    stays: tuple[Stay, ...]
    next: int = 0
    """The present or the next visit."""
    shortfall_wh: float = 0.0
    """Energy charged elsewhere, because the state of charge was too low for a trip."""
    visits: int = 0
    """Visits that ended with a trip ahead."""
    waits_h: list[float] = field(default_factory=list)
    """Hours from arrival until it had the needed energy, for the visits in which it got that before leaving."""
    _needs_wh: float | None = None
    _waited_h: float | None = None

    @property
    def event_s(self) -> float:
        """The time at which it leaves (while here) or arrives; infinite if nothing follows."""
        if self.next >= len(self.stays):
            return float("inf")
        stay = self.stays[self.next]
        return stay.leaves_s if self._here else stay.arrives_s

    _here: bool = False

    @property
    def waiting(self) -> bool:
        """Whether it is here and still needs energy."""
        return self._needs_wh is not None

    def arrive(self, left_with_wh: float) -> float:
        """The car arrives. Returns the energy in its battery."""
        stay = self.stays[self.next]
        self._here = True
        reserve_wh = self.car.capacity_wh * self.car.reserve_percent / 100.0
        has_wh = left_with_wh - stay.used_wh
        if has_wh < reserve_wh and stay.used_wh > 0.0:
            self.shortfall_wh += reserve_wh - has_wh
            has_wh = reserve_wh
        if stay.next_wh > 0.0:
            self._needs_wh = min(self.car.capacity_wh, reserve_wh + stay.next_wh)
        return has_wh

    def look(self, has_wh: float, now_s: float) -> None:
        """Note the time from which the car has the needed energy."""
        if self._needs_wh is not None and has_wh >= self._needs_wh - 1.0:
            self._waited_h = (now_s - self.stays[self.next].arrives_s) / 3600.0
            self._needs_wh = None

    def leave(self) -> None:
        """The car leaves. A visit and its outcome count at its end."""
        self.visits += self.stays[self.next].next_wh > 0.0
        if self._waited_h is not None:
            self.waits_h.append(self._waited_h)
        self._needs_wh = self._waited_h = None
        self._here = False
        self.next += 1
