"""A charger with its car for the house under test."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

CHANGE_S, PAUSE_S = 3, 2
"""Dead times of the car: a new current, and a pause."""
CAR_LAG_S = 2.5


@dataclass
class Car:
    """A car on a charger that follows its commands after a dead time and with a lag."""

    switch_s: int
    """Time from a command for another number of phases until it draws power again."""
    start_s: int
    """Time from the end of a pause until it draws power."""
    most_a: float = 32.0
    """Its own largest current."""
    most_phases: int = 3
    """The number of phases that it can use."""
    part: float = 1.0
    """What it draws of its offer at 230 V. More than 1: the voltage is higher."""
    set_a: float = 6.0
    paused: bool = True
    phases: int = 1
    power_w: float = 0.0
    offered_w: float = 0.0
    wired: int = 1
    """The phases on which it draws now."""
    coming: deque[tuple[int, float, int]] = field(default_factory=deque)

    def step(self, second: int) -> None:
        while self.coming and self.coming[0][0] <= second:
            _, offered_w, phases = self.coming.popleft()
            self.wired = min(phases, self.most_phases)
            self.offered_w = min(offered_w / phases, self.most_a * 230.0) * self.wired * self.part
        kept = math.exp(-1.0 / CAR_LAG_S) if self.offered_w else 0.0
        self.power_w = self.offered_w + (self.power_w - self.offered_w) * kept

    def write(self, second: int, kind: str, value: float) -> None:
        before = (self.set_a, self.paused, self.phases)
        if kind == "current":
            self.set_a = value
        elif kind == "phases":
            self.phases = int(value)
        else:
            self.paused = kind == "pause"
        if before == (self.set_a, self.paused, self.phases) or (self.paused and before[1]):
            return
        if self.paused:
            self.coming.clear()
            self.coming.append((second + PAUSE_S, 0.0, self.phases))
            return
        dead_s = self.start_s if before[1] else self.switch_s if self.phases != before[2] else CHANGE_S
        if self.phases != before[2]:
            self.coming.append((second + CHANGE_S, 0.0, self.phases))
        latest_s = max([second + dead_s, *(at_s for at_s, _, _ in self.coming)])
        self.coming.append((latest_s, self.set_a * self.phases * 230.0, self.phases))
