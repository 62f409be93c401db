"""The values that a relay of any brand reports, each with its place in JSON: state, power, and energy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.devices.generic.wanted import Wanted
from optimizer.devices.switches.port import MOST_WH, Amount, OnOff


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a value in JSON: the request (or topic) and the JMESPath."""

    where: str
    path: str = ""
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Reports:
    """The places of the values. None: the relay does not report the value."""

    state: Place | None = None
    """None: what was written counts as its state."""
    power: Place | None = None
    energy: Place | None = None
    on_word: str = ""
    """The word for on. Empty: the usual ones."""
    off_word: str = ""
    max_age_s: float = 30.0

    def values(self) -> Iterator[tuple[Wanted, Place]]:
        """Each reported value with its place. The quantities are `on`, `power` (W), and `energy` (Wh)."""
        if self.state is not None:
            yield OnOff(self.max_age_s, on_word=self.on_word, off_word=self.off_word), self.state
        if self.power is not None:
            yield Amount("power", self.max_age_s, self.power.factor), self.power
        if self.energy is not None:
            yield Amount("energy", self.max_age_s, self.energy.factor, MOST_WH), self.energy
