"""The JSON API of an NRGkick: every call a GET, every refusal an object with a string `Response`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx

from optimizer.devices.http import HttpDevice, JsonAnswer, refusal
from optimizer.devices.http_config import http_config
from optimizer.devices.nrgkick.api import CURRENT_SET, DISABLED, SAYS, Live, Values
from optimizer.devices.nrgkick.config import NrgkickConfig
from optimizer.devices.port import DeviceError
from optimizer.devices.words import printable
from optimizer.model.clock import Clock
from optimizer.words.text import Text

MAX_BYTES = 65_536
"""The largest body of the contract is under 2 kB."""
DEEPEST = 4
"""Levels of objects in the API (`values.powerflow.l1.voltage`); deeper ones are not of the contract."""


class JsonApi:
    """One charger over HTTP, one request after another on one connection."""

    def __init__(
        self, config: NrgkickConfig, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        http = http_config(config, max_bytes=MAX_BYTES, repeat_closed_get=True)
        self._http = HttpDevice(http, clock, transport=transport)

    async def info(self) -> Values:
        """All sections of /info."""
        return dict(_flat("info", _object(await self._http.get_json("/info"))))

    async def live(self) -> Live:
        """/values, then /control."""
        values = await self._http.get_json("/values")
        flat = dict(_flat("values", _object(values)))
        flat.update(_flat("control", _object(await self._http.get_json("/control"))))
        return Live(flat, values.at_s)

    async def write(self, path: str, value: float) -> None:
        """`GET /control?key=value`; the answer must name the key."""
        key = path.removeprefix("control.")
        text = f"{value:.1f}" if path == CURRENT_SET else f"{value:.0f}"
        answer = await self._http.get_json(f"/control?{key}={text}")
        if key not in _object(answer):
            raise DeviceError(
                "garbled",
                Text("{where}: the answer does not confirm {key}={text}", where=answer.where, key=key, text=text),
            )

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._http.close()


def _object(answer: JsonAnswer) -> Mapping[str, object]:
    """The body of an answer that is none of the refusals."""
    body = answer.body
    response = body.get("Response") if isinstance(body, dict) else None
    if isinstance(response, str):
        hint = Text(" (switch on the local JSON API there)") if DISABLED in response else ""
        raise DeviceError(
            "refused",
            Text(
                "{where}: {says}{response}{hint}",
                where=answer.where,
                says=SAYS,
                response=printable(response),
                hint=hint,
            ),
        )
    if not answer.ok:
        raise refusal(answer)
    if not isinstance(body, dict):
        raise DeviceError("garbled", Text("{where}: the answer is no JSON object", where=answer.where))
    return body


def _flat(prefix: str, tree: Mapping[str, object], depth: int = 1) -> Iterator[tuple[str, object]]:
    """Leaves by path. Firmware before 4.0.0.100 ends some keys in a colon; a key without one wins."""
    for key, value in sorted(tree.items(), key=lambda item: not item[0].endswith(":")):
        path = f"{prefix}.{key.removesuffix(':')}"
        if isinstance(value, dict):
            if depth < DEEPEST:
                yield from _flat(path, value, depth + 1)
        else:
            yield path, value
