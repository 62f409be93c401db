"""Import from foreign tables and from Prometheus."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.history import MOST_W, assemble
from optimizer.study.input.mapping import Source
from optimizer.study.input.prometheus import fetch
from optimizer.study.input.samples import Samples
from optimizer.study.input.series import StudyError
from tests.study.input.tables import samples, table
from tests.study.scene import START


def test_columns_signs_factors_and_the_balance(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit;PV;Netz\n01.06.2025 12:00;1,5;0,5\n01.06.2025 12:05;2,0;1.000,25\n01.06.2025 12:10;;0,1\n")
    how = {"time_format": "%d.%m.%Y %H:%M", "delimiter": ";", "decimal": ","}
    series = assemble("t", samples(path, ["pv_w=PV*1000", "grid_w=-Netz*1000"], **how))
    assert series.start == datetime(2025, 6, 1, 10, tzinfo=UTC)
    assert series.step_s == 300.0
    assert list(series.pv_w[:2]) == [1500.0, 2000.0]
    assert list(series.load_w[:2]) == [1000.0, 0.0]
    assert math.isnan(series.load_w[2])
    assert any("balance" in note for note in series.notes)


def test_unix_times_and_means_over_a_minute(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    first = int(START.timestamp())
    lines = [f"{(first + 20 * k) * 1000},{100 * k},50" for k in range(6)]
    path.write_text("\n".join(["Zeit,a,b", *lines]))
    series = assemble("t", samples(path, ["pv_w=a", "load_w=b"]))
    assert series.start == START
    assert list(series.pv_w) == [100.0, 400.0]


def hour_twice(path: Path, days_and_times: list[str]) -> list[str]:
    """The UTC times of a table of local times (in October 2025), in order of time."""
    path.write_text("\n".join(["Zeit,a,b", *(f"2025-10-{one},1,1" for one in days_and_times)]))
    pv = samples(path, ["pv_w=a", "load_w=b"])["pv_w"][0]
    return [datetime.fromtimestamp(at, UTC).strftime("%H:%M") for at, _ in sorted(pv)]


QUARTERS = ["26T01:45", *(f"26T02:{minute}" for minute in ("00", "15", "30", "45") * 2), "26T03:00"]
QUARTERS_UTC = ["23:45", *(f"{hour}:{minute}" for hour in ("00", "01") for minute in ("00", "15", "30", "45")), "02:00"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_hour_that_comes_twice(tmp_path: Path, newest_first: bool) -> None:
    def read(times: list[str]) -> list[str]:
        return hour_twice(tmp_path / "t.csv", times[::-1] if newest_first else times)

    assert read(QUARTERS) == QUARTERS_UTC
    assert read(["26T02:30", "26T02:45", "26T02:00", "26T02:15"]) == ["00:30", "00:45", "01:00", "01:15"]
    # By the hour it is the same time twice.
    hours = ["26T00:00", "26T01:00", "26T02:00", "26T02:00", "26T03:00", "26T04:00"]
    assert read(hours) == ["22:00", "23:00", "00:00", "01:00", "02:00", "03:00"]
    # One row twice moves no other.
    assert read([*QUARTERS[:3], QUARTERS[2], *QUARTERS[3:]]) == [*QUARTERS_UTC[:3], QUARTERS_UTC[2], *QUARTERS_UTC[3:]]


def test_a_long_table_tells_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit,pv_w,load_w\n" + "".join(f"{1_750_000_000 + 60 * n},1,2\n" for n in range(25_000)))
    commanded: list[float] = []
    table(path, ["pv_w=pv_w", "load_w=load_w"], progress=commanded.append)
    assert commanded == pytest.approx([0.4, 0.8], abs=0.01)


def test_what_programs_write_for_unknown_is_counted_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit,a,b\n2025-06-01T00:00,1,unavailable\n2025-06-01T00:05, Unknown ,2\n2025-06-01T00:10,,NaN\n")
    found = table(path, ["pv_w=a", "load_w=b"])
    assert found.unknown == 3
    assert list(found.columns["pv_w"][0].samples.values) == pytest.approx([1.0, math.nan, math.nan], nan_ok=True)
    assert list(found.columns["load_w"][0].samples.values) == pytest.approx([math.nan, 2.0, math.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        (["pv=x"], "is not a mapping"),
        (["pv_w=x"], "map pv_w and load_w"),
        (["pv_w=x", "pv_w=y", "load_w=z"], "mapped twice"),
        (["pv_w=nothing", "load_w=b"], "no column “nothing”"),
    ],
)
def test_mistakes(tmp_path: Path, mapping: list[str], says: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit,a,b\n2025-06-01T00:00,1,1\n")
    with pytest.raises(StudyError, match=says):
        table(path, mapping)


class Prometheus(httpx.BaseTransport):
    """Answers each query with the unix time itself, one value a step."""

    def __init__(self, answer: dict[str, object] | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, float, float]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        form = {key: values[0] for key, values in parse_qs(request.read().decode()).items()}
        start, end, step = float(form["start"]), float(form["end"]), float(form["step"])
        self.asked.append((form["query"], start, end))
        if self.answer is not None:
            return httpx.Response(400, json=self.answer)
        values = [[start + k * step, str(k)] for k in range(int((end - start) / step) + 1)]
        result = [{"metric": {}, "values": values}]
        return httpx.Response(200, json={"status": "success", "data": {"resultType": "matrix", "result": result}})


QUERIES = {"pv_w": Source("pv", 2.0), "load_w": Source("load")}


def test_prometheus_in_pages() -> None:
    server = Prometheus()
    found, all_of_it = fetch("http://prom", QUERIES, START, START + timedelta(days=10), transport=server)
    assert all_of_it
    assert [query for query, _, _ in server.asked] == ["pv", "load", "pv", "load"]
    assert len(found["pv_w"]) == len({at for at, _ in found["pv_w"]}) == 14400
    assert found["pv_w"][1] == (START.timestamp() + 60.0, 2.0)
    assert assemble("p", {quantity: [own] for quantity, own in found.items()}).duration_s == 864000.0


@pytest.mark.parametrize(("more_s", "points"), [(30.0, 10_001), (60.0, 10_001), (61.0, 10_002), (0.0, 10_000)])
def test_the_last_page_of_prometheus_may_be_short(more_s: float, points: int) -> None:
    server = Prometheus()
    found, _ = fetch("http://prom", QUERIES, START, START + timedelta(seconds=600_000.0 + more_s), transport=server)
    assert all(start <= end for _, start, end in server.asked)
    assert [at - START.timestamp() for at, _ in found["pv_w"]] == [60.0 * k for k in range(points)]
    with pytest.raises(StudyError, match="is not before"):
        fetch("http://prom", QUERIES, START, START, transport=server)


def test_prometheus_stopped_keeps_the_pages_that_are_complete() -> None:
    seen: list[float] = []

    def watch(part: float) -> bool:
        seen.append(part)
        return len(seen) < 3

    found, all_of_it = fetch(
        "http://p", QUERIES, START, START + timedelta(days=20), transport=Prometheus(), watch=watch
    )
    assert not all_of_it
    assert len(found["pv_w"]) == len(found["load_w"]) == 10_000
    assert seen == pytest.approx([5_000 / 28_800, 10_000 / 28_800, 15_000 / 28_800])


def test_the_password_in_the_address_of_prometheus_is_not_shown() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    for url in ("http://me:secret@prom:9090", "http://me:sec/ret@prom:9090", "http://me:secret@prom:port"):
        with pytest.raises(StudyError) as error:
            fetch(url, QUERIES, START, START + timedelta(hours=1), transport=httpx.MockTransport(refuse))
        assert "prom:" in str(error.value)
        assert "sec" not in str(error.value)
    garbage = Prometheus({"hello": "world"})
    with pytest.raises(StudyError, match=r"^http://prom/api/v1/query_range answered with status 400"):
        fetch("http://me:secret@prom", QUERIES, START, START + timedelta(hours=1), transport=garbage)


def test_prometheus_says_no() -> None:
    refusing = Prometheus({"status": "error", "error": "parse error"})
    with pytest.raises(StudyError, match="parse error"):
        fetch("http://prom", QUERIES, START, START + timedelta(hours=1), transport=refusing)
    many = Prometheus({"status": "success", "data": {"result": [{"metric": {"a": 1}}, {"metric": {"a": 2}}]}})
    with pytest.raises(StudyError, match="2 series"):
        fetch("http://prom", QUERIES, START, START + timedelta(hours=1), transport=many)
    garbage = Prometheus({"hello": "world"})
    with pytest.raises(StudyError, match="without a Prometheus document"):
        fetch("http://prom", QUERIES, START, START + timedelta(hours=1), transport=garbage)


@given(
    pv_kw=st.lists(st.floats(0.0, 45.0), min_size=2, max_size=30),
    load_kw=st.floats(0.06, 9.0),
)
def test_powers_that_may_be_kw_are_named(pv_kw: list[float], load_kw: float) -> None:
    def notes(size: float) -> str:
        series = {
            "pv_w": [Samples((60.0 * n, size * value) for n, value in enumerate(pv_kw))],
            "load_w": [Samples((60.0 * n, size * load_kw) for n in range(len(pv_kw)))],
        }
        return " ".join(assemble("t.csv", series).notes)

    assert "load_w never reaches more than" in notes(1.0)
    assert ("pv_w never reaches more than" in notes(1.0)) is (max(pv_kw) > 0.0)
    assert "write load_w=COLUMN*1000" in notes(1.0)
    assert "load_w" not in notes(1000.0)


@given(load_w=st.floats(60.0, 3000.0), sun_w=st.floats(0.0, 9000.0), dark=st.integers(6, 11))
def test_a_grid_meter_with_the_wrong_sign_is_refused(load_w: float, sun_w: float, dark: int) -> None:
    pv = [0.0] * dark + [sun_w] * (11 - dark)
    grid = [load_w - value for value in pv]
    right = {"pv_w": pv, "grid_w": grid}
    wrong = {"pv_w": pv, "grid_w": [-value for value in grid]}

    def load(columns: dict[str, list[float]]) -> list[float]:
        return list(
            assemble(
                "t.csv",
                {name: [Samples((60.0 * n, value) for n, value in enumerate(own))] for name, own in columns.items()},
            ).load_w
        )

    assert load(right) == pytest.approx([load_w] * 11)
    with pytest.raises(StudyError, match=r"t.csv: with these powers the home load is negative in .*grid_w=-COLUMN"):
        load(wrong)


@given(
    kw=st.lists(st.floats(0.0, 4000.0), min_size=3, max_size=30),
    quantity=st.sampled_from(["pv_w", "load_w"]),
)
def test_a_power_that_no_home_has_is_refused_with_its_time(kw: list[float], quantity: str) -> None:
    usual = [300.0] * len(kw)
    columns = {"pv_w": usual, "load_w": usual} | {quantity: [1000.0 * one for one in kw]}
    given_samples = {
        name: [Samples((START.timestamp() + 60.0 * row, value) for row, value in enumerate(values))]
        for name, values in columns.items()
    }
    too_much = next((row for row, one in enumerate(kw) if 1000.0 * one > MOST_W), None)
    if too_much is None:
        found = assemble("a", given_samples)
        assert list(getattr(found, quantity)) == pytest.approx([1000.0 * one for one in kw])
        return
    with pytest.raises(StudyError) as caught:
        assemble("a", given_samples)
    time = f"{START + timedelta(minutes=too_much):%Y-%m-%d %H:%M}"
    assert f"a: {quantity} is {kw[too_much]:.0f} kW at {time} UTC" in str(caught.value)
