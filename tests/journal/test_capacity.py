from pathlib import Path

import pytest

from optimizer.journal.capacity import capacity_text, estimated_mb_per_day, fits, measured_mb_per_day
from optimizer.journal.retention import Keep
from optimizer.journal.schema import open_to_write
from optimizer.settings.site import JournalSettings


def test_the_defaults_keep_what_they_promise_in_a_large_house() -> None:
    defaults = JournalSettings()
    assert (defaults.keep_days, defaults.max_mb) == (Keep().days, Keep().max_mb)
    assert fits(defaults.keep_days, defaults.max_mb, 10.0)
    assert (fits(400, 2400.0, 6.0), fits(400, 2399.0, 6.0)) == (True, False)


def test_the_line_says_how_many_days_fit_and_what_to_set() -> None:
    assert capacity_text(400, 4000.0, 6.0) == (
        "the journal takes about 6 MB a day: 400 days (journal.keep_days) take about 2400 MB"
    )
    assert capacity_text(400, 2000.0, 6.0) == (
        "the journal takes about 6 MB a day: 2000 MB (journal.max_mb) hold about 333 of 400 days"
        " (journal.keep_days); set journal.max_mb to 2400, or journal.keep_days to 333"
    )


def test_a_faster_tick_takes_more() -> None:
    assert estimated_mb_per_day(3, 2.5, 5.0) == 2.0 * estimated_mb_per_day(3, 5.0, 5.0)
    assert estimated_mb_per_day(3, 5.0, 2.5) == 1.25 * estimated_mb_per_day(3, 5.0, 5.0)


def test_a_journal_of_more_than_a_day_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    assert measured_mb_per_day(path) is None
    db = open_to_write(path)
    row = "INSERT INTO block (first_ms, last_ms, ticks, book, data) VALUES (0, 0, 12, 'b', ?)"
    db.executemany(row, [(bytes(3000),)] * 1000)
    assert measured_mb_per_day(path) is None
    db.executemany(row, [(bytes(3000),)] * 1000)
    db.close()
    assert measured_mb_per_day(path) == pytest.approx(5.0, rel=0.4)
