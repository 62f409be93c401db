"""Faults of networks and devices that can be switched on for each device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Literal

FaultKind = Literal["drop", "delay", "error", "garbage", "hang"]
"""drop: the connection is closed without an answer. delay: the answer is late. error: HTTP 500 or a Modbus exception.
garbage: meaningless bytes. hang: the request gets no answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a device misbehaves."""

    kind: FaultKind
    rate: float = 1.0
    """Part (0–1) of the requests that it affects."""
    seconds: float = 3.0
    """Length of a `delay` in house time, s."""
    until_s: float | None = None
    """House second at which it ends by itself. None: it stays until it is cleared."""


EVERYDAY = (
    Fault("drop", 0.01),
    Fault("delay", 0.02, 4.0),
    Fault("error", 0.01),
    Fault("garbage", 0.005),
    Fault("hang", 0.003),
)
"""A house with poor Wi-Fi: about one request in twenty fails."""


class Faults:
    """The active faults. Seeded: the same requests of a device in the same order get the same faults."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._random: dict[str, Random] = {}
        self._active: dict[str, list[Fault]] = {}
        self.hits: Counter[tuple[str, str]] = Counter()
        """The count of faults by (device, kind)."""

    def set(self, device: str, *faults: Fault) -> None:
        """Replace the faults of `device` by these. Without faults it works normally."""
        self._active[device] = list(faults)

    def everywhere(self, devices: Iterable[str], faults: Iterable[Fault] = EVERYDAY) -> None:
        """Replace the faults of all `devices` by these."""
        for device in devices:
            self.set(device, *faults)

    def clear(self, device: str | None = None) -> None:
        """End the faults of one device, or of all."""
        if device is None:
            self._active.clear()
        else:
            self._active.pop(device, None)

    def pick(self, device: str, t_s: float) -> Fault | None:
        """The fault of the request that `device` received at house second `t_s`, or None."""
        for fault in self._active.get(device, ()):
            if fault.until_s is not None and t_s >= fault.until_s:
                continue
            if fault.rate >= 1.0 or self._draw(device) < fault.rate:
                self.hits[device, fault.kind] += 1
                return fault
        return None

    def _draw(self, device: str) -> float:
        if device not in self._random:
            self._random[device] = Random(f"{self._seed} {device}")  # noqa: S311
        return self._random[device].random()
