"""The visits of the cars on disk."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from optimizer.journal.kept_file import KeptFiles
from optimizer.runtime.scheduler.kept_arrivals import FILE_NAME, SAVED_EVERY_S, KeptArrivals
from optimizer.schedule.arrivals import Arrivals

VISITS = {
    "arrivals": [[0.0, [20.0]]],
    "here": False,
    "valued": False,
    "before_wh": 0.0,
    "over_wh": 0.0,
    "needed_wh": None,
}


def visits(worth_ct: float) -> Arrivals:
    arrivals = Arrivals()
    arrivals.restore({"carport": VISITS | {"arrivals": [[0.0, [worth_ct]]]}})
    return arrivals


def loaded(kept: KeptArrivals) -> list[float]:
    arrivals = Arrivals()
    kept.load_into(arrivals)
    return [one.worths_ct[0] for one in arrivals.of("carport").arrivals]


def test_a_restart_takes_over_the_visits(tmp_path: Path) -> None:
    KeptArrivals(KeptFiles(tmp_path)).save(visits(20.0), 1000.0)
    assert loaded(KeptArrivals(KeptFiles(tmp_path))) == [20.0]
    assert loaded(KeptArrivals(KeptFiles(tmp_path / "another"))) == []


def test_the_file_is_written_once_an_hour(tmp_path: Path) -> None:
    kept = KeptArrivals(KeptFiles(tmp_path))
    kept.save(visits(20.0), 1000.0)
    kept.save(visits(30.0), 1000.0 + SAVED_EVERY_S - 1.0)
    assert loaded(kept) == [20.0]
    kept.save(visits(30.0), 1000.0 + SAVED_EVERY_S)
    assert loaded(kept) == [30.0]


def test_a_disk_that_fails_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    kept = KeptArrivals(KeptFiles(tmp_path / "file"))
    for n in range(3):
        kept.save(visits(20.0), 1000.0 + SAVED_EVERY_S * n)
    assert caplog.text.count("are not kept over a restart") == 1


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"carport": {}}',
        json.dumps({"carport": VISITS | {"arrivals": [[1.0]]}}),
        json.dumps({"carport": VISITS | {"arrivals": [[0.0, []]]}}),
        json.dumps({"carport": VISITS | {"arrivals": [[-1.0, [20.0]]]}}),
        json.dumps({"carport": VISITS | {"arrivals": [[0.0, [float("nan")]]]}}),
        json.dumps({"carport": VISITS | {"here": 1}}),
        json.dumps({"carport": VISITS | {"over_wh": "much"}}),
        "[" * 100_000,
    ],
)
def test_a_damaged_file_begins_anew(content: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with caplog.at_level(logging.ERROR):
        assert loaded(KeptArrivals(KeptFiles(tmp_path))) == []
    assert "cannot be read" in caplog.text
