"""Kills: the real `optimizer run`, killed at random moments, and `optimizer release` after it, over real sockets.

A supervisor does what deploy/systemd does: whenever `run` has ended, it runs `release`, and starts `run` again.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ruamel.yaml import YAML

from bench.soak_house import ALL_KEYS, RULES, Truth, whole_house, whole_site
from bench.soak_process import SharedClock
from optimizer.devices.port import LATE_S
from optimizer.runtime.record.ownership import Ownership
from optimizer.twin.faults import Fault
from optimizer.twin.house import RunningHouse, start_house

START = datetime(2025, 6, 14, 8, 0, tzinfo=UTC)
MOST_S = 90.0
GIVTCP_MOST_S = 300.0
"""House seconds within which a device is handed back once it can be reached."""
OUTAGES = (Fault("drop"), Fault("hang"), Fault("error"), Fault("garbage"))
OUTAGE_RATE = 0.3
"""Part of the kills during which one device is away."""
LOOK_S = 0.05
RELEASE_WALL_S = 120.0
LAST_WORDS = 12
"""Lines of its log that are told when a process ended by itself."""


@dataclass
class Kills:
    """The results of the kills."""

    kills: int = 0
    held: Counter[str] = field(default_factory=Counter)
    """How often each key was on the record at a kill."""
    late: list[str] = field(default_factory=list)
    """Not handed back in time, or handed back and then taken again."""
    kept: list[str] = field(default_factory=list)
    """What the last `release` did not hand back, although every device could be reached."""
    slowest_s: dict[str, float] = field(default_factory=dict)
    """By key: the longest time from the kill (or the return of its device) to its release."""
    codes: Counter[int] = field(default_factory=Counter)
    """Exit codes of the first `release` after a kill."""
    again_codes: Counter[int] = field(default_factory=Counter)
    """Exit codes of the second one, which follows where the first one left something."""
    unrecorded: list[str] = field(default_factory=list)
    """Devices that had been written to and stood on no record at a kill."""
    ended_by_itself: list[str] = field(default_factory=list)
    unsafe: list[str] = field(default_factory=list)
    outages: int = 0
    house_s: float = 0.0
    load_s: float = 0.0
    """Longest start of a program in wall seconds."""
    most_kb: int = 0
    least_kb: int = 0
    most_sockets: int = 0

    @property
    def failed(self) -> bool:
        """Whether a goal was missed."""
        return bool(self.late or self.kept or self.unsafe or self.unrecorded or self.ended_by_itself)


def free_port(source: random.Random) -> int:
    """A port of loopback that nobody has now, below those that the system gives to outgoing connections: one of
    those could be taken between two starts of the service."""
    while True:
        port = source.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass
class Load:
    """The loading of a program, in house seconds. It takes the wall's time, which are so many more of the house's."""

    start_s: float
    end_s: float = math.inf

    def lost_s(self, begin_s: float, now_s: float, speed: float) -> float:
        """House seconds between `begin_s` and `now_s` that a program in a house at speed 1 would have had."""
        loading_s = min(self.end_s, now_s) - max(self.start_s, begin_s)
        return max(0.0, loading_s) * (1.0 - 1.0 / speed)


class Supervised:
    """One house with its supervisor."""

    def __init__(
        self, number: int, speed: float, mean_s: float, figures: Kills, folder: Path, seed: int, patient: bool
    ) -> None:
        """`mean_s`: house seconds from a start to its kill, on average; `patient`: never before a device is taken."""
        self.patient = patient
        self.number = number
        self.speed = speed
        self.mean_s = mean_s
        self.figures = figures
        self.folder = folder
        self.random = random.Random(seed * 1000 + number)
        self.origin = time.monotonic()
        self.clock = SharedClock(START, speed, self.origin)
        self.house: RunningHouse
        self.truth: Truth
        self.back_s: dict[str, float] = {}
        """By twin: house second at which it can be reached again."""
        self._loads: list[Load] = []
        """Of the releases since the kill."""
        self._overslept_s = 0.0
        """House seconds since the kill by which looks of the watch came late, as a house at speed 1 would not see."""

    async def run(self, kills: int, stop: asyncio.Event) -> None:
        """Kill so many times, or until `stop`; the last instance is ended in an orderly way."""
        self.house = await start_house(whole_house(None, self.number), self.clock)
        self.truth = Truth(self.house)
        config = self._configure()
        try:
            for _ in range(kills):
                await self._one(config, stop)
                if stop.is_set():
                    break
        finally:
            self.figures.unsafe += [f"{i.device}: {i.what}" for i in self.house.summary().unsafe]
            self.figures.house_s += self.house.live.t_s
            await self.house.stop()

    async def _one(self, config: Path, stop: asyncio.Event) -> None:
        process = await self._start("run", config, "run.log")
        try:
            began = await self._began(process)
            until = self.clock.monotonic_s() + self.random.uniform(0.05, 1.95) * self.mean_s
            while process.returncode is None and not stop.is_set():
                if self.clock.monotonic_s() >= until and (self._record() or not self.patient):
                    break
                await asyncio.sleep(LOOK_S)
            if process.returncode is not None:
                said = self._last_words("run.log")
                self.figures.ended_by_itself.append(f"house {self.number}: exit code {process.returncode}{said}")
            elif began:
                self._measure(process.pid)
        finally:
            if process.returncode is None:
                os.kill(process.pid, signal.SIGKILL)
            await process.wait()
        killed_s = self.clock.monotonic_s()
        self.figures.kills += 1
        # What had been sent may still arrive: written to the record before, or not at all.
        held = self._record()
        self.figures.held.update(held)
        self.house.live.advance()
        self.figures.unrecorded += [
            f"house {self.number}, kill at {killed_s:.0f} s: {key} was written to and is on no record"
            for key in ALL_KEYS
            if key not in held and self.truth.taken(key)
        ]
        self._break_one()
        self._loads.clear()
        watch = asyncio.ensure_future(self._watch(held, killed_s))
        code = await self._release(config)
        self.figures.codes[code] += 1
        if code != 0:
            # What could not be reached is left on the record: the supervisor tries again once it is back.
            await self.clock.sleep(max(0.0, *(at - self.clock.monotonic_s() for at in self.back_s.values()), 0.0))
            code = await self._release(config)
            self.figures.again_codes[code] += 1
        ended_s = self.clock.monotonic_s()
        self._look_at_record(code, killed_s)
        returned = await watch
        await self.clock.sleep(max(0.0, ended_s + LATE_S - self.clock.monotonic_s()))
        self._look_again(returned, killed_s)
        # Only now: until here a device was away exactly as long as it had been told to be.
        self.house.faults.clear()
        self.back_s.clear()

    async def _release(self, config: Path) -> int:
        """Run it to its end; its exit code."""
        process = await self._start("release", config, "release.log")
        await self._began(process)
        async with asyncio.timeout(RELEASE_WALL_S):
            return await process.wait()

    def _break_one(self) -> None:
        if self.random.random() < OUTAGE_RATE:
            name = self.random.choice(sorted(self.house.twins))
            away_s = self.random.uniform(20.0, 90.0)
            fault = self.random.choice(OUTAGES)
            until_s = self.house.live.t_s + away_s
            self.house.faults.set(name, Fault(fault.kind, until_s=until_s))
            # Read after the fault's own second: nobody is counted as back who is not.
            self.back_s[name] = self.clock.monotonic_s() + away_s
            self.figures.outages += 1

    def _look_at_record(self, code: int, killed_s: float) -> None:
        """After the last release: an exit code of 0 and an empty record, for every device can be reached by then."""
        left = self._record()
        if code != 0 or left:
            what = ", ".join(sorted(left)) or "nothing"
            self.figures.kept.append(
                f"house {self.number}, kill at {killed_s:.0f} s: the last release ended with {code}, "
                f"on the record: {what}{self._last_words('release.log')}"
            )

    def _look_again(self, returned: set[str], killed_s: float) -> None:
        """Look again when no write can be on its way: a write of the killed process may have come after the hand-back.

        A key goes on the record before its first write, so that one killed in between is released at the first look.
        """
        self.house.live.advance()
        self.figures.late += [
            f"house {self.number}, kill at {killed_s:.0f} s: {key} was taken again after release"
            for key in sorted(returned)
            if not self.truth.released(key)
        ]

    def _last_words(self, log: str) -> str:
        last = (self.folder / log).read_text(errors="replace").splitlines()[-LAST_WORDS:]
        return "".join(f"\n      {line}" for line in last)

    async def _watch(self, held: set[str], killed_s: float) -> set[str]:
        """Measure how long each key takes. Returns the keys that were released in time.

        Loading a program counts in the wall's seconds, which are the house's at speed 1. Other stalls of a busy machine
        count as they are: how late the looks came is told beside a late key, and not taken off.
        """
        left, returned = set(held), set[str]()
        self._overslept_s, looked = 0.0, time.monotonic()
        await asyncio.sleep(0)
        while left:
            self.house.live.advance()
            now_s = self.clock.monotonic_s()
            before, looked = looked, time.monotonic()
            self._overslept_s += max(0.0, looked - before - LOOK_S) * (self.speed - 1.0)
            for key in sorted(left):
                begin_s = max(killed_s, self.back_s.get(ALL_KEYS[key], 0.0))
                took_s = now_s - begin_s - sum(load.lost_s(begin_s, now_s, self.speed) for load in self._loads)
                if self.truth.released(key):
                    left.discard(key)
                    returned.add(key)
                    self.figures.slowest_s[key] = max(self.figures.slowest_s.get(key, 0.0), took_s)
                elif took_s > (GIVTCP_MOST_S if ALL_KEYS[key] == "givtcp" else MOST_S):
                    left.discard(key)
                    self.figures.late.append(
                        f"house {self.number}, kill at {killed_s:.0f} s: {key} after {took_s:.0f} house s "
                        f"(since the kill the watcher itself was late by {self._overslept_s:.0f} house s)"
                    )
            await asyncio.sleep(LOOK_S)
        return returned

    def _record(self) -> set[str]:
        return set(Ownership(self.folder / "state").held)

    def _configure(self) -> Path:
        (self.folder / "rules").mkdir(parents=True)
        (self.folder / "rules" / "soak.yaml").write_text(RULES)
        config = self.folder / "site.yaml"
        with config.open("w") as file:
            ours = {"rules": "rules", "state_dir": "state", "serve": {"status": {"port": free_port(self.random)}}}
            YAML().dump(whole_site(self.house.endpoints, self.number) | ours, file)
        config.chmod(0o600)
        return config

    async def _start(self, command: str, config: Path, log: str) -> asyncio.subprocess.Process:
        words = (str(self.speed), START.isoformat(), str(self.origin), "--", command, "--config", str(config))
        self._loads.append(Load(self.clock.monotonic_s()))
        with (self.folder / log).open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.soak_process", *words, stdout=asyncio.subprocess.PIPE, stderr=errors
            )

    async def _began(self, process: asyncio.subprocess.Process) -> bool:
        """Wait until the program is loaded; whether it came so far."""
        assert process.stdout is not None
        async with asyncio.timeout(60.0):
            words = (await process.stdout.readline()).split()
        load = self._loads[-1]
        load.end_s = self.clock.monotonic_s()
        if words[:1] != [b"began"]:
            return False
        load.end_s = (float(words[1]) - self.origin) * self.speed
        self.figures.load_s = max(self.figures.load_s, (load.end_s - load.start_s) / self.speed)
        return True

    def _measure(self, pid: int) -> None:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        kilobytes = pages * os.sysconf("SC_PAGE_SIZE") // 1024
        figures = self.figures
        figures.most_kb = max(figures.most_kb, kilobytes)
        figures.least_kb = min(figures.least_kb or kilobytes, kilobytes)
        sockets = 0
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets += str(link.readlink()).startswith("socket:")
            except FileNotFoundError:
                continue
        figures.most_sockets = max(figures.most_sockets, sockets)


async def kill_houses(
    kills: int, houses: int, speed: float, mean_s: float, folder: Path, *, seed: int = 1, most_wall_s: float = 1e9,
    patient: bool = False,
) -> Kills:  # fmt: skip
    """`kills` in all, spread over `houses` at once; after `most_wall_s` no new one is begun."""
    figures, stop = Kills(), asyncio.Event()
    ending = asyncio.get_running_loop().call_later(most_wall_s, stop.set)
    each = -(-kills // houses)
    supervised = [
        Supervised(n, speed, mean_s, figures, folder / f"house{n}", seed, patient) for n in range(1, houses + 1)
    ]
    try:
        await asyncio.gather(*(one.run(each, stop) for one in supervised))
    finally:
        ending.cancel()
    return figures


def summary(figures: Kills, speed: float) -> str:
    """The figures for people."""
    slowest = ", ".join(f"{key} {seconds:.0f} s" for key, seconds in sorted(figures.slowest_s.items()))
    held = ", ".join(f"{key} {count}" for key, count in sorted(figures.held.items()))
    codes, again = (
        ", ".join(f"{code}: {count}" for code, count in sorted(counted.items()))
        for counted in (figures.codes, figures.again_codes)
    )
    lines = [
        f"kills, at {speed:g} times the speed of a house",
        f"  SIGKILLs                                    {figures.kills}",
        f"  house hours                                 {figures.house_s / 3600.0:.1f}",
        f"  held at a kill, by device                   {held}",
        f"  kills with a device away                    {figures.outages}",
        f"  exit codes of release                       {codes}",
        f"  of a second one, where that was not 0       {again or 'none'}",
        f"  slowest hand-back once reachable            {slowest}",
        f"  not handed back in time (goal 0)            {len(figures.late)}",
        f"  left by the last release (goal 0)           {len(figures.kept)}",
        f"  written to and on no record (goal 0)        {len(figures.unrecorded)}",
        f"  unsafe writes seen by the twins (goal 0)    {len(figures.unsafe)}",
        f"  ended by itself (goal 0)                    {len(figures.ended_by_itself)}",
        f"  memory of run                               {figures.least_kb} to {figures.most_kb} kB",
        f"  open sockets of run, at most                {figures.most_sockets}",
        f"  slowest loading of a program                {figures.load_s:.1f} wall s",
    ]
    bad = (figures.late, figures.kept, figures.unrecorded, figures.unsafe, figures.ended_by_itself)
    lines += [f"    {what}" for which in bad for what in which][:20]
    return "\n".join(lines)
