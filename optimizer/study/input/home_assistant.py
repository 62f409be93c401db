"""History from Home Assistant through its REST API, as a table of states: entity, state, time, and unit.

Its recorder keeps ten days unless its owner has set another time. A state is valid until the next one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from optimizer.study.input.answers import answer_of, shown_address
from optimizer.study.input.mapping import Source
from optimizer.study.input.pages import Row, Watch, check_request, save_pages
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

ENTITY = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_]+")
PAGE = timedelta(days=1)
KEPT = timedelta(days=10)
"""Time that the recorder keeps, if nobody has set another one."""
TIMEOUT_S = 60.0
MAX_BYTES = 50_000_000


def entities_of(sources: Iterable[Source]) -> tuple[str, ...]:
    """The entities that mappings name, each once. Raises StudyError for a mapping without one."""
    found: dict[str, None] = {}
    for source in sources:
        names = ENTITY.findall(source.text)
        if not names:
            raise StudyError(Text("“{text}” names no entity. Write one such as sensor.pv_power", text=source.text))
        found |= dict.fromkeys(names)
    return tuple(found)


def save_history(
    path: Path,
    url: str,
    token: str,
    entities: Iterable[str],
    start: datetime,
    end: datetime,
    *,
    transport: Any = None,
    watch: Watch | None = None,
) -> bool:
    """Write the states between two aware moments to a table. Returns whether they are complete.

    `watch` gets the finished part (0-1) after each day. If it returns False, the days so far are kept.
    Raises StudyError.
    """
    import httpx  # noqa: PLC0415 - only this import needs it

    check_request(start, end, token)
    names = tuple(entities)
    latest, headers = dict.fromkeys(names, ""), {"Authorization": f"Bearer {token}"}
    with httpx.Client(timeout=TIMEOUT_S, transport=transport, headers=headers) as client:
        units = {name: _unit(client, url, name) for name in names}

        def rows(first: datetime, last: datetime) -> Iterator[Row]:
            for name, state, at in _states(client, url, names, first, last):
                # Each page begins with the state of its start, which the page before may have.
                if name in latest and at > latest[name]:
                    latest[name] = at
                    yield name, state, at, units[name]

        return save_pages(path, rows, start, end, PAGE, watch)


def _unit(client: Any, url: str, name: str) -> str:
    document = _get(client, url, f"/api/states/{quote(name)}")
    attributes = document.get("attributes") if isinstance(document, dict) else None
    return str(attributes.get("unit_of_measurement") or "") if isinstance(attributes, dict) else ""


def _states(
    client: Any, url: str, names: tuple[str, ...], start: datetime, end: datetime
) -> Iterator[tuple[str, str, str]]:
    """(entity, state, time) of one page. Only the first state of an entity has its name."""
    query = f"filter_entity_id={','.join(names)}&end_time={quote(end.isoformat())}&minimal_response&no_attributes"
    document = _get(client, url, f"/api/history/period/{quote(start.isoformat())}?{query}&significant_changes_only=0")
    try:
        for states in document:
            name = str(states[0]["entity_id"]) if states else ""
            for one in states:
                at = datetime.fromisoformat(str(one["last_changed"])).astimezone(UTC)
                yield name, str(one["state"]), at.isoformat(timespec="microseconds")
    except (ValueError, OverflowError, LookupError, TypeError, AttributeError) as error:
        raise StudyError(Text("{url} answered without a history. Check the address", url=shown_address(url))) from error


def _get(client: Any, url: str, path: str) -> Any:
    shown = shown_address(url)
    status, body = answer_of(
        client,
        "GET",
        f"{url.rstrip('/')}{path}",
        max_bytes=MAX_BYTES,
        too_large=Text(
            "{shown} answered with more than {max_bytes} MB for a day", shown=shown, max_bytes=MAX_BYTES // 1_000_000
        ),
        example="http://homeassistant.local:8123",
    )
    if status == 401:
        raise StudyError(Text("{shown} refuses the token. Make a long-lived one in your profile there", shown=shown))
    if status == 404:
        raise StudyError(
            Text("{shown} does not know {entity}", shown=shown, entity=path.partition("?")[0].rpartition("/")[2])
        )
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise StudyError(
            Text(
                "{shown} answered with status {status}, but without JSON. Check the address", shown=shown, status=status
            )
        ) from error
