"""A setpoint that contains the DC PV never holds that PV down, with inverters of both kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.devices.fems.headroom import (
    LEAST_W,
    LOOK_EVERY_S,
    LOOK_IN_DAYLIGHT_EVERY_S,
    MOST_W,
    TRIAL_EVERY_S,
    TRIAL_LEAST_PV_W,
    Headroom,
    HeadroomInputs,
    is_stale,
    next_headroom,
    takes_no_charge,
    without_trial,
)

Kind = Literal["goodwe", "curtails"]
LOAD_W = 20_000.0


@dataclass
class Roof:
    """A full battery behind a hybrid inverter in a house that would take everything; in force two cycles after."""

    kind: Kind
    sun_w: float
    on_their_way: list[float] = field(default_factory=list)
    setpoint_w: float = 0.0
    pv_w: float = 0.0
    battery_w: float = 0.0
    discharged_wh: float = 0.0
    written: Headroom | None = None
    wrote_s: float = 0.0
    writes: int = 0

    def second(self, at_s: float, sun_w: float, noise_w: float = 0.0, other_pv_w: float | None = None) -> None:
        self.sun_w = sun_w
        if len(self.on_their_way) == 2:
            self.setpoint_w = self.on_their_way.pop(0)
        automatic = self.kind == "goodwe" and abs(self.setpoint_w - sun_w) <= 1.0 and sun_w >= 100.0
        self.pv_w = min(sun_w, self.setpoint_w) if self.kind == "curtails" else sun_w
        wanted_w = LOAD_W if automatic else self.setpoint_w
        self.battery_w = max(0.0, min(5000.0, wanted_w - self.pv_w))
        self.discharged_wh += self.battery_w / 3600.0
        seen = HeadroomInputs(max(0.0, self.pv_w + noise_w), self.battery_w, 0.0, 100.0, at_s, other_pv_w)
        if self.written is None or is_stale(self.written, seen) or at_s - self.wrote_s >= 20.0:
            self.written = next_headroom(self.written, seen)
            self.wrote_s = at_s
            self.writes += 1
        self.on_their_way.append(self.written.top_w)


@pytest.mark.parametrize("kind", ["goodwe", "curtails"])
@example(suns=[(100.0, 6), (0.0, 4), (2001.0, 1)])  # a low setpoint in force while a high one is on its way
@given(suns=st.lists(st.tuples(st.floats(0.0, 9000.0), st.integers(1, 40)), min_size=1, max_size=6))
def test_after_any_weather_all_pv_is_used_and_the_battery_holds(kind: Kind, suns: list[tuple[float, int]]) -> None:
    roof, at_s = Roof(kind, 0.0), 0.0
    for sun_w, seconds in suns:
        for _ in range(seconds):
            at_s += 1.0
            roof.second(at_s, sun_w)
    for _ in range(round(LOOK_EVERY_S) + 60):
        at_s += 1.0
        roof.second(at_s, suns[-1][0])
    sun_w, pv_w, battery_w = suns[-1][0], [], []
    for _ in range(round(TRIAL_EVERY_S)):
        at_s += 1.0
        roof.second(at_s, sun_w)
        pv_w.append(roof.pv_w)
        battery_w.append(roof.battery_w)
    assert sum(pv_w) / len(pv_w) >= sun_w - 5.0
    assert sum(battery_w) / len(battery_w) <= LEAST_W + 5.0
    assert max(battery_w) <= 2.0 * LEAST_W + 1.0
    if kind == "goodwe" and sun_w >= TRIAL_LEAST_PV_W:
        assert max(battery_w) == 0.0
    if kind == "curtails":
        assert roof.written is not None and not roof.written.lets_pv_pass


@pytest.mark.parametrize("kind", ["goodwe", "curtails"])
def test_a_cloud_costs_little_pv_and_little_charge(kind: Kind) -> None:
    roof = Roof(kind, 6000.0)
    lost_wh = 0.0
    for second in range(120):
        sun_w = 6000.0 if second < 30 or second >= 60 else 1000.0
        roof.second(float(second), sun_w)
        lost_wh += (sun_w - roof.pv_w) / 3600.0 if second >= 60 else 0.0
    assert roof.pv_w == 6000.0
    assert lost_wh < 30.0
    assert roof.discharged_wh < 8.0


@given(st.lists(st.floats(-15.0, 15.0), min_size=60, max_size=60))
def test_noise_does_not_put_a_goodwe_into_its_automatic_mode(noise_w: list[float]) -> None:
    roof = Roof("goodwe", 6000.0)
    for second in range(10):
        roof.second(float(second), 6000.0)
    before_wh = roof.discharged_wh
    for second, noise in enumerate(noise_w, 10):
        roof.second(float(second), 6000.0, noise)
    assert (roof.discharged_wh - before_wh) * 3600.0 / len(noise_w) <= 20.0


def test_at_night_a_full_battery_gives_next_to_nothing() -> None:
    roof = Roof("curtails", 0.0)
    for second in range(3600):
        roof.second(float(second), 0.0)
    assert roof.discharged_wh < 3.0


def test_once_pv_was_seen_above_the_setpoint_a_full_battery_gives_nothing() -> None:
    """An inverter that lets PV pass is found within seconds, and a cloud does not make it forgotten."""
    roof = Roof("goodwe", 6000.0)
    for second in range(600):
        roof.second(float(second), 6000.0 if not 300 <= second < 330 else 1000.0)
        if second == 20:
            at_20_s_wh = roof.discharged_wh
        if second == 340:
            after_the_cloud_wh = roof.discharged_wh
        if second == 295:
            assert roof.discharged_wh == at_20_s_wh
    assert at_20_s_wh < 0.2
    assert roof.discharged_wh == after_the_cloud_wh
    assert roof.writes < 40


def test_trials_cost_an_inverter_that_curtails_next_to_no_pv() -> None:
    roof, lost_wh = Roof("curtails", 6000.0), 0.0
    for second in range(3600):
        roof.second(float(second), 6000.0)
        lost_wh += (6000.0 - roof.pv_w) / 3600.0 if second >= 60 else 0.0
    assert lost_wh < 4.0
    assert roof.discharged_wh < 1.05 * LEAST_W


def test_a_slow_inverter_that_curtails_does_not_lose_its_pv_to_a_wrong_conclusion() -> None:
    """It shows its old PV for ten seconds after each setpoint, so that a trial seems to let it pass."""
    roof, setpoints, pv_w = Roof("curtails", 0.0), [6000.0] * 10, 6000.0
    for second in range(1200):
        pv_w = min(6000.0, setpoints[-10])
        seen = HeadroomInputs(pv_w, 0.0, 0.0, 100.0, float(second))
        if roof.written is None or is_stale(roof.written, seen) or second % 20 == 0:
            roof.written = next_headroom(roof.written, seen)
        setpoints.append(roof.written.top_w)
        assert pv_w > 5800.0


def test_in_daylight_a_roof_held_down_at_dawn_is_found_soon() -> None:
    """The other roof shows the sun. Without one, the next look may be five minutes away."""
    waits_s = {}
    for other_pv_w in (None, 500.0):
        roof = Roof("curtails", 0.0)
        for second in range(100):
            roof.second(float(second), 0.0, 0.0, None)
        waits_s[other_pv_w] = 0
        while roof.pv_w < 1500.0:
            waits_s[other_pv_w] += 1
            roof.second(100.0 + waits_s[other_pv_w], 2000.0, 0.0, other_pv_w)
    assert waits_s[500.0] < LOOK_IN_DAYLIGHT_EVERY_S + 40.0 < waits_s[None]


def test_a_setpoint_far_from_the_pv_teaches_nothing() -> None:
    seen = HeadroomInputs(3000.0, 1500.0, 0.0, 100.0, 10.0)
    written = Headroom(-LEAST_W, 3000.0, 0.0, trial_at_s=0.0)
    assert next_headroom(written, seen).lets_pv_pass
    assert not next_headroom(without_trial(written, seen), seen).lets_pv_pass
    assert not is_stale(next_headroom(without_trial(written, seen), seen), seen._replace(at_s=20.0))


def test_below_little_pv_a_setpoint_charges_nothing_from_the_grid() -> None:
    passes = Headroom(-LEAST_W, 100.0, 0.0, lets_pv_pass=True)
    assert next_headroom(passes, HeadroomInputs(30.0, 0.0, 0.0, 100.0, 10.0)).top_w == 0.0
    assert next_headroom(passes, HeadroomInputs(5.0, 0.0, 0.0, 100.0, 10.0)).watts == 0.0


def test_a_battery_that_can_charge_needs_no_headroom() -> None:
    seen = HeadroomInputs(3000.0, 0.0, 4000.0, 60.0, 1.0)
    assert next_headroom(None, seen) == Headroom(0.0, 3000.0, 1.0)
    assert not is_stale(Headroom(0.0, 3000.0, 1.0), seen._replace(dc_pv_w=2850.0))
    assert is_stale(Headroom(0.0, 3000.0, 1.0), seen._replace(dc_pv_w=2750.0))
    assert is_stale(Headroom(0.0, 3000.0, 1.0), seen._replace(dc_pv_w=3250.0))


@pytest.mark.parametrize(
    ("may_charge_w", "soc", "battery_w", "full"),
    [
        (0.0, 100.0, 0.0, True),
        (4000.0, 100.0, 0.0, False),
        (None, 100.0, 0.0, True),
        (None, 50.0, None, False),
        (None, None, None, False),
        (0.0, 40.0, 0.0, True),  # too cold to charge
        (0.0, 40.0, -3000.0, False),  # an inverter that counts its PV into what is allowed
    ],
)
def test_when_a_battery_counts_as_full(
    may_charge_w: float | None, soc: float | None, battery_w: float | None, full: bool
) -> None:
    assert takes_no_charge(HeadroomInputs(3000.0, battery_w, may_charge_w, soc, 0.0)) is full


@given(
    st.floats(0.0, 10_000.0), st.floats(0.0, 10_000.0), st.floats(0.0, MOST_W), st.floats(0.0, 1e6), st.floats(0.0, 1e6)
)
def test_a_headroom_is_within_its_limits(pv_w: float, base_w: float, watts: float, at_s: float, since_s: float) -> None:
    now = next_headroom(Headroom(watts, base_w, since_s), HeadroomInputs(pv_w, 0.0, 0.0, 100.0, at_s))
    assert -min(LEAST_W, pv_w) <= now.watts <= MOST_W
    assert now.base_w in (pv_w, base_w)
    assert now.base_w >= pv_w
