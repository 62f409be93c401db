"""Whatever a client sends, a twin answers by its contract: it never falls over, and nothing unsafe gets through."""

from __future__ import annotations

import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st

from optimizer.twin.battery import BatterySpec
from optimizer.twin.charger import ChargerSpec
from optimizer.twin.fems_rest import FemsRest
from optimizer.twin.fems_unit import FemsSpec, FemsUnit
from optimizer.twin.http import Request, Response
from optimizer.twin.modbus import ModbusError
from optimizer.twin.nrgkick_json import NrgkickJson
from optimizer.twin.nrgkick_modbus import NrgkickRegisters
from optimizer.twin.nrgkick_unit import NrgkickSpec, NrgkickUnit
from tests.direct import Steady, steady_house
from tests.twin.hand_clock import HandClock

OWNER = {"authorization": "Basic eDpvd25lcg=="}
KEYS = ["current_set", "charge_pause", "energy_limit", "phase_count", "raw", "general"]
VALUES = ["=", "&", "0", "1", "3", "6.0", "16.0", "-1", "32.1", "nan", "1e1", "%", "%00", "99999999", "٣"]
WORDS = st.sampled_from([*KEYS, *VALUES])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
CHANNELS = st.sampled_from(["SetActivePowerEquals", "SetActivePowerLessOrEquals", "SetActivePowerGreaterOrEquals"])


def answer(handler: NrgkickJson | FemsRest, request: Request) -> Response:
    return asyncio.run(handler.handle(request))


@given(st.lists(st.lists(WORDS, max_size=6).map("".join), max_size=8))
def test_the_nrgkick_only_ever_offers_what_is_allowed(queries: list[str]) -> None:
    clock = HandClock()
    house = steady_house(clock, Steady(), BatterySpec(), ChargerSpec())
    unit = NrgkickUnit(house, NrgkickSpec(charger=0))
    api = NrgkickJson(unit)
    for query in queries:
        before = unit.settings
        got = answer(api, Request("GET", "/control", query, {}, b"", "t:1"))
        assert got.status in (200, 405, 406)
        if got.status != 200:
            assert unit.settings == before
        assert isinstance(json.loads(got.body), dict)
        clock.pass_s(20.0)
        assert 6.0 <= unit.settings.current_set <= 16.0
        assert unit.settings.charge_pause in (0, 1)
        assert 0 <= unit.settings.energy_limit <= 1_000_000
        assert unit.settings.phase_count in (1, 2, 3)
        assert house.advance().chargers[0].current_a <= 16.0 + 1e-9


@given(st.lists(st.tuples(st.integers(185, 270), st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=6)), max_size=8))
def test_registers_too(writes: list[tuple[int, list[int]]]) -> None:
    house = steady_house(HandClock(), Steady(), BatterySpec(), ChargerSpec())
    unit = NrgkickUnit(house, NrgkickSpec())
    registers = NrgkickRegisters(unit)
    for address, words in writes:
        before = unit.settings
        try:
            registers.write(address, words)
        except ModbusError:
            assert unit.settings == before
        try:
            assert len(registers.read(address, len(words))) == len(words)
        except ModbusError as error:
            assert error.code == 2
        assert 6.0 <= unit.settings.current_set <= 16.0
        assert unit.settings.phase_count in (1, 2, 3)


@given(st.lists(st.tuples(CHANNELS, JSON), max_size=8))
def test_the_fems_battery_stays_within_its_limits(writes: list[tuple[str, object]]) -> None:
    clock = HandClock()
    house = steady_house(clock, Steady(4000.0), BatterySpec(initial_soc_percent=50.0, dc_pv_share=0.5))
    rest = FemsRest(FemsUnit(house, FemsSpec()))
    for channel, value in writes:
        body = json.dumps({"value": value}).encode()
        got = answer(rest, Request("POST", f"/rest/channel/ess0/{channel}", "", OWNER, body, "t:1"))
        assert (got.status, got.body) == (200, b"{}")
        clock.pass_s(15.0)
        physics = house.advance()
        assert -5000.001 <= physics.batteries[0].power_w <= 5000.001
    clock.pass_s(61.0)
    house.advance()
    assert abs(house.physics.batteries[0].hi_w) > 1e9


@given(st.text(max_size=20), st.text(max_size=20), st.binary(max_size=30), st.sampled_from(["GET", "POST", "PUT"]))
def test_any_path_and_body_get_an_answer(component: str, channel: str, body: bytes, method: str) -> None:
    house = steady_house(HandClock(), Steady(), BatterySpec())
    rest = FemsRest(FemsUnit(house, FemsSpec()))
    got = answer(rest, Request(method, f"/rest/channel/{component}/{channel}", "", OWNER, body, "t:1"))
    assert got.status in (200, 400, 404, 500)


def test_hostile_expressions_are_errors_of_the_edge() -> None:
    house = steady_house(HandClock(), Steady(), BatterySpec())
    rest = FemsRest(FemsUnit(house, FemsSpec()))
    for expression in ("(", "a%7B99999999999999999999%7D", "%5B", "*", "(" * 5000):
        got = answer(rest, Request("GET", f"/rest/channel/_sum/{expression}", "", OWNER, b"", "t:1"))
        assert got.status == 400
