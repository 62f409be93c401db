"""A sonnen as meter and as battery that can be told what to do.

A setpoint holds only in manual mode, and there it holds for ever: so the mode from before is on disk before
the first write, every write is checked to be in manual mode, and handing back is verified.
"""

from __future__ import annotations

import asyncio
import logging

import httpx

from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.keep import Keep
from optimizer.devices.port import DeviceError, Identity, Sample, Value
from optimizer.devices.sonnen.api import V1, V2, Direction, SonnenApi
from optimizer.devices.sonnen.config import SonnenConfig
from optimizer.devices.sonnen.documented import documented
from optimizer.devices.sonnen.status import MANUAL, Plate, Status, parsed
from optimizer.model.clock import Clock
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.words.text import Text

log = logging.getLogger(__name__)

SELF_CONSUMPTION = 2
HOLD_S = 30.0
"""A standing power is renewed at this pace (contract: 30–60 s)."""
FOLLOW_S = 10.0
"""Bounds are not known to the device: its power is set anew at this pace, to follow the sun within them."""
VERIFY_S = 10.0
LOOK_S = 1.0
ASK_AGAIN_S = 600.0
ASK_SOON_S, ASK_TIMES = 5.0, 5
"""So soon it is asked again at first, so often: a server in trouble refuses what it will tell a moment later."""
TOLERANCE_W = 250.0


class Sonnen:
    """One sonnen over either API. Implements Meter, BatteryControl, Identified and Documented."""

    def __init__(
        self, config: SonnenConfig, clock: Clock, keep: Keep, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Opens nothing yet. Raises ValueError for a URL that cannot be used; `transport` is for tests."""
        headers = {"Auth-Token": config.token} if config.api == "v2" and config.token else {}
        self._http = HttpDevice(
            HttpConfig(config.url, config.timeout_s, headers=headers, repeat_closed_get=True),
            clock,
            transport=transport,
        )
        self._api: SonnenApi = V1(self._http) if config.api == "v1" else V2(self._http)
        self._config = config
        self._clock = clock
        self._keep = keep
        self._turn = asyncio.Lock()
        self._plate: Plate | None = None
        self._ask_s = 0.0
        """Not before this time is it asked for again."""
        self._refusals = 0
        """How often it was asked for in vain."""
        self._last: tuple[object, float] | None = None
        """The last status' body, and when it was first seen."""
        self._ours = False
        """We have taken it in this life of the program."""
        self._power_w: int | None = None
        """The power of both setpoints together, as last written, W. None: not known."""
        self._refresh_s = HOLD_S

    @property
    def refresh_s(self) -> float:
        """The interval at which an order in force is repeated, s."""
        return self._refresh_s

    async def read(self) -> Sample:
        """One status; also what is printed on the battery, until that is known."""
        plate = await self._printed()
        return (await self._status()).sample(self._config.name, plate)

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._http.close()

    async def identify(self) -> Identity:
        """Brand and, over v2, firmware."""
        await self._status()
        return Identity("sonnen", firmware=await self._api.firmware())

    async def documented(self) -> tuple[Value, ...]:
        """All that its API has."""
        await self._status()
        return await documented(self._http, self._api.paths)

    async def may_write(self) -> str:
        """Whether the operating mode can be reached, which every order begins with."""
        try:
            mode = await self._api.mode()
        except DeviceError as error:
            if error.fault != "unauthorized":
                raise
            hint = "{error} (the token of the battery's own page, Software-Integration, with writing enabled)"
            return Text(hint, error=error.message)
        if mode is None and not self._config.manual_by_hand:
            return Text("it gives no access to its operating mode (see manual_by_hand)")
        return ""

    async def order(self, battery: str, order: BatteryOrder) -> None:
        """Write (or repeat) the order; takes the battery over first where it is not in manual mode."""
        if order.action is BatteryAction.AUTO:
            await self.hand_back(battery)
            return
        async with self._turn:
            await self._printed()
            if self._plate is None and self._refusals < ASK_TIMES:
                raise DeviceError(
                    "refused", Text("{name} has not told its inverter's limit yet: asking again", name=self._http.name)
                )
            await self._take()
            if order.action is BatteryAction.POWER:
                self._refresh_s = HOLD_S
                power_w = self._clamped(order.power_w)
                if await self._write(power_w):
                    await self._read_back(power_w)
                return
            self._refresh_s = FOLLOW_S
            await self._write(self._within(order, await self._status()))

    async def hand_back(self, battery: str) -> None:
        """Both values to 0, then the mode from before, verified; the record is struck off only then.

        Without a record there is nothing to do, whatever its mode: it is on disk before the first write, so the mode
        is the owner's. Where the record is lost, manual mode may be ours and is ended.
        """
        async with self._turn:
            if self._keep.load(self._config.name) is not None:
                await self._release()

    async def _printed(self) -> Plate:
        """The nameplate. It is asked for once, and again from time to time if the device does not report it."""
        if self._plate is None and self._clock.monotonic_s() >= self._ask_s:
            try:
                self._plate = await self._api.plate()
            except DeviceError as error:
                if error.fault not in ("unauthorized", "refused"):
                    raise
                # The status needs no token: reading goes on without.
                self._refusals = max(self._refusals + 1, ASK_TIMES if error.fault == "unauthorized" else 0)
                believed = self._refusals >= ASK_TIMES
                level = logging.WARNING if self._refusals == ASK_TIMES else logging.DEBUG
                log.log(level, "%s: its configuration cannot be read: %s", self._config.name, error)
                self._ask_s = self._clock.monotonic_s() + (ASK_AGAIN_S if believed else ASK_SOON_S)
        return self._plate or Plate()

    async def _status(self) -> Status:
        body, at_s, where = await self._api.status()
        if self._last is not None and self._last[0] == body:
            # Its time stamp has no zone to compare with ours, but one that stands still with all values beside
            # it says that this was measured when it first appeared.
            at_s = self._last[1]
        self._last = (body, at_s)
        return parsed(body, at_s, where)

    async def _take(self) -> None:
        """Manual mode, with the mode from before on disk."""
        name, mode = self._config.name, await self._api.mode()
        if mode is None:
            if not self._config.manual_by_hand:
                raise DeviceError(
                    "refused",
                    Text(
                        "{name} gives no access to its operating mode: it is only read; set manual mode by "
                        "hand and say so in the configuration (manual_by_hand), to have setpoints written",
                        name=self._http.name,
                    ),
                )
            if not self._keep.load(name):
                self._keep.save(name, {"mode": None})
            self._ours = True
            return
        if mode == MANUAL and not self._ours and self._keep.load(name) is not None:
            log.warning("%s is still in the manual mode of an earlier run: released first", name)
            mode = await self._release()
        if not self._keep.load(name):
            self._keep.save(name, {"mode": mode})
        self._ours = True
        if mode != MANUAL:
            self._power_w = None
            await self._change_mode(MANUAL)

    async def _release(self) -> int | None:
        """Returns the mode that it is in afterwards."""
        kept = self._keep.load(self._config.name)
        mode = await self._api.mode()
        if not kept and mode not in (None, MANUAL):
            # We may have taken it, and what was before is lost; but in this mode no setpoint holds.
            self._keep.save(self._config.name, None)
            return mode
        before = (kept or {}).get("mode")
        refusal: DeviceError | None = None
        try:
            await self._api.set_point("charge", 0)
            await self._api.set_point("discharge", 0)
        except DeviceError as error:
            if not error.said_no or mode is None:
                raise
            # While the virtual power plant holds it, setpoints are refused; the mode can still go back.
            refusal = error
        if mode is None:
            await self._read_back(0)
        else:
            mode = before if isinstance(before, int) else SELF_CONSUMPTION
            await self._change_mode(mode)
            if mode == MANUAL and refusal is not None:
                raise refusal
        self._keep.save(self._config.name, None)
        self._ours = False
        self._power_w = None
        return mode

    async def _change_mode(self, mode: int) -> None:
        await self._api.set_mode(mode)
        deadline_s = self._clock.monotonic_s() + VERIFY_S
        while (seen := await self._api.mode()) != mode:
            if self._clock.monotonic_s() >= deadline_s:
                raise DeviceError(
                    "refused",
                    Text(
                        "{name}: mode {mode} was written, {verify} s later it is in mode {seen}",
                        name=self._http.name,
                        mode=mode,
                        verify=VERIFY_S,
                        seen=str(seen),
                    ),
                )
            await self._clock.sleep(LOOK_S)

    async def _write(self, power_w: int) -> bool:
        """The other direction is emptied first, the wanted value comes last. Returns whether it was a change."""
        before, self._power_w = self._power_w, None
        direction: Direction = "discharge" if power_w > 0 else "charge"
        if before is None or before == 0 or (before > 0) != (power_w > 0):
            await self._api.set_point("charge" if direction == "discharge" else "discharge", 0)
        await self._api.set_point(direction, abs(power_w))
        self._power_w = power_w
        return before != power_w

    async def _read_back(self, power_w: int) -> None:
        """Within 10 s its power is the wanted one, or at least not more and not the other way.

        Less may be a battery that is full, empty or at its limit; whoever knows these decides that.
        """
        deadline_s = self._clock.monotonic_s() + VERIFY_S
        while True:
            seen_w = (await self._status()).battery_w.value
            if seen_w is not None and abs(seen_w - power_w) <= TOLERANCE_W:
                return
            if self._clock.monotonic_s() >= deadline_s:
                break
            await self._clock.sleep(LOOK_S)
        if seen_w is not None and min(0, power_w) - TOLERANCE_W <= seen_w <= max(0, power_w) + TOLERANCE_W:
            return
        seen = "an unknown power" if seen_w is None else f"{seen_w:z.0f} W"
        raise DeviceError(
            "refused",
            Text(
                "{name}: told {power} W (+ discharge), {verify} s later it does {seen}",
                name=self._http.name,
                power=power_w,
                verify=VERIFY_S,
                seen=str(seen),
            ),
        )

    def _within(self, order: BatteryOrder, status: Status) -> int:
        """Self-consumption within bounds: its own power plus the grid power brings the grid to zero, clamped. Other
        batteries keep what they do. `home − pv` would take the whole surplus, also the part that they take."""
        if status.battery_w.value is None or status.grid_w.value is None:
            # Standing by breaks no bound.
            return 0
        wanted_w = status.battery_w.value + status.grid_w.value
        if order.max_discharge_w is not None:
            wanted_w = min(wanted_w, order.max_discharge_w)
        if order.max_charge_w is not None:
            wanted_w = max(wanted_w, -order.max_charge_w)
        return self._clamped(wanted_w)

    def _clamped(self, power_w: float) -> int:
        own_w = self._plate.max_power_w.value if self._plate is not None else None
        most_w = self._config.max_discharge_w if own_w is None else min(own_w, self._config.max_discharge_w)
        least_w = self._config.max_charge_w if own_w is None else min(own_w, self._config.max_charge_w)
        return round(max(-least_w, min(most_w, power_w)))
