"""LatestSamples: the latest sample of every device, and the last grid readings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from optimizer.devices.port import Sample
from optimizer.runtime.parts import Device

HISTORY = 32
"""Number of stored grid readings. They match the time of an older reading of another device."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new sample for listeners."""

    device: Device
    before: Sample | None
    """The previous sample of the device. None at first."""
    sample: Sample
    reconnected: bool
    """Whether the device did not answer for so long that it may have restarted."""


Listener = Callable[[Arrival], None]


class LatestSamples:
    """The store of samples. Pollers write it, the tick and the dispatcher read it. One event loop needs no locks."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._devices = {device.name: device for device in devices}
        self._latest: dict[str, Sample] = {}
        self._history: deque[tuple[float, float]] = deque(maxlen=HISTORY)
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` at once with every new sample."""
        self._listeners.append(listener)

    def post(self, name: str, sample: Sample, reconnected: bool = False) -> None:
        """Take a new sample of the device `name`."""
        device = self._devices[name]
        arrival = Arrival(device, self._latest.get(name), sample, reconnected)
        self._latest[name] = sample
        if device.grid and sample.grid is not None:
            self._remember(sample.grid.power_w.value, sample.grid.power_w.at_s)
        for listener in self._listeners:
            listener(arrival)

    def latest(self, name: str) -> Sample | None:
        """The newest sample of a device, at any age. None before the first."""
        return self._latest.get(name)

    @property
    def grid_history(self) -> tuple[tuple[float, float], ...]:
        """(monotonic s, W) of the last grid readings, oldest first, at most HISTORY."""
        return tuple(self._history)

    def _remember(self, power_w: float | None, at_s: float) -> None:
        if power_w is not None and (not self._history or at_s > self._history[-1][0]):
            self._history.append((at_s, power_w))
