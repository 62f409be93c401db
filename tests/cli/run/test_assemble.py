"""What a house is put together of."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.cli.run.assemble import assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.model.clock import SystemClock
from optimizer.runtime.hung import HungExit
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
