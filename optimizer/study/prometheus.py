"""History from Prometheus by its HTTP API (`/api/v1/query_range`)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from optimizer.study.history import Samples, Source
from optimizer.study.series import StudyError

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
    progress: Callable[[float], object] | None = None,
) -> dict[str, Samples]:
    """The samples of each query (`Source.name` is PromQL with one series as its answer). Raises StudyError."""
    import httpx  # noqa: PLC0415 - only an import from Prometheus needs it

    page = timedelta(seconds=MOST_POINTS * step_s)
    pages = max(1, math.ceil((end - start) / page))
    found: dict[str, Samples] = {quantity: [] for quantity in queries}
    with httpx.Client(timeout=TIMEOUT_S, transport=transport, follow_redirects=False) as client:
        for number, (quantity, source) in enumerate(queries.items()):
            for k in range(pages):
                first = start + k * page
                last = min(end, first + page) - timedelta(seconds=step_s)
                answer = _ask(client, url, source.name, first, last, step_s)
                found[quantity] += [(at_s, value * source.factor) for at_s, value in answer]
                if progress is not None:
                    progress((number + (k + 1) / pages) / len(queries))
    return found


def _ask(client: Any, url: str, query: str, start: datetime, end: datetime, step_s: float) -> Samples:
    import httpx  # noqa: PLC0415

    address = f"{url.rstrip('/')}/api/v1/query_range"
    values = {"query": query, "start": start.timestamp(), "end": end.timestamp(), "step": f"{step_s:g}"}
    try:
        with client.stream("POST", address, data=values) as response:
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MAX_BYTES:
                    raise StudyError(f"{address} answers with more than {MAX_BYTES // 1_000_000} MB to “{query}”")
            status = response.status_code
    except httpx.HTTPError as error:
        raise StudyError(f"{address} cannot be asked: {error or type(error).__name__}") from error
    return _samples(query, address, status, body)


def _samples(query: str, address: str, status: int, body: bytes) -> Samples:
    try:
        document = json.loads(body)
        if document["status"] != "success":
            raise StudyError(f"Prometheus refuses “{query}”: {document.get('error', 'no reason given')}")
        results = document["data"]["result"]
        if len(results) > 1:
            names = ", ".join(str(one.get("metric")) for one in results[:3])
            raise StudyError(f"“{query}” answers {len(results)} series ({names} …); choose one, or take their sum()")
        values = results[0]["values"] if results else []
        pairs = [(float(at), float(text)) for at, text in values]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudyError(f"{address} answers with status {status} and no Prometheus document") from error
    return [pair for pair in pairs if math.isfinite(pair[1])]
