"""`optimizer init` asks a sonnen with API v1 what it gives, and its owner for the rest."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from optimizer.cli.setup import sonnen_mode
from optimizer.settings import load_settings
from optimizer.twin.battery import BatterySpec
from optimizer.twin.house import HouseSpec
from optimizer.twin.physics import PhysicsSpec
from optimizer.twin.sonnen import SonnenTraps, SonnenTwin
from tests.cli.setup.person import asked
from tests.cli.village import village

GIVES_MODE = sonnen_mode.gives_mode
"""Before any test replaces it."""


def battery(tmp_path: Path) -> dict[str, object]:
    dumped: dict[str, object] = load_settings(tmp_path / "site.yaml", {}).model_dump()["devices"]["cellar"]
    return dumped


START = ("sonnen", "cellar", "192.168.1.40:8080", "v1")


@pytest.mark.parametrize("by_hand", ["y", "n"])
def test_without_access_to_the_mode_one_question_decides(
    tmp_path: Path, by_hand: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sonnen_mode, "gives_mode", lambda url: False)
    code, text = asked(tmp_path, (*START, by_hand, "10 kWh", "L1"))
    assert code == 0, text
    assert "Have you set manual mode by hand?" in text
    assert "the mean state of charge is weighted by capacity" in text
    assert battery(tmp_path)["manual_by_hand"] is (by_hand == "y")
    assert battery(tmp_path)["battery"]["capacity_wh"] == 10_000.0  # type: ignore[index]


@pytest.mark.parametrize("found", [True, "no connection"])
def test_with_access_or_without_an_answer_it_does_not_ask(
    tmp_path: Path, found: bool | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sonnen_mode, "gives_mode", lambda url: found)
    code, text = asked(tmp_path, (*START, "5", "?", "L1"))
    assert code == 0, text
    assert "by hand?" not in text
    assert "an energy from 100 Wh" in text
    assert ("no connection" in text) is isinstance(found, str)
    assert battery(tmp_path)["manual_by_hand"] is False
    assert battery(tmp_path)["battery"]["capacity_wh"] is None  # type: ignore[index]
    assert "# manual_by_hand: true" in (tmp_path / "site.yaml").read_text()


@pytest.mark.parametrize("access", [True, False])
def test_a_battery_is_asked_and_told_nothing(access: bool) -> None:
    traps = SonnenTraps(mode_access=access, paths="examples" if access else "text")
    spec = HouseSpec("sonnen", PhysicsSpec((), (BatterySpec(),)), (partial(SonnenTwin, traps=traps),))
    with village(spec, speed=1.0) as running:
        url = running.house.endpoints["sonnen_v1"]
        assert GIVES_MODE(url) is access
    assert isinstance(GIVES_MODE(url), str)
