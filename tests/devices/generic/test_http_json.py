"""A JMESPath a quantity: found, not found, too old, and requests that fail."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from optimizer.devices.generic.http_json import HttpJson, HttpJsonConfig, HttpQuantity
from optimizer.devices.generic.paths import compiled, found
from optimizer.devices.generic.quantity import Quantity
from optimizer.devices.port import DeviceError, Identified, Meter
from optimizer.twin.http import Request, Response, json_response
from tests.direct import Direct
from tests.virtual_time import VirtualClock, run_virtually

EMETER = {"emeters": [{"power": 410.5}, {"power": -20.0}, {"power": 9.5}], "unixtime": 1750500000}


class World:
    """A meter whose bodies are set by the test, and its adapter."""

    def __init__(self, *quantities: HttpQuantity) -> None:
        self.clock = VirtualClock()
        self.bodies: dict[str, Any] = {}
        self.wire = Direct(self.answer)
        self.meter = HttpJson(
            HttpJsonConfig("meter", "http://shelly", quantities, headers={"Authorization": "Bearer s3cret"}),
            self.clock,
            transport=self.wire,
        )

    async def answer(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer s3cret"
        key = f"{request.path}?{request.query}" if request.query else request.path
        body = self.bodies.get(key)
        if isinstance(body, Response):
            return body
        return Response(404) if body is None else json_response(body)


def world(run: Callable[[World], Awaitable[None]], *quantities: HttpQuantity) -> None:
    async def main() -> None:
        await run(World(*quantities))

    run_virtually(main())


def test_a_sum_over_phases_and_a_second_request() -> None:
    async def run(w: World) -> None:
        assert isinstance(w.meter, Meter)
        assert isinstance(w.meter, Identified)
        w.bodies = {"/status": EMETER, "/rpc/PV.Get?id=0": {"apower": "-1.5"}}
        await w.clock.sleep(3)
        sample = await w.meter.read()
        assert sample.grid is not None
        assert sample.grid.power_w == (400.0, 3.0, "")
        assert [reading.value for reading in sample.grid.phase_current_a] == []
        assert sample.pvs[0].power_w.value == 1500.0
        assert [path for _, path, _ in w.wire.seen] == ["/status", "/rpc/PV.Get?id=0"]
        assert (await w.meter.identify()).brand == "http_json"
        await w.meter.close()

    world(
        run,
        HttpQuantity(Quantity("grid_power"), "sum([emeters[0].power, emeters[1].power, emeters[2].power])", "/status"),
        HttpQuantity(Quantity("pv_power", "kW", inverted=True), "apower", "/rpc/PV.Get?id=0"),
    )


def test_one_request_fails_and_the_other_goes_on() -> None:
    async def run(w: World) -> None:
        w.bodies = {"/a": {"p": 5}}
        sample = await w.meter.read()
        assert sample.grid is not None
        assert sample.grid.power_w.value == 5.0
        assert "GET /b at shelly: status 404" in sample.pvs[0].power_w.why
        w.bodies = {}
        with pytest.raises(DeviceError, match="status 404"):
            await w.meter.read()
        w.bodies = {"/a": Response(200, b"<html>"), "/b": Response(200, b"NaN")}
        with pytest.raises(DeviceError, match="not JSON"):
            await w.meter.read()

    world(run, HttpQuantity(Quantity("grid_power"), "p", "/a"), HttpQuantity(Quantity("pv_power"), "p", "/b"))


def why_unknown(path: str, body: Any) -> str:
    """The reason why the grid power is unknown with this path and body."""
    whys = []

    async def run(w: World) -> None:
        w.bodies = {"/": body}
        sample = await w.meter.read()
        assert sample.grid is not None
        assert sample.grid.power_w.value is None
        whys.append(sample.grid.power_w.why)

    world(run, HttpQuantity(Quantity("grid_power"), path))
    return whys[0]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"q": 1}, "p finds nothing in an object with q"),
        ([1, 2], "p finds nothing in a list of 2"),
        ({"p": None}, "p finds nothing"),
        ({"p": {"x": 1}}, "brings no number"),
        ({"p": 1e300}, "outside of what is possible"),
        ({}, "nothing in it"),
        ({"p": []}, "brings no number"),
    ],
)
def test_what_is_not_there_is_unknown(body: Any, why: str) -> None:
    assert why in why_unknown("p", body)


@pytest.mark.parametrize(
    ("time", "age_s", "why"),
    [
        (lambda w: w.clock.now().timestamp() - 8.0, 8.0, ""),
        (lambda w: (w.clock.now().timestamp() - 8.0) * 1000.0, 8.0, ""),
        (lambda w: w.clock.now().timestamp() + 14.0, 0.0, ""),
        (lambda w: w.clock.now().isoformat(), 0.0, ""),
        (lambda w: w.clock.now().timestamp() - 20.0, None, "measured 20 s ago"),
        (lambda w: w.clock.now().timestamp() + 7200.0, None, "7200 s in the future; correct the clock or the zone"),
        (lambda w: "yesterday", None, "finds “yesterday”, which is no time"),
        (lambda w: "2025-06-21T10:00:00", None, "finds “2025-06-21T10:00:00”, a time without a zone"),
        (lambda w: 1e300, None, "which is no time"),
        (lambda w: None, None, "t finds no time"),
    ],
)
def test_the_meters_own_time_counts(time: Callable[[World], Any], age_s: float | None, why: str) -> None:
    async def run(w: World) -> None:
        await w.clock.sleep(100)
        w.bodies = {"/": {"p": 5, "t": time(w)}}
        sample = await w.meter.read()
        assert sample.grid is not None
        reading = sample.grid.power_w
        if age_s is None:
            assert reading.value is None
            assert why in reading.why
        else:
            assert (reading.value, reading.at_s) == (5.0, pytest.approx(100.0 - age_s))

    world(run, HttpQuantity(Quantity("grid_power"), "p", time="t"))


@pytest.mark.parametrize("document", ["[]", "{}", "1", '"x"', "null", json.dumps({"p": [[[]]] * 3})])
@pytest.mark.parametrize("path", ["p[0].q", "sum(p)", "sum(values(@))", "length(@)", "p | keys(@)"])
def test_paths_that_do_not_fit_never_escape(document: str, path: str) -> None:
    async def run(w: World) -> None:
        w.bodies = {"/": Response(200, document.encode())}
        sample = await w.meter.read()
        assert sample.grid is not None

    world(run, HttpQuantity(Quantity("grid_power"), path))


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        (HttpQuantity(Quantity("grid_power"), "a[.b"), r"'a\[.b' is not JMESPath at character 3"),
        (HttpQuantity(Quantity("grid_power"), "a" * 501), "500 characters"),
        (HttpQuantity(Quantity("grid_power"), "nofunc(@) ||"), "is not JMESPath"),
        (HttpQuantity(Quantity("grid_power"), "sum(phases[].w)"), r"makes a number up; .* sum\(\[phases"),
        (HttpQuantity(Quantity("grid_power"), "phases[*].w | max(@)"), "makes a number up"),
        (HttpQuantity(Quantity("grid_power"), "a", "status"), "begins with /"),
        (HttpQuantity(Quantity("grid_power"), "a", "/a b"), "no blanks"),
    ],
)
def test_wrong_configurations(quantity: HttpQuantity, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        HttpJson(HttpJsonConfig("meter", "http://shelly", (quantity,)), VirtualClock())


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("sum([a, b])", {"a": "100", "b": "200"}, "sum() gets the text “100”; if it is a number, write to_number(…)"),
        ("sum([a, b])", {"a": 100, "b": None}, "sum() gets null, so a value is missing"),
        ("sum([a, b])", {"a": 100, "b": {}}, "sum() cannot use an object"),
        ("p", {"p": None}, "p finds nothing but null"),
        ("a[0].p", {"a": [{"p": None}]}, "a[0].p finds nothing but null"),
        ("a[0].p", {"a": [{"q": 1}]}, "a[0].p finds nothing in an object with a"),
        ("p", {"p": "1.234,5"}, "“1.234,5”; set `decimal_comma: true`"),
        ("p", {"p": "-"}, "brings no number but “-”"),
    ],
)
def test_a_message_says_why_a_path_brings_nothing(path: str, body: Any, why: str) -> None:
    assert why in why_unknown(path, body)


def test_texts_add_up_when_the_path_makes_numbers_of_them() -> None:
    async def run(w: World) -> None:
        w.bodies = {"/": {"a": "100", "b": "-30.5"}}
        sample = await w.meter.read()
        assert sample.grid is not None
        assert sample.grid.power_w.value == 69.5

    world(run, HttpQuantity(Quantity("grid_power"), "sum([to_number(a), to_number(b)])"))


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_a_value_that_is_no_number_hurts_no_other(word: str) -> None:
    async def run(w: World) -> None:
        w.bodies = {"/": Response(200, f'{{"p": {word}, "q": 7}}'.encode())}
        sample = await w.meter.read()
        assert sample.grid is not None
        assert sample.grid.power_w.value is None
        assert "p finds nothing but null" in sample.grid.power_w.why
        assert sample.pvs[0].power_w.value == 7.0

    world(run, HttpQuantity(Quantity("grid_power"), "p"), HttpQuantity(Quantity("pv_power"), "q"))


def test_what_is_not_json_is_shown() -> None:
    async def run(w: World) -> None:
        w.bodies = {"/": Response(200, b"<html><body>Login</body></html>")}
        with pytest.raises(DeviceError, match="the body is not JSON but “<html><body>Login"):
            await w.meter.read()

    world(run, HttpQuantity(Quantity("grid_power"), "p"))


def test_a_state_of_home_assistant_has_its_unit() -> None:
    async def run(w: World) -> None:
        state = {"entity_id": "sensor.grid", "state": "1.43", "attributes": {"unit_of_measurement": "kW"}}
        w.bodies = {"/api/states/sensor.grid": state}
        sample = await w.meter.read()
        assert sample.grid is not None
        assert sample.grid.power_w.value == 1430.0
        w.bodies = {"/api/states/sensor.grid": {**state, "state": "unavailable"}}
        sample = await w.meter.read()
        assert sample.grid is not None
        assert "unavailable" in sample.grid.power_w.why

    world(run, HttpQuantity(Quantity("grid_power"), "state", "/api/states/sensor.grid", unit_beside=True))


@pytest.mark.parametrize(
    ("body", "watts"),
    [(b"-1234.5\n", -1234.5), (b"1.2 kW", 1200.0), (b'"17"', 17.0), (b"1,234.5 W", 1234.5), (b"1234,5", None),
     (b"NaN", None), (b"<html>Login</html>", None), (b"", None), (b"true", None), (b'{"p": 5}', None)],
)  # fmt: skip
def test_the_whole_body_may_be_a_text(body: bytes, watts: float | None) -> None:
    async def run(w: World) -> None:
        w.bodies = {"/": Response(200, body)}
        sample = await w.meter.read()
        assert sample.grid is not None
        assert sample.grid.power_w.value == watts
        assert sample.grid.power_w.why == "" or "grid_power: " in sample.grid.power_w.why

    world(run, HttpQuantity(Quantity("grid_power"), "@"))


PHASES = {"phases": [{"w": None}, {"w": 5.0}, {"w": 7.0}], "by": {"a": {"w": None}, "b": {"w": 3.0}}}


@pytest.mark.parametrize(
    "path", ["phases[*].w | [0]", "phases[].w | [1]", "(phases[*].w)[0]", "sort(phases[*].w) | [-1]", "by.*.w | [0]",
             "phases[*].w | [0] || `0`", "phases[*].w | [0:1] | [0]"],
)  # fmt: skip
def test_a_place_in_a_projection_is_refused(path: str) -> None:
    """A phase without a value would be left out, and the next one would be taken for it."""
    with pytest.raises(ValueError, match=r"so a number in brackets can mean another phase\. Write it first"):
        compiled(path)


@pytest.mark.parametrize(
    ("path", "value"),
    [("phases[0].w", None), ("phases[1].w", 5.0), ("phases[-1].w", 7.0), ("phases[?w == `5.0`].w | [0]", 5.0),
     ("phases[1:] | [0].w", 5.0), ("by.b.w", 3.0)],
)  # fmt: skip
def test_a_place_in_a_list_is_that_of_the_list(path: str, value: float | None) -> None:
    assert found(compiled(path), PHASES) == value
