"""Logins: browsers that gave the token once and are remembered. The disk has only digests of their secrets."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from optimizer.journal.codec import CodecError, decode, encode
from optimizer.journal.kept_file import KeptFile, KeptFiles
from optimizer.serve.access.agent import device_of

log = logging.getLogger(__name__)

FILE_NAME = "logins.json"
REMEMBERED = timedelta(days=180)
"""How long a login holds."""
MOST_LOGINS = 32
"""Remembered browsers. A new login ends the oldest one beyond this number."""
MAX_BYTES = 65_536
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Login:
    """One remembered browser."""

    id: str
    """A short name for commands. It opens nothing."""
    digest: str
    """HMAC-SHA256 of the secret in the cookie, with the token as its key. A new token ends every login."""
    device: str
    """What the browser calls itself: `Firefox on Android`."""
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The file."""

    token: str
    """A digest of the token with which these logins were made."""
    logins: tuple[Login, ...]


class Logins:
    """The logins of one service, in memory and in a file that only its user can read."""

    def __init__(self, token: str, now: Callable[[], datetime], files: KeptFiles | None = None) -> None:
        """`now` is aware UTC. Without `files`, a restart of the service ends every login."""
        self._key = token.encode()
        self._now = now
        self._file = None if files is None else files.file(FILE_NAME, MAX_BYTES, "logins are not kept over a restart")
        self._logins: tuple[Login, ...] = self._restored(self._file) if self._file is not None else ()

    def listed(self) -> tuple[Login, ...]:
        """The logins that hold now, oldest first."""
        now = self._now()
        return tuple(login for login in self._logins if login.until > now)

    def start(self, agent: str) -> tuple[str, Login]:
        """Remember a browser. Returns the secret for its cookie, which is never given from outside, and the login."""
        secret, now = secrets.token_urlsafe(SECRET_BYTES), self._now()
        login = Login(
            id=secrets.token_hex(3),
            digest=self._digest(secret),
            device=device_of(agent),
            since=now,
            until=now + REMEMBERED,
        )
        self._keep((*self.listed(), login)[-MOST_LOGINS:])
        return secret, login

    def of(self, secret: str) -> Login | None:
        """The login of a cookie, or None if it is unknown, has ended, or has expired."""
        if not secret:
            return None
        digest, found = self._digest(secret), None
        for login in self.listed():
            if hmac.compare_digest(login.digest, digest):
                found = login
        return found

    def end(self, id_: str) -> bool:
        """End the login with this id. Returns whether there was one."""
        left = tuple(login for login in self.listed() if login.id != id_)
        ended = len(left) < len(self.listed())
        if ended:
            self._keep(left)
        return ended

    def end_all(self) -> None:
        """End every login."""
        self._keep(())

    def _digest(self, secret: str) -> str:
        return hmac.new(self._key, secret.encode(), hashlib.sha256).hexdigest()

    def _keep(self, logins: tuple[Login, ...]) -> None:
        self._logins = logins
        if self._file is not None:
            self._file.replace(json.dumps(encode(Kept, Kept(self._digest(""), logins))).encode())

    def _restored(self, file: KeptFile) -> tuple[Login, ...]:
        try:
            kept: Kept = decode(Kept, json.loads(file.read()))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, RecursionError, CodecError) as error:
            log.error("logins in %s cannot be read. Every browser has to log in again: %s", file.path, error)
            return ()
        if not hmac.compare_digest(kept.token, self._digest("")):
            log.warning("the token has changed. Every browser has to log in again")
            return ()
        return kept.logins
