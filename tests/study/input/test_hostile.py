"""Whatever Home Assistant, Prometheus, or a file brings: samples, or a message."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.study.input.history import assemble
from optimizer.study.input.home_assistant import save_history
from optimizer.study.input.prometheus import _samples
from optimizer.study.input.samples import Samples
from optimizer.study.input.series import StudyError
from optimizer.study.input.statistics import _rows, _units
from optimizer.study.input.trace import MOST_W, read_trace
from tests.hostile_json import NUMBERS, TEXTS, assert_is_a_message, body, changed
from tests.study.input.tables import samples

START = datetime(2026, 6, 1, tzinfo=UTC)
END = START + timedelta(days=1)
MS = 1000 * int(START.timestamp())
STATES = [
    [
        {"entity_id": "sensor.pv", "state": "1", "last_changed": "2026-06-01T00:00:00+00:00"},
        {"state": "2", "last_changed": "2026-06-01T01:00:00+00:00"},
    ],
    [{"entity_id": "sensor.load", "state": "1", "last_changed": "2026-06-01T00:00:00+00:00"}],
]
STATE = {"state": "1", "attributes": {"unit_of_measurement": "W"}}
UNITS = [{"statistic_id": "sensor.pv", "unit_class": "power", "statistics_unit_of_measurement": "W"}]
HOURS = {
    "sensor.pv": [
        {"start": MS + 3_600_000 * n, "end": MS + 3_600_000 * (n + 1), "mean": 5.5, "sum": None} for n in range(3)
    ]
}
MATRIX = {
    "status": "success",
    "data": {"result": [{"metric": {"a": "b"}, "values": [[MS // 1000 + 60 * n, str(n)] for n in range(4)]}]},
}


class Home(httpx.BaseTransport):
    def __init__(self, state: Any, states: Any) -> None:
        self.state, self.states = body(state), body(states)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=self.state if "/states/" in request.url.path else self.states)


class Talk:
    shown = "http://ha"

    def __init__(self, units: Any, hours: Any) -> None:
        self.units, self.hours = units, hours

    def ask(self, question: str, **_: object) -> Any:
        return self.units if question.endswith("metadata") else self.hours


@given(changed(STATE), changed(STATES), st.booleans())
@example({"attributes": {"unit_of_measurement": "\ud800"}}, STATES, True)
@example(STATE, [[{"entity_id": "sensor.pv", "state": "1", "last_changed": "0001-01-01T00:00:00+14:00"}]], False)
def test_the_history_gives_samples_or_a_message(state: Any, states: Any, other_unit: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ha.csv"
        home = Home(state if other_unit else STATE, states)
        try:
            save_history(path, "http://ha", "token", ("sensor.pv", "sensor.load"), START, END, transport=home)
            mapping = ["pv_w=sensor.pv", "load_w=sensor.load"]
            assemble("ha", samples(path, mapping, time_column="last_changed"))
        except StudyError as error:
            assert_is_a_message(str(error))


@given(changed(UNITS), changed(HOURS), st.booleans())
@example(UNITS, {"sensor.pv": [{"start": float("inf"), "end": MS, "mean": 1, "sum": None}]}, False)
def test_the_statistics_give_rows_or_a_message(units: Any, hours: Any, other_units: bool) -> None:
    """An answer of another form ended in a traceback."""
    talk: Any = Talk(units if other_units else UNITS, hours)
    try:
        list(_rows(talk, _units(talk, ("sensor.pv",)), START, END))
    except StudyError as error:
        assert_is_a_message(str(error))


@given(changed(MATRIX))
def test_a_query_gives_samples_or_a_message(document: Any) -> None:
    """A time that is infinite, or of 400 digits, ended in a traceback."""
    try:
        pairs = _samples("q", "http://p", 200, body(document).encode())
        assemble("p", {"pv_w": [Samples(pairs, source="q")], "load_w": [Samples(pairs, source="q")]}, 60.0)
    except StudyError as error:
        assert_is_a_message(str(error))


@pytest.mark.parametrize("second", ["2027-06-01T00:00:00Z", "2026-06-01T00:00:00.000001Z", "2026-06-03T00:00:00Z"])
def test_a_trace_has_rows_of_a_second_to_a_day(second: str, tmp_path: Path) -> None:
    """A row of a year had one power for all its ticks, and took minutes."""
    path = tmp_path / "trace.csv"
    path.write_text(f"timestamp,pv_w,load_w\n2026-06-01T00:00:00Z,1,5\n{second},1,5\n")
    with pytest.raises(StudyError, match="A row is 1 s to a day"):
        read_trace(path)


@given(st.lists(st.sampled_from([*map(str, NUMBERS[:5]), *(text for text in TEXTS if text != "\ud800")]), max_size=4))
@example(["99999999999"])
def test_a_trace_has_possible_values_or_ends_in_a_message(cells: list[str]) -> None:
    """A power of 1e308 W was simulated."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.csv"
        rows = [f"2026-06-01T0{n}:00Z,{cell},5" for n, cell in enumerate(["1", *cells, "1"])]
        path.write_text("\n".join(["timestamp,pv_w,load_w", *rows]), encoding="utf-8")
        try:
            series = read_trace(path)
        except StudyError as error:
            assert_is_a_message(str(error))
            return
        assert not any(abs(value) > MOST_W for value in series.pv_w)
