"""The gateway: two caches with their own refresh interval, a queue of commands, and answers without proof.

Version 3 waits for the answer of its worker and changes its cache at once, under the old time stamp. Version 2 answers
before anything is written, and its cache shows a write with the next refresh.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from optimizer.twin.faults import Fault
from optimizer.twin.givtcp import bodies, commands, version_2
from optimizer.twin.givtcp.evc import COMMANDS as EVC_COMMANDS
from optimizer.twin.givtcp.evc import Evc
from optimizer.twin.givtcp.inverter import Body, Inverter
from optimizer.twin.givtcp.registers import Plate, Registers, act
from optimizer.twin.givtcp.traps import GivTcpTraps
from optimizer.twin.http import HttpServer, Request, Response
from optimizer.twin.live import LiveHouse

HTML = "text/html; charset=utf-8"
PARTLY_S, FULLY_S = 30.0, 120.0
"""Time between two refreshes of the cache, s."""
EVC_S = 10.0
ANSWER_S = 15.0
"""Timeout of the REST side for an answer, s."""
TIMEOUT_TEXT = "{'result':'Error: REST response timeout. Unknown success'}"
LOOK_S = 0.1
TAKES_S = {"syncDateTime": 3.6, "forceCharge": 1.6, "forceExport": 1.6, "setBatteryMode": 0.6}
"""Recorded durations. Other commands take 0.3 s."""
VERSION_2_WORKER_S = 2.0
"""Time from the answer of version 2 to its write of the register, s (observed: up to 4 s)."""
PARTLY_READ = ("eco", "enable_discharge", "enable_target")
"""Holding registers below 60, which a partial refresh reads, with the discharge slots 1 and 2 and charge slot 2. Only a
full refresh reads the others, unless GivTCP wrote them itself."""
SHOWN_AT_ONCE: Mapping[str, tuple[str, ...]] = {
    "setChargeRate": ("charge_rate",),
    "setDischargeRate": ("discharge_rate",),
    "setChargeRateAC": ("charge_rate_ac",),
    "setChargeTarget": ("target_soc",),
    "enableChargeSchedule": ("enable_charge",),
    "enableDischargeSchedule": ("enable_discharge",),
    "setBatteryReserve": ("reserve",),
    "setBatteryCutoff": ("cutoff",),
    "setBatteryPauseMode": ("pause",),
    "setEcoMode": ("eco",),
    **{f"setChargeSlot{number}": ("charge_slots",) for number in ("", 1, 2, 3)},
    **{f"setDischargeSlot{number}": ("discharge_slots",) for number in ("", 1, 2, 3)},
}
"""The values that version 3 shows at once after a command, without the flags of the mode and of the target."""
READS = ("runAll", "readData", "getCache")


@dataclass(slots=True)
class _Waiting:
    command: str
    body: Body
    due_s: float


class GivTcpTwin:
    """One inverter, its battery, and optionally a charger with GivTCP. It has no watchdog, so settings stay."""

    def __init__(
        self, house: LiveHouse, battery: int = 0, charger: int | None = None, *, name: str = "givtcp", rest: int = 1,
        zone: str = "Europe/London", plate: Plate | None = None, traps: GivTcpTraps | None = None,
    ) -> None:  # fmt: skip
        """`battery` and `charger`: their indices in the house. `rest`: the number of the inverter (REST1 to REST5)."""
        self.traps = traps or GivTcpTraps()
        self.regs = Registers()
        self.plate = plate or Plate()
        self.inverter = Inverter(self.plate, self.regs, version=self.traps.version)
        self.evc = Evc(house.physics.chargers[charger]) if charger is not None else None
        self.writes = 0
        self.safe_writes = 0
        self._name = name
        self._house = house
        self._battery = house.physics.batteries[battery]
        self._zone = ZoneInfo(zone)
        self._prefix = f"REST{rest}"
        self._queue: deque[_Waiting] = deque()
        self._replies: dict[str, deque[str]] = {}
        self._in_flight = 0
        self._shown = self.regs.copy()
        self._known = self.regs.copy()
        """The registers that GivTCP knows, because it read or wrote them."""
        self._said: dict[str, str] = {}
        self._written = False
        """Version 2 reads everything with the refresh after a write."""
        self._powers = bodies.measure(house.physics, self._battery)
        self._updated = self._before = house.started.astimezone(self._zone)
        self._due = {"partly": PARTLY_S, "fully": FULLY_S, "evc": 0.0}
        self._evc_cache: dict[str, Any] = {}
        self._servers = (
            HttpServer(self.answer, house.clock, mischief=self._mischief),
            HttpServer(self._answer_direct, house.clock, mischief=self._mischief),
        )
        house.each_cycle(self._cycle)

    @property
    def name(self) -> str:
        """Key of its endpoints, of its faults, and in the ledger."""
        return self._name

    async def start(self) -> Mapping[str, str]:
        """Listen on loopback: endpoint `rest` (…/REST1, port 8099 on the real one) and `direct` (port 6345)."""
        rest, direct = self._servers
        return {"rest": f"{await rest.start()}/{self._prefix}", "direct": await direct.start()}

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        for server in self._servers:
            await server.stop()

    def _mischief(self) -> Fault | None:
        return self._house.faults.pick(self._name, self._house.t_s)

    # the house's seconds

    def _cycle(self, t_s: float) -> None:
        now = self._local(t_s)
        # A copy of the registers in each second would be the most of the work.
        before = self.regs.copy() if self.inverter.is_due(now) else None
        self.inverter.tick(now)
        if before is not None:
            self._learn(before)
        self._drain(t_s)
        act(self.regs, self.plate, self._battery, now.time().replace(tzinfo=None))
        if self.evc is not None:
            self.evc.cycle(t_s)
        self._refresh(t_s, now)

    @property
    def _real_time(self) -> bool:
        """Version 2 knows no real-time control."""
        return self.traps.real_time and self.traps.version == 3

    def _local(self, t_s: float) -> datetime:
        return (self._house.started + timedelta(seconds=t_s)).astimezone(self._zone)

    def _refresh(self, t_s: float, now: datetime) -> None:
        due = {kind for kind, at_s in self._due.items() if t_s >= at_s}
        if not due:
            return
        pace = {"partly": PARTLY_S, "fully": FULLY_S, "evc": EVC_S}
        self._due |= {kind: t_s + pace[kind] for kind in due}
        if "evc" in due and self.evc is not None and not self.evc.broken and not self.traps.frozen:
            self._evc_cache = self.evc.cache(now)
        if not due & {"partly", "fully"} or self.traps.frozen or not self.traps.link:
            return
        if "fully" in due or (self._written and self.traps.version == 2):
            self._known = self.regs.copy()
        else:
            for key in PARTLY_READ:
                setattr(self._known, key, getattr(self.regs, key))
            self._known.discharge_slots[:2] = self.regs.discharge_slots[:2]
            self._known.charge_slots[1] = self.regs.charge_slots[1]
        self._shown, self._said, self._written = self._known.copy(), {}, False
        self._powers = bodies.measure(self._house.physics, self._battery)
        self._before, self._updated = self._updated, now

    def _learn(self, before: Registers) -> None:
        """The inverter answers each write of a register, so GivTCP knows its value."""
        for entry in fields(Registers):
            value = getattr(self.regs, entry.name)
            if value != getattr(before, entry.name):
                setattr(self._known, entry.name, deepcopy(value))
                self._written = True

    def _show_at_once(self, command: str, body: Body) -> None:
        """Version 3 writes the commanded values into its cache, with the old time stamp."""
        for name in SHOWN_AT_ONCE.get(command, ()):
            setattr(self._shown, name, deepcopy(getattr(self.regs, name)))
        if command == "setBatteryMode":
            self._said["Mode"] = str(body["mode"])
            if body["mode"] == "Eco":
                self._shown.reserve = self.regs.reserve
        elif command == "setPauseSlot":
            # It goes into Control and has a date, where no reader expects it.
            self._said["Battery_pause_start_time_slot"] = f"1900-01-01 {body['start']}:00"
            self._said["Battery_pause_end_time_slot"] = f"1900-01-01 {body['finish']}:00"

    def _drain(self, t_s: float) -> None:
        """Carry out the waiting commands while the inverter answers."""
        while self.traps.link and self._queue and self._queue[0].due_s <= t_s:
            waiting = self._queue.popleft()
            before = self.regs.copy()
            reply = self._carry_out(waiting)
            self._learn(before)
            if self.traps.version == 2:
                reply = None
            elif reply is not None and "success" in reply and self.traps.lies.get(waiting.command) != "success":
                self._show_at_once(waiting.command, waiting.body)
            if reply is not None:
                self._replies.setdefault(waiting.command, deque()).append(json.dumps({"result": reply}))
            if self.traps.soon_s is not None:
                self._due["partly"] = min(self._due["partly"], t_s + self.traps.soon_s)

    def _carry_out(self, waiting: _Waiting) -> str | None:
        lie = self.traps.lies.get(waiting.command)
        if lie == "success":
            return f"{waiting.command} was a success"
        before = self.regs.copy()
        self.inverter.version = self.traps.version
        reply = commands.run(self.inverter, waiting.command, waiting.body)
        if self.regs != before:
            self._house.ledger.wrote(self._name, waiting.command)
            self.safe_writes += self._real_time
            self.writes += not self._real_time
        elif reply is None or "success" not in reply:
            self._house.ledger.refuse(self._name)
        return f"{waiting.command} failed: ('ValueError', 'write.py', 1)" if lie == "failure" else reply

    # requests

    async def answer(self, request: Request) -> Response:
        """A request on the common port of all inverters. The path begins with REST1 to REST5."""
        prefix, *path = request.segments() or [""]
        return await self._route(request, path) if prefix == self._prefix else _text("Not Found", 404)

    async def _answer_direct(self, request: Request) -> Response:
        return await self._route(request, request.segments())

    async def _route(self, request: Request, path: list[str]) -> Response:
        self._house.advance()
        if len(path) != 1:
            return _text("Not Found", 404)
        route, reads = path[0], self._reads()
        if route in reads:
            return reads[route]() if request.method == "GET" else _text("Method Not Allowed", 405)
        if route in EVC_COMMANDS and self.evc is not None:
            return self._evc_command(request, route)
        if not commands.known(route, self.traps.version):
            return _text("Not Found", 404)
        if request.method != "POST":
            return _text("Method Not Allowed", 405)
        try:
            body = json.loads(request.body)
        except ValueError:
            return _text("Internal Server Error", 500)
        return await self._command(route, body if isinstance(body, dict) else {})

    def _reads(self) -> dict[str, Callable[[], Response]]:
        return {
            **dict.fromkeys(READS, self._read),
            "getEVCCache": lambda: _json(self._evc_cache or "No EVC data found"),
            "reboot": lambda: _text("Internal Server Error", 500),
            "restart": lambda: _json({"result": "Restarting"}),
        }

    def _read(self) -> Response:
        if self.traps.body == "no cache" and self.traps.version == 2:
            return _text("Internal Server Error", 500)
        if self.traps.body == "no cache":
            return _json({"result": "No register data cache exists, try again later"})
        if self.traps.body == "nothing":
            return _json(0)
        stamp = bodies.Stamp(
            updated=self._updated,
            before=self._before,
            writes=self.writes,
            safe_writes=self.safe_writes,
            real_time=self._real_time,
            said=self._said,
        )
        body = bodies.whole(
            self._powers, self._shown, self.plate, stamp, frozenset(self.inverter.jobs),
            version=self.traps.version, three_phase=self.traps.three_phase,
        )  # fmt: skip
        if self.traps.body == "empty":
            del body["Power"], body["Control"]
        return _json(body)

    async def _command(self, command: str, body: Body) -> Response:
        clock = self._house.clock
        if self.traps.version == 2:
            answer = version_2.immediate_answer(command, body)
            if answer is None:
                return _text("Internal Server Error", 500)
            due_s = self._house.t_s + VERSION_2_WORKER_S + self.traps.late_s
            self._queue.append(_Waiting(command, body, due_s))
            return _text(answer, 200)
        takes_s = TAKES_S.get(command, 0.3) + self.traps.late_s
        self._queue.append(_Waiting(command, body, self._house.t_s + takes_s))
        if self._in_flight:
            self._house.ledger.incident(self._name, f"{command} while another command was in flight")
            if self.traps.parallel_500:
                return _text("Internal Server Error", 500)
        self._in_flight += 1
        try:
            given_up_s = clock.monotonic_s() + ANSWER_S
            while clock.monotonic_s() < given_up_s:
                self._house.advance()
                # Only by the name of the command: after a timeout, the next caller gets this reply.
                if replies := self._replies.get(command):
                    if command.startswith("tempPause") and body.get("duration") == "Cancel" and "Canc" in replies[0]:
                        replies.popleft()
                        return _text("Internal Server Error", 500)
                    return _text(replies.popleft(), 200)
                await clock.sleep(LOOK_S)
            return _text(TIMEOUT_TEXT, 200)
        finally:
            self._in_flight -= 1

    def _evc_command(self, request: Request, command: str) -> Response:
        assert self.evc is not None  # _route has looked
        if request.method != "POST":
            return _text("Method Not Allowed", 405)
        try:
            valid = self.evc.write(command, json.loads(request.body))
        except ValueError:
            valid = False
        if valid:
            self._house.ledger.wrote(self._name, command)
        else:
            self._house.ledger.refuse(self._name)
        if self.traps.evc_500:
            return _text("Internal Server Error", 500)
        return _json({"result": f"{command} was a success"})


def _json(value: object) -> Response:
    return _text(json.dumps(value), 200)


def _text(text: str, status: int) -> Response:
    return Response(status, text.encode(), HTML)
