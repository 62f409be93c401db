"""Fuses: what the phases truly carry, by the physics of the house, while cars draw on them.

The guard limits what is ordered; the house alone may be above a fuse, and so may the cars until they have followed.
What it promises is that no car goes on drawing on a phase above its fuse once it has had the time to follow: a
meter's reading, a tick, and the settling time of the slowest charger on that phase. That holds while meter and
chargers answer as they should.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from optimizer.model.site import Site
from optimizer.twin.physics import Charger, House

PHASES = (1, 2, 3)
TOLERANCE_A = 0.5
"""Readings are rounded, and a step of the current is 0.1 to 1 A."""
DRAWS_A = 1.0


@dataclass
class Overloads:
    """What was found. Times in s."""

    seconds: float = 0.0
    """In which cars drew on a phase above its fuse, phases added up, whatever was out of order."""
    longest_s: float = 0.0
    """Of these without a break, with meter and chargers in order."""
    broken: list[str] = field(default_factory=list)
    """Each that lasted for longer than the guard may need."""


class FuseWatch:
    """Looks at the physics again and again."""

    def __init__(self, found: Overloads, site: Site, devices: dict[str, str], meter: str, sensing_s: float) -> None:
        """`devices`: charger → device that answers for it; `sensing_s`: the meter's pace and a tick."""
        self._found = found
        self._site = site
        self._devices = devices
        self._meter = meter
        self._sensing_s = sensing_s
        self._over_s: dict[int, float] = {}

    def look(self, physics: House, now_s: float, passed_s: float, ailing: Collection[str]) -> None:
        """The physics at `now_s`, `passed_s` after the last look; `ailing`: devices that are out of order."""
        for phase, amps in zip(PHASES, physics.phase_current_a(), strict=True):
            drawing = [charger.spec.name for charger in physics.chargers if _draws(charger, phase)]
            if not drawing or amps <= self._site.fuse_a + TOLERANCE_A:
                self._over_s.pop(phase, None)
                continue
            self._found.seconds += passed_s
            if self._meter in ailing or any(self._devices[name] in ailing for name in self._devices):
                self._over_s.pop(phase, None)
                continue
            before_s = self._over_s.get(phase, 0.0)
            over_s = self._over_s[phase] = before_s + passed_s
            self._found.longest_s = max(self._found.longest_s, over_s)
            most_s = self._sensing_s + max(self._site.chargers[name].settle_s for name in drawing)
            if before_s <= most_s < over_s:
                self._found.broken.append(
                    f"{', '.join(drawing)} on L{phase} at {amps:.1f} A for over {most_s:.0f} s at {now_s:.0f} s"
                )


def _draws(charger: Charger, phase: int) -> bool:
    return charger.current_a >= DRAWS_A and phase in charger.spec.phase_map[: charger.active_phases]
