"""Whatever a stranger asks: an answer, and never one that says that the service is broken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message, Scope

from optimizer.journal.reader import JournalReader
from optimizer.journal.writer import Journal
from optimizer.serve.access.access import AccessControl
from optimizer.serve.feed.app import feed_app
from optimizer.serve.feed.values import FeedConfig
from optimizer.serve.panel import Panel
from optimizer.serve.web.app import status_app
from optimizer.serve.web.openapi import OPENAPI
from tests.serve.house import SITE, HandClock, report
from tests.serve.web.test_api import TOKEN, FakeOverrideSink

HEADER_BYTES = st.binary(max_size=30).map(lambda raw: bytes(byte for byte in raw if byte > 31 and byte != 127))
"""What the parser before us lets through."""
TIMES = st.builds(
    "{}{}".format,
    st.one_of(st.sampled_from(["0001-01-01T00:00:00", "9999-12-31T23:59:59"]), st.datetimes().map(datetime.isoformat)),
    st.sampled_from(["Z", "+00:00", "+14:00", "-14:00", "+23:59", ""]),
)
VALUES = st.one_of(TIMES, st.floats().map(str), st.integers().map(str), st.text(max_size=12))
DIGITS = st.integers(0, 6000).map("9".__mul__)


def queries(keys: Sequence[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    return st.dictionaries(st.sampled_from(keys), values).map(
        lambda asked: "&".join(f"{key}={quote(value, errors='replace')}" for key, value in asked.items()).encode()
    )


QUERIES = queries(["at", "until", "hours"], VALUES)
PAST_QUERIES = queries(
    ["days", "month", "form", "by", "of", "language"],
    st.one_of(VALUES, DIGITS, st.sampled_from(["csv", "de", "day", "month", "year", "2026-05", "0001-01", "9999-12"])),
)
PATHS = st.one_of(
    st.sampled_from([*OPENAPI["paths"], "/", "/app.js", "/metrics", "/healthz"]),
    st.text(max_size=12).map(lambda text: "/api/v1/" + quote(text, errors="replace")),
    st.binary(max_size=12).map(lambda raw: "/" + quote(raw)),
)
ORIGINS = st.sampled_from([b"http://[", b"null", b"", b"http://localhost:8080", b"http://a:b@[::1", b"//"])
HEADERS = st.fixed_dictionaries(
    {b"host": st.one_of(st.just(b"localhost:8080"), st.sampled_from([b"[", b"[::1]:x", b""]), HEADER_BYTES)},
    optional={
        b"origin": st.one_of(ORIGINS, HEADER_BYTES),
        b"authorization": st.one_of(HEADER_BYTES.map(lambda raw: b"Bearer " + raw), HEADER_BYTES),
        b"accept": HEADER_BYTES,
        b"if-none-match": HEADER_BYTES,
        b"content-length": HEADER_BYTES,
    },
)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JournalReader]:
    path: Path = tmp_path_factory.mktemp("asked") / "journal.db"
    writer = Journal(path)
    writer.on_tick(report())
    assert writer.flush()
    writer.close()
    yield JournalReader(path)


async def _status(app: ASGIApp, scope: Scope, body: bytes) -> int:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


def _scope(method: str, path: str, query: bytes, headers: dict[bytes, bytes]) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": list(headers.items()),
        "client": ("192.0.2.7", 40000),
        "server": ("127.0.0.1", 8080),
    }


def _ask(journal: JournalReader, scope: Scope, body: bytes = b"") -> int:
    clock = HandClock()
    panel = Panel(clock, SITE)
    panel.on_tick(report())
    app = status_app(panel, AccessControl(TOKEN, [], clock.monotonic_s), FakeOverrideSink(), journal)
    return asyncio.run(_status(app, scope, body))


@given(st.sampled_from(["GET", "POST", "DELETE", "HEAD", "X"]), PATHS, HEADERS)
@example("POST", "/api/v1/overrides", {b"host": b"localhost", b"origin": b"http://["})
def test_no_path_and_no_header_breaks_the_status_listener(
    journal: JournalReader, method: str, path: str, headers: dict[bytes, bytes]
) -> None:
    assert 200 <= _ask(journal, _scope(method, path, b"", headers)) < 500


@given(st.sampled_from(["why", "history", "changes"]), QUERIES)
@example("history", b"until=0001-01-01T00:00:00%2B14:00")
def test_no_question_breaks_the_status_listener(journal: JournalReader, name: str, query: bytes) -> None:
    assert 200 <= _ask(journal, _scope("GET", f"/api/v1/{name}", query, {b"host": b"localhost"})) < 500


@given(st.sampled_from(["sessions", "sessions/months", "energy"]), PAST_QUERIES)
@example("sessions", b"days=" + b"9" * 5000)
def test_no_question_about_the_past_breaks_the_status_listener(journal: JournalReader, name: str, query: bytes) -> None:
    assert 200 <= _ask(journal, _scope("GET", f"/api/v1/{name}", query, {b"host": b"localhost"})) < 500


@given(st.binary(max_size=60), st.dictionaries(st.sampled_from(["target", "value", "until", "minutes"]), VALUES))
@example(b"[" * 4000, {"target": "ev.carport.mode", "value": "1e400", "minutes": "5"})
def test_no_body_breaks_what_the_token_opens(journal: JournalReader, raw: bytes, fields: dict[str, str]) -> None:
    headers = {b"host": b"localhost", b"authorization": f"Bearer {TOKEN}".encode()}
    document = json.dumps({key: _word(value) for key, value in fields.items()})
    for body in (raw, document.encode()):
        assert 200 <= _ask(journal, _scope("POST", "/api/v1/overrides", b"", headers), body) < 500


def _word(value: str) -> float | str:
    """A number where it is one, otherwise text."""
    try:
        return float(value)
    except ValueError:
        return value


@given(PATHS, QUERIES, HEADERS)
def test_no_reading_breaks_the_feed(path: str, query: bytes, headers: dict[bytes, bytes]) -> None:
    """With another method the charger expects 500, which test_feed.py holds."""
    clock = HandClock()
    panel = Panel(clock, SITE)
    panel.on_tick(report())
    app = feed_app(panel, FeedConfig())
    assert asyncio.run(_status(app, _scope("GET", path, query, headers), b"")) in (200, 404)
