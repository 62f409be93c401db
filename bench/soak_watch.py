"""Watching: what the soak counts, by what the twins saw and by when decisions were made."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.soak_fuses import TICK_S, FuseWatch, Overloads
from bench.soak_house import CHARGERS
from bench.soak_inputs import SOURCE, InputFigures, InputTwin, InputWatch
from bench.soak_loads import LoadFigures, LoadWatch
from optimizer.control.decide import Outcome
from optimizer.control.report import TickReport
from optimizer.model.clock import Clock
from optimizer.model.decision import BatteryAction, BatteryOrder, Command
from optimizer.model.site import Site
from optimizer.model.state import State
from optimizer.runtime.loop import TickLoop
from optimizer.twin.house import RunningHouse
from optimizer.twin.ledger import Ledger

AT_ONCE_S = 1.0
MOST_GAP_S = 60.0
ON_THE_WAY_S = 11.0
"""A write that left in time may be this late: the longest latency of the program."""
WIRE_S = 0.1
"""And to a device that answers at once."""
LATE_S = 0.5
FEMS = "battery.fems"
METER = "fems"


@dataclass
class Figures:
    """The sum of all episodes. Lists hold what should not have happened."""

    house_s: float = 0.0
    ticks: int = 0
    overruns: int = 0
    late_ticks: int = 0
    gaps: list[str] = field(default_factory=list)
    wanted_s: float = 0.0
    """House seconds in which a setpoint of FEMS was wanted and it could be reached."""
    stale: list[str] = field(default_factory=list)
    setpoints: int = 0
    unsafe: list[str] = field(default_factory=list)
    refused_in_pv_mode: int = 0
    """Writes to a charger that had just been switched to its own control, and refused them."""
    currents: list[str] = field(default_factory=list)
    overloads: Overloads = field(default_factory=Overloads)
    loads: LoadFigures = field(default_factory=LoadFigures)
    inputs: InputFigures = field(default_factory=InputFigures)
    ended: list[str] = field(default_factory=list)
    """Services that ended by themselves."""
    late: list[str] = field(default_factory=list)
    slowest_s: dict[str, float] = field(default_factory=dict)
    slowest_end_s: float = 0.0
    kills: int = 0
    endings: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    memory_kb: list[int] = field(default_factory=list)
    """After each episode."""
    sockets: int = 0
    """Files and sockets open at the same time, both ends of each connection counted."""
    sockets_left: int = 0

    @property
    def failed(self) -> bool:
        """Whether a goal was missed."""
        return bool(self.bad or self.late_ticks or self.overruns)

    @property
    def _found(self) -> tuple[list[str], ...]:
        return (
            self.gaps, self.stale, self.unsafe, self.currents, self.overloads.broken, self.loads.bad, self.inputs.bad,
            self.ended, self.late,
        )  # fmt: skip

    @property
    def bad(self) -> tuple[str, ...]:
        """Everything that should not have happened."""
        return tuple(what for found in self._found for what in found)

    def after_episode(self, episode: int) -> None:
        """Note the memory, and in what was found which episode that was."""
        for found in self._found:
            found[:] = [what if what.startswith("episode ") else f"episode {episode}: {what}" for what in found]
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.memory_kb.append(pages * os.sysconf("SC_PAGE_SIZE") // 1024)


def open_files() -> int:
    """Files and sockets that this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


class _Book(Ledger):
    """The twins' ledger, which also tells of each write at once."""

    def __init__(self, before: Ledger, house: RunningHouse, watching: Watching) -> None:
        super().__init__(house.live.physics)
        self._watching = watching
        self.unsafe = before.unsafe

    def wrote(self, device: str, kind: str) -> None:
        super().wrote(device, kind)
        self._watching.wrote(device, kind)


class Watching:
    """Of one episode: a watcher of the service's ticks, and the twins' witness."""

    def __init__(
        self, figures: Figures, house: RunningHouse, clock: Clock, site: Site, paces_s: Mapping[str, float]
    ) -> None:
        """`paces_s`: how often each device of the settings is read."""
        self.figures = figures
        self.mindless = False
        """True: no decisions come about."""
        self._house = house
        self._clock = clock
        self._command: Command | None = None
        self._ticked_s: float | None = None
        self._unreachable: set[str] = set()
        self._since_s = 0.0
        """When the time began in which a refresh is due within MOST_GAP_S."""
        self._late_until_s = 0.0
        self.ailing: set[str] = set()
        """Devices that answer, but not as they should."""
        self._on_the_way = False
        """Whether FEMS was in trouble at the last look, or so shortly before that a write may still be on its way."""
        self._ailed_s = -math.inf
        self._fuses = FuseWatch(figures.overloads, site, CHARGERS, METER, paces_s)
        source = house.twins[SOURCE]
        assert isinstance(source, InputTwin)
        self._loads = LoadWatch(figures.loads, site, CHARGERS, METER, paces_s)
        self.inputs = InputWatch(figures.inputs, source)
        house.live.ledger = _Book(house.live.ledger, house, self)

    def interrupt(self, loop: TickLoop) -> None:
        """Let decisions fail while `mindless`. (The loop has taken hold of its mind's `decide` when it was made.)"""
        decide = loop._decide

        def thinking(state: State) -> Outcome:
            if self.mindless:
                raise RuntimeError("no decision, as the program wants it")
            return decide(state)

        loop._decide = thinking

    def reachable(self, device: str, yes: bool) -> None:
        """The program tells that a device is cut off or back."""
        (self._unreachable.discard if yes else self._unreachable.add)(device)
        if device == "fems":
            self._since_s = self._clock.monotonic_s()

    def interrupted(self) -> None:
        """The service ended: no decision from before stands behind a refresh any more."""
        self._command = None
        self.stood_still()

    def stood_still(self) -> None:
        """Nothing ran for a while: that is nobody's gap, and what was on its way to a device that is slow arrives all
        the same. A lease that has not run out meanwhile still stands."""
        self._ticked_s = None
        self._since_s = self._clock.monotonic_s()
        self._late_until_s = self._since_s + (ON_THE_WAY_S if self._on_the_way else WIRE_S)
        self._loads.interrupted(self._since_s)
        # A device may be read before the next look, and shows the house as it is now.
        self._loads.observe(self._house.physics, self._since_s, self._troubled())
        self.inputs.interrupted()

    def _troubled(self) -> set[str]:
        """Devices that are out of order."""
        return {METER} if self.mindless else self._unreachable | self.ailing

    def by_hand(self, load: str) -> None:
        """Somebody has turned a load at its switch."""
        self._loads.by_hand(load, self._clock.monotonic_s())

    def on_tick(self, report: TickReport) -> None:
        """A decision was made."""
        figures, now_s = self.figures, report.state.mono_s
        figures.ticks += 1
        self._loads.on_tick(report)
        self.inputs.on_tick(report)
        if self._ticked_s is not None and now_s - self._ticked_s > TICK_S + LATE_S:
            figures.late_ticks += 1
        self._ticked_s = now_s
        before = self._wanted()
        self._command = report.decision.commands.get(FEMS)
        if self._wanted() and not before:
            self._since_s = now_s

    def wrote(self, device: str, kind: str) -> None:
        """The twin of `device` took a write."""
        if device != "fems" or kind != "setpoint":
            return
        now_s = self._clock.monotonic_s()
        self.figures.setpoints += 1
        expired = self._command is None or now_s > self._command.expires_s + ON_THE_WAY_S
        if expired and now_s > self._late_until_s:
            self.figures.stale.append(f"at {now_s:.0f} s")
        self._since_s = now_s

    async def run(self) -> None:
        """Look every second, until canceled."""
        figures = self.figures
        while True:
            await self._clock.sleep(AT_ONCE_S)
            now_s = self._clock.monotonic_s()
            if METER in self._unreachable | self.ailing:
                self._ailed_s = now_s
            self._on_the_way = now_s - self._ailed_s <= ON_THE_WAY_S
            if self.mindless:
                self._ticked_s = None
                self._loads.interrupted(now_s)
            if self._wanted() and "fems" not in self._unreachable and not self.mindless:
                figures.wanted_s += AT_ONCE_S
                if now_s - self._since_s > MOST_GAP_S:
                    figures.gaps.append(f"{now_s - self._since_s:.0f} s without a refresh at {now_s:.0f} s")
                    self._since_s = now_s
            else:
                self._since_s = now_s
            physics = self._house.physics
            troubled = self._troubled()
            self._fuses.look(physics, now_s, AT_ONCE_S, troubled)
            self._loads.look(physics, now_s, AT_ONCE_S, troubled)
            for charger in physics.chargers:
                offer_a = charger.signalled_a
                if offer_a != 0.0 and not 6.0 <= offer_a <= charger.spec.rated_a:
                    figures.currents.append(f"{charger.spec.name} is offered {offer_a:.1f} A at {now_s:.0f} s")
            if int(now_s) % 300 == 0:
                figures.sockets = max(figures.sockets, open_files())

    def _wanted(self) -> bool:
        command = self._command
        if command is None or self._clock.monotonic_s() >= command.expires_s:
            return False
        return isinstance(command.order, BatteryOrder) and command.order.action is not BatteryAction.AUTO


def summary(figures: Figures) -> str:
    """The figures for people."""
    hours = figures.house_s / 3600.0
    troubles = ", ".join(f"{what} {count}" for what, count in sorted(figures.troubles.items()))
    slowest = ", ".join(f"{key} {seconds:.0f} s" for key, seconds in sorted(figures.slowest_s.items()))
    memory = figures.memory_kb
    rows = (
        ("house hours", f"{hours:.1f}"),
        ("troubles", troubles),
        ("ticks", f"{figures.ticks}"),
        ("hours with a FEMS setpoint wanted, reachable", f"{figures.wanted_s / 3600.0:.1f}"),
        ("FEMS setpoints written", f"{figures.setpoints}"),
        ("FEMS gaps over 60 s (goal 0)", f"{len(figures.gaps)}"),
        ("refreshes without a fresh decision (goal 0)", f"{len(figures.stale)}"),
        ("unsafe writes seen by the twins (goal 0)", f"{len(figures.unsafe)}"),
        ("writes refused by a charger in its own PV mode", f"{figures.refused_in_pv_mode}"),
        ("currents outside 0 or 6 A to rating (goal 0)", f"{len(figures.currents)}"),
        ("seconds with cars above a fuse, until they followed", f"{figures.overloads.seconds:.0f}"),
        ("longest of these with all in order", f"{figures.overloads.longest_s:.0f} s"),
        ("cars above a fuse for longer (goal 0)", f"{len(figures.overloads.broken)}"),
        ("starts of loads / cut early for a fuse", f"{figures.loads.starts} / {figures.loads.cut}"),
        ("loads beyond budget, least time, or fuse (goal 0)", f"{len(figures.loads.bad)}"),
        ("inputs known / unknown in ticks", f"{figures.inputs.known} / {figures.inputs.unknown}"),
        ("inputs wrong, too old, or not read (goal 0)", f"{len(figures.inputs.bad)}"),
        ("ended by itself (goal 0)", f"{len(figures.ended)}"),
        ("orderly ends / ends as by SIGKILL", f"{figures.endings} / {figures.kills}"),
        ("not handed back in time (goal 0)", f"{len(figures.late)}"),
        ("slowest hand-back after a kill", slowest),
        ("slowest orderly end", f"{figures.slowest_end_s:.0f} s"),
        ("ticks delayed (goal 0)", f"{figures.late_ticks} late, {figures.overruns} left out"),
        ("memory after the first, the middle, the last episode",
         f"{memory[0]}, {memory[len(memory) // 2]}, {memory[-1]} kB"),
        ("files and sockets open, at most / after an end", f"{figures.sockets} / {figures.sockets_left}"),
    )  # fmt: skip
    lines = ["fault program, in virtual time", *(f"  {name:53}{value}" for name, value in rows)]
    return "\n".join([*lines, *(f"    {what}" for what in figures.bad[:20])])
