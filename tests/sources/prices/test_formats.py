"""The bodies of the services, with their traps."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.series import Series, Slot, Span
from optimizer.sources.port import Answer, SourceError
from optimizer.sources.prices.awattar import Awattar
from optimizer.sources.prices.energy_charts import EnergyCharts
from optimizer.sources.prices.entity_state import EntityState
from optimizer.sources.prices.entsoe import Entsoe
from optimizer.sources.prices.feed import PriceFeed
from optimizer.sources.prices.json_list import JsonList, compiled
from optimizer.sources.prices.octopus import Octopus
from optimizer.sources.prices.tibber import Tibber

DAY = Span(datetime(2026, 2, 3, 23, tzinfo=UTC).timestamp(), datetime(2026, 2, 5, 23, tzinfo=UTC).timestamp())
S = DAY.start_s


def read(feed: PriceFeed, body: object) -> Series:
    text = body if isinstance(body, str) else json.dumps(body)
    return feed.read(Answer(200, text), DAY, S)


def values(series: Series) -> list[float]:
    return [slot.value for slot in series]


# --- aWATTar ----------------------------------------------------------------------------------------------------


def awattar(*rows: tuple[float, float, object], unit: str = "Eur/MWh") -> dict[str, object]:
    return {
        "data": [
            {"start_timestamp": (S + a) * 1000, "end_timestamp": (S + b) * 1000, "marketprice": price, "unit": unit}
            for a, b, price in rows
        ]
    }


def test_awattar_ends_are_believed() -> None:
    series = read(Awattar(), awattar((0, 3600, 94.87), (3600, 4500, -500), (4500, 5400, 4000)))
    assert values(series) == [9.487, -50.0, 400.0]
    assert [slot.end_s - slot.start_s for slot in series] == [3600.0, 900.0, 900.0]


def test_awattar_units_may_have_any_case_and_no_other_unit() -> None:
    assert values(read(Awattar(), awattar((0, 3600, 10), unit="EUR/mwh"))) == [1.0]
    with pytest.raises(SourceError, match="the unit is “ct/kWh” and not EUR/MWh"):
        read(Awattar(), awattar((0, 3600, 10), unit="ct/kWh"))


@pytest.mark.parametrize(
    "row", [(0, 90_000, 1.0), (3600, 3600, 1.0), (0, 3600, "1.0"), (0, 3600, True), (-1e15, 3600, 1.0)]
)
def test_awattar_nonsense_is_refused(row: tuple[float, float, object]) -> None:
    with pytest.raises(SourceError):
        read(Awattar(), awattar(row))


def test_contradicting_prices_are_refused() -> None:
    with pytest.raises(SourceError, match="two values"):
        read(Awattar(), awattar((0, 3600, 1.0), (1800, 5400, 2.0)))


def test_the_countries_have_their_servers() -> None:
    assert Awattar("at").address.url == "https://api.awattar.at"
    assert Awattar().request(DAY).path == "/v1/marketdata?start=1770159600000&end=1770332400000"


# --- energy-charts ----------------------------------------------------------------------------------------------


def charts(starts: list[float], prices: list[object]) -> dict[str, object]:
    return {"unix_seconds": [S + start for start in starts], "price": prices, "unit": "EUR / MWh"}


def test_energy_charts_null_at_the_end_is_a_gap() -> None:
    series = read(EnergyCharts(), charts([0, 900, 1800], [1, 2, None]))
    assert values(series) == [0.1, 0.2]
    assert series.reach_s == S + 1800.0


def test_energy_charts_lists_of_two_lengths_are_refused() -> None:
    with pytest.raises(SourceError, match="3 times and 2 prices"):
        read(EnergyCharts(), charts([0, 900, 1800], [1, 2]))


def test_energy_charts_asks_for_local_days() -> None:
    assert EnergyCharts("AT").request(DAY).path == "/price?bzn=AT&start=2026-02-04&end=2026-02-05"


# --- Tibber -----------------------------------------------------------------------------------------------------


def entry(time: str, total: float, **more: object) -> dict[str, object]:
    return {"total": total, "energy": total - 0.2, "tax": 0.2, "startsAt": f"2026-02-04T{time}:00.000+01:00", **more}


def tibber(today: object, tomorrow: object = (), homes: int = 1) -> dict[str, object]:
    home = {"id": "h", "currentSubscription": {"priceInfo": {"today": today, "tomorrow": tomorrow}}}
    others = [{"id": f"h{n}", "currentSubscription": home["currentSubscription"]} for n in range(homes - 1)]
    return {"data": {"viewer": {"homes": [home, *others]}}}


def test_tibber_euros_become_ct_without_an_end_in_the_entry() -> None:
    series = read(Tibber("t"), tibber([entry("00:00", 0.3053), entry("00:15", 0.3011), entry("01:00", -0.01)]))
    assert values(series) == [30.53, 30.11, -1.0]
    assert [slot.end_s - slot.start_s for slot in series] == [900.0, 900.0, 900.0]
    assert series.at(S + 1800.0) is None  # the entry at 00:30 is missing


def test_tibber_an_answer_about_one_home_is_read_with_and_without_its_id() -> None:
    info = {"today": [entry("00:00", 0.3053, energy=0.0888, tax=0.2165)], "tomorrow": []}
    body = {"data": {"viewer": {"home": {"currentSubscription": {"priceInfo": info}}}}}
    assert values(read(Tibber("t"), body)) == values(read(Tibber("t", "h"), body)) == [30.53]
    assert values(read(Tibber("t", value="energy"), body)) == [8.88]


def test_tibber_tomorrow_may_be_null_too() -> None:
    assert values(read(Tibber("t"), tibber([entry("00:00", 0.3)], None))) == [30.0]


@pytest.mark.parametrize(
    ("body", "fault", "words"),
    [
        ({"errors": [{"message": "context creation failed: invalid token"}]}, "unauthorized", "invalid token"),
        ({"errors": [{"message": "no", "extensions": {"code": "UNAUTHENTICATED"}}]}, "unauthorized", "no"),
        ({"errors": [{"message": "Cannot query field"}], "data": None}, "refused", "Cannot query"),
        ({"errors": [17]}, "refused", "None"),
        ({"data": {"viewer": {"homes": [{"id": "h", "currentSubscription": None}]}}}, "refused", "no home"),
        ({"data": {"viewer": {"homes": []}}}, "refused", "no home"),
        ({"data": None}, "garbled", "homes is not a list"),
        (tibber([entry("00:00", 0.3, currency="NOK")]), "garbled", "“NOK” and not in EUR"),
        (tibber([], homes=2), "refused", "set home_id to one of h, h0"),
        (tibber({}), "garbled", "today is not a list"),
        (tibber([{"total": "0.3", "startsAt": "2026-02-04T00:00:00+01:00"}]), "garbled", "not a number"),
    ],
)
def test_tibber_errors_come_with_status_200(body: object, fault: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read(Tibber("t"), body)
    assert caught.value.fault == fault


def test_tibber_asks_for_quarter_hours_of_one_home() -> None:
    body = Tibber("t", "home-1").request(DAY).body
    assert isinstance(body, dict)
    assert body["variables"] == {"homeId": "home-1"}
    assert "priceInfo(resolution: QUARTER_HOURLY)" in body["query"]
    one = {"data": {"viewer": {"home": {"id": "h", "currentSubscription": {"priceInfo": {"today": []}}}}}}
    assert read(Tibber("t", "home-1"), one).slots == ()


# --- Octopus ----------------------------------------------------------------------------------------------------


def rate(start: str, end: str | None, value: float, payment: str | None = None) -> dict[str, object]:
    return {
        "value_exc_vat": value / 1.05,
        "value_inc_vat": value,
        "valid_from": f"2026-02-{start}:00Z",
        "valid_to": None if end is None else f"2026-02-{end}:00Z",
        "payment_method": payment,
    }


AGILE = Octopus("E-1R-AGILE-24-10-01-C")


def test_octopus_rates_come_newest_first_and_open_ends_reach_to_the_end_of_the_request() -> None:
    body = {
        "results": [rate("05T00:00", None, 20.0), rate("04T23:30", "05T00:00", -3.0), rate("01T00:00", "04T23:30", 9.0)]
    }
    series = read(AGILE, body)
    assert values(series) == [9.0, -3.0, 20.0]
    assert (series.slots[0].start_s, series.reach_s) == DAY


def test_octopus_rates_of_another_payment_do_not_count() -> None:
    body = {
        "results": [
            rate("04T00:00", None, 24.0, "DIRECT_DEBIT"),
            rate("04T00:00", None, 26.0, "NON_DIRECT_DEBIT"),
            rate("03T00:00", None, 99.0),
        ]
    }
    series = read(AGILE, body)
    assert series.at(datetime(2026, 2, 4, 12, tzinfo=UTC).timestamp()) == 24.0
    assert series.at(DAY.start_s) == 99.0


def test_octopus_a_rate_until_further_notice_holds_around_later_rates() -> None:
    half_hours = [rate("04T13:00", "04T13:30", -3.0), rate("04T22:30", "04T23:00", 14.1)]
    body = {"results": [*half_hours, rate("01T00:00", None, 9.0, "DIRECT_DEBIT")]}
    series = read(AGILE, body)
    assert values(series) == [9.0, -3.0, 9.0, 14.1, 9.0]
    assert series.covers(*DAY)


@given(st.lists(st.tuples(st.integers(0, 95), st.integers(1, 96), st.booleans(), st.integers(-9, 9)), max_size=20))
def test_octopus_the_latest_beginning_wins_at_every_time(rates: list[tuple[int, int, bool, int]]) -> None:
    """The own method of payment wins over a rate for every method from the same time on."""
    unique = {(start, own): (start, start + length, own, value) for start, length, own, value in rates}

    def time(half_hour: int) -> str:
        return f"{datetime.fromtimestamp(S + 1800 * half_hour, UTC):%Y-%m-%dT%H:%M:00Z}"

    body = [
        {
            "value_inc_vat": float(value),
            "valid_from": time(start),
            "valid_to": time(end),
            "payment_method": "DIRECT_DEBIT" if own else None,
        }
        for start, end, own, value in unique.values()
    ]
    series = read(AGILE, {"results": body})
    for half_hour in range(96):
        holding = [one for one in unique.values() if one[0] <= half_hour < one[1]]
        expected = max(holding, key=lambda one: (one[0], one[2]))[3] if holding else None
        assert series.at(S + 1800.0 * half_hour) == expected


def test_octopus_asks_for_the_product_in_the_tariff() -> None:
    path = AGILE.request(DAY).path
    assert path.startswith(
        "/v1/products/AGILE-24-10-01/electricity-tariffs/E-1R-AGILE-24-10-01-C/standard-unit-rates/?"
    )
    assert "period_from=2026-02-03T23:00Z&period_to=2026-02-05T23:00Z&page_size=1500" in path


# --- ENTSO-E ----------------------------------------------------------------------------------------------------


def series_xml(
    points: dict[int, float],
    *,
    start_h: int = 23,
    hours: int = 1,
    step: int = 15,
    sequence: int = 0,
    curve: str = "A03",
) -> str:
    start = datetime(2026, 2, 3, tzinfo=UTC).timestamp() + start_h * 3600
    first, last = (f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%MZ}" for at_s in (start, start + hours * 3600))
    tag = "classificationSequence_AttributeInstanceComponent.position"
    given = f"<{tag}>{sequence}</{tag}>" if sequence else ""
    inner = "".join(
        f"<Point><position>{n}</position><price.amount>{price}</price.amount></Point>" for n, price in points.items()
    )
    return (
        f"<TimeSeries>{given}<currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH"
        f"</price_Measure_Unit.name><curveType>{curve}</curveType><Period><timeInterval><start>{first}</start>"
        f"<end>{last}</end></timeInterval><resolution>PT{step}M</resolution>{inner}</Period></TimeSeries>"
    )


def document(*series: str) -> str:
    return f'<Publication_MarketDocument xmlns="urn:x">{"".join(series)}</Publication_MarketDocument>'


def test_entsoe_repeats_a_point_that_is_left_out_also_at_the_end() -> None:
    assert values(read(Entsoe("t"), document(series_xml({1: 10.0, 3: 20.0})))) == [1.0, 1.0, 2.0, 2.0]


def test_entsoe_without_curve_a03_a_missing_point_is_a_gap() -> None:
    series = read(Entsoe("t"), document(series_xml({1: 10.0, 3: 20.0}, curve="A01")))
    assert [(slot.start_s - S, slot.value) for slot in series] == [(0.0, 1.0), (1800.0, 2.0)]


def test_entsoe_a_period_that_begins_late_has_a_gap_before_its_first_point() -> None:
    series = read(Entsoe("t"), document(series_xml({2: 10.0})))
    assert series.at(S) is None
    assert series.at(S + 900.0) == 1.0


def test_entsoe_the_lowest_sequence_and_the_shortest_resolution_count() -> None:
    second = series_xml({1: 50.0}, sequence=2)
    hourly = series_xml({1: 30.0}, step=60, sequence=1, hours=2)
    first = series_xml({1: 10.0}, sequence=1)
    assert values(read(Entsoe("t"), document(second, hourly, first))) == [1.0, 1.0, 1.0, 1.0, 3.0]


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (series_xml({5: 1.0}), "position 5 is outside"),
        (series_xml({1: 1.0}, step=45), "resolution"),
        (series_xml({1: float("nan")}), "not a number"),
        (series_xml({1: 1.0}).replace("EUR", "PLN"), "“PLN” and not in EUR"),
        (series_xml({1: 1.0}).replace("MWH", "KWH"), "per “KWH”"),
        (series_xml({1: 1.0}, hours=0), "multiple of its resolution"),
        (series_xml({1: 1.0}, hours=24 * 365), "multiple of its resolution"),
        (series_xml({1: 1.0}).replace(">1<", ">-1<"), "“-1” is not a position"),
    ],
)
def test_entsoe_nonsense_is_refused(xml: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(Entsoe("t"), document(xml))


def test_entsoe_no_data_is_an_acknowledgement_with_status_200() -> None:
    name = "Acknowledgement_MarketDocument"
    text = f"<{name}><Reason><code>{{}}</code><text>why</text></Reason></{name}>"
    assert read(Entsoe("t"), text.format("999")).slots == ()
    with pytest.raises(SourceError, match="ENTSO-E answers “why”"):
        read(Entsoe("t"), text.format("A01"))


def test_entsoe_asks_in_utc() -> None:
    path = Entsoe("a b").request(DAY).path
    assert "periodStart=202602032300&periodEnd=202602052300&securityToken=a%20b" in path


# --- any JSON ---------------------------------------------------------------------------------------------------


def test_json_entries_with_and_without_an_end() -> None:
    feed = JsonList("http://host/prices", "data[]", value="price", unit="EUR/kWh")
    rows = [{"start": S, "end": S + 1800, "price": "0.2"}, {"start": (S + 1800) * 1000, "price": 0.3}, None]
    series = read(feed, {"data": rows})
    assert values(series) == [20.0, 30.0]


def test_json_entries_can_be_renamed_by_the_expression() -> None:
    feed = JsonList("http://host", "[].{start: t, value: p}", unit="EUR/MWh")
    assert values(read(feed, [{"t": S, "p": 5}, {"t": S + 900, "p": None}, {"t": S + 1800, "p": 7}])) == [0.5, 0.7]


@pytest.mark.parametrize(
    "body", [{"data": 1}, {"data": [{"start": "x", "value": 1}]}, {"data": [{"start": S, "value": "?"}]}]
)
def test_json_nonsense_is_refused(body: object) -> None:
    with pytest.raises(SourceError):
        read(JsonList("http://host", "data"), body)


def test_json_expressions_are_checked_before_use() -> None:
    with pytest.raises(ValueError, match="“data\\[” is not JMESPath"):
        JsonList("http://host", "data[")
    with pytest.raises(ValueError, match="at most 500"):
        compiled("a" * 501)
    with pytest.raises(SourceError, match="fails on the answer"):
        read(JsonList("http://host", "abs(data)"), {"data": "x"})


def test_json_addresses_are_split_into_server_and_path() -> None:
    feed = JsonList("https://host:8443/a/b", "x", query="key=1", token="t", headers={"X": "y"})
    assert feed.address.url == "https://host:8443"
    assert feed.address.headers == {"X": "y", "Authorization": "Bearer t"}
    assert feed.request(DAY).path == "/a/b?key=1"
    assert JsonList("https://host", "x").request(DAY).path == "/"
    assert "Bearer" not in repr(feed.address)


def test_an_unavailable_entity_has_no_price() -> None:
    feed = EntityState("http://host", "sensor.p", "t")
    assert read(feed, {"state": "unavailable"}).slots == ()
    assert read(feed, {"state": "12.5"}).slots == (Slot(S, S + 600.0, 12.5),)
    with pytest.raises(SourceError):
        read(feed, {"state": "cheap"})


def test_too_many_values_are_refused() -> None:
    with pytest.raises(SourceError, match="2400 values are more than"):
        read(Awattar(), awattar(*((60 * n, 60 * n + 60, 1.0) for n in range(2400))))
