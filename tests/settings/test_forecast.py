"""Settings of forecasts: complete sites, mistakes, warnings, and secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.settings import SettingsErrors, load_settings
from optimizer.settings.forecast_mapping import forecast_feed, to_forecast_plan
from optimizer.settings.unreported import unreported

PLACE = "site: {time_zone: Europe/Berlin, latitude: 48.8, longitude: 9.2}\n"
TWO_SITES = "{type: solcast, token: hush, sites: [aaaa, bbbb], calls_a_day: 1}"
ROOFS = "roofs: {south: {peak_w: 5000, tilt: 40, azimuth: -20}, west: {peak_w: 4000, azimuth: 90}}"


def loaded(folder: Path, text: str) -> Any:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "site.yaml").write_text(text)
    return load_settings(folder / "site.yaml", {})


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("{type: open_meteo}", "Open-Meteo"),
        ("{type: forecast_solar, token: hush}", "forecast.solar"),
        ("{type: solcast, token: hush, sites: [aaaa-1111], calls_a_day: 8}", "Solcast"),
    ],
)
def test_each_service_becomes_a_feed(tmp_path: Path, source: str, kind: str) -> None:
    settings = loaded(tmp_path, f"{PLACE}forecast: {{source: {source}, {ROOFS}, inverter_w: 8000}}")
    feed = forecast_feed(settings, settings.forecast)
    assert feed is not None
    assert feed.kind == kind
    assert "hush" not in repr(settings) + repr(feed)
    plan = to_forecast_plan(settings, settings.forecast)
    assert (plan.peak_w, plan.most_w) == (9000.0, 8000.0)


def test_without_a_service_the_past_is_the_forecast(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "forecast: {}")
    assert forecast_feed(settings, settings.forecast) is None
    assert to_forecast_plan(settings, settings.forecast).place is None
    assert not any("forecast" in name for name in unreported(settings))
    assert "pv.forecast_wh" in unreported(loaded(tmp_path, ""))


def test_a_token_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("hush\n")
    (tmp_path / "key.txt").chmod(0o600)
    source = "{type: solcast, token_file: key.txt, sites: [aaaa-1111]}"
    settings = loaded(tmp_path, f"{PLACE}forecast: {{source: {source}}}")
    assert settings.forecast.source.token.get_secret_value() == "hush"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"forecast: {{source: {{type: open_meteo}}, {ROOFS}}}", "needs the place of the house"),
        (PLACE + "forecast: {source: {type: forecast_solar}}", "needs the roofs"),
        ("site: {latitude: 48.8}", "latitude and longitude belong together"),
        (PLACE + "forecast: {source: {type: sunny}}", "is not a type of forecast source"),
        (
            PLACE + "forecast: {source: {type: solcast, token: hush, sites: [aaaa, bbbb], calls_a_day: 1}}",
            "2 sites need 2",
        ),
        (PLACE + "forecast: {roofs: {south: {peak_w: 5000, tilt: 100}}}", "tilt"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsErrors) as caught:
        loaded(tmp_path, text)
    assert words in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_peak_in_kw_is_warned_about(tmp_path: Path) -> None:
    settings = loaded(tmp_path, PLACE + "forecast: {source: {type: open_meteo}, roofs: {south: {peak_w: 9.8}}}")
    assert any("9.8 W is very little" in warning and "9800" in warning for warning in settings.warnings)


def test_a_house_without_a_measured_pv_is_warned_about(tmp_path: Path) -> None:
    device = "devices: {carport: {type: nrgkick, url: 'http://192.0.2.1'}}\n"
    settings = loaded(tmp_path, f"{device}forecast: {{}}")
    assert any("no device measures the PV power" in warning for warning in settings.warnings)
