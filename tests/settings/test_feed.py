"""The parts of the feed beyond readings: a smart load, further meters, and nameplates, for existing devices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.settings import SettingsErrors, load_settings
from optimizer.settings.adapters import device_plans
from tests.settings.conftest import Read

SITE = """\
rules: .
devices:
  carport: {type: nrgkick, url: "http://192.168.1.20"}
  yard: {type: givtcp_evc, url: "http://192.168.1.50:8099/REST1", charger: {phases: [L2]}}
serve:
  feed:
    smart_load: SMART
    plates:
      PLATE: {model: Tesla, max_dc_w: 9000}
"""


def loaded(folder: Path, smart: str, plate: str) -> str:
    (folder / "site.yaml").write_text(SITE.replace("SMART", smart).replace("PLATE", plate))
    try:
        settings = load_settings(folder / "site.yaml", {})
    except SettingsErrors as errors:
        return errors.render()
    assert settings.serve.feed is not None
    assert settings.serve.feed.plates[plate].max_dc_w == 9000.0
    return settings.serve.feed.smart_load or ""


def test_devices_that_there_are(tmp_path: Path) -> None:
    assert loaded(tmp_path, "yard", "carport") == "yard"


@pytest.mark.parametrize(
    ("smart", "plate", "words"),
    [
        ("yerd", "carport", ("site.yaml:7:", "there is not a charger “yerd”", "carport, yard")),
        ("yard", "carpark", ("site.yaml:9:", "there is no device “carpark”; did you mean “carport”?")),
    ],
)
def test_devices_that_there_are_not(tmp_path: Path, smart: str, plate: str, words: tuple[str, ...]) -> None:
    text = loaded(tmp_path, smart, plate)
    for word in words:
        assert word in text


METERS = """\
grid: house
devices:
  carport: {type: nrgkick, url: "http://192.0.2.10"}
  house: {type: fems, url: "http://192.0.2.20"}
  barn: {type: fems, url: "http://192.0.2.21", grid: false}
  cellar: {type: sonnen, url: "http://192.0.2.22"}
  attic: {type: givtcp, url: "http://192.0.2.23:6345"}
  heatpump: {type: http_json, url: "http://192.0.2.24", readings: {grid_power: {path: power}}}
  shed: {type: modbus, host: 192.0.2.25, readings: {grid_power: {address: 7}}}
  pool: {type: mqtt, host: 192.0.2.26, readings: {grid_import: {topic: a}, grid_export: {topic: b}}}
serve:
  feed: {meters: LIST}
"""
ABLE = "cellar, attic, heatpump, shed, pool"


def test_further_meters(read: Read) -> None:
    settings = read(METERS.replace("LIST", "[heatpump, cellar, attic, pool]"))
    assert settings.serve.feed is not None
    assert settings.serve.feed.meters == ("heatpump", "cellar", "attic", "pool")
    assert settings.serve.feed.meter_location == 2
    plans = device_plans(settings)
    assert ", ".join(plan.name for plan in plans if plan.side_meter) == ABLE
    assert [plan.name for plan in plans if plan.grid] == ["house"]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (
            "[heatpunp]",
            (":12:19:", "serve.feed.meters.0: there is no device “heatpunp”; did you mean “heatpump”?", ABLE),
        ),
        (
            "[shed, house]",
            (":12:25:", "serve.feed.meters.1: “house” is the grid meter, which the feed always contains", ABLE),
        ),
        ("[carport]", (":12:19:", "the device “carport” does not measure power as a grid meter does", ABLE)),
        ("[barn]", (":12:19:", "the device “barn” does not measure power as a grid meter does", ABLE)),
        ("[shed, shed]", (":12:25:", "serve.feed.meters.1: “shed” is named twice", ABLE)),
        (
            "[cellar, attic, heatpump, shed, pool]",
            (":12:50:", "5 meters are more than the charger accepts beside the grid meter", "at most 4"),
        ),
        ("heatpump", ("serve.feed.meters: “heatpump” is not a list",)),
        ("[shed], meter_location: 1", ("serve.feed.meter_location: 1 is too small", "from 2 to 255")),
    ],
)
def test_meters_that_cannot_be_shown(complain: Callable[..., str], names: str, words: tuple[str, ...]) -> None:
    text = complain(METERS.replace("LIST", names))
    for word in words:
        assert word in text


def test_a_house_with_no_further_meter_says_so(complain: Callable[..., str]) -> None:
    text = complain('devices: {house: {type: fems, url: "http://192.0.2.20"}}\nserve: {feed: {meters: [house]}}\n')
    assert "“house” is the grid meter" in text
    assert "remove it: no further device measures such a power" in text
