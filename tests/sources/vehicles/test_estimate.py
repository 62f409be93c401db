"""The state of charge of a car over a session: sources that are late, silent, wrong, or missing."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.reading import NOT_MEASURED, Reading, known, unknown
from optimizer.model.state import CHARGING, DISCONNECTED, Ev, EvStatus
from optimizer.sources.vehicles.estimate import EMPTY, Estimate, Vehicle, VehicleMemory, estimate

ZOE = Vehicle("zoe", soc="zoe_soc", capacity_wh=50_000.0, efficiency=0.9)
ASSUMED = Vehicle("van", capacity_wh=50_000.0, efficiency=1.0, start_soc_percent=40.0)
TIMED = Vehicle("zoe", soc="zoe_soc", capacity_wh=50_000.0, efficiency=0.9, timed=True)
Step = tuple[EvStatus | None, float | None, Reading[float] | None]
"""Status, energy of the session in Wh, and what the source says."""
AWAY: Step = (DISCONNECTED, None, None)


def drive(vehicle: Vehicle, steps: Sequence[Step], memory: VehicleMemory = EMPTY) -> list[Estimate]:
    """One tick a step, 100 s apart, from 1000 s on."""
    found = []
    for number, (status, energy_wh, source) in enumerate(steps):
        ev = Ev(
            "carport",
            status=unknown("silent") if status is None else known(status, 0.0),
            session_energy_wh=NOT_MEASURED if energy_wh is None else known(energy_wh, 0.0),
        )
        memory, one = estimate(vehicle, ev, source, memory, 1000.0 + 100.0 * number)
        found.append(one)
    return found


def values(found: Sequence[Estimate]) -> list[tuple[float | None, bool]]:
    return [(one.soc_percent.value, one.estimated) for one in found]


def soc(percent: float, at_s: float = 900.0) -> Reading[float]:
    return known(percent, at_s)


def test_energy_counts_between_two_values_of_a_late_source() -> None:
    found = drive(ZOE, [AWAY, (CHARGING, 0.0, soc(50)), (CHARGING, 5000.0, soc(50)), (CHARGING, 5500.0, soc(60))])
    assert values(found) == [(None, False), (50.0, True), (59.0, True), (60.0, False)]
    assert found[3].jump_percent == 60.0 - 59.9


def test_a_value_of_before_the_plug_in_is_a_guess_until_a_new_one_comes() -> None:
    steps = [
        AWAY,
        (CHARGING, 0.0, soc(99, 500.0)),
        (CHARGING, 100.0, soc(40, 1150.0)),
        (CHARGING, 100.0, soc(40, 1250.0)),
    ]
    assert values(drive(TIMED, steps)) == [(None, False), (99.0, True), (40.0, False), (40.0, False)]


def test_without_a_source_the_start_value_and_the_energy_are_an_estimate() -> None:
    found = drive(ASSUMED, [AWAY, (CHARGING, 0.0, None), (CHARGING, 10_000.0, None), (CHARGING, 99_000.0, None)])
    assert values(found)[1:] == [(40.0, True), (60.0, True), (100.0, True)]
    assert drive(ASSUMED, [AWAY])[0].soc_percent.why.startswith("the vehicle has no state of charge")


def test_a_source_that_falls_silent_leaves_the_count() -> None:
    silent = unknown("the broker does not answer", 1200.0)
    found = drive(ZOE, [AWAY, (CHARGING, 0.0, soc(50)), (CHARGING, 5000.0, silent), (None, None, silent)])
    assert values(found)[2:] == [(59.0, True), (59.0, True)]


def test_a_silent_source_from_the_beginning_says_why() -> None:
    found = drive(ZOE, [(CHARGING, 0.0, unknown("not read yet", 0.0))])
    assert found[0].soc_percent == unknown("not read yet", 1000.0)


def test_zero_percent_is_no_value() -> None:
    found = drive(ZOE, [AWAY, (CHARGING, 0.0, soc(0)), (CHARGING, 0.0, soc(30))])
    assert found[1].soc_percent.why == "the source says 0 %, which many cars send instead of no value"
    assert found[2].soc_percent.value == 30.0


def test_the_next_session_begins_anew_also_where_no_tick_saw_the_car_away() -> None:
    steps = [AWAY, (CHARGING, 0.0, None), (CHARGING, 10_000.0, None), (CHARGING, 100.0, None)]
    assert values(drive(ASSUMED, steps))[3] == (40.2, True)


def test_another_car_begins_anew() -> None:
    memory, _ = estimate(ASSUMED, Ev("carport", session_energy_wh=known(9000.0, 0.0)), None, EMPTY, 1000.0)
    assert values(drive(ZOE, [(CHARGING, 9000.0, soc(70))], memory)) == [(70.0, True)]


def test_without_a_capacity_the_last_value_holds_and_is_marked() -> None:
    vehicle = Vehicle("zoe", soc="zoe_soc")
    found = drive(vehicle, [AWAY, (CHARGING, 0.0, soc(50)), (CHARGING, 9000.0, soc(50))])
    assert values(found)[2] == (50.0, True)


def test_away_from_the_charger_the_source_counts() -> None:
    assert values(drive(ZOE, [(DISCONNECTED, None, soc(77))])) == [(77.0, False)]


SOURCES = st.none() | st.builds(soc, st.floats(0, 100), st.floats(0, 5000)) | st.just(unknown("silent", 1.0))
STEPS = st.lists(st.tuples(st.sampled_from([*EvStatus, None]), st.none() | st.floats(0, 1e5), SOURCES), max_size=20)


@given(st.sampled_from([ZOE, ASSUMED, TIMED, Vehicle("bare")]), STEPS)
def test_every_estimate_is_a_percentage_or_unknown_with_a_reason(vehicle: Vehicle, steps: list[Step]) -> None:
    for one in drive(vehicle, steps):
        assert one.soc_percent.why if one.soc_percent.value is None else 0.0 <= one.soc_percent.value <= 100.0


@given(st.floats(1, 99), st.lists(st.floats(0, 500), min_size=1, max_size=30))
def test_while_a_car_charges_the_estimate_never_falls(start: float, added: list[float]) -> None:
    energy_wh, steps = 0.0, [AWAY]
    for one in added:
        energy_wh += one
        steps.append((CHARGING, energy_wh, soc(start)))
    found = [one.soc_percent.value or 0.0 for one in drive(ZOE, steps)][1:]
    assert found == sorted(found)
