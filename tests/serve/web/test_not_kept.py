"""While the disk does not take a change by hand, each answer says so."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import TypeAdapter

from optimizer.cli.run.books import RuleFiles
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.fields import DeviceNames
from optimizer.model.inputs import InputSpec
from optimizer.runtime.goals.board import GoalBoard
from optimizer.runtime.goals.kept import KeptGoals
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.inputs.kept import KeptInputs
from optimizer.schedule.goals import GoalPlan
from optimizer.serve.access.access import AccessControl
from optimizer.serve.overrides import OverrideStore
from optimizer.serve.panel import Panel
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.serve.web.app import status_app
from optimizer.sources.inputs.port import InputPlan
from tests.serve.house import BERLIN, SITE, HandClock, report
from tests.serve.web.test_api import FakeOverrideSink

TOKEN = "a-long-enough-token"
OWNER = {"authorization": f"Bearer {TOKEN}"}
CHANGES = {
    "goals": ("goals", {"charger": "carport", "goal": "12kWh", "ready": "tomorrow 06:30"}, "goals/carport"),
    "inputs": ("inputs/away", {"value": True}, None),
    "overrides": (
        "overrides",
        {"target": "ev.carport.mode", "value": "fast", "minutes": 5},
        "overrides/ev.carport.mode",
    ),
    "rules-by-hand": ("rules/sun", {"enabled": "false"}, "rules/sun"),
}
"""By kind of change: where it is made, with which body, and where it is ended."""


@pytest.fixture
def http(tmp_path: Path) -> httpx.AsyncClient:
    clock, files = HandClock(), KeptFiles(tmp_path / "state")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("version: 1\nrules:\n  - id: sun\n    claim: {ev.mode: surplus}\n")
    books = RuleFiles(tmp_path / "rules", DeviceNames(("carport",), ("cellar",), ("roof",)), BERLIN)
    books.keep_by_hand(files)
    panel = Panel(
        clock,
        SITE,
        inputs=InputBoard((InputPlan(InputSpec("away", "switch")),), clock, KeptInputs(files)),
        goals=GoalBoard(GoalPlan(SITE), clock, KeptGoals(files)),
    )
    panel.not_kept = files.not_kept
    panel.on_tick(report())
    store = OverrideStore(FakeOverrideSink(), files)
    app = status_app(panel, AccessControl(TOKEN, [], clock.monotonic_s), store, rules=books)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost:8080/api/v1/", headers=OWNER
    )


@pytest.mark.parametrize("kind", CHANGES)
async def test_each_answer_says_what_the_disk_lacks_until_it_has_it(
    kind: str, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    address, body, ends = CHANGES[kind]
    state = tmp_path / "state"
    in_the_way = [state / f"{one}.new" for one in CHANGES]
    for one in in_the_way:
        one.mkdir(parents=True)
    answer = await http.post(address, json=body)
    assert answer.is_success, answer.text
    (said,) = answer.json()["not_kept"]
    assert "not on the disk yet" in said
    assert str(state / kind) in said
    german = (await http.get("status?language=de")).json()["not_kept"]
    assert "noch nicht auf dem Datenträger" in german[0]
    if ends is not None:
        answer = await http.delete(ends)
        assert answer.status_code == 200
        TypeAdapter(hand_doc.NotKept).validate_python(answer.json(), strict=True)
        assert answer.json()["not_kept"] == [said]
    for one in in_the_way:
        one.rmdir()
    answer = await http.post(address, json=body)
    assert answer.json()["not_kept"] == []
    assert (await http.get("status")).json()["not_kept"] == []
    if ends is not None:
        assert (await http.delete(ends)).status_code == 204
