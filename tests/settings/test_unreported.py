"""The fields that the devices of a house never report."""

from __future__ import annotations

from typing import Any

from optimizer.model.fields import CALLS, CONDITION_FIELDS, FIELDS
from optimizer.settings import Settings
from optimizer.settings.meters import FIELDS_BY_READING
from optimizer.settings.site import TariffSettings
from optimizer.settings.unreported import unreported

FEMS = {"type": "fems", "url": "http://192.0.2.1"}
NRGKICK = {"type": "nrgkick", "url": "http://192.0.2.2"}
SONNEN_V1: dict[str, Any] = {"type": "sonnen", "url": "http://192.0.2.3:8080", "api": "v1", "pv": False}
YARD = {"type": "givtcp_evc", "url": "http://192.0.2.4:6345"}
PRICES = TariffSettings(import_ct=30, feed_in_ct=8, alternative_ct=22)


def lacks(**devices: dict[str, Any]) -> frozenset[str]:
    return unreported(Settings(devices=devices, tariff=PRICES))  # type: ignore[arg-type]


def test_a_house_without_devices_lacks_what_only_devices_and_a_tariff_tell() -> None:
    asked = {*CALLS, *(name for name in FIELDS if name.startswith("price."))}
    calendar = {"time.sunrise", "time.sunset", "time.holiday"}
    assert unreported(Settings()) == {"grid.dimmed", "grid.on_grid", *calendar, *asked}


def test_a_place_gives_sunrise_and_sunset() -> None:
    placed = unreported(Settings(site={"latitude": 48.8, "longitude": 9.2}))  # type: ignore[arg-type]
    assert {name for name in placed if name.startswith("time.")} == {"time.holiday"}


def test_a_list_gives_public_holidays() -> None:
    listed = unreported(Settings(site={"holidays": ["2026-12-25"]}))  # type: ignore[arg-type]
    assert {name for name in listed if name.startswith("time.")} == {"time.sunrise", "time.sunset"}


def test_constants_have_no_ranks_and_contracts_have_them() -> None:
    fixed = unreported(Settings(tariff=PRICES))
    assert {"price.rank", "price.market_ct", "price.lowest_6h_ct", "cheapest"} <= fixed
    assert "price.import_ct" not in fixed
    spot = {"sources": {"epex": {"type": "awattar"}}, "import": {"source": "epex"}}
    changing = unreported(Settings(prices=spot))  # type: ignore[arg-type]
    assert "cheapest" not in changing
    assert {name for name in changing if name.startswith("price.")} == {"price.feed_in_ct", "price.alternative_ct"}


def test_a_charger_that_reports_no_condition_is_named() -> None:
    found = lacks(carport=NRGKICK, yard=YARD)
    assert {f"ev.yard.{field.partition('.')[2]}" for field in CONDITION_FIELDS} <= found
    assert "ev.carport.error" not in found
    assert {"ev.carport.soc", "ev.yard.soc"} <= found


def test_one_battery_without_a_value_leaves_the_whole_without_it() -> None:
    found = lacks(house=FEMS, cellar=SONNEN_V1)
    assert {"battery.cellar.capacity_wh", "battery.capacity_wh", "battery.reserve_soc"} <= found
    assert "battery.house.capacity_wh" not in found
    assert "grid.on_grid" not in found
    given = lacks(house=FEMS, cellar={**SONNEN_V1, "battery": {"capacity_wh": 10_000}})
    assert "battery.capacity_wh" not in given


def test_a_meter_gives_what_its_readings_say() -> None:
    meter = {"type": "http_json", "url": "http://192.0.2.5", "readings": {"pv_energy_day": {"path": "e", "unit": "Wh"}}}
    found = lacks(roof=meter)
    assert {"pv.power_w", "pv.roof.power_w"} <= found
    assert "pv.roof.energy_day_wh" not in found


def test_every_name_is_a_field() -> None:
    assert FIELDS.keys() >= FIELDS_BY_READING.keys()
    assert FIELDS.keys() >= CONDITION_FIELDS
