"""Values of any server that answers JSON over HTTP, a JMESPath each: a meter, or the source of inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from optimizer.devices.generic.json_value import JsonValue
from optimizer.devices.generic.paths import compiled, found
from optimizer.devices.generic.quantity import assemble, checked_together
from optimizer.devices.generic.wanted import Wanted, by_name
from optimizer.devices.http import HttpDevice, refusal
from optimizer.devices.http_config import http_config
from optimizer.devices.port import DeviceError, Identity, Sample
from optimizer.devices.words import quoted
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading, unknown
from optimizer.model.text_numbers import as_number
from optimizer.words.text import Text

WHOLE = "@"
"""The path to the whole body, which may be a number as text."""
BLANKS = " \t\r\n"
MILLISECONDS = 1e11
"""Unix times above this are in ms."""


@dataclass(frozen=True, slots=True)
class HttpQuantity:
    """One quantity in a JSON body."""

    quantity: Wanted
    path: str
    """JMESPath to the number: `emeters[0].power`, `data.grid`, `sum([phases[0].w, phases[1].w, phases[2].w])`. `@` is
    the whole body, which may be a text such as `1234.5 W`."""
    request: str = "/"
    """The path of the request from `/` on, with its query: `/rpc/EM.GetStatus?id=0`."""
    time: str = ""
    """JMESPath to when it was measured (unix s or ms, or ISO with a zone); empty = when it was asked."""
    unit: str = ""
    """JMESPath to the unit of the value; empty = the body names none."""
    unit_beside: bool = False
    """True applies a unit that the body names beside the value."""


@dataclass(frozen=True, slots=True)
class HttpJsonConfig:
    """The settings for a meter that answers JSON."""

    name: str
    url: str
    """`http://host[:port][/prefix]` or https."""
    quantities: tuple[HttpQuantity, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request (tokens)."""
    timeout_s: float = 5.0
    verify_tls: bool = True
    ca_file: str = ""


class HttpJsonReader:
    """Reads the values of one server."""

    def __init__(
        self, config: HttpJsonConfig, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Opens nothing yet. Raises ValueError for a URL or path that cannot be used."""
        for entry in config.quantities:
            if not entry.request.startswith("/") or any(character.isspace() for character in entry.request):
                raise ValueError(f"{entry.quantity.quantity}: a request begins with / and has no blanks")
        self._values = {
            entry.quantity.quantity: JsonValue(entry.path, unit_path=entry.unit, unit_beside=entry.unit_beside)
            for entry in config.quantities
        }
        self._texts = {entry.request for entry in config.quantities if entry.path.strip() == WHOLE}
        self._times = {entry.quantity.quantity: compiled(entry.time) for entry in config.quantities if entry.time}
        self._http = HttpDevice(
            http_config(config, headers=config.headers, repeat_closed_get=True), clock, transport=transport
        )
        self._config = config
        self._clock = clock

    async def readings(self) -> dict[str, Reading[Any]]:
        """Each request once. A request that fails makes its quantities unknown; the error, where all fail."""
        bodies: dict[str, tuple[object, float] | DeviceError] = {}
        for request in dict.fromkeys(entry.request for entry in self._config.quantities):
            try:
                bodies[request] = await self._body(request)
            except DeviceError as error:
                bodies[request] = error
        errors = [body for body in bodies.values() if isinstance(body, DeviceError)]
        if len(errors) == len(bodies):
            raise errors[0]
        now_s = self._clock.monotonic_s()
        return by_name(
            ((entry.quantity, self._reading(entry, bodies[entry.request], now_s)) for entry in self._config.quantities),
            now_s,
        )

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._http.close()

    async def _body(self, request: str) -> tuple[object, float]:
        """The document of an answer, or its text if it is no JSON and a path names the whole body."""
        answer = await self._http.request("GET", request)
        if not answer.ok:
            raise refusal(answer)
        try:
            return answer.json(nan_is_null=True), answer.at_s
        except DeviceError:
            if request not in self._texts:
                raise
            return answer.text.strip(BLANKS), answer.at_s

    def _reading(self, entry: HttpQuantity, body: tuple[object, float] | DeviceError, now_s: float) -> Reading[Any]:
        if isinstance(body, DeviceError):
            return unknown(str(body), now_s)
        document, at_s = body
        quantity = entry.quantity
        try:
            value = self._values[quantity.quantity].found_in(document)
        except ValueError as error:
            return unknown(Text("{quantity}: {why}", quantity=quantity.quantity, why=error.args[0]), at_s)
        if entry.time:
            try:
                at_s -= self._age_s(found(self._times[quantity.quantity], document), quantity.max_age_s)
            except ValueError as error:
                return unknown(
                    Text(
                        "{quantity}: {time} {error}", quantity=quantity.quantity, time=entry.time, error=error.args[0]
                    ),
                    at_s,
                )
        return quantity.reading(value, at_s)

    def _age_s(self, value: object, tolerance_s: float) -> float:
        """Seconds since a unix time or an ISO time with a zone, and 0 for a time that is a little ahead of our clock.

        Raises ValueError for what is no time, has no zone, or is further ahead than `tolerance_s`: then nobody knows
        how old the value is.
        """
        age_s = (self._clock.now() - _moment(value)).total_seconds()
        if age_s < -tolerance_s:
            ahead = "finds {value}, {ahead} s in the future; correct the clock or the zone of the meter"
            raise ValueError(Text(ahead, value=quoted(value), ahead=round(-age_s)))
        return max(0.0, age_s)


class HttpJson(HttpJsonReader):
    """One meter. Implements Meter and Identified."""

    def __init__(
        self, config: HttpJsonConfig, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Opens nothing yet. Raises ValueError for a URL, path or quantity that cannot be used."""
        checked_together(entry.quantity for entry in config.quantities)
        super().__init__(config, clock, transport=transport)

    async def read(self) -> Sample:
        """All quantities, as a sample of the meter."""
        return assemble(self._config.name, await self.readings())

    async def identify(self) -> Identity:
        """That it answers; such a meter does not say who it is."""
        await self.read()
        return Identity("http_json")


def _moment(value: object) -> datetime:
    """A unix time in s or ms, or an ISO time with a zone. Raises ValueError."""
    if value is None:
        raise ValueError(Text("finds no time"))
    number = as_number(value)
    try:
        if number is not None:
            return datetime.fromtimestamp(number / 1000.0 if number > MILLISECONDS else number, UTC)
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        at = None
    if at is None:
        raise ValueError(Text("finds {value}, which is no time", value=quoted(value)))
    if at.tzinfo is None:
        zoneless = "finds {value}, a time without a zone; leave `time` out, or let the meter send one"
        raise ValueError(Text(zoneless, value=quoted(value)))
    return at
