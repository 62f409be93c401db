"""`optimizer forecast` against simulated services on a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.cli.run import forecast_command
from optimizer.model.clock import SystemClock
from optimizer.model.series import Span, constant
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.forecast.correction import Correction
from optimizer.sources.forecast.table import ForecastTable
from optimizer.twin.forecast_services import ForecastServices, ForecastSky
from tests.cli.run.served import invoked, served

BERLIN = ZoneInfo("Europe/Berlin")
SITE = """\
site: {time_zone: Europe/Berlin, latitude: 48.8, longitude: 9.2}
state_dir: FOLDER
forecast:
  source: {type: open_meteo, url: 'URL'}
  roofs: {south: {peak_w: 5000}}
"""


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of the services."""
    with served(lambda: ForecastServices(ForecastSky(), SystemClock()).server()) as found:
        yield found


def run(folder: Path, text: str, *words: str) -> tuple[int, str]:
    return invoked(forecast_command.register, folder, text, *words)


def test_the_days_and_the_hours_are_shown(url: str, tmp_path: Path) -> None:
    code, out = run(tmp_path, SITE.replace("URL", url))
    assert code == 0
    heads = [line.split() for line in out.splitlines() if line.startswith(("day", "from"))]
    assert heads == [[word, "PV", "low", "high", "home", "surplus"] for word in ("day", "from")]
    assert "Open-Meteo" in out
    assert not (tmp_path / "state" / "forecast.json").exists()  # the service owns it


def test_json_has_three_days(url: str, tmp_path: Path) -> None:
    code, out = run(tmp_path, SITE.replace("URL", url), "--json")
    document = json.loads(out)
    assert code == 0
    assert len(document["days"]) == 3
    assert document["sources"][0]["service"] == "Open-Meteo"
    assert document["slots"][0]["pv_w"] >= 0.0


def test_without_anything_known_it_fails(tmp_path: Path) -> None:
    code, out = run(tmp_path, SITE.replace("URL", "http://127.0.0.1:9"), "--offline")
    assert code == 1
    assert "?" in out


def test_without_a_forecast_it_says_what_to_do(tmp_path: Path) -> None:
    code, out = run(tmp_path, "state_dir: FOLDER")
    assert code == 2
    assert "docs/how-to/use-forecasts.md" in out


def test_the_text_names_what_is_learnt_and_what_is_wrong() -> None:
    start_s = datetime(2026, 6, 21, tzinfo=BERLIN).timestamp()
    table = ForecastTable(
        Span(start_s, start_s + 86_400.0),
        pv=constant(2000.0, start_s, start_s + 86_400.0),
        correction=Correction({"noon": 0.93}, 0.84, low=0.6, high=1.234, days=12, doubt="two days gave little"),
    )
    feed = FeedReport("pv", "Solcast", requests=3, failures=1, message="status 429", fetched_s=None, known_until_s=None)
    shown = forecast_command.text(table, (feed,), BERLIN, start_s + 3600.0)
    assert "Corrected by the past of this roof: noon ×0.93." in shown
    assert "takes 84 % from the service and 16 % from the mean of the last seven days." in shown
    assert "Of 12 days, nine of ten gave 60 % of the forecast or more, and one of ten gave more than 123 %." in shown
    assert "Warning: two days gave little." in shown
    assert "Solcast  ?        ?            status 429" in shown
    assert "Sun 21 Jun  48.0  ?    ?     ?     ?" in shown
    few = ForecastTable(table.span, correction=Correction(days=3))
    assert "3 days are recorded. Low and high values need seven." in forecast_command.text(few, (), BERLIN, start_s)
