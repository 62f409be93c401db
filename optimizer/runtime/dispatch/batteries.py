"""The worker of one battery: writes its orders, repeats them during the lease, and hands the battery back."""

from __future__ import annotations

import asyncio
import logging
import math

from optimizer.control.easing import battery_eases
from optimizer.devices.port import BatteryControl, DeviceError, FollowsReadings
from optimizer.model.clock import Clock
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.model.site import BatterySite
from optimizer.model.state import Battery
from optimizer.runtime.deadline import deadline
from optimizer.runtime.dispatch.leases import Due, Gaps, Terms, Written, battery_due
from optimizer.runtime.dispatch.obedience import Disobedience, battery_deviation, pursue
from optimizer.runtime.dispatch.worker import LONGEST_WAIT_S, RECORD_RETRY_S, Worker
from optimizer.runtime.health import Monitor
from optimizer.runtime.pacing import backoff_s
from optimizer.runtime.parts import Device
from optimizer.runtime.record.handback import hand_back
from optimizer.runtime.record.ownership import Ownership

log = logging.getLogger(__name__)

RETRY_S = 1.0
"""A lost write is repeated at once and then at this interval, so that one lost packet never ends the lease."""
REFUSED_RETRY_S = 5.0
"""First interval of attempts at a device that refuses."""
REFUSED_CEILING_S = 15.0
"""Longest interval of attempts at a device that refuses."""
TRIES_A_TIMEOUT = 20
"""Least number of attempts at a device before it drops its setpoint by itself. A refusal by a failing server (OpenEMS
answers 500 to every request) may be followed by a success."""


class BatteryWorker(Worker):
    """Makes all writes to one battery."""

    def __init__(
        self,
        key: str,
        device: Device,
        control: BatteryControl,
        site: BatterySite,
        clock: Clock,
        ownership: Ownership,
        monitor: Monitor,
    ) -> None:
        super().__init__(key, clock, monitor)
        self._device = device
        self._control = control
        self._site = site
        self._ownership = ownership
        self._written: Written | None = None
        self._gaps = Gaps()
        self._disobedience = Disobedience()
        self._repeat = False
        """Write the order in force again before its refresh is due."""
        self._anew = False
        """Hand back before the next write, because another write had no effect."""

    def saw(self, battery: Battery, reconnected: bool) -> None:
        """Take a new reading of the battery."""
        if reconnected and self._written is not None:
            # The battery may have restarted and lost the order.
            self._due_now()
        elif self._lease_lives() and self._is_outdated():
            self._due_now()
        written, settle_s = self._written, self._device.settle_s
        deviation: str | None = ""
        if self._exchanging:
            deviation = None
        elif written is not None and self._lease_lives():
            deviation = battery_deviation(written.order, written.changed_s, battery, self._site, settle_s)
        self._disobedience, measure = pursue(self._disobedience, deviation, self._clock.monotonic_s(), settle_s)
        self._monitor.obeys(self.key, self._disobedience.deviation)
        if measure:
            level = logging.ERROR if measure == "alarm" else logging.WARNING
            log.log(level, "%s does not follow: %s", self.key, deviation)
            self._anew = measure == "anew"
            self._due_now()

    def _last_write_s(self) -> float | None:
        return self._written.at_s if self._written else None

    def _longest_gap_s(self) -> float:
        return self._gaps.longest_s

    async def _step(self) -> float:
        """Do the action that is due. Returns the seconds until the next one may be due."""
        now_s = self._clock.monotonic_s()
        self._monitor.wants(self.key, ((Due.WRITE if self._lease_lives() else Due.HAND_BACK).value,))
        terms = Terms(self._control.refresh_s, self._site.min_interval_s, self._device.own_timeout_s)
        due, at_s = battery_due(self._command, self._written, self.key in self._ownership.held, terms, now_s)
        if due is Due.NOTHING and self._repeat and self._lease_lives():
            due = Due.WRITE
        if due is Due.NOTHING:
            return at_s - now_s if math.isfinite(at_s) else LONGEST_WAIT_S
        not_before_s = self._retries.not_before_s(due.value)
        if due is Due.HAND_BACK:
            not_before_s = max(not_before_s, self.doubtful_until_s)
        if now_s < not_before_s:
            return not_before_s - now_s
        await (self._write() if due is Due.WRITE else self._release())
        return 0.0

    async def _write(self) -> None:
        command = self._command
        if command is None or not isinstance(command.order, BatteryOrder):
            return
        if self._anew:
            self._anew = False
            await self._release()
            return  # the order may have changed in the meantime
        recorded = self._ownership.take(self.key, self._device.brand, self._clock.now())
        if not recorded and not battery_eases(command.order, self._written.order if self._written else None):
            self._monitor.withheld(self.key, Due.WRITE.value, self._ownership.problem)
            self._retries.wait(Due.WRITE.value, self._clock.monotonic_s() + RECORD_RETRY_S)
            if self._written is not None:
                await self._release()  # its own control has less risk than an old order
            return
        # Before the write: what a reading asks for meanwhile is due after it, because a restart may have lost it.
        repeat, self._repeat = self._repeat, False
        try:
            await self._order(command.order, command.expires_s)
        except asyncio.CancelledError:
            self._retries.given_up(self._clock.monotonic_s())
            raise
        except DeviceError as error:
            self._repeat = self._repeat or repeat
            self._failed(Due.WRITE, error)
            return
        now_s = self._clock.monotonic_s()
        changed = self._written is None or self._written.order != command.order
        changed_s = now_s if changed or self._written is None else self._written.changed_s
        self._written = Written(command.order, changed_s, now_s)
        self._gaps = self._gaps.written(now_s)
        self._succeeded(Due.WRITE)

    async def _order(self, order: BatteryOrder, expires_s: float) -> None:
        """Send the order. A slow write is canceled at the end of the lease, so that it has no effect after it."""
        limit_s = min(self._device.write_deadline_s, expires_s - self._clock.monotonic_s())
        async with deadline(self._clock, limit_s, f"writing to {self.key}"):
            await self._control.order(self.key.removeprefix("battery."), order)

    async def _release(self) -> None:
        try:
            await hand_back(self.key, self._device, self._clock)
        except DeviceError as error:
            self._failed(Due.HAND_BACK, error)
            return
        self._written = None
        self._repeat = self._anew = False
        self._gaps = self._gaps.ended()
        self._ownership.clear(self.key)
        self._succeeded(Due.HAND_BACK)

    def _succeeded(self, due: Due) -> None:
        if self._retries.succeeded(due.value):
            log.info("%s takes writes again", self.key)
        self._monitor.wrote(self.key, due.value)

    def _failed(self, due: Due, error: DeviceError) -> None:
        now_s = self._clock.monotonic_s()
        failures = self._retries.failed(due.value, error, now_s)
        if failures == 2:
            log.warning("%s: %s failed (%s): %s", self.key, due.value, error.fault, error)
        self._monitor.write_failed(self.key, due.value, error)
        self._retries.wait(due.value, now_s + self._pause_s(due, failures, error))

    def _pause_s(self, due: Due, failures: int, error: DeviceError) -> float:
        if error.said_no:
            pause_s = backoff_s(failures, REFUSED_RETRY_S, self.key, REFUSED_CEILING_S)
            timeout_s = self._device.own_timeout_s
            return pause_s if timeout_s is None else min(pause_s, timeout_s / TRIES_A_TIMEOUT)
        if due is Due.HAND_BACK:
            return backoff_s(failures, RETRY_S, self.key)
        return 0.0 if failures == 1 else RETRY_S

    def _due_now(self) -> None:
        """Repeat the order in force at once, before its refresh is due."""
        self._repeat = True
        self._wake.set()

    def _is_outdated(self) -> bool:
        """Whether the setpoint contains a reading that has changed since the write."""
        control, command, written = self._control, self._command, self._written
        if not isinstance(control, FollowsReadings) or command is None or written is None:
            return False
        # A changed order has its own due time.
        return command.order == written.order and control.is_outdated(self.key.removeprefix("battery."))

    def _lease_lives(self) -> bool:
        command = self._command
        return (
            command is not None
            and self._clock.monotonic_s() < command.expires_s
            and isinstance(command.order, BatteryOrder)
            and command.order.action is not BatteryAction.AUTO
        )
