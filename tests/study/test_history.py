"""Import from foreign tables and from Prometheus."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from optimizer.study.history import Source, assemble, parse_mapping, read_table
from optimizer.study.prometheus import fetch
from optimizer.study.series import StudyError
from tests.study.scene import START, ZONE


def table(path: Path, mapping: list[str], **how: object) -> dict[str, list[tuple[float, float]]]:
    return read_table(path, parse_mapping(mapping), time_column="Zeit", zone=ZONE, **how)  # type: ignore[arg-type]


def test_columns_signs_factors_and_the_balance(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit;PV;Netz\n01.06.2025 12:00;1,5;0,5\n01.06.2025 12:05;2,0;1.000,25\n01.06.2025 12:10;;0,1\n")
    samples = table(
        path, ["pv_w=PV*1000", "grid_w=-Netz*1000"], time_format="%d.%m.%Y %H:%M", delimiter=";", decimal_comma=True
    )
    series = assemble("t", samples)
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
    series = assemble("t", table(path, ["pv_w=a", "load_w=b"]))
    assert series.start == START
    assert list(series.pv_w) == [100.0, 400.0]


def test_the_hour_that_comes_twice(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    times = ["02:30", "02:45", "02:00", "02:15"]
    path.write_text("\n".join(["Zeit,a,b", *(f"2025-10-26T{time},1,1" for time in times)]))
    pv = table(path, ["pv_w=a", "load_w=b"])["pv_w"]
    assert [datetime.fromtimestamp(at, UTC).strftime("%H:%M") for at, _ in pv] == ["00:30", "00:45", "01:00", "01:15"]


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        (["pv=x"], "is no mapping"),
        (["pv_w=x"], "needed are"),
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
    samples = fetch("http://prom", QUERIES, START, START + timedelta(days=10), transport=server)
    assert [query for query, _, _ in server.asked] == ["pv", "pv", "load", "load"]
    assert len(samples["pv_w"]) == len({at for at, _ in samples["pv_w"]}) == 14400
    assert samples["pv_w"][1] == (START.timestamp() + 60.0, 2.0)
    assert assemble("p", samples).duration_s == 864000.0


def test_prometheus_says_no() -> None:
    refusing = Prometheus({"status": "error", "error": "parse error"})
    with pytest.raises(StudyError, match="parse error"):
        fetch("http://prom", QUERIES, START, START + timedelta(hours=1), transport=refusing)
    many = Prometheus({"status": "success", "data": {"result": [{"metric": {"a": 1}}, {"metric": {"a": 2}}]}})
    with pytest.raises(StudyError, match="2 series"):
        fetch("http://prom", QUERIES, START, START + timedelta(hours=1), transport=many)
    garbage = Prometheus({"hello": "world"})
    with pytest.raises(StudyError, match="no Prometheus document"):
        fetch("http://prom", QUERIES, START, START + timedelta(hours=1), transport=garbage)
