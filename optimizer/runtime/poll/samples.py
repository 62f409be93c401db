"""LatestSamples: the latest word of every device, and the grid's recent past."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from optimizer.devices.port import Sample
from optimizer.runtime.parts import Device

HISTORY = 32
"""Grid readings kept, to match the time of an older reading of another device."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new sample, as listeners get it."""

    device: Device
    before: Sample | None
    """The device's last sample; None at first."""
    sample: Sample
    reconnected: bool
    """Whether the device had been away for so long that it may have restarted."""


Listener = Callable[[Arrival], None]


class LatestSamples:
    """Written by pollers, read by the tick and the dispatcher; all on one event loop, so without locks."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._devices = {device.name: device for device in devices}
        self._latest: dict[str, Sample] = {}
        self._history: deque[tuple[float, float]] = deque(maxlen=HISTORY)
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Have `listener` called at once with every new sample."""
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
        """The newest sample of a device, however old; None before the first."""
        return self._latest.get(name)

    @property
    def grid_history(self) -> tuple[tuple[float, float], ...]:
        """(monotonic s, W) of the last grid readings, oldest first, at most HISTORY."""
        return tuple(self._history)

    def _remember(self, power_w: float | None, at_s: float) -> None:
        if power_w is not None and (not self._history or at_s > self._history[-1][0]):
            self._history.append((at_s, power_w))
