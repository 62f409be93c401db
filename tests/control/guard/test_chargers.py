"""The guard's invariants, over everything that Hypothesis can think of."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.current import ceiling_a, floor_to_step
from optimizer.control.estimate.load_inputs import LoadInputs
from optimizer.control.estimate.worst_case import WorstCase, worst_case_of
from optimizer.control.guard.chargers import Beside, clamp_chargers, comes_down
from optimizer.model.decision import EvOrder
from optimizer.model.reading import known, unknown
from optimizer.model.site import ChargerSite
from optimizer.model.state import Commanded
from tests.control.house import ev, site, state

MAPS = ((1, 2, 3), (2, 3, 1), (3, 1, 2), (1,), (2,), (3,))
amps = st.floats(0.0, 40.0)
any_float = st.floats(allow_nan=True, allow_infinity=True)


def only(house_a: tuple[float, float, float]) -> Beside:
    """The house alone beside the cars."""
    return Beside(house_a, house_a)


@st.composite
def situations(draw: st.DrawFn):  # type: ignore[no-untyped-def]
    """Up to four chargers, wired and configured anyhow, with orders from a broken controller."""
    chargers, evs, wanted = [], [], {}
    for n in range(draw(st.integers(1, 4))):
        name = f"c{n}"
        chargers.append(
            ChargerSite(
                name,
                max_current_a=draw(st.sampled_from([6.0, 10.0, 16.0, 32.0])),
                phase_map=draw(st.sampled_from(MAPS)),
                can_switch_phases=draw(st.booleans()),
                priority=draw(st.integers(0, 2)),
                current_step_a=draw(st.sampled_from([0.1, 1.0])),
            )
        )
        commanded = draw(
            st.none()
            | st.builds(
                Commanded,
                current_a=amps,
                paused=st.booleans(),
                phases=st.sampled_from([1, 3]),
                at_s=st.just(0.0),
                unconfirmed_a=amps,
            )
        )
        evs.append(
            ev(
                name,
                offered_a=draw(st.none() | st.floats(6.0, 32.0)),
                paused=draw(st.none() | st.booleans()),
                phases=draw(st.none() | st.sampled_from([1, 3])),
                rated_a=draw(st.none() | st.sampled_from([13.0, 16.0, 32.0])),
                drawn_a=draw(st.sampled_from([(), (8.0, 8.0, 8.0), (12.0, None, 0.0)])),
                commanded=commanded,
            )
        )
        wanted[name] = EvOrder(draw(any_float | amps), draw(st.sampled_from([1, 3])))
    house = draw(st.tuples(st.floats(0.0, 60.0), st.floats(0.0, 60.0), st.floats(0.0, 60.0)))
    where = site(
        *chargers,
        fuse_a=draw(st.sampled_from([16.0, 25.0, 35.0, 63.0])),
        unbalance_a=draw(st.none() | st.sampled_from([16.0, 20.0])),
    )
    return where, state(evs=tuple(evs)), wanted, house


@given(situations())
def test_orders_fit_charger_fuse_and_every_unconfirmed_write(situation) -> None:  # type: ignore[no-untyped-def]
    where, snapshot, wanted, house = situation
    worst_case = {n: worst_case_of(snapshot.evs[n], where.chargers[n], 0.0) for n in wanted}
    inputs = LoadInputs(snapshot, where, worst_case, {})
    orders, _ = clamp_chargers(wanted, inputs, Beside(house, house))
    assert set(orders) == set(wanted)
    load, worst = list(house), list(house)
    stuck = {n for n in wanted if not comes_down(snapshot.evs[n], where.chargers[n], worst_case[n], 0.0)}
    beside = list(house)
    for name in stuck:
        for phase in where.chargers[name].phase_map[: worst_case[name].phases]:
            beside[phase - 1] += worst_case[name].current_a
    for name, order in orders.items():
        charger, observed = where.chargers[name], worst_case[name]
        assert order.current_a == 0.0 or 6.0 <= order.current_a <= ceiling_a(snapshot.evs[name], charger) + 1e-9
        assert order.current_a == 0.0 or order.current_a <= wanted[name].current_a + 1e-6
        used = charger.phase_map[: order.phases]
        before = charger.phase_map[: observed.phases]
        for phase in charger.phase_map:
            now = order.current_a if phase in used else 0.0
            load[phase - 1] += now
            worst[phase - 1] += max(now, observed.current_a if phase in before else 0.0)
        if where.unbalance_a is not None and len(used) == 1:
            assert order.current_a <= where.unbalance_a + 1e-9
    for phase in range(3):
        if house[phase] <= where.fuse_a:
            assert load[phase] <= where.fuse_a + 1e-6
    for name in set(orders) - stuck:
        order, used = orders[name], where.chargers[name].phase_map[: orders[name].phases]
        others = list(beside)
        for other in set(orders) - stuck:
            for phase in where.chargers[other].phase_map[: orders[other].phases]:
                others[phase - 1] += orders[other].current_a
        assert order.current_a == 0.0 or all(others[phase - 1] <= where.fuse_a + 1e-6 for phase in used)
    for name, order in orders.items():
        charger, observed = where.chargers[name], worst_case[name]
        used = charger.phase_map[: order.phases]
        if order.current_a > (observed.current_a if observed.phases >= len(used) else 0.0) + 0.06:
            for phase in used:  # its own current of before may be anything: it goes down from that
                own = max(order.current_a, observed.current_a if phase in charger.phase_map[: observed.phases] else 0.0)
                assert worst[phase - 1] - own + order.current_a <= where.fuse_a + 1e-6


@given(situations(), st.tuples(amps, amps, amps), st.booleans())
def test_no_charger_on_an_overloaded_phase_is_raised(situation, grid_a, believed) -> None:  # type: ignore[no-untyped-def]
    """Whatever the estimate of the house says: what a charger reports of its car may be wrong."""
    where, snapshot, wanted, house = situation
    if believed:
        snapshot = replace(snapshot, grid=replace(snapshot.grid, phase_current_a=tuple(known(a, 0.0) for a in grid_a)))
    else:
        unbelieved = (unknown("implausible"),) * 3
        snapshot = replace(snapshot, grid=replace(snapshot.grid, phase_current_a=unbelieved))
    worst_case = {n: worst_case_of(snapshot.evs[n], where.chargers[n], 0.0) for n in wanted}
    inputs = LoadInputs(snapshot, where, worst_case, {}, () if believed else grid_a)
    orders, _ = clamp_chargers(wanted, inputs, Beside(house, house))
    for name, order in orders.items():
        seen = snapshot.evs[name]
        told_a = 0.0 if seen.paused.value else seen.offered_a.value or 0.0
        if seen.commanded is not None:
            told_a = max(seen.commanded.offer_a, seen.commanded.unconfirmed_a)
        if any(grid_a[phase - 1] > where.fuse_a for phase in where.chargers[name].phase_map[: order.phases]):
            assert order.current_a <= told_a + 1e-6


def test_a_reduction_is_urgent_when_the_car_may_be_drawing_more() -> None:
    where = site(ChargerSite("carport"), fuse_a=25.0)
    snapshot = state(evs=(ev(offered_a=16.0, paused=False),))
    worst_case = {"carport": WorstCase(16.0, 3, 3)}
    inputs = LoadInputs(snapshot, where, worst_case, {})
    orders, causes = clamp_chargers({"carport": EvOrder(16.0, 3)}, inputs, only((15.0, 3.0, 3.0)))
    assert orders["carport"] == EvOrder(10.0, 3, urgent=True)
    assert [cause.code for cause in causes] == ["guard.current"]


def test_a_share_moves_only_after_the_lower_offer_was_read_back() -> None:
    first, second = ChargerSite("a", priority=1), ChargerSite("b")
    where = site(first, second, fuse_a=25.0)
    snapshot = state(evs=(ev("a", paused=True), ev("b", offered_a=16.0, paused=False)))
    worst_case = {n: worst_case_of(snapshot.evs[n], where.chargers[n], 0.0) for n in ("a", "b")}
    inputs = LoadInputs(snapshot, where, worst_case, {})
    orders, _ = clamp_chargers(
        {"a": EvOrder(16.0, 3), "b": EvOrder(9.0, 3)},
        inputs,
        only((0.0, 0.0, 0.0)),
    )
    assert orders["a"].current_a == 9.0  # 25 − 16 that b may still be drawing
    assert orders["b"].current_a == 9.0


def test_a_current_that_the_fuse_holds_down_does_not_flutter_with_the_house() -> None:
    where = site(ChargerSite("carport"), fuse_a=25.0)
    snapshot = state(evs=(ev(offered_a=10.0, paused=False),))
    worst_case = {"carport": WorstCase(10.0, 3, 3)}
    for house_a, current_a in ((14.7, 10.0), (14.2, 10.8), (15.2, 9.8)):
        house = (house_a, 3.0, 3.0)
        inputs = LoadInputs(snapshot, where, worst_case, {})
        orders, _ = clamp_chargers({"carport": EvOrder(16.0, 3)}, inputs, Beside(house, house))
        assert orders["carport"].current_a == current_a


def test_others_make_way_for_a_charger_that_does_not_come_down() -> None:
    where = site(ChargerSite("a", priority=1), ChargerSite("b"), fuse_a=25.0)
    drawing = ev("a", offered_a=16.0, paused=False, drawn_a=(16.0, 16.0, 16.0), blocked="its own solar mode is active")
    snapshot = state(evs=(drawing, ev("b", offered_a=16.0, paused=False)))
    worst_case = {n: worst_case_of(snapshot.evs[n], where.chargers[n], 0.0) for n in ("a", "b")}
    inputs = LoadInputs(snapshot, where, worst_case, {})
    orders, causes = clamp_chargers(
        {"a": EvOrder(0.0, 3), "b": EvOrder(16.0, 3)},
        inputs,
        only((5.0, 5.0, 5.0)),
    )
    assert orders["b"] == EvOrder(0.0, 3, urgent=True)
    assert [cause.subject for cause in causes] == ["ev.b.current_a"]


def test_a_phase_that_is_still_on_counts_until_it_is_read_back_as_off() -> None:
    where = site(ChargerSite("carport", can_switch_phases=True), fuse_a=35.0)
    snapshot = state(evs=(ev(offered_a=16.0, paused=False, phases=3),))
    worst_case = {"carport": worst_case_of(snapshot.evs["carport"], where.chargers["carport"], 0.0)}
    inputs = LoadInputs(snapshot, where, worst_case, {})
    orders, _ = clamp_chargers({"carport": EvOrder(16.0, 1)}, inputs, only((5.0, 25.0, 5.0)))
    assert orders["carport"] == EvOrder(10.0, 1, urgent=True)


@given(st.floats(-100.0, 100.0) | st.just(math.nan))
def test_below_six_amperes_there_is_only_pause(current_a: float) -> None:
    stepped = floor_to_step(current_a, 0.1)
    assert stepped == 0.0 or (6.0 <= stepped <= current_a + 1e-6)


@pytest.mark.parametrize("stuck_first", [True, False])
def test_a_charger_that_does_not_come_down_goes_first_whatever_its_priority(stuck_first: bool) -> None:
    where = site(
        ChargerSite("a", priority=int(stuck_first)), ChargerSite("b", priority=int(not stuck_first)), fuse_a=25.0
    )
    drawing = ev("a", offered_a=16.0, paused=False, drawn_a=(16.0, 16.0, 16.0), blocked="its own solar mode is active")
    snapshot = state(evs=(drawing, ev("b", offered_a=16.0, paused=False)))
    worst_case = {n: worst_case_of(snapshot.evs[n], where.chargers[n], 0.0) for n in ("a", "b")}
    inputs = LoadInputs(snapshot, where, worst_case, {})
    orders, _ = clamp_chargers({"a": EvOrder(6.0, 3), "b": EvOrder(16.0, 3)}, inputs, only((5.0, 5.0, 5.0)))
    assert orders["b"].current_a == 0.0


def test_a_charger_that_had_time_and_draws_more_than_commanded_does_not_come_down() -> None:
    charger = ChargerSite("carport")
    for now_s, worst_a, expected in ((5.0, 16.0, True), (500.0, 16.0, False), (500.0, 10.9, True)):
        commanded = Commanded(10.0, False, 3, at_s=0.0)
        drawing = ev(at_s=now_s, offered_a=10.0, paused=False, commanded=commanded)
        assert comes_down(drawing, charger, WorstCase(worst_a, 3, 3), now_s) is expected


def test_below_the_least_current_of_its_car_a_charger_is_paused() -> None:
    where = site(ChargerSite("carport"), fuse_a=25.0)
    snapshot = state(evs=(ev(offered_a=16.0, paused=False),))
    for house_a, current_a in ((15.5, 0.0), (14.5, 10.5)):
        inputs = LoadInputs(snapshot, where, {"carport": WorstCase(16.0, 3, 3, least_a=10.0)}, {})
        orders, _ = clamp_chargers({"carport": EvOrder(16.0, 3)}, inputs, only((house_a,) * 3))
        assert orders["carport"].current_a == pytest.approx(current_a)


def test_a_charger_that_may_not_rise_keeps_its_current() -> None:
    where = site(ChargerSite("a", priority=1), ChargerSite("b"), fuse_a=25.0)
    snapshot = state(evs=(ev("a", offered_a=10.0, paused=False), ev("b", offered_a=16.0, paused=False)))
    worst_case = {n: worst_case_of(snapshot.evs[n], where.chargers[n], 0.0) for n in ("a", "b")}
    inputs = LoadInputs(snapshot, where, worst_case, {})
    orders, _ = clamp_chargers({"a": EvOrder(16.0, 3), "b": EvOrder(6.0, 3)}, inputs, only((0.0, 0.0, 0.0)))
    assert (orders["a"].current_a, orders["b"].current_a) == (10.0, 6.0), "b may still draw its 16 A"
