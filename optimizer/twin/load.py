"""The load of a household: a base, a fridge, and appliances that people switch on. Seeded by the day."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Appliance:
    """One appliance and its use."""

    watts: float
    minutes: tuple[int, int]
    """Shortest and longest run."""
    hours: tuple[float, float]
    """Local hours between which it starts."""
    a_day: float
    """Mean number of runs."""
    weekend: float = 1.0
    """Factor on `a_day` at weekends."""


APPLIANCES = (
    Appliance(2000.0, (2, 4), (6.0, 8.5), 1.6),
    Appliance(1900.0, (2, 4), (14.0, 21.0), 1.2),
    Appliance(900.0, (3, 8), (6.0, 9.0), 1.0),
    Appliance(2100.0, minutes=(15, 45), hours=(11.0, 13.5), a_day=0.5, weekend=1.6),
    Appliance(2300.0, (20, 60), (17.0, 20.0), 0.9),
    Appliance(1900.0, minutes=(20, 35), hours=(8.0, 19.0), a_day=0.45, weekend=1.5),
    Appliance(2000.0, (15, 25), (19.0, 22.0), 0.6),
    Appliance(160.0, (90, 240), (17.5, 20.5), 1.0),
    Appliance(220.0, (30, 120), (17.0, 21.0), 1.2),
    Appliance(1400.0, minutes=(10, 30), hours=(9.0, 18.0), a_day=0.3, weekend=1.8),
)
BASE_W = 170.0
FRIDGE_W = 85.0


def day_load(seed: int, day: int, weekday: int, offset_min: int, scale: float) -> list[float]:
    """W for each UTC minute of day number `day`. `offset_min` is local minus UTC. Weekday 0 is Monday."""
    random = Random(f"{seed} load {day}")  # noqa: S311
    load = [BASE_W * random.uniform(0.9, 1.1)] * MINUTES
    minute = -random.randrange(45)
    while minute < MINUTES:
        _add(load, minute, 15, FRIDGE_W)
        minute += random.randint(38, 52)
    for appliance in APPLIANCES:
        mean = appliance.a_day * (appliance.weekend if weekday >= 5 else 1.0)
        for _ in range(int(mean) + (random.random() < mean % 1.0)):
            start = round(random.uniform(*appliance.hours) * 60.0) - offset_min
            _add(load, start, random.randint(*appliance.minutes), appliance.watts * random.uniform(0.85, 1.1))
    return [w * scale for w in load]


def _add(load: list[float], start: int, minutes: int, watts: float) -> None:
    for m in range(max(0, start), min(MINUTES, start + minutes)):
        load[m] += watts
