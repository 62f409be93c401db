"""The GivEnergy EV charger behind GivTCP, as a charger like any other: whole amps, Start and Stop.

Every command to it answers 500, also when it worked: so the answer is not looked at, and the effect is looked for
in the charger's cache.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

import httpx

from optimizer.devices.givtcp.call import CHARGER_COMMANDS, call
from optimizer.devices.givtcp.config import GivEvcConfig
from optimizer.devices.givtcp.documented import documented
from optimizer.devices.givtcp.gateway import COMMAND_S, Gateway
from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.keep import Keep
from optimizer.devices.port import DeviceError, Identity, Sample, Value
from optimizer.devices.raw import UNHEARD, Outcome, Progress, RawCommand
from optimizer.devices.values import MOST_W, not_negative, number_at
from optimizer.devices.words import printable
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.site import MAX_CURRENT_A, MIN_CURRENT_A
from optimizer.model.state import Ev, EvStatus
from optimizer.model.text_numbers import as_number
from optimizer.words.text import Text

Fields = Mapping[str, object]

CONFIRM_S = 30.0
"""Within this time the cache shows what was written."""
LOOK_S = 2.0
START_S = 60.0
"""After a Start the charger says Stop until the car draws; it is taken at our word for so long."""
NOISE_W = 100.0
MOST_A = 100.0
MOST_KWH = 1e6
STATUSES = {
    "Idle": EvStatus.DISCONNECTED,
    "Connected": EvStatus.CONNECTED,
    "Starting": EvStatus.CONNECTED,
    "Charging": EvStatus.CHARGING,
    "End of Charging": EvStatus.CONNECTED,
    "Scheduled": EvStatus.CONNECTED,
    "Startup Failure": EvStatus.ERROR,
    "System Failure": EvStatus.ERROR,
    "Unstable CP": EvStatus.ERROR,
}
ON = ("Charging", "Starting")
FULL = "End of Charging"
WAITING = ("Idle", "Connected", FULL, "Scheduled")
"""In these a Start cannot be seen: Control stays at Stop until the car draws."""


KEPT_LIMIT = "energy_limit_kwh"
"""The owner's energy limit among the settings that are kept on disk."""


class GivEvc:
    """One charger.

    Implements Meter, Charger, EnergyLimit, OwnersSettings, Identified, Documented and RawCommands.
    """

    def __init__(
        self, config: GivEvcConfig, clock: Clock, keep: Keep, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Opens nothing yet. Raises ValueError for a URL that cannot be used. `transport` is for tests."""
        self._http = HttpDevice(
            HttpConfig(config.url, config.timeout_s, one_at_a_time=False, repeat_closed_get=True),
            clock,
            transport=transport,
        )
        self._gateway = Gateway(config.url, config.timeout_s, clock, transport=transport)
        self._config = config
        self._clock = clock
        self._keep = keep
        self._turn = asyncio.Lock()
        self._seen: tuple[object, float] | None = None
        """The last body, and when it was first seen."""
        self._started_s: float | None = None
        """When we last told it to start; None after a stop."""

    async def read(self) -> Sample:
        """The charger's cache."""
        fields, at_s = await self._look()
        return Sample(evs=(ev_from(self._config.name, fields, at_s, started=self._believes_start(fields, at_s)),))

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._http.close()
        await self._gateway.http.close()

    async def identify(self) -> Identity:
        """Its serial number."""
        fields, _ = await self._look()
        return Identity("GivEnergy", "EV charger", printable(str(fields.get("Serial_Number", "")), 40))

    async def documented(self) -> tuple[Value, ...]:
        """All that the charger's cache names."""
        fields, at_s = await self._look()
        return documented({"Charger": fields}, at_s)

    @property
    def commands(self) -> Mapping[str, RawCommand]:
        """The charger's own commands of GivTCP's document."""
        return CHARGER_COMMANDS

    async def call(self, name: str, body: Mapping[str, object], progress: Progress = UNHEARD) -> Outcome:
        """Send a command as it is, and watch the charger's cache for what it changes."""
        if name not in CHARGER_COMMANDS:
            raise DeviceError(
                "refused",
                Text(
                    "{name} is no command of the charger; there are: {names}",
                    name=name,
                    names=", ".join(CHARGER_COMMANDS),
                ),
            )
        return await call(self._gateway, self._clock, name, body, progress)

    async def set_current(self, current_a: float) -> None:
        """Current in A, 6–32; whole amps, rounded down."""
        whole_a = int(current_a + 1e-6)
        if not MIN_CURRENT_A <= whole_a <= MAX_CURRENT_A:
            raise DeviceError(
                "refused",
                Text(
                    "{name}: {current} A is outside of 6 to 32 A; stop it instead",
                    name=self._http.name,
                    current=current_a,
                ),
            )

        def done(fields: Fields) -> bool:
            limit_a = as_number(fields.get("Charge_Limit"))
            most_a = as_number(fields.get("Evse_Max_Current"))
            return limit_a is not None and (limit_a == whole_a or (most_a is not None and limit_a == most_a < whole_a))

        await self._command("setCurrentLimit", {"current": whole_a}, done)

    async def set_pause(self, paused: bool) -> None:
        """Stop or Start."""
        if paused:
            self._started_s = None
            await self._command("setChargeControl", {"mode": "Stop"}, _stopped)
            return
        await self._command("setChargeControl", {"mode": "Start"}, _may_be_started)
        self._started_s = self._clock.monotonic_s()

    async def set_energy_limit(self, energy_wh: int) -> None:
        """Wh of the whole session, 0 = none. GivTCP itself ends the session, and keeps the limit for all later ones.

        The owner's limit is on disk before the first write.
        """
        if not self._keep.load(self._config.name):
            fields, _ = await self._look()
            owners_kwh = as_number(fields.get("Max_Session_Energy"))
            if owners_kwh is None:
                raise DeviceError(
                    "refused",
                    Text(
                        "{name}: GivTCP shows no Max_Session_Energy. Your energy limit could not be put back "
                        "later, so nothing is written",
                        name=self._http.name,
                    ),
                )
            self._keep.save(self._config.name, {KEPT_LIMIT: owners_kwh})
        await self._limit_energy(energy_wh / 1000.0)

    async def restore(self) -> None:
        """The energy limit that the owner had set. One that a damaged record has lost stays as it is."""
        kept = self._keep.load(self._config.name)
        if kept is None:
            return
        owners_kwh = as_number(kept.get(KEPT_LIMIT))
        if owners_kwh is not None:
            await self._limit_energy(owners_kwh)
        self._keep.save(self._config.name, None)

    async def _limit_energy(self, kwh: float) -> None:
        await self._command(
            "setMaxSessionEnergy", {"energy": kwh}, lambda fields: as_number(fields.get("Max_Session_Energy")) == kwh
        )

    def _believes_start(self, fields: Fields, at_s: float) -> bool:
        """Whether a Stop in the cache may stand for a Start of ours: for a while, and while the car has had enough."""
        if self._started_s is None:
            return False
        return fields.get("Charging_State") == FULL or at_s < self._started_s + START_S

    async def _command(self, name: str, body: Mapping[str, object], done: Callable[[Fields], bool]) -> None:
        async with self._turn:
            sent_s = self._clock.monotonic_s()
            where = Text("{name} at {device}", name=name, device=self._http.name)
            said = Text("no answer")
            try:
                answer = await self._http.request("POST", f"/{name}", body=body, timeout_s=COMMAND_S)
                if answer.status in (404, 405):
                    raise DeviceError(
                        "refused",
                        Text("{where}: status {status}: no such command here", where=where, status=answer.status),
                    )
                said = Text("status {status}", status=answer.status)
            except DeviceError as error:
                # Without an answer it may have been carried out all the same.
                if error.fault != "timeout":
                    raise
            while True:
                fields, at_s = await self._look()
                # Without a clock in it a body cannot show that it is newer.
                if done(fields) and (at_s > sent_s or "System_Time" not in fields):
                    return
                if self._clock.monotonic_s() >= sent_s + CONFIRM_S:
                    raise DeviceError(
                        "timeout",
                        Text(
                            "{where} ({said}): the charger's cache does not show it after {confirm} s",
                            where=where,
                            said=said,
                            confirm=CONFIRM_S,
                        ),
                    )
                await self._clock.sleep(LOOK_S)

    async def _look(self) -> tuple[Fields, float]:
        """The cache, and when it was made: at the latest when its body, clock included, first looked like this."""
        answer = await self._http.get_json("/getEVCCache")
        if not answer.ok:
            raise DeviceError("refused", Text("{where}: status {status}", where=answer.where, status=answer.status))
        body = answer.body
        fields = body.get("Charger") if isinstance(body, dict) else None
        if not isinstance(fields, dict) or not fields:
            raise DeviceError(
                "garbled", Text("{where}: no charger in the answer (GivTCP has no data of one)", where=answer.where)
            )
        if self._seen is None or self._seen[0] != fields:
            self._seen = (fields, answer.at_s)
        return cast(Fields, fields), self._seen[1]


def ev_from(name: str, fields: Fields, at_s: float, *, started: bool) -> Ev:
    """The charger as its cache has it; `started` = we told it to start a moment ago."""
    state = fields.get("Charging_State")
    amps = tuple(number_at(fields, (f"Current_L{line}",), at_s, 0.0, MOST_A) for line in (1, 2, 3))
    limit_kwh = number_at(fields, ("Max_Session_Energy",), at_s, 0.0, MOST_KWH)
    mode = fields.get("Charging_Mode")
    return Ev(
        name=name,
        status=_status(state, at_s),
        power_w=_power(fields, at_s),
        phase_current_a=amps,
        offered_a=number_at(fields, ("Charge_Limit",), at_s, 0.0, MOST_A),
        paused=_paused(fields, at_s, started),
        phases=_phases(fields, at_s),
        rated_a=number_at(fields, ("Evse_Max_Current",), at_s, 1.0, MOST_A),
        session_energy_wh=_wh(number_at(fields, ("Charge_Session_Energy",), at_s, 0.0, MOST_KWH)),
        energy_total_wh=_wh(number_at(fields, ("Meter_Energy",), at_s, 0.0, MOST_KWH)),
        energy_limit_wh=_wh(limit_kwh),
        blocked=f"GivTCP's own {mode} mode controls it; set its charging mode to Grid"
        if mode in ("Hybrid", "Solar")
        else "",
    )


def _status(state: object, at_s: float) -> Reading[EvStatus]:
    status = STATUSES.get(state) if isinstance(state, str) else None
    return (
        unknown(Text("Charging_State is {state}", state=printable(str(state), 40)), at_s)
        if status is None
        else known(status, at_s)
    )


def _power(fields: Fields, at_s: float) -> Reading[float]:
    """The sum that it reports, or that of its phases."""
    if fields.get("Active_Power") is not None:
        return not_negative(number_at(fields, ("Active_Power",), at_s, -NOISE_W, MOST_W))
    lines = [number_at(fields, (f"Active_Power_L{line}",), at_s, -NOISE_W, MOST_W) for line in (1, 2, 3)]
    values = [line.value for line in lines if line.value is not None]
    # A single-phase charger may report L1 alone; a phase that is there and broken makes the sum unknown.
    broken = [line for line, key in zip(lines, (1, 2, 3), strict=True) if line.value is None and
              fields.get(f"Active_Power_L{key}") is not None]  # fmt: skip
    if broken or not values:
        return broken[0] if broken else lines[0]
    return not_negative(known(sum(values), at_s))


def _paused(fields: Fields, at_s: float, started: bool) -> Reading[bool]:
    control, state = fields.get("Charge_Control"), fields.get("Charging_State")
    if state in ON or control == "Start":
        return known(False, at_s)
    if control == "Stop":
        return known(not started, at_s)
    return unknown(Text("Charge_Control is neither Start nor Stop"), at_s)


def _phases(fields: Fields, at_s: float) -> Reading[int]:
    """By the voltages at its terminals."""
    volts = [as_number(fields.get(f"Voltage_L{line}")) for line in (1, 2, 3)]
    live = sum(volt is not None and volt > 50.0 for volt in volts)
    return (
        known(live, at_s) if live in (1, 3) else unknown(Text("its voltages show neither one nor three phases"), at_s)
    )


def _wh(kwh: Reading[float]) -> Reading[float]:
    return kwh if kwh.value is None else known(kwh.value * 1000.0, kwh.at_s)


def _stopped(fields: Fields) -> bool:
    return fields.get("Charge_Control") == "Stop" and fields.get("Charging_State") not in ON


def _may_be_started(fields: Fields) -> bool:
    """It says Start, or it is in a state in which a Start cannot be seen."""
    return fields.get("Charge_Control") == "Start" or fields.get("Charging_State") in (*ON, *WAITING)
