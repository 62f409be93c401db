"""Serves the feed over HTTP exactly as the charger expects it, without a web framework."""

from __future__ import annotations

import json
import logging

from starlette.types import ASGIApp, Receive, Scope, Send

from optimizer.serve.feed.values import Document, FeedConfig, feed_info, feed_values
from optimizer.serve.panel import Panel

log = logging.getLogger(__name__)

VALUES_PATH = "/api/v1/values.json"
INFO_PATH = "/api/v1/info.json"


def feed_app(panel: Panel, config: FeedConfig) -> ASGIApp:
    """The ASGI application of the feed.

    200 with the document · 404 for another path · 500 for a method other than GET ·
    503 while the grid reading is unknown. Every answer has a Content-Length and closes the connection.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the feed speaks HTTP only, not {scope['type']}")
        status, document = _answer(scope["method"], _path(scope["path"]), panel, config)
        body = json.dumps(document, allow_nan=False, separators=(",", ":")).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            (b"cache-control", b"no-store"),
        ]
        panel.requests["feed", str(status)] += 1
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _path(target: str) -> str:
    """The path of a request target, also of one that names scheme and host (RFC 9112, 3.2.2)."""
    scheme, found, rest = target.partition("://")
    return f"/{rest.partition('/')[2]}" if found and scheme.lower() == "http" else target


def _answer(method: str, path: str, panel: Panel, config: FeedConfig) -> tuple[int, Document | dict[str, str]]:
    if method != "GET":
        return 500, {"error": "only GET is served here"}
    if path not in (VALUES_PATH, INFO_PATH):
        return 404, {"error": f"no such document; there are {VALUES_PATH} and {INFO_PATH}"}
    report = panel.report
    if report is None:
        return 503, {"error": "no reading yet"}
    now_s = panel.clock.monotonic_s()
    document = feed_values(report, config, now_s, panel.ledger.pv_day.known_wh())
    if path == INFO_PATH:
        return 200, feed_info(report, config, now_s)
    if document is None:
        grid = report.shown.grid.power_w.fresh(now_s, config.max_age_s)
        return 503, {"error": f"grid power unknown: {grid.why}"}
    return 200, document
