"""The worker of one switchable load: writes its orders, repeats them during the lease, and hands the relay back.

A relay with a timer of its own is switched on with the timer, which each repetition starts again. So it switches off by
itself if the service ends without a hand-back. A relay without a timer is switched off when the lease ends.

A load that was on and is off again, by its timer, a power cut, or a hand-back, is not switched on by a repetition. This
needs a new decision, which knows its least time off and its budget.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable

from optimizer.devices.port import DeviceError, SwitchControl
from optimizer.model.clock import Clock
from optimizer.model.decision import SwitchAction, SwitchOrder
from optimizer.model.state import Switch, SwitchCommanded
from optimizer.runtime.deadline import deadline
from optimizer.runtime.dispatch.obedience import Disobedience, pursue
from optimizer.runtime.dispatch.worker import LONGEST_WAIT_S, RECORD_RETRY_S, Worker
from optimizer.runtime.health import Monitor
from optimizer.runtime.pacing import backoff_s
from optimizer.runtime.parts import Device
from optimizer.runtime.record.handback import hand_back
from optimizer.runtime.record.ownership import Ownership
from optimizer.words.text import Text

log = logging.getLogger(__name__)

RETRY_S = 1.0
CEILING_S = 30.0
"""Longest interval of attempts, because a fuse may need the load off."""
READ_BACK_S = 1.0
REPEATED_AFTER = 0.5
"""`on` is repeated after this part of the timer of a relay."""
SWITCH, HAND_BACK = "switch", "hand_back"


class SwitchWorker(Worker):
    """Makes all writes to one relay."""

    def __init__(
        self,
        key: str,
        device: Device,
        control: SwitchControl,
        clock: Clock,
        ownership: Ownership,
        monitor: Monitor,
        read_in: Callable[[float], None],
    ) -> None:
        """`read_in` requests a poll after a number of seconds."""
        super().__init__(key, clock, monitor)
        self._device = device
        self._control = control
        self._ownership = ownership
        self._read_in = read_in
        self._commanded: SwitchCommanded | None = None
        self._written_s: float | None = None
        self._timer_ends_s = math.inf
        """When the timer of the last write ends, monotonic s. inf: the relay has none."""
        self._shown_on_s = -math.inf
        """When the relay last reported on."""
        self._repeat = False
        """Write the order again at once."""
        self._disobedience = Disobedience()

    @property
    def commanded(self) -> SwitchCommanded | None:
        """The last command. None before the first, and after a hand-back of a load that was off."""
        return self._commanded

    def saw(self, switch: Switch, reconnected: bool) -> None:
        """Take a new reading of the relay."""
        wanted, now_s = self._wanted(), self._clock.monotonic_s()
        if self._was_on():
            self._seen(switch, now_s, reconnected=reconnected)
        if reconnected and wanted is not None:
            self._repeat = True
        deviation: str | None = ""
        if self._exchanging:
            deviation = None
        elif wanted is not None and self._commanded is not None:
            deviation = _deviation(wanted, self._commanded, switch, self._device.settle_s)
        self._disobedience, measure = pursue(self._disobedience, deviation, now_s, self._device.settle_s)
        self._monitor.obeys(self.key, self._disobedience.deviation)
        if measure:
            log.log(
                logging.ERROR if measure == "alarm" else logging.WARNING, "%s does not follow: %s", self.key, deviation
            )
            self._repeat = True
        self._wake.set()

    def _was_on(self) -> bool:
        """Whether the load was switched on, and the relay has answered."""
        return self._commanded is not None and self._commanded.on and self._written_s is not None

    def _seen(self, switch: Switch, now_s: float, *, reconnected: bool) -> None:
        """Take the report of the relay about a load that was switched on."""
        on, at_s, _ = switch.on
        if on:
            self._shown_on_s = at_s
        elif on is False and self._is_newer(at_s) and (reconnected or at_s >= self._timer_ends_s):
            self._over(now_s)

    def _is_newer(self, at_s: float) -> bool:
        """Whether a report comes after the last write."""
        return self._written_s is not None and at_s > self._written_s

    def _over(self, now_s: float) -> None:
        """The load is off without an order."""
        self._commanded, self._written_s, self._repeat = SwitchCommanded(False, now_s), None, False

    def _wanted(self) -> bool | None:
        """The state of the order in force. None: the relay is left as it is, or there is no order."""
        command = self._command
        if command is None or self._clock.monotonic_s() >= command.expires_s:
            return None
        assert isinstance(command.order, SwitchOrder)
        action = command.order.action
        return None if action is SwitchAction.LEAVE else action is SwitchAction.ON

    def _last_write_s(self) -> float | None:
        return self._written_s

    async def _step(self) -> float:
        """Do the action that is due. Returns the seconds until the next one may be due."""
        now_s, wanted, command = self._clock.monotonic_s(), self._wanted(), self._command
        if self._was_on() and now_s >= max(self._timer_ends_s, self._shown_on_s + self._device.poll_s):
            self._over(now_s)
        self._monitor.wants(self.key, (HAND_BACK if wanted is None else SWITCH,))
        if wanted is None:
            return await self._without_order(now_s)
        if wanted and self._is_outdated():
            return LONGEST_WAIT_S
        due_s = self._due_s(wanted)
        if now_s < due_s:
            expires_s = command.expires_s if command is not None else math.inf
            return min(due_s, expires_s) - now_s
        if now_s < (not_before_s := self._retries.not_before_s(SWITCH)):
            return not_before_s - now_s
        await self._write(wanted)
        return 0.0

    def _is_outdated(self) -> bool:
        """Whether the order to switch on is older than the end of the load. Only a new decision may switch it on."""
        commanded, command = self._commanded, self._command
        if commanded is None or commanded.on or command is None:
            return False
        return command.issued_s <= commanded.at_s

    async def _without_order(self, now_s: float) -> float:
        """Leave a relay that nobody claims any more, or that a hand has switched. End an order without a lease."""
        command = self._command
        if command is None or self.key not in self._ownership.held:
            return LONGEST_WAIT_S
        if now_s < command.expires_s:
            self._ownership.clear(self.key)
            self._commanded, self._written_s = None, None
            return LONGEST_WAIT_S
        not_before_s = max(self._retries.not_before_s(HAND_BACK), self.doubtful_until_s)
        if now_s < not_before_s:
            return not_before_s - now_s
        await self._release()
        return 0.0

    def _due_s(self, wanted: bool) -> float:
        """Monotonic s at which the order is due to be written. -inf: now. inf: never."""
        commanded, timer_s = self._commanded, self._control.timer_s
        if self._repeat or commanded is None or commanded.on != wanted or self._written_s is None:
            return -math.inf
        if not commanded.confirmed:
            return -math.inf
        return self._written_s + REPEATED_AFTER * timer_s if wanted and timer_s is not None else math.inf

    async def _write(self, wanted: bool) -> None:
        recorded = self._ownership.take(self.key, self._device.brand, self._clock.now())
        if not recorded and wanted:
            self._monitor.withheld(self.key, SWITCH, self._ownership.problem)
            self._retries.wait(SWITCH, self._clock.monotonic_s() + RECORD_RETRY_S)
            return
        begun_s, before = self._clock.monotonic_s(), self._commanded
        changes = before is None or before.on != wanted
        self._commanded = SwitchCommanded(
            wanted, begun_s if changes or before is None else before.at_s, confirmed=False
        )
        # Before the write: what a reading asks for meanwhile is due after it, because a restart may have lost it.
        repeat, self._repeat = self._repeat, False
        try:
            async with deadline(self._clock, self._device.write_deadline_s, f"writing to {self.key}"):
                await self._control.switch(wanted)
        except asyncio.CancelledError:
            self._retries.given_up(self._clock.monotonic_s())
            raise
        except DeviceError as error:
            self._repeat = self._repeat or repeat
            if error.said_no:
                self._commanded = before
            self._failed(SWITCH, error)
            return
        self._commanded = SwitchCommanded(wanted, self._commanded.at_s)
        self._written_s = self._clock.monotonic_s()
        timer_s = self._control.timer_s
        self._timer_ends_s = math.inf if timer_s is None else begun_s + timer_s
        if self._retries.succeeded(SWITCH):
            log.info("%s takes writes again", self.key)
        self._monitor.wrote(self.key, SWITCH)
        if changes:
            self._read_in(READ_BACK_S)

    async def _release(self) -> None:
        try:
            await hand_back(self.key, self._device, self._clock)
        except DeviceError as error:
            self._failed(HAND_BACK, error)
            return
        if self._commanded is not None and self._commanded.on:
            self._over(self._clock.monotonic_s())
        self._ownership.clear(self.key)
        self._retries.succeeded(HAND_BACK)
        self._monitor.wrote(self.key, HAND_BACK)

    def _failed(self, kind: str, error: DeviceError) -> None:
        now_s = self._clock.monotonic_s()
        failures = self._retries.failed(kind, error, now_s)
        if failures == 2:
            log.warning("%s: %s failed (%s): %s", self.key, kind, error.fault, error)
        self._monitor.write_failed(self.key, kind, error)
        self._retries.wait(kind, now_s + backoff_s(failures, RETRY_S, self.key, CEILING_S))


def _deviation(wanted: bool, commanded: SwitchCommanded, switch: Switch, settle_s: float) -> str | None:
    """The deviation of a relay from its order. None while its report is too old."""
    on = switch.on.value
    if on is None or switch.on.at_s < commanded.at_s + settle_s:
        return None
    if on == wanted:
        return ""
    return Text(
        "commanded {wanted}, it reports {value}",
        wanted=Text("on" if wanted else "off"),
        value=Text("on" if on else "off"),
    )
