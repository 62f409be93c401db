"""Log in and out: the token once, and then a cookie that only this service can read."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from optimizer.serve.access.access import AccessControl, Refused
from optimizer.serve.access.caller import COOKIE, Caller, caller_of
from optimizer.serve.access.logins import REMEMBERED, Login
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.serve.web.answers import answering, body_of, json_answer

log = logging.getLogger(__name__)


def login_routes(guard: AccessControl) -> list[BaseRoute]:
    """Routes of /api/v1/login (this browser) and /api/v1/logins (all of them)."""

    async def asked(request: Request) -> Response:
        caller = caller_of(request)
        guard.may_read(caller.host)
        return json_answer(_access(guard, caller))

    async def log_in(request: Request) -> Response:
        caller = caller_of(request)
        guard.may_read(caller.host)
        token = (await body_of(request)).get("token")
        secret, login = guard.log_in(caller, token if isinstance(token, str) else "")
        log.warning("login %s: %s may change the house", login.id, login.device)
        answer = json_answer(_login(login, login), 201)
        answer.set_cookie(
            COOKIE,
            secret,
            max_age=int(REMEMBERED.total_seconds()),
            secure=(caller.origin or "").startswith("https:"),
            httponly=True,
            samesite="strict",
        )
        return answer

    async def log_out(request: Request) -> Response:
        caller = caller_of(request)
        guard.may_change(caller)
        own = guard.login_of(caller)
        if own is not None and guard.logins.end(own.id):
            log.warning("login %s ended: %s logged out", own.id, own.device)
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    async def listed(request: Request) -> Response:
        caller = caller_of(request)
        guard.may_change(caller)
        own = guard.login_of(caller)
        return json_answer([_login(login, own) for login in guard.logins.listed()])

    async def end(request: Request) -> Response:
        guard.may_change(caller_of(request))
        id_ = str(request.path_params["id"])
        if not guard.logins.end(id_):
            raise Refused(404, "there is no login with this id. List them with `optimizer logins`")
        log.warning("login %s ended", id_)
        return Response(status_code=204)

    async def end_all(request: Request) -> Response:
        guard.may_change(caller_of(request))
        guard.logins.end_all()
        log.warning("every login ended")
        return Response(status_code=204)

    return [
        Route("/api/v1/login", answering(asked)),
        Route("/api/v1/login", answering(log_in), methods=["POST"]),
        Route("/api/v1/login", answering(log_out), methods=["DELETE"]),
        Route("/api/v1/logins", answering(listed)),
        Route("/api/v1/logins", answering(end_all), methods=["DELETE"]),
        Route("/api/v1/logins/{id}", answering(end), methods=["DELETE"]),
    ]


def _access(guard: AccessControl, caller: Caller) -> hand_doc.Access:
    login = guard.login_of(caller)
    return {
        "token_set": guard.can_change,
        "may_change": login is not None,
        "until": None if login is None else login.until.isoformat(),
    }


def _login(login: Login, own: Login | None) -> hand_doc.LoginDocument:
    return {
        "id": login.id,
        "device": login.device,
        "since": login.since.isoformat(),
        "until": login.until.isoformat(),
        "this_browser": own is not None and own.id == login.id,
    }
