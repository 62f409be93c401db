"""The past in the API: sessions of a month, their sums, the CSV, and the energies of days, months, and years."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from optimizer.journal.days import Day
from optimizer.journal.reader import JournalReader
from optimizer.journal.sessions import Session
from optimizer.journal.writer import Journal
from optimizer.model.by_source import BySource
from optimizer.serve.access.access import AccessControl, Refused
from optimizer.serve.energy import Books
from optimizer.serve.ledger import Ledger
from optimizer.serve.panel import Panel
from optimizer.serve.sessions import Sessions
from optimizer.serve.web.app import status_app
from optimizer.serve.web.energy import energy_document, span_of, totals_of, window_of
from optimizer.serve.web.past_documents import EnergyDocument, SessionDocument, SessionMonth
from tests.serve.house import SITE, HandClock
from tests.serve.prices import prices

TODAY = date(2025, 6, 21)
USED = {"home": BySource(100.0, 20.0, 30.0), "ev.carport": BySource(grid=500.0), "ev.garage": BySource(surplus=50.0)}
COST = {"home": BySource(1.0, 0.5, 9.0), "ev.carport": BySource(grid=15.0)}


def day(name: str, **figures: Any) -> Day:
    given = {"accounted_s": 86_400.0, "used_wh": USED, "used_ct": COST, "pv_wh": 170.0, "import_ct": 24.0}
    return Day(name, **{**given, **figures})


def visit(start: datetime, **figures: Any) -> Session:
    return Session("carport", start, start + timedelta(hours=2), **{"open": False, "grid_wh": 1000.0, **figures})


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    journal = Journal(tmp_path / "journal.db")
    journal.keep_day(day("2025-05-31"))
    journal.keep_day(day("2025-06-20"))
    journal.keep_day(day("2025-06-21", pv_wh=1.0))
    # 23:30 on May 31 in UTC is June in Berlin.
    journal.keep_session(visit(datetime(2025, 5, 31, 23, 30, tzinfo=UTC), at_once_ct=50.0, grid_cost_ct=30.0))
    journal.keep_session(visit(datetime(2025, 5, 2, 8, 0, tzinfo=UTC), vehicle="Zoé"))
    assert journal.flush()
    journal.close()
    clock = HandClock()
    panel = Panel(clock, SITE)
    panel.ledger = Ledger().booked(
        Books(consumed={"home": BySource(grid=400.0)}, pv_wh=5.0), TODAY.isoformat(), prices(30.0)
    )
    guard = AccessControl("", [], clock.monotonic_s)
    app = status_app(panel, guard, journal=JournalReader(tmp_path / "journal.db"), currency="CHF")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as client:
        yield client


async def found(http: httpx.AsyncClient, path: str) -> Any:
    answer = await http.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_days_of_this_month_end_with_the_present_one_as_it_is_now(http: httpx.AsyncClient) -> None:
    document = await found(http, "energy")
    TypeAdapter(EnergyDocument).validate_python(document, strict=True)
    assert (document["by"], document["of"], document["today"], document["currency"]) == (
        "day", "2025-06", "2025-06-21", "CHF",
    )  # fmt: skip
    before, today = document["periods"]
    assert (before["period"], before["hours"], before["pv_wh"]) == ("2025-06-20", 24.0, 170.0)
    assert before["home_wh"] == {"surplus": 100.0, "battery": 20.0, "grid": 30.0}
    assert before["cars_wh"] == {"surplus": 50.0, "battery": 0.0, "grid": 500.0}
    assert before["cars_ct"]["grid"] == 15.0
    assert (today["period"], today["pv_wh"], today["home_ct"]["grid"]) == ("2025-06-21", 5.0, 12.0)
    assert today["export_ct"] is None


async def test_months_and_years_are_sums_of_days(http: httpx.AsyncClient) -> None:
    may, june = (await found(http, "energy?by=month"))["periods"]
    assert (may["period"], may["days"], may["days_total"], may["pv_wh"]) == ("2025-05", 1, 31, 170.0)
    assert (june["period"], june["days"], june["days_total"], june["pv_wh"]) == ("2025-06", 2, 21, 175.0)
    (year,) = (await found(http, "energy?by=year"))["periods"]
    assert (year["period"], year["days"], year["days_total"], year["pv_wh"]) == ("2025", 3, 172, 345.0)
    assert (await found(http, "energy?by=day&of=2024-02"))["periods"] == []


@pytest.mark.parametrize(
    "query",
    [
        "by=week",
        "of=2025",
        "of=2025-13",
        "by=month&of=2025-06",
        "by=year&of=2025",
        "of=0001-01",
        "of=9999-99",
        "of=2025-6x",
    ],
)
async def test_a_window_that_does_not_exist_is_refused(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/api/v1/energy?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_money_without_a_price_is_unknown_and_not_zero() -> None:
    window = window_of("month", "2025", TODAY)
    unknown = Day("2025-06-01", used_wh=USED, unpriced_wh=700.0)
    (one,) = energy_document(window, totals_of([unknown], "month"), TODAY, "EUR")["periods"]
    assert (one["import_ct"], one["export_ct"], one["unpriced_wh"]) == (None, None, 700.0)


def test_the_days_of_a_name() -> None:
    assert span_of("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert span_of("2024") == (date(2024, 1, 1), date(2024, 12, 31))
    assert span_of("2024-02-03") == (date(2024, 2, 3), date(2024, 2, 3))
    with pytest.raises(Refused):
        window_of("day", "2024-02-", TODAY)


async def test_the_sessions_of_a_month_and_their_sums(http: httpx.AsyncClient) -> None:
    (one,) = await found(http, "sessions?month=2025-06")
    TypeAdapter(SessionDocument).validate_python(one, strict=True)
    assert (one["start"], one["saved_ct"], one["goal_met"]) == ("2025-05-31T23:30:00+00:00", 20.0, None)
    months = await found(http, "sessions/months")
    TypeAdapter(list[SessionMonth]).validate_python(months, strict=True)
    assert [(month["month"], month["sessions"], month["saved_ct"]) for month in months] == [
        ("2025-05", 1, None), ("2025-06", 1, 20.0),
    ]  # fmt: skip
    assert (await http.get("/api/v1/sessions?month=June")).status_code == 400


async def test_the_months_of_all_years_are_there(tmp_path: Path, http: httpx.AsyncClient) -> None:
    """Another program may have recorded visits of many years ago."""
    journal = Journal(tmp_path / "journal.db")
    journal.keep_session(
        replace(visit(datetime(2019, 5, 2, 8, 0, tzinfo=UTC)), source="evcc", grid_wh=0.0, unknown_wh=5000.0)
    )
    assert journal.flush()
    journal.close()
    old, *_ = await found(http, "sessions/months")
    TypeAdapter(SessionMonth).validate_python(old, strict=True)
    assert (old["month"], old["own_sessions"], old["unknown_wh"], old["sun_percent"]) == ("2019-05", 0, 5000.0, None)
    (one,) = await found(http, "sessions?month=2019-05")
    assert (one["source"], one["surplus_wh"], one["grid_wh"], one["energy_wh"]) == ("evcc", None, None, 5000.0)


async def test_without_a_journal_a_visit_of_former_months_is_as_it_is_now() -> None:
    clock = HandClock()
    panel = Panel(clock, SITE)
    panel.sessions = Sessions(books=Books, keep=lambda session: None)
    app = status_app(panel, AccessControl("", [], clock.monotonic_s))
    start = datetime(2025, 4, 30, 8, 0, tzinfo=UTC)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as http:
        for grid_wh in (1000.0, 3000.0):
            panel.sessions.open["carport"] = visit(start, open=True, grid_wh=grid_wh)
            assert [one["grid_wh"] for one in await found(http, "sessions/months")] == [grid_wh]
        panel.sessions.open.clear()
        assert await found(http, "sessions/months") == []


async def test_the_csv_is_a_file_in_the_language_of_the_reader(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/sessions?month=2025-05&form=csv&language=de")
    assert answer.headers["content-disposition"] == 'attachment; filename="sessions-2025-05.csv"'
    assert answer.headers["content-type"].startswith("text/csv")
    head, line = answer.text.removeprefix("\ufeff").splitlines()
    assert head.startswith("charger;vehicle;")
    assert ";Zoé;" in line
    assert ";1,000;" in line
    english = await http.get("/api/v1/sessions?month=2025-05&form=csv")
    assert ",1.000," in english.text


async def test_a_day_or_a_visit_of_long_ago_that_is_written_later_counts(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    """Sums of former months are kept, and made again when one of their rows is written."""
    queries = ("energy?by=month", "energy?by=year", "sessions/months")
    before = [await found(http, query) for query in queries]
    assert [await found(http, query) for query in queries] == before
    journal = Journal(tmp_path / "journal.db")
    journal.keep_day(day("2025-05-31", pv_wh=1000.0))
    journal.keep_day(day("2025-04-30"))
    journal.keep_session(visit(datetime(2025, 5, 2, 8, 0, tzinfo=UTC), grid_wh=5000.0))
    assert journal.flush()
    journal.close()
    months, years, visits = [await found(http, query) for query in queries]
    assert [(one["period"], one["pv_wh"]) for one in months["periods"]] == [
        ("2025-04", 170.0),
        ("2025-05", 1000.0),
        ("2025-06", 175.0),
    ]
    assert years["periods"][0]["days"] == 4
    assert visits[0]["grid_wh"] == 5000.0


days_of_a_year = st.lists(
    st.builds(
        lambda number, part, wh, ct: day(
            (date(2025, 1, 1) + timedelta(days=number)).isoformat(), part=part, pv_wh=wh, import_ct=ct
        ),
        st.integers(0, 800),
        st.integers(0, 3),
        st.integers(0, 10_000).map(float),
        st.none() | st.integers(0, 500).map(float),
    ),
    max_size=40,
)


@given(days_of_a_year, st.sampled_from(["day", "month", "year"]))
def test_sums_of_months_have_the_same_years(days: list[Day], by: Any) -> None:
    window = window_of(by, {"day": "2025-05", "month": "2025", "year": ""}[by], TODAY)
    chosen = [one for one in days if one.day.startswith(window.of)]
    document = energy_document(window, totals_of(chosen, by), TODAY, "EUR")
    for period in document["periods"]:
        own = [one for one in chosen if one.day.startswith(period["period"])]
        assert period["days"] == len({one.day for one in own})
        assert period["pv_wh"] == sum(one.pv_wh for one in own)
        known = [one.import_ct for one in own if one.import_ct is not None]
        assert period["import_ct"] == (sum(known) if known else None)
    assert sum(period["days"] for period in document["periods"]) == len({one.day for one in chosen})
