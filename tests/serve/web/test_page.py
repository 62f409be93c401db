"""The files of the page: how they are compressed and kept, and the library that ships with them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from optimizer.serve.access.access import AccessControl
from optimizer.serve.panel import Panel
from optimizer.serve.web.app import status_app
from tests.serve.house import SITE, HandClock, report

STATIC = Path(__file__).parents[3] / "optimizer" / "serve" / "web" / "static"
FILES = sorted(f"/{file.relative_to(STATIC)}" for file in STATIC.rglob("*") if file.suffix in (".js", ".css", ".json"))
UPLOT = {
    "uplot.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uplot.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uplot-license.txt": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}
"""SHA-256 of dist/uPlot.iife.min.js, dist/uPlot.min.css, and LICENSE in the package uplot of npm."""


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    clock = HandClock()
    panel = Panel(clock, SITE)
    panel.on_tick(report())
    app = status_app(panel, AccessControl("", [], clock.monotonic_s))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/login", *FILES])
async def test_a_file_is_the_same_compressed_or_not(http: httpx.AsyncClient, path: str) -> None:
    plain = await http.get(path, headers={"accept-encoding": "identity"})
    assert plain.status_code == 200
    assert "content-encoding" not in plain.headers
    packed = await http.get(path, headers={"accept-encoding": "gzip"})
    assert packed.content == plain.content
    if len(plain.content) >= 500:
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] == plain.headers["etag"]
    assert packed.headers["etag"].startswith("W/")
    again = await http.get(path, headers={"if-none-match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/api/v1/status", "/api/v1/login", "/api/v1/overrides", "/metrics"])
async def test_what_depends_on_the_reader_is_not_compressed(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers


def test_the_library_of_the_chart_is_the_released_one() -> None:
    """With its license and its version beside it."""
    vendor = STATIC / "vendor"
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in vendor.iterdir()} == UPLOT
    code = (vendor / "uplot.js").read_text(encoding="utf-8")
    assert code.startswith("/*! https://github.com/leeoniya/uPlot (v1.6.32) */")
    assert not re.search(r"\beval\(|new Function|innerHTML|https?://(?!github\.com/leeoniya)", code)
    assert "The MIT License" in (vendor / "uplot-license.txt").read_text(encoding="utf-8")


async def test_the_license_of_the_library_can_be_read(http: httpx.AsyncClient) -> None:
    answer = await http.get("/vendor/uplot-license.txt")
    assert "Permission is hereby granted" in answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
