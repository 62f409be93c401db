"""History from Prometheus through its HTTP API (`/api/v1/query_range`)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from optimizer.study.input.answers import answer_of, shown_address
from optimizer.study.input.mapping import Source
from optimizer.study.input.samples import Samples
from optimizer.study.input.series import StudyError
from optimizer.study.input.times import checked_year
from optimizer.words.text import Text

MOST_POINTS = 10_000
"""Prometheus answers at most 11,000 points a series."""
TIMEOUT_S = 60.0
MAX_BYTES = 20_000_000


def fetch(
    url: str,
    queries: Mapping[str, Source],
    start: datetime,
    end: datetime,
    *,
    step_s: float = 60.0,
    transport: Any = None,
    watch: Callable[[float], bool] | None = None,
) -> tuple[dict[str, Samples], bool]:
    """The samples of each query at `start` and every `step_s` before `end`, and whether they are complete.

    `Source.name` is PromQL that returns one series. `watch` gets the finished part (0–1) after each page. If it
    returns False, the pages that all queries have are kept. Raises StudyError.
    """
    import httpx  # noqa: PLC0415 - only an import from Prometheus needs it

    step = timedelta(seconds=step_s)
    points = math.ceil((end - start) / step - 1e-9)
    if points < 1:
        raise StudyError(
            Text(
                "the start {start} is not before the end {end} UTC. Change --from or --to",
                start=f"{start:%Y-%m-%d %H:%M}",
                end=f"{end:%Y-%m-%d %H:%M}",
            )
        )
    found: dict[str, Samples] = {quantity: Samples(source=source.name) for quantity, source in queries.items()}
    with httpx.Client(timeout=TIMEOUT_S, transport=transport, follow_redirects=False) as client:
        for first in range(0, points, MOST_POINTS):
            last = min(points, first + MOST_POINTS) - 1
            page: dict[str, Samples] = {}
            for number, (quantity, source) in enumerate(queries.items(), start=1):
                answer = _ask(client, url, source.name, start + first * step, start + last * step, step_s)
                page[quantity] = Samples((at_s, value * source.factor) for at_s, value in answer)
                done = (first + (last + 1 - first) * number / len(queries)) / points
                if watch is not None and not watch(done) and done < 1.0:
                    return found, False
            for quantity, samples in page.items():
                found[quantity].extend(samples)
    return found, True


def _ask(client: Any, url: str, query: str, start: datetime, end: datetime, step_s: float) -> list[tuple[float, float]]:
    address = f"{url.rstrip('/')}/api/v1/query_range"
    shown = shown_address(address)
    status, body = answer_of(
        client,
        "POST",
        address,
        data={"query": query, "start": start.timestamp(), "end": end.timestamp(), "step": f"{step_s:g}"},
        max_bytes=MAX_BYTES,
        too_large=Text(
            "{shown} answered “{query}” with more than {max_bytes} MB. Use a larger --step",
            shown=shown,
            query=query,
            max_bytes=MAX_BYTES // 1_000_000,
        ),
        example="http://10.0.0.5:9090",
    )
    return _samples(query, shown, status, body)


def _samples(query: str, address: str, status: int, body: bytes) -> list[tuple[float, float]]:
    try:
        document = json.loads(body)
        if document["status"] != "success":
            raise StudyError(
                Text(
                    "Prometheus rejects “{query}”: {why}",
                    query=query,
                    why=document.get("error", Text("no reason given")),
                )
            )
        results = document["data"]["result"]
        if len(results) > 1:
            names = ", ".join(str(one.get("metric")) for one in results[:3])
            raise StudyError(
                Text(
                    "“{query}” returns {count} series ({names} …). Choose one, or use sum()",
                    query=query,
                    count=len(results),
                    names=names,
                )
            )
        values = results[0]["values"] if results else []
        pairs = [(_time_s(float(at)), float(text)) for at, text in values]
    except (ValueError, OverflowError, OSError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise StudyError(
            Text(
                "{address} answered with status {status}, but without a Prometheus document. Check the address",
                address=address,
                status=status,
            )
        ) from error
    return [pair for pair in pairs if math.isfinite(pair[1])]


def _time_s(at_s: float) -> float:
    """A Unix time in s. Raises ValueError, OverflowError, or OSError for one that no data can have."""
    checked_year(datetime.fromtimestamp(at_s, UTC))
    return at_s
