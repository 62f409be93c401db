"""The JSON API behind the status page: state, decision, reasons, history, live events, overrides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from optimizer.control.report import TickReport
from optimizer.journal.codec import encode
from optimizer.journal.condensed import condensed
from optimizer.journal.reader import JournalReader
from optimizer.model.state import State
from optimizer.rules.book.book import Book
from optimizer.rules.book.overrides import checked, in_words
from optimizer.rules.tools.explain import explain
from optimizer.rules.tools.explain_document import explanation_document
from optimizer.rules.tools.explain_text import explanation_text
from optimizer.serve.access.access import AccessControl, Refused
from optimizer.serve.access.caller import caller_of
from optimizer.serve.access.client import client_of
from optimizer.serve.overrides import OverrideSink
from optimizer.serve.panel import LOG_LINES, Panel
from optimizer.serve.web import forecast, openapi, prices
from optimizer.serve.web.answers import Endpoint, answering, body_of, json_answer
from optimizer.serve.web.body import override_of
from optimizer.serve.web.documents import Status
from optimizer.serve.web.events import Events
from optimizer.serve.web.forecast import forecast_document
from optimizer.serve.web.goals import (
    end_goal,
    goal_document,
    goals_document,
    pause_goals,
    resume_goals,
    set_goal,
)
from optimizer.serve.web.history import History
from optimizer.serve.web.inputs import input_document, inputs_document, set_input
from optimizer.serve.web.login import login_routes
from optimizer.serve.web.moment import aware_time
from optimizer.serve.web.past import Past, recorded
from optimizer.serve.web.prices import prices_document
from optimizer.serve.web.rules import RuleSwitch, end_rule, rules_by_hand_document, switch_rule
from optimizer.serve.web.schedule import schedule_document
from optimizer.serve.web.view import changes_document, controls_document, override_document, status_document
from optimizer.serve.web.why import decision_document, why_document
from optimizer.words.language import spoken
from optimizer.words.text import Text, in_language

log = logging.getLogger(__name__)

MAX_HOURS = 72.0
COMPRESSED = ("changes", "forecast", "history", "prices", "schedule")
"""Documents of tens of kB. They hold no secret, so that compressing them gives nothing away."""


def _compressing(path: str) -> list[Middleware]:
    return [Middleware(GZipMiddleware, compresslevel=4)] if path in COMPRESSED else []


@dataclass(frozen=True, slots=True)
class Api:
    """The endpoints, and what they need."""

    panel: Panel
    guard: AccessControl
    override_sink: OverrideSink | None = None
    journal: JournalReader | None = None
    book: Callable[[], Book] | None = None
    """The rule book in force."""
    rules: RuleSwitch | None = None
    """Where rules are switched by hand."""
    currency: str = "EUR"
    """The currency of which ct is the hundredth."""
    past_hours: History = field(init=False)
    price_slots: prices.KeptSlots = field(init=False, default_factory=prices.KeptSlots)
    forecast_slots: forecast.KeptSlots = field(init=False, default_factory=forecast.KeptSlots)

    def __post_init__(self) -> None:
        object.__setattr__(self, "past_hours", History(self.panel, self.journal))

    def routes(self) -> list[BaseRoute]:
        """All routes under /api/v1."""
        gets: dict[str, Endpoint] = {
            "openapi.json": self._openapi,
            "status": self._status,
            "state": self._state,
            "decision": self._decision,
            "why": self._why,
            "explain": self._explain,
            "history": self._history,
            "changes": self._changes,
            "prices": self._prices,
            "forecast": self._forecast,
            "events": Events(self.panel, self.status).endpoint,
            "overrides": self._overrides,
            "inputs": self._inputs,
            "goals": self._goals,
            "rules": self._rules,
            "schedule": self._schedule,
            **Past(self.panel, self.journal, self.currency).endpoints(),
        }
        return [
            *(
                Route(f"/api/v1/{path}", self._reading(endpoint), middleware=_compressing(path))
                for path, endpoint in gets.items()
            ),
            Route("/api/v1/inputs/{name}", self._changing(self._set_input), methods=["POST"]),
            Route("/api/v1/goals", self._changing(self._set_goal), methods=["POST"]),
            Route("/api/v1/goals/{name}", self._changing(self._end_goal), methods=["DELETE"]),
            Route("/api/v1/goals/{name}/pause", self._changing(self._pause_goals), methods=["POST"]),
            Route("/api/v1/goals/{name}/pause", self._changing(self._resume_goals), methods=["DELETE"]),
            Route("/api/v1/rules/{name}", self._changing(self._switch_rule), methods=["POST"]),
            Route("/api/v1/rules/{name}", self._changing(self._end_rule), methods=["DELETE"]),
            Route("/api/v1/overrides", self._changing(self._override), methods=["POST"]),
            Route("/api/v1/overrides/{target}", self._changing(self._release), methods=["DELETE"]),
            *login_routes(self.guard),
        ]

    def status(self) -> Status:
        """The status document of this moment."""
        panel = self.panel
        return {
            **status_document(self._report(), panel.clock.monotonic_s(), panel.ledger.today, panel.site),
            "name": panel.name,
            "controls": controls_document(panel.site, panel.vehicles),
            "healthy": panel.ill(),
            "record": self._report().record_problem,
            "journal": panel.journal_failed,
            "not_kept": list(panel.not_kept()),
            "outputs": [{"name": name, "problem": Text.of(problem())} for name, problem in panel.outputs.items()],
            "reminders": list(panel.reminders),
            "can_override": self.override_sink is not None and self.guard.can_change,
            "inputs": inputs_document(panel.inputs, panel.clock.monotonic_s()),
            "goals": goals_document(panel.goals, panel.site.zone),
        }

    def _report(self) -> TickReport:
        if self.panel.report is None:
            raise Refused(503, "no decision has been made yet")
        return self.panel.report

    def _reading(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            self.guard.may_read(request.headers.get("host", ""))
            return await endpoint(request)

        return answering(guarded)

    def _changing(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            self.guard.may_change(caller_of(request))
            return await endpoint(request)

        return answering(guarded)

    async def _openapi(self, request: Request) -> Response:
        return json_answer(openapi.document())

    async def _status(self, request: Request) -> Response:
        return json_answer(self.status())

    async def _state(self, request: Request) -> Response:
        return json_answer(encode(State, self._report().shown))

    async def _decision(self, request: Request) -> Response:
        report = self._report()
        return json_answer(decision_document(report.state, report.decision))

    async def _why(self, request: Request) -> Response:
        asked = request.query_params.get("at")
        if asked is None:
            report = self._report()
            return json_answer(
                {
                    "at": report.state.local.isoformat(),
                    "why": why_document(report.state, report.decision, report.leases),
                }
            )
        at = aware_time(asked)
        tick = await run_in_threadpool(self._journal().tick_at, at)
        if tick is None:
            raise Refused(404, Text("nothing was recorded around {moment}", moment=asked))
        return json_answer({"at": tick.state.local.isoformat(), "why": why_document(tick.state, tick.decision)})

    async def _explain(self, request: Request) -> Response:
        if self.book is None:
            raise Refused(404, "there are no rules to explain")
        explanation = explain(self.book(), self._report().shown, self.panel.rules_before)
        if request.query_params.get("form") == "text":
            text = in_language(explanation_text(explanation), spoken())
            return PlainTextResponse(text, headers={"cache-control": "no-store"})
        return json_answer(explanation_document(explanation))

    async def _changes(self, request: Request) -> Response:
        start, end = self._window(request)
        lines = [change for change in self.panel.changes if start <= change.at <= end]
        if len(lines) < LOG_LINES:
            before = lines[0].at - timedelta(milliseconds=1) if lines else end
            lines = await recorded(self.journal, JournalReader.changes, start, before) + lines
        return json_answer(changes_document(condensed(lines)[-LOG_LINES:]))

    async def _history(self, request: Request) -> Response:
        return json_answer(await self.past_hours.document(*self._window(request)))

    async def _prices(self, request: Request) -> Response:
        now_s = self.panel.clock.now().timestamp()
        return json_answer(prices_document(self.panel.prices, now_s, self.price_slots))

    async def _forecast(self, request: Request) -> Response:
        now_s = self.panel.clock.now().timestamp()
        return json_answer(forecast_document(self.panel.forecast, now_s, self.panel.site.zone, self.forecast_slots))

    async def _overrides(self, request: Request) -> Response:
        memory = self._report().memory
        return json_answer([override_document(one) for one in (memory.overrides if memory is not None else ())])

    async def _override(self, request: Request) -> Response:
        state = self._report().state
        override = checked(override_of(await body_of(request), state), state, self.panel.vehicles)
        self._overriding().override(override)
        log.warning("override: %s", in_words(override, state.local))
        return self._changed(override_document(override), 201)

    async def _release(self, request: Request) -> Response:
        self._overriding().release(request.path_params["target"])
        log.warning("override ended: %s", request.path_params["target"])
        return self._changed()

    def _changed(self, document: Mapping[str, object] | None = None, status: int = 200) -> Response:
        """The answer to a change by hand: its document if it has one, and what the disk did not take."""
        not_kept = self.panel.not_kept()
        if document is None and not not_kept:
            return Response(status_code=204)
        return json_answer({**(document or {}), "not_kept": list(not_kept)}, status)

    def _overriding(self) -> OverrideSink:
        if self.override_sink is None:
            raise Refused(403, "overrides are not possible here")
        return self.override_sink

    async def _rules(self, request: Request) -> Response:
        return json_answer(rules_by_hand_document(self._report().rules_by_hand))

    async def _switch_rule(self, request: Request) -> Response:
        return self._changed(switch_rule(self.rules, request.path_params["name"], await body_of(request)))

    async def _end_rule(self, request: Request) -> Response:
        end_rule(self.rules, request.path_params["name"])
        return self._changed()

    async def _inputs(self, request: Request) -> Response:
        return json_answer(inputs_document(self.panel.inputs, self.panel.clock.monotonic_s()))

    async def _set_input(self, request: Request) -> Response:
        client, name = client_of(request.scope), request.path_params["name"]
        report = set_input(self.panel.inputs, name, await body_of(request), client)
        return self._changed(input_document(report, self.panel.clock.monotonic_s()))

    async def _schedule(self, request: Request) -> Response:
        panel = self.panel
        return json_answer(schedule_document(panel.schedule, panel.clock.now().timestamp(), panel.site.zone))

    async def _goals(self, request: Request) -> Response:
        return json_answer(goals_document(self.panel.goals, self.panel.site.zone))

    async def _set_goal(self, request: Request) -> Response:
        panel = self.panel
        body, client = await body_of(request), client_of(request.scope)
        report = set_goal(panel.goals, body, client, panel.clock.now(), panel.site.zone)
        return self._changed(goal_document(report, panel.site.zone), 201)

    async def _pause_goals(self, request: Request) -> Response:
        panel, name = self.panel, request.path_params["name"]
        body, client = await body_of(request), client_of(request.scope)
        report = pause_goals(panel.goals, name, body, client, panel.clock.now(), panel.site.zone)
        return self._changed(goal_document(report, panel.site.zone))

    async def _resume_goals(self, request: Request) -> Response:
        resume_goals(self.panel.goals, request.path_params["name"], client_of(request.scope))
        return self._changed()

    async def _end_goal(self, request: Request) -> Response:
        end_goal(self.panel.goals, request.path_params["name"], client_of(request.scope))
        return self._changed()

    def _journal(self) -> JournalReader:
        if self.journal is None:
            raise Refused(404, "no journal is kept; set journal.enabled")
        return self.journal

    def _window(self, request: Request) -> tuple[datetime, datetime]:
        end = aware_time(request.query_params["until"]) if "until" in request.query_params else self.panel.clock.now()
        try:
            hours = float(request.query_params.get("hours", "24"))
        except ValueError:
            hours = 0.0
        if not 0.0 < hours <= MAX_HOURS:
            raise Refused(400, Text("hours is a number above 0, at most {most}", most=MAX_HOURS))
        return end - timedelta(hours=hours), end
