"""The service as a process: what SIGTERM and SIGKILL leave behind in the devices."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from optimizer.model.clock import SystemClock
from optimizer.runtime.hung import wanted
from optimizer.runtime.record.ownership import Ownership
from optimizer.twin.fems import FemsTwin
from optimizer.twin.house import HOUSES, RunningHouse, start_house
from optimizer.twin.nrgkick import NrgkickTwin
from tests.cli.process import kill_all, logged, start, until

RULES = """\
version: 1
rules:
  - id: fast
    claim:
      ev.mode: fast
  - id: hold
    limit:
      battery.discharge_w: 0 W
"""
SITE = """\
devices:
  carport: {{type: nrgkick, url: "{carport}", poll_s: 1}}
  fems: {{type: fems, url: "{fems}", password: owner, poll_s: 0.5}}
control: {{tick_s: 1, starts: {{spacing_s: 0}}}}
serve:
  status: {{port: {port}}}
"""


@pytest.fixture
async def house() -> AsyncIterator[RunningHouse]:
    running = await start_house(HOUSES["small"](None, 1), SystemClock())
    yield running
    await running.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_of(site: Path) -> int:
    return int(site.read_text().partition("status: {port: ")[2].partition("}")[0])


def configured(house: RunningHouse, folder: Path) -> Path:
    (folder / "rules").mkdir()
    (folder / "rules" / "a.yaml").write_text(RULES)
    site = folder / "site.yaml"
    site.write_text(SITE.format(**house.endpoints, port=free_port()))
    site.chmod(0o600)
    return site


@pytest.fixture(autouse=True)
async def _nothing_left_running() -> AsyncIterator[None]:
    """A test that fails half-way leaves no service behind."""
    yield
    await kill_all()


def both_taken(house: RunningHouse) -> bool:
    ordered = "fems" in house.ledger.writes and house.ledger.writes["fems"]["setpoint"] > 0
    return house.physics.chargers[0].signalled_a >= 6.0 and ordered


def handed_back(house: RunningHouse) -> bool:
    """Pause and 6.0 A on the charger, and no value left in FEMS."""
    charger, fems = house.twins["carport"], house.twins["fems"]
    assert isinstance(charger, NrgkickTwin)
    assert isinstance(fems, FemsTwin)
    settings = charger.unit.settings
    return (settings.charge_pause, settings.current_set) == (1, 6.0) and not fems.unit.written


async def test_sigterm_hands_everything_back_and_exits_with_zero(house: RunningHouse, tmp_path: Path) -> None:
    process = await start("run", "--config", str(configured(house, tmp_path)))
    await until(lambda: both_taken(house))
    process.send_signal(signal.SIGTERM)
    _, log = await asyncio.wait_for(process.communicate(), 30.0)
    assert process.returncode == 0, log.decode()
    assert handed_back(house)
    assert log.decode().splitlines()[-1].endswith("INFO every device is handed back")
    assert not Ownership(tmp_path / "state").held
    assert (b"a loop that hangs for 120 s ends the process" in log) is wanted(os.environ)


async def test_who_only_looked_is_told_that_nothing_was_written_to(house: RunningHouse, tmp_path: Path) -> None:
    process = await start("run", "--observe", "--config", str(configured(house, tmp_path)))
    await logged(process, " | sun")
    process.send_signal(signal.SIGINT)
    _, log = await asyncio.wait_for(process.communicate(), 30.0)
    assert process.returncode == 0, log.decode()
    assert log.decode().splitlines()[-1].endswith("INFO nothing was written to")


async def test_after_a_kill_release_hands_back_what_the_record_names(house: RunningHouse, tmp_path: Path) -> None:
    site = configured(house, tmp_path)
    process = await start("run", "--config", str(site))
    await until(lambda: both_taken(house))
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert set(Ownership(tmp_path / "state").held) == {"ev.carport", "battery.fems"}
    release = await start("release", "--config", str(site))
    out, log = await asyncio.wait_for(release.communicate(), 30.0)
    assert release.returncode == 0, log.decode()
    assert b"no device is held" in out
    assert handed_back(house)
    assert not Ownership(tmp_path / "state").held


async def test_an_edited_rule_takes_effect_and_a_broken_one_does_not(house: RunningHouse, tmp_path: Path) -> None:
    site = configured(house, tmp_path)
    file = tmp_path / "rules" / "a.yaml"
    process = await start("run", "--config", str(site))
    await until(lambda: both_taken(house))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port_of(site)}", trust_env=False) as page:
        before = await book(page)
        off = RULES.replace("fast\n  - id", "off\n  - id")
        file.write_text(off)
        await until(lambda: house.physics.chargers[0].signalled_a < 6.0)
        edited = await book(page)
        assert edited["version"] != before["version"]
        assert 'optimizer_rule_book_broken{site="home"} 0.0' in (await page.get("/metrics")).text

        file.write_text(off.replace("off\n", "of\n"))
        async with asyncio.timeout(15.0):
            while not (broken := await book(page))["error"]:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.1)
        assert f"{file}:5:16" in broken["error"]
        assert broken["version"] == edited["version"]
        metrics = (await page.get("/metrics")).text
        assert 'optimizer_rule_book_broken{site="home"} 1.0' in metrics
        assert 'optimizer_rule_book_reload_failures_total{site="home"} 1.0' in metrics
        assert house.physics.chargers[0].signalled_a < 6.0

        file.write_text(RULES)
        await until(lambda: both_taken(house))
        assert await book(page) == {"version": before["version"], "error": "", "failures": 1}
    process.send_signal(signal.SIGTERM)
    _, said = await asyncio.wait_for(process.communicate(), 30.0)
    log = said.decode()
    assert process.returncode == 0, log
    assert log.count("new rules are in force") == 2
    assert "the changed rules contain a mistake. The former rules stay in force" in log
    assert f"{file}:5:16: error: of is not" in log


async def book(page: httpx.AsyncClient) -> dict[str, Any]:
    """The state of the rule files on the status page."""
    found: dict[str, Any] = (await page.get("/api/v1/status")).json()["book"]
    return found
