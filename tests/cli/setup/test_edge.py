"""`optimizer init` offers what an Edge says of itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from optimizer.cli.setup import edge
from optimizer.cli.setup.edge import EdgeParts
from optimizer.settings import load_settings
from optimizer.twin.battery import BatterySpec
from optimizer.twin.fems import FemsSpec, FemsTwin
from optimizer.twin.house import HouseSpec
from optimizer.twin.physics import PhysicsSpec
from tests.cli.setup.person import asked
from tests.cli.village import village

EDGE_AT = edge.edge_at
"""Before any test replaces it."""


def test_the_parts_of_an_edge_that_answers() -> None:
    cells = (BatterySpec(dc_pv_share=1.0), BatterySpec("shed", 5_000.0))
    spec = HouseSpec("edge", PhysicsSpec((), cells), (partial(FemsTwin, spec=FemsSpec(batteries=(0, 1))),))
    with village(spec, speed=1.0) as running:
        url = running.house.endpoints["fems"]
        assert EDGE_AT(url) == EdgeParts((("ess0", True), ("ess1", False)), ("meter0",), "meter0")
        wrong = EDGE_AT(url, "hunter2")
    assert isinstance(wrong, str)
    assert "FEMS/OpenEMS, wrong password" in wrong
    assert isinstance(EDGE_AT(url), str)


FEMS = ("fems", "house", "192.168.1.30")


def test_ids_and_the_flag_are_offered_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = EdgeParts((("ess0", True), ("ess1", False)), ("meter0", "meter1"), "meter0")
    monkeypatch.setattr("optimizer.cli.setup.edge.edge_at", lambda url: parts)
    code, text = asked(tmp_path, (*FEMS, "ess9", "", ""))
    assert code == 0, text
    assert "it answers: storage ess0 (hybrid), ess1; meters meter0, meter1" in text
    assert "one of ess0, ess1" in text
    house = load_settings(tmp_path / "site.yaml", {}).model_dump()["devices"]["house"]
    assert (house["grid_meter"], house["battery"]["component"], house["battery"]["hybrid"]) == ("meter0", "ess0", True)
    assert [(key, ess["component"], ess["hybrid"]) for key, ess in house["more_batteries"].items()] == [
        ("ess1", "ess1", False)
    ]


def test_where_nobody_answers_the_flag_is_asked_for(tmp_path: Path) -> None:
    code, text = asked(tmp_path, (*FEMS, "y"))
    assert code == 0, text
    assert "its components cannot be listed now: " in text
    house = load_settings(tmp_path / "site.yaml", {}).model_dump()["devices"]["house"]
    assert (house["battery"]["component"], house["battery"]["hybrid"]) == ("ess0", True)
