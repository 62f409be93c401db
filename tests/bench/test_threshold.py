from __future__ import annotations

from typing import Any

from bench.threshold import SETTINGS, ThresholdController, Thresholds


def driven(settings: Thresholds, surplus_w: float, seconds: int, controller: ThresholdController | None = None) -> Any:
    """A controller after some time of a steady surplus, with a car that follows at once."""
    made = controller or ThresholdController(settings)
    for t in range(0, seconds, int(settings.interval_s)):
        ev_w = made.phases * 230.0 * made.amps
        made.step(t, {"grid": ev_w - surplus_w, "ev_w": ev_w, "ev_a": made.amps, "charging": made.amps > 0.0})
    return made


def test_the_default_starts_with_6_a_of_surplus_after_its_delay() -> None:
    default = SETTINGS["evcc default"]
    assert driven(default, 1300.0, 600).amps == 0.0
    assert driven(default, 1500.0, 30).amps == 0.0
    assert driven(default, 1500.0, 600).amps == 6.5


def test_the_tuned_one_starts_with_half_of_6_a() -> None:
    assert driven(SETTINGS["evcc tuned"], 700.0, 600).amps == 6.0


def test_it_switches_up_with_6_a_on_three_phases_and_down_without() -> None:
    default = SETTINGS["evcc default"]
    controller = driven(default, 6900.0, 900)
    assert (controller.phases, controller.amps) == (3, 10.0)
    controller = driven(default, 2300.0, 900, controller)
    assert (controller.phases, controller.amps) == (1, 10.0)


def test_it_stops_after_its_delay() -> None:
    default = SETTINGS["evcc default"]
    controller = driven(default, 2300.0, 600)
    assert driven(default, -500.0, 120, controller).amps == 6.0
    assert driven(default, -500.0, 600, controller).amps == 0.0
