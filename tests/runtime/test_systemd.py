"""Notifying systemd."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import cast

from optimizer.control.report import TickReport
from optimizer.runtime.systemd import Notifier


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


def test_without_systemd_it_is_silent() -> None:
    Notifier({}).ready()


def test_a_socket_that_is_gone_is_not_fatal(tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
