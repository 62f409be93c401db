"""The exchange that the feeds of prices and forecasts use."""

from __future__ import annotations

from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock
from optimizer.sources.port import Address, Answer, Request, SourceError
from optimizer.words.text import message_of

TIMEOUT_S = 20.0
"""Deadline of one exchange with a service."""
MAX_BYTES = 2_000_000
"""Largest answer. A week of quarter hours as XML has 100 kB, and of weather as JSON 60 kB."""


class HttpExchange:
    """Reaches the server of one feed. A connection lives for one request only, because rounds are minutes apart."""

    def __init__(self, address: Address, clock: Clock, *, verify_tls: bool = True) -> None:
        self._clock = clock
        self._config = HttpConfig(
            address.url,
            timeout_s=TIMEOUT_S,
            max_bytes=MAX_BYTES,
            headers=address.headers,
            verify_tls=verify_tls,
            raise_unauthorized=False,
            shows_path=not address.private_paths,
        )

    async def __call__(self, request: Request) -> Answer:
        """One exchange. Raises SourceError. Its message has no query and no token."""
        try:
            server = HttpDevice(self._config, self._clock)
        except ValueError as error:
            raise SourceError("refused", message_of(error)) from None
        try:
            method = "GET" if request.body is None else "POST"
            answer = await server.request(method, request.path, body=request.body)
        except DeviceError as error:
            raise SourceError(error.fault, error.args[0]) from None
        finally:
            await server.close()
        return Answer(answer.status, answer.text)
