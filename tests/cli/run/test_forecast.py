"""A forecast service over a network, and forecasts in an assembled service."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.cli.run.assemble import assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.cli.run.forecast import build_forecast
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import SystemClock
from optimizer.settings import load_settings
from optimizer.twin.forecast_services import ForecastServices, ForecastSky
from optimizer.twin.virtual_time import run_virtually
from tests.virtual_time import VirtualClock

SITE = """\
site: {time_zone: Europe/Berlin, latitude: 48.8, longitude: 9.2}
forecast:
  source: {type: TYPE, url: 'URL', token: hush}
  roofs: {south: {peak_w: 5000}, west: {peak_w: 4000, tilt: 15, azimuth: 90}}
"""
RULES = """\
version: 1
rules:
  - {id: a, when: 'pv.forecast_wh(until 18:00) > 2kWh or surplus.forecast_wh(today) > 2kWh', claim: {ev.mode: fast}}
"""


@pytest.mark.parametrize("kind", ["open_meteo", "forecast_solar"])
def test_a_service_asks_over_the_network_and_never_quotes_its_key(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        clock = VirtualClock()
        services = ForecastServices(ForecastSky(), clock)
        server = services.server()
        (tmp_path / "rules").mkdir()
        (tmp_path / "site.yaml").write_text(SITE.replace("URL", await server.start()).replace("TYPE", kind))
        settings = load_settings(tmp_path / "site.yaml", {})
        assert settings.forecast is not None
        board, poller = build_forecast(settings, settings.forecast, clock, KeptFiles(tmp_path))
        assert poller is not None
        await poller.ask()
        assert board.table(clock.now().timestamp()).pv.slots
        await server.stop()
        await poller.ask()
        assert poller.report().failures == 1

    run_virtually(main(), network=True)
    kept = "".join(file.read_text() for file in tmp_path.glob("*.json"))
    assert "hush" not in caplog.text + kept
    assert "no new forecast" in caplog.text


def test_ticks_of_an_assembled_service_have_what_the_rules_in_force_ask(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    file = tmp_path / "rules" / "a.yaml"
    file.write_text(RULES)
    device = "devices: {carport: {type: nrgkick, url: 'http://192.0.2.1'}}\n"
    (tmp_path / "site.yaml").write_text(f"{device}site: {{latitude: 48.8, longitude: 9.2}}\nforecast: {{}}")
    settings = load_settings(tmp_path / "site.yaml", {})
    books = RuleFiles.load(settings)
    house = assemble(settings, books, SystemClock(), tmp_path / "state")
    parts = house.service.parts
    assert list(parts.forecast(parts.clock.now(), 0.0).pv_wh) == ["until 18:00", "today"]
    assert house.service.sense().sun.rise_s.known
    file.write_text(RULES.replace("until 18:00", "tomorrow"))
    books.reload()
    assert list(parts.forecast(parts.clock.now(), 0.0).pv_wh) == ["tomorrow", "today"]
    house.close()
