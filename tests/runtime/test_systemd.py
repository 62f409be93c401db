"""Notifying systemd."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from typing import cast

from optimizer.control.report import TickReport
from optimizer.runtime.service import Service
from optimizer.runtime.systemd import Notifier
from tests.runtime.house import House
from tests.virtual_time import run_virtually


class Tick:
    ticks, overruns = 7, 1


def test_ready_heartbeat_and_stopping_reach_the_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path)
        systemd.settimeout(1.0)
        notifier = Notifier({"NOTIFY_SOCKET": path})
        notifier.ready()
        notifier.on_tick(cast(TickReport, Tick()))
        notifier.stopping()
        messages = [systemd.recv(256).decode() for _ in range(3)]
    assert messages == ["READY=1", "WATCHDOG=1\nSTATUS=7 decisions, 1 left out", "STOPPING=1"]


def test_without_decisions_there_is_no_heartbeat_and_systemd_restarts_us() -> None:
    class Heard(Notifier):
        beats = 0

        def on_tick(self, report: TickReport) -> None:
            self.beats += 1

    async def hang() -> None:
        house, heard = House(), Heard({})
        service = Service(replace(house.service().parts, notifier=heard))
        running = asyncio.ensure_future(service.run(house.stop))
        await asyncio.sleep(60.0)
        beats = heard.beats
        assert beats >= 12
        house.decider.frozen = True
        await asyncio.sleep(300.0)
        assert heard.beats == beats
        house.stop.set()
        await running

    run_virtually(hang())


def test_without_systemd_it_is_silent() -> None:
    Notifier({}).ready()


def test_a_socket_that_is_gone_is_not_fatal(tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
