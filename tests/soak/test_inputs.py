"""The soak's look at inputs finds what it is meant to find."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bench.soak_inputs import KNOWN_AFTER_S, MAX_AGE_S, InputFigures, InputTwin, InputWatch
from optimizer.model.reading import Reading, known, unknown
from optimizer.twin.faults import Faults
from optimizer.twin.http import Request
from optimizer.twin.live import LiveHouse
from optimizer.twin.physics import House, PhysicsSpec
from tests.direct import Steady
from tests.virtual_time import VirtualClock, virtually

ASKED = Request("GET", "/", "", {}, b"", "peer")


class Scene:
    """The server without a socket, and what the service says of its values."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.twin = InputTwin(LiveHouse(House(PhysicsSpec((), ())), Steady(), self.clock, Faults()))
        self.found = InputFigures()
        self.watch = InputWatch(self.found, self.twin)

    async def ask(self) -> None:
        await self.twin._answer(ASKED)

    def says(self, spare: Reading[Any], holiday: bool = False) -> None:
        now_s = self.clock.monotonic_s()
        inputs = {"boost": known(False, now_s), "spare_w": spare, "holiday": known(holiday, now_s)}
        self.twin.said["boost"].append((now_s, False))
        report: Any = SimpleNamespace(state=SimpleNamespace(mono_s=now_s, inputs=inputs))
        self.watch.on_tick(report)


@virtually
async def test_what_the_server_said_is_well() -> None:
    scene = Scene()
    await scene.ask()
    scene.says(known(500.0, scene.clock.monotonic_s()))
    assert not scene.found.bad


@pytest.mark.parametrize("value", [99_999.0, 501.0])
@virtually
async def test_a_value_that_the_server_did_not_say_is_found(value: float) -> None:
    scene = Scene()
    await scene.ask()
    scene.says(known(value, scene.clock.monotonic_s()))
    assert "which the server did not say" in scene.found.bad[0]


@pytest.mark.parametrize("lie", ["range", "word", "null"])
@virtually
async def test_a_lie_is_not_remembered_as_said(lie: Any) -> None:
    scene = Scene()
    scene.twin.lies(lie)
    await scene.ask()
    scene.says(known(500.0, scene.clock.monotonic_s()))
    assert scene.found.bad


@virtually
async def test_a_value_beyond_its_age_is_found() -> None:
    scene = Scene()
    await scene.ask()
    said_s = scene.clock.monotonic_s()
    await scene.clock.sleep(MAX_AGE_S + 1.0)
    scene.says(known(500.0, said_s))
    assert "although 31 s old" in scene.found.bad[0]


@virtually
async def test_a_server_that_is_well_is_read() -> None:
    scene = Scene()
    scene.says(unknown("not read yet", 0.0))
    await scene.clock.sleep(KNOWN_AFTER_S - 1.0)
    scene.says(unknown("not read yet", 0.0))
    assert not scene.found.bad
    await scene.clock.sleep(2.0)
    scene.says(unknown("not read yet", 0.0))
    assert "unknown beside a server that is well" in scene.found.bad[0]


@virtually
async def test_a_lie_counts_also_while_no_decisions_are_made() -> None:
    """The first decision after it sees a server that is honest again."""
    scene = Scene()
    scene.says(unknown("not read yet", 0.0))
    scene.twin.lies("range")
    await scene.clock.sleep(KNOWN_AFTER_S)
    await scene.ask()
    scene.twin.lies("")
    for _ in range(2):
        scene.says(unknown("99999 is too much", 0.0))
        await scene.clock.sleep(KNOWN_AFTER_S - 1.0)
    assert not scene.found.bad
    await scene.clock.sleep(2.0)
    scene.says(unknown("99999 is too much", 0.0))
    assert "unknown beside a server that is well" in scene.found.bad[0]


@virtually
async def test_a_server_that_stands_still_may_be_unknown() -> None:
    scene = Scene()
    scene.twin.lies("stale")
    for _ in range(3):
        scene.says(unknown("too old", 0.0))
        await scene.clock.sleep(KNOWN_AFTER_S)
    assert not scene.found.bad


@virtually
async def test_another_value_than_the_one_set_by_hand_is_found() -> None:
    scene = Scene()
    await scene.ask()
    scene.says(known(500.0, scene.clock.monotonic_s()), holiday=True)
    assert scene.found.bad[0].startswith("holiday is True, set to False")
