"""The soak's look at switchable loads finds what it is meant to find."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bench.soak_loads import LoadFigures, LoadWatch
from optimizer.model.decision import Cause
from optimizer.model.site import Site, SwitchSite
from optimizer.twin.physics import House, LoadSpec, PhysicsSpec
from tests.control.house import state as make_state

BOILER = SwitchSite("boiler", 2000.0, (3,), min_on_s=300.0, min_off_s=120.0, starts_per_hour=2)
SITE = Site(fuse_a=25.0, switches={"boiler": BOILER})
PACES_S = {"meter": 1.0, "boiler": 5.0}


class Scene:
    """A house with a boiler and nothing else, looked at each second."""

    def __init__(self) -> None:
        self.house = House(PhysicsSpec(chargers=(), batteries=(), loads=(LoadSpec("boiler", 2000.0, phase=3),)))
        self.boiler = self.house.loads[0]
        self.found = LoadFigures()
        self.watch = LoadWatch(self.found, SITE, {}, "meter", PACES_S)
        self.now_s = 0.0

    def passes(self, seconds: int, load_w: float = 0.0, ailing: frozenset[str] = frozenset()) -> None:
        for _ in range(seconds):
            self.now_s += 1.0
            self.house.step(1.0, 0.0, load_w)
            self.watch.look(self.house, self.now_s, 1.0, ailing)

    def on_for(self, seconds: int, **more: Any) -> None:
        self.boiler.switch(True)
        self.passes(seconds, **more)
        self.boiler.switch(False)
        self.passes(1, **more)

    def guard_cuts(self, counted_a: float) -> None:
        cause = Cause("guard.switch_off", "switch.boiler.state", numbers=(("counted_a", counted_a),))
        state = make_state(mono_s=self.now_s, grid_a=tuple(self.house.phase_current_a()))
        decision = SimpleNamespace(causes=(cause,), commands={})
        report: Any = SimpleNamespace(state=state, shown=state, decision=decision, memory=None)
        self.watch.on_tick(report)


def begun() -> Scene:
    """A boiler that was on and off once, so that its times are known."""
    scene = Scene()
    scene.on_for(320)
    scene.passes(600)
    return scene


def test_a_load_within_its_times_and_budget_is_well() -> None:
    scene = begun()
    scene.on_for(300)
    assert scene.found.starts == 2
    assert not scene.found.bad


def test_a_load_that_ends_before_its_least_time_on_is_found() -> None:
    scene = begun()
    scene.on_for(200)
    assert scene.found.bad == ["boiler was on for 200 s of 300 s at 1122 s"]


def test_a_load_that_starts_before_its_least_time_off_is_found() -> None:
    scene = begun()
    scene.on_for(320)
    scene.passes(60)
    scene.boiler.switch(True)
    scene.passes(1)
    assert "boiler was off for 61 s of 120 s" in scene.found.bad[-1]


def test_more_starts_than_the_budget_are_found_even_in_trouble() -> None:
    scene = begun()
    for _ in range(2):
        scene.passes(130, ailing=frozenset({"boiler"}))
        scene.on_for(320, ailing=frozenset({"boiler"}))
    assert len(scene.found.bad) == 1
    assert scene.found.bad[0].startswith("boiler: 3 starts within an hour of 2")


@pytest.mark.parametrize(
    ("load_w", "counted_a", "bad"),
    [
        (30_000.0, 34.0, ""),
        (30_000.0, 24.9, "boiler was cut at 24.9 A behind a fuse of 25 A"),
        (0.0, 34.0, "boiler was cut for 34.0 A, but at most 8.7 A were there"),
        (12_000.0, 30.0, "boiler was cut for 30.0 A, but at most 19.1 A were there"),
    ],
)
def test_the_guard_may_cut_a_load_early_only_by_its_rule(load_w: float, counted_a: float, bad: str) -> None:
    scene = begun()
    scene.boiler.switch(True)
    scene.passes(100)
    scene.passes(5, load_w)
    scene.guard_cuts(counted_a)
    scene.boiler.switch(False)
    scene.passes(1)
    assert (scene.found.cut, bool(scene.found.bad)) == (0 if bad else 1, bool(bad))
    assert not bad or scene.found.bad[0].startswith(bad), scene.found.bad


@pytest.mark.parametrize(("before_s", "right"), [(20, True), (45, True), (55, False)])
def test_a_peak_counts_as_long_as_the_guard_holds_it(before_s: int, right: bool) -> None:
    """30 s, and 20 s until the reading of the peak has been replaced. The phase may be empty again then."""
    scene = begun()
    scene.boiler.switch(True)
    scene.passes(100)
    scene.passes(5, 30_000.0)
    scene.passes(before_s)
    scene.guard_cuts(34.0)
    scene.boiler.switch(False)
    scene.passes(1)
    assert (scene.found.cut == 1, not scene.found.bad) == (right, right)


def test_a_load_on_a_full_phase_that_nobody_switches_off_is_found() -> None:
    scene = begun()
    scene.boiler.switch(True)
    scene.passes(60, 30_000.0)
    assert len(scene.found.bad) == 1
    assert scene.found.bad[0].startswith("boiler on L3 at 34.8 A for over 26 s")


@pytest.mark.parametrize("device", ["meter", "boiler"])
def test_without_meter_or_relay_nothing_is_blamed(device: str) -> None:
    scene = begun()
    scene.boiler.switch(True)
    scene.passes(60, 30_000.0, frozenset({device}))
    assert not scene.found.bad


def test_a_hand_at_the_switch_is_nobodys_fault() -> None:
    scene = begun()
    for _ in range(3):
        scene.watch.by_hand("boiler", scene.now_s)
        scene.on_for(20)
        scene.passes(20)
    assert not scene.found.bad


def test_a_service_that_ends_is_nobodys_fault() -> None:
    scene = begun()
    scene.boiler.switch(True)
    scene.passes(100)
    scene.watch.interrupted(scene.now_s)
    scene.boiler.switch(False)
    scene.passes(1)
    assert not scene.found.bad
