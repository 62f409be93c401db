"""From samples to State: what is too old is unknown and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from optimizer.devices.port import Sample
from optimizer.model.condition import ChargerCondition
from optimizer.model.reading import known
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Commanded, Ev, Grid, Pv, State
from optimizer.runtime.parts import Device
from optimizer.runtime.poll.snapshot import snapshot
from tests.runtime.house import FakeMeter
from tests.virtual_time import VirtualClock

NOW = datetime(2025, 6, 21, 10, 0, tzinfo=UTC)
METER = FakeMeter(VirtualClock())
FEMS = Device("fems", "fems", METER, grid=True, pvs=("roof",), batteries=("cellar",), max_age_s=15.0)
NRGKICK = Device("carport", "nrgkick", METER, evs=("carport",), max_age_s=30.0)
SHELLY = Device("heatpump", "http_json", METER, side_meter=True, max_age_s=20.0)
SITE = Site(
    zone=ZoneInfo("Europe/Vienna"),
    chargers={"carport": ChargerSite("carport"), "yard": ChargerSite("yard")},
    batteries={"cellar": BatterySite("cellar")},
)
LATEST = {
    "fems": Sample(
        grid=Grid(known(-500.0, 100.0), (known(1.0, 100.0),)),
        pvs=(Pv("roof", known(2000.0, 100.0)),),
        batteries=(Battery("cellar", soc_percent=known(50.0, 100.0), capacity_wh=known(10_000.0, 10.0)),),
    ),
    "heatpump": Sample(grid=Grid(known(1200.0, 100.0))),
    "carport": Sample(evs=(Ev("carport", offered_a=known(10.0, 90.0), rated_a=known(32.0, 5.0)),)),
}


def take(mono_s: float, latest: dict[str, Sample | None] | None = None, problem: str = "") -> State:
    return snapshot(
        (FEMS, NRGKICK, SHELLY),
        latest if latest is not None else dict(LATEST),
        SITE,
        now=NOW,
        mono_s=mono_s,
        problem_of=lambda name: problem if name in ("fems", "heatpump") else "",
        commanded={"carport": Commanded(10.0, False, 3, 88.0)},
        grid_history=((99.0, -400.0), (100.0, -500.0)),
    )


def test_fresh_readings_pass() -> None:
    state = take(101.0)
    assert state.grid.power_w.value == -500.0
    assert state.grid.history[-1] == (100.0, -500.0)
    assert state.pvs["roof"].power_w.value == 2000.0
    assert state.batteries["cellar"].soc_percent.value == 50.0
    assert state.evs["carport"].offered_a.value == 10.0
    assert state.evs["carport"].commanded == Commanded(10.0, False, 3, 88.0)
    assert state.local.hour == 12


def test_each_device_has_its_own_limit_and_facts_do_not_age() -> None:
    state = take(118.0, problem="connection refused")
    assert state.grid.power_w.value is None
    assert state.grid.power_w.why == "last measured 18 s ago, limit 15 s; connection refused"
    assert state.grid.phase_current_a[0].value is None
    assert state.batteries["cellar"].soc_percent.value is None
    assert state.batteries["cellar"].capacity_wh.value == 10_000.0
    assert state.evs["carport"].offered_a.value == 10.0
    assert take(121.0).evs["carport"].offered_a.value is None
    assert take(99_999.0).evs["carport"].rated_a.value == 32.0


def test_the_condition_of_a_charger_ages_too_and_its_signal_more_slowly() -> None:
    condition = ChargerCondition(
        error=known("none", 90.0), connector_temp_c=(known(30.0, 90.0),), signal_dbm=known(-60.0, 90.0)
    )
    latest: dict[str, Sample | None] = {"carport": Sample(evs=(Ev("carport", condition=condition),))}
    fresh = take(101.0, latest).evs["carport"].condition
    assert (fresh.error.value, fresh.connector_temp_c[0].value) == ("none", 30.0)
    stale = take(200.0, latest).evs["carport"].condition
    assert (stale.error.value, stale.connector_temp_c[0].value, stale.signal_dbm.value) == (None, None, -60.0)
    assert "last measured" in stale.error.why
    assert take(1100.0, latest).evs["carport"].condition.signal_dbm.value is None
    assert take(101.0, {}).evs["carport"].condition.error.why == "not read yet"


def test_what_was_never_read_is_unknown_with_the_reason() -> None:
    state = take(5.0, {"fems": None, "carport": None}, problem="connection refused")
    assert state.grid.power_w.why == "connection refused"
    assert state.batteries["cellar"].soc_percent.why == "connection refused"
    assert state.evs["carport"].status.why == "not read yet"
    assert state.evs["yard"].name == "yard"


def test_a_further_meter_is_no_grid_meter_and_ages_by_its_own_limit() -> None:
    state = take(101.0)
    assert {name: power.value for name, power in state.meters.items()} == {"heatpump": 1200.0}
    assert state.grid.power_w.value == -500.0
    assert take(120.0).meters["heatpump"].value == 1200.0
    old = take(121.0, problem="connection refused").meters["heatpump"]
    assert (old.value, old.why) == (None, "last measured 21 s ago, limit 20 s; connection refused")


def test_a_further_meter_that_was_never_read_is_unknown_with_the_reason() -> None:
    assert take(5.0, {}, problem="connection refused").meters["heatpump"].why == "connection refused"
    assert take(5.0, {}).meters["heatpump"].why == "not read yet"
    assert take(5.0, {"heatpump": Sample()}).meters["heatpump"].value is None


def test_the_capacity_of_the_settings_serves_until_the_device_reports_one() -> None:
    site = replace(SITE, batteries={"cellar": BatterySite("cellar", capacity_wh=7000.0)})
    silent = Sample(batteries=(Battery("cellar", soc_percent=known(50.0, 100.0)),))

    def capacity(sample: Sample | None) -> float | None:
        state = snapshot(
            (FEMS,),
            {"fems": sample},
            site,
            now=NOW,
            mono_s=101.0,
            problem_of=lambda name: "",
            commanded={},
        )
        return state.batteries["cellar"].capacity_wh.value

    assert capacity(silent) == 7000.0
    assert capacity(None) == 7000.0
    assert capacity(LATEST["fems"]) == 10_000.0
