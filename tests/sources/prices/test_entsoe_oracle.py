"""A year of ENTSO-E documents, read by this project and by entsoe-py."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from entsoe.parsers import parse_prices

from optimizer.model.series import Span
from optimizer.sources.port import Answer
from optimizer.sources.prices.entsoe import Entsoe

BRUSSELS = ZoneInfo("Europe/Brussels")
YEAR = 2026
CHANGES = {date(YEAR, 3, 29): 92, date(YEAR, 10, 25): 100}
QUARTER_S = 900.0


def days() -> list[date]:
    return [date(YEAR, 1, 1) + timedelta(days=number) for number in range(365)]


def utc(day: date) -> datetime:
    """The local midnight at which a day begins."""
    return datetime.combine(day, time(), BRUSSELS).astimezone(UTC)


def time_series(day: date, dice: Random, step_min: int) -> str:
    """One day as the platform writes it: a point that equals the one before is left out (curve type A03)."""
    start, end = utc(day), utc(day + timedelta(days=1))
    count = int((end - start).total_seconds()) // (60 * step_min)
    prices, points = [round(dice.uniform(-500.0, 4000.0), 2)], []
    for _ in range(count - 1):
        prices.append(prices[-1] if dice.random() < 0.6 else round(dice.gauss(80.0, 60.0), 2))
    for position, price in enumerate(prices, start=1):
        if position == 1 or price != prices[position - 2]:
            points.append(f"<Point><position>{position}</position><price.amount>{price}</price.amount></Point>")
    return (
        "<TimeSeries><mRID>1</mRID><businessType>A62</businessType>"
        "<currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>"
        f"<curveType>A03</curveType><Period><timeInterval><start>{start:%Y-%m-%dT%H:%MZ}</start>"
        f"<end>{end:%Y-%m-%dT%H:%MZ}</end></timeInterval><resolution>PT{step_min}M</resolution>"
        f"{''.join(points)}</Period></TimeSeries>"
    )


@pytest.mark.parametrize(("step_min", "name"), [(15, "15min"), (60, "60min")])
def test_a_year_of_prices_is_read_as_entsoe_py_reads_it(step_min: int, name: str) -> None:
    dice, compared, total = Random(step_min), 0, 0.0
    for month in range(1, 13):
        of_month = [day for day in days() if day.month == month]
        text = (
            '<Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">'
            f"{''.join(time_series(day, dice, step_min) for day in of_month)}</Publication_MarketDocument>"
        )
        span = Span(utc(of_month[0]).timestamp(), utc(of_month[-1] + timedelta(days=1)).timestamp())
        series = Entsoe("token").read(Answer(200, text), span, span.start_s)
        theirs = parse_prices(text)[name]
        assert len(theirs) == (span.end_s - span.start_s) / (60.0 * step_min)
        for at, price in theirs.items():
            at_s = at.timestamp()
            for found in (series.at(at_s), series.at(at_s + 60.0 * step_min - 1.0)):
                assert found is not None
                assert abs(found - price / 10.0) <= 1e-9  # pytest.approx takes longer than all the rest
        assert series.covers(*span)
        assert series.integral_h(*span) == pytest.approx(float(theirs.sum()) / 10.0 * step_min / 60.0, rel=1e-9)
        compared, total = compared + len(theirs), total + float(theirs.sum())
    assert compared == 365 * 24 * 60 / step_min
    assert total != 0.0


@pytest.mark.parametrize(("day", "quarters"), CHANGES.items())
def test_the_days_on_which_clocks_change_have_92_and_100_quarter_hours(day: date, quarters: int) -> None:
    text = f"<Publication_MarketDocument>{time_series(day, Random(1), 15)}</Publication_MarketDocument>"
    span = Span(utc(day).timestamp(), utc(day + timedelta(days=1)).timestamp())
    series = Entsoe("token").read(Answer(200, text), span, span.start_s)
    assert series.covers(*span)
    assert (span.end_s - span.start_s) / QUARTER_S == quarters == len(parse_prices(text)["15min"])
