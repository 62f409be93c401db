"""An NRGkick as the service sees it: Meter, Charger, PhaseSwitch, EnergyLimit, Identified; by any Api."""

from __future__ import annotations

import math

from optimizer.devices.nrgkick.api import (
    BLOCKED,
    CHARGE_PAUSE,
    CURRENT_SET,
    ENERGY_LIMIT,
    PHASE_COUNT,
    SAYS,
    Api,
    Values,
)
from optimizer.devices.nrgkick.codes import text_of
from optimizer.devices.nrgkick.condition import Info
from optimizer.devices.nrgkick.decode import MOST_A, ev_from, identity_from
from optimizer.devices.nrgkick.registers import BY_PATH
from optimizer.devices.port import DeviceError, Identity, Sample, Value
from optimizer.devices.values import number_at
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading
from optimizer.model.site import MAX_CURRENT_A, MIN_CURRENT_A
from optimizer.model.state import NO_COUNT
from optimizer.words.text import Text

MAX_ENERGY_WH = 1_000_000
INFO_S = 300.0
"""`info.…` is read again after this time: the signal changes, and the owner may change the attachment."""
BLOCK_S = 600.0
"""A block is believed for so long: nobody is told when the PV-led profile ends, and who is taken for blocked is
not written to. Longer than a refused write waits for its next attempt."""


class Nrgkick:
    """One charger. Writes nothing but what it is told, and repeats nothing."""

    def __init__(self, name: str, api: Api, clock: Clock) -> None:
        self._name = name
        self._api = api
        self._clock = clock
        self._info: Info | None = None
        """Read at the start, after each lost connection, and every INFO_S: the attachment may have been changed."""
        self._info_tried_s = -math.inf
        self._phases: Reading[int] = NO_COUNT
        self._blocked: dict[str, tuple[str, float]] = {}
        """The refusals of the charger with their times, by path, until a write shows that the block is over."""

    async def read(self) -> Sample:
        """One poll: the charger and its car."""
        try:
            info = await self._recent_info()
            live = await self._api.live()
        except DeviceError as error:
            if error.fault in ("unreachable", "timeout"):
                self._info = None
            raise
        ev = ev_from(self._name, info, live, self._phases, self._block())
        if ev.phases.known:
            self._phases = ev.phases
        return Sample(evs=(ev,))

    async def values(self) -> Values:
        """All that the charger says, by path in its JSON API and in its units."""
        return {value.name: value.value for value in await self.documented()}

    async def documented(self) -> tuple[Value, ...]:
        """The same with unit and meaning."""
        asked_s = self._clock.monotonic_s()
        info, live = await self._api.info(), await self._api.live()
        return (
            *(_documented(path, value, asked_s) for path, value in info.items()),
            *(_documented(path, value, live.time_of(path)) for path, value in live.values.items()),
        )

    async def identify(self) -> Identity:
        """Model, serial number and firmware, asked anew."""
        self._info = await self._read_info()
        return identity_from(self._info.values)

    async def set_current(self, current_a: float) -> None:
        """Per phase in A; cut to what charger and attachment allow, then down to a tenth.

        Refused here below 6 A, where there is only pause.
        """
        info = (await self._known_info()).values
        limits_a = [MAX_CURRENT_A]
        for path in ("info.general.rated_current", "info.connector.max_current"):
            reading = number_at(info, (path,), 0.0, 0.0, MOST_A)
            if reading.value is not None:
                limits_a.append(reading.value)
        allowed_a = min(limits_a)
        wanted_a = min(current_a, allowed_a) if math.isfinite(current_a) else math.nan
        tenths = math.floor(wanted_a * 10 + 1e-6) if wanted_a >= MIN_CURRENT_A - 1e-6 else 0
        if tenths < MIN_CURRENT_A * 10:
            raise DeviceError(
                "refused",
                Text(
                    "a current of {current} A cannot be set: {min_current} A is the least and {allowed} "
                    "A the most; below there is only pause",
                    current=current_a,
                    min_current=MIN_CURRENT_A,
                    allowed=allowed_a,
                ),
            )
        await self._write(CURRENT_SET, tenths / 10)

    async def set_pause(self, paused: bool) -> None:
        """Pause or release."""
        await self._write(CHARGE_PAUSE, 1 if paused else 0)

    async def set_phases(self, phases: int) -> None:
        """1–3; works only when phase switching is enabled in the app."""
        if phases not in (1, 2, 3):
            raise DeviceError("refused", Text("{wired} phases cannot be set: 1, 2 or 3", wired=phases))
        await self._write(PHASE_COUNT, phases)

    async def set_energy_limit(self, energy_wh: int) -> None:
        """Wh of the whole session, 0–1,000,000, 0 = none."""
        if not 0 <= energy_wh <= MAX_ENERGY_WH:
            raise DeviceError(
                "refused",
                Text(
                    "an energy limit of {energy} Wh cannot be set: 0 to {max_energy} Wh",
                    energy=energy_wh,
                    max_energy=MAX_ENERGY_WH,
                ),
            )
        await self._write(ENERGY_LIMIT, int(energy_wh))

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._api.close()

    async def _known_info(self) -> Info:
        if self._info is None:
            self._info = await self._read_info()
        return self._info

    async def _recent_info(self) -> Info:
        """Not older than INFO_S, if the charger gives it. Otherwise the last one, and the next try in INFO_S."""
        info = await self._known_info()
        now_s = self._clock.monotonic_s()
        if now_s - max(info.at_s, self._info_tried_s) < INFO_S:
            return info
        self._info_tried_s = now_s
        try:
            self._info = await self._read_info()
        except DeviceError:
            # Readings that control needs come next; if the charger is away, they say so.
            return info
        return self._info

    async def _read_info(self) -> Info:
        at_s = self._clock.monotonic_s()
        return Info(await self._api.info(), at_s)

    async def _write(self, path: str, value: float) -> None:
        try:
            await self._api.write(path, value)
        except DeviceError as error:
            if error.fault == "refused" and BLOCKED in str(error):
                self._blocked[path] = (str(error).rpartition(SAYS)[2], self._clock.monotonic_s())
            raise
        if path == CHARGE_PAUSE:
            # A PV-led profile never lets this one through, so it has ended.
            self._blocked.clear()
        self._blocked.pop(path, None)

    def _block(self) -> str:
        """The reason of its last refusal, if that is less than BLOCK_S ago. Otherwise empty."""
        now_s = self._clock.monotonic_s()
        return next((said for said, at_s in self._blocked.values() if now_s - at_s < BLOCK_S), "")


def _documented(path: str, value: object, at_s: float) -> Value:
    """The register table has the units of both protocols. The meaning of a code includes its text."""
    register = BY_PATH.get(path)
    unit, meaning = (register.unit, register.meaning) if register else ("", "")
    text = text_of(path, value)
    return Value(
        path,
        value,
        unit,
        meaning=Text("{meaning}: {text}", meaning=Text.of(meaning), text=Text.of(text)) if text else meaning,
        at_s=at_s,
    )
