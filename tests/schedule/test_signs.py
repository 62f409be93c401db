"""The events after which a schedule is made again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.model.reading import known
from optimizer.model.state import CHARGING, DISCONNECTED, State
from optimizer.schedule.signs import event, signs_of
from tests.runtime.scheduler.house import state


def between(before: State | None, now: State, path_wh: float | None = None, overrides: object = ()) -> str:
    was = None if before is None else signs_of(before, (), 1)
    return event(was, signs_of(now, overrides, 1), path_wh)  # type: ignore[arg-type]


def test_nothing_has_happened() -> None:
    assert between(state(), state(1300.0)) == ""
    assert between(state(), state(1300.0, status=CHARGING)) == ""


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (state(1300.0, status=DISCONNECTED), "the car on carport was unplugged"),
        (state(1300.0, ready_h=11.0), "the goal of carport has changed"),
        (state(1300.0, needs_wh=None), "the goal of carport has changed"),
        (state(1300.0, needs_wh=0.0), "the car on carport has reached its goal"),
        (state(1300.0, soc=44.0), "the state of charge of carport was corrected"),
        (state(1300.0, soc=None), "the state of charge of carport was corrected"),
        (replace(state(1300.0), now=state().now + timedelta(hours=2)), "the clock was set"),
        (replace(state(1300.0), grid=replace(state().grid, dimmed=known(True, 1300.0))), "the house is dimmed"),
    ],
)
def test_each_event_has_its_words(now: State, says: str) -> None:
    assert between(state(), now) == says


def test_a_start_an_override_and_news() -> None:
    assert between(None, state()) == "the service has started"
    assert between(state(), state(), overrides=("one",)) == "an override was set or has ended"
    assert event(signs_of(state(), (), 1), signs_of(state(), (), 2), None) == "new prices or a new forecast"


def test_energy_that_was_charged_is_no_correction() -> None:
    later = state(4600.0, soc=57.0)
    charged = replace(later.evs["carport"], session_energy_wh=known(11_000.0, 4600.0))
    assert between(state(), replace(later, evs={"carport": charged})) == ""
    assert between(state(), later) == "the state of charge of carport was corrected"


def test_a_battery_off_its_path() -> None:
    assert between(state(), state(1300.0, battery_soc=30.0), 5000.0) == "the battery is off its path"
    assert between(state(), state(1300.0, battery_soc=30.0), 3100.0) == ""
    assert between(state(), state(1300.0, battery_soc=48.0), 2000.0) == ""
