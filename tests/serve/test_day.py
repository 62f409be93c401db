"""The booking day does not follow a clock that is wrong for a while."""

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.model.state import State
from optimizer.serve.day import SETTLE_S, BookingDay
from optimizer.serve.panel import Panel
from tests.serve.house import BERLIN, SITE, HandClock, report, state

TODAY, TOMORROW = "2025-06-21", "2025-06-22"


def at(mono_s: float, ahead: timedelta = timedelta()) -> State:
    base = state(mono_s)
    return replace(base, now=base.now + ahead, local=(base.now + ahead).astimezone(BERLIN))


def test_a_day_begins_at_midnight() -> None:
    day = BookingDay()
    assert day.of(at(0.0)) == TODAY
    assert day.of(at(86_400.0)) == TOMORROW


@pytest.mark.parametrize("jump", [timedelta(days=731), timedelta(days=-1), timedelta(hours=-13), timedelta(days=1)])
def test_a_clock_that_is_set_and_set_back_begins_no_day(jump: timedelta) -> None:
    day = BookingDay()
    day.of(at(0.0))
    assert day.of(at(60.0, jump)) == TODAY
    assert day.of(at(60.0 + SETTLE_S / 2, jump)) == TODAY
    assert day.of(at(120.0 + SETTLE_S / 2)) == TODAY
    assert day.of(at(180.0 + 2 * SETTLE_S)) == TODAY


def test_a_clock_that_stays_where_it_was_set_is_believed() -> None:
    day = BookingDay()
    day.of(at(0.0))
    day.of(at(60.0, timedelta(days=3)))
    assert day.of(at(61.0 + SETTLE_S, timedelta(days=3))) == "2025-06-24"


@pytest.mark.parametrize(("stored", "now"), [("2025-06-20", TODAY), ("2023-01-01", "2023-01-01"), (TOMORROW, TOMORROW)])
def test_a_start_goes_on_with_the_stored_day_if_the_date_is_not_plausible(stored: str, now: str) -> None:
    day = BookingDay(stored)
    assert day.of(at(0.0)) == now
    assert day.of(at(SETTLE_S)) == TODAY


def test_energies_of_today_survive_a_wrong_clock() -> None:
    panel = Panel(HandClock(), SITE)
    for mono_s in (1000.0, 1030.0, 1060.0):
        panel.on_tick(report(at(mono_s)))
    export_wh = panel.ledger.today.export_wh
    panel.on_tick(report(at(1090.0, timedelta(days=731))))
    panel.on_tick(report(at(1120.0)))
    assert panel.ledger.today.export_wh > export_wh > 0.0
