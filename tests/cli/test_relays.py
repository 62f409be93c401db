"""The service as a process, with relays over real sockets: rules, the surplus, relays that are away, and a kill."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from optimizer.model.clock import SystemClock
from optimizer.runtime.record.ownership import Ownership
from optimizer.twin.faults import Fault
from optimizer.twin.fems import FemsSpec, FemsTwin
from optimizer.twin.house import FEMS_CELLS, HouseSpec, RunningHouse, start_house
from optimizer.twin.physics import LoadSpec, PhysicsSpec
from optimizer.twin.shelly import ShellyTraps, ShellyTwin
from optimizer.twin.tasmota import TasmotaTraps, TasmotaTwin
from tests.cli.process import ended, kill_all, logged, start, until
from tests.direct import Steady

PASSWORD = "relay-secret"
SITE = """\
devices:
  fems: {{type: fems, url: "{fems}", password: owner, poll_s: 0.5}}
switches:
  boiler: {{type: shelly, url: "{boiler}", password: relay-secret, power_w: 2000, poll_s: 1, timer_s: 30,
            min_on_s: 0, min_off_s: 0, delay_s: 0, starts_per_hour: 20}}
  pool: {{type: tasmota, url: "{pool}", user: admin, password: relay-secret, power_w: 700, poll_s: 1,
          min_on_s: 0, min_off_s: 0, delay_s: 0, starts_per_hour: 20}}
control: {{tick_s: 1}}
serve: {{status: null}}
"""
RULES = """\
version: 1
rules:
  - id: boiler
    claim: {switch.boiler.state: on}
  - id: pool
    claim: {switch.pool.state: surplus}
"""
FULL = replace(FEMS_CELLS, initial_soc_percent=100.0)
BOTH = {"switch.boiler", "switch.pool"}


class Relays:
    """A house with a full battery and two loads, and the folder of its service."""

    def __init__(self, house: RunningHouse, sun: Steady, folder: Path) -> None:
        self.house, self.sun, self.folder = house, sun, folder
        self.boiler, self.pool = house.live.physics.loads
        self.site = folder / "site.yaml"
        (folder / "rules").mkdir()
        (folder / "rules" / "a.yaml").write_text(RULES)
        self.site.write_text(SITE.format(**house.endpoints))
        self.site.chmod(0o600)

    def states(self) -> tuple[bool, bool]:
        """Whether boiler and pool are on."""
        self.house.live.advance()
        return self.boiler.on, self.pool.on

    @property
    def held(self) -> set[str]:
        """The keys on the record of devices written to."""
        return set(Ownership(self.folder / "state").held)


@pytest.fixture(autouse=True)
async def _nothing_left_running() -> AsyncIterator[None]:
    """A test that fails half-way leaves no service behind."""
    yield
    await kill_all()


@pytest.fixture
async def relays(tmp_path: Path) -> AsyncIterator[Relays]:
    sun = Steady(6_000.0, 300.0)
    spec = HouseSpec(
        physics=PhysicsSpec((), (FULL,), loads=(LoadSpec("boiler", 2000.0, phase=3), LoadSpec("pool", 700.0, phase=1))),
        twins=(
            partial(FemsTwin, spec=FemsSpec()),
            partial(ShellyTwin, load=0, traps=ShellyTraps(password=PASSWORD)),
            partial(TasmotaTwin, load=1, traps=TasmotaTraps(password=PASSWORD)),
        ),
        source=sun,
    )
    running = await start_house(spec, SystemClock())
    yield Relays(running, sun, tmp_path)
    await running.stop()


async def test_rule_and_surplus_switch_relays_that_go_and_return(relays: Relays) -> None:
    process = await start("run", "--config", str(relays.site))
    await until(lambda: relays.states() == (True, True))
    assert relays.held == BOTH

    relays.sun.pv_w = 0.0
    await until(lambda: relays.states() == (True, False))
    relays.sun.pv_w = 6_000.0
    await until(lambda: relays.states() == (True, True))

    # Away while the sun goes: switched off as soon as it is back.
    relays.house.faults.set("pool", Fault("drop"))
    relays.sun.pv_w = 0.0
    seen = relays.house.faults.hits["pool", "drop"]
    await until(lambda: relays.house.faults.hits["pool", "drop"] >= seen + 4)
    assert relays.states() == (True, True)
    relays.house.faults.clear("pool")
    await until(lambda: relays.states() == (True, False))

    # A power cut of the relay: its load is off, and a new decision switches it on again.
    relays.house.faults.set("boiler", Fault("drop"))
    relays.boiler.switch(False)
    await logged(process, "boiler should be on, but the command does not arrive")
    relays.house.faults.clear("boiler")
    relays.sun.pv_w = 6_000.0
    await until(lambda: relays.states() == (True, True))
    assert relays.held == BOTH


async def test_a_relay_that_is_away_stays_on_the_record_until_it_is_back(relays: Relays) -> None:
    process = await start("run", "--config", str(relays.site))
    await until(lambda: relays.states() == (True, True))
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert relays.states() == (True, True)
    assert relays.held == BOTH
    relays.house.faults.set("pool", Fault("drop"))
    release = await start("release", "--config", str(relays.site), "--within", "3")
    out, log = await ended(release)
    assert release.returncode != 0
    assert "switch.pool" in out + log
    assert relays.states() == (False, True)
    assert relays.held == {"switch.pool"}
    relays.house.faults.clear("pool")
    release = await start("release", "--config", str(relays.site))
    out, log = await ended(release)
    assert release.returncode == 0, log
    assert "no device is held" in out
    assert relays.states() == (False, False)
    assert not relays.held
    assert PASSWORD not in out + log


async def test_sigterm_switches_off_every_load_that_the_service_has_switched_on(relays: Relays) -> None:
    process = await start("run", "--config", str(relays.site))
    await until(lambda: relays.states() == (True, True))
    process.send_signal(signal.SIGTERM)
    _, log = await ended(process)
    assert process.returncode == 0, log
    assert relays.states() == (False, False)
    assert not relays.held
