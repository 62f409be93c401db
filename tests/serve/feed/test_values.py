from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.condition import ChargerCondition
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Battery, Pv
from optimizer.serve.feed.values import FeedConfig, Nameplate, feed_info, feed_values
from tests.serve.house import report, state

HYBRID = FeedConfig(hybrid={"roof": "cellar"})
AC_COUPLED = FeedConfig()


def values(snapshot: Any, config: FeedConfig = HYBRID, now_s: float = 1000.0) -> Any:
    document = feed_values(report(snapshot), config, now_s)
    return None if document is None else document["device_values"]


def test_a_hybrid_inverter_includes_its_battery_and_the_balance_closes() -> None:
    assert values(state()) == {
        "inverters": {"0": {"inv_power_ac_w": 2225, "pv_energy_total_wh": 346890, "battery_connected": True}},
        "energy_meters": {"0": {"grid_power_w": -542}},
        "batteries": {"0": {"bat_power_w": -749, "soc": 78.2, "mode": 0}},
        "load_power_w": 1683,
    }


def test_an_ac_coupled_battery_stays_out_of_the_inverter() -> None:
    served = values(state(), AC_COUPLED)
    assert served["inverters"]["0"]["inv_power_ac_w"] == 2974
    assert served["inverters"]["0"]["battery_connected"] is False
    assert served["load_power_w"] == 1683


def test_nothing_is_served_without_a_grid_reading() -> None:
    assert values(state(grid_w=None)) is None


def test_nothing_is_served_once_the_grid_reading_is_old() -> None:
    assert values(state(), now_s=1015.0) is not None
    assert values(state(), now_s=1015.1) is None


def test_an_unknown_battery_takes_with_it_what_needs_it() -> None:
    assert values(state(battery_w=None)) == {"energy_meters": {"0": {"grid_power_w": -542}}}


def test_an_unknown_battery_leaves_an_ac_coupled_inverter_alone() -> None:
    served = values(state(battery_w=None), AC_COUPLED)
    assert served["inverters"]["0"]["inv_power_ac_w"] == 2974
    assert "load_power_w" not in served


def test_an_unknown_soc_hides_the_battery_only() -> None:
    served = values(state(soc=None))
    assert "batteries" not in served
    assert served["load_power_w"] == 1683


def test_a_house_with_nothing_but_a_meter() -> None:
    bare = replace(state(grid_w=300.4), pvs={}, batteries={}, evs={})
    assert values(bare) == {"energy_meters": {"0": {"grid_power_w": 300}}, "load_power_w": 300}


def test_more_than_five_inverters_are_summed_into_the_last() -> None:
    pvs = {str(n): Pv(str(n), power_w=known(100.0 * n, 1000.0)) for n in range(1, 8)}
    served = values(replace(state(), pvs=pvs), AC_COUPLED)
    powers = [fields["inv_power_ac_w"] for fields in served["inverters"].values()]
    assert list(served["inverters"]) == ["0", "1", "2", "3", "4"]
    assert powers == [100, 200, 300, 400, 500 + 600 + 700]


def test_one_unknown_inverter_keeps_the_indices_of_the_others() -> None:
    pvs = {"a": Pv("a", power_w=unknown("no answer")), "b": Pv("b", power_w=known(5.0, 1000.0))}
    snapshot = replace(state(), pvs=pvs)
    assert list(values(snapshot, AC_COUPLED)["inverters"]) == ["1"]
    info: Any = feed_info(report(snapshot), AC_COUPLED, 1000.0)
    assert list(info["device_info"]["inverters"]) == ["1"]


def test_several_batteries_are_one_with_a_weighted_soc() -> None:
    def battery(name: str, soc: float, capacity_wh: float) -> Battery:
        return Battery(name, known(-100.0, 1000.0), known(soc, 1000.0), known(capacity_wh, 1000.0))

    both = {"a": battery("a", 100.0, 1000.0), "b": battery("b", 20.0, 3000.0)}
    served = values(replace(state(), batteries=both), AC_COUPLED)
    assert served["batteries"] == {"0": {"bat_power_w": -200, "soc": 40.0, "mode": 0}}


def test_info_names_the_devices_with_their_plates() -> None:
    config = FeedConfig({"pv.roof": Nameplate("Fronius", "123", 5500.0, 5000.0)}, {"roof": "cellar"})
    assert feed_info(report(), config, 1000.0) == {
        "device_info": {
            "inverters": {
                "0": {"name": "roof", "model": "Fronius", "serial": "123", "max_dc_w": 5500, "max_ac_w": 5000}
            },
            "energy_meters": {"0": {"name": "grid", "model": "", "serial": "", "location": 1}},
            "batteries": {"0": {"name": "cellar", "model": "", "serial": "", "capacity_wh": 4700}},
        }
    }


def test_further_meters_follow_the_grid_in_the_order_of_the_settings() -> None:
    meters = {"a": known(-3.6, 1000.0), "b": known(1200.4, 1000.0), "unlisted": known(7.0, 1000.0)}
    snapshot = replace(state(), meters=meters)
    config = FeedConfig({"meter.a": Nameplate("Shelly", "9")}, meters=("b", "a"))
    assert values(snapshot, config)["energy_meters"] == {
        "0": {"grid_power_w": -542},
        "1": {"grid_power_w": 1200},
        "2": {"grid_power_w": -4},
    }
    info: Any = feed_info(report(snapshot), config, 1000.0)
    assert info["device_info"]["energy_meters"] == {
        "0": {"name": "grid", "model": "", "serial": "", "location": 1},
        "1": {"name": "b", "model": "", "serial": "", "location": 2},
        "2": {"name": "a", "model": "Shelly", "serial": "9", "location": 2},
    }
    elsewhere: Any = feed_info(report(snapshot), replace(config, meter_location=5), 1000.0)
    assert [meter["location"] for meter in elsewhere["device_info"]["energy_meters"].values()] == [1, 5, 5]


def test_further_meters_change_nothing_else() -> None:
    snapshot = replace(state(), meters={"a": known(900.0, 1000.0)})
    served = values(snapshot, replace(HYBRID, meters=("a",)))
    served["energy_meters"].pop("1")
    assert served == values(state())


def test_an_unknown_or_old_meter_is_in_neither_document_and_keeps_the_indices_of_the_others() -> None:
    meters = {"old": known(1.0, 984.9), "silent": unknown("no answer"), "good": known(2.0, 985.0)}
    snapshot = replace(state(), meters=meters)
    config = FeedConfig(meters=("old", "silent", "never_heard_of", "good"))
    assert list(values(snapshot, config)["energy_meters"]) == ["0", "4"]
    info: Any = feed_info(report(snapshot), config, 1000.0)
    assert list(info["device_info"]["energy_meters"]) == ["0", "4"]


def test_there_is_no_sixth_meter() -> None:
    names = tuple("abcde")
    snapshot = replace(state(), meters={name: known(1.0, 1000.0) for name in names})
    assert list(values(snapshot, FeedConfig(meters=names))["energy_meters"]) == ["0", "1", "2", "3", "4"]


def test_without_the_grid_no_other_meter_is_served() -> None:
    snapshot = replace(state(grid_w=None), meters={"a": known(1.0, 1000.0)})
    assert values(snapshot, FeedConfig(meters=("a",))) is None


watts = st.one_of(st.none(), st.floats(-20000, 20000))


@given(
    grid=watts, pv=st.one_of(st.none(), st.floats(0, 20000)), battery=watts, soc=watts, hybrid=st.booleans(), side=watts
)
def test_the_same_indices_in_both_documents_and_a_closed_balance(
    grid: float | None, pv: float | None, battery: float | None, soc: float | None, hybrid: bool, side: float | None
) -> None:
    config = replace(HYBRID if hybrid else AC_COUPLED, meters=("side", "other"))
    meters: dict[str, Reading[float]] = {"side": unknown("no answer") if side is None else known(side, 1000.0)}
    tick = report(replace(state(grid_w=grid, pv_w=pv, battery_w=battery, soc=soc), meters=meters))
    document: Any = feed_values(tick, config, 1000.0)
    assert (document is None) == (grid is None)
    if document is None:
        return
    served, info = document["device_values"], feed_info(tick, config, 1000.0)["device_info"]
    groups = {group: list(entries) for group, entries in served.items() if group != "load_power_w"}
    assert groups == {group: list(entries) for group, entries in info.items()}  # type: ignore[arg-type]
    if "load_power_w" in served and hybrid:
        assert served["load_power_w"] == max(
            0, served["inverters"]["0"]["inv_power_ac_w"] + served["energy_meters"]["0"]["grid_power_w"]
        )


def test_the_energy_of_the_day_is_our_own_count_only_where_the_device_has_none() -> None:
    def day(own: float | None, counted: dict[str, float]) -> object:
        pv = replace(state().pvs["roof"], energy_day_wh=unknown("no") if own is None else known(own, 1000.0))
        document = feed_values(report(replace(state(), pvs={"roof": pv})), AC_COUPLED, 1000.0, counted)
        assert document is not None
        inverter: Any = document["device_values"]["inverters"]
        return inverter["0"].get("pv_energy_day_wh")

    assert day(None, {"roof": 8750.4}) == 8750
    assert day(9000.0, {"roof": 8750.4}) == 9000
    assert day(None, {}) is None


def test_a_smart_load_shows_its_temperature_where_it_is_measured() -> None:
    name = next(iter(state().evs))
    ev = replace(state().evs[name], condition=ChargerCondition(housing_temp_c=known(46.84, 1000.0)))
    snapshot = replace(state(), evs={name: ev})
    config = FeedConfig(smart_load=name)
    assert values(snapshot, config)["smart_loads"]["0"]["temp"] == 46.8
    old = replace(ev, condition=ChargerCondition(housing_temp_c=known(46.84, 980.0)))
    assert "temp" not in values(replace(state(), evs={name: old}), config)["smart_loads"]["0"]


def test_another_charger_is_shown_as_a_smart_load() -> None:
    name = next(iter(state().evs))
    config = FeedConfig(smart_load=name, nameplates={f"ev.{name}": Nameplate(model="Wallbox", serial="7")})
    power_w = state().evs[name].power_w.value
    assert power_w is not None
    assert values(state(), config)["smart_loads"] == {"0": {"sl_power_w": round(power_w), "mode": 0}}
    info = feed_info(report(state()), config, 1000.0)["device_info"]
    assert info["smart_loads"] == {"0": {"name": name, "model": "Wallbox", "serial": "7"}}
    for nobody in (FeedConfig(), FeedConfig(smart_load="yard")):
        assert "smart_loads" not in values(state(), nobody)
        assert "smart_loads" not in feed_info(report(state()), nobody, 1000.0)["device_info"]
