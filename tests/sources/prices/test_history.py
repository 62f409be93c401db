"""Market prices of the past from files."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.sources.port import SourceError
from optimizer.sources.prices.history import price_history

START = datetime(2026, 1, 15, tzinfo=UTC).timestamp()


def test_a_document_of_energy_charts_may_have_a_year_of_quarter_hours() -> None:
    times = [int(START) + 900 * n for n in range(35_040)]
    prices: list[float | None] = [94.87 if n % 2 else -5.0 for n in range(len(times))]
    prices[3] = None
    found = price_history(json.dumps({"unix_seconds": times, "price": prices, "unit": "EUR / MWh"}))
    assert len(found) == 35_039
    assert (found.at(START), found.at(START + 900.0)) == (-0.5, 9.487)
    assert found.at(START + 2700.0) is None


@pytest.mark.parametrize(
    ("column", "cell"), [("ct_per_kwh", "9.487"), ("EUR_per_kWh", "0.09487"), ("eur_per_mwh", "94.87")]
)
def test_csv_names_its_unit(column: str, cell: str) -> None:
    later = (f"x,{int(START) + 900},", "", f"x,{int(START) + 1800},{cell}")
    found = price_history("\n".join((f"note,start,{column}", f"x,2026-01-15T00:00:00+00:00,{cell}", *later)))
    assert found.at(START + 899.0) == pytest.approx(9.487)
    assert found.at(START + 900.0) is None
    assert found.at(START + 1800.0) == pytest.approx(9.487)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the head must be"),
        ("time,price\n", "the head must be"),
        ("start,ct_per_kwh\n", "the file has no prices"),
        ("start,ct_per_kwh\n2026-01-15T00:00,9\n", "line 2: the time"),
        ("start,ct_per_kwh\n2026-01-15T00:00Z,nine\n", "line 2: the price “nine” is not a number"),
        ("start,ct_per_kwh\n2026-01-15T00:00Z\n", "line 2 has 1 cells instead of 2"),
        ("start,ct_per_kwh\n2026-01-15T00:00Z,9\n2026-01-15T00:00Z,8\n", "two values for one time"),
        ("{", "not JSON"),
        ("{}", "unix_seconds is not a list"),
    ],
)
def test_mistakes_name_the_line(text: str, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        price_history(text)
    assert words in str(caught.value)


@given(st.text(max_size=80))
@example("²,9\n")
def test_any_text_is_read_or_refused(text: str) -> None:
    for whole in (text, f"start,ct_per_kwh\n{text}"):
        try:
            price_history(whole)
        except SourceError:
            continue
