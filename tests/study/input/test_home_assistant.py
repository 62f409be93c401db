"""History from Home Assistant: the states of its recorder become a table, and the table a trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from optimizer.study.input.home_assistant import entities_of, save_history
from optimizer.study.input.mapping import parse_mapping
from optimizer.study.input.series import StudyError

START = datetime(2026, 6, 1, tzinfo=UTC)
ENTITIES = ("sensor.pv", "sensor.grid")
TOKEN = "t0ken-of-mine"


class Recorder(httpx.BaseTransport):
    """A state each 6 hours. Each page begins with the state that was valid at its start."""

    def __init__(self, status: int = 200, body: object = None) -> None:
        self.status, self.body = status, body
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.userinfo:
            assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        path = unquote(request.url.path)
        self.asked.append(path)
        if self.status != 200 or self.body is not None:
            return httpx.Response(self.status, json=self.body)
        if path.startswith("/api/states/"):
            unit = "kW" if path.endswith("pv") else "W"
            return httpx.Response(200, json={"state": "1", "attributes": {"unit_of_measurement": unit}})
        start = datetime.fromisoformat(path.rpartition("/")[2])
        query = request.url.params
        assert {"minimal_response", "no_attributes", "significant_changes_only"} <= set(query)
        end = datetime.fromisoformat(query["end_time"])
        return httpx.Response(200, json=[list(self._states(name, start, end)) for name in ENTITIES])

    def _states(self, name: str, start: datetime, end: datetime) -> list[dict[str, str]]:
        steps = int((end - start) / timedelta(hours=6))
        found = [{"state": str(n), "last_changed": (start + n * timedelta(hours=6)).isoformat()} for n in range(steps)]
        return [{"entity_id": name, **found[0]}, *found[1:]]


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_pages_of_a_day_become_one_table_with_units(tmp_path: Path) -> None:
    server, path = Recorder(), tmp_path / "t.csv"
    assert save_history(path, "http://ha:8123/", TOKEN, ENTITIES, START, START + timedelta(days=3), transport=server)
    assert len(server.asked) == 2 + 3
    rows = lines(path)
    assert rows[0] == "entity_id,state,last_changed,unit"
    assert rows[1] == "sensor.pv,0,2026-06-01T00:00:00.000000+00:00,kW"
    assert len(rows) == 1 + 3 * 4 * 2


def test_a_stop_keeps_the_days_so_far(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    whole = save_history(
        path, "http://ha", TOKEN, ENTITIES, START, START + timedelta(days=5), transport=Recorder(),
        watch=lambda part: part < 0.3,
    )  # fmt: skip
    assert not whole
    assert len(lines(path)) == 1 + 2 * 4 * 2


def test_the_entities_are_those_of_the_mapping() -> None:
    sources = parse_mapping(["pv_w=sensor.roof_1+sensor.roof_2*0.25", "grid_w=-sensor.grid"]).values()
    assert entities_of(sources) == ("sensor.roof_1", "sensor.roof_2", "sensor.grid")
    with pytest.raises(StudyError, match="names no entity"):
        entities_of(parse_mapping(["pv_w=PV", "load_w=sensor.load"]).values())


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (401, {}, "refuses the token"),
        (404, {"message": "Entity not found."}, r"does not know sensor.pv"),
        (200, [[{"no": "name"}]], "without a history"),
        (200, "text", "without a history"),
    ],
)
def test_what_goes_wrong_is_said_without_the_token(status: int, body: object, why: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=why) as error:
        save_history(
            tmp_path / "t.csv", "http://me:pass@ha", TOKEN, ENTITIES, START, START + timedelta(days=1),
            transport=Recorder(status, body),
        )  # fmt: skip
    assert TOKEN not in str(error.value)
    assert "pass" not in str(error.value)


@pytest.mark.parametrize("token", ["später", "a\nb"])
def test_a_token_that_cannot_be_sent_is_not_shown(token: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        save_history(tmp_path / "t.csv", "http://ha", token, ENTITIES, START, START + timedelta(days=1))
    assert token not in str(error.value)
