"""The limit on loads of fewer than three phases, over cars and batteries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.battery_commanded import charge_w
from optimizer.control.estimate.load_inputs import LoadInputs, Loads
from optimizer.control.estimate.worst_case import worst_case_of
from optimizer.control.guard.batteries import CHARGING, Constraint, within
from optimizer.control.guard.chargers import Beside, clamp_chargers, narrow_a
from optimizer.control.guard.fuses import hold_fuses
from optimizer.model.decision import BatteryAction, BatteryOrder, EvOrder
from optimizer.model.site import BatterySite, ChargerSite
from optimizer.model.state import Ev
from tests.control.house import battery, ev, site, state

NOTHING = (0.0, 0.0, 0.0)
ALONE = Beside(NOTHING, NOTHING)
LIMIT_A = 20.0
NARROW_MAPS = ((1,), (2,), (1, 2), (2, 1), (1, 2, 3))
currents_a = st.sampled_from([0.0, 6.0, 8.0, 10.0, 12.0, 16.0])


def inputs_of(chargers: tuple[ChargerSite, ...], evs: tuple[Ev, ...]) -> LoadInputs:
    where = site(*chargers, fuse_a=63.0, unbalance_a=LIMIT_A)
    snapshot = state(evs=evs)
    worst_case = {one.name: worst_case_of(snapshot.evs[one.name], one, 0.0) for one in chargers}
    return LoadInputs(snapshot, where, worst_case, {})


def charging(name: str, offered_a: float, phases: int = 3, drawn_a: tuple[float, ...] = ()) -> Ev:
    return ev(name, offered_a=max(6.0, offered_a), paused=offered_a < 6.0, phases=phases, drawn_a=drawn_a)


@given(
    maps=st.lists(st.sampled_from(NARROW_MAPS), min_size=1, max_size=3),
    before_a=st.tuples(currents_a, currents_a, currents_a),
    wanted_a=st.tuples(currents_a, currents_a, currents_a),
)
def test_cars_on_few_phases_keep_the_limit_and_rise_only_into_room_on_their_phase(
    maps: list[tuple[int, ...]], before_a: tuple[float, ...], wanted_a: tuple[float, ...]
) -> None:
    chargers = tuple(ChargerSite(f"c{number}", phase_map=wired) for number, wired in enumerate(maps))
    evs = tuple(charging(one.name, amps) for one, amps in zip(chargers, before_a, strict=False))
    inputs = inputs_of(chargers, evs)
    wanted = {one.name: EvOrder(amps, 3) for one, amps in zip(chargers, wanted_a, strict=False)}
    orders, _ = clamp_chargers(wanted, inputs, ALONE)
    narrow = [one for one in chargers if len(one.phase_map) < 3]
    before = dict(zip(wanted, before_a, strict=False))
    for phase in (1, 2, 3):
        on_phase = [one.name for one in narrow if phase in one.phase_map]
        assert sum(orders[name].current_a for name in on_phase) <= LIMIT_A + 1e-6
        for name in on_phase:
            if orders[name].current_a > before[name] + 0.06:
                others_a = sum(max(orders[other].current_a, before[other]) for other in on_phase if other != name)
                assert orders[name].current_a + others_a <= LIMIT_A + 1e-6
    for one in chargers:
        if len(one.phase_map) == 3:
            assert orders[one.name].current_a == wanted[one.name].current_a


def test_a_share_of_the_limit_moves_only_after_the_lower_offer_was_read_back() -> None:
    chargers = (ChargerSite("a", phase_map=(1,), priority=1), ChargerSite("b", phase_map=(1,)))
    inputs = inputs_of(chargers, (charging("a", 0.0), charging("b", 12.0)))
    orders, _ = clamp_chargers({"a": EvOrder(12.0, 1), "b": EvOrder(8.0, 1)}, inputs, ALONE)
    assert (orders["a"].current_a, orders["b"].current_a) == (8.0, 8.0)
    assert narrow_a(orders, inputs)[0] == 8.0 + 12.0, "the other one may still draw what it was offered before"


def test_a_car_that_uses_one_of_three_offered_phases_counts_on_that_phase() -> None:
    charger = ChargerSite("carport", max_current_a=32.0, phase_map=(2, 3, 1))
    for drawn_a, allowed_a in (((16.0, 0.1, 0.1), LIMIT_A), ((16.0, 16.0, 16.0), 32.0), ((0.5, 0.1, 0.1), 32.0)):
        inputs = inputs_of((charger,), (charging("carport", 16.0, drawn_a=drawn_a),))
        orders, _ = clamp_chargers({"carport": EvOrder(32.0, 3)}, inputs, ALONE)
        assert orders["carport"].current_a == allowed_a
    inputs = inputs_of((charger,), (charging("carport", 16.0, drawn_a=(16.0, 0.1, 0.1)),))
    assert narrow_a({"carport": EvOrder(10.0, 3)}, inputs) == (0.0, 16.0, 0.0)


@pytest.mark.parametrize(
    ("phases", "phase_map", "allowed_w"), [(1, (1,), 4600.0), (1, (), 4600.0), (3, (1, 2, 3), 18_000.0)]
)
def test_the_limit_is_for_batteries_on_few_phases(phases: int, phase_map: tuple[int, ...], allowed_w: float) -> None:
    cellar = BatterySite("cellar", max_charge_w=18_000.0, phases=phases, phase_map=phase_map)
    where = site(batteries=(cellar,), fuse_a=63.0, unbalance_a=LIMIT_A)
    wanted = {"cellar": BatteryOrder(BatteryAction.POWER, -18_000.0)}
    fitted = within(wanted, [Constraint({(): NOTHING}, LIMIT_A, narrow=True)], where, CHARGING)
    assert charge_w(fitted["cellar"]) == pytest.approx(allowed_w)
    guarded = hold_fuses({}, wanted, LoadInputs(state(grid_a=NOTHING, batteries=(battery(),)), where, {}, {}), Loads())
    assert charge_w(guarded.batteries["cellar"]) == pytest.approx(allowed_w)
