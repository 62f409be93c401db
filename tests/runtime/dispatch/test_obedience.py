"""Wanted against observed."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from optimizer.model.decision import BatteryAction, BatteryOrder, EvOrder
from optimizer.model.reading import NOT_MEASURED, known
from optimizer.model.site import BatterySite
from optimizer.model.state import Battery, Commanded, Ev
from optimizer.runtime.dispatch.obedience import (
    FORGIVEN_S,
    Disobedience,
    as_ordered,
    battery_deviation,
    charger_deviation,
    pursue,
)

SITE = BatterySite("cellar", floor_soc_percent=10.0)


def charger(
    offered_a: float = 10.0, paused: bool = False, drawn_a: float = 9.8, phases: int = 3, at_s: float = 50.0
) -> Ev:
    return Ev(
        "carport",
        power_w=known(drawn_a * 230 * phases, at_s),
        phase_current_a=tuple(known(drawn_a, at_s) for _ in range(phases)),
        offered_a=known(offered_a, at_s),
        paused=known(paused, at_s),
        phases=known(phases, at_s),
    )


@pytest.mark.parametrize(
    ("commanded", "ev", "deviation"),
    [
        (Commanded(10.0, False, 3, 0.0), charger(), ""),
        (Commanded(10.0, False, 3, 0.0), charger(offered_a=16.0), "commanded 10.0 A, it reports 16.0 A"),
        (Commanded(10.0, False, 3, 0.0), charger(paused=True), "commanded to run, it reports a pause"),
        (Commanded(10.0, True, 3, 0.0), charger(), "commanded a pause, it reports running"),
        (Commanded(10.0, True, 3, 0.0), charger(paused=True), "commanded a pause, the car draws 6762 W"),
        (Commanded(10.0, True, 3, 0.0), charger(paused=True, drawn_a=0.02), ""),
        (Commanded(16.0, True, 3, 0.0), charger(paused=True, drawn_a=0.02, offered_a=6.0, phases=1), ""),
        (Commanded(16.0, True, 3, 0.0), charger(paused=True, offered_a=6.0), "commanded a pause, the car draws 6762 W"),
        (Commanded(10.0, False, 3, 0.0), charger(offered_a=6.0, drawn_a=5.9), "commanded 10.0 A, it reports 6.0 A"),
        (Commanded(10.0, False, 1, 0.0), charger(), "commanded 1 phase, it reports 3"),
        (Commanded(10.0, False, 3, 0.0), charger(drawn_a=11.4), "commanded 10.0 A, the car draws 11.4 A"),
        (Commanded(10.0, False, 3, 45.0), charger(offered_a=16.0), None),
        (Commanded(10.0, False, 3, 0.0), Ev("carport"), None),
    ],
)
def test_a_charger(commanded: Commanded, ev: Ev, deviation: str | None) -> None:
    found = charger_deviation(commanded, ev, settle_s=13.0)
    assert (found and found.text) == deviation
    if found is not None:
        assert found.exceeds == any(
            word in found.text for word in ("commanded a pause", "reports 16.0 A", "the car draws")
        )


def battery(power_w: float, soc_percent: float = 50.0, most_w: float | None = None, at_s: float = 50.0) -> Battery:
    limit = known(most_w, at_s) if most_w is not None else NOT_MEASURED
    return Battery(
        "cellar",
        power_w=known(power_w, at_s),
        soc_percent=known(soc_percent, at_s),
        max_charge_w=limit,
        max_discharge_w=limit,
    )


def power(power_w: float) -> BatteryOrder:
    return BatteryOrder(BatteryAction.POWER, power_w)


HOLD = BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0)


@pytest.mark.parametrize(
    ("order", "seen", "deviation"),
    [
        (power(2000.0), battery(2050.0), ""),
        (power(2000.0), battery(500.0), "commanded 2000 W, its power is 500 W (+ discharge)"),
        (power(2000.0), battery(500.0, most_w=500.0), ""),
        (power(2000.0), battery(0.0, soc_percent=10.5), ""),
        (power(2000.0), replace(battery(0.0, soc_percent=30.5), reserve_soc_percent=known(30.0, 50.0)), ""),
        (power(2000.0), battery(0.0, soc_percent=30.5), "commanded 2000 W, its power is 0 W (+ discharge)"),
        (power(-2000.0), battery(-300.0, soc_percent=98.0), ""),
        (power(-2000.0), battery(800.0, soc_percent=98.0), "commanded -2000 W, its power is 800 W (+ discharge)"),
        (HOLD, battery(-3000.0), ""),
        (HOLD, battery(900.0), "discharge limit 0 W, it discharges with 900 W"),
        (
            BatteryOrder(BatteryAction.BOUNDS, max_charge_w=1000.0),
            battery(-3000.0),
            "charge limit 1000 W, it charges with 3000 W",
        ),
        (HOLD, battery(900.0, at_s=3.0), None),
    ],
)
def test_a_battery(order: BatteryOrder, seen: Battery, deviation: str | None) -> None:
    assert battery_deviation(order, 0.0, seen, SITE, settle_s=15.0) == deviation


def test_escalation_goes_again_anew_alarm_ever_slower_and_ends_with_obedience() -> None:
    state, measures, times = Disobedience(), [], []
    for now_s in range(0, 400, 1):
        state, measure = pursue(state, "deaf" if now_s % 3 else None, float(now_s), 10.0)
        if measure:
            measures.append(measure)
            times.append(now_s)
    assert measures == ["again", "anew", "alarm", "alarm", "alarm"]
    assert all(later - earlier >= 20 for earlier, later in itertools.pairwise(times))
    assert state.steps == 5
    followed, measure = pursue(state, "", 400.0, 10.0)
    assert (followed.deviation, measure) == ("", "")
    assert pursue(followed, "", 398.0 + FORGIVEN_S, 10.0) == (Disobedience(), "")


def test_one_that_strays_now_and_then_is_taken_anew_once_and_then_only_reported() -> None:
    state, measures = Disobedience(), []
    for now_s in range(0, 7200, 10):
        state, measure = pursue(state, "strays" if now_s % 60 < 50 else "", float(now_s), 13.0)
        measures += [measure] if measure else []
    assert measures[:2] == ["again", "anew"]
    assert set(measures[2:]) == {"alarm"}
    assert len(measures) <= 20


def test_what_takes_more_than_it_was_told_is_told_again_between_the_steps() -> None:
    state, measures = Disobedience(), []
    for now_s in range(0, 1000, 5):
        state, measure = pursue(state, "draws", float(now_s), 13.0, exceeds=True)
        if measure:
            measures.append((now_s, measure))
    assert [measure for _, measure in measures].count("anew") == 1
    assert all(later - earlier <= 30 for (earlier, _), (later, _) in itertools.pairwise(measures))


def test_one_that_strayed_before_is_told_at_once_when_it_takes_too_much() -> None:
    state = Disobedience("", steps=5, next_s=600.0, strayed_s=10.0, measure_s=10.0)
    assert pursue(state, "offers less", 100.0, 13.0)[1] == ""
    assert pursue(state, "draws", 100.0, 13.0, exceeds=True)[1] == "again"


@pytest.mark.parametrize(
    ("order", "ev", "expected"),
    [
        (EvOrder(0.0, 3), charger(offered_a=6.0, paused=True), Commanded(6.0, True, 3, -math.inf)),
        (EvOrder(0.0, 1), charger(offered_a=6.0, paused=True), Commanded(6.0, True, 3, -math.inf)),
        (EvOrder(0.0, 3), charger(offered_a=6.0), None),
        (EvOrder(10.0, 3), charger(), Commanded(10.0, False, 3, -math.inf)),
        (EvOrder(10.0, 3), charger(paused=True), None),
        (EvOrder(16.0, 3), charger(), None),
        (EvOrder(0.0, 3), Ev("carport"), None),
    ],
)
def test_a_report_that_is_as_ordered_counts_as_a_command(order: EvOrder, ev: Ev, expected: Commanded | None) -> None:
    assert as_ordered(order, ev) == expected
