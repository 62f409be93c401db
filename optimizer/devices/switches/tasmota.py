"""A relay with Tasmota, by its HTTP commands (tasmota.github.io/docs/Commands).

User and password are part of the query, which no message shows. PulseTime is the timer of the device. It is kept in its
flash, so that it is written once, and only if the settings ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from optimizer.devices.http import HttpDevice, refusal
from optimizer.devices.port import DeviceError, Identity, Sample
from optimizer.devices.switches.config import TasmotaConfig
from optimizer.devices.switches.port import OnOff
from optimizer.devices.values import MOST_W, bounded
from optimizer.devices.words import printable
from optimizer.model.clock import Clock
from optimizer.model.reading import NOT_MEASURED, Reading, known
from optimizer.model.state import Switch
from optimizer.words.text import Text

KWH = 1000.0
MOST_KWH = 1e6
PULSE_BASE = 100
"""A PulseTime above 111 is this plus the time in s."""
LONGEST_PULSE_S = 64_800.0
STATE = OnOff(max_age_s=60.0)


class Tasmota:
    """One relay. Implements Meter, SwitchControl, and Identified."""

    def __init__(
        self, config: TasmotaConfig, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Opens nothing yet. Raises ValueError for an unusable address."""
        self._config = config
        self._http = HttpDevice(config.http, clock, transport=transport)
        self._login = ""
        if config.user or config.password:
            self._login = f"&user={quote(config.user or 'admin', safe='')}&password={quote(config.password, safe='')}"
        self._timer_is_set = False

    @property
    def timer_s(self) -> float | None:
        """Its PulseTime, if the settings ask for one."""
        return self._config.timer_s

    async def read(self) -> Sample:
        """State, power, and energy of the relay."""
        on = await self._power("")
        body, at_s = await self._command("Status 8")
        sensors = body.get("StatusSNS")
        energy = sensors.get("ENERGY") if isinstance(sensors, Mapping) else None
        energy = energy if isinstance(energy, Mapping) else {}
        total = self._amount(energy.get("Total"), at_s, MOST_KWH)
        return Sample(
            switches=(
                Switch(
                    self._config.name,
                    on=on,
                    power_w=self._amount(energy.get("Power"), at_s, MOST_W),
                    energy_total_wh=total if total.value is None else known(total.value * KWH, at_s),
                ),
            )
        )

    async def switch(self, on: bool) -> None:
        """Switch the relay. Each `On` starts its PulseTime again."""
        if on and self._config.timer_s is not None and not self._timer_is_set:
            await self._set_timer(self._config.timer_s)
        answer = await self._power(" On" if on else " Off")
        if answer.value is not on:
            raise DeviceError(
                "refused",
                Text("switched {value}, but it answers otherwise: {why}", value="on" if on else "off", why=answer.why),
            )

    async def rest(self) -> None:
        """Switch off, and read it back."""
        await self.switch(False)
        if (await self._power("")).value is not False:
            raise DeviceError("refused", Text("switched off, but it does not report off"))

    async def identify(self) -> Identity:
        """Name and firmware."""
        body, _ = await self._command("Status 2")
        firmware = body.get("StatusFWR")
        version = firmware.get("Version") if isinstance(firmware, Mapping) else ""
        return Identity("Tasmota", firmware=printable(str(version or ""), 40))

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._http.close()

    async def _set_timer(self, timer_s: float) -> None:
        """Write the PulseTime if it differs, because each write wears the flash."""
        wanted = PULSE_BASE + round(min(timer_s, LONGEST_PULSE_S))
        command = f"PulseTime{self._config.relay}"
        body, _ = await self._command(command)
        told = body.get(command)
        if not (isinstance(told, Mapping) and told.get("Set") == wanted):
            await self._command(f"{command} {wanted}")
        self._timer_is_set = True

    async def _power(self, argument: str) -> Reading[bool]:
        """The state that the device answers to `Power<n>`. With a single relay it names it POWER."""
        key = f"POWER{self._config.relay}"
        body, at_s = await self._command(f"Power{self._config.relay}{argument}")
        value = body.get(key, body.get("POWER") if self._config.relay == 1 else None)
        return STATE.reading(value, at_s)

    def _amount(self, value: object, at_s: float, most: float) -> Reading[float]:
        """A measured amount, never negative. Several relays share a list."""
        if isinstance(value, list):
            index = self._config.relay - 1
            value = value[index] if len(value) > index else None
        if value is None:
            return NOT_MEASURED
        reading = bounded(value, "the energy meter", at_s, -most, most)
        return reading if reading.value is None else known(max(0.0, reading.value), at_s)

    async def _command(self, command: str) -> tuple[Mapping[str, Any], float]:
        answer = await self._http.get_json(f"/cm?cmnd={quote(command)}{self._login}")
        if not answer.ok:
            raise refusal(answer)
        body = answer.body
        if not isinstance(body, Mapping):
            raise DeviceError("garbled", Text("{where}: the answer is not an object", where=answer.where))
        if "password" in str(body.get("WARNING", "")):
            raise DeviceError("unauthorized", Text("{where}: user or password is missing or wrong", where=answer.where))
        if body.get("Command") in ("Unknown", "Error"):
            raise DeviceError("refused", Text("{where}: the device does not know the command", where=answer.where))
        return body, answer.at_s
