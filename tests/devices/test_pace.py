"""New connections are opened at a pace that an Edge takes."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.pace import MOST, WINDOW_S, ConnectPace, current_pace, paced
from tests.devices.hand_clock import HandClock
from tests.twin.scene import fems_scene


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(0.0, 3.0)), max_size=60))
async def test_never_more_than_so_many_to_one_host_within_the_time(visits: list[tuple[str, float]]) -> None:
    clock = HandClock()
    pace = ConnectPace(clock)
    opened: dict[str, list[float]] = {"a": [], "b": []}
    for host, pause_s in visits:
        clock.pass_s(pause_s)
        await pace.turn(host)
        pace.opened(host)
        opened[host].append(clock.monotonic_s())
    for times in opened.values():
        for first, later in zip(times, times[MOST:], strict=False):
            assert later - first >= WINDOW_S - 1e-6


def test_it_holds_only_inside() -> None:
    assert current_pace() is None
    with paced(HandClock()) as pace:
        assert current_pace() is pace
    assert current_pace() is None


@pytest.mark.parametrize("polite", [False, True])
async def test_adapters_that_are_made_inside_keep_to_it(polite: bool) -> None:
    """Twelve connections one after another; each error of an Edge costs one."""
    async with fems_scene(accepts=0) as scene:
        config = HttpConfig(scene.house.endpoints["fems"], user="x", password="wrong")

        async def twelve() -> float:
            begun_s = scene.clock.monotonic_s()
            for _ in range(12):
                device = HttpDevice(config, scene.clock)
                assert (await device.request("GET", "/rest/channel/_sum/State")).status == httpx.codes(500)
                await device.close()
            return scene.clock.monotonic_s() - begun_s

        if polite:
            with paced(scene.clock):
                assert await twelve() == pytest.approx(WINDOW_S)
        else:
            assert await twelve() == 0.0
