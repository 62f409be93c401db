"""The abilities of every adapter of a switchable load, and the on and off of devices in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from optimizer.devices.port import Sample
from optimizer.devices.values import MOST_W, bounded
from optimizer.devices.words import quoted
from optimizer.model.reading import NOT_MEASURED, Reading, known, unknown
from optimizer.model.state import Switch
from optimizer.words.text import Text

ON_WORDS = frozenset({"on", "true", "1", "yes"})
OFF_WORDS = frozenset({"off", "false", "0", "no"})
MOST_WH = 1e9
"""No relay has measured more energy."""


class Relay(Protocol):
    """A relay that can be read and switched: a Meter and a SwitchControl."""

    async def read(self) -> Sample:
        """Its state, power, and energy."""
        ...

    async def close(self) -> None:
        """Release the connection; never raises."""
        ...

    @property
    def timer_s(self) -> float | None:
        """The time after a write of `on` after which it switches off by itself, s. None: it has no timer."""
        ...

    async def switch(self, on: bool) -> None:
        """Write the state. Raises DeviceError."""
        ...

    async def rest(self) -> None:
        """Switch off and verify it. Raises DeviceError."""
        ...


@dataclass(frozen=True, slots=True)
class OnOff:
    """The state of a relay in a document or a message (devices.generic.wanted.Wanted)."""

    max_age_s: float
    quantity: str = "on"
    on_word: str = ""
    """The word that the device has for on. Empty: the usual ones."""
    off_word: str = ""

    def reading(self, value: object, at_s: float) -> Reading[Any]:
        """True for on and False for off; any other word is unknown."""
        if isinstance(value, bool):
            return known(value, at_s)
        text = f"{value:g}" if isinstance(value, float) else str(value).strip()
        if text.lower() in ({self.on_word.lower()} if self.on_word else ON_WORDS):
            return known(True, at_s)
        if text.lower() in ({self.off_word.lower()} if self.off_word else OFF_WORDS):
            return known(False, at_s)
        return unknown(Text("the state {value} is neither on nor off", value=quoted(value)), at_s)


@dataclass(frozen=True, slots=True)
class Amount:
    """A power or an energy in a document or a message (devices.generic.wanted.Wanted)."""

    quantity: str
    max_age_s: float
    factor: float = 1.0
    most: float = MOST_W
    """Largest raw value; a larger one is unknown."""

    def reading(self, value: object, at_s: float) -> Reading[Any]:
        """The number in W or Wh, never negative."""
        reading = bounded(value, self.quantity, at_s, -self.most, self.most)
        return reading if reading.value is None else known(max(0.0, reading.value * self.factor), at_s)


def switch_of(name: str, readings: Mapping[str, Reading[Any]], written: bool | None, now_s: float) -> Switch:
    """The relay with the readings `on`, `power` (W), and `energy` (Wh). Without `on`, the last write counts."""
    on = readings.get("on")
    return Switch(
        name,
        on=as_written(written, now_s) if on is None else on,
        power_w=readings.get("power", NOT_MEASURED),
        energy_total_wh=readings.get("energy", NOT_MEASURED),
    )


def as_written(on: bool | None, now_s: float) -> Reading[bool]:
    """The state of a relay that cannot be read: what was last written, or unknown before the first write (None)."""
    if on is None:
        return unknown(Text("nothing was written to this relay yet, and it cannot be read"), now_s)
    return known(on, now_s)
