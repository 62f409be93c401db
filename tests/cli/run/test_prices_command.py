"""`optimizer prices` against simulated services on a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.cli.run import prices_command
from optimizer.model.clock import SystemClock
from optimizer.model.series import Series, Slot
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.prices.contract import Price
from optimizer.sources.prices.table import PriceTable, days_around
from optimizer.twin.market import Market
from optimizer.twin.price_services import PriceServices
from optimizer.words.language import ENGLISH, language_of, speak
from tests.cli.run.served import invoked, served

BERLIN = ZoneInfo("Europe/Berlin")
SITE = """\
site: {time_zone: Europe/Berlin}
state_dir: FOLDER
prices:
  sources: {epex: {type: energy_charts, url: 'URL'}}
  import: {source: epex, vat_percent: 19, fees: {network: {ct: 9, zones: [{from: 17:00, to: 21:00, ct: 15}]}}}
  feed_in: {ct: 8}
"""


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of the services."""
    with served(lambda: PriceServices(Market(), SystemClock()).server()) as found:
        yield found


def run(folder: Path, text: str, *words: str) -> tuple[int, str]:
    return invoked(prices_command.register, folder, text, *words)


def test_prices_are_shown_with_their_parts(url: str, tmp_path: Path) -> None:
    code, out = run(tmp_path, SITE.replace("URL", url))
    assert code == 0
    head = next(line for line in out.splitlines() if line.startswith("from"))
    assert head.split() == ["from", "to", "price", "market", "network", "VAT"]
    assert "epex    energy-charts" in out
    assert "Feed-in, ct/kWh" in out
    assert not (tmp_path / "state" / "prices.json").exists()  # the service owns it


def test_json_has_all_slots(url: str, tmp_path: Path) -> None:
    code, out = run(tmp_path, SITE.replace("URL", url), "--json")
    assert code == 0
    found = json.loads(out)
    first = found["import"][0]
    assert list(first["parts"]) == ["market", "network", "VAT"]
    assert first["ct"] == pytest.approx(sum(first["parts"].values()), abs=1e-3)
    assert len(found["import"]) >= 92
    assert {slot["ct"] for slot in found["feed_in"]} == {8.0}
    assert found["sources"][0]["problem"] == ""


def test_without_an_answer_the_reason_is_shown(tmp_path: Path) -> None:
    code, out = run(tmp_path, SITE.replace("URL", "http://127.0.0.1:9").replace("  feed_in: {ct: 8}\n", ""))
    assert code == 1
    assert "nothing listens there" in out
    assert "?" in out


def test_offline_asks_nothing(tmp_path: Path) -> None:
    code, out = run(tmp_path, SITE.replace("URL", "http://127.0.0.1:9"), "--offline")
    assert code == 0  # feed-in is known
    assert "listens" not in out


def test_without_prices_the_page_is_named(tmp_path: Path) -> None:
    code, out = run(tmp_path, "site: {time_zone: Europe/Berlin}\n")
    assert code == 2
    assert "docs/how-to/use-prices.md" in out


def test_fixed_prices_of_the_tariff_are_shown_too(tmp_path: Path) -> None:
    code, out = run(tmp_path, "tariff: {import_ct: 30, feed_in_ct: 8, alternative_ct: 22}\n")
    assert code == 0
    assert "30.00" in out


def test_gaps_and_the_hour_that_occurs_twice_are_visible() -> None:
    start_s = datetime(2026, 10, 25, 0, tzinfo=UTC).timestamp()
    total = Series.of([Slot(start_s, start_s + 3600, 20.0), Slot(start_s + 7200, start_s + 10800, 21.0)])
    table = PriceTable(days_around(start_s, BERLIN), Price(total, {"energy": total}))
    feeds = (
        FeedReport(
            name="e",
            kind="aWATTar",
            requests=1,
            failures=1,
            message="status 429",
            fetched_s=None,
            known_until_s=None,
        ),
    )
    out = prices_command.text(table, feeds, BERLIN, start_s)
    lines = [line.split() for line in out.splitlines() if line.startswith("Sun 25 Oct 0")]
    assert [(line[3], line[4], line[-2]) for line in lines[:3]] == [
        ("02:00", "CEST", "20.00"),
        ("02:00", "CET", "?"),
        ("03:00", "Sun", "21.00"),
    ]
    assert "status 429" in out


def test_the_tables_speak_the_language_of_the_terminal(url: str, tmp_path: Path) -> None:
    german = language_of("de")
    assert german is not None
    speak(german)
    try:
        code, out = run(tmp_path, SITE.replace("URL", url))
    finally:
        speak(ENGLISH)
    assert code == 0, out
    assert "Quelle  Dienst" in out
    assert "bekannt bis" in out
    assert "Preis  Markt" in out
    assert "MwSt." in out
    assert "Bezug, ct/kWh\nvon" in out
    assert not {"Import", "source", "from"} & set(out.split())
