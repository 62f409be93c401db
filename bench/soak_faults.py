"""The fault program: the whole service and the very same twins in virtual time, over sockets in memory.

Every few minutes another device falls ill in another way, decisions stop for a while, the machine is suspended, or
the wall clock jumps; again and again the service ends, orderly or as if killed, and what it held has to come back.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.soak_fuses import TICK_S
from bench.soak_house import ALL_KEYS, RULES, Tampered, Truth, paces_s, whole_house, whole_site
from bench.soak_inputs import LIES, SOURCE, InputTwin
from bench.soak_watch import AT_ONCE_S, Figures, Watching, open_files, summary
from bench.soak_wire import small_client
from optimizer.cli.run.assemble import assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.cli.run.devices import build_devices
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.record.handback import by_key, hand_back_all
from optimizer.runtime.record.ownership import Ownership
from optimizer.settings import Settings
from optimizer.settings.mapping import to_site
from optimizer.twin.charger import Stay
from optimizer.twin.faults import Fault
from optimizer.twin.fems import FemsTwin
from optimizer.twin.givtcp import GivTcpTwin
from optimizer.twin.house import HouseSpec, RunningHouse, start_house
from optimizer.twin.live import Twin
from optimizer.twin.nrgkick import NrgkickTwin
from optimizer.twin.shelly import ShellyTwin
from optimizer.twin.sonnen import SonnenTwin
from optimizer.twin.tasmota import TasmotaTwin
from optimizer.twin.virtual_time import VirtualClock, run_virtually
from optimizer.twin.weather import Weather

__all__ = ["soak", "summary"]

START = datetime(2025, 3, 28, 6, 0, tzinfo=UTC)
"""Two days before the clocks change: the first episodes live through it."""
EPISODE_S = 4.0 * 3600.0
LIBRARY_EACH = 4
"""Each fourth episode runs over the HTTP library of the service, the others over a small client that is quicker."""
POOR: tuple[tuple[Fault, ...], ...] = (
    (Fault("drop", 0.3),),
    (Fault("delay", 0.3, 10.0),),
    (Fault("delay", 1.0, 2.0),),
    (Fault("garbage", 0.3),),
    (Fault("error", 0.3),),
    (Fault("hang", 0.1),),
    (Fault("drop", 0.1), Fault("delay", 0.1, 6.0), Fault("garbage", 0.05), Fault("error", 0.05)),
)
"""Ways in which a device is ill and can still be reached."""
GONE: tuple[Fault, ...] = (Fault("drop"), Fault("hang"), Fault("error"), Fault("garbage"), Fault("delay", 1.0, 10.0))
"""Ways in which it cannot; the last one answers after every deadline."""
COMMANDS = ("setDischargeRate", "setChargeRate", "setPauseMode", "setBatteryMode", "enableChargeSchedule")
DAYS = (-1, 1)
TROUBLES = ("poor", "poor", "poor", "gone", "gone", "reboot", "lie", "jump", "mindless", "asleep")
IN_PV_MODE = "written to although a PV-led profile is active"
HAND_BACK_MOST_S = {"givtcp": 300.0}


class FaultProgram:
    """The faults, one after another, until canceled."""

    def __init__(
        self,
        house: RunningHouse,
        clock: VirtualClock,
        watching: Watching,
        source: random.Random,
        outside: Tampered,
    ) -> None:
        self._house = house
        self._outside = outside
        self._clock = clock
        self._watching = watching
        self._random = source
        self.slept_s = 0.0
        """How long the machine was suspended in all; nothing ran in that time …"""
        self.slept_through = 0
        """… in which so many ticks were left out."""

    async def run(self) -> None:
        """Each trouble lasts for minutes; some come on top of each other, some leave time to recover."""
        while True:
            what = self._random.choice(TROUBLES)
            name = self._random.choice(sorted(self._house.twins))
            self._watching.figures.troubles[what] += 1
            await getattr(self, f"_{what}")(name)
            await self._clock.sleep(self._random.choice((1.0, 30.0, 200.0)))

    def heal(self) -> None:
        """Everything is well again."""
        self._house.faults.clear()
        for name in self._house.twins:
            self._honest(name)
            self._watching.reachable(name, True)
        self._watching.mindless = False
        self._outside.sun, self._outside.more_w = 1.0, 0.0

    async def _poor(self, name: str) -> None:
        self._house.faults.set(name, *self._random.choice(POOR))
        self._watching.ailing.add(name)
        await self._clock.sleep(self._random.uniform(60.0, 900.0))
        self._house.faults.clear(name)
        self._watching.ailing.discard(name)

    async def _gone(self, name: str) -> None:
        self._house.faults.set(name, self._random.choice(GONE))
        self._watching.reachable(name, False)
        await self._clock.sleep(self._random.uniform(5.0, 600.0))
        self._house.faults.clear(name)
        self._watching.reachable(name, True)

    async def _reboot(self, name: str) -> None:
        self._house.faults.set(name, Fault("drop"))
        self._watching.reachable(name, False)
        twin = self._house.twins[name]
        if isinstance(twin, FemsTwin):
            twin.unit.restart()
        await self._clock.sleep(self._random.uniform(20.0, 120.0))
        self._house.faults.clear(name)
        self._watching.reachable(name, True)

    async def _lie(self, name: str) -> None:
        """Takes writes and does not do them; the NRGkick, and FEMS, refuse in their own ways instead."""
        twin = self._house.twins[name]
        if isinstance(twin, SonnenTwin):
            twin.traps.deaf = True
        elif isinstance(twin, GivTcpTwin):
            twin.traps.lies = {self._random.choice(COMMANDS): self._random.choice(("success", "failure"))}
            twin.traps.frozen = self._random.random() < 0.3
        elif isinstance(twin, NrgkickTwin):
            twin.unit.pv_mode = True
        elif isinstance(twin, ShellyTwin | TasmotaTwin):
            twin.traps.deaf = True
        elif isinstance(twin, InputTwin):
            twin.lies(self._random.choice(LIES))
        self._watching.ailing.add(name)
        await self._clock.sleep(self._random.uniform(60.0, 400.0))
        self._honest(name)

    def _honest(self, name: str) -> None:
        self._watching.ailing.discard(name)
        make_honest(self._house.twins[name])

    async def _jump(self, name: str) -> None:
        del name
        self._clock.wall_jump += timedelta(days=self._random.choice(DAYS))
        await self._clock.sleep(self._random.uniform(10.0, 300.0))

    async def _mindless(self, name: str) -> None:
        """No decision comes about: leases have to run out."""
        del name
        self._watching.mindless = True
        await self._clock.sleep(self._random.uniform(30.0, 240.0))
        self._watching.mindless = False

    async def _asleep(self, name: str) -> None:
        """The machine is suspended, whatever is on its way to whom."""
        del name
        seconds = self._random.uniform(30.0, 1800.0)
        self.slept_s += seconds
        self.slept_through += int(seconds / TICK_S) + 1
        self._clock.suspend(seconds)
        self._watching.stood_still()

    async def owner(self, source: random.Random, board: InputBoard, twin: InputTwin) -> None:
        """Beside all troubles: values of the server change, and somebody sets an input by hand."""
        while True:
            await self._clock.sleep(source.uniform(60.0, 600.0))
            twin.turn()
            if source.random() < 0.4:
                self._watching.inputs.set_by_hand(board, source.random() < 0.3)

    async def surges(self, source: random.Random) -> None:
        """Beside all troubles: again and again the sun is gone, and the house draws what its fuses bear, or more."""
        while True:
            await self._clock.sleep(source.uniform(30.0, 300.0))
            self._watching.figures.troubles["surge"] += 1
            self._outside.sun, self._outside.more_w = 0.0, source.uniform(3_000.0, 25_000.0)
            await self._clock.sleep(source.uniform(30.0, 200.0))
            self._outside.sun, self._outside.more_w = 1.0, 0.0


def make_honest(twin: Twin) -> None:
    """Whatever the twin did of its own is over."""
    if isinstance(twin, SonnenTwin):
        twin.traps.deaf = False
    elif isinstance(twin, GivTcpTwin):
        twin.traps.lies, twin.traps.frozen = {}, False
    elif isinstance(twin, NrgkickTwin):
        twin.unit.pv_mode = False
    elif isinstance(twin, ShellyTwin | TasmotaTwin):
        twin.traps.deaf = False
    elif isinstance(twin, InputTwin):
        twin.lies("")


def house_spec(seed: int) -> HouseSpec:
    """The full house, with cars that come and go: a car that stays would be full after a day."""
    spec = whole_house(None, seed)
    chargers = []
    for number, charger in enumerate(spec.physics.chargers):
        stays = tuple(
            Stay(hours * 3600.0, (hours + 2.6) * 3600.0, soc_percent=20.0)
            for hours in (0.05 + 0.2 * number, 2.9 + 0.1 * number)
        )
        chargers.append(replace(charger, car=replace(charger.car, stays=stays)))
    return replace(spec, physics=replace(spec.physics, chargers=tuple(chargers)))


def soak(
    hours: float, seed: int, folder: Path, *,
    pace: float = 1.0, most_wall_s: float = 1e9, episode_s: float = EPISODE_S, first: int = 1,
    after: Callable[[Figures], None] = lambda _: None,
) -> Figures:  # fmt: skip
    """So many house hours, or as many whole episodes as fit into `most_wall_s`, from episode `first` on; `after` is
    called after each."""
    figures = Figures()
    logging.disable(logging.CRITICAL)
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "rules" / "soak.yaml").write_text(RULES)
    started_s = time.monotonic()
    number = first - 1
    while hours * 3600.0 - figures.house_s > AT_ONCE_S and time.monotonic() - started_s < most_wall_s:
        number += 1
        length_s = min(episode_s, hours * 3600.0 - figures.house_s)
        at = START + timedelta(seconds=(number - 1) * episode_s)
        with nullcontext() if number % LIBRARY_EACH == 0 else small_client():
            run_virtually(_episode(figures, seed * 100_000 + number, at, length_s, folder, pace), network=True)
        figures.after_episode(number)
        after(figures)
    logging.disable(logging.NOTSET)
    return figures


async def _episode(figures: Figures, seed: int, at: datetime, length_s: float, folder: Path, pace: float) -> None:
    clock = VirtualClock(at)
    source = random.Random(seed)
    outside = Tampered(Weather(seed=seed, start=at, first_sky="broken"))
    twins = await start_house(replace(house_spec(seed), source=outside), clock)
    truth = Truth(twins)
    state = folder / f"state{seed}"
    settings = Settings.model_validate(
        whole_site(twins.endpoints, seed, pace=pace)
        | {"rules": folder / "rules", "state_dir": state, "journal": {"enabled": False}, "serve": {"status": None}}
    )
    watching = Watching(figures, twins, clock, to_site(settings), paces_s(settings))
    state.mkdir()
    house = assemble(settings, RuleFiles.load(settings), clock, state, watchers=(watching,))
    watching.interrupt(house.service.loop)
    program = FaultProgram(twins, clock, watching, source, outside)
    stop = asyncio.Event()
    service = asyncio.ensure_future(house.service.run(stop))
    board, values = house.service.parts.inputs, twins.twins[SOURCE]
    assert isinstance(board, InputBoard)
    assert isinstance(values, InputTwin)
    beside = (
        program.run(),
        program.surges(random.Random(~seed)),
        program.owner(random.Random(f"{seed} owner"), board, values),
        watching.run(),
    )
    others = [asyncio.ensure_future(job) for job in beside]
    begun_s = clock.monotonic_s()
    try:
        await clock.sleep(length_s)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        figures.house_s += clock.monotonic_s() - begun_s - program.slept_s
        if service.done():
            figures.ended.append(house.service.broken)
        figures.overruns += max(0, house.service.loop.overruns - program.slept_through)
        killed = source.random() < 0.5
        if killed:
            await _killed(figures, service, settings, clock, state, truth, program)
        else:
            program.heal()
            await _ended(figures, service, stop, clock, truth)
    finally:
        service.cancel()
        await asyncio.gather(service, *others, return_exceptions=True)
        house.close()
        figures.sockets_left = max(figures.sockets_left, open_files())
        for incident in twins.summary().unsafe:
            # It tells nobody of this mode but by refusing a write, which then has had no effect.
            if incident.what == IN_PV_MODE:
                figures.refused_in_pv_mode += 1
            else:
                figures.unsafe.append(f"{incident.device} at {incident.t_s:.0f} s: {incident.what}")
        await twins.stop()


async def _ended(
    figures: Figures, service: asyncio.Task[dict[str, str]], stop: asyncio.Event, clock: VirtualClock, truth: Truth
) -> None:
    stopping_s = clock.monotonic_s()
    stop.set()
    # A device counts as handed back at that moment: a car that comes later may lift the pause of its charger.
    pending = set(ALL_KEYS)
    while not service.done():
        await clock.sleep(AT_ONCE_S)
        pending = {key for key in pending if not truth.released(key)}
    left = service.result()
    figures.endings += 1
    took_s = clock.monotonic_s() - stopping_s
    figures.slowest_end_s = max(figures.slowest_end_s, took_s)
    figures.late += [f"after SIGTERM: {key} is left: {why}" for key, why in left.items()]
    figures.late += [f"after SIGTERM: {key} is not as before" for key in pending - set(left) if truth.taken(key)]


async def _killed(
    figures: Figures,
    service: asyncio.Task[dict[str, str]],
    settings: Settings,
    clock: VirtualClock,
    state: Path,
    truth: Truth,
    program: FaultProgram,
) -> None:
    """As SIGKILL does: nothing is handed back, and `release` finds the record on disk."""
    service.cancel()
    await asyncio.gather(service, return_exceptions=True)
    figures.kills += 1
    ownership = Ownership(state)
    unrecorded = [key for key in ALL_KEYS if key not in ownership.held and truth.taken(key)]
    figures.late += [f"after a kill: {key} was written to and is on no record" for key in unrecorded]
    program.heal()
    reachable_s = clock.monotonic_s()
    pending = set(ownership.held)
    devices = build_devices(settings, clock, ownership)
    release = asyncio.ensure_future(hand_back_all(tuple(pending), by_key(devices), clock, ownership))
    while pending and clock.monotonic_s() - reachable_s < 600.0:
        await clock.sleep(AT_ONCE_S)
        took_s = clock.monotonic_s() - reachable_s
        for key in sorted(pending):
            if truth.released(key):
                pending.discard(key)
                figures.slowest_s[key] = max(figures.slowest_s.get(key, 0.0), took_s)
                if took_s > HAND_BACK_MOST_S.get(ALL_KEYS[key], 90.0):
                    figures.late.append(f"after a kill: {key} only after {took_s:.0f} s")
    figures.late += [f"after a kill: {key} never" for key in sorted(pending)]
    left = await release
    figures.late += [f"after a kill: release leaves {key}: {why}" for key, why in left.items()]
    await asyncio.gather(*(device.meter.close() for device in devices), return_exceptions=True)
    ownership.close()
