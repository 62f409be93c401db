"""Price settings: contracts and feeds from the file, mistakes with their place, and warnings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.settings.price_mapping import feed_plans, has_changing_prices, to_tariff
from optimizer.settings.prices import DAYS, MONTHS, spread
from tests.settings.conftest import HOUSE, Read

BERLIN = ZoneInfo("Europe/Berlin")
MODULE_3 = """\
prices:
  sources:
    epex: {type: energy_charts, bidding_zone: DE-LU}
  import:
    source: epex
    average: hour
    vat_percent: 19
    fees:
      markup: {ct: 1.5}
      network:
        ct: 9.0
        zones:
          - {from: 17:00, to: 21:00, months: [oct..mar], ct: 15.3}
          - {from: 23:00, to: 05:00, days: [mon..fri, sun], ct: 2.7}
  feed_in:
    ct: 8
    source: epex
    nothing_while_negative: true
"""


def test_contracts_are_read(read: Read) -> None:
    settings = read(HOUSE + MODULE_3)
    assert settings.warnings == ()
    tariff = to_tariff(settings)
    assert tariff.imports is not None
    assert tariff.feed_in is not None
    assert (tariff.imports.source, tariff.imports.by_hour, tariff.imports.vat_percent) == ("epex", True, 19.0)
    assert tariff.feed_in.nothing_while_negative
    network = tariff.imports.fees["network"]
    at = [datetime(2026, 11, 28, 18, tzinfo=BERLIN), datetime(2026, 7, 1, 18, tzinfo=BERLIN)]  # a Saturday in winter
    assert [network.at(one) for one in at] == [15.3, 9.0]
    nights = [datetime(2026, 11, day, 23, 30, tzinfo=BERLIN) for day in (27, 28)]
    assert [network.at(one) for one in nights] == [2.7, 9.0]


def test_a_zone_knows_the_public_holidays_of_the_site(read: Read) -> None:
    zones = "[{ct: 33, days: [mon..fri]}, {ct: 24, days: [sun, holiday]}]"
    text = (
        HOUSE.replace("site:\n", "site:\n  holidays: [2026-12-25]\n")
        + f"prices: {{import: {{ct: 30, zones: {zones}}}}}"
    )
    energy = to_tariff(read(text)).imports
    assert energy is not None
    assert energy.energy is not None
    days = (datetime(2026, 12, day, 12, tzinfo=BERLIN) for day in (24, 25, 26, 27))
    assert [energy.energy.at(day) for day in days] == [33.0, 24.0, 30.0, 24.0]


def test_constants_of_the_tariff_stay_valid(read: Read) -> None:
    settings = read(HOUSE + "tariff: {import_ct: 30, feed_in_ct: 8, alternative_ct: 22}")
    assert not has_changing_prices(settings)
    mixed = read(HOUSE + "tariff: {feed_in_ct: 8}\nprices: {import: {ct: 30}}\ncontrol: {grid_share: 0.5}")
    assert has_changing_prices(mixed)
    assert mixed.warnings == ()
    tariff = to_tariff(mixed)
    assert tariff.feed_in is not None
    assert tariff.feed_in.energy is not None
    assert tariff.feed_in.energy.base_ct == 8.0


SOURCES = """\
prices:
  sources:
    a: {type: awattar, country: at}
    c: {type: energy_charts}
    t: {type: tibber, token: hush-1, home_id: home-1}
  import: {source: NAME, vat_percent: 20}
"""
BRITISH = """\
prices:
  currency: GBP
  sources: {o: {type: octopus, tariff: E-1R-AGILE-24-10-01-C}}
  import: {source: NAME}
"""
MORE = """\
prices:
  sources:
    e: {type: entsoe, token: hush-2}
    j: {type: json, url: 'http://host/prices', entries: 'data[]', query: 'day=1', unit: EUR/MWh, pace_min: 60}
    h: {type: home_assistant, url: 'http://ha:8123', token: hush-3, entity: sensor.price}
    l: {type: home_assistant, url: 'http://ha:8123', token: hush-3, entity: sensor.price, entries: 'a.b'}
  import: {source: NAME, vat_percent: 20}
"""


@pytest.mark.parametrize(
    ("text", "name", "kind", "url", "pace_s"),
    [
        (SOURCES, "a", "aWATTar", "https://api.awattar.at", 3600.0),
        (SOURCES, "c", "energy-charts", "https://api.energy-charts.info", 900.0),
        (SOURCES, "t", "Tibber", "https://api.tibber.com", 900.0),
        (BRITISH, "o", "Octopus", "https://api.octopus.energy", 1800.0),
        (MORE, "e", "ENTSO-E", "https://web-api.tp.entsoe.eu", 900.0),
        (MORE, "j", "JSON", "http://host", 3600.0),
        (MORE, "h", "Home Assistant", "http://ha:8123", 300.0),
        (MORE, "l", "Home Assistant", "http://ha:8123", 900.0),
    ],
)
def test_each_type_of_source_has_its_feed(read: Read, text: str, name: str, kind: str, url: str, pace_s: float) -> None:
    settings = read(HOUSE + text.replace("NAME", name))
    (plan,) = feed_plans(settings)  # a source without a contract is not asked
    assert (plan.name, plan.feed.kind, plan.feed.address.url, plan.feed.pace_s) == (name, kind, url, pace_s)
    assert "hush" not in f"{plan} {settings} {settings.warnings}"


def test_tokens_may_come_from_files_and_the_environment(read: Read, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("from-file\n")
    text = HOUSE + "prices: {sources: {t: {type: tibber, token_file: t.txt}}, import: {source: t}}"
    (plan,) = feed_plans(read(text))
    assert plan.feed.address.headers["Authorization"] == "Bearer from-file"
    given = {"OPTIMIZER_PRICES__SOURCES__T__TOKEN": "from-environment"}
    (plan,) = feed_plans(read(text.replace(", token_file: t.txt", ""), given))
    assert plan.feed.address.headers["Authorization"] == "Bearer from-environment"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prices: {import: {}}", "prices.import: there is neither a fixed price nor a source"),
        (
            "prices: {import: {source: epx}, sources: {epex: {type: awattar}}}",
            "there is no source “epx”",
        ),
        (
            "prices: {import: {ct: 30, source: e}, sources: {e: {type: awattar}}}",
            "there are a fixed price and a source",
        ),
        (
            "prices: {import: {ct: 30}}\ntariff: {import_ct: 30}",
            "tariff.import_ct: prices.import gives the import price too",
        ),
        (
            "prices: {feed_in: {ct: 8}}\ntariff: {feed_in_ct: 8}",
            "tariff.feed_in_ct: prices.feed_in gives the payment too",
        ),
        (
            "prices: {feed_in: {ct: 8, nothing_while_negative: true}}",
            "it is not known when the market price is negative",
        ),
        ("prices: {feed_in: {ct: 8, deduction_ct: 1}}", "a fixed payment has no deduction"),
        ("prices: {import: {ct: 30, average: hour}}", "only the price of a source has a mean of an hour"),
        (
            "prices: {import: {source: e, zones: [{ct: 3}]}, sources: {e: {type: awattar}}}",
            "zones need the price outside",
        ),
        ("prices: {import: {ct: 30, zones: [{ct: 20, from: '22:10'}]}}", "prices.import.zones.0.from"),
        ("prices: {import: {ct: 30, zones: [{ct: 20, days: [mon..fry]}]}}", "“fry” is not one of mon, tue"),
        (
            "prices: {import: {ct: 30, fees: {network: {ct: 9, zones: [{ct: 3, days: [sun, holiday]}]}}}}",
            "prices.import.fees.network.zones.0.days: `holiday` needs the list of public holidays",
        ),
        ("prices: {import: {ct: 30, zones: [{ct: 20, months: [okt]}]}}", "“okt” is not one of jan, feb"),
        ("prices: {sources: {j: {type: json, url: 'http://h', entries: 'a['}}}", "not JMESPath"),
        (
            "prices: {sources: {o: {type: octopus, tariff: E-1R-AGILE-24-10-01-C}}}",
            "“o” gives prices in GBP, and prices.currency is EUR",
        ),
        ("prices: {sources: {e: {type: awatar}}}", "“awatar” is not a type of price source"),
        (
            "prices: {currency: GBP, sources: {e: {type: awattar}}}",
            "“e” gives prices in EUR, and prices.currency is GBP",
        ),
        ("prices: {sources: {o: {type: octopus, tariff: AGILE}}}", "prices.sources.o.tariff"),
        ("prices: {sources: {t: {type: tibber}}}", "prices.sources.t.token"),
    ],
)
def test_mistakes_have_their_place(complain: Callable[..., str], text: str, words: str) -> None:
    assert words in complain(HOUSE + text)


def test_a_wrong_token_is_not_quoted(complain: Callable[..., str]) -> None:
    assert "hidden" not in complain(HOUSE + "prices: {sources: {t: {type: tibber, token: 'hidden\u00e9'}}}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prices: {sources: {e: {type: awattar}}, import: {source: e}}", "“e” gives market prices without VAT"),
        (
            "prices: {sources: {t: {type: tibber, token: x}}, import: {source: t, vat_percent: 19}}",
            "the prices of “t” contain VAT already",
        ),
        ("prices: {import: {ct: 0.3}}", "0.3 € is written 30"),
        ("prices: {sources: {e: {type: awattar}}, import: {ct: 30}}", "no contract uses this source"),
    ],
)
def test_each_warning(read: Read, text: str, words: str) -> None:
    assert [words in warning for warning in read(HOUSE + text).warnings].count(True) == 1


def test_ranges_may_pass_the_end_of_the_week_and_of_the_year() -> None:
    assert spread(("sat..mon",), DAYS) == {5, 6, 0}
    assert spread(("oct..mar", "jul"), MONTHS) == {9, 10, 11, 0, 1, 2, 6}
    assert spread(("wed..wed",), DAYS) == {2}
    assert spread(("mon..sun",), DAYS) == set(range(7))
