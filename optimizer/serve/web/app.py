"""The status listener: metrics, health, the status page, and its API."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from optimizer.journal.reader import JournalReader
from optimizer.rules.book.book import Book
from optimizer.serve.access.access import AccessControl
from optimizer.serve.metrics.exposition import Exposition
from optimizer.serve.overrides import OverrideSink
from optimizer.serve.panel import Panel
from optimizer.serve.web.api import Api
from optimizer.serve.web.page import page_routes
from optimizer.serve.web.rules import RuleSwitch


def monitoring_routes(panel: Panel) -> list[BaseRoute]:
    """/metrics for Prometheus, /healthz for supervisors (200, or 503 with the reason)."""
    exposition = Exposition(panel)

    async def metrics(request: Request) -> Response:
        body, content_type = exposition.render(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})

    async def healthz(request: Request) -> Response:
        reason = panel.ill()
        document = {"ok": not reason, "reason": reason, "tick_age_s": round(panel.age_s, 1)}
        return JSONResponse(document, status_code=503 if reason else 200, headers={"cache-control": "no-store"})

    return [Route("/metrics", metrics), Route("/healthz", healthz)]


def status_app(
    panel: Panel,
    guard: AccessControl,
    override_sink: OverrideSink | None = None,
    journal: JournalReader | None = None,
    book: Callable[[], Book] | None = None,
    rules: RuleSwitch | None = None,
    currency: str = "EUR",
) -> ASGIApp:
    """The application of the status listener.

    Metrics and health are open to every client. The page and the API need a Host header that names this machine, and
    changes also need the token.
    """
    api = Api(
        panel=panel,
        guard=guard,
        override_sink=override_sink,
        journal=journal,
        book=book,
        rules=rules,
        currency=currency,
    )
    return counted("status", panel, Starlette(routes=[*monitoring_routes(panel), *page_routes(guard), *api.routes()]))


def counted(listener: str, panel: Panel, app: ASGIApp) -> ASGIApp:
    """The app with its answers counted by status code."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                panel.requests[listener, str(message["status"])] += 1
            await send(message)

        await app(scope, receive, count)

    return counting
