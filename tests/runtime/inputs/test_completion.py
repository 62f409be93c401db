"""The values that inputs add to a snapshot: the dimming of the grid, and the car at each charger."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from optimizer.model.fields import DeviceNames, find_field
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import State
from optimizer.runtime.inputs.completion import NO_RANGE, Completion, Wiring
from optimizer.sources.vehicles.estimate import Vehicle
from tests.serve.house import state

ZOE = Vehicle("zoe", soc="zoe_soc", limit_soc="zoe_limit", range_km="zoe_range", capacity_wh=52_000.0)
VAN = Vehicle("van", start_soc_percent=40.0, capacity_wh=50_000.0)
CARS = {"zoe": ZOE, "van": VAN}
USUAL = Wiring(vehicles=CARS, usual={"carport": "zoe"})
CHOSEN = Wiring(vehicles=CARS, chosen={"carport": "which_car"})
SILENT: Reading[Any] = unknown("the relay is silent", 990.0)


def with_inputs(**inputs: Any) -> State:
    given = {name: one if isinstance(one, Reading) else known(one, 995.0) for name, one in inputs.items()}
    return replace(state(), inputs=given)


@pytest.mark.parametrize("told", [True, False, None])
@pytest.mark.parametrize("own", [True, False, None])
def test_the_grid_is_dimmed_if_the_input_or_a_device_says_so(told: bool | None, own: bool | None) -> None:
    before = with_inputs(relay=SILENT if told is None else told)
    before = replace(
        before, grid=replace(before.grid, dimmed=unknown("not read here") if own is None else known(own, 1.0))
    )
    dimmed = Completion(Wiring(dimmed="relay"))(before).grid.dimmed
    known_ones = [one for one in (told, own) if one is not None]
    assert dimmed.value == (any(known_ones) if known_ones else None)
    assert known_ones or dimmed.why == "the relay is silent"


def test_rules_see_the_usual_car() -> None:
    after = Completion(USUAL)(with_inputs(zoe_soc=64.0, zoe_limit=80.0, zoe_range=212.0))
    names = DeviceNames(("carport",))
    seen = {}
    for name in ("ev.soc", "ev.soc_estimated", "ev.limit_soc", "ev.range_km", "ev.capacity_wh"):
        ref = find_field(name, names)
        assert ref is not None
        seen[name] = ref.value(after)
    assert seen == {
        "ev.soc": 64.0,
        "ev.soc_estimated": True,
        "ev.limit_soc": 80.0,
        "ev.range_km": 212.0,
        "ev.capacity_wh": 52_000.0,
    }
    assert after.evs["carport"].vehicle == "zoe"


@pytest.mark.parametrize(("given", "why"), [(SILENT, SILENT.why), (0.0, NO_RANGE)])
def test_a_range_that_nobody_knows_is_unknown(given: Any, why: str) -> None:
    car = Completion(USUAL)(with_inputs(zoe_soc=64.0, zoe_range=given)).evs["carport"]
    assert (car.range_km.value, car.range_km.why) == (None, why)


def test_an_input_chooses_the_car() -> None:
    complete = Completion(CHOSEN)
    assert complete(with_inputs(which_car="van", zoe_soc=64.0)).evs["carport"].soc_percent.value == 40.0
    assert complete(with_inputs(which_car="zoe", zoe_soc=64.0)).evs["carport"].soc_percent.value == 64.0
    unset = complete(with_inputs(which_car=unknown("nobody has set it yet"))).evs["carport"]
    assert unset.soc_percent.why == "the vehicle is not known: input.which_car: nobody has set it yet"
    guest = complete(with_inputs(which_car="guest")).evs["carport"]
    assert (guest.vehicle, guest.soc_percent.why) == ("guest", "the car is a guest")


def test_the_needs_of_a_car_hold_while_it_is_the_one_at_the_charger() -> None:
    cars = {"zoe": replace(ZOE, min_current_a=8.0), "van": replace(VAN, phases=1)}
    complete = Completion(replace(CHOSEN, vehicles=cars))

    def needs(which: Any) -> tuple[float | None, int | None]:
        car = complete(with_inputs(which_car=which, zoe_soc=64.0)).evs["carport"]
        return car.car_min_current_a, car.car_phases

    assert [needs(one) for one in ("zoe", "van", "guest", SILENT)] == [
        (8.0, None),
        (None, 1),
        (None, None),
        (None, None),
    ]


def test_the_report_of_a_charger_stays_where_the_car_is_silent() -> None:
    before = with_inputs(zoe_soc=SILENT)
    evs = {"carport": replace(before.evs["carport"], soc_percent=known(55.0, 990.0))}
    car = Completion(USUAL)(replace(before, evs=evs)).evs["carport"]
    assert (car.soc_percent.value, car.soc_estimated.value) == (55.0, False)


def test_a_jump_is_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    complete = Completion(USUAL)
    complete(with_inputs(zoe_soc=64.0))
    complete(with_inputs(zoe_soc=50.0))
    assert "zoe reports a state of charge of 50 %, -14 % from the estimate" in caplog.text


def test_without_wiring_nothing_changes() -> None:
    before = with_inputs(relay=True)
    assert Completion(Wiring())(before) is before
