"""Target: one place that messages go to, by a URL of Apprise. The URL is a secret, and never leaves this module.

Apprise and the libraries below it write URLs into their log. So their log is not shown, and the reason of a failure is
one of a few sentences.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Iterable
from contextlib import suppress

import apprise

from optimizer.serve.notify.message import Message
from optimizer.words.text import Text

LIBRARIES = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")
"""Loggers that may write a URL, a header, or a body."""
STATUS = re.compile(r"error=(\d{3})\b")
REASONS = {
    "401": Text("it refuses the password or token (HTTP 401)"),
    "403": Text("it refuses the password or token (HTTP 403)"),
    "404": Text("it does not know the address (HTTP 404)"),
    "429": Text("it got too many messages (HTTP 429)"),
}
UNREACHABLE = Text("it cannot be reached")
REFUSED = Text("it did not take the message")
HANGS = Text("its last message still waits for an answer")
UNKNOWN_URL = Text("Apprise does not know this URL")


class BadTarget(ValueError):
    """Apprise does not know the URL. The message does not contain it."""


class Target:
    """One target. At most one message is on its way."""

    def __init__(self, name: str, url: str) -> None:
        """Raises BadTarget."""
        silence()
        self.name = name
        asset = apprise.AppriseAsset(async_mode=False, app_id="optimizer", app_desc="energy optimizer", app_url="")
        self._apprise = apprise.Apprise(asset=asset)
        self._thread: threading.Thread | None = None
        try:
            known = self._apprise.add(url)
        except Exception:  # a plugin may fail in any way, and its message may have the URL
            known = False
        if not known:
            raise BadTarget(UNKNOWN_URL)

    async def send(self, message: Message) -> str:
        """Send it. Returns why that failed, or empty. A caller that gives up leaves the thread to end by itself."""
        if self._thread is not None and self._thread.is_alive():
            return HANGS
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()

        def work() -> None:
            reason = self._send(message)
            with suppress(RuntimeError):  # the loop is closed: the program ends
                loop.call_soon_threadsafe(_settle, answer, reason)

        # A daemon: a target that hangs must not hold the end of the service.
        self._thread = threading.Thread(target=work, name=f"notify {self.name}", daemon=True)
        self._thread.start()
        return await answer

    def _send(self, message: Message) -> str:
        try:
            result = self._apprise.notify(title=message.title, body=message.body, body_format=apprise.NotifyFormat.TEXT)
        except Exception:  # a plugin may fail in any way, and its message may have the URL
            return REFUSED
        return "" if result else _reason(entry.message for entry in result.logs())


def _reason(lines: Iterable[str]) -> str:
    """The reason of a failure, from what Apprise has logged. The lines themselves are never shown."""
    for line in lines:
        status = STATUS.search(line)
        if status is not None:
            return REASONS.get(status[1], Text("it answered with HTTP {status}", status=float(status[1])))
        if "onnection error" in line:
            return UNREACHABLE
    return REFUSED


def silence() -> None:
    """Keep the log of Apprise and its libraries out of the log of the service."""
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers[:] = [logging.NullHandler()]
    logging.getLogger("apprise").setLevel(logging.WARNING)


def _settle(answer: asyncio.Future[str], reason: str) -> None:
    if not answer.done():
        answer.set_result(reason)
