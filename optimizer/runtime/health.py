"""Monitor: the communication with one device, as counts and states for metrics and the status page."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection

from optimizer.control.report import DeviceHealth
from optimizer.devices.port import DeviceError
from optimizer.runtime.pacing import PATIENCE, circuit_open
from optimizer.words.text import Text, joined

log = logging.getLogger(__name__)


class Monitor:
    """The record of one device. It logs changes only, so that a failed device does not fill the log."""

    def __init__(self, name: str, brand: str) -> None:
        self.name = name
        self.brand = brand
        self.up = False
        self.failures = 0
        """Failed polls in a row."""
        self.message: str = Text("not read yet")
        self._fault = ""
        """Of the last failed poll (devices.port.Fault)."""
        self._last_ok_s: float | None = None
        self._latency_s: float | None = None
        self._reads = 0
        self._errors: Counter[str] = Counter()
        self._writes: Counter[str] = Counter()
        self._refuses: dict[tuple[str, str], str] = {}
        """Why wanted writes do not arrive, by key of the written part and kind of the write."""
        self._disobeys: dict[str, str] = {}
        self._contradicts = ""

    def read_ok(self, now_s: float, latency_s: float) -> None:
        """A poll succeeded."""
        if circuit_open(self.failures):
            log.info("%s answers again", self.name)
        self.up = True
        self.failures = 0
        self.message = ""
        self._reads += 1
        self._last_ok_s = now_s
        self._latency_s = latency_s

    def read_failed(self, error: DeviceError) -> None:
        """A poll failed."""
        self.up = False
        self.failures += 1
        # A single lost poll is normal on Wi-Fi. It is counted, but not logged as a warning.
        level = logging.WARNING if self.failures == PATIENCE + 1 else logging.DEBUG
        log.log(level, "%s cannot be read (%s): %s", self.name, error.fault, error)
        self.message, self._fault = error.message, error.fault
        self._errors[error.fault] += 1

    def contradicts(self, against: tuple[str, ...]) -> None:
        """The differences between the device and its settings. Empty if all fit. A change is logged."""
        text = joined(list(against), "{first}; {then}")
        if text == self._contradicts:
            return
        self._contradicts = text
        if text:
            log.error("the settings do not fit %s: %s", self.name, text)
        else:
            log.info("the settings fit %s again", self.name)

    def wrote(self, key: str, kind: str) -> None:
        """The device accepted a write of `kind` to its part `key`."""
        self._writes[kind] += 1
        self._refuses.pop((key, kind), None)

    def write_failed(self, key: str, kind: str, error: DeviceError) -> None:
        """A write failed. The caller logs it, because it knows the wanted value."""
        self._errors[error.fault] += 1
        self._refuses[key, kind] = Text("{kind} failed: {error}", kind=kind, error=error.message)

    def withheld(self, key: str, kind: str, reason: str) -> None:
        """A write of `kind` was not sent, because the service cannot record it."""
        self._refuses[key, kind] = Text("{kind} not sent: {reason}", kind=kind, reason=reason)

    def wants(self, key: str, kinds: Collection[str]) -> None:
        """The kinds of writes to `key` that are wanted now. A failure of another kind no longer counts."""
        for one, kind in tuple(self._refuses):
            if one == key and kind not in kinds:
                del self._refuses[one, kind]

    def failing(self, key: str) -> str:
        """The reason why orders to `key` do not arrive. Empty while they arrive. A single lost poll does not count."""
        if not self.up and self.failures > PATIENCE:
            return Text("it refuses the credentials") if self._fault == "unauthorized" else Text("it does not answer")
        return joined([why for (one, _), why in self._refuses.items() if one == key], "{first}; {then}")

    def obeys(self, key: str, deviation: str) -> None:
        """Take the deviation of `key` from its command. It is empty while the device follows."""
        if deviation:
            self._disobeys[key] = f"{key}: {deviation}"
        elif self._disobeys.pop(key, ""):
            log.info("%s follows again", key)

    def report(self) -> DeviceHealth:
        """The present record."""
        return DeviceHealth(
            name=self.name,
            brand=self.brand,
            up=self.up,
            last_ok_s=self._last_ok_s,
            latency_s=self._latency_s,
            reads=self._reads,
            errors=dict(self._errors),
            writes=dict(self._writes),
            message=self.message,
            disobeys="; ".join(self._disobeys.values()),
            refuses="; ".join((*self._refuses.values(), *([self._contradicts] if self._contradicts else []))),
        )
