"""Settings that a hand-back cannot put back: they are not written again and again, since each write may wear flash."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.devices.givtcp.settings import Write
from optimizer.model.clock import Clock
from optimizer.words.text import Text

MOST_TRIES = 3
AGAIN_S = 3600.0
"""After this long a setting is tried anew."""


class Stuck:
    """Counts what GivTCP has taken for each setting without the setting being done with."""

    def __init__(self, clock: Clock) -> None:
        """Nothing is stuck yet."""
        self._clock = clock
        self._tries: dict[str, list[float]] = {}
        """Monotonic s of each try, oldest first."""
        self._refused_s: dict[str, float] = {}
        """When GivTCP was found to have no command for it."""

    def tried(self, setting: str) -> None:
        """One more write of it was taken."""
        self._tries.setdefault(setting, []).append(self._clock.monotonic_s())

    def refused(self, setting: str) -> None:
        """GivTCP has no command for it."""
        self._refused_s[setting] = self._clock.monotonic_s()

    def clear(self) -> None:
        """The hand-back is done."""
        self._tries.clear()
        self._refused_s.clear()

    def without(self, due: Iterable[Write]) -> list[Write]:
        """Those of `due` that may be written now."""
        return [write for write in due if not self._blocks(write.setting)]

    def _blocks(self, setting: str) -> bool:
        since_s = self._clock.monotonic_s() - AGAIN_S
        recent = [at_s for at_s in self._tries.get(setting, ()) if at_s > since_s]
        if setting in self._tries:
            self._tries[setting] = recent
        return len(recent) >= MOST_TRIES or self._refused_s.get(setting, since_s) > since_s


def advice(due: Iterable[Write], name: str) -> str:
    """The sentence for the owner about what could not be put back."""
    settings = ", ".join(f"{WORDS.get(write.setting, write.setting)} to {write.value}" for write in due)
    return Text(
        "{name}: GivTCP does not put everything back. Set this in the GivEnergy app: "
        "{settings}. Then run `optimizer release`, or wait: the service notices it by itself",
        name=name,
        settings=settings,
    )


WORDS = {
    "pause": "the battery pause mode",
    "charge_rate": "the charge rate in W",
    "discharge_rate": "the discharge rate in W",
    "charge_slot": "charge slot 1",
    "discharge_slot": "discharge slot 1",
    "pause_slot": "the pause slot",
    "reserve": "the reserve in %",
    "target": "the charge target in %",
    "target_on": "the switch of the charge target",
    "charge_on": "the charge schedule",
    "discharge_on": "the discharge schedule",
    "eco": "eco mode",
    "mode": "the battery mode",
}
