"""A Shelly relay: RPC of generation 2 and later, and the HTTP API of generation 1.

Every `on` carries the timer of the device (`toggle_after`, `timer`), so that the relay switches off by itself if nobody
repeats it. Sources: shelly-api-docs.shelly.cloud, gen1 and gen2 (components and services, Switch).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from optimizer.devices.http import HttpDevice, refusal
from optimizer.devices.port import DeviceError, Identity, Sample
from optimizer.devices.switches.config import ShellyConfig
from optimizer.devices.switches.port import MOST_WH
from optimizer.devices.values import MOST_W, number_at
from optimizer.devices.words import printable
from optimizer.model.clock import Clock
from optimizer.model.reading import NOT_MEASURED, Reading, known, unknown
from optimizer.model.state import Switch
from optimizer.words.text import Text

WATT_MINUTES = 60.0
"""Generation 1 counts energy in watt-minutes."""
REFUSALS = ("overpower", "overtemp", "overvoltage", "undervoltage")


class Shelly:
    """One relay of a Shelly. Implements Meter, SwitchControl, and Identified."""

    def __init__(
        self, config: ShellyConfig, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Opens nothing yet. Raises ValueError for an unusable address."""
        self._config = config
        self._http = HttpDevice(config.http, clock, transport=transport)
        self._generation = 0
        """0 until the device has told it."""

    @property
    def timer_s(self) -> float | None:
        """The time that each write of `on` starts."""
        return self._config.timer_s

    async def read(self) -> Sample:
        """State, power, and energy of the relay."""
        if await self._generation_of() == 1:
            return Sample(switches=(await self._read_first(),))
        body, at_s = await self._get(f"/rpc/Switch.GetStatus?id={self._config.channel}")
        energy = body.get("aenergy")
        errors = body.get("errors")
        refusals = [word for word in errors if word in REFUSALS] if isinstance(errors, list) else []
        return Sample(
            switches=(
                Switch(
                    self._config.name,
                    on=_flag(body.get("output"), at_s),
                    power_w=_amount(body, ("apower",), at_s, MOST_W),
                    energy_total_wh=_amount(energy if isinstance(energy, Mapping) else {}, ("total",), at_s, MOST_WH),
                    blocked=", ".join(refusals),
                ),
            )
        )

    async def switch(self, on: bool) -> None:
        """Switch the relay. `on` starts the timer of the device."""
        channel, timer_s = self._config.channel, self._config.timer_s
        if await self._generation_of() == 1:
            await self._get(f"/relay/{channel}?turn=on&timer={timer_s:.0f}" if on else f"/relay/{channel}?turn=off")
            return
        timer = f"&toggle_after={timer_s:.0f}" if on else ""
        await self._get(f"/rpc/Switch.Set?id={channel}&on={'true' if on else 'false'}{timer}")

    async def rest(self) -> None:
        """Switch off, and read it back."""
        await self.switch(False)
        (switch,) = (await self.read()).switches
        if switch.on.value is not False:
            raise DeviceError("refused", Text("switched off, but it reports {on}", on=_word(switch.on)))

    async def identify(self) -> Identity:
        """Model and firmware."""
        body, _ = await self._get("/shelly")
        text = {key: printable(str(body.get(key, "")), 40) for key in ("app", "type", "id", "mac", "ver", "fw")}
        return Identity("Shelly", text["app"] or text["type"], text["id"] or text["mac"], text["ver"] or text["fw"])

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._http.close()

    async def _generation_of(self) -> int:
        """The generation that the device tells. Devices of generation 1 do not name it."""
        if not self._generation:
            body, _ = await self._get("/shelly")
            generation = body.get("gen", 1)
            self._generation = generation if isinstance(generation, int) and generation > 0 else 1
        return self._generation

    async def _read_first(self) -> Switch:
        channel = self._config.channel
        relay, at_s = await self._get(f"/relay/{channel}")
        status, status_s = await self._get("/status")
        meters = status.get("meters")
        meter = meters[channel] if isinstance(meters, list) and len(meters) > channel else {}
        meter = meter if isinstance(meter, Mapping) else {}
        total = _amount(meter, ("total",), status_s, MOST_WH)
        return Switch(
            self._config.name,
            on=_flag(relay.get("ison"), at_s),
            power_w=_amount(meter, ("power",), status_s, MOST_W),
            energy_total_wh=total if total.value is None else known(total.value / WATT_MINUTES, status_s),
            blocked="overpower" if relay.get("overpower") is True else "",
        )

    async def _get(self, path: str) -> tuple[Mapping[str, Any], float]:
        answer = await self._http.get_json(path)
        if not answer.ok:
            raise refusal(answer)
        if not isinstance(answer.body, Mapping):
            raise DeviceError("garbled", Text("{where}: the answer is not an object", where=answer.where))
        return answer.body, answer.at_s


def _flag(value: object, at_s: float) -> Reading[bool]:
    return (
        known(value, at_s) if isinstance(value, bool) else unknown(Text("the device does not report its state"), at_s)
    )


def _amount(body: Mapping[str, Any], keys: tuple[str, ...], at_s: float, most: float) -> Reading[float]:
    """A measured amount, never negative. A relay without a meter reports none."""
    if not any(key in body for key in keys):
        return NOT_MEASURED
    reading = number_at(body, keys, at_s, -most, most)
    return reading if reading.value is None else known(max(0.0, reading.value), at_s)


def _word(on: Reading[bool]) -> str:
    return on.why if on.value is None else "on" if on.value else "off"
