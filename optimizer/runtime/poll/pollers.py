"""Pollers: one task per device, each at its own interval, so that a failed device delays no other."""

from __future__ import annotations

import asyncio
import logging

from optimizer.devices.port import DeviceError, Sample, SelfCheck
from optimizer.model.clock import Clock
from optimizer.runtime.deadline import deadline
from optimizer.runtime.health import Monitor
from optimizer.runtime.pacing import PATIENCE, TIMER_SLACK_S, backoff_s, circuit_open, wait_for
from optimizer.runtime.parts import Device
from optimizer.runtime.poll.samples import LatestSamples
from optimizer.words.text import Text

log = logging.getLogger(__name__)

UNHEARD_S = 60.0
"""A device without an answer for its interval plus this time may have restarted, also if no poll failed (suspend)."""


class Poller:
    """Reads one device repeatedly and posts its samples."""

    def __init__(self, device: Device, samples: LatestSamples, monitor: Monitor, clock: Clock) -> None:
        self._device = device
        self._samples = samples
        self._monitor = monitor
        self._clock = clock
        self._wanted_at_s: list[float] = []
        self._poke = asyncio.Event()
        self._heard_s: float | None = None
        # Asked once: a check against a protocol is slow, and a poll may come each second.
        self._checking = device.meter if isinstance(device.meter, SelfCheck) else None

    def read_in(self, delay_s: float) -> None:
        """Request one extra poll in `delay_s`, to read back a write."""
        self._wanted_at_s.append(self._clock.monotonic_s() + delay_s)
        self._poke.set()

    async def run(self) -> None:
        """Poll until canceled."""
        while True:
            started_s = self._clock.monotonic_s()
            self._wanted_at_s = [at_s for at_s in self._wanted_at_s if at_s > started_s + TIMER_SLACK_S]
            await self._poll(started_s)
            await self._rest(started_s)

    async def _poll(self, started_s: float) -> None:
        try:
            sample = await self._read()
        except DeviceError as error:
            self._monitor.read_failed(error)
            return
        now_s = self._clock.monotonic_s()
        unheard_s = 0.0 if self._heard_s is None else now_s - self._heard_s
        away = self._monitor.failures >= PATIENCE or unheard_s > self._device.poll_s + UNHEARD_S
        self._heard_s = now_s
        self._monitor.read_ok(now_s, now_s - started_s)
        if self._checking is not None:
            self._monitor.contradicts(self._checking.contradictions)
        self._samples.post(self._device.name, sample, reconnected=away)

    async def _read(self) -> Sample:
        limit_s, begun_s = self._device.deadline_s, self._clock.monotonic_s()
        async with deadline(self._clock, limit_s, f"reading {self._device.name}"):
            sample = await self._device.meter.read()
        took_s = self._clock.monotonic_s() - begun_s
        if took_s > limit_s + self._device.max_age_s:
            # No timer runs while the machine is suspended. The answer may have waited in a buffer for that time.
            raise DeviceError("timeout", Text("its answer was read only after {took} s", took=round(took_s)))
        return sample

    async def _rest(self, started_s: float) -> None:
        """Wait for the next poll. A request to read back ends the wait, unless the circuit is open."""
        failures = self._monitor.failures
        pace_s = backoff_s(failures, self._device.poll_s, self._device.name) if failures else self._device.poll_s
        due_s = started_s + pace_s
        while True:
            wishes = [] if circuit_open(failures) else self._wanted_at_s
            now_s = self._clock.monotonic_s()
            # After a slow poll the wait is short but never 0, so that other tasks run.
            wait_s = max(min([due_s, *wishes]) - now_s, 0.0 if wishes else 0.05 * self._device.poll_s)
            if not await wait_for(self._clock, self._poke, wait_s):
                return
