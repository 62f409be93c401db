import struct
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from optimizer.serve.access.access import AccessControl
from optimizer.serve.panel import Panel
from optimizer.serve.web.app import status_app
from tests.serve.house import SITE, HandClock, report


@pytest.fixture
async def client() -> AsyncIterator[tuple[HandClock, Panel, httpx.AsyncClient]]:
    clock = HandClock()
    panel = Panel(clock, SITE)
    transport = httpx.ASGITransport(status_app(panel, AccessControl("", [], clock.monotonic_s)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield clock, panel, http


Client = tuple[HandClock, Panel, httpx.AsyncClient]


async def test_healthz_follows_the_ticks(client: Client) -> None:
    clock, panel, http = client
    answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "no decision has been made yet")
    panel.on_tick(report())
    assert (await http.get("/healthz")).json() == {"ok": True, "reason": "", "tick_age_s": 0.0}
    clock.mono_s += 31.0
    answer = await http.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "the last decision is 31 s old, limit 30 s"


async def test_a_record_that_cannot_be_kept_is_said(client: Client) -> None:
    _, panel, http = client
    panel.on_tick(replace(report(), record_problem="ownership.record cannot be written: No space left on device"))
    answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()["ok"]) == (503, False)
    assert "No space left" in answer.json()["reason"]
    assert 'optimizer_record_failed{site="home"} 1.0' in (await http.get("/metrics")).text
    assert "No space left" in (await http.get("/api/v1/status")).json()["record"]


async def test_metrics_and_the_count_of_requests(client: Client) -> None:
    _, panel, http = client
    panel.on_tick(report())
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'optimizer_grid_power_watts{site="home"} -542.0' in answer.text
    assert (await http.get("/nowhere")).status_code == 404
    assert (
        'optimizer_http_requests_total{code="404",listener="status",site="home"} 1.0'
        in (await http.get("/metrics")).text
    )


async def test_the_icons_of_the_app_are_there_in_their_sizes(client: Client) -> None:
    _, _, http = client
    icons = (await http.get("/manifest.json")).json()["icons"]
    assert {one["sizes"] for one in icons} >= {"192x192", "512x512"}
    page = (await http.get("/")).text
    assert '<link rel="apple-touch-icon" href="icon-180.png">' in page
    for name, sizes, kind in [
        *((one["src"], one["sizes"], one["type"]) for one in icons),
        ("icon-180.png", "180x180", "image/png"),
    ]:
        answer = await http.get(f"/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        if kind == "image/png":  # width and height stand at the beginning of a PNG
            assert "x".join(str(number) for number in struct.unpack(">II", answer.content[16:24])) == sizes
