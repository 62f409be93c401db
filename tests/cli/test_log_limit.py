"""Libraries cannot fill the log; the service's own lines are never dropped."""

import io
import logging

from optimizer.cli.log_limit import ALL_LINES, LINES, MOST_KEYS, WINDOW_S, LibraryLimit
from optimizer.cli.logs import LogFormat, set_up


def record(name: str, text: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "", 0, text, args, None)


def test_a_flood_of_one_line_is_a_few_lines_a_minute_with_the_number_of_the_others() -> None:
    now_s = 0.0
    limit = LibraryLimit(lambda: now_s)
    passed = []
    for second in range(121):
        now_s = float(second)
        for n in range(100):
            one = record("uvicorn.error", "Invalid HTTP request received. %d", n)
            if limit.filter(one):
                passed.append(one.getMessage())
    assert len(passed) == 2 * LINES + LINES
    assert passed[LINES] == f"Invalid HTTP request received. 0 (and {6000 - LINES} more such lines before)"


def test_lines_that_all_differ_are_limited_too_and_forgotten() -> None:
    limit = LibraryLimit(lambda: 0.0)
    passed = [n for n in range(5000) if limit.filter(record("paho", f"line {n}"))]
    assert len(passed) == ALL_LINES
    assert len(limit._windows) <= MOST_KEYS


def test_one_library_takes_no_line_of_another_and_none_of_the_service() -> None:
    limit = LibraryLimit(lambda: 0.0)
    for _ in range(1000):
        limit.filter(record("mqtt", "Message queue is full."))
    assert limit.filter(record("pymodbus.logging", "odd frame"))
    assert all(limit.filter(record("optimizer.runtime.loop", "same line")) for _ in range(1000))


def test_every_log_has_the_limit() -> None:
    stream = io.StringIO()
    set_up(LogFormat.TEXT, stream=stream)
    for _ in range(1000):
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert len(stream.getvalue().splitlines()) == LINES
    assert WINDOW_S == 60.0
