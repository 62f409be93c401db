"""The worker of one charger: writes the difference between the order and the readings, one write at a time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from optimizer.control.easing import charger_eases
from optimizer.control.limiter import PAUSE, RELEASE, ChargerWrite, next_write
from optimizer.devices.port import Charger, DeviceError, EnergyLimit, PhaseSwitch
from optimizer.model.clock import Clock
from optimizer.model.decision import Command, EvOrder
from optimizer.model.reading import Reading, known
from optimizer.model.site import ChargerSite
from optimizer.model.state import Commanded, Ev, EvStatus
from optimizer.runtime.deadline import deadline
from optimizer.runtime.dispatch.commanded import (
    ChargerWrites,
    changes_nothing,
    read_back,
    refused,
    sending,
    taken,
    unanswered,
)
from optimizer.runtime.dispatch.obedience import (
    Deviation,
    Disobedience,
    Measure,
    as_ordered,
    charger_deviation,
    pursue,
)
from optimizer.runtime.dispatch.worker import LONGEST_WAIT_S, RECORD_RETRY_S, Worker
from optimizer.runtime.health import Monitor
from optimizer.runtime.pacing import backoff_s
from optimizer.runtime.parts import Device
from optimizer.runtime.record.handback import hand_back
from optimizer.runtime.record.ownership import Ownership
from optimizer.words.text import Text

log = logging.getLogger(__name__)

RETRY_S = 1.0
REFUSED_RETRY_S = 15.0
REFUSED_CEILING_S = 300.0
"""Longest interval of attempts at a charger that refuses. Its own control may be active for hours."""
EASING_CEILING_S = 30.0
"""Longest interval of attempts for a pause or a lower current, because a fuse may need it."""
HAND_BACK = "hand_back"
WRITES = ("current", "pause", "phases", "energy_limit")
"""The kinds of writes by an order, as the metrics count them."""


class ChargerWorker(Worker):
    """Makes all writes to one charger."""

    def __init__(
        self,
        key: str,
        device: Device,
        charger: Charger,
        site: ChargerSite,
        clock: Clock,
        ownership: Ownership,
        monitor: Monitor,
        observe: Callable[[], Ev],
        read_in: Callable[[float], None],
    ) -> None:
        """`observe` returns the present charger of the State. `read_in` requests a poll after a number of seconds."""
        super().__init__(key, clock, monitor)
        self._device = device
        self._charger = charger
        self._site = site
        self._ownership = ownership
        self._observe = observe
        self._read_in = read_in
        self._writes = ChargerWrites()
        self._forced: deque[ChargerWrite] = deque()
        """Writes that are due at any report of the charger: after a replug, a reconnect, or disobedience."""
        self._energy_limit: Reading[float] | None = None
        self._status: EvStatus | None = None
        self._at_rest = False
        """Whether it is paused because decisions have stopped, and still needs its `on_exit` setting."""
        self._written_s: float | None = None
        self._disobedience = Disobedience()

    @property
    def commanded(self) -> Commanded | None:
        """The last command to the charger, with the worst case of unconfirmed writes."""
        return self._writes.exposed()

    def take(self, command: Command) -> None:
        """Take the command of a new decision. It renews the lease."""
        self._at_rest = False
        super().take(command)

    def saw(self, ev: Ev, reconnected: bool) -> None:
        """Take a new reading of the charger."""
        self._writes = read_back(self._writes, ev, self._device.lag_s)
        if reconnected or self._plugged_in(ev):
            # A pause may be lost in both cases, at any report of the charger.
            self._force("again", self._writes.commanded)
        self._judge(ev)
        self._wake.set()

    def _last_write_s(self) -> float | None:
        return self._written_s

    async def _step(self) -> float:
        """Do the action that is due. Returns the seconds until the next one may be due."""
        command, now_s = self._command, self._clock.monotonic_s()
        if command is None or not isinstance(command.order, EvOrder):
            return LONGEST_WAIT_S
        if now_s >= command.expires_s:
            return await self._lapse(now_s)
        ev = self._ev(now_s)
        wait_s = command.expires_s - now_s
        due = tuple(self._due(command.order, ev, now_s))
        self._monitor.wants(self.key, WRITES if due or _silent(ev) else ())
        for write in due:
            not_before_s = self._retries.not_before_s(write.kind)
            if now_s >= not_before_s:
                await self._write(write, ev, command.expires_s)
                return 0.0
            wait_s = min(wait_s, not_before_s - now_s)
        return wait_s

    def _ev(self, now_s: float) -> Ev:
        """The charger with its last command. A new energy limit counts until a read-back is possible."""
        ev = replace(self._observe(), commanded=self.commanded)
        if self._energy_limit is not None and now_s < self._energy_limit.at_s + self._device.lag_s[1]:
            return replace(ev, energy_limit_wh=self._energy_limit)
        return ev

    def _due(self, order: EvOrder, ev: Ev, now_s: float) -> Iterator[ChargerWrite]:
        """The writes that are due, in the order of preference."""
        forced = None if ev.blocked else self._next_forced(order)
        if forced is not None:
            yield forced
        # A blocked charger still gets occasional attempts. Otherwise it could never accept a write again.
        commanded = self._writes.commanded
        if commanded is not None and not commanded.paused and order.current_a <= 0.0 and _silent(ev):
            # It runs by a command and its state is unknown. A pause without a read-back is better than none.
            yield PAUSE
            return
        write = next_write(order, replace(ev, blocked=""), self._site, now_s)
        # The check of obedience repeats a write that the charger does not follow, at its own interval.
        if write is not None and not changes_nothing(self._writes, write):
            yield write

    def _next_forced(self, order: EvOrder) -> ChargerWrite | None:
        """The next forced write. It never exceeds the present order."""
        if self._forced and order.current_a <= 0.0:
            self._forced = deque([PAUSE])
        if not self._forced:
            return None
        write, commanded = self._forced[0], self._writes.commanded
        if write == RELEASE and commanded is not None and commanded.current_a > order.current_a:
            return ChargerWrite("current", order.current_a)
        return write._replace(value=min(write.value, order.current_a)) if write.kind == "current" else write

    async def _write(self, write: ChargerWrite, ev: Ev, expires_s: float) -> None:
        if not self._ownership.take(self.key, self._device.brand, self._clock.now()) and not self._may_ease(write, ev):
            self._withhold(write.kind)
            return
        self._writes = sending(self._writes, ev, write, self._site, self._clock.monotonic_s())
        forced = self._forced
        try:
            await self._send(write, expires_s)
        except asyncio.CancelledError:
            self._retries.given_up(self._clock.monotonic_s())
            raise
        except DeviceError as error:
            no = error.fault == "refused"
            now_s = self._clock.monotonic_s()
            self._writes = refused(self._writes) if no else unanswered(self._writes, now_s)
            self._failed(write.kind, error, EASING_CEILING_S if self._eases(write) else REFUSED_CEILING_S)
            return
        now_s = self._clock.monotonic_s()
        self._writes = taken(self._writes, ev, write, self._site, now_s)
        # What a reading has forced meanwhile is still due: the charger may have lost this write.
        if self._forced is forced and forced and forced[0].kind == write.kind:
            forced.popleft()
        self._written_s = now_s
        if write.kind == "energy_limit":
            self._energy_limit = known(write.value, now_s)
        self._succeeded(write.kind)
        for delay_s in self._device.lag_s:
            self._read_in(delay_s + 0.1)

    async def _send(self, write: ChargerWrite, expires_s: float) -> None:
        """Send the write. A slow write is canceled at the end of the lease, so that it has no effect after it."""
        limit_s = min(self._device.write_deadline_s, expires_s - self._clock.monotonic_s())
        async with deadline(self._clock, limit_s, f"writing to {self.key}"):
            await self._dispatch(write)

    async def _dispatch(self, write: ChargerWrite) -> None:
        charger = self._charger
        match write.kind:
            case "current":
                await charger.set_current(write.value)
            case "pause" | "release":
                await charger.set_pause(write.kind == "pause")
            case "phases" if isinstance(charger, PhaseSwitch):
                await charger.set_phases(int(write.value))
            case "energy_limit" if isinstance(charger, EnergyLimit):
                await charger.set_energy_limit(int(write.value))
            case _:
                raise DeviceError(
                    "refused", Text("this charger cannot set its {value}", value=write.kind.replace("_", " "))
                )

    async def _lapse(self, now_s: float) -> float:
        """Pause the charger after its lease, at any `on_exit`, because no decision controls it any more.

        With another `on_exit` than a pause it stays on the record. The end of the service then applies `on_exit`.
        """
        if self._at_rest or self.key not in self._ownership.held:
            return LONGEST_WAIT_S
        self._monitor.wants(self.key, (HAND_BACK,))
        if now_s < (not_before_s := self._retries.not_before_s(HAND_BACK)):
            return not_before_s - now_s
        lapsed = self._command
        try:
            await hand_back(self.key, self._device, self._clock, leave="pause")
        except DeviceError as error:
            self._failed(HAND_BACK, error)
            return 0.0
        self._writes = ChargerWrites()
        self._forced.clear()
        if (done_s := self._clock.monotonic_s()) < self.doubtful_until_s:
            # An abandoned write may still undo the pause. Repeat it when that is no longer possible.
            self._retries.wait(HAND_BACK, self.doubtful_until_s)
            return self.doubtful_until_s - done_s
        if self._device.on_exit == "pause":
            self._ownership.clear(self.key)
        else:
            # A command that has come meanwhile has a lease of its own.
            self._at_rest = self._command is lapsed
        self._succeeded(HAND_BACK)
        return 0.0

    def _succeeded(self, kind: str) -> None:
        if self._retries.succeeded(kind):
            log.info("%s takes writes again", self.key)
        self._monitor.wrote(self.key, _counted(kind))

    def _failed(self, kind: str, error: DeviceError, refused_ceiling_s: float = REFUSED_CEILING_S) -> None:
        now_s = self._clock.monotonic_s()
        failures = self._retries.failed(kind, error, now_s)
        if failures == 2:
            log.warning("%s: %s failed (%s): %s", self.key, kind, error.fault, error)
        self._monitor.write_failed(self.key, _counted(kind), error)
        if error.said_no:
            pause_s = backoff_s(failures + 3, REFUSED_RETRY_S, self.key, refused_ceiling_s)
        else:
            pause_s = backoff_s(failures, RETRY_S, self.key)
        self._retries.wait(kind, now_s + pause_s)

    def _eases(self, write: ChargerWrite) -> bool:
        """Whether the write lowers the commanded current."""
        commanded = self._writes.commanded
        return write == PAUSE or (
            write.kind == "current" and commanded is not None and write.value < commanded.current_a
        )

    def _may_ease(self, write: ChargerWrite, ev: Ev) -> bool:
        """Whether the write offers the car no more than every setting that the charger may have now."""
        settings = [self._writes.commanded, *(pending.after for pending in self._writes.pending)]
        may_stand_a = [setting.current_a for setting in settings if setting is not None]
        if ev.offered_a.value is not None:
            may_stand_a.append(ev.offered_a.value)
        return charger_eases(write, may_stand_a)

    def _withhold(self, kind: str) -> None:
        """Delay a write that does not ease until the record of devices written to can be kept."""
        self._monitor.withheld(self.key, _counted(kind), self._ownership.problem)
        self._retries.wait(kind, self._clock.monotonic_s() + RECORD_RETRY_S)

    def _plugged_in(self, ev: Ev) -> bool:
        before, now = self._status, ev.status.value
        self._status = now or before
        return before is EvStatus.DISCONNECTED and now in (EvStatus.CONNECTED, EvStatus.CHARGING)

    def _judge(self, ev: Ev) -> None:
        command, now_s = self._command, self._clock.monotonic_s()
        leased = command is not None and now_s < command.expires_s
        commanded = self._expected(ev)
        settle_s, before = self._site.settle_s, self._disobedience
        found: Deviation | None = Deviation()
        if commanded is not None and leased:
            found = None if self._exchanging else charger_deviation(commanded, ev, settle_s)
        text, exceeds = found if found is not None else (None, False)
        self._disobedience, measure = pursue(before, text, now_s, settle_s, exceeds=exceeds)
        self._monitor.obeys(self.key, self._disobedience.deviation)
        if measure:
            self._force(measure, commanded)
        if self._disobedience.steps > before.steps:
            level = logging.ERROR if measure == "alarm" else logging.WARNING
            log.log(level, "%s does not follow: %s", self.key, text)

    def _expected(self, ev: Ev) -> Commanded | None:
        """The setting that the charger has to follow: the last command, or what it reports if that is as ordered."""
        if self._writes.commanded is not None or self._command is None:
            return self._writes.commanded
        order = self._command.order
        return as_ordered(order, ev) if isinstance(order, EvOrder) else None

    def _force(self, measure: Measure, commanded: Commanded | None) -> None:
        """Write the commanded setting again. `anew` pauses first, as after a restart of the charger."""
        if commanded is None:
            return
        current = ChargerWrite("current", commanded.current_a)
        if commanded.paused:
            writes = [PAUSE, current] if measure == "anew" else [PAUSE]
        else:
            writes = [PAUSE, current, RELEASE] if measure == "anew" else [current, RELEASE]
        self._forced = deque(writes)


def _counted(kind: str) -> str:
    """The kind of a write in the metrics. Pause and release are one kind."""
    return "pause" if kind == "release" else kind


def _silent(ev: Ev) -> bool:
    """Whether the setting of the charger is unknown."""
    return not ev.offered_a.known or not ev.paused.known
