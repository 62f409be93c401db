"""The energy of each PV system since midnight, counted from its power."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.reading import known, unknown
from optimizer.model.state import Pv, State
from optimizer.serve.energy_store import EnergyStore
from optimizer.serve.ledger import Ledger
from optimizer.serve.panel import Panel
from optimizer.serve.pv_day import BRIDGED_S, TOLERATED_S, PvDay, counted
from tests.serve.house import SITE, HandClock, report, state

MIDNIGHT = datetime(2025, 6, 21, 0, 0, tzinfo=UTC)


def at(hour: float, **powers_w: float | None) -> State:
    """The PV systems at an hour of the day, in UTC."""
    pvs = {
        name: Pv(name, power_w=unknown("no answer") if power_w is None else known(power_w, 0.0))
        for name, power_w in powers_w.items()
    }
    now = MIDNIGHT + timedelta(hours=hour)
    return replace(state(), now=now, local=now, mono_s=3600.0 * hour, pvs=pvs)


def run(*ticks: tuple[float, float | None], before: PvDay | None = None) -> PvDay:
    """Ticks of one system: hour since the first midnight, power in W."""
    day = before or PvDay()
    for hour, power_w in ticks:
        snapshot = at(hour, roof=power_w)
        day = counted(day, snapshot, snapshot.now.date().isoformat())
    return day


EVENING = [(22.0, 0.0)]


def steady(start: float, end: float, power_w: float, step: float = 1 / 60) -> list[tuple[float, float | None]]:
    count = round((end - start) / step)
    return [(start + step * n, power_w) for n in range(count + 1)]


def test_a_whole_day_is_counted_and_the_first_is_unknown() -> None:
    first = run((10.0, 1000.0), *steady(10.0, 12.0, 1000.0))
    assert first.known_wh() == {}
    second = run((22.0, 0.0), (24.01, 0.0), *steady(32.0, 34.0, 0.0), *steady(34.0, 36.0, 3000.0), before=first)
    assert second.known_wh()["roof"] == pytest.approx(6000.0, rel=0.01)
    third = run((46.0, 0.0), (48.1, 0.0), before=second)
    assert third.known_wh() == {"roof": 0.0}


def test_a_short_gap_in_the_sun_is_bridged_and_a_long_one_makes_it_unknown() -> None:
    morning = run(*EVENING, (24.1, 0.0), (32.0, 0.0), *steady(32.0 + 1 / 60, 33.0, 2000.0))
    bridged = run((33.0 + BRIDGED_S / 3600.0, 2000.0), before=morning)
    assert bridged.known_wh()["roof"] - morning.known_wh()["roof"] == pytest.approx(2000.0 * BRIDGED_S / 3600.0)
    long = run((33.0 + (TOLERATED_S + 1.0) / 3600.0, 2000.0), before=morning)
    assert long.known_wh() == {}
    assert run((46.0, 0.0), (48.1, 0.0), before=long).known_wh() == {"roof": 0.0}


def test_a_night_without_the_service_is_no_gap() -> None:
    assert run((20.0, 5.0), (29.0, 0.0)).known_wh() == {"roof": 0.0}
    assert run((12.0, 900.0), (29.0, 0.0)).known_wh() == {}
    assert run((3.0, 0.0), (45.0, 0.0)).known_wh() == {}


def test_an_unknown_power_is_a_gap_of_its_own_system_only() -> None:
    day = counted(counted(PvDay(), at(22, a=0.0, b=0.0), "d1"), at(24.1, a=0.0, b=0.0), "d2")
    for minute in range(60):
        day = counted(day, at(34 + minute / 60, a=1000.0, b=None), "d2")
    assert set(day.known_wh()) == {"b"}  # nothing has come of it since the night, and nothing says that it is late
    day = counted(day, at(35, a=1000.0, b=1000.0), "d2")
    assert day.known_wh() == {}


def test_a_clock_that_is_set_back_makes_the_day_unknown() -> None:
    day = run(*EVENING, (24.1, 0.0), (34.0, 0.0))
    assert run((32.0, 0.0), before=day).known_wh() == {}


@given(st.lists(st.tuples(st.floats(0.001, 3.0), st.none() | st.floats(-50.0, 20_000.0)), max_size=60))
def test_the_count_of_a_day_never_falls_and_never_exceeds_the_largest_power(
    steps: list[tuple[float, float | None]],
) -> None:
    hour, day, last = 0.0, PvDay(), 0.0
    for step, power_w in steps:
        hour += step
        snapshot = at(hour, roof=power_w)
        before, day = day, counted(day, snapshot, snapshot.now.date().isoformat())
        energy_wh = day.counts["roof"].energy_wh if day.counts else 0.0
        assert energy_wh >= (last if before.day == day.day else 0.0)
        assert energy_wh <= 20_000.0 * 24.0
        last = energy_wh


def test_it_is_kept_across_a_restart(tmp_path: Path) -> None:
    store = EnergyStore(tmp_path / "energy.json")
    kept = Ledger(pv_day=run(*EVENING, (24.1, 0.0)))
    store.save(kept)
    store.close()
    assert EnergyStore(tmp_path / "energy.json").load() == kept


def test_the_panel_counts_every_tick() -> None:
    panel = Panel(HandClock(), SITE)
    panel.on_tick(report(at(22.0, roof=0.0)))
    panel.on_tick(report(at(24.1, roof=0.0)))
    assert panel.ledger.pv_day.known_wh() == {"roof": 0.0}
