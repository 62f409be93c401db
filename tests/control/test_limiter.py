from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.limiter import AFTER_FALL_S, PAUSE, RELEASE, SMALL_A, SMALL_S, ChargerWrite, applied, next_write
from optimizer.model.decision import EvOrder
from optimizer.model.site import ChargerSite
from optimizer.model.state import Commanded
from tests.control.house import ev

SWITCHABLE = ChargerSite("carport", can_switch_phases=True)


def test_pause_comes_at_once_and_only_once() -> None:
    charging = ev(at_s=100.0, paused=False, offered_a=10.0)
    assert next_write(EvOrder(0.0, 3), charging, SWITCHABLE, 101.0) == PAUSE
    commanded = Commanded(10.0, True, 3, 101.0, unconfirmed_a=10.0)
    unread = ev(at_s=100.0, paused=False, offered_a=10.0, commanded=commanded)
    assert next_write(EvOrder(0.0, 3), unread, SWITCHABLE, 102.0) is None


def test_a_lost_pause_is_written_again_once_the_charger_says_so() -> None:
    commanded = Commanded(10.0, True, 3, 101.0)
    lost = ev(at_s=110.0, paused=False, offered_a=10.0, commanded=commanded)
    assert next_write(EvOrder(0.0, 3), lost, SWITCHABLE, 111.0) == PAUSE


def test_start_sets_the_current_before_it_releases() -> None:
    paused = ev(at_s=100.0, paused=True, offered_a=6.0, phases=3)
    assert next_write(EvOrder(9.5, 3), paused, SWITCHABLE, 101.0) == ChargerWrite("current", 9.5)
    commanded = Commanded(9.5, True, 3, 101.0)
    assert next_write(EvOrder(9.5, 3), ev(at_s=100.0, commanded=commanded), SWITCHABLE, 101.1) == RELEASE


def test_only_a_higher_current_and_the_end_of_a_pause_are_raises() -> None:
    for paused, write, raised_s in (
        (True, RELEASE, 50.0),
        (False, RELEASE, 10.0),
        (False, ChargerWrite("current", 9.0), 50.0),
        (False, ChargerWrite("current", 7.0), 10.0),
        (False, PAUSE, 10.0),
    ):
        assert applied(Commanded(8.0, paused, 3, 10.0, raised_at_s=10.0), write, 50.0).raised_at_s == raised_s


@pytest.mark.parametrize(
    ("current_a", "since_s", "written"),
    [(9.0, 5.0, False), (9.0, 10.0, True), (7.4, 2.0, True), (7.9, 8.0, False), (7.9, 10.0, True)],
    ids=["a raise waits", "for the interval", "a reduction does not", "a small one does", "for ten seconds"],
)
def test_write_interval(current_a: float, since_s: float, written: bool) -> None:
    commanded = Commanded(8.0, False, 3, 100.0)
    charging = ev(at_s=103.0, paused=False, offered_a=8.0, commanded=commanded)
    write = next_write(EvOrder(current_a, 3), charging, SWITCHABLE, 100.0 + since_s)
    assert write == (ChargerWrite("current", current_a) if written else None)


@pytest.mark.parametrize(
    ("raised_s", "since_s", "written"),
    [(80.0, 3.0, False), (80.0, 4.0, True), (95.0, 4.0, False), (95.0, 5.0, True), (None, 4.0, False)],
    ids=["just after a fall", "later", "soon after a raise", "long after it", "a raise that is not known"],
)
def test_a_raise_after_a_fall_waits_for_the_last_raise(raised_s: float | None, since_s: float, written: bool) -> None:
    commanded = Commanded(8.0, False, 3, 100.0, raised_at_s=raised_s)
    charging = ev(at_s=103.0, paused=False, offered_a=8.0, commanded=commanded)
    assert (next_write(EvOrder(9.0, 3), charging, SWITCHABLE, 100.0 + since_s) is not None) is written


@given(
    st.lists(st.floats(6.0, 16.0).map(lambda a: round(a, 1)), min_size=20, max_size=120),
    st.sampled_from((2.0, 4.0, 10.0, 30.0)),
    st.integers(1, 20),
)
def test_each_write_keeps_its_distance_and_no_change_is_lost(
    wanted_a: list[float], interval_s: float, tick_s: int
) -> None:
    """Over any orders and ticks: raises and small changes keep their distance, and the last order arrives."""
    site = ChargerSite("carport", can_switch_phases=True, write_interval_s=interval_s)
    commanded, now_s, raised_s = Commanded(6.0, False, 3, 0.0), 0.0, 0.0
    for order_a in [*wanted_a, *[wanted_a[-1]] * 40]:
        now_s += tick_s
        charging = ev(at_s=now_s, paused=False, offered_a=commanded.current_a, commanded=commanded)
        write = next_write(EvOrder(order_a, 3), charging, site, now_s)
        if write is not None:
            change_a, since_s = write.value - commanded.current_a, now_s - commanded.at_s
            assert change_a < 0.0 or (now_s - raised_s >= interval_s and since_s >= min(interval_s, AFTER_FALL_S))
            assert abs(change_a) >= SMALL_A - 0.06 or since_s >= SMALL_S
            raised_s = now_s if change_a > 0.0 else raised_s
            commanded = Commanded(write.value, False, 3, now_s, raised_at_s=raised_s)
    assert commanded.current_a == pytest.approx(wanted_a[-1])


def test_what_the_guard_asks_for_never_waits() -> None:
    commanded = Commanded(8.0, False, 3, 100.0)
    charging = ev(at_s=99.0, paused=False, offered_a=8.0, commanded=commanded)
    assert next_write(EvOrder(7.9, 1, urgent=True), charging, SWITCHABLE, 100.1) == ChargerWrite("current", 7.9)


def test_phases_up_go_over_six_amperes_and_a_read_back() -> None:
    order = EvOrder(10.0, 3)
    one = ev(at_s=100.0, paused=False, offered_a=16.0, phases=1)
    assert next_write(order, one, SWITCHABLE, 100.0) == ChargerWrite("current", 6.0)
    commanded = Commanded(6.0, False, 1, 100.0)
    unread = ev(at_s=100.0, paused=False, offered_a=16.0, phases=1, commanded=commanded)
    assert next_write(order, unread, SWITCHABLE, 101.0) is None
    read = ev(at_s=102.0, paused=False, offered_a=6.0, phases=1, commanded=commanded)
    assert next_write(order, read, SWITCHABLE, 102.0) == ChargerWrite("phases", 3.0)
    commanded = Commanded(6.0, False, 3, 103.0)
    switched = ev(at_s=105.0, paused=False, offered_a=6.0, phases=3, commanded=commanded)
    assert next_write(order, switched, SWITCHABLE, 113.0) == ChargerWrite("current", 10.0)


def test_phases_down_come_first() -> None:
    three = ev(at_s=100.0, paused=False, offered_a=6.0, phases=3)
    assert next_write(EvOrder(14.0, 1), three, SWITCHABLE, 100.0) == ChargerWrite("phases", 1.0)


def test_a_reduction_comes_before_a_switch_of_phases() -> None:
    three = ev(at_s=100.0, paused=False, offered_a=16.0, phases=3)
    assert next_write(EvOrder(8.0, 1), three, SWITCHABLE, 100.0) == ChargerWrite("current", 8.0)


def test_a_switch_that_is_not_carried_out_does_not_freeze_the_current() -> None:
    commanded = Commanded(16.0, False, 1, 100.0)
    refusing = ev(at_s=110.0, paused=False, offered_a=16.0, phases=3, commanded=commanded)
    assert next_write(EvOrder(9.0, 1), refusing, SWITCHABLE, 110.0) == ChargerWrite("current", 9.0)
    assert next_write(EvOrder(16.0, 1), refusing, SWITCHABLE, 110.0) is None


def test_nothing_is_written_blind_or_against_the_chargers_own_mode() -> None:
    assert next_write(EvOrder(0.0, 3), ev(paused=None, offered_a=None), SWITCHABLE, 0.0) is None
    blocked = ev(paused=False, offered_a=10.0, blocked="solar charging is active in the app")
    assert next_write(EvOrder(0.0, 3), blocked, SWITCHABLE, 0.0) is None


def test_phases_are_left_alone_where_they_cannot_be_switched() -> None:
    fixed = ChargerSite("carport")
    charging = ev(at_s=0.0, paused=False, offered_a=10.0, phases=3)
    assert next_write(EvOrder(10.0, 1), charging, fixed, 0.0) is None
