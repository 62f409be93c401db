"""Service: builds the runtime from its parts. It hands back all devices at its start and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from optimizer.control.after_tick import follows_surplus
from optimizer.control.decide import Outcome
from optimizer.control.report import TickReport, Watcher
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading
from optimizer.model.site import Site
from optimizer.model.state import NO_FORECAST, Forecast, InputValue, Prices, State
from optimizer.model.tasks import end_tasks
from optimizer.runtime.decider import Decider
from optimizer.runtime.dispatch.dispatcher import Dispatcher
from optimizer.runtime.health import Monitor
from optimizer.runtime.loop import TickLoop
from optimizer.runtime.parts import Device
from optimizer.runtime.poll.pollers import Poller
from optimizer.runtime.poll.samples import Arrival, LatestSamples
from optimizer.runtime.poll.snapshot import NO_INPUTS, NO_PRICES, snapshot
from optimizer.runtime.poll.wake import urgent
from optimizer.runtime.record.handback import LONGEST_S, by_key, hand_back_all
from optimizer.runtime.record.ownership import Ownership
from optimizer.runtime.systemd import Notifier

log = logging.getLogger(__name__)

RECONCILE_S = 20.0
"""Longest time for which a start waits for a device that an earlier run has not handed back."""
FIRST_READINGS_S = 2.0
"""Longest time for which the first tick waits for the first answer of every device."""


Companion = Callable[[], Coroutine[Any, Any, None]]


def _no_prices(now: datetime, mono_s: float) -> Prices:
    del now, mono_s
    return NO_PRICES


def _as_is(state: State) -> State:
    return state


def _no_inputs(mono_s: float) -> Mapping[str, Reading[InputValue]]:
    del mono_s
    return NO_INPUTS


def _no_forecast(now: datetime, mono_s: float) -> Forecast:
    del now, mono_s
    return NO_FORECAST


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a service."""

    clock: Clock
    site: Site
    devices: tuple[Device, ...]
    decider: Decider
    ownership: Ownership
    """The record of devices written to. Adapters may store settings in it."""
    tick_s: float = 5.0
    follow_tick_s: float = 5.0
    """Interval between ticks while a car follows the surplus, if it is shorter than `tick_s`."""
    watchers: tuple[Watcher, ...] = ()
    observe: bool = False
    """Decide and show, but write nothing."""
    prices: Callable[[datetime, float], Prices] = _no_prices
    """Prices at a wall time and its monotonic s."""
    inputs: Callable[[float], Mapping[str, Reading[InputValue]]] = _no_inputs
    """The values of the inputs at a monotonic time, by their names."""
    forecast: Callable[[datetime, float], Forecast] = _no_forecast
    """Forecast energies at a wall time and its monotonic s."""
    complete: Callable[[State], State] = _as_is
    """Adds what inputs tell of the grid and of the cars, to each snapshot in turn."""
    companions: tuple[Companion, ...] = ()
    """Tasks that run until the end, such as the watch of the rule files."""
    notifier: Notifier | None = None


class Service:
    """Controls the house from `run` until its event is set."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._notifier = parts.notifier or Notifier({})
        self.broken = ""
        """Why the service ended by itself. Empty while it has not."""
        self.ownership = parts.ownership
        self.board = LatestSamples(parts.devices)
        self.monitors: Mapping[str, Monitor] = {
            device.name: Monitor(device.name, device.brand) for device in parts.devices
        }
        self._pollers = {
            device.name: Poller(device, self.board, self.monitors[device.name], parts.clock) for device in parts.devices
        }
        self.dispatcher = Dispatcher(
            devices=parts.devices,
            site=parts.site,
            clock=parts.clock,
            ownership=self.ownership,
            samples=self.board,
            monitors=self.monitors,
            read_in=self._read_in,
        )
        self.loop = TickLoop(
            clock=parts.clock,
            cadence_s=self._cadence_s,
            sense=self.sense,
            decide=parts.decider.decide,
            report=self._report,
            act=self._act,
            watchers=(*parts.watchers, self._notifier),
        )
        self._heard = asyncio.Event()
        self.board.listen(self._arrived)

    async def run(self, stop: asyncio.Event) -> dict[str, str]:
        """Run until `stop` is set, then hand every device back.

        Returns the devices that were not handed back: key to reason. A cancellation ends it without a hand-back. The
        record on disk then names the devices that are still held.
        """
        left: dict[str, str] = {}
        try:
            await self._reconcile(stop)
            await self._control(stop)
            self._notifier.stopping()
            if not self.parts.observe:
                left = await self.hand_back()
        finally:
            await asyncio.gather(*(device.meter.close() for device in self.parts.devices), return_exceptions=True)
        return left

    async def hand_back(self, within_s: float = LONGEST_S) -> dict[str, str]:
        """Hand back all devices on the record. Returns the ones that remain after `within_s`, with the reason."""
        return await hand_back_all(
            tuple(self.ownership.held),
            by_key(self.parts.devices),
            self.parts.clock,
            self.ownership,
            self.dispatcher.doubtful_until_s(),
            within_s,
        )

    def sense(self) -> State:
        """The present state of the house."""
        parts = self.parts
        now, mono_s = parts.clock.now(), parts.clock.monotonic_s()
        state = snapshot(
            parts.devices,
            {device.name: self.board.latest(device.name) for device in parts.devices},
            parts.site,
            now=now,
            mono_s=mono_s,
            problem_of=lambda name: self.monitors[name].message,
            commanded=self.dispatcher.commanded(),
            switched=self.dispatcher.switched(),
            grid_history=self.board.grid_history,
            prices=parts.prices(now, mono_s),
            inputs=parts.inputs(mono_s),
            forecast=parts.forecast(now, mono_s),
        )
        return parts.complete(state)

    async def _reconcile(self, stop: asyncio.Event) -> None:
        """Hand back the devices that an earlier process left, before the first tick.

        A damaged record may have named any device. A device that does not answer delays the others for RECONCILE_S
        only. It stays on the record, and its worker continues.
        """
        if self.ownership.damaged and not self.parts.observe:
            brands = {key: device.brand for key, device in by_key(self.parts.devices).items()}
            self.ownership.suspect(brands, self.parts.clock.now())
        elif not self.ownership.damaged:
            self.ownership.prepare()
        if not self.ownership.held:
            return
        names = self.ownership.named()
        if self.parts.observe:
            log.warning("an earlier run did not hand back %s; run `optimizer release`", names)
            return
        log.warning("an earlier run did not hand back %s; handing back now", names)
        handing_back = asyncio.ensure_future(self.hand_back(RECONCILE_S))
        stopping = asyncio.ensure_future(stop.wait())
        tasks = {handing_back, stopping}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_tasks(tasks)

    async def _control(self, stop: asyncio.Event) -> None:
        """Poll, tick, and dispatch until `stop`. `broken` says whether one of the tasks ended by itself."""
        jobs = [poller.run() for poller in self._pollers.values()]
        jobs += [companion() for companion in self.parts.companions]
        if not self.parts.observe:
            jobs += self.dispatcher.jobs()
        tasks = [asyncio.ensure_future(job) for job in [*jobs, self._tick_for_ever()]]
        stopping = asyncio.ensure_future(stop.wait())
        try:
            done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                error = None if task.cancelled() else task.exception()
                self.broken = f"a part of the service has ended unexpectedly: {error or 'no reason is known'}"
                log.error("%s", self.broken, exc_info=error)
        finally:
            await end_tasks((stopping, *tasks))

    async def _tick_for_ever(self) -> None:
        try:
            async with self.parts.clock.timeout(FIRST_READINGS_S):
                await self._heard.wait()
        except TimeoutError:
            silent = [f"{name} ({monitor.message})" for name, monitor in self.monitors.items() if not monitor.up]
            log.warning("starting without a reading of %s", ", ".join(silent))
        self._notifier.ready()
        await self.loop.run()

    def _arrived(self, arrival: Arrival) -> None:
        if all(self.board.latest(device.name) is not None for device in self.parts.devices):
            self._heard.set()
        if urgent(arrival.before, arrival.sample, self.parts.site):
            self.loop.wake()

    def _cadence_s(self, outcome: Outcome | None) -> float:
        """The time until the next tick, s."""
        parts = self.parts
        if outcome is None or parts.follow_tick_s >= parts.tick_s:
            return parts.tick_s
        return parts.follow_tick_s if follows_surplus(outcome.memory.evs, outcome.judged.mono_s) else parts.tick_s

    def _act(self, outcome: Outcome) -> None:
        if not self.parts.observe:
            self.ownership.retry()
            self.dispatcher.take(outcome.decision)

    def _report(self, state: State, outcome: Outcome, loop: TickLoop) -> TickReport:
        books = self.parts.decider.books
        return TickReport(
            state=state,
            decision=outcome.decision,
            verdict=outcome.verdict,
            duration_s=loop.duration_s,
            ticks=loop.ticks,
            overruns=loop.overruns,
            devices=tuple(monitor.report() for monitor in self.monitors.values()),
            leases=self.dispatcher.leases(),
            book_version=books.version,
            book_error=books.error,
            reload_failures=books.failures,
            rules_by_hand=books.book.by_hand,
            observe_only=self.parts.observe,
            record_problem="" if self.parts.observe else self.ownership.problem,
            memory=outcome.memory,
            judged=outcome.judged,
        )

    def _read_in(self, device: str, delay_s: float) -> None:
        self._pollers[device].read_in(delay_s)
