"""The parts of an assembled house."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from optimizer.cli.run.assemble import assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.model.clock import SystemClock
from optimizer.model.goals import Aim
from optimizer.rules.book.overrides import Override
from optimizer.runtime.hung import HungExit
from optimizer.runtime.loop import TickLoop
from optimizer.runtime.prices.poller import FeedPoller
from optimizer.serve.overrides import OverrideStore
from optimizer.serve.panel import Panel
from optimizer.settings import load_settings


@pytest.mark.parametrize("asked", [True, False])
def test_a_hung_loop_ends_the_process_only_where_that_is_asked_for(asked: bool, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "site.yaml").write_text("{}")
    settings = load_settings(tmp_path / "site.yaml", {})
    house = assemble(settings, RuleFiles.load(settings), SystemClock(), tmp_path / "state", exit_when_hung=asked)
    house.close()
    parts = house.service.parts
    assert any(isinstance(watcher, HungExit) for watcher in parts.watchers) is asked
    assert any(isinstance(getattr(one, "__self__", None), HungExit) for one in parts.companions) is asked


@pytest.mark.parametrize(
    ("text", "import_ct", "rank", "feeds"),
    [
        ("{}", None, None, 0),
        ("tariff: {import_ct: 30}", 30.0, None, 0),
        ("prices: {import: {ct: 31}}", 31.0, 0.0, 0),
        ("prices: {sources: {e: {type: awattar}}, import: {source: e}}", None, None, 1),
    ],
)
def test_ticks_have_the_configured_prices(
    text: str, import_ct: float | None, rank: float | None, feeds: int, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "site.yaml").write_text(text)
    settings = load_settings(tmp_path / "site.yaml", {})
    house = assemble(settings, RuleFiles.load(settings), SystemClock(), tmp_path / "state")
    house.close()
    parts = house.service.parts
    prices = parts.prices(parts.clock.now(), 0.0)
    assert (prices.import_ct.value, prices.rank_percent.value) == (import_ct, rank)
    assert sum(isinstance(getattr(one, "__self__", None), FeedPoller) for one in parts.companions) == feeds


def test_what_is_set_by_hand_causes_a_decision_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(TickLoop, "wake", lambda self: woken.append("wake"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "site.yaml").write_text(
        "inputs: {holiday: {type: switch}}\ndevices: {car: {type: nrgkick, url: 'http://127.0.0.1:9', charger: {}}}\n"
    )
    settings = load_settings(tmp_path / "site.yaml", {})
    clock = SystemClock()
    house = assemble(settings, RuleFiles.load(settings), clock, tmp_path / "state")
    panel = next(one for one in house.service.parts.watchers if isinstance(one, Panel))
    assert panel.inputs is not None
    panel.inputs.set("holiday", True, "me")
    assert len(woken) == 1
    assert house.goals is not None
    house.goals.set("car", Aim(energy_wh=5000.0), clock.now().timestamp() + 3600.0, "me")
    house.goals.end("car", "me")
    assert len(woken) == 3
    house.close()


def test_an_override_that_a_decision_has_ended_is_no_longer_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "site.yaml").write_text("{}")
    settings, clock = load_settings(tmp_path / "site.yaml", {}), SystemClock()
    house = assemble(settings, RuleFiles.load(settings), clock, tmp_path / "state")
    store = next(one for one in house.service.parts.watchers if isinstance(one, OverrideStore))
    store.override(Override("surplus.priority", "ev_first", clock.now() + timedelta(hours=1)))
    store.override(Override("battery.mode", "charge", clock.now()))
    house.service.loop.tick()
    house.close()
    kept = json.loads((tmp_path / "state" / "overrides.json").read_text())
    assert [one["override"]["target"] for one in kept] == ["surplus.priority"]


def test_a_goal_from_the_time_of_a_full_disk_is_on_it_at_the_end_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "site.yaml").write_text("devices: {car: {type: nrgkick, url: 'http://127.0.0.1:9', charger: {}}}\n")
    settings = load_settings(tmp_path / "site.yaml", {})
    clock = SystemClock()
    house = assemble(settings, RuleFiles.load(settings), clock, tmp_path / "state")
    in_the_way = tmp_path / "state" / "goals.new"
    in_the_way.mkdir(parents=True)
    assert house.goals is not None
    house.goals.set("car", Aim(energy_wh=5000.0), clock.now().timestamp() + 3600.0, "me")
    kept = tmp_path / "state" / "goals.json"
    assert not kept.exists()
    in_the_way.rmdir()
    house.close()
    assert "5000.0" in kept.read_text()
