"""The past of the cars: what it keeps, and what a restart takes over."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from optimizer.model.reading import known, unknown
from optimizer.model.series import QUARTER_S
from optimizer.model.state import DISCONNECTED, Grid, Prices, Pv, State
from optimizer.schedule.car_past import CarPast
from optimizer.schedule.spare import PAST_S
from tests.runtime.scheduler.house import state

STEP_S = 60.0


class House:
    """A car, the sun, and a price, in the time of ticks."""

    def __init__(self, past: CarPast | None = None) -> None:
        self.past = past or CarPast()
        self.mono_s = 1000.0

    def live(self, hours: float, *, import_ct: float | None = 30.0, charged_wh: float = 0.0, **changes: object) -> None:
        end_s = self.mono_s + hours * 3600.0
        while self.mono_s < end_s:
            self.past.take(self.state(import_ct, charged_wh, **changes))
            self.mono_s += STEP_S

    def state(self, import_ct: float | None, charged_wh: float, **changes: object) -> State:
        now = self.mono_s
        found = state(now, **changes)  # type: ignore[arg-type]
        car = replace(found.evs["carport"], session_energy_wh=known(charged_wh, now))
        price = unknown("no price", now) if import_ct is None else known(import_ct, now)
        return replace(
            found,
            evs={"carport": car},
            grid=Grid(power_w=known(-2600.0, now)),
            pvs={"roof": Pv("roof", power_w=known(3000.0, now))},
            prices=Prices(import_ct=price, feed_in_ct=known(8.0, now)),
        )

    def needs(self) -> list[float]:
        return [one.needed_wh for one in self.past.of("carport") if one.needed_wh > 0.0]


def test_quarter_hours_have_prices_and_surplus() -> None:
    house = House()
    house.live(1.0)
    first, *rest = house.past.of("carport")
    assert len(rest) == 2
    assert (first.import_ct, first.feed_in_ct, first.here) == (30.0, 8.0, True)
    assert first.surplus_w == pytest.approx(2600.0)
    assert first.end_s - first.start_s == QUARTER_S
    assert not any(one.here for one in house.past.of("another"))


def test_a_time_without_a_price_is_not_kept() -> None:
    house = House()
    house.live(1.0, import_ct=None)
    assert house.past.of("carport") == []


def test_a_car_needs_what_its_goal_needed_when_it_came() -> None:
    house = House()
    house.live(1.0, needs_wh=6000.0)
    house.live(1.0, needs_wh=2000.0, charged_wh=4000.0)
    assert house.needs() == [6000.0]
    house.live(1.0, status=DISCONNECTED)
    house.live(1.0, needs_wh=3000.0)
    assert house.needs() == [6000.0, 3000.0]


def test_without_a_goal_a_car_needs_what_it_has_charged() -> None:
    house = House()
    goalless: dict[str, object] = {"needs_wh": None}
    house.live(1.0, charged_wh=2500.0, **goalless)
    assert house.needs() == []
    house.live(0.5, status=DISCONNECTED, **goalless)
    assert house.needs() == [2500.0]


def test_a_charger_that_does_not_answer_does_not_end_a_visit() -> None:
    house = House()
    house.live(1.0, needs_wh=6000.0)
    silent = house.state(30.0, 0.0)
    mute = replace(silent.evs["carport"], status=unknown("no answer", house.mono_s))
    house.past.take(replace(silent, evs={"carport": mute}))
    house.live(1.0, needs_wh=6000.0)
    assert house.needs() == [6000.0]


def test_a_restart_keeps_the_past_and_the_visit() -> None:
    house = House()
    house.live(3.0, needs_wh=6000.0)
    again = House(CarPast.from_document(json.loads(json.dumps(house.past.document()))))
    assert again.past.of("carport") == house.past.of("carport")
    again.mono_s = house.mono_s
    again.live(1.0, needs_wh=1000.0, charged_wh=5000.0)
    assert again.needs() == [6000.0]


@pytest.mark.parametrize("jump_s", [-731 * 86_400.0, -86_400.0, -3600.0, 3600.0, 731 * 86_400.0], ids=str)
def test_a_clock_that_is_wrong_for_an_hour_erases_no_day(jump_s: float) -> None:
    house = House()
    house.live(48.0)
    kept = {one.start_s for one in house.past.of("carport")}
    house.mono_s += jump_s
    house.live(1.0)
    house.mono_s -= jump_s
    house.live(3.0)
    found = [one.start_s for one in house.past.of("carport")]
    assert len(kept - set(found)) <= 5
    assert found == sorted(set(found))
    assert max(found) > max(kept)


def test_a_clock_that_was_wrong_for_long_is_forgotten() -> None:
    house = House()
    house.mono_s += 731 * 86_400.0
    house.live(3.0)
    house.mono_s -= 731 * 86_400.0
    house.live(4.0)
    found = [one.start_s for one in house.past.of("carport")]
    assert found
    assert max(found) < house.state(30.0, 0.0).now.timestamp()


def test_only_the_days_that_count_are_kept() -> None:
    house = House()
    house.live(1.0)
    house.mono_s += PAST_S
    house.live(1.0)
    assert all(one.start_s > house.past.of("carport")[-1].start_s - PAST_S - 1.0 for one in house.past.of("carport"))
    assert len(house.past.of("carport")) <= 4
