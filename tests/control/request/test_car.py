"""Cars that need more than 6 A, use fewer phases, start late, are full, or stop by themselves, in a closed loop."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimizer.control.estimate.car_facts import NO_FACTS, offered_least_a
from optimizer.control.params import Params
from optimizer.control.sentences import sentence
from optimizer.model.site import ChargerSite
from tests.control.cars import HOME_W, Car, Loop
from tests.examples import one_in

FIXED = ChargerSite("carport", max_current_a=16.0)
SWITCHES = ChargerSite("carport", max_current_a=16.0, can_switch_phases=True)
MOST_STARTS = 2
"""Starts in an hour under steady sun."""


def most_in_an_hour(counts: list[int]) -> int:
    return max(map(sum, pairwise(counts)))


@settings(max_examples=one_in(10), deadline=None)
@given(
    least_a=st.sampled_from([6.0, 7.0, 8.0, 9.3, 10.0, 12.0]),
    phases=st.integers(1, 3),
    start_s=st.sampled_from([3.0, 20.0, 60.0]),
    sun_w=st.integers(500, 12_500),
    charger=st.sampled_from([FIXED, SWITCHES]),
    weak=st.booleans(),
    grid_share=st.sampled_from([0.0, 0.5]),
)
@example(least_a=9.3, phases=1, start_s=3.0, sun_w=6259, charger=SWITCHES, weak=False, grid_share=0.0)
@example(least_a=7.0, phases=2, start_s=20.0, sun_w=2251, charger=SWITCHES, weak=True, grid_share=0.0)
@example(least_a=8.0, phases=2, start_s=3.0, sun_w=6274, charger=FIXED, weak=True, grid_share=0.0)
@example(least_a=12.0, phases=1, start_s=3.0, sun_w=2636, charger=SWITCHES, weak=True, grid_share=0.0)
@example(least_a=12.0, phases=2, start_s=20.0, sun_w=2900, charger=SWITCHES, weak=True, grid_share=0.5)
@example(least_a=12.0, phases=3, start_s=20.0, sun_w=6071, charger=SWITCHES, weak=False, grid_share=0.5)
def test_no_car_makes_the_service_hunt(
    least_a: float, phases: int, start_s: float, sun_w: int, charger: ChargerSite, weak: bool, grid_share: float
) -> None:
    car = Car(least_a=least_a, phases=phases, start_s=start_s, weak=weak)
    loop = Loop(charger, car, grid_share=grid_share).run(sun_w, 30.0)
    before_wh = loop.car_wh
    counts = loop.starts_by_half_hour(sun_w, 1.5)
    assert most_in_an_hour(counts) <= MOST_STARTS
    assert loop.switches <= Params().switches.per_hour
    surplus_w = sun_w - HOME_W
    pays_w = 1.05 * least_a * 230.0 * 3  # on all phases, whatever the car uses
    if surplus_w > pays_w:
        most_w = min(surplus_w, 230.0 * 16.0 * phases)
        assert loop.car_wh - before_wh > 0.6 * 1.5 * most_w


@settings(max_examples=one_in(10), deadline=None)
@given(
    least_a=st.sampled_from([6.0, 7.0, 8.0]),
    start_s=st.sampled_from([3.0, 20.0]),
    poll_s=st.sampled_from([5, 15, 30]),
    clouds_s=st.lists(st.integers(600, 3000), min_size=1, max_size=3),
)
@example(least_a=8.0, start_s=3.0, poll_s=30, clouds_s=[1200])
def test_a_car_that_stops_below_its_least_current_does_not_hunt_however_rarely_its_charger_is_read(
    least_a: float, start_s: float, poll_s: int, clouds_s: list[int]
) -> None:
    """The meter shows the stop before the charger does, as if the surplus had risen."""

    def sun_w(second: int) -> float:
        clouded = any(at_s <= second < at_s + 150 for at_s in clouds_s)
        return HOME_W + 7400.0 - 2000.0 * clouded + second * 7919 % 41  # a meter never stands still

    loop = Loop(SWITCHES, Car(least_a=least_a, start_s=start_s), poll_s=poll_s).run(sun_w, 60.0)
    assert loop.car.starts - loop.switches <= MOST_STARTS + len(clouds_s)


@settings(max_examples=one_in(10), deadline=None)
@given(
    mode=st.sampled_from(["surplus", "min_surplus", "fast"]),
    poll_s=st.sampled_from([5, 10]),
    gaps=st.lists(st.tuples(st.integers(600, 3300), st.integers(5, 60)), min_size=1, max_size=6),
)
@example(mode="surplus", poll_s=5, gaps=[(1200, 40)])
@example(mode="fast", poll_s=5, gaps=[(1200, 60)])
def test_a_charger_that_does_not_answer_for_a_short_time_costs_no_start(
    mode: str, poll_s: int, gaps: list[tuple[int, int]]
) -> None:
    loop = Loop(SWITCHES, Car(), mode=mode, poll_s=poll_s)
    apart = [gap for before, gap in pairwise([(0, 0), *sorted(gaps)]) if gap[0] >= before[0] + before[1] + 120]
    loop.silent = lambda second: any(at_s <= second < at_s + lasts_s for at_s, lasts_s in apart)
    assert loop.run(6000.0, 60.0).car.starts <= 1 + loop.switches


def test_a_charger_that_does_not_answer_is_ordered_to_pause() -> None:
    loop = Loop(SWITCHES, Car(), mode="fast", silent=lambda second: second >= 600).run(6000.0, 20.0)
    assert set(loop.orders_a[(600 + 30) // 5 :]) == {0.0}


@settings(max_examples=one_in(10), deadline=None)
@given(start_s=st.integers(0, 65), phases=st.sampled_from([1, 3]), sun_w=st.integers(2000, 12_500))
@example(start_s=18, phases=3, sun_w=2000)
def test_a_car_starts_once_however_late_it_begins(start_s: int, phases: int, sun_w: int) -> None:
    """The meter shows the start before the reading of the charger does."""
    loop = Loop(SWITCHES, Car(phases=phases, start_s=float(start_s)))
    for _ in range(60):
        loop.run(sun_w, 0.5)
        assert loop.memory is not None
        assert not loop.memory.judge.meter.doubts.why
    assert loop.starts == 1
    assert loop.car.starts <= 1 + loop.switches


@settings(max_examples=one_in(10), deadline=None)
@given(
    start_s=st.sampled_from([3.0, 20.0, 50.0]),
    rests_s=st.integers(0, 55),
    low_w=st.integers(2000, 3500),
    high_w=st.integers(6000, 9000),
)
def test_a_pause_of_the_car_after_a_phase_switch_teaches_nothing(
    start_s: float, rests_s: int, low_w: int, high_w: int
) -> None:
    loop = Loop(SWITCHES, Car(start_s=min(start_s, 60.0 - rests_s), switch_s=float(rests_s))).run(low_w, 20.0)
    for sun_w in (high_w, low_w, high_w):
        loop.run(sun_w, 20.0)
        assert loop.memory is not None
        facts = loop.memory.evs["carport"].observed.facts
        assert facts.least_a == facts.session.silent_a == 0.0
    assert loop.switches > 0
    assert loop.starts <= 1


@pytest.mark.parametrize(("start_s", "low_w", "high_w"), [(80, 2500, 8000), (90, 2428, 7547)])
def test_a_car_that_starts_very_late_is_known_after_its_second_start(start_s: int, low_w: int, high_w: int) -> None:
    """At its first start it seems to need more than 6 A, because it starts after the offer was raised. It is known when
    it starts late at a current that it has drawn before."""
    loop = Loop(SWITCHES, Car(start_s=float(start_s))).run(high_w, 15.0).run(low_w, 30.0)
    starts = loop.starts
    for sun_w in (high_w, low_w, high_w, low_w):
        loop.run(sun_w, 20.0)
        assert loop.memory is not None
        facts = loop.memory.evs["carport"].observed.facts
        assert facts.least_a == facts.session.silent_a == 0.0
    assert loop.switches > 0
    assert loop.starts == starts


@pytest.mark.parametrize(("start_s", "low_w", "high_w"), [(30, 2500, 6000), (60, 2200, 5500)])
def test_a_car_that_starts_late_switches_its_phases_less_often_for_short_clouds(
    start_s: int, low_w: int, high_w: int
) -> None:
    late, usual = (
        Loop(SWITCHES, Car(start_s=float(seconds))).run(lambda s: high_w if s // 240 % 2 else low_w, 120.0)
        for seconds in (start_s, 3)
    )
    assert late.switches <= usual.switches


@pytest.mark.parametrize("least_a", [7.0, 8.0, 12.0])
def test_a_least_current_is_learned_and_shown(least_a: float) -> None:
    loop = Loop(SWITCHES, Car(least_a=least_a)).run(4500.0, 40.0)
    assert loop.outcome is not None
    assert loop.memory is not None
    facts = loop.memory.evs["carport"].observed.facts
    assert facts.fails_a < least_a <= facts.least_a
    texts = [sentence(cause) for cause in loop.outcome.decision.causes if cause.code == "car.least"]
    assert texts == [f"The car on carport needs at least {offered_least_a(facts):.1f} A (learned)."]


def test_it_is_forgotten_when_the_car_is_unplugged() -> None:
    loop = Loop(SWITCHES, Car(least_a=8.0)).run(4500.0, 30.0)
    loop.plugged = False
    loop.run(4500.0, 1.0)
    assert loop.memory is not None
    assert loop.memory.evs["carport"].observed.facts == NO_FACTS


def test_another_car_charges_from_six_amperes() -> None:
    loop = Loop(SWITCHES, Car(least_a=12.0, phases=1)).run(4500.0, 30.0).swap(Car(phases=1))
    loop.run(2000.0, 30.0)
    assert loop.car.power_w == pytest.approx(1500.0, abs=250.0)


@pytest.mark.parametrize("sun_w", [2000.0, 5000.0, 9000.0])
def test_a_full_car_causes_no_switch_of_phases(sun_w: float) -> None:
    def clouds(second: int) -> float:
        return sun_w if second // 300 % 2 else 0.3 * sun_w

    loop = Loop(SWITCHES, Car(full=True)).run(clouds, 120.0)
    assert loop.switches <= 1
    assert loop.starts <= 2 * Params().surplus_starts.per_hour


def test_a_one_phase_car_on_three_wired_phases_starts_with_its_setting() -> None:
    charger = ChargerSite("carport", max_current_a=16.0, car_phases=1)
    loop = Loop(charger, Car(phases=1), grid_share=0.0).run(2500.0, 60.0)
    assert loop.car_wh > 1700.0
    assert loop.car.starts == 1


@pytest.mark.parametrize("phases", [1, 2])
def test_a_car_on_fewer_phases_starts_on_three_wired_phases_without_a_setting(phases: int) -> None:
    loop = Loop(FIXED, Car(phases=phases), grid_share=0.5).run(1600.0 * phases + HOME_W, 60.0)
    assert loop.car_wh > 0.8 * 1600.0 * phases
    assert loop.car.starts == 1


def test_a_car_on_three_phases_is_tried_once_after_it_was_plugged_in() -> None:
    loop = Loop(FIXED, Car(phases=3), grid_share=0.5).run(1500.0 + HOME_W, 60.0)
    assert loop.car.starts == 1
    assert loop.car_wh < 0.1 * 4140.0  # a few minutes at 6 A on three phases
    loop.run(1500.0 + HOME_W, 60.0)
    assert loop.car.starts == 1
    assert max(loop.orders_a) == 6.0


@pytest.mark.parametrize("weak", [False, True])
def test_a_car_that_is_silent_at_the_least_current_gets_more_on_a_charger_with_fixed_phases(weak: bool) -> None:
    loop = Loop(FIXED, Car(least_a=8.0, weak=weak), grid_share=0.5).run(6500.0 + HOME_W, 60.0)
    assert loop.car_wh > 0.8 * 6500.0


def test_a_car_that_was_silent_on_three_phases_first_proves_its_current_on_one() -> None:
    loop = Loop(SWITCHES, Car(least_a=9.3, phases=1, start_s=3.0), grid_share=0.0).run(6259.0, 30.0)
    before_wh = loop.car_wh
    loop.run(6259.0, 60.0)
    assert loop.car_wh - before_wh > 0.95 * 16.0 * 230.0


def test_nothing_is_tried_that_would_take_from_the_grid_on_purpose() -> None:
    loop = Loop(FIXED, Car(phases=1), grid_share=0.0).run(2000.0 + HOME_W, 60.0)
    assert loop.car.starts == 0


def test_a_trial_says_why() -> None:
    loop = Loop(FIXED, Car(phases=1), grid_share=0.5).run(100.0, 1.0)
    assert loop.outcome is not None
    assert [sentence(cause) for cause in loop.outcome.decision.causes if cause.code == "car.unknown_phases"] == [
        "Nobody knows yet how many phases the car on carport uses. It may start with 6.0 A, as if it used one."
    ]


def test_the_settings_overrule_what_is_learned() -> None:
    charger = ChargerSite("carport", max_current_a=16.0, can_switch_phases=True, car_min_current_a=10.0)
    loop = Loop(charger, Car(least_a=10.0, phases=1), grid_share=0.0).run(3000.0, 30.0)
    assert min(amps for amps in loop.orders_a if amps > 0.0) == 10.0
    assert loop.car.starts == 1


def test_stops_of_the_car_use_the_budget_of_starts() -> None:
    class Moody(Car):
        def step(self, offer_a: float, phases: int) -> None:
            self._seconds = getattr(self, "_seconds", 0) + 1
            super().step(0.0 if self._seconds % 120 < 30 else offer_a, phases)

    loop = Loop(SWITCHES, Moody()).run(6000.0, 90.0)
    assert loop.car.starts <= 2 * Params().starts.per_hour + 2
