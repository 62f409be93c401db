from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.control.estimate.car_facts import NO_FACTS, CarFacts, learn_facts, next_a, offered_least_a
from optimizer.control.estimate.car_model import CarModel
from tests.control.house import ev

PAUSE = (60.0, 0.0, 0.0)


def learned(*rows: tuple[float, float, float], phases: int = 1, before: CarFacts = NO_FACTS) -> CarFacts:
    """The facts after a reading every 10 s. Each row is a duration in s, the offer in A, and the drawn current in A."""
    facts, at_s = before, 0.0
    for lasts_s, offer_a, drawn_a in rows:
        for _ in range(int(lasts_s / 10.0)):
            at_s += 10.0
            reading = ev(
                at_s=at_s,
                power_w=drawn_a * 230.0 * phases,
                offered_a=offer_a,
                paused=offer_a <= 0.0,
                phases=phases,
                drawn_a=(drawn_a,) * phases,
            )
            facts = learn_facts(facts, reading, CarModel(), 0, at_s - 10.0)
    return facts


def test_a_car_that_draws_at_eight_but_not_at_seven_needs_eight() -> None:
    facts = learned((100, 6.0, 0.0), (100, 7.0, 0.0), (60, 8.0, 8.0))
    assert (facts.least_a, facts.fails_a) == (8.0, 7.0)


def test_a_car_that_draws_a_little_is_silent_too() -> None:
    facts = learned((60, 10.0, 10.0), (100, 7.0, 1.0), (60, 9.0, 9.0))
    assert (facts.least_a, facts.fails_a) == (9.0, 7.0)


def test_a_full_car_teaches_nothing() -> None:
    facts = learned((60, 16.0, 16.0), (600, 16.0, 0.0))
    assert facts.least_a == 0.0


def test_a_slow_start_is_no_silence() -> None:
    facts = learned((60, 6.0, 0.0), (60, 6.0, 6.0))
    assert facts.least_a == 0.0
    assert facts.session.silent_a == 0.0
    assert facts.start_s >= 40.0


@given(st.integers(9, 11), st.floats(6.0, 10.0), st.integers(1, 3))
def test_a_car_that_starts_late_at_a_current_that_it_knows_is_late_and_refuses_nothing(
    waits: int, known_a: float, times: int
) -> None:
    """It seemed to need 7 A, because it started just after the first raise of the offer."""
    more_a = known_a + 1.0
    first = ((80.0, known_a, 0.0), (10.0, more_a, 0.0), (60.0, more_a, more_a), PAUSE)
    later = ((10.0 * waits, more_a, 0.0), (60.0, more_a, more_a), PAUSE)
    facts = learned(*first, *later * times)
    assert facts.least_a == facts.session.silent_a == 0.0
    assert 10.0 * waits - 15.0 <= facts.start_s <= 10.0 * waits + 10.0
    assert not facts.session.refuses


@given(st.integers(14, 60))
def test_a_full_car_that_draws_again_after_minutes_does_not_start_late(waits: int) -> None:
    facts = learned((60, 8.0, 8.0), (10.0 * waits, 8.0, 0.0), (60, 8.0, 8.0))
    assert facts.start_s <= 15.0


@given(st.integers(1, 8), st.floats(2.0, 4.4), st.floats(7.0, 16.0))
@example(8, 2.0, 9.2)
def test_a_car_whose_power_still_rises_after_a_slow_start_is_not_silent(
    waits: int, rising_a: float, offered_a: float
) -> None:
    """The first reading of its start comes at the end of the time for a start."""
    facts = learned((10 * waits, 6.0, 0.0), (10, 6.0, rising_a), (60, offered_a, offered_a))
    assert (facts.least_a, facts.session.silent_a) == (0.0, 0.0)


def test_a_car_at_its_own_limit_is_not_silent() -> None:
    assert learned((300, 16.0, 6.0)).session.silent_a == 0.0


def test_a_stop_of_the_car_counts_as_a_start_when_it_draws_again() -> None:
    facts = learned((60, 10.0, 10.0), (20, 8.0, 0.0), (60, 10.0, 10.0))
    assert facts.session.restarts == 1


def test_a_pause_by_the_service_is_no_stop_of_the_car() -> None:
    facts = learned((60, 10.0, 10.0), (60, 0.0, 0.0), (60, 10.0, 10.0))
    assert facts.session.restarts == 0


def test_a_car_that_draws_at_a_lower_current_is_another_car() -> None:
    known = CarFacts(least_a=9.0, fails_a=8.0)
    assert learned((60, 7.0, 7.0), before=known).least_a == 0.0


def test_the_next_current_rises_and_ends() -> None:
    assert next_a(6.0) == 7.0
    assert next_a(10.0) == 12.0
    assert next_a(10.0, start_s=8.0) == 11.0
    assert next_a(16.0) == 0.0


@given(st.integers(6, 15), st.integers(1, 10), st.integers(0, 10))
def test_the_least_current_is_found_between_silence_and_draw_in_few_tries(
    fails_a: int, above_a: int, more_a: int
) -> None:
    needs_a = min(16, fails_a + above_a)
    works_a = min(16, needs_a + more_a)
    facts, silences = CarFacts(least_a=float(works_a), fails_a=float(fails_a)), 0
    while (offered_a := offered_least_a(facts)) < facts.least_a:
        assert facts.fails_a < offered_a
        works = offered_a >= needs_a
        silences += not works
        facts = facts._replace(least_a=offered_a) if works else facts._replace(fails_a=offered_a)
    assert facts.least_a == needs_a
    assert silences <= 3


@given(st.floats(6.5, 16.0))
def test_a_car_that_was_offered_much_after_a_silence_may_need_less(offered_a: float) -> None:
    facts = learned((100, 6.0, 0.0), (60, offered_a, offered_a))
    assert facts.least_a == offered_a
    assert offered_least_a(facts) <= 0.5 * (6.0 + offered_a) + 1.0


@given(st.integers(7, 16), st.floats(0.1, 9.9), st.sampled_from([0.0, 8.0]))
def test_the_offers_to_a_silent_car_reach_its_least_current_exactly(
    needs_a: int, below_a: float, start_s: float
) -> None:
    """The current at which it fell silent has decimals, because the car followed the sun."""
    silent_a, offers = max(6.0, needs_a - below_a), 0
    while silent_a < needs_a:
        offered_a = next_a(silent_a, start_s)
        assert offered_a > silent_a
        silent_a, offers = offered_a, offers + 1
    quick = start_s > 0.0
    assert silent_a == needs_a or (not quick and needs_a > 10 and silent_a == needs_a + 1)
    assert offers <= math.ceil(round(min(below_a, needs_a - 6.0), 6))


@given(st.integers(7, 15), st.floats(0.1, 1.0), st.floats(0.1, 0.9))
def test_a_whole_number_between_silence_and_draw_is_offered_next(needs_a: int, below_a: float, above_a: float) -> None:
    facts = CarFacts(least_a=needs_a + above_a, fails_a=needs_a - below_a)
    assert offered_least_a(facts) == needs_a


@given(st.integers(20, 60), st.integers(0, 4))
def test_a_car_that_starts_late_is_not_silent_while_a_phase_switch_comes_before_its_start(
    start_s: int, pause_ticks: int
) -> None:
    """It was seen to start late. The switch takes up to 40 s before that."""
    facts, at_s = learned((start_s, 10.0, 0.0), (60, 10.0, 10.0)), 2000.0
    draws_s = at_s + 10.0 * pause_ticks + facts.start_s
    for _ in range(20):
        at_s += 10.0
        drawn_a = 8.0 if at_s >= draws_s else 0.0
        reading = ev(
            at_s=at_s, power_w=3 * drawn_a * 230.0, offered_a=8.0, paused=False, phases=3, drawn_a=(drawn_a,) * 3
        )
        facts = learn_facts(facts, reading, CarModel(), 0, at_s - 10.0)
        assert facts.session.silent_a == 0.0
    assert facts.least_a == 0.0


@given(st.integers(8, 16), st.integers(6, 7), st.integers(0, 2))
def test_a_car_that_stopped_below_its_least_current_and_stays_silent_refuses_until_a_pause(
    drew_a: int, low_a: int, more_a: int
) -> None:
    offer_a = min(16.0, float(drew_a + more_a))
    silent = ((100, float(drew_a), float(drew_a)), (100, float(low_a), 0.0), (200, offer_a, 0.0))
    assert learned(*silent).session.refuses
    assert not learned(*silent, (20, 0.0, 0.0), (300, offer_a, 0.0)).session.refuses  # it is full, or asleep
    assert not learned(*silent, (100, offer_a, offer_a)).session.refuses


@given(st.integers(6, 16), st.integers(0, 10))
def test_a_car_that_is_full_or_has_never_drawn_does_not_refuse(drew_a: int, more_a: int) -> None:
    more = min(16.0, float(drew_a + more_a))
    assert not learned((100, float(drew_a), float(drew_a)), (600, more, 0.0)).session.refuses
    assert not learned((600, float(drew_a), 0.0), (600, more, 0.0)).session.refuses
