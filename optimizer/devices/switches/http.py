"""Any relay that is switched over HTTP: a request for on, one for off, and a JMESPath for its state.

Such a relay has no timer. It keeps its state if the service ends without a hand-back. Without a path for the state,
what was written counts as the state, and nothing verifies it.
"""

from __future__ import annotations

from typing import Any

import httpx

from optimizer.devices.generic.json_value import JsonValue
from optimizer.devices.generic.wanted import Wanted
from optimizer.devices.http import HttpDevice, refusal
from optimizer.devices.port import DeviceError, Identity, Sample
from optimizer.devices.switches.config import HttpSwitchConfig
from optimizer.devices.switches.port import switch_of
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading, unknown
from optimizer.words.text import Text


class HttpSwitch:
    """One relay. Implements Meter, SwitchControl, and Identified."""

    def __init__(
        self, config: HttpSwitchConfig, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Opens nothing yet. Raises ValueError for an unusable address or path."""
        self._config = config
        self._clock = clock
        self._http = HttpDevice(config.http, clock, transport=transport)
        self._reports = tuple((wanted, place, JsonValue(place.path)) for wanted, place in config.reports.values())
        self._written: bool | None = None

    @property
    def timer_s(self) -> float | None:
        """It has no timer."""
        return None

    async def read(self) -> Sample:
        """State, power, and energy, as far as the settings say where they are."""
        bodies = await self._bodies()
        readings = {
            wanted.quantity: _reading(wanted, value, *bodies[place.where]) for wanted, place, value in self._reports
        }
        return Sample(switches=(switch_of(self._config.name, readings, self._written, self._clock.monotonic_s()),))

    async def switch(self, on: bool) -> None:
        """Send the request for the state."""
        call = self._config.on if on else self._config.off
        answer = await self._http.request(call.method, call.path, body=call.body)
        if not answer.ok:
            raise refusal(answer)
        self._written = on

    async def rest(self) -> None:
        """Switch off, and read it back if it can be read."""
        await self.switch(False)
        if self._config.reports.state is not None and (await self.read()).switches[0].on.value is not False:
            raise DeviceError("refused", Text("switched off, but it does not report off"))

    async def identify(self) -> Identity:
        """That it answers. Such a relay does not say who it is."""
        await self.read()
        return Identity("http")

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._http.close()

    async def _bodies(self) -> dict[str, tuple[object, float]]:
        bodies: dict[str, tuple[object, float]] = {}
        for request in dict.fromkeys(place.where for _, place, _ in self._reports):
            answer = await self._http.get_json(request)
            if not answer.ok:
                raise refusal(answer)
            bodies[request] = (answer.body, answer.at_s)
        return bodies


def _reading(wanted: Wanted, found: JsonValue, body: object, at_s: float) -> Reading[Any]:
    try:
        value = found.found_in(body)
    except ValueError as error:
        return unknown(error.args[0], at_s)
    return wanted.reading(value, at_s)
