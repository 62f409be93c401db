"""The settings of goals, and the message for every mistake."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from optimizer.model.goals import Aim
from optimizer.settings.goal_mapping import to_goal_plan
from tests.settings.conftest import HOUSE, Read

CAR = HOUSE + "vehicles: {id3: {charger: carport, capacity_wh: 58000}, van: {}}\n"


def test_goals_by_charger_and_by_vehicle(read: Read) -> None:
    goals = (
        'goals: [{vehicle: id3, ready: "mon-fri 07:00", soc: 60%}, {charger: carport, ready: 09:00, energy: 12kWh}, '
        "{charger: carport, ready: sat 10:00, soc: 80}]"
    )
    plan = to_goal_plan(read(CAR + goals))
    first, second, third = plan.repeating
    assert (first.aim, first.days, first.clock_s) == (Aim(soc_percent=60.0), frozenset(range(5)), 25_200.0)
    assert (first.charger, first.vehicle) == ("carport", "id3")
    assert (second.aim, second.charger, second.vehicle) == (Aim(energy_wh=12_000.0), "carport", "")
    assert third.aim == Aim(soc_percent=80.0)
    assert plan.vehicles["id3"].capacity_wh == 58_000.0


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        ("{charger: carprt, ready: 07:00, energy: 12kWh}", "there is no charger “carprt”; did you mean “carport”?"),
        ("{vehicle: id4, ready: 07:00, energy: 12kWh}", "there is no vehicle “id4”; did you mean “id3”?"),
        ("{charger: carport, vehicle: id3, ready: 07:00, energy: 12kWh}", "give `charger` or `vehicle`, and not both"),
        ("{ready: 07:00, energy: 12kWh}", "give `charger` or `vehicle`, and not both"),
        ("{charger: carport, ready: 07:00}", "give `soc` (such as 80%) or `energy` (such as 12kWh), and not both"),
        ("{charger: carport, ready: 07:00, soc: 80%, energy: 1kWh}", "and not both"),
        ("{charger: carport, energy: 12kWh}", "goals.0.ready"),
        ("{charger: carport, ready: weekdays 07:00, energy: 12kWh}", "“weekdays” is not a weekday"),
        ("{charger: carport, ready: mon-fri, energy: 12kWh}", "has no time of day at its end"),
        ("{charger: carport, ready: 07:00, soc: 12kWh}", "Write `energy: 12kWh`, or a state of charge such as 80%"),
        ("{charger: carport, ready: 07:00, energy: 80%}", "Write `soc: 80%`, or an energy such as 12kWh"),
        ("{charger: carport, ready: 07:00, soc: 120%}", "a state of charge is from 1% to 100%, not 120%"),
        ("{charger: carport, ready: 07:00, soc: full}", "“full” is not a goal. Write 80%"),
        ("{vehicle: van, ready: 07:00, soc: 80%}", "the vehicle “van” has no capacity_wh"),
        ("{charger: carport, redy: 07:00, energy: 12kWh}", "did you mean “ready”?"),
    ],
)
def test_every_mistake_is_named(goal: str, says: str, complain: Callable[..., str]) -> None:
    found = complain(CAR + f"goals: [{goal}]\n")
    assert says in found
    assert "site.yaml:" in found


def test_a_state_of_charge_needs_a_car_with_a_capacity(complain: Callable[..., str]) -> None:
    found = complain(HOUSE + "goals: [{charger: carport, ready: 07:00, soc: 80%}]\n")
    assert "no vehicle with capacity_wh is at the charger “carport”, so the need until 80% is unknown" in found


def test_two_goals_for_one_departure_contradict(complain: Callable[..., str]) -> None:
    goals = "goals: [{vehicle: id3, ready: daily 07:00, soc: 80%}, {vehicle: id3, ready: mon-wed 07:00, soc: 60%}]\n"
    assert "“id3” has another goal at the same time, `mon 07:00`" in complain(CAR + goals)
