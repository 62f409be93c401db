"""sonnen and GivTCP under the runtime's own worker: a lease is kept, runs out, and survives a crash on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from optimizer.model.decision import BatteryAction, BatteryOrder, Command
from optimizer.model.site import BatterySite
from optimizer.runtime.dispatch.batteries import BatteryWorker
from optimizer.runtime.health import Monitor
from optimizer.runtime.parts import Device
from optimizer.runtime.record.handback import by_key, hand_back_all
from optimizer.runtime.record.ownership import FILE_NAME, Ownership
from tests.devices.givtcp.scene import Scene as GivScene
from tests.devices.sonnen.scene import Scene as SonnenScene
from tests.virtual_time import run_virtually

KEY = "battery.cellar"


class Plant:
    """One scene of either brand behind one interface."""

    def __init__(self, brand: str, folder: Path) -> None:
        self.scene: Any = SonnenScene() if brand == "sonnen" else GivScene()
        self.brand = brand
        self.folder = folder
        self.lease_s = 60.0 if brand == "sonnen" else 600.0
        self.start()

    def start(self) -> None:
        """A new life of the program."""
        self.ownership = self.scene.keep = Ownership(self.folder)
        adapter = self.scene.adapter()
        slow = self.brand == "givtcp"
        self.device = Device(
            "cellar", self.brand, adapter, battery=adapter, batteries=("cellar",), settle_s=180.0 if slow else 15.0,
            write_deadline_s=300.0 if slow else 45.0, hand_back_deadline_s=330.0 if slow else 60.0,
        )  # fmt: skip
        self.worker = BatteryWorker(
            KEY, self.device, adapter, BatterySite("cellar", lease_s=self.lease_s), self.scene.clock, self.ownership,
            Monitor("cellar", self.brand),
        )  # fmt: skip
        self.task = asyncio.create_task(self.worker.run())

    async def decide(self, power_w: float, minutes: float) -> float:
        """Fresh decisions each 5 s; returns the battery's power at the end."""
        clock = self.scene.clock
        end_s = clock.monotonic_s() + minutes * 60.0
        while (now_s := clock.monotonic_s()) < end_s:
            order = BatteryOrder(BatteryAction.POWER, power_w)
            self.worker.take(Command(KEY, order, now_s, now_s + self.lease_s))
            if int(now_s) % 10 == 0:
                self.worker.saw((await self.device.meter.read()).batteries[0], reconnected=False)
            await clock.sleep(5.0)
        return await self.power_w()

    async def power_w(self) -> float:
        return float(await self.scene.after(0.0))

    async def kill(self) -> None:
        """The process dies here and now."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def as_before(self) -> bool:
        twin = self.scene.twin
        if self.brand == "sonnen":
            return bool(twin.mode == 2)
        return bool(twin.regs.mode == "Eco" and not twin.regs.enable_charge and twin.regs.charge_rate == 50)


def plant(brand: str, folder: Path, run: Callable[[Plant], Awaitable[None]]) -> None:
    async def main() -> None:
        await run(Plant(brand, folder))

    run_virtually(main())


@pytest.mark.parametrize("brand", ["sonnen", "givtcp"])
def test_a_lease_is_kept_changed_and_runs_out(brand: str, tmp_path: Path) -> None:
    async def run(p: Plant) -> None:
        assert await p.decide(-2000.0, 12) == pytest.approx(-2000, abs=5)
        assert KEY in p.ownership.held
        assert await p.decide(1000.0, 12) == pytest.approx(1000, abs=50)
        await p.scene.clock.sleep(p.lease_s + 400.0)  # decisions have stopped
        assert p.as_before()
        assert KEY not in p.ownership.held
        assert p.ownership.load("cellar") is None
        assert p.scene.house.ledger.unsafe == []
        await p.kill()

    plant(brand, tmp_path, run)


@pytest.mark.parametrize("brand", ["sonnen", "givtcp"])
@pytest.mark.parametrize("after_s", [0.2, 6.0, 400.0])
def test_killed_and_released_at_the_next_start(brand: str, after_s: float, tmp_path: Path) -> None:
    async def run(p: Plant) -> None:
        await p.scene.clock.sleep(35.0)
        deciding = asyncio.create_task(p.decide(-2000.0, 10))
        await p.scene.clock.sleep(after_s)
        deciding.cancel()
        await p.kill()
        await p.scene.clock.sleep(120.0)
        p.start()
        await p.kill()
        assert KEY in p.ownership.held
        left = await hand_back_all([KEY], by_key([p.device]), p.scene.clock, p.ownership)
        assert left == {}
        assert p.as_before()
        assert Ownership(p.folder).held == {}
        assert Ownership(p.folder).load("cellar") is None

    plant(brand, tmp_path, run)


@pytest.mark.parametrize("restarts", [0, 1])
def test_a_damaged_record_and_a_battery_that_is_in_our_hands(restarts: int, tmp_path: Path) -> None:
    async def run(p: Plant) -> None:
        assert await p.decide(-2000.0, 5) == pytest.approx(-2000, abs=5)
        await p.kill()
        (tmp_path / FILE_NAME).write_text("{")
        p.start()
        p.ownership.suspect({KEY: p.brand}, p.scene.clock.now())
        await p.kill()
        for _ in range(restarts):  # before it could be handed back
            p.start()
            await p.kill()
        assert not p.as_before()
        assert await hand_back_all([*p.ownership.held], by_key([p.device]), p.scene.clock, p.ownership) == {}
        assert p.as_before()
        assert (Ownership(p.folder).held, Ownership(p.folder).load("cellar")) == ({}, None)

    plant("sonnen", tmp_path, run)


def test_the_owners_energy_limit_of_a_charger_behind_givtcp_is_put_back_after_a_crash(tmp_path: Path) -> None:
    async def main() -> None:
        scene = GivScene()
        evc = scene.twin.evc
        assert evc is not None
        evc.max_session_kwh = 20.5
        before_crash = scene.keep = Ownership(tmp_path)  # type: ignore[assignment]
        await scene.clock.sleep(1.0)
        before_crash.require("ev.carport", "givtcp_evc", scene.clock.now())
        await scene.charger().set_energy_limit(5_000)
        assert evc.max_session_kwh == 5.0
        record = scene.keep = Ownership(tmp_path)  # type: ignore[assignment]
        assert record.load("carport") == {"energy_limit_kwh": 20.5}
        charger = scene.charger()
        device = Device("carport", "givtcp_evc", charger, charger=charger, evs=("carport",), hand_back_deadline_s=240.0)
        assert await hand_back_all(("ev.carport",), by_key([device]), scene.clock, record) == {}
        assert (evc.max_session_kwh, evc.started, evc.limit_a) == (20.5, False, 6.0)
        left = Ownership(tmp_path)
        assert (dict(left.held), left.load("carport")) == ({}, None)

    run_virtually(main())
