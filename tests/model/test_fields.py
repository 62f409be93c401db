"""The tables of fields, targets and kinds: every entry can be read, is unknown with a reason, and is named once."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from optimizer.model.condition import ChargerCondition
from optimizer.model.fields import FIELDS, TABLE, DeviceNames, Field, FieldRef, field_names, find_field
from optimizer.model.kinds import CLOCK, ENERGY, ENUMS, EV_STATUS, PERCENT, POWER, WEEKDAY, Kind, Value
from optimizer.model.reading import NOT_MEASURED, known, unknown
from optimizer.model.state import (
    Battery,
    BatterySchedule,
    CarSchedule,
    Ev,
    EvGoal,
    EvStatus,
    Grid,
    Prices,
    Pv,
    ScheduleNow,
    State,
    SunTimes,
    Switch,
)
from optimizer.model.targets import CLAIMS, LIMITS, find_target, target_names

NAMES = DeviceNames(("carport", "garage"), ("cellar", "attic"), ("roof", "barn"), switches=("boiler",))
NOON = datetime(2025, 6, 21, 10, 30, 15, tzinfo=UTC)
BLANK = State(NOON, NOON.astimezone(ZoneInfo("Europe/Berlin")), 100.0, Grid())


CONDITION = ChargerCondition(
    error=known("pe_self_test_failed", 0.0),
    warning=known("none", 0.0),
    rcd=known("none", 0.0),
    relays=known("N, L1, L2", 0.0),
    housing_temp_c=known(37.5, 0.0),
    connector_temp_c=(known(31.0, 0.0), known(32.0, 0.0), known(-3.0, 0.0)),
    plug_temp_c=(known(41.0, 0.0), known(42.0, 0.0)),
    voltage_v=(known(231.0, 0.0), known(232.0, 0.0), known(0.0, 0.0)),
    neutral_current_a=known(0.5, 0.0),
    signal_dbm=known(-61.0, 0.0),
)


def full() -> State:
    """A house in which everything is known."""
    evs = {
        name: Ev(
            name,
            status=known(EvStatus.CHARGING, 0.0),
            power_w=known(power_w, 0.0),
            offered_a=known(10.0, 0.0),
            paused=known(False, 0.0),
            phases=known(3, 0.0),
            session_energy_wh=known(5000.0, 0.0),
            energy_limit_wh=known(0.0, 0.0),
            vehicle="zoe",
            soc_percent=known(40.0, 0.0),
            soc_estimated=known(True, 0.0),
            limit_soc_percent=known(80.0, 0.0),
            range_km=known(212.0, 0.0),
            capacity_wh=known(52000.0, 0.0),
            condition=CONDITION,
        )
        for name, power_w in (("carport", 2000.0), ("garage", 1000.0))
    }
    batteries = {
        "cellar": Battery("cellar", known(500.0, 0.0), known(80.0, 0.0), known(10000.0, 0.0)),
        "attic": Battery("attic", known(-100.0, 0.0), known(50.0, 0.0), known(5000.0, 0.0)),
    }
    batteries = {name: replace(b, reserve_soc_percent=known(10.0, 0.0)) for name, b in batteries.items()}
    return replace(
        BLANK,
        grid=Grid(power_w=known(-600.0, 0.0), dimmed=known(False, 0.0), on_grid=known(True, 0.0)),
        pvs={name: Pv(name, known(2000.0, 0.0), energy_day_wh=known(7000.0, 0.0)) for name in ("roof", "barn")},
        batteries=batteries,
        evs=evs,
        prices=Prices(**{name: known(value, 0.0) for name, value in PRICES.items()}),
        switches={"boiler": Switch("boiler", known(True, 0.0), known(1900.0, 0.0), known(5000.0, 0.0))},
        sun=SunTimes(known(5 * 3600.0, 0.0), known(21 * 3600.0, 0.0)),
        holiday=known(True, 0.0),
        goals={
            "carport": EvGoal(
                ready_s=known(BLANK.now.timestamp() + 3600.0, 0.0),
                target_soc_percent=known(60.0, 0.0),
                target_energy_wh=known(12_000.0, 0.0),
                needs_wh=known(11_600.0, 0.0),
                overdue=known(False, 0.0),
            )
        },
        schedule=ScheduleNow(
            cars={
                "carport": CarSchedule(
                    mode=known("fast", 0.0),
                    power_w=known(11_000.0, 0.0),
                    phases=known(3.0, 0.0),
                    worth_ct=known(24.0, 0.0),
                    grid_share=known(0.5, 0.0),
                    lacks_wh=known(0.0, 0.0),
                    ready_s=known(BLANK.now.timestamp() + 1800.0, 0.0),
                )
            },
            battery=BatterySchedule(
                mode=known("charge", 0.0),
                planned=known(True, 0.0),
                power_w=known(-2500.0, 0.0),
                worth_ct=known(31.0, 0.0),
                first=known(True, 0.0),
            ),
        ),
    )


PRICES = {
    "import_ct": 30.0,
    "feed_in_ct": 8.0,
    "alternative_ct": 20.0,
    "market_ct": 9.0,
    "rank_percent": 40.0,
    "lowest_ct": 25.0,
    "highest_ct": 41.0,
    "mean_ct": 32.0,
    "rank_6h_percent": 6.0,
    "rank_12h_percent": 12.0,
    "rank_24h_percent": 24.0,
    "lowest_6h_ct": 28.0,
    "lowest_12h_ct": 27.0,
    "lowest_24h_ct": 26.0,
    "spread_ct": 16.0,
}

EXPECTED: dict[str, Value | None] = {
    "grid.power_w": -600.0,
    "grid.import_w": 0.0,
    "grid.export_w": 600.0,
    "grid.dimmed": False,
    "grid.on_grid": True,
    "pv.power_w": 4000.0,
    "pv.energy_day_wh": 14000.0,
    "home.power_w": 800.0,
    "surplus.power_w": 3200.0,
    "battery.soc": 70.0,
    "battery.reserve_soc": 10.0,
    "battery.power_w": 400.0,
    "battery.charge_w": 0.0,
    "battery.discharge_w": 400.0,
    "battery.capacity_wh": 15000.0,
    "ev.status": EvStatus.CHARGING,
    "ev.connected": True,
    "ev.charging": True,
    "ev.power_w": 2000.0,
    "ev.current_a": 10.0,
    "ev.phases": 3,
    "ev.session_energy_wh": 5000.0,
    "ev.energy_limit_wh": 0.0,
    "ev.vehicle": "zoe",
    "ev.soc": 40.0,
    "ev.soc_estimated": True,
    "ev.limit_soc": 80.0,
    "ev.range_km": 212.0,
    "ev.capacity_wh": 52000.0,
    "ev.departure_in": 3600.0,
    "ev.target_soc": 60.0,
    "ev.target_energy_wh": 12000.0,
    "ev.needs_wh": 11600.0,
    "ev.overdue": False,
    "ev.mode": None,  # not measured: the rules' engine tells it
    "ev.error": "pe_self_test_failed",
    "ev.warning": "none",
    "ev.rcd": "none",
    "ev.housing_temp": 37.5,
    "ev.connector_l1_temp": 31.0,
    "ev.connector_l2_temp": 32.0,
    "ev.connector_l3_temp": -3.0,
    "ev.plug_1_temp": 41.0,
    "ev.plug_2_temp": 42.0,
    "ev.voltage_l1_v": 231.0,
    "ev.voltage_l2_v": 232.0,
    "ev.voltage_l3_v": 0.0,
    "ev.neutral_current_a": 0.5,
    "ev.relay_phases": 2.0,
    "ev.signal_dbm": -61.0,
    "switch.on": True,
    "switch.power_w": 1900.0,
    "switch.energy_total_wh": 5000.0,
    "schedule.ev.mode": "fast",
    "schedule.ev.power_w": 11000.0,
    "schedule.ev.phases": 3.0,
    "schedule.ev.worth_ct": 24.0,
    "schedule.ev.grid_share": 0.5,
    "schedule.ev.lacks_wh": 0.0,
    "schedule.ev.ready_in": 1800.0,
    "schedule.battery.mode": "charge",
    "schedule.battery.planned": True,
    "schedule.battery.power_w": -2500.0,
    "schedule.battery.worth_ct": 31.0,
    "schedule.battery.first": True,
    "price.import_ct": 30.0,
    "price.feed_in_ct": 8.0,
    "price.alternative_ct": 20.0,
    "price.market_ct": 9.0,
    "price.rank": 40.0,
    "price.lowest_ct": 25.0,
    "price.highest_ct": 41.0,
    "price.mean_ct": 32.0,
    "price.rank_6h": 6.0,
    "price.rank_12h": 12.0,
    "price.rank_24h": 24.0,
    "price.lowest_6h_ct": 28.0,
    "price.lowest_12h_ct": 27.0,
    "price.lowest_24h_ct": 26.0,
    "price.spread": 16.0,
    "time.now": 12 * 3600.0 + 30 * 60.0 + 15.0,
    "time.weekday": 5,
    "time.month": 6,
    "time.date": float(date(2025, 6, 21).toordinal()),
    "time.holiday": True,
    "time.sunrise": 5 * 3600.0,
    "time.sunset": 21 * 3600.0,
}


def test_every_field_is_expected_here() -> None:
    assert list(EXPECTED) == [entry.name for entry in TABLE] == list(FIELDS)


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)
def test_each_field_is_read(entry: Field) -> None:
    ref = find_field(entry.name, NAMES)
    assert ref is not None
    assert ref.value(full()) == EXPECTED[entry.name]


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)
def test_each_field_is_unknown_with_a_reason(entry: Field) -> None:
    ref = find_field(entry.name, NAMES)
    assert ref is not None
    if entry.unknown_when == "never":
        assert entry.name.startswith("time.") or entry.name in ("ev.mode", "schedule.battery.planned")
        return
    assert ref.value(BLANK) is None
    assert ref.why(BLANK)
    assert ref.why(full()) == ""


def test_named_devices() -> None:
    def read(name: str) -> Value | None:
        ref = find_field(name, NAMES)
        assert ref is not None
        assert ref.name == name
        return ref.value(full())

    assert read("ev.garage.power_w") == 1000.0
    assert read("battery.attic.soc") == 50.0
    assert read("battery.attic.charge_w") == 100.0
    assert read("pv.barn.power_w") == 2000.0


def test_names_that_are_none() -> None:
    for name in (
        "pv.forecast_wh",
        "pv.forecast_wh(never)",
        "ev.shed.power_w",
        "ev.garage.watts",
        "grid.roof.power_w",
        "battery",
        "",
        "a.b.c.d",
    ):
        assert find_field(name, NAMES) is None
    assert "ev.garage.power_w" in field_names(NAMES)


def test_one_silent_battery_makes_the_sum_unknown() -> None:
    state = full()
    silent = replace(state, batteries={**state.batteries, "attic": Battery("attic")})
    assert FieldRef(FIELDS["battery.power_w"], "").value(silent) is None
    assert FieldRef(FIELDS["surplus.power_w"], "").value(silent) is None
    assert FieldRef(FIELDS["battery.power_w"], "cellar").value(silent) == 500.0
    alone = replace(state, batteries={"cellar": replace(state.batteries["cellar"], capacity_wh=BLANK.grid.power_w)})
    assert FieldRef(FIELDS["battery.soc"], "").value(alone) == 80.0


def test_a_mean_without_a_capacity_says_which_battery_needs_it() -> None:
    state = full()
    attic = replace(state.batteries["attic"], capacity_wh=NOT_MEASURED)
    ref = FieldRef(FIELDS["battery.soc"], "")
    unweighted = replace(state, batteries={**state.batteries, "attic": attic})
    assert ref.value(unweighted) is None
    assert ref.why(unweighted) == (
        "the mean is weighted by capacity, and attic reports none: set capacity_wh under its battery"
    )
    silent = replace(attic, soc_percent=unknown("no answer"))
    assert ref.why(replace(state, batteries={**state.batteries, "attic": silent})) == "no answer"


def test_a_paused_charger_offers_nothing() -> None:
    state = full()
    paused = replace(state.evs["carport"], paused=known(True, 0.0))
    ref = FieldRef(FIELDS["ev.current_a"], "carport")
    assert ref.value(replace(state, evs={"carport": paused})) == 0.0


def test_targets() -> None:
    def name(written: str, names: DeviceNames = NAMES) -> str | None:
        ref = find_target(written, CLAIMS, names)
        return None if ref is None else ref.name

    assert name("ev.mode") == "ev.carport.mode"
    assert name("ev.garage.mode") == "ev.garage.mode"
    assert name("battery.mode") == "battery.mode"
    assert name("battery.attic.mode") == "battery.attic.mode"
    assert name("battery.cellar.mode", DeviceNames(batteries=("cellar",))) == "battery.mode"
    assert name("ev.mode", DeviceNames()) == "ev.mode"
    assert name("ev.power_w") is None
    assert find_target("ev.power_w", LIMITS, NAMES) is not None
    assert "battery.attic.discharge_w" in target_names(LIMITS, NAMES)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (POWER, 1400.0, "1.4kW"),
        (POWER, -300.0, "-300W"),
        (POWER, -0.0, "0W"),
        (ENERGY, 8000.0, "8kWh"),
        (PERCENT, 60.0, "60%"),
        (CLOCK, 79200.0, "22:00"),
        (CLOCK, 45.0, "00:00:45"),
        (WEEKDAY, 5, "sat"),
        (EV_STATUS, EvStatus.CHARGING, "charging"),
        (POWER, None, "unknown"),
    ],
)
def test_values_are_shown_as_owners_write_them(kind: Kind, value: Value | None, shown: str) -> None:
    assert kind.show(value) == shown


def test_words_are_words() -> None:
    for kind in ENUMS:
        assert all(word == word.lower() and " " not in word for word in kind.words)
