"""Inputs of the soak: a server that falls silent, stands still, and lies, and what has to hold for its values.

A known value is one that the server said truthfully, and it is never older than its limit. A server that is well is
read. What was set by hand is in force as it was set.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from optimizer.control.report import TickReport
from optimizer.model.reading import Reading
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.pacing import JITTER, MAX_BACKOFF_S
from optimizer.twin.faults import Fault
from optimizer.twin.http import HttpServer, Request, Response, json_response
from optimizer.twin.live import LiveHouse

SOURCE = "source"
"""The name of the server, of its endpoint, and of its connection."""
MAX_AGE_S = 30.0
TIMEOUT_S = 3.0
POLL_S = 5.0
KNOWN_AFTER_S = MAX_BACKOFF_S * (1.0 + JITTER) + TIMEOUT_S + 15.0
"""A server that is well was read within this time, whatever was before."""
LATEST_S = 12.0
"""An answer may be on its way for so long: the longest latency of the program, and a tick."""
MOST_W = 8_000.0
KEPT = 400
"""Answers that are remembered."""
Lie = Literal["", "range", "word", "null", "stale"]
LIES: tuple[Lie, ...] = ("range", "word", "null", "stale")


def input_settings(endpoints: Mapping[str, str], *, pace: float = 1.0) -> dict[str, Any]:
    """`connections` and `inputs` of the settings."""
    read = {"connection": SOURCE}
    return {
        "connections": {
            SOURCE: {"type": "http_json", "url": endpoints[SOURCE], "poll_s": POLL_S * pace, "timeout_s": TIMEOUT_S}
        },
        "inputs": {
            "boost": {"type": "switch", "max_age_s": MAX_AGE_S, "http": read | {"path": "boost"}},
            "spare_w": {
                "type": "number",
                "unit": "W",
                "min": 0,
                "max": MOST_W,
                "max_age_s": MAX_AGE_S,
                "http": read | {"path": "spare.w", "time": "spare.at"},
            },
            "holiday": {"type": "switch", "default": False},
        },
    }


class InputTwin:
    """The server. Its values change by chance, and it remembers what it said truthfully."""

    def __init__(self, house: LiveHouse, seed: int = 1) -> None:
        self._house = house
        self._random = Random(f"{seed} inputs")
        self._server = HttpServer(self._answer, house.clock, mischief=self._mischief)
        self.lie: Lie = ""
        """How it lies. Empty: it is honest."""
        self.boost, self.spare_w = False, 500.0
        self.said: dict[str, deque[tuple[float, object]]] = {"boost": deque(maxlen=KEPT), "spare_w": deque(maxlen=KEPT)}
        """Monotonic s of the measurement, and the value, for each truthful answer."""
        self.struck_s = -math.inf
        """When a request last met with a fault, or with a lie."""
        self._stood_s = -math.inf
        self._stood_at = self._stood_w = 0.0

    @property
    def name(self) -> str:
        """Key of its endpoint and of its faults."""
        return SOURCE

    async def start(self) -> Mapping[str, str]:
        """Listen on loopback. Returns its URL."""
        return {"": await self._server.start()}

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        await self._server.stop()

    def turn(self) -> None:
        """Other values from now on."""
        self.boost = self._random.random() < 0.5
        self.spare_w = float(self._random.randrange(0, 6_000, 50))

    def lies(self, lie: Lie) -> None:
        """Lie in this way from now on."""
        if lie == "stale" and self.lie != "stale":
            self._stood_s, self._stood_at = self._house.clock.monotonic_s(), self._house.clock.now().timestamp()
            self._stood_w = self.spare_w
            self.said["spare_w"].append((self._stood_s, self.spare_w))
        self.lie = lie

    async def _answer(self, _: Request) -> Response:
        now_s, at = self._house.clock.monotonic_s(), self._house.clock.now().timestamp()
        if self.lie:
            self.struck_s = now_s
        if self.lie == "null":
            return json_response({"boost": None, "spare": None})
        self.said["boost"].append((now_s, self.boost))
        spare: object = self.spare_w
        if self.lie == "range":
            spare = self._random.choice((-500.0, 99_999.0, 1e300))
        elif self.lie == "word":
            spare = self._random.choice(("", "unavailable", "much", "12 kg"))
        elif self.lie == "stale":
            spare, at = self._stood_w, self._stood_at
        else:
            self.said["spare_w"].append((now_s, self.spare_w))
        return json_response({"boost": self.boost, "spare": {"w": spare, "at": at}})

    def _mischief(self) -> Fault | None:
        fault = self._house.faults.pick(SOURCE, self._house.t_s)
        if fault is not None:
            self.struck_s = self._house.clock.monotonic_s()
        return fault


@dataclass
class InputFigures:
    """The known and unknown values that were counted. `bad` lists the errors."""

    known: int = 0
    unknown: int = 0
    """Values of ticks."""
    bad: list[str] = field(default_factory=list)


class InputWatch:
    """Compares the values of each tick with what the server said, and with what was set by hand."""

    def __init__(self, found: InputFigures, twin: InputTwin) -> None:
        self._found = found
        self._twin = twin
        self._well_s = math.inf
        """Since when the server is well and the service runs."""
        self.holiday = False
        """As last set by hand."""

    def set_by_hand(self, board: InputBoard, on: bool) -> None:
        """Somebody sets the input `holiday`."""
        board.set("holiday", on, "soak")
        self.holiday = on

    def interrupted(self) -> None:
        """The service ended, or nothing ran for a while."""
        self._well_s = math.inf

    def on_tick(self, report: TickReport) -> None:
        """A decision was made."""
        now_s, inputs = report.state.mono_s, report.state.inputs
        if self._twin.lie or self._twin.struck_s >= self._well_s:
            self._well_s = math.inf
        else:
            self._well_s = min(self._well_s, now_s)
        for name, said in self._twin.said.items():
            self._judge(name, inputs[name], said, now_s)
        if inputs["holiday"].value is not self.holiday:
            self._found.bad.append(f"holiday is {inputs['holiday'].value}, set to {self.holiday}, at {now_s:.0f} s")

    def _judge(self, name: str, reading: Reading[Any], said: deque[tuple[float, object]], now_s: float) -> None:
        if reading.value is None:
            self._found.unknown += 1
            if now_s - self._well_s > KNOWN_AFTER_S:
                self._found.bad.append(
                    f"{name} is unknown beside a server that is well: {reading.why} at {now_s:.0f} s"
                )
                self._well_s = now_s
            return
        self._found.known += 1
        if now_s - reading.at_s > MAX_AGE_S:
            self._found.bad.append(f"{name} is known although {now_s - reading.at_s:.0f} s old at {now_s:.0f} s")
        elif not any(value == reading.value and abs(at_s - reading.at_s) <= LATEST_S for at_s, value in said):
            self._found.bad.append(f"{name} is {reading.value}, which the server did not say, at {now_s:.0f} s")
