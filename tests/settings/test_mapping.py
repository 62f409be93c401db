"""The values that the other packages get from the settings."""

from __future__ import annotations

import pytest

from optimizer.control.params import Params
from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.generic.modbus_table import ModbusTableConfig
from optimizer.devices.nrgkick.config import NrgkickConfig
from optimizer.devices.registry import FACTORIES
from optimizer.devices.sonnen.config import SonnenConfig
from optimizer.settings.adapters import CONFIGS, device_plans
from optimizer.settings.control import ControlSettings, range_of
from optimizer.settings.mapping import follow_tick_s, surplus_value_ct, to_params, to_prices, to_site
from optimizer.settings.site import Section, TariffSettings
from optimizer.settings.switch_mapping import BRANDS
from optimizer.settings.switch_mapping import CONFIGS as SWITCHES
from tests.settings.conftest import HOUSE, Read


def test_the_defaults_of_control_are_the_controllers_own(read: Read) -> None:
    assert to_params(read()) == Params()


def test_budgets_and_figures_arrive(read: Read) -> None:
    params = to_params(read(HOUSE + "control: {grid_target_w: -50, starts: {per_hour: 1, per_day: 2, spacing_s: 3}}\n"))
    assert params.grid_target_w == -50.0
    assert (params.starts.per_hour, params.starts.per_day, params.starts.spacing_s) == (1, 2, 3.0)
    assert params.switches == Params().switches


def test_every_parameter_of_control_has_a_meaning_and_a_range() -> None:
    for kind in (ControlSettings, type(ControlSettings().follow)):
        for name, field in kind.model_fields.items():
            if not isinstance(field.default, Section):
                assert field.description, name
                assert range_of(name) is not None or isinstance(field.default, bool), name


def test_decisions_are_not_more_frequent_than_readings_of_the_meter(read: Read) -> None:
    assert follow_tick_s(read(), Params()) == 2.0
    assert follow_tick_s(read(HOUSE + "    poll_s: 4\n"), Params()) == 4.0
    assert follow_tick_s(read(HOUSE + "control: {follow_tick_s: 3}\n"), Params(follow_tick_s=3.0)) == 3.0


def test_a_share_that_the_owner_sets_wins_over_the_tariff(read: Read) -> None:
    tariff = "tariff: {import_ct: 36, feed_in_ct: 8, alternative_ct: 15}\n"
    assert to_params(read(HOUSE + tariff)).grid_share == pytest.approx(0.25)
    assert to_params(read(HOUSE + tariff + "control: {grid_share: 0}\n")).grid_share == 0.0


CHANGING = "tariff: {feed_in_ct: 8, alternative_ct: 20}\nprices: {import: {ct: 30, zones: [{to: 06:00, ct: 22}]}}\n"


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        (CHANGING, True),
        (CHANGING + "control: {grid_share_by_price: false}\n", False),
        (CHANGING + "control: {grid_share: 0.3}\n", False),
        (CHANGING.replace(", alternative_ct: 20", ""), False),
        ("tariff: {import_ct: 30, feed_in_ct: 8, alternative_ct: 20}\n", False),
    ],
)
def test_the_share_follows_prices_that_change_if_all_three_are_set(read: Read, text: str, follows: bool) -> None:
    assert to_params(read(HOUSE + text)).grid_share_by_price is follows


def test_a_share_that_should_follow_prices_warns_about_the_one_that_is_missing(read: Read) -> None:
    [warning] = read(HOUSE + CHANGING.replace(", alternative_ct: 20", "")).warnings
    assert "without alternative_ct no share of grid energy follows from the prices" in warning
    assert read(HOUSE + CHANGING).warnings == ()


@pytest.mark.parametrize(
    ("prices", "value_ct"),
    [
        ({"import_ct": 30, "feed_in_ct": 8, "alternative_ct": 19}, 11.0),
        ({"import_ct": 30, "feed_in_ct": 8}, 22.0),
        ({"import_ct": 8, "feed_in_ct": 12}, 1.0),
        ({"import_ct": 30}, None),
    ],
)
def test_the_value_of_surplus_is_what_it_replaces_minus_the_feed_in(
    prices: dict[str, float], value_ct: float | None
) -> None:
    assert surplus_value_ct(TariffSettings(**prices)) == value_ct


def test_a_value_that_the_owner_sets_wins_over_the_tariff(read: Read) -> None:
    tariff = "tariff: {import_ct: 36, feed_in_ct: 8, alternative_ct: 15}\n"
    assert to_params(read(HOUSE + tariff)).follow.surplus_value_ct == 7.0
    own = read(HOUSE + tariff + "control: {follow: {surplus_value_ct: 30}}\n")
    assert to_params(own).follow.surplus_value_ct == 30.0


def test_prices_are_readings_or_not_measured(read: Read) -> None:
    prices = to_prices(read(HOUSE + "tariff: {import_ct: 36}\n"), 7.0)
    assert (prices.import_ct.value, prices.import_ct.at_s) == (36.0, 7.0)
    assert not prices.feed_in_ct.known


def test_the_site(read: Read) -> None:
    site = to_site(
        read(
            """\
site: {time_zone: Europe/Vienna, fuse_a: 25, unbalance_a: 16}
devices:
  carport:
    type: nrgkick
    url: http://192.0.2.10
    charger: {phases: [L3, L1, L2], phase_switching: true, max_current_a: 20, priority: 2}
  garage: {type: nrgkick, url: http://192.0.2.11, charger: {phases: [L2]}}
  house:
    type: fems
    url: http://192.0.2.20
    battery: {floor_soc_percent: 20, max_charge_w: 3000, max_discharge_w: 4000, control: false, phases: 1}
"""
        )
    )
    assert (site.zone.key, site.fuse_a, site.unbalance_a) == ("Europe/Vienna", 25.0, 16.0)
    carport, garage = site.chargers["carport"], site.chargers["garage"]
    assert (carport.phase_map, carport.can_switch_phases, carport.max_current_a) == ((3, 1, 2), True, 20.0)
    assert (carport.priority, garage.phase_map) == (2, (2,))
    battery = site.batteries["house"]
    assert (battery.floor_soc_percent, battery.max_charge_w, battery.max_discharge_w) == (20.0, 3000.0, 4000.0)
    assert (battery.controllable, battery.can_bound_discharge, battery.phases) == (False, True, 1)


@pytest.mark.parametrize(
    ("device", "phase_map"),
    [
        ("{type: fems, url: http://192.0.2.20}", (1, 2, 3)),
        ("{type: fems, url: http://192.0.2.20, battery: {phases: [L2]}}", (2,)),
        ("{type: givtcp, url: 'http://192.0.2.30/REST1'}", ()),
        ("{type: givtcp, url: 'http://192.0.2.30/REST1', battery: {phases: 3}}", (1, 2, 3)),
        ("{type: givtcp, url: 'http://192.0.2.30/REST1', battery: {phases: [L3]}}", (3,)),
        ("{type: givtcp, url: 'http://192.0.2.30/REST1', battery: {phases: 1}}", ()),
    ],
)
def test_the_phases_of_a_battery(read: Read, device: str, phase_map: tuple[int, ...]) -> None:
    battery = to_site(read(f"devices:\n  house: {device}\n")).batteries["house"]
    assert battery.phase_map == phase_map
    assert battery.phases == (3 if len(phase_map) == 3 else 1)


@pytest.mark.parametrize(("more", "limit_s"), [("", 15.0), ("    poll_s: 10\n", 30.0), ("    max_age_s: 8\n", 8.0)])
def test_how_old_the_grid_reading_may_be(read: Read, more: str, limit_s: float) -> None:
    assert to_site(read(HOUSE + more)).grid_max_age_s == limit_s


@pytest.mark.parametrize(("more", "delay_s"), [("", None), ("    delay_s: 20\n", 20.0), ("    delay_s: 0\n", 0.0)])
def test_the_delay_of_the_grid_meter_is_set_or_learnt(read: Read, more: str, delay_s: float | None) -> None:
    assert to_site(read(HOUSE + more)).grid_delay_s == delay_s


def test_the_delay_of_another_meter_is_not_the_delay_of_the_grid_meter(read: Read) -> None:
    second = "  second: {type: sonnen, url: 'http://192.0.2.40', pv: false, delay_s: 20}\ngrid: house\n"
    assert to_site(read(HOUSE + second)).grid_delay_s is None


def test_the_plan_of_each_device(read: Read) -> None:
    settings = read(
        """\
on_exit: minimum
grid: house
devices:
  carport:
    type: nrgkick
    url: http://192.0.2.10:81/
    protocol: auto
    user: me
    password: sunny
    timeout_s: 2
    charger: {settle_s: 20}
  house:
    type: fems
    url: http://192.0.2.20
    password: owner
    battery: {component: ess2, hybrid: true, control: false}
    more_batteries: {attic: {component: ess1}}
  cellar: {type: sonnen, url: 'http://192.0.2.30', token: abc, battery: {max_charge_w: 3300}}
"""
    )
    carport, house, cellar = device_plans(settings)
    assert carport.config == NrgkickConfig(
        name="carport",
        url="http://192.0.2.10:81",
        protocol="auto",
        modbus_host="192.0.2.10",
        user="me",
        password="sunny",
        timeout_s=2.0,
    )
    assert (carport.brand, carport.evs, carport.poll_s, carport.deadline_s) == ("nrgkick", ("carport",), 2.0, 7.0)
    assert (carport.settle_s, carport.on_exit, carport.grid) == (20.0, "minimum", False)
    assert isinstance(house.config, FemsConfig)
    assert house.config.ess == (EssConfig("house", "ess2", True), EssConfig("attic", "ess1", False))
    assert (house.grid, house.pvs, house.batteries) == (True, ("house",), ("house", "attic"))
    assert (house.own_timeout_s, house.controls_batteries) == (60.0, True)
    assert isinstance(cellar.config, SonnenConfig)
    assert (cellar.config.token, cellar.config.max_charge_w, cellar.grid) == ("abc", 3300.0, False)
    assert set(to_site(settings).batteries) == {"house", "attic", "cellar"}
    assert "sunny" not in repr(carport)
    assert "abc" not in repr(cellar)


def test_there_is_a_configuration_for_every_factory_and_type() -> None:
    switches = {BRANDS.get(brand, brand) for brand in SWITCHES}
    assert set(CONFIGS) | switches >= set(FACTORIES)


def test_the_pace_of_a_charger_over_json_is_the_vendors(read: Read) -> None:
    assert [plan.poll_s for plan in device_plans(read())] == [10.0, 2.0]


METERS = """
site: {time_zone: Europe/Berlin}
devices:
  grid:
    type: modbus
    host: 192.168.1.9
    unit: 1
    timeout_s: 2
    readings:
      grid_power: {address: [40, 42, 44], type: int32, scale: {address: 45}}
      grid_current_l1: {address: 10}
  roof:
    type: modbus
    host: 192.168.1.9
    unit: 2
    timeout_s: 3
    readings: {pv_power: {address: 0, type: uint16}}
  other:
    type: modbus
    host: 192.168.1.10
    readings: {battery_soc: {address: 0}}
"""


def test_each_exchange_has_its_own_deadline_and_units_of_one_gateway_wait_for_each_other(read: Read) -> None:
    grid, roof, other = device_plans(read(METERS))
    assert grid.deadline_s == (3 * 4 + 1) * (2.0 + 3.0) + 1.0
    assert roof.deadline_s == 1 * (2.0 + 3.0) + 1.0
    assert other.deadline_s == 1 * 5.0 + 1.0
    assert isinstance(grid.config, ModbusTableConfig)
    assert [(one.addresses, one.scale) for one in grid.config.registers] == [((40, 42, 44), 45), ((10,), None)]


def test_an_edge_with_a_hybrid_is_read_each_second_unless_its_owner_says_otherwise(read: Read) -> None:
    hybrid = HOUSE + "    battery: {hybrid: true}\n"
    assert device_plans(read(hybrid))[1].poll_s == 1.0
    assert device_plans(read(hybrid + "    poll_s: 3\n"))[1].poll_s == 3.0


def test_slow_values_of_an_edge_are_never_older_than_its_readings_may_be(read: Read) -> None:
    config = device_plans(read(HOUSE + "    max_age_s: 8\n    reactive: true\n"))[1].config
    assert isinstance(config, FemsConfig)
    assert (config.slow_s, config.reactive) == (4.0, True)


def test_an_edge_that_never_drops_a_value(read: Read) -> None:
    settings = read(HOUSE + "    api_timeout_s: 0\n    battery:\n    pv: false\n")
    house = device_plans(settings)[1]
    assert (house.own_timeout_s, house.batteries, house.pvs) == (None, (), ())
