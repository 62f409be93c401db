"""Fuses: what the phases truly carry, by the physics of the house, while cars draw on them.

The guard limits what is ordered; the house alone may be above a fuse, and so may the cars until they have followed.
What it promises is that no car goes on drawing on a phase above its fuse once there was time to see and to follow:
a reading of the meter, a tick, a reading of the charger and its settling time. That holds while meter and
chargers answer as they should.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from optimizer.model.site import Site
from optimizer.runtime.pacing import JITTER, MAX_BACKOFF_S
from optimizer.twin.physics import Charger, House

PHASES = (1, 2, 3)
TOLERANCE_A = 0.5
"""Readings are rounded, and a step of the current is 0.1 to 1 A."""
DRAWS_A = 1.0
TICK_S = 5.0
NOTICED_S = MAX_BACKOFF_S * (1.0 + JITTER)
"""A device that was out of order may be asked again only after so long."""


@dataclass
class Overloads:
    """The overloads that were found. Times in s."""

    seconds: float = 0.0
    """In which cars drew on a phase above its fuse, phases added up, whatever was out of order."""
    longest_s: float = 0.0
    """Of these without a break, with meter and chargers in order."""
    broken: list[str] = field(default_factory=list)
    """Each that lasted for longer than the guard may need."""


class FuseWatch:
    """Looks at the physics again and again."""

    def __init__(
        self, found: Overloads, site: Site, devices: dict[str, str], meter: str, paces_s: Mapping[str, float]
    ) -> None:
        """`devices`: charger → device that answers for it; `paces_s`: how often meter and chargers are read."""
        self._found = found
        self._site = site
        self._devices = devices
        self._meter = meter
        self._sensing_s = paces_s[meter] + TICK_S
        self._paces_s = paces_s
        self._over_s: dict[int, float] = {}
        self._ailed_s = -math.inf
        """When a device of this was out of order for the last time."""

    def look(self, physics: House, now_s: float, passed_s: float, ailing: Collection[str]) -> None:
        """The physics at `now_s`, `passed_s` after the last look; `ailing`: devices that are out of order."""
        if self._meter in ailing or any(device in ailing for device in self._devices.values()):
            self._ailed_s = now_s
        for phase, amps in zip(PHASES, physics.phase_current_a(), strict=True):
            drawing = [charger.spec.name for charger in physics.chargers if draws(charger, phase)]
            if not drawing or amps <= self._site.fuse_a + TOLERANCE_A:
                self._over_s.pop(phase, None)
                continue
            self._found.seconds += passed_s
            if now_s - self._ailed_s < NOTICED_S:
                self._over_s.pop(phase, None)
                continue
            before_s = self._over_s.get(phase, 0.0)
            over_s = self._over_s[phase] = before_s + passed_s
            self._found.longest_s = max(self._found.longest_s, over_s)
            most_s = self._sensing_s + max(self._follows_s(name) for name in drawing)
            if before_s <= most_s < over_s:
                self._found.broken.append(
                    f"{', '.join(drawing)} on L{phase} at {amps:.1f} A for over {most_s:.0f} s at {now_s:.0f} s"
                )

    def _follows_s(self, name: str) -> float:
        return self._paces_s[name] + self._site.chargers[name].settle_s


def draws(charger: Charger, phase: int) -> bool:
    """Whether the car on `charger` draws on a phase (1-3) of the house."""
    return charger.current_a >= DRAWS_A and phase in charger.spec.phase_map[: charger.active_phases]
