"""Long-term statistics from Home Assistant through its WebSocket API, as a table like that of its history.

The recorder keeps states for some days, and the statistics of each hour for ever: the mean of a measurement, and the
sum of a counter. The REST API does not give them. A mean is valid for its hour. A sum is the reading at its end.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

from optimizer.model.extras import WEBSOCKETS, how_to_install
from optimizer.study.input.answers import reason_of, shown_address
from optimizer.study.input.pages import Row, Watch, check_request, save_pages
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

PAGE = timedelta(days=30)
KEPT = timedelta(days=365)
"""Time that is read if nobody names a start."""
TIMEOUT_S = 60.0
MAX_BYTES = 50_000_000
UNITS = {"power": "W", "energy": "kWh"}
"""Units that the statistics are converted to, whatever the owner of Home Assistant has chosen for its pages."""
MS = 1000.0


def save_statistics(
    path: Path,
    url: str,
    token: str,
    entities: Iterable[str],
    start: datetime,
    end: datetime,
    *,
    watch: Watch | None = None,
) -> bool:
    """Write the hours between two aware moments to a table. Returns whether they are complete.

    `watch` gets the finished part (0-1) after each page of 30 days. If it returns False, the hours so far are kept.
    Raises StudyError.
    """
    check_request(start, end, token)
    with _Conversation(url, token) as talk:
        units = _units(talk, tuple(entities))
        return save_pages(path, lambda first, last: _rows(talk, units, first, last), start, end, PAGE, watch)


def _units(talk: _Conversation, names: tuple[str, ...]) -> dict[str, str]:
    """The unit of each entity in the statistics. Raises StudyError for an entity without any."""
    found: dict[str, str] = {}
    answer = talk.ask("recorder/get_statistics_metadata", statistic_ids=list(names))
    with _as_documented(talk.shown):
        for one in answer:
            kind = one.get("unit_class")
            found[str(one["statistic_id"])] = UNITS.get(str(kind), str(one.get("statistics_unit_of_measurement") or ""))
    missing = [name for name in names if name not in found]
    if missing:
        raise StudyError(
            Text(
                "{shown} keeps no statistics of {names}. It keeps them of sensors with a state class. Leave "
                "--statistics out for its history of some days",
                shown=talk.shown,
                names=", ".join(missing),
            )
        )
    return {name: found[name] for name in names}


def _rows(talk: _Conversation, units: dict[str, str], start: datetime, end: datetime) -> Iterator[Row]:
    """The rows of one page. An hour that is missing is unknown."""
    answer = talk.ask(
        "recorder/statistics_during_period",
        start_time=start.isoformat(),
        end_time=end.isoformat(),
        statistic_ids=list(units),
        period="hour",
        units=UNITS,
        types=["mean", "sum"],
    )
    with _as_documented(talk.shown):
        for name, unit in units.items():
            until_ms = start.timestamp() * MS
            for one in answer.get(name, ()):
                if one["start"] > until_ms:
                    yield name, "unavailable", _at(until_ms), unit
                until_ms = float(one["end"])
                mean, total = one.get("mean"), one.get("sum")
                if total is not None:
                    yield name, str(float(total)), _at(until_ms), unit
                else:
                    yield name, "unavailable" if mean is None else str(float(mean)), _at(one["start"]), unit
            if until_ms < end.timestamp() * MS:
                yield name, "unavailable", _at(until_ms), unit


@contextmanager
def _as_documented(shown: str) -> Iterator[None]:
    """Raises StudyError if an answer is read inside that has another form than the documented one."""
    try:
        yield
    except (ValueError, OverflowError, OSError, LookupError, TypeError, AttributeError) as error:
        raise StudyError(Text("{shown} answered without statistics. Check the address", shown=shown)) from error


def _at(ms: float) -> str:
    return datetime.fromtimestamp(ms / MS, UTC).isoformat(timespec="microseconds")


class _Conversation:
    """Questions and answers over one connection, after the login."""

    def __init__(self, url: str, token: str) -> None:
        self.shown = shown_address(url)
        self._token = token
        self._number = 0
        try:
            self._library = import_module("websockets")
            self._client = import_module("websockets.sync.client")
        except ImportError as error:
            raise StudyError(Text("the statistics need websockets: {how}", how=how_to_install(WEBSOCKETS))) from error
        if re.match(r"https?://", url) is None:
            raise self._no_address()
        self._address = f"ws{url.rstrip('/').removeprefix('http')}/api/websocket"
        self._open = ExitStack()
        self._socket: Any = None

    def __enter__(self) -> _Conversation:
        try:
            connection = self._client.connect(
                self._address, open_timeout=TIMEOUT_S, close_timeout=1.0, max_size=MAX_BYTES, compression=None
            )
            self._socket = self._open.enter_context(connection)
        except (ValueError, self._library.exceptions.InvalidURI) as error:
            raise self._no_address() from error
        except (OSError, self._library.exceptions.WebSocketException) as error:
            raise StudyError(
                Text("{shown} cannot be reached: {why}", shown=self.shown, why=reason_of(error))
            ) from error
        try:
            self._login()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def ask(self, question: str, **more: object) -> Any:
        """The result of one question. Raises StudyError."""
        self._number += 1
        self._send({"id": self._number, "type": question, **more})
        deadline_s = time.monotonic() + TIMEOUT_S
        while True:
            answer = self._receive(deadline_s)
            if answer.get("id") == self._number and answer.get("type") == "result":
                break
        if not answer.get("success"):
            why = answer.get("error")
            said = str(why.get("message", "")) if isinstance(why, dict) else ""
            raise StudyError(
                Text("{shown} refuses {question}: {said}", shown=self.shown, question=question, said=_printable(said))
            )
        return answer.get("result")

    def _no_address(self) -> StudyError:
        return StudyError(
            Text(
                "{shown} is not an address. Write it like {example}",
                shown=self.shown,
                example="http://homeassistant.local:8123",
            )
        )

    def _login(self) -> None:
        deadline_s = time.monotonic() + TIMEOUT_S
        if self._receive(deadline_s).get("type") != "auth_required":
            raise StudyError(Text("{shown} is no Home Assistant. Check the address", shown=self.shown))
        self._send({"type": "auth", "access_token": self._token})
        if self._receive(deadline_s).get("type") != "auth_ok":
            raise StudyError(
                Text("{shown} refuses the token. Make a long-lived one in your profile there", shown=self.shown)
            )

    def _send(self, message: dict[str, object]) -> None:
        try:
            self._socket.send(json.dumps(message))
        except (OSError, self._library.exceptions.WebSocketException) as error:
            raise StudyError(
                Text("{shown} has ended the connection: {why}", shown=self.shown, why=reason_of(error))
            ) from error

    def _receive(self, deadline_s: float) -> dict[str, Any]:
        try:
            answer = json.loads(self._socket.recv(timeout=max(0.0, deadline_s - time.monotonic())))
        except TimeoutError as error:
            raise StudyError(
                Text("{shown} did not answer within {timeout} s", shown=self.shown, timeout=TIMEOUT_S)
            ) from error
        except (OSError, self._library.exceptions.WebSocketException) as error:
            raise StudyError(
                Text("{shown} has ended the connection: {why}", shown=self.shown, why=reason_of(error))
            ) from error
        except (ValueError, RecursionError) as error:
            raise StudyError(Text("{shown} answered without JSON. Check the address", shown=self.shown)) from error
        return answer if isinstance(answer, dict) else {}


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)[:200] or "no reason"
