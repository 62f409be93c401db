"""A loop that hangs ends its process; nothing else does."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from optimizer.control.report import TickReport
from optimizer.runtime.hung import HUNG_S, HungExit, wanted
from optimizer.runtime.service import Service
from tests.runtime.house import DISCHARGE, House
from tests.virtual_time import VirtualClock, run_virtually

HANGS = """
import asyncio, time
from optimizer.model.clock import SystemClock
from optimizer.runtime.hung import HungExit

def the_call_that_never_returns():
    time.sleep(60.0)

async def main():
    hung = HungExit(lambda: False, SystemClock(), timeout_s=0.3)
    watching = asyncio.ensure_future(hung.watch())
    await asyncio.sleep(0.05)
    BODY
    print("an orderly end")

asyncio.run(main())
"""


@dataclass
class Timer:
    """Stands in for faulthandler in virtual time."""

    clock: VirtualClock
    due_s: float | None = None
    armed: list[float] = field(default_factory=list)

    def arm(self, seconds: float) -> None:
        assert not self.gone_off(), "the process would have ended"
        self.armed.append(self.clock.monotonic_s())
        self.due_s = self.clock.monotonic_s() + seconds

    def disarm(self) -> None:
        assert not self.gone_off(), "the process would have ended"
        self.due_s = None

    def gone_off(self) -> bool:
        return self.due_s is not None and self.clock.monotonic_s() > self.due_s


class Watched(House):
    """A house whose loop is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.timer = Timer(self.clock)

    def watched(self) -> Service:
        parts = self.service().parts
        hung = HungExit(lambda: bool(parts.ownership.held), self.clock, arm=self.timer.arm, disarm=self.timer.disarm)
        return Service(replace(parts, watchers=(hung,), companions=(hung.watch,)))


def test_each_decision_arms_it_anew_and_leaving_disarms_it_before_anything_is_handed_back() -> None:
    async def live_and_leave() -> None:
        house = Watched()
        house.decider.orders["battery.cellar"] = DISCHARGE
        running = asyncio.ensure_future(house.watched().run(house.stop))
        await asyncio.sleep(300.0)
        assert len(house.timer.armed) >= 60
        assert house.timer.due_s is not None
        house.battery.link.down = True
        house.stop.set()
        await asyncio.sleep(1.0)
        assert not running.done()
        assert house.timer.due_s is None
        armed = len(house.timer.armed)
        await running
        assert len(house.timer.armed) == armed

    run_virtually(live_and_leave())


def test_without_decisions_it_goes_off_once_all_that_was_held_is_handed_back() -> None:
    async def lose_the_mind() -> None:
        house = Watched()
        house.decider.orders["battery.cellar"] = DISCHARGE
        service = house.watched()
        running = asyncio.ensure_future(service.run(house.stop))
        await asyncio.sleep(60.0)
        assert service.ownership.held
        house.decider.frozen = True
        house.battery.link.down = True
        await asyncio.sleep(10 * HUNG_S)
        assert service.ownership.held
        assert not house.timer.gone_off()
        house.battery.link.down = False
        await asyncio.sleep(2 * HUNG_S)
        assert not service.ownership.held
        assert house.timer.gone_off()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run_virtually(lose_the_mind())


def test_it_is_armed_only_while_it_watches() -> None:
    timer = Timer(VirtualClock())
    hung = HungExit(lambda: True, timer.clock, arm=timer.arm, disarm=timer.disarm)
    hung.on_tick(cast(TickReport, None))
    assert timer.armed == []


def run(body: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HANGS.replace("BODY", body)], capture_output=True, text=True, timeout=30.0, check=False
    )


def test_a_process_whose_loop_is_blocked_says_where_and_ends() -> None:
    blocked = run("the_call_that_never_returns()")
    assert blocked.returncode == 1
    assert "in the_call_that_never_returns" in blocked.stderr
    assert blocked.stdout == ""


def test_a_process_that_has_begun_to_leave_is_not_ended() -> None:
    left = run("watching.cancel(); await asyncio.sleep(0); time.sleep(0.6)")
    assert (left.returncode, left.stdout) == (0, "an orderly end\n"), left.stderr


def test_where_systemd_watches_or_the_wall_clock_would_count_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    there: dict[str, int | None] = {"HAVE_SEM_CLOCKWAIT": 1}
    monkeypatch.setattr("sysconfig.get_config_var", there.get)
    assert wanted({})
    assert not wanted({"WATCHDOG_USEC": "60000000"})
    there["HAVE_SEM_CLOCKWAIT"] = 0
    assert not wanted({})
