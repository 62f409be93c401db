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
from optimizer.devices.switches.config import HttpSwitchConfig, Place
from optimizer.devices.switches.port import MOST_WH, Amount, OnOff, as_written
from optimizer.model.clock import Clock
from optimizer.model.reading import NOT_MEASURED, Reading, unknown
from optimizer.model.state import Switch
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
        self._on = OnOff(config.max_age_s, on_word=config.on_word, off_word=config.off_word)
        places = (config.state, config.power, config.energy)
        self._values = {place.path: JsonValue(place.path) for place in places if place is not None}
        self._written: bool | None = None

    @property
    def timer_s(self) -> float | None:
        """It has no timer."""
        return None

    async def read(self) -> Sample:
        """State, power, and energy, as far as the settings say where they are."""
        config, bodies = self._config, await self._bodies()
        if config.state is not None:
            on = self._reading(self._on, config.state, bodies)
        else:
            on = as_written(self._written, self._clock.monotonic_s())
        power = self._amount("power", config.power, bodies)
        energy = self._amount("energy", config.energy, bodies)
        return Sample(switches=(Switch(config.name, on=on, power_w=power, energy_total_wh=energy),))

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
        if self._config.state is not None and (await self.read()).switches[0].on.value is not False:
            raise DeviceError("refused", Text("switched off, but it does not report off"))

    async def identify(self) -> Identity:
        """That it answers. Such a relay does not say who it is."""
        await self.read()
        return Identity("http")

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._http.close()

    async def _bodies(self) -> dict[str, tuple[object, float]]:
        places = (self._config.state, self._config.power, self._config.energy)
        bodies: dict[str, tuple[object, float]] = {}
        for request in dict.fromkeys(place.where for place in places if place is not None):
            answer = await self._http.get_json(request)
            if not answer.ok:
                raise refusal(answer)
            bodies[request] = (answer.body, answer.at_s)
        return bodies

    def _reading(self, wanted: Wanted, place: Place, bodies: dict[str, tuple[object, float]]) -> Reading[Any]:
        body, at_s = bodies[place.where]
        try:
            value = self._values[place.path].found_in(body)
        except ValueError as error:
            return unknown(error.args[0], at_s)
        return wanted.reading(value, at_s)

    def _amount(self, name: str, place: Place | None, bodies: dict[str, tuple[object, float]]) -> Reading[float]:
        if place is None:
            return NOT_MEASURED
        return self._reading(Amount(name, self._config.max_age_s, place.factor, MOST_WH), place, bodies)
