"""The visits of the cars: what counts of them, and what a restart takes over."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.reading import known, unknown
from optimizer.model.schedule import Schedule
from optimizer.model.state import CONNECTED, DISCONNECTED, ERROR, EvStatus
from optimizer.schedule.arrivals import SAME_VISIT_S, Arrivals
from optimizer.schedule.from_state import problem_of
from optimizer.schedule.solve import solve
from optimizer.schedule.spare import MOST_ARRIVALS, Arrival
from tests.runtime.scheduler.house import PLAN, outlook, state


class House:
    """A car that comes, charges, and leaves. Its goal is 50 % of 58 kWh."""

    def __init__(self) -> None:
        self.arrivals = Arrivals({"id3": 0.9})
        self.mono_s = 1000.0

    def live(
        self,
        status: EvStatus | None = CONNECTED,
        *,
        charged_wh: float = 0.0,
        needs_wh: float | None = 6000.0,
        **more: float,
    ) -> None:
        """One tick. `soc` unknown unless given, `target` is its goal in percent."""
        found = state(self.mono_s, status=status or CONNECTED, soc=more.get("soc"), needs_wh=needs_wh)
        car = replace(found.evs["carport"], session_energy_wh=known(charged_wh, self.mono_s))
        if status is None:
            car = replace(car, status=unknown("no answer", 1000.0))
        goals = found.goals
        if "target" in more:
            goals = {"carport": replace(goals["carport"], target_soc_percent=known(more["target"], 1000.0))}
        self.arrivals.take(replace(found, evs={"carport": car}, goals=goals))

    def learn(self, *worths_ct: float) -> None:
        self.arrivals.learn(valued(*worths_ct))

    def visit(self, *worths_ct: float, charged_wh: float = 6000.0) -> None:
        self.live()
        self.learn(*worths_ct)
        self.live(charged_wh=charged_wh, needs_wh=max(0.0, 6000.0 - charged_wh))
        self.live(DISCONNECTED)
        self.mono_s += SAME_VISIT_S

    @property
    def known(self) -> tuple[Arrival, ...]:
        return self.arrivals.of("carport").arrivals

    @property
    def over_wh(self) -> float:
        return self.arrivals.of("carport").over_wh


def valued(*worths_ct: float) -> Schedule:
    made = solve(problem_of(PLAN, state(), outlook(), {}, None))
    (outcome,) = made.outcomes
    return replace(made, outcomes=(replace(outcome, worths_ct=worths_ct),))


def test_the_first_schedule_of_a_visit_counts() -> None:
    house = House()
    house.live()
    house.learn(25.0, 20.0)
    house.live(charged_wh=3000.0, needs_wh=3000.0)
    house.learn(15.0)
    assert house.known == (Arrival((25.0, 20.0), 0.0),)
    house.live(DISCONNECTED)
    house.learn(16.0)
    house.mono_s += SAME_VISIT_S
    house.live()
    house.learn(17.0)
    assert [one.worths_ct for one in house.known] == [(25.0, 20.0), (17.0,)]


def test_a_schedule_without_worths_is_no_arrival() -> None:
    """A schedule of the cheapest slots has none. The next one may have them."""
    house = House()
    house.live()
    house.learn()
    assert house.known == ()
    house.learn(20.0)
    assert house.known == (Arrival((20.0,), 0.0),)


def test_the_solver_gives_worths_to_the_goal_of_a_car() -> None:
    house = House()
    house.live()
    house.arrivals.learn(solve(problem_of(PLAN, state(), outlook(), {}, None)))
    ((worths_ct, _),) = house.known
    assert worths_ct[0] == pytest.approx(20.0, abs=1.0)


def test_only_the_last_visits_are_kept() -> None:
    house = House()
    for worth_ct in range(MOST_ARRIVALS + 5):
        house.visit(float(worth_ct))
    assert [one.worths_ct[0] for one in house.known] == list(map(float, range(5, MOST_ARRIVALS + 5)))


def test_energy_beyond_the_need_is_known_by_the_energy_of_the_session() -> None:
    house = House()
    house.visit(20.0, charged_wh=9000.0)
    assert house.over_wh == 0.0  # it has left
    house.live()
    house.learn(20.0)
    assert [one.spare_wh for one in house.known] == [0.0, 3000.0]
    house.live(charged_wh=7000.0, needs_wh=0.0)
    assert house.over_wh == 1000.0


def test_energy_beyond_the_need_is_known_by_the_state_of_charge() -> None:
    house = House()
    house.live(needs_wh=0.0, soc=60.0, target=50.0)
    assert house.over_wh == pytest.approx(5800.0 / 0.9)


@pytest.mark.parametrize("status", [None, ERROR])
def test_a_charger_without_an_answer_or_with_a_fault_does_not_end_a_visit(status: EvStatus | None) -> None:
    house = House()
    house.live()
    house.learn(20.0)
    house.live(status)
    house.live()
    house.learn(30.0)
    assert len(house.known) == 1


def test_a_plug_that_is_moved_begins_no_visit() -> None:
    """A loose plug would otherwise replace a month of visits within a day."""
    house = House()
    house.visit(20.0)
    house.live()
    house.learn(21.0)
    for _ in range(MOST_ARRIVALS):
        house.live(DISCONNECTED)
        house.mono_s += SAME_VISIT_S - 1.0
        house.live()
        house.learn(5.0)
    assert [one.worths_ct for one in house.known] == [(20.0,), (21.0,)]


def test_a_restart_keeps_the_visits_and_goes_on_with_that_of_now() -> None:
    house = House()
    house.visit(20.0, charged_wh=9000.0)
    house.live()
    house.learn(21.0, 19.0)
    house.live(charged_wh=7000.0, needs_wh=0.0)
    again = House()
    again.arrivals.restore(json.loads(json.dumps(house.arrivals.document())))
    assert again.known == house.known
    assert again.over_wh == house.over_wh == 1000.0
    again.learn(40.0)
    assert again.known == house.known
    again.live(charged_wh=8000.0, needs_wh=0.0)
    assert again.over_wh == 2000.0


def test_another_charger_has_visits_of_its_own() -> None:
    house = House()
    house.visit(20.0)
    assert house.arrivals.of("garage") == ((), 0.0)


class EnergyGoal:
    """A car with a goal such as 20 kWh by 7, which counts from the energy of the session where it begins."""

    def __init__(self, aim_wh: float) -> None:
        self.house = House()
        self.aim_wh = aim_wh
        self.begins_wh = self.charged_wh = 0.0
        self.tick()

    def tick(self) -> None:
        needs_wh = max(0.0, self.begins_wh + self.aim_wh - self.charged_wh)
        found = state(self.house.mono_s, soc=None, needs_wh=needs_wh)
        car = replace(found.evs["carport"], session_energy_wh=known(self.charged_wh, self.house.mono_s))
        goal = replace(
            found.goals["carport"],
            target_soc_percent=unknown("the goal is an energy", self.house.mono_s),
            target_energy_wh=known(self.aim_wh, self.house.mono_s),
        )
        self.house.arrivals.take(replace(found, evs={"carport": car}, goals={"carport": goal}))

    def charge(self, wh: float) -> None:
        for _ in range(3):
            self.charged_wh += wh / 3.0
            self.tick()

    def departure_passes(self) -> None:
        """The car stays, and the next goal counts from now."""
        self.begins_wh = self.charged_wh
        self.tick()

    def plug_is_moved(self) -> None:
        """The session begins anew, and the goal with it."""
        self.house.live(DISCONNECTED)
        self.house.mono_s += SAME_VISIT_S / 2.0
        self.begins_wh = self.charged_wh = 0.0
        self.tick()

    def service_restarts(self) -> None:
        again = House()
        again.mono_s = self.house.mono_s
        again.arrivals.restore(json.loads(json.dumps(self.house.arrivals.document())))
        self.house = again
        self.tick()


@given(
    aim_wh=st.integers(1, 40).map(lambda kwh: 1000.0 * kwh),
    days=st.lists(
        st.tuples(
            st.sampled_from([0.0, 300.0, 2000.0, 9000.0]),
            st.sampled_from([EnergyGoal.departure_passes, EnergyGoal.plug_is_moved]),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_energy_beyond_an_energy_goal_stays_in_a_car_that_does_not_leave(
    aim_wh: float, days: list[tuple[float, Callable[[EnergyGoal], None], bool]]
) -> None:
    car, over_wh = EnergyGoal(aim_wh), 0.0
    for more_wh, ends, restarts in days:
        car.charge(aim_wh)
        assert car.house.over_wh == pytest.approx(over_wh, abs=1.0)
        over_wh += more_wh
        car.charge(more_wh)
        if restarts:
            car.service_restarts()
        assert car.house.over_wh == pytest.approx(over_wh, abs=1.0)
        ends(car)
        assert car.house.over_wh == pytest.approx(over_wh, abs=1.0)


def test_a_goal_that_is_raised_counts_no_energy_twice() -> None:
    car = EnergyGoal(20_000.0)
    car.charge(25_000.0)
    assert car.house.over_wh == pytest.approx(5000.0)
    car.aim_wh = 40_000.0
    car.tick()
    assert car.house.over_wh == 0.0
    car.charge(16_000.0)
    assert car.house.over_wh == pytest.approx(1000.0)


def test_visits_from_before_this_version_are_read() -> None:
    house = House()
    house.visit(20.0, charged_wh=9000.0)
    document = house.arrivals.document()
    for row in document.values():
        for key in ("begins_wh", "carried_wh", "charged_wh"):
            del row[key]
    again = House()
    again.arrivals.restore(document)
    assert again.known == house.known
