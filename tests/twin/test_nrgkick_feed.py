"""The simulated NRGkick on a PV-led profile: it reads a Custom API, strictly, and steers itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from optimizer.twin.http import HttpServer, Request, Response
from optimizer.twin.nrgkick import NrgkickTwin
from optimizer.twin.nrgkick_feed import FeedError, NrgkickFeed, grid_power_w, parse_answer, total
from tests.twin.scene import Scene, nrgkick_scene


def answer(body: object, head: str = "HTTP/1.1 200 OK\r\nContent-Type: application/json", length: int = 0) -> bytes:
    data = json.dumps(body).encode()
    return f"{head}\r\nContent-Length: {length or len(data)}\r\n\r\n".encode() + data


def values(grid_w: float, **groups: Any) -> dict[str, Any]:
    return {"device_values": {"energy_meters": {"0": {"grid_power_w": grid_w}}, "load_power_w": 500, **groups}}


class Feed:
    """A Custom API whose answer is set by hand."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.body: Any = values(0.0)
        self.status = 200
        self.seen: list[str] = []
        self.asked = asyncio.Event()
        self.server = HttpServer(self._answer, scene.clock)

    async def _answer(self, request: Request) -> Response:
        self.seen.append(request.path)
        self.asked.set()
        return Response(self.status, json.dumps(self.body).encode())


async def test_it_follows_the_feed_and_pauses_without_one() -> None:
    async with nrgkick_scene() as scene:
        scene.nrgkick.write({"phase_count": 1})
        feed = Feed(scene)
        charger = NrgkickFeed(scene.house.live, scene.nrgkick, await feed.server.start())
        try:
            feed.body = values(-2300.0 + scene.house.physics.ev_w)
            await charger.poll()
            scene.pass_s(60.0)
            assert scene.house.physics.ev_w == pytest.approx(2300.0, rel=0.01)
            feed.body = values(0.0, batteries={"0": {"bat_power_w": 690.0, "soc": 50, "mode": 0}})
            await charger.poll()
            scene.pass_s(60.0)
            assert scene.house.physics.ev_w == pytest.approx(1610.0, rel=0.01)
            feed.status = 503
            await charger.poll()
            assert charger.problem == "status 503"
            scene.pass_s(20.0)
            assert scene.house.physics.ev_w == 0.0
            assert set(feed.seen) == {"/api/v1/values.json"}
        finally:
            await feed.server.stop()


async def test_while_it_follows_writes_are_refused_and_afterwards_the_settings_hold() -> None:
    async with nrgkick_scene() as scene:
        feed = Feed(scene)
        twin = scene.house.twins["carport"]
        assert isinstance(twin, NrgkickTwin)
        url = await feed.server.start()
        try:
            await twin.follow(url)
            async with asyncio.timeout(2):
                await feed.asked.wait()
            async with httpx.AsyncClient(base_url=scene.house.endpoints["carport"]) as http:
                refused = await http.get("/control?charge_pause=1")
                assert (refused.status_code, refused.json()) == (
                    405,
                    {"Response": "Charging pause is blocked by solar-charging"},
                )
                await twin.follow(None)
                assert (await http.get("/control?charge_pause=0")).status_code == 200
            scene.pass_s(60.0)
            assert scene.house.physics.ev_w == pytest.approx(11_040.0, rel=0.01)
        finally:
            await feed.server.stop()


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "not an HTTP answer"),
        (b"SSH-2.0\r\n\r\n", "not an HTTP answer"),
        (answer({}, "HTTP/1.1 503 Service Unavailable"), "status 503"),
        (answer({}, "HTTP/1.1 200 OK\r\nContent-Type: text/html"), "Content-Type text/html"),
        (answer({}, "HTTP/1.1 200 OK"), "Content-Type missing"),
        (answer({}, length=99), "Content-Length 99 for 2 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}", "Content-Length missing"),
        (answer({}, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked"), "chunked"),
        (answer([]), "no device_values"),
        (answer({"device_values": None}), "no device_values"),
        (answer({"device_values": {"load_power_w": float("nan")}}), "NaN is no number"),
    ],
)
def test_a_feed_that_is_not_of_the_document_is_of_no_use(raw: bytes, problem: str) -> None:
    with pytest.raises(FeedError, match=problem):
        parse_answer(raw)


@pytest.mark.parametrize("device", [{"grid_power_w": None}, {"grid_power_w": "5"}, {"grid_power_w": True}, {}, 5])
def test_numbers_must_be_numbers(device: Any) -> None:
    with pytest.raises(FeedError, match=r"energy_meters\.0\.grid_power_w"):
        total({"energy_meters": {"0": device}}, "energy_meters", "grid_power_w")


def test_indices_are_the_strings_0_to_4() -> None:
    meters = {str(i): {"grid_power_w": 10} for i in range(5)}
    assert total({"energy_meters": meters}, "energy_meters", "grid_power_w") == 50
    with pytest.raises(FeedError):
        total({"energy_meters": {"5": {"grid_power_w": 1}}}, "energy_meters", "grid_power_w")


def test_the_first_meter_is_the_grid() -> None:
    meters: dict[str, object] = {"0": {"grid_power_w": -900}, "1": {"grid_power_w": 400}}
    assert grid_power_w({"energy_meters": meters}) == -900
    without: tuple[dict[str, object], ...] = ({}, {"energy_meters": {}}, {"energy_meters": {"1": meters["1"]}})
    for none in without:
        with pytest.raises(FeedError, match="no energy meter"):
            grid_power_w(none)
    with pytest.raises(FeedError, match=r"energy_meters\.1\."):
        grid_power_w({"energy_meters": {**meters, "1": {}}})
