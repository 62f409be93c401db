"""Targets of Apprise against local servers. Their URLs are secrets: they appear nowhere, whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from optimizer.model.clock import SystemClock
from optimizer.serve.notify.message import Message
from optimizer.serve.notify.notifier import LATE, Outbox
from optimizer.serve.notify.target import HANGS, REASONS, REFUSED, UNREACHABLE, BadTarget, Target

SECRET = "s3cret-topic"
TEST = Message("Energy at home", "carport does not answer: no route")


class Sink:
    """A server that takes messages with one status, or never answers."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        self.port = 0
        self.answer = threading.Event()
        self.answer.set()

    @contextmanager
    def listening(self) -> Iterator[Sink]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sink.paths.append(self.path)
                sink.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                sink.answer.wait(20.0)
                self.send_response(sink.status)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


async def test_json_and_ntfy_get_title_and_body() -> None:
    with Sink().listening() as sink:
        assert await Target("json", f"json://127.0.0.1:{sink.port}/{SECRET}").send(TEST) == ""
        assert await Target("ntfy", f"ntfy://127.0.0.1:{sink.port}/{SECRET}").send(TEST) == ""
    first, second = (json.loads(body) for body in sink.bodies)
    assert (first["title"], first["message"]) == (TEST.title, TEST.body)
    assert (second["topic"], second["title"], second["message"]) == (SECRET, TEST.title, TEST.body)
    assert sink.paths[0] == f"/{SECRET}"


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, REASONS["401"]), (404, REASONS["404"]), (429, REASONS["429"]), (503, "it answered with HTTP 503")],
)
async def test_the_reason_of_a_refusal(status: int, reason: str) -> None:
    with Sink(status).listening() as sink:
        assert await Target("phone", f"json://me:{SECRET}@127.0.0.1:{sink.port}").send(TEST) == reason


async def test_nobody_there() -> None:
    assert await Target("phone", f"json://127.0.0.1:9/{SECRET}").send(TEST) in (UNREACHABLE, REFUSED)


async def test_a_target_that_hangs_has_one_thread_and_delays_no_other() -> None:
    with Sink().listening() as slow, Sink().listening() as quick:
        slow.answer.clear()
        hanging = Outbox(Target("slow", f"json://127.0.0.1:{slow.port}/{SECRET}?rto=15"), SystemClock())
        other = Outbox(Target("quick", f"json://127.0.0.1:{quick.port}/"), SystemClock())
        first = asyncio.ensure_future(hanging.send(TEST, 0.3))
        assert await other.send(TEST, 10.0) == ""
        assert await first == LATE
        assert await hanging.send(TEST, 5.0) == HANGS
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("notify slow") == 1
        slow.answer.set()


@pytest.mark.parametrize("url", [f"nonsense://{SECRET}", f"json://{SECRET}:{SECRET}@:99999999", f"ntfys://{SECRET}@"])
def test_an_unknown_url_is_refused_without_saying_it(url: str, caplog: pytest.LogCaptureFixture) -> None:
    try:
        Target("phone", url)
    except BadTarget as error:
        assert SECRET not in str(error) + repr(error) + repr(error.__cause__)
        assert error.__suppress_context__ or SECRET not in repr(error.__context__)
    assert SECRET not in caplog.text


@pytest.mark.parametrize("status", [200, 401, 404, 500])
@pytest.mark.parametrize(
    "url",
    [
        "json://me:{secret}@127.0.0.1:{port}/{secret}?+X-Key={secret}&:more={secret}",
        "ntfy://{secret}:{secret}@127.0.0.1:{port}/{secret}?priority=high",
        "xml://me:{secret}@127.0.0.1:{port}/{secret}",
        "gotify://127.0.0.1:{port}/{secret}",
        "hassio://127.0.0.1:{port}/{secret}",
    ],
)
async def test_the_secret_appears_nowhere(
    status: int,
    url: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    # Apprise sleeps between two messages of one target. The test does not wait for it.
    monkeypatch.setattr("apprise.plugins.base.NotifyBase.request_rate_per_sec", 0.0)
    with Sink(status).listening() as sink:
        target = Target("phone", url.format(secret=SECRET, port=sink.port))
        outbox = Outbox(target, SystemClock())
        said = await outbox.send(TEST, 15.0)
    said += await outbox.send(TEST, 15.0)  # now nobody listens
    printed = capfd.readouterr()
    everything = caplog.text + said + printed.out + printed.err + repr(target) + repr(outbox) + str(vars(outbox))
    assert SECRET not in everything
