from __future__ import annotations

import pytest

from optimizer.control.estimate.car_facts import CarFacts, Session
from optimizer.control.estimate.car_limits import TRIAL_S, USUAL, car_limits, least_a_of
from optimizer.control.estimate.observation import Observation
from optimizer.model.site import ChargerSite

FIXED = ChargerSite("carport", max_current_a=16.0)
SWITCHES = ChargerSite("carport", max_current_a=16.0, can_switch_phases=True)
LEARNED = CarFacts(least_a=8.0, fails_a=7.0, session=Session(tried=True))


def test_an_unknown_car_is_usual() -> None:
    assert car_limits(Observation(), FIXED, 0.0) is USUAL[3]
    assert least_a_of(FIXED, CarFacts()) == 6.0


def test_the_learned_least_current_counts() -> None:
    assert car_limits(Observation(facts=LEARNED), FIXED, 0.0).least_a == 8.0
    assert least_a_of(FIXED, LEARNED) == 8.0


def test_the_settings_overrule_it() -> None:
    charger = ChargerSite("carport", max_current_a=16.0, car_min_current_a=10.0, current_step_a=1.0)
    limits = car_limits(Observation(facts=LEARNED._replace(session=Session(silent_a=9.0))), charger, 0.0)
    assert (limits.least_a, limits.trial_a) == (10.0, 0.0)
    assert least_a_of(charger, LEARNED) == 10.0


def test_the_vehicle_at_the_charger_goes_before_the_charger() -> None:
    charger = ChargerSite("carport", max_current_a=16.0, car_min_current_a=10.0, car_phases=3)
    limits = car_limits(Observation(set_a=8.0, set_phases=1), charger, 0.0)
    assert (limits.least_a, limits.phases, limits.certain_phases) == (8.0, 1, 3)
    assert least_a_of(charger, LEARNED, 8.0) == 8.0
    assert car_limits(Observation(), charger, 0.0).least_a == 10.0


def test_a_silent_car_is_offered_more_for_an_hour() -> None:
    observed = Observation(facts=CarFacts(session=Session(silent_a=7.0, silent_at_s=100.0)))
    assert car_limits(observed, FIXED, 100.0).trial_a == 8.0
    assert car_limits(observed, FIXED, 100.0 + TRIAL_S).trial_a == 0.0


@pytest.mark.parametrize(("silent_a", "draws_a", "trial_a"), [(8.9, 9.0, 9.0), (6.0, 14.6, 7.0), (16.0, 18.0, 18.0)])
def test_a_car_that_has_drawn_is_offered_the_next_current_up_to_the_one_that_worked(
    silent_a: float, draws_a: float, trial_a: float
) -> None:
    observed = Observation(facts=CarFacts(session=Session(silent_a=silent_a, silent_at_s=0.0, draws_a=draws_a)))
    assert car_limits(observed, FIXED, 0.0).trial_a == trial_a


@pytest.mark.parametrize(
    ("seen", "set_phases", "phases", "certain"),
    [(0, 1, 1, 3), (1, None, 1, 1), (1, 1, 1, 1), (2, 1, 2, 2), (0, None, 3, 3), (3, 1, 3, 3)],
)
def test_a_car_that_uses_more_phases_than_set_counts_with_these(
    seen: int, set_phases: int | None, phases: int, certain: int
) -> None:
    charger = ChargerSite("carport", max_current_a=16.0, car_phases=set_phases)
    observed = Observation(car_phases=seen, facts=CarFacts(phases=seen))
    limits = car_limits(observed, charger, 0.0)
    assert (limits.phases, limits.certain_phases) == (phases, certain)


def test_learned_phases_of_before_a_restart_count_for_the_surplus_but_not_for_limits() -> None:
    limits = car_limits(Observation(facts=CarFacts(phases=1)), FIXED, 0.0)
    assert (limits.phases, limits.certain_phases) == (1, 3)
