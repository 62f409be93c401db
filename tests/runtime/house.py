"""In-memory devices with every fault that matters, a scripted decider, and a service built of them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from optimizer.control.decide import Outcome
from optimizer.control.report import TickReport
from optimizer.devices.port import DeviceError, Fault, Sample
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, Command, Decision, EvOrder
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Ev, EvStatus, Grid, State
from optimizer.rules.book.assemble import empty_book
from optimizer.rules.book.verdict import Verdict
from optimizer.runtime.parts import Device
from optimizer.runtime.record.ownership import Ownership
from optimizer.runtime.service import Companion, Parts, Service
from tests.virtual_time import VirtualClock

HOLD = BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0)
DISCHARGE = BatteryOrder(BatteryAction.POWER, power_w=1000.0)


@dataclass
class Link:
    """The connection to a device, shared by reads and writes."""

    clock: VirtualClock
    down: bool = False
    slow_s: float = 0.0
    lose_writes: int = 0
    """So many of the next writes get no answer and are not carried out."""
    lose_answers: int = 0
    """So many of the next writes are carried out and get no answer."""
    refuse_writes: int = 0
    """So many of the next writes are refused."""

    async def pass_through(self) -> None:
        await asyncio.sleep(self.slow_s)
        if self.down:
            raise DeviceError("unreachable", "connection refused")

    async def write(self) -> None:
        if self.lose_writes > 0:
            self.lose_writes -= 1
            raise DeviceError("unreachable", "connection reset")
        if self.refuse_writes > 0:
            self.refuse_writes -= 1
            raise DeviceError("refused", "status 500")
        await self.pass_through()

    def answer(self) -> None:
        if self.lose_answers > 0:
            self.lose_answers -= 1
            raise DeviceError("timeout", "no answer")


class FakeCharger:
    """A charger whose report lags behind its setting by `lag_s`."""

    def __init__(self, clock: VirtualClock, name: str = "carport") -> None:
        self.name = name
        self.clock = clock
        self.link = Link(clock)
        self.lag_s = 1.0
        self.current_a, self.paused, self.phases, self.energy_limit_wh = 16.0, False, 3, 0
        self.status = EvStatus.CHARGING
        self.deaf = False
        """Takes writes and ignores them."""
        self.refuses = ""
        self.fails: dict[str, Fault] = {}
        """Kinds of write that fail, and how."""
        self.answers_after_s = 0.0
        """What a write does happens at once, its answer comes so much later."""
        self.late_s = 0.0
        """A write does nothing at first, and is carried out so much later, whatever became of it meanwhile."""
        self.watch: Callable[[str, float], None] | None = None
        """Told of each write when it sets out."""
        self.drawn_a: float | None = None
        self.writes: list[tuple[float, str, float]] = []
        self.attempts = 0
        self.refused = 0
        self._reports: list[tuple[float, tuple[float, bool, int]]] = [(-100.0, (16.0, False, 3))]

    def is_set(self, current_a: float, paused: bool = False, phases: int = 3) -> None:
        """Put it into its setting before the first write."""
        self.current_a, self.paused, self.phases = current_a, paused, phases
        self._reports = [(-100.0, (current_a, paused, phases))]

    async def read(self) -> Sample:
        await self.link.pass_through()
        now_s = self.clock.monotonic_s()
        offered_a, paused, phases = next(r for at_s, r in reversed(self._reports) if at_s <= now_s)
        drawn_a = self.drawn_a if self.drawn_a is not None else 0.0 if self.paused else self.current_a
        return Sample(
            evs=(
                Ev(
                    self.name,
                    status=known(self.status, now_s),
                    power_w=known(drawn_a * 230.0 * self.phases, now_s),
                    phase_current_a=tuple(known(drawn_a, now_s) for _ in range(self.phases)),
                    offered_a=known(offered_a, now_s),
                    paused=known(paused, now_s),
                    phases=known(phases, now_s),
                    rated_a=known(32.0, now_s),
                    energy_limit_wh=known(float(self.energy_limit_wh), now_s),
                    blocked=self.refuses,
                ),
            )
        )

    async def close(self) -> None:
        return None

    async def set_current(self, current_a: float) -> None:
        await self._take("current", current_a)
        if self.late_s:
            asyncio.get_running_loop().call_later(self.late_s, setattr, self, "current_a", current_a)
            await asyncio.sleep(self.late_s)
        if not self.deaf:
            self.current_a = current_a
        await self._report()

    async def set_pause(self, paused: bool) -> None:
        await self._take("pause" if paused else "release", 0.0)
        if not self.deaf:
            self.paused = paused
        await self._report()

    async def set_phases(self, phases: int) -> None:
        await self._take("phases", float(phases))
        if not self.deaf:
            self.phases = phases
        await self._report()

    async def set_energy_limit(self, energy_wh: int) -> None:
        await self._take("energy_limit", float(energy_wh))
        self.energy_limit_wh = energy_wh

    async def _take(self, kind: str, value: float) -> None:
        self.attempts += 1
        if self.watch is not None:
            self.watch(kind, value)
        await self.link.write()
        if kind in self.fails:
            raise DeviceError(self.fails[kind], f"{kind} does not work")
        if self.refuses:
            self.refused += 1
            raise DeviceError("refused", self.refuses)
        self.writes.append((self.clock.monotonic_s(), kind, value))

    async def _report(self) -> None:
        self._reports.append((self.clock.monotonic_s() + self.lag_s, (self.current_a, self.paused, self.phases)))
        await asyncio.sleep(self.answers_after_s)
        self.link.answer()

    @property
    def offer_a(self) -> float:
        """The current that the car is offered in truth, A."""
        return 0.0 if self.paused else self.current_a

    def replug(self) -> None:
        """The car was unplugged and plugged in again; the charger has lost its pause."""
        self.paused = False
        self.status = EvStatus.CONNECTED
        self._reports.append((self.clock.monotonic_s() + self.lag_s, (self.current_a, self.paused, self.phases)))

    async def no_answer(self) -> Sample:
        """In the place of `read`: reads are lost, writes are not."""
        raise DeviceError("timeout", "no answer")

    def kinds(self) -> list[str]:
        return [kind for _, kind, _ in self.writes]


class FakeBattery:
    """A battery like FEMS: drops a setpoint by itself `timeout_s` after the last write; None: never."""

    refresh_s = 20.0

    def __init__(self, clock: VirtualClock, name: str = "cellar", timeout_s: float | None = 60.0) -> None:
        self.name = name
        self.clock = clock
        self.timeout_s = timeout_s
        self.link = Link(clock)
        self.deaf = False
        self.answers_after_s = 0.0
        """What a write does happens at once, its answer comes so much later."""
        self.is_silent = False
        """Reads are lost, writes are not."""
        self.writes: list[tuple[float, BatteryOrder]] = []
        self.hand_backs: list[float] = []
        self._order: BatteryOrder | None = None

    @property
    def in_force(self) -> BatteryOrder | None:
        """The order it follows now."""
        if self._order is None or self.deaf:
            return None
        age_s = self.clock.monotonic_s() - self.writes[-1][0]
        return None if self.timeout_s is not None and age_s >= self.timeout_s else self._order

    async def read(self) -> Sample:
        await self.link.pass_through()
        if self.is_silent:
            raise DeviceError("timeout", "no answer")
        now_s = self.clock.monotonic_s()
        order = self.in_force
        power_w = order.power_w if order is not None and order.action is BatteryAction.POWER else 0.0
        soc: Reading[float] = known(50.0, now_s)
        return Sample(batteries=(Battery(self.name, power_w=known(power_w, now_s), soc_percent=soc),))

    async def close(self) -> None:
        return None

    async def order(self, battery: str, order: BatteryOrder) -> None:
        assert battery == self.name
        await self.link.write()
        self._order = order
        self.writes.append((self.clock.monotonic_s(), order))
        await asyncio.sleep(self.answers_after_s)
        self.link.answer()

    def restart(self) -> None:
        """Lose the order, as after a power cut."""
        self._order = None

    async def hand_back(self, battery: str) -> None:
        assert battery == self.name
        await self.link.write()
        self._order = None
        self.hand_backs.append(self.clock.monotonic_s())
        await asyncio.sleep(self.answers_after_s)

    def gaps_s(self) -> list[float]:
        times = [at_s for at_s, _ in self.writes]
        return [b - a for a, b in itertools.pairwise(times)]


class FakeMeter:
    """The grid meter."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.link = Link(clock)
        self.power_w: float | None = 0.0
        self.phase_a: tuple[float, ...] = ()
        self.reads: list[float] = []

    async def read(self) -> Sample:
        await self.link.pass_through()
        now_s = self.clock.monotonic_s()
        self.reads.append(now_s)
        power: Reading[float] = known(self.power_w, now_s) if self.power_w is not None else unknown("null", now_s)
        return Sample(grid=Grid(power, tuple(known(a, now_s) for a in self.phase_a)))

    async def close(self) -> None:
        return None


class NoBooks:
    """No rules at all."""

    book = empty_book()
    version = "none"
    error = ""
    failures = 0


class ScriptedDecider:
    """Orders what the test says; frozen, it decides nothing at all."""

    def __init__(self) -> None:
        self.books = NoBooks()
        self.orders: dict[str, EvOrder | BatteryOrder] = {}
        self.lease_s = 60.0
        self.frozen = False
        self.states: list[State] = []
        self.on_think: Callable[[State], None] | None = None

    def decide(self, state: State) -> Outcome:
        if self.frozen:
            raise RuntimeError("frozen for the test")
        if self.on_think:
            self.on_think(state)
        self.states.append(state)
        now_s = state.mono_s
        commands = {key: Command(key, order, now_s, now_s + self.lease_s) for key, order in self.orders.items()}
        decision = Decision(state.now, now_s, commands, ())
        return Outcome(decision, cast(Any, None), Verdict({}, {}, ()), state)


class Reports:
    """A watcher that keeps every report."""

    def __init__(self) -> None:
        self.all: list[TickReport] = []

    def on_tick(self, report: TickReport) -> None:
        self.all.append(report)


@dataclass
class House:
    """All of it. Change the devices and the decider while it runs."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    folder: Path | None = None
    observe: bool = False
    battery_timeout_s: float | None = 60.0
    battery_site: BatterySite = field(default_factory=lambda: BatterySite("cellar"))
    on_exit: Any = "pause"
    companions: tuple[Companion, ...] = ()

    def __post_init__(self) -> None:
        self.charger = FakeCharger(self.clock)
        self.battery = FakeBattery(self.clock, timeout_s=self.battery_timeout_s)
        self.meter = FakeMeter(self.clock)
        self.decider = ScriptedDecider()
        self.decider.orders = {"battery.cellar": AUTO}
        self.reports = Reports()
        self.site = Site(
            chargers={"carport": ChargerSite("carport", can_switch_phases=True)},
            batteries={"cellar": self.battery_site},
        )
        self.stop = asyncio.Event()
        self.left: dict[str, str] | None = None

    def order_ev(
        self, current_a: float, phases: int = 3, *, urgent: bool = False, energy_limit_wh: int | None = None
    ) -> None:
        """From the next tick on, the decision orders this of the charger."""
        order = EvOrder(current_a, phases, energy_limit_wh=energy_limit_wh, urgent=urgent)
        self.decider.orders["ev.carport"] = order

    def charger_is(self, current_a: float, paused: bool) -> bool:
        """Whether the charger is set like this now."""
        return (self.charger.current_a, self.charger.paused) == (current_a, paused)

    def devices(self) -> tuple[Device, ...]:
        return (
            Device("meter", "fake", self.meter, grid=True, poll_s=1.0),
            Device(
                "carport",
                "fake",
                self.charger,
                charger=self.charger,
                evs=("carport",),
                poll_s=5.0,
                on_exit=self.on_exit,
            ),
            Device(
                "cellar",
                "fake",
                self.battery,
                battery=self.battery,
                batteries=("cellar",),
                poll_s=2.0,
                write_deadline_s=5.0,
                own_timeout_s=self.battery_timeout_s,
            ),
        )

    def service(self) -> Service:
        return Service(
            Parts(
                clock=self.clock,
                site=self.site,
                devices=self.devices(),
                decider=self.decider,
                watchers=(self.reports,),
                ownership=Ownership(self.folder),
                observe=self.observe,
                companions=self.companions,
            )
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Service]:
        """The service runs inside the block and is stopped, with hand-back, at its end."""
        service = self.service()
        task = asyncio.ensure_future(service.run(self.stop))
        try:
            yield service
            self.stop.set()
            self.left = await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
