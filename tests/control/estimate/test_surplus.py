from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from optimizer.control.estimate.car_model import CarModel, Step
from optimizer.control.estimate.observation import Observation
from optimizer.control.estimate.surplus import Surplus, reserved_w
from optimizer.control.judge.judge import judge
from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.params import Params
from optimizer.model.reading import known
from optimizer.model.site import BatterySite
from optimizer.model.state import State
from optimizer.words.text import in_language
from tests.control.house import battery, ev, reading, site, state
from tests.words.english import german


def surplus_of(snapshot: State, observed: Mapping[str, Observation] | None = None) -> Surplus:
    """The surplus of one snapshot."""
    return judge(snapshot, observed or {}, JudgeMemory(), site()).surplus


def test_surplus_is_pv_minus_home_at_the_grids_moment() -> None:
    snapshot = state(
        grid_w=-500.0, evs=(ev(power_w=3000.0),), batteries=(battery(power_w=-1000.0),)
    )  # home = pv + grid + battery − ev
    assert surplus_of(snapshot).total_w == 4500.0


def test_an_old_car_reading_is_carried_to_the_grids_moment() -> None:
    observed = {"carport": Observation(CarModel(3000.0, (Step(100.0, 3.0, 5000.0),)))}
    snapshot = state(mono_s=130.0, grid_w=0.0, evs=(ev(at_s=100.0, power_w=3000.0),))
    assert surplus_of(snapshot, observed).total_w == pytest.approx(5000.0, abs=2.0)


def test_one_unknown_reading_makes_the_surplus_unknown_and_says_which() -> None:
    assert "grid" in surplus_of(state(grid_w=None)).why
    assert "ev.carport" in surplus_of(state(evs=(ev(power_w=None),))).why
    unknown_battery = surplus_of(state(batteries=(battery(power_w=None),)))
    assert unknown_battery.total_w is None
    assert "battery.cellar" in unknown_battery.why


def test_the_reason_of_an_unknown_surplus_is_german_too() -> None:
    """Also what it is made of: which reading, and what is wrong with it."""
    old = known(500.0, 0.0).fresh(25.0, 10.0)
    meter = replace(state(), grid=replace(state().grid, power_w=old))
    for snapshot in (
        meter,
        state(evs=(replace(ev(), power_w=old),)),
        state(batteries=(replace(battery(), power_w=old),)),
    ):
        why = surplus_of(snapshot).why
        assert "last measured 25 s ago" in why
        assert "eistung" in in_language(why, german())
        assert "zuletzt vor 25 s gemessen" in in_language(why, german())


@pytest.mark.parametrize(
    ("soc", "power_w", "allowed_w", "surplus_w", "kept_w"),
    [
        (50.0, -1000.0, None, 8000.0, 4000.0),
        (50.0, -1000.0, 2500.0, 8000.0, 2500.0),
        (50.0, -1000.0, None, 3000.0, 3000.0),
        (98.5, -150.0, None, 8000.0, 2000.0),
        (99.6, -150.0, None, 8000.0, 0.0),
        (None, 0.0, None, 8000.0, 4000.0),
        (50.0, 0.0, None, -700.0, 0.0),
    ],
    ids=[
        "what it can take",
        "less when it says so",
        "all there is",
        "nearly full",
        "full",
        "unknown SoC is not full",
        "no sun",
    ],
)
def test_what_is_kept_for_a_battery_with_priority(
    soc: float | None, power_w: float, allowed_w: float | None, surplus_w: float, kept_w: float
) -> None:
    where = site(batteries=(BatterySite("cellar", max_charge_w=4000.0),))
    observed = battery(soc=soc, power_w=power_w, max_charge_w=reading(allowed_w, 0.0))
    assert reserved_w(state(batteries=(observed,)), where, Params(), surplus_w) == kept_w
