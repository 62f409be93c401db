"""Asks the running service through the API of its status page."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode
from optimizer.serve.address import authority
from optimizer.words.language import spoken
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.settings import Settings

ANSWER_S = 5.0
MAX_ANSWER_BYTES = 4_000_000
MISTYPED = (404, 422)
"""Answers to a change that names something unknown or impossible, so the mistake is on the command line."""
NOBODY = Text("the status page is off (serve.status), so the command cannot ask the service")
NOTHING_SET = Text(
    "no token is set, so nothing can be changed. Make one with `(umask 077; openssl rand -hex 16 > token.txt)`, write "
    "`token_file: token.txt` under serve.status, and start the service again"
)
NO_ANSWER = "the service does not answer at {address} ({error}). Start the service with `optimizer run`, or check --url"

UrlOption = Annotated[
    str | None, typer.Option("--url", help="Address of the status page, instead of the one in the settings.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the document of the API as JSON.")]
Json = dict[str, Any]


class Unreachable(Exception):
    """The service does not answer, or not with what was asked. The message says why."""

    def __init__(self, why: str, code: ExitCode = ExitCode.BROKEN) -> None:
        super().__init__(why)
        self.code = code
        """Exit code of a command that ends with this error."""


@dataclass(frozen=True, slots=True)
class Page:
    """The status page of a service."""

    address: str
    token: str = ""

    def get(self, path: str, query: dict[str, str] | None = None) -> Json:
        """A document of the API. Raises Unreachable."""
        found = self._ask("GET", path, query=query)
        if not isinstance(found, dict):
            raise Unreachable(
                Text(
                    "{address} answers with {path} in another form. Check its version", address=self.address, path=path
                )
            )
        return found

    def text(self, path: str, query: dict[str, str]) -> str:
        """A text of the API. Raises Unreachable."""
        status, content = self._answer("GET", path, None, query, None)
        if status != 200:
            raise Unreachable(
                Text("{address} answers {path} with {status}", address=self.address, path=path, status=status)
            )
        return content.decode(errors="replace")

    def rows(self, path: str) -> list[Json]:
        """A list of the API, asked with the token. Raises Unreachable."""
        found = self._ask("GET", path, self._opened())
        return found if isinstance(found, list) else []

    def post(self, path: str, body: Json) -> Json:
        """Ask for a change with the token. Raises Unreachable."""
        found: Json = self._ask("POST", path, self._opened(), body=body)
        return found

    def delete(self, path: str) -> Json:
        """End something with the token. Returns what the service has to say about it. Raises Unreachable."""
        found: Json | None = self._ask("DELETE", path, self._opened())
        return found or {}

    def _opened(self) -> dict[str, str]:
        if not self.token:
            raise Unreachable(NOTHING_SET)
        return {"authorization": f"Bearer {self.token}"}

    def _ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        body: Json | None = None,
    ) -> Any:
        import json

        status, content = self._answer(method, path, headers, query, body)
        if status == 204:
            return None
        where = self._where(path)
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            raise Unreachable(
                Text("{where} answers with data that is not JSON. Check that it is the status page", where=where)
            ) from None
        if status not in (200, 201):
            reason = document.get("error", "") if isinstance(document, dict) else ""
            code = ExitCode.MISTAKE if method != "GET" and status in MISTYPED else ExitCode.BROKEN
            raise Unreachable(reason or Text("{where} answers with {status}", where=where, status=str(status)), code)
        return document

    def _where(self, path: str) -> str:
        return f"{self.address.rstrip('/')}/api/v1/{path}"

    def _answer(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None,
        query: dict[str, str] | None,
        body: Json | None,
    ) -> tuple[int, bytes]:
        import httpx

        where = self._where(path)
        given = {"accept-language": spoken().tag, **(headers or {})}
        asked: dict[str, Any] = {"params": query, "headers": given, "json": body}
        try:
            with httpx.stream(method, where, timeout=ANSWER_S, trust_env=False, **asked) as answer:
                content = b""
                for chunk in answer.iter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        raise Unreachable(
                            Text(
                                "{where} answers with more than {max_answer_bytes} bytes",
                                where=where,
                                max_answer_bytes=MAX_ANSWER_BYTES,
                            )
                        )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(Text(NO_ANSWER, address=self.address, error=_reason(error))) from error
        return answer.status_code, content


def _reason(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.ConnectError):
        return Text("no connection")
    return Text("no answer in time") if isinstance(error, httpx.TimeoutException) else str(error)


def page_of(config: Path, url: str | None) -> Page:
    """The page that a command asks, with the token of the settings if they can be read. Ends the command if the page
    is off."""
    from optimizer.cli.exit_codes import fail
    from optimizer.cli.load import settings_of

    if url is not None and not config.exists():
        return Page(given(url))
    settings = settings_of(config)
    address = given(url) if url is not None else address_of(settings)
    if address is None:
        fail(NOBODY, ExitCode.MISTAKE)
    return Page(address, token_of(settings))


def token_of(settings: Settings) -> str:
    """The token of the page, or empty."""
    status = settings.serve.status
    return status.token.get_secret_value() if status is not None and status.token is not None else ""


def address_of(settings: Settings) -> str | None:
    """The address of the status page for this computer; None if the page is off."""
    status = settings.serve.status
    if status is None:
        return None
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(status.host, status.host)
    return f"http://{authority(host, status.port)}"


def given(url: str) -> str:
    """The address as the user writes it, also without http://."""
    return url if "://" in url else f"http://{url}"


def say_not_kept(answer: Json) -> None:
    """Say what the disk of the service did not take of a change by hand."""
    for sentence in answer.get("not_kept", ()):
        echo(said(Text.of(sentence)))
