"""The past of the cars on disk."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from optimizer.runtime.scheduler.kept_past import FILE_NAME, SAVED_EVERY_S, KeptPast
from optimizer.schedule.car_past import CarPast, Quarter


def past(hours: int) -> CarPast:
    return CarPast(
        Quarter(start_s=900.0 * n, import_ct=30.0, feed_in_ct=8.0, surplus_w=100.0, needs_wh={"carport": 0.0})
        for n in range(4 * hours)
    )


def test_a_restart_takes_over_the_past(tmp_path: Path) -> None:
    KeptPast(tmp_path).save(past(1), 1000.0)
    assert KeptPast(tmp_path).load().of("carport") == past(1).of("carport")
    assert KeptPast(tmp_path / "another").load().of("carport") == []


def test_the_file_is_written_once_an_hour(tmp_path: Path) -> None:
    kept = KeptPast(tmp_path)
    kept.save(past(1), 1000.0)
    kept.save(past(2), 1000.0 + SAVED_EVERY_S - 1.0)
    assert len(kept.load().of("carport")) == 4
    kept.save(past(2), 1000.0 + SAVED_EVERY_S)
    assert len(kept.load().of("carport")) == 8


def test_a_disk_that_fails_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    kept = KeptPast(tmp_path / "file")
    for n in range(3):
        kept.save(past(1), 1000.0 + SAVED_EVERY_S * n)
    assert caplog.text.count("is not kept over a restart") == 1


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"quarters": [[1, 2, 3]], "visits": {}}',
        '{"quarters": [[900, 1, 1, 1, {}], [0, 1, 1, 1, {}]], "visits": {}}',
        '{"quarters": [[0, NaN, 1, 1, {}]], "visits": {}}',
        '{"quarters": [], "visits": {"carport": [1]}}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_begins_anew(content: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with caplog.at_level(logging.ERROR):
        assert KeptPast(tmp_path).load().of("carport") == []
    assert "cannot be read" in caplog.text
