"""A house that has to survive: the service as `optimizer run` assembles it, among the twins, step by step.

Everything is real but the time and the wire: sockets are in memory, and time is virtual. What is asserted is what the
twins saw, not what the service says of itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from bench.soak_faults import COMMANDS, HAND_BACK_MOST_S, IN_PV_MODE, START, make_honest
from bench.soak_house import ALL_KEYS, RULES, Tampered, Truth, paces_s, whole_house, whole_site
from bench.soak_inputs import LIES, InputTwin
from bench.soak_loads import LOAD_KEYS
from bench.soak_watch import AT_ONCE_S, Figures, Watching
from optimizer.cli.run.assemble import assemble
from optimizer.cli.run.books import RuleFiles, device_names
from optimizer.journal.kept_file import KeptFiles
from optimizer.rules.book.overrides import Override
from optimizer.runtime.decider import RuleDecider
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.record.memory_file import FILE_NAME as MEMORY_FILE
from optimizer.runtime.record.ownership import Ownership
from optimizer.serve.overrides import OverrideStore
from optimizer.settings import Settings
from optimizer.settings.mapping import to_params, to_site
from optimizer.twin.faults import Fault
from optimizer.twin.fems import FemsTwin
from optimizer.twin.givtcp import GivTcpTwin
from optimizer.twin.house import start_house
from optimizer.twin.nrgkick import NrgkickTwin
from optimizer.twin.shelly import ShellyTwin
from optimizer.twin.sonnen import SonnenTwin
from optimizer.twin.tasmota import TasmotaTwin
from optimizer.twin.virtual_time import MemoryLoop, VirtualClock
from optimizer.twin.weather import Weather
from tests.soak.judge import BATTERIES, Judge

T = TypeVar("T")

PACE = 2.0
DEVICES = ("boiler", "carport", "fems", "givtcp", "pool", "sonnen", "source")
END_MOST_S = 700.0
"""A hand-back that began just before its deadline of 330 s may take it once more."""
MISCHIEVOUS_RULES = {
    "broken": "version: 1\nrules:\n  - id: fast\n    claim: {ev.carport.mode: sideways}\n",
    "unfinished": "version: 1\nrules:\n  - id: fa",
    "greedy": "version: 1\nrules:\n  - id: all\n    claim:\n      ev.carport.mode: fast\n      ev.yard.mode: fast\n"
    "      ev.carport.current_a: 16 A\n      ev.yard.current_a: 32 A\n      battery.mode: discharge\n"
    "      battery.power_w: 3000 W\n",
    "as they were": RULES,
}


class Survivor:
    """The house and its service; every method is one thing that happens."""

    def __init__(self, folder: Path, seed: int = 1, order: int | None = None) -> None:
        """`seed` draws the settings of the loads, and `order` the order of events of one moment."""
        self._seed = seed
        random = None if order is None else Random(order)
        self._runner = asyncio.Runner(loop_factory=lambda: MemoryLoop(random))
        self._rules = folder / "rules"
        self._state = folder / "state"
        self._rules.mkdir()
        self._state.mkdir()
        self.clock = VirtualClock(START)
        self.figures = Figures()
        self.outside = Tampered(Weather(seed=1, start=START, first_sky="broken"))
        self._troubled: set[str] = set()
        self._forgot: set[str] = set()
        """What does something that nobody told it: a charger that has lost its pause, or a load that a hand turned."""
        self._run(self._build())

    def _run(self, what: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(what)

    def ask(self, question: Callable[[], T]) -> T:
        """The answer of `question` inside the loop, where there is time."""

        async def asking() -> T:
            return question()

        return self._run(asking())

    # building, ending, starting again

    async def _build(self) -> None:
        self.twins = await start_house(whole_house(self.outside, self._seed), self.clock)
        self.truth = Truth(self.twins)
        self._rules.joinpath("soak.yaml").write_text(RULES)
        self.settings = Settings.model_validate(
            whole_site(self.twins.endpoints, self._seed, pace=PACE)
            | {"rules": self._rules, "state_dir": self._state, "journal": {"enabled": False}, "serve": {"status": None}}
        )
        self.site = to_site(self.settings)
        self.judge = Judge(self.site, to_params(self.settings).starts)
        self.watching = Watching(self.figures, self.twins, self.clock, self.site, paces_s(self.settings))
        self._watcher = asyncio.ensure_future(self.watching.run())
        self._start()

    def _start(self) -> None:
        self._books = RuleFiles(self._rules, device_names(self.settings), self.site.zone)
        self._house = assemble(self.settings, self._books, self.clock, self._state, watchers=(self.watching,))
        self.watching.interrupt(self._house.service.loop)
        self._stop = asyncio.Event()
        self._service = asyncio.ensure_future(self._house.service.run(self._stop))
        self.judge.interrupted()

    def _stood_still(self) -> None:
        self.watching.interrupted()
        self.judge.interrupted()

    def end(self) -> None:
        """An orderly end: what can be reached is handed back in time, the rest stays on the record."""
        self._run(self._ended())

    async def _ended(self) -> None:
        begun_s = self.clock.monotonic_s()
        had = {key for key in Ownership(self._state).held if ALL_KEYS[key] not in self._troubled}
        waiting = set(had)
        self._stop.set()
        self.watching.interrupted()
        while not self._service.done():
            await self.clock.sleep(AT_ONCE_S)
            took_s = self.clock.monotonic_s() - begun_s
            assert took_s < END_MOST_S, "the service does not end"
            waiting = {key for key in waiting if not self.truth.released(key)}
            late = [key for key in waiting if took_s > HAND_BACK_MOST_S.get(ALL_KEYS[key], 90.0)]
            assert not late, f"{late} not handed back after {took_s:.0f} s"
        left = self._service.result()
        assert not self._house.service.broken
        held = Ownership(self._state).held
        assert set(left) == set(held), "what is left is on the record, and nothing else"
        for key in had:
            assert key not in left, f"{key} is left: {left[key]}"
            assert not self.truth.taken(key), f"{key} is not as before"
        self._house.close()

    def restart(self, killed: bool, down_s: float) -> None:
        """It ends, as it should or as by SIGKILL, and is started again after a while; with rules that can be read."""

        async def again() -> None:
            if killed:
                await self._killed()
            else:
                await self._ended()
            self._stood_still()
            await self.clock.sleep(down_s)
            self._rules.joinpath("soak.yaml").write_text(RULES)
            self._start()

        self._run(again())

    async def _killed(self) -> None:
        self._service.cancel()
        await asyncio.gather(self._service, return_exceptions=True)
        held = set(Ownership(self._state).held)
        unrecorded = [key for key in ALL_KEYS if key not in held | self._forgot and self.truth.taken(key)]
        assert not [key for key in unrecorded if ALL_KEYS[key] not in self._troubled], f"{unrecorded} are on no record"
        memory = self._state / MEMORY_FILE
        kept = memory.read_bytes() if memory.exists() else None
        self._house.close()
        # A killed process saves nothing more.
        memory.unlink(missing_ok=True) if kept is None else memory.write_bytes(kept)

    def close(self) -> None:
        """Everything is well again and the service ends: all that it held is as it was before."""
        try:
            if not self._service.done():
                self.heal()
                self.let_pass(30.0)
                self.end()
                assert not Ownership(self._state).held
        finally:
            self._run(self._torn_down())
            self._runner.close()

    async def _torn_down(self) -> None:
        self._service.cancel()
        self._watcher.cancel()
        await asyncio.gather(self._service, self._watcher, return_exceptions=True)
        await self.twins.stop()

    # what happens

    def let_pass(self, seconds: float) -> None:
        """Time passes, looked at every second."""

        async def passing() -> None:
            until_s = self.clock.monotonic_s() + seconds
            while (left_s := until_s - self.clock.monotonic_s()) > 0.0:
                await self.clock.sleep(min(AT_ONCE_S, left_s))
                helpless = set(BATTERIES) if self.watching.mindless else self._troubled
                self.judge.look(self.twins.physics, self.clock.monotonic_s(), {*helpless, *self._on_its_own()})

        self._run(passing())

    def _on_its_own(self) -> set[str]:
        """The Edge while nothing written to it is in force: its own control then sets the same setpoints."""
        fems = self.twins.twins["fems"]
        assert isinstance(fems, FemsTwin)
        return set() if fems.unit.written else {"fems"}

    def gap(self, seconds: float, asleep: bool) -> None:
        """The machine is suspended, or stands still."""

        def leap() -> None:
            (self.clock.suspend if asleep else self.clock.stand_still)(seconds)
            self._stood_still()

        self.ask(leap)

    def fault(self, device: str, faults: tuple[Fault, ...]) -> None:
        """A device can be reached badly or not at all, until it is healed."""

        def strike() -> None:
            self.twins.faults.set(device, *faults)
            self._trouble(device)

        self.ask(strike)

    def lie(self, device: str, what: int) -> None:
        """A device takes writes and does not do them, or steers itself."""

        def turn() -> None:
            twin = self.twins.twins[device]
            if isinstance(twin, SonnenTwin):
                twin.traps.deaf = True
            elif isinstance(twin, GivTcpTwin):
                twin.traps.lies = {COMMANDS[what % len(COMMANDS)]: ("success", "failure")[what % 2]}
                twin.traps.frozen = what % 3 == 0
            elif isinstance(twin, NrgkickTwin):
                twin.unit.pv_mode = True
            elif isinstance(twin, ShellyTwin | TasmotaTwin):
                twin.traps.deaf = True
            elif isinstance(twin, InputTwin):
                twin.lies(LIES[what % len(LIES)])
            self._trouble(device)

        self.ask(turn)

    def reboot(self, device: str) -> None:
        """A device restarts at once: FEMS forgets what was written, an NRGkick its pause."""

        def restart() -> None:
            twin = self.twins.twins[device]
            if isinstance(twin, FemsTwin):
                twin.unit.restart()
                self.watching.reachable(device, True)
            elif isinstance(twin, NrgkickTwin):
                twin.unit.settings = replace(twin.unit.settings, charge_pause=0)  # its report is behind
                twin.unit.resume_settings()
                self._forgot.add("ev.carport")
                self.judge.interrupted()

        self.ask(restart)

    def heal(self) -> None:
        """All devices are well, and decisions are made."""

        def well() -> None:
            self.twins.faults.clear()
            for name, twin in self.twins.twins.items():
                make_honest(twin)
                self.watching.reachable(name, True)
            self._troubled.clear()
            self.watching.ailing.clear()
            self.watching.mindless = False
            self.judge.interrupted()

        self.ask(well)

    def no_decisions(self) -> None:
        """Every decision fails from now on."""
        self.watching.mindless = True
        self.judge.interrupted()

    def set_wall_clock(self, days: int) -> None:
        """The wall clock is set."""
        self.clock.wall_jump += timedelta(days=days)

    def weather_and_load(self, sun: float, more_w: float) -> None:
        """Sun (part of what there would be) and load in W beyond the ordinary."""

        def change() -> None:
            self.outside.sun, self.outside.more_w = sun, more_w

        self.ask(change)

    def car(self, charger: int, what: str) -> None:
        """A car comes, goes, or is full."""

        def move() -> None:
            house = self.twins.physics
            box = house.chargers[charger]
            if what == "leaves" and box.plugged:
                box.unplug()
            elif what == "comes" and not box.plugged:
                box.plug_in(house.t_s, 20.0)
            elif what == "is full":
                box.car_wh = box.spec.car.capacity_wh
            self.judge.interrupted()

        self.ask(move)

    def load(self, index: int, on: bool) -> None:
        """Somebody turns a load at its switch."""

        def turn() -> None:
            load = self.twins.physics.loads[index]
            load.switch(on)
            self.watching.by_hand(load.spec.name)
            self._forgot.add(f"switch.{load.spec.name}")

        self.ask(turn)

    def input(self, by_hand: bool | None) -> None:
        """Somebody sets an input, or the server has other values (None)."""

        def change() -> None:
            if by_hand is not None:
                board = self._house.service.parts.inputs
                assert isinstance(board, InputBoard)
                self.watching.inputs.set_by_hand(board, by_hand)
                return
            twin = self.twins.twins["source"]
            assert isinstance(twin, InputTwin)
            twin.turn()

        self.ask(change)

    def battery(self, index: int, soc_percent: float) -> None:
        """A battery is at this charge."""

        def set_charge() -> None:
            battery = self.twins.physics.batteries[index]
            battery.energy_wh = battery.spec.capacity_wh * soc_percent / 100.0

        self.ask(set_charge)

    def edit_rules(self, which: str) -> None:
        """Somebody saves the rule file."""
        before = self._books.version
        self._rules.joinpath("soak.yaml").write_text(MISCHIEVOUS_RULES[which])
        self._books.reload()
        if which in ("broken", "unfinished"):
            assert self._books.error
            assert self._books.version == before

    def override(self, target: str, value: float | str) -> None:
        """Somebody sets something by hand, for half an hour."""
        decider = self._house.service.parts.decider
        assert isinstance(decider, RuleDecider)

        def by_hand() -> None:
            until = self.clock.now() + timedelta(minutes=30)
            OverrideStore(decider, KeptFiles(self._state)).override(Override(target, value, until))

        self.ask(by_hand)

    def _trouble(self, device: str) -> None:
        self._troubled.add(device)
        self.watching.ailing.add(device)
        self.watching.reachable(device, False)

    # what has to hold

    def check(self) -> None:
        """Nothing has happened that should not have, as far as the twins have seen."""
        unsafe = [incident for incident in self._run(self._incidents()) if incident.what != IN_PV_MODE]
        assert not unsafe, unsafe
        assert not self.figures.bad, self.figures.bad
        assert not self._house.service.broken
        givtcp = self.twins.twins["givtcp"]
        assert isinstance(givtcp, GivTcpTwin)
        assert givtcp.writes <= 200, "GivTCP's settings wear the inverter's flash memory"

    def check_lapsed(self) -> None:
        """Decisions have failed for so long that batteries with a lease of a minute are on their own, and loads off."""
        loads = [key for key in LOAD_KEYS if key not in self._forgot]
        held = [key for key in ("battery.fems", "battery.sonnen", *loads) if not self.truth.released(key)]
        assert not [key for key in held if ALL_KEYS[key] not in self._troubled], f"{held} outlive the decisions"

    async def _incidents(self) -> tuple[Any, ...]:
        return self.twins.summary().unsafe
