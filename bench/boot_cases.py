"""The ways in which a machine can end a service, and the times until devices and service return."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from bench.boot_machine import RELEASE, UNIT, Machine, stamp
from bench.soak_house import KEYS, Truth
from optimizer.twin.faults import Fault
from optimizer.twin.house import RunningHouse

LOOK_S = 0.1
TAKEN_MOST_S = 120.0
"""Longest time until the service controls every device, before a fault is caused, s."""
BACK_MOST_S = 200.0
ROOM_AGAIN_S = 60.0
"""Length of a full disk, s."""
DECISIONS_S = 10.0
"""The time of two decisions of the service, s."""
OFF_S = 3.0
"""Length of a power cut, s."""


@dataclass
class Times:
    """Seconds from an event. Infinite if it took longer than BACK_MOST_S."""

    case: str
    back: dict[str, float] = field(default_factory=dict)
    """By key: until the device was under its own control. Only devices that the service had taken.

    From the answer of a device that was gone, and after a power cut: until that, or until the service that runs again
    has written to it."""
    active: float | None = None
    """Until the service was active again. None if it must stay off."""
    detected_s: float = 0.0
    """Until systemd detected the fault."""
    note: str = ""


def table(name: str, rows: list[Times], keys: Mapping[str, str]) -> str:
    """One table in Markdown, with a line for each case."""

    def cell(seconds: float | None) -> str:
        return "–" if seconds is None else "never" if math.isinf(seconds) else f"{seconds:.1f}"

    def line(cells: list[str]) -> str:
        return "|" + "".join(f" {text} |" if text else " |" for text in cells)

    lines = [line([name, *keys, "service active", ""]), "|" + "---|" * (len(keys) + 3)]
    lines += [line([row.case, *(cell(row.back.get(key)) for key in keys), cell(row.active), row.note]) for row in rows]
    return "\n".join(lines)


class Cases:
    """All cases on one machine."""

    def __init__(self, machine: Machine, house: RunningHouse, say: Callable[[str], None]) -> None:
        self.machine, self.house, self.say = machine, house, say
        self.truth = Truth(house)
        self.rows: list[Times] = []
        self.journals: list[str] = []

    async def run(self) -> None:
        """Boot, and cause all faults one after the other."""
        every = frozenset(self.house.twins)
        await self._case("power on", self._power_on)
        await self._case("SIGKILL", self._kill)
        await self._case("frozen (SIGSTOP)", self._freeze)
        await self._case("disk full, SIGKILL", self._kill, before=self._fill)
        await self._case("charger gone, SIGKILL", self._kill, away=frozenset({"carport"}))
        await self._case("every device silent, SIGKILL", self._kill, away=every, fault="hang")
        await self._case("power cut", self._cut)
        await self._case("systemctl restart", self._restart)
        await self._case("systemctl stop", self._stop, stays=False)

    async def _case(
        self,
        name: str,
        event: Callable[[], Awaitable[str]],
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        away: frozenset[str] = frozenset(),
        fault: str = "drop",
        stays: bool = True,
    ) -> None:
        taken = set() if event == self._power_on else await self._taken()
        since = stamp()
        if before is not None:
            await before()
        for twin in away:
            self.house.faults.set(twin, Fault(fault))  # type: ignore[arg-type]
        row = Times(name)
        began = time.monotonic()
        # After a power cut the new service may control a device before it has handed it back.
        written = self._written() if event == self._cut else None
        watching = asyncio.ensure_future(
            self._watch(row, {key for key in taken if KEYS[key] not in away}, began, written)
        )
        row.note = await event()
        row.detected_s = time.monotonic() - began
        if stays:
            row.active = await self._active(began)
        else:
            await self._ended(began, row)
        if away:  # the service works again; the devices answer again
            self.house.faults.clear()
            returned = time.monotonic()
            row.note += f"{row.note and ', '}devices answer again after {returned - began:.0f} s"
            later = Times("… from the answer on")
            await self._watch(later, {key for key in taken if KEYS[key] in away}, returned, self._written())
        await watching
        self.rows.append(row)
        if away:
            self.rows.append(later)
        self.say(f"{name}: {row.back}, active {row.active} {row.note}")
        self.journals.append(f"== {name}\n{await self.machine.journal(since)}\n")

    async def _taken(self) -> set[str]:
        """The devices under control of the service, when all are or after TAKEN_MOST_S."""
        until = time.monotonic() + TAKEN_MOST_S
        while time.monotonic() < until:
            self.house.live.advance()
            if all(self.truth.taken(key) for key in KEYS):
                break
            await asyncio.sleep(LOOK_S)
        return {key for key in KEYS if self.truth.taken(key)}

    def _written(self) -> dict[str, int]:
        """Writes until now, by twin."""
        return {name: sum(self.house.ledger.writes.get(name, {}).values()) for name in self.house.twins}

    async def _watch(self, row: Times, keys: set[str], began: float, written: Mapping[str, int] | None = None) -> None:
        """Fill in `row.back`. A device with more writes than `written` counts too."""
        left = set(keys)
        while left and time.monotonic() - began < BACK_MOST_S:
            self.house.live.advance()
            for key in sorted(left):
                if self.truth.released(key) or (written and self._written()[KEYS[key]] > written[KEYS[key]]):
                    row.back[key] = time.monotonic() - began
                    left.discard(key)
            await asyncio.sleep(LOOK_S)
        row.back |= dict.fromkeys(left, math.inf)

    async def _active(self, began: float) -> float:
        try:
            async with asyncio.timeout(BACK_MOST_S):
                await self.machine.until(UNIT, "active")
        except TimeoutError:
            return math.inf
        return time.monotonic() - began

    async def _ended(self, began: float, row: Times) -> None:
        """Until both units have ended."""
        async with asyncio.timeout(BACK_MOST_S):
            states = [await self.machine.until(unit, "inactive", "failed") for unit in (UNIT, RELEASE)]
        row.note = f"units {' and '.join(states)} after {time.monotonic() - began:.1f} s"

    async def _gone(self) -> None:
        """Until systemd has detected the end of the main process, or ends it."""
        await self.machine.until(UNIT, "activating", "deactivating", "inactive", "failed")

    async def _power_on(self) -> str:
        began = time.monotonic()
        await self.machine.boot()
        return f"systemd took commands after {time.monotonic() - began:.1f} s"

    async def _kill(self) -> str:
        await self.machine.systemctl("kill", "--kill-whom=main", "--signal=KILL", UNIT)
        await self._gone()
        return ""

    async def _freeze(self) -> str:
        began = time.monotonic()
        await self.machine.systemctl("kill", "--kill-whom=main", "--signal=STOP", UNIT)
        await self._gone()
        return f"the watchdog bit after {time.monotonic() - began:.1f} s"

    async def _fill(self) -> None:
        """Fill the disk of the service for ROOM_AGAIN_S."""
        file = self.machine.state / "full"
        with file.open("wb", buffering=0) as target, suppress(OSError):
            while target.write(bytes(4096)):
                pass
        await asyncio.sleep(DECISIONS_S)
        asyncio.get_running_loop().call_later(ROOM_AGAIN_S, file.unlink)

    async def _restart(self) -> str:
        await self.machine.systemctl("restart", "--no-block", UNIT)
        await self._gone()
        return ""

    async def _stop(self) -> str:
        await self.machine.systemctl("stop", "--no-block", UNIT)
        await self._gone()
        return ""

    async def _cut(self) -> str:
        await self.machine.cut()
        await asyncio.sleep(OFF_S)
        await self.machine.boot()
        return f"{OFF_S:g} s without power"
