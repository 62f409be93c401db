"""Messages to systemd: ready, stopping, and the heartbeat of the watchdog (sd_notify(3))."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping

from optimizer.control.report import TickReport

log = logging.getLogger(__name__)


class Notifier:
    """Sends messages to NOTIFY_SOCKET. Without one it sends nothing."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        # systemd writes an abstract socket with a leading @. The kernel expects a leading NUL.
        self._address = "\0" + path[1:] if path.startswith("@") else path

    def ready(self) -> None:
        """Report that the service controls the house from now on."""
        self._send("READY=1")

    def on_tick(self, report: TickReport) -> None:
        """Send the heartbeat after a tick (control.report.Watcher)."""
        self._send(f"WATCHDOG=1\nSTATUS={report.ticks} decisions, {report.overruns} left out")

    def stopping(self) -> None:
        """Report that the service stops and hands back."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
                sender.sendto(message.encode(), self._address)
        except OSError as error:
            log.warning("systemd cannot be notified: %s", error.strerror)
