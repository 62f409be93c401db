"""Log lines for people and for machines."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from optimizer.cli.load import settings_of
from optimizer.cli.logs import PROGRESS, LogFormat, set_up, tell_house_time
from tests.cli.village import site


def test_json_is_one_object_a_line_with_the_fields_and_the_exception() -> None:
    stream = io.StringIO()
    set_up(LogFormat.JSON, stream=stream)
    log = logging.getLogger("optimizer.runtime.health")
    log.warning("%s cannot be read", "carport", extra={"fields": {"device": "carport"}})
    try:
        raise ValueError("line one\nline two")
    except ValueError:
        log.exception("failed")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == 2
    assert lines[0]["message"] == "carport cannot be read"
    assert (lines[0]["level"], lines[0]["device"]) == ("warning", "carport")
    assert "ValueError" in lines[1]["exception"]


def test_text_has_the_level_and_progress_stands_alone() -> None:
    stream = io.StringIO()
    set_up(LogFormat.TEXT, journald=True, stream=stream)
    logging.getLogger("x").warning("be careful")
    logging.getLogger(PROGRESS).info("10:00 | sun")
    assert stream.getvalue() == "WARNING be careful\n10:00 | sun\n"


def test_a_warning_carries_the_same_time_as_progress_does() -> None:
    stream = io.StringIO()
    set_up(LogFormat.TEXT, stream=stream)
    tell_house_time(ZoneInfo("Europe/Berlin"), lambda: datetime(2025, 6, 14, 8, 0, 5, tzinfo=UTC))
    logging.getLogger("x").warning("be careful")
    assert stream.getvalue() == "10:00:05 WARNING be careful\n"


def test_the_settings_say_in_which_zone(tmp_path: Path) -> None:
    stream = io.StringIO()
    set_up(LogFormat.TEXT, stream=stream)
    settings_of(site(tmp_path, "site: {time_zone: Pacific/Kiritimati}\n"))
    logging.getLogger("x").warning("be careful")
    ahead = datetime.now(ZoneInfo("Pacific/Kiritimati"))
    assert stream.getvalue().startswith((f"{ahead:%H:}", f"{ahead - timedelta(minutes=1):%H:}"))


def test_libraries_that_tell_of_every_request_are_quiet() -> None:
    stream = io.StringIO()
    set_up(LogFormat.TEXT, stream=stream)
    logging.getLogger("httpx").info("GET http://192.168.1.2/control?current_set=6.0")
    assert stream.getvalue() == ""
