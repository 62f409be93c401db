"""The addresses by which devices are claimed."""

from __future__ import annotations

from pathlib import Path

from optimizer.cli.run.claims import controlled_addresses, recorded_addresses
from optimizer.settings import load_settings

SITE = """
grid: meter
devices:
  carport: {type: nrgkick, url: "http://192.0.2.20/", charger: {}}
  meter: {type: http_json, url: "http://192.0.2.21", readings: {grid_power: {path: p}}}
  cellar: {type: sonnen, url: "http://192.0.2.22", token: t, battery: {control: CONTROL}}
switches:
  boiler: {type: shelly, url: "http://192.0.2.23", power_w: 2000}
"""


def test_what_the_service_may_write_to_has_an_address(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    (tmp_path / "rules").mkdir()
    path.write_text(SITE.replace("CONTROL", "true"))
    found = controlled_addresses(load_settings(path, {}))
    assert found["carport"] == "nrgkick http://192.0.2.20"
    assert set(found) == {"carport", "cellar", "boiler"}
    assert found["boiler"].endswith("http://192.0.2.23 0")
    path.write_text(SITE.replace("CONTROL", "false"))
    assert set(controlled_addresses(load_settings(path, {}))) == {"carport", "boiler"}


def test_what_is_on_the_record_has_the_address_of_its_device(tmp_path: Path) -> None:
    """Also a battery that may no longer be written to: an earlier start may have done so."""
    path = tmp_path / "site.yaml"
    (tmp_path / "rules").mkdir()
    path.write_text(SITE.replace("CONTROL", "false"))
    found = recorded_addresses(load_settings(path, {}))
    assert set(found) == {"ev.carport", "battery.cellar", "switch.boiler"}
    assert found["ev.carport"] == "nrgkick http://192.0.2.20"
