"""The way to GivTCP: one command in flight, its answer not believed, its effect looked for in a newer cache.

Answers are matched by the command's name alone: after one timeout every later answer is its predecessor's. And a
command that timed out is carried out all the same, perhaps minutes later. So the only truth is the cache.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx

from optimizer.devices.givtcp.cache import Cache, NoData, parsed
from optimizer.devices.givtcp.wear import Wear
from optimizer.devices.http import Answer, HttpConfig, HttpDevice
from optimizer.devices.port import DeviceError
from optimizer.devices.words import printable
from optimizer.model.clock import Clock
from optimizer.words.text import Text

COMMAND_S = 22.0
"""Deadline of a command: the real software answers after 15 s at the latest."""
GIVE_UP_S = 150.0
"""After a partial (30 s) and a full (120 s) refresh of the cache a command has not had its effect."""
UNHEARD_S = 35.0
"""The same where no answer came in its time: probably it was lost, and if not, a partial refresh mostly shows it."""
LATE_S = 300.0
"""A command without an effect may still have it until so long after it was sent (seen: two minutes)."""
STOOD_STILL_S = 60.0
"""A cache without news for so long stood still, for two partial refreshes at least. What was done meanwhile is shown
in full only GIVE_UP_S after it moves again."""
SENTENCE = '"result"'
"""In the answer to a command that GivTCP is done with; its own excuse for a timeout is no valid JSON."""
TAKEN = "{}"
"""The answer of version 2 to what it has queued, in its order."""
OPTIONAL = ("setBatteryPauseMode", "setPauseSlot", "setEcoMode")
"""Commands that version 2 does not have, and for which there is another way."""


ROUTES = {"setChargeRate": 405, "setBatteryMode": 405, "setChargeRates": 404}
"""The status of every GivTCP for a GET of two of its commands and of one that does not exist."""


class MissingRoute(DeviceError):
    """This GivTCP has no such command."""

    def __init__(self, command: str, where: str, status: int) -> None:
        super().__init__("refused", Text("{where}: status {status}: no such command here", where=where, status=status))
        self.command = command


LOOK_S = 3.0


@dataclass(frozen=True, slots=True)
class Fresh:
    """A cache, and when its values were measured by our clock."""

    cache: Cache
    at_s: float
    """Monotonic s; never later than the request."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command to be carried out."""

    name: str
    body: object
    done: Callable[[Cache], bool]
    """Whether a cache shows its effect."""
    wears: int = 1
    """Registers in flash memory that it writes."""
    restores: bool = False
    """Whether it puts back what the owner had: it does no harm when it comes late."""
    back: bool = False
    """Whether it belongs to a hand-back: it counts as wear, but the budget does not refuse it."""
    answered: Callable[[], None] = lambda: None
    """Called when GivTCP has taken it."""


@dataclass(slots=True)
class _Pending:
    """A command whose effect has not been seen yet."""

    command: Command
    sent_s: float
    until_s: float
    """When to give it up."""
    said: str = "nothing"


class Gateway:
    """The connection to one inverter behind GivTCP."""

    def __init__(
        self, url: str, timeout_s: float, clock: Clock, *,
        wear: Wear | None = None, transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        """Opens nothing yet. Raises ValueError for a URL that cannot be used; without `wear` nothing is counted."""
        # Not one at a time: a command may hang for 15 s, and readings must go on beside it.
        self.http = HttpDevice(
            HttpConfig(url, timeout_s, one_at_a_time=False, repeat_closed_get=True), clock, transport=transport
        )
        self._clock = clock
        self._wear = wear
        self._turn = asyncio.Lock()
        self._pending: list[_Pending] = []
        self.late_s = 0.0
        """Until this monotonic time a command that was given up may still have its effect, and do harm by it."""
        self.quiet_until_s = -math.inf
        """Before this monotonic time no command is sent: one of a program that died may still be in flight."""
        self.moved_s = -math.inf
        """When the cache was last seen to move after it had stood still."""
        self.missing: set[str] = set()
        """Commands that this GivTCP does not have."""
        self._learned = ""
        """The version whose commands were looked for."""
        self._stamp: datetime | None = None
        self._seen_s = 0.0
        """When this stamp was first seen."""
        self._looked_s = 0.0
        self._not_before_s = -math.inf
        """When the stamp before this one was still seen: these values are not older, whatever the clocks say."""

    async def read(self) -> Fresh:
        """The cache now. Its age is by its own time stamp, and at least since we first saw that stamp.

        A stamp that was seen to move on is news by our own clock too: a wall clock that is wrong by a day, ours or
        GivTCP's, keeps nobody from reading the inverter or handing it back.
        """
        answer = await self.http.request("GET", "/getCache")
        try:
            cache = _cache(answer)
        except NoData:
            raise
        except DeviceError as error:
            # Version 2 answers 500 before it has read the inverter, and a body without values while it starts.
            if self._stamp is None and answer.status in (200, 500) and await self._is_givtcp():
                said = (
                    Text("status {status}", status=answer.status)
                    if not answer.ok
                    else printable(answer.text, 100) or "nothing"
                )
                raise NoData(answer.where, said) from error
            raise
        if cache.updated != self._stamp:
            moved_on = self._stamp is not None and cache.updated > self._stamp
            self._not_before_s = self._looked_s if moved_on else -math.inf
            if self._stamp is not None and answer.at_s - self._seen_s > STOOD_STILL_S:
                self._moved(self._seen_s, answer.at_s)
            self._stamp, self._seen_s = cache.updated, answer.at_s
        self._looked_s = answer.at_s
        since_s = (self._clock.now() - cache.updated).total_seconds()
        by_stamp_s = min(self._seen_s, answer.at_s - max(0.0, since_s))
        return Fresh(cache, max(by_stamp_s, self._not_before_s))

    async def _is_givtcp(self) -> bool:
        """Whether the routes are those of a GivTCP. Changes nothing: a GET of a command is not carried out."""
        try:
            for name, status in ROUTES.items():
                if (await self.http.request("GET", f"/{name}")).status != status:
                    return False
        except DeviceError:
            return False
        return True

    def _moved(self, still_s: float, now_s: float) -> None:
        """The cache stood still from `still_s`; what was given up in that time is awaited anew."""
        self.moved_s = now_s
        if self.late_s > still_s:
            self.late_s = max(self.late_s, now_s + GIVE_UP_S)

    async def learn(self, version: str) -> None:
        """Find out which of the optional commands this GivTCP has; once a version.

        A GET does no harm: it is answered 405 where there is a command to POST, and 404 where there is none.
        """
        if self._learned == version:
            return
        missing = set()
        for name in OPTIONAL:
            try:
                answer = await self.http.request("GET", f"/{name}")
            except DeviceError:
                # It stays unknown: the command itself will tell.
                return
            missing |= {name} if answer.status == 404 else set()
        self.missing, self._learned = missing, version

    async def settled(self) -> None:
        """Wait for the end of a command that an earlier call left pending when it was cut off."""
        async with self._turn:
            await self._settled()

    async def carry_out(self, *commands: Command) -> None:
        """Send them one after another, and return once newer caches show the effect of each that was sent.

        GivTCP carries them out in their order, so the next one leaves as soon as this one was answered. After one
        that was not, or a read that failed, nothing more is sent: look at the cache and call again. When cancelled,
        what was sent stays pending, and the next call waits for its end.

        Raises DeviceError: refused when the day's budget of writes is used up (a hand-back never is), timeout when no
        cache has shown an effect in time (it may still come), and whatever reading the cache raises.
        """
        async with self._turn:
            await self._settled()
            stamp = None
            for command in commands:
                try:
                    cache = (await self.read()).cache
                except DeviceError:
                    if not self._pending:
                        raise
                    break
                if command.done(cache):
                    # What was pending has brought it.
                    continue
                stamp = cache.updated
                self._spend(command)
                if not await self._send(command):
                    break
            if given_up := await self._effects(stamp):
                raise DeviceError("timeout", "; ".join(self._complaint(pending) for pending in given_up))

    async def raw(self, method: str, name: str, body: object) -> tuple[int | None, str]:
        """Send anything, alone in flight; status (None without an answer) and text of the answer, not believed."""
        async with self._turn:
            await self._settled()
            try:
                answer = await self.http.request(method, f"/{name}", body=body, timeout_s=COMMAND_S)
            except DeviceError as error:
                return None, error.message
            return answer.status, printable(answer.text, 500)

    async def _send(self, command: Command) -> bool:
        """Whether GivTCP says that it is done with it, one way or the other; only the cache will tell which."""
        if (wait_s := self.quiet_until_s - self._clock.monotonic_s()) > 0.0:
            await self._clock.sleep(wait_s)
        sent_s = self._clock.monotonic_s()
        pending = _Pending(command, sent_s, sent_s + GIVE_UP_S)
        self._pending.append(pending)
        try:
            answer = await self.http.request("POST", f"/{command.name}", body=command.body, timeout_s=COMMAND_S)
        except DeviceError as error:
            pending.said, pending.until_s = error.message, sent_s + UNHEARD_S
            return False
        if answer.status in (404, 405):
            self._pending.remove(pending)
            self.missing.add(command.name)
            raise MissingRoute(command.name, answer.where, answer.status)
        pending.said = printable(answer.text)
        taken = answer.ok and (SENTENCE in answer.text or answer.text.strip() == TAKEN)
        if not answer.ok:
            pending.until_s = sent_s + UNHEARD_S
        if taken:
            command.answered()
        return taken

    async def _settled(self) -> None:
        """Wait until each earlier command has had its effect, or has had the time for it."""
        await self._effects(None)

    async def _effects(self, stamp: datetime | None) -> list[_Pending]:
        """Wait until caches newer than `stamp` have shown all that is pending; what ran out of time is returned."""
        given_up = []
        while self._pending:
            try:
                cache = (await self.read()).cache
            except DeviceError:
                # A body in the middle of being written, a busy server: the next look may be better.
                if self._clock.monotonic_s() >= max(pending.until_s for pending in self._pending):
                    raise
            else:
                given_up += self._look(cache, stamp)
            if self._pending:
                await self._clock.sleep(LOOK_S)
        return given_up

    def _look(self, cache: Cache, stamp: datetime | None) -> list[_Pending]:
        """Strike off what `cache` shows, if newer than `stamp`, and what has run out of time; returns the latter."""
        now_s = self._clock.monotonic_s()
        if cache.updated != stamp:
            self._pending = [pending for pending in self._pending if not pending.command.done(cache)]
        given_up = [pending for pending in self._pending if now_s >= pending.until_s]
        self._pending = [pending for pending in self._pending if now_s < pending.until_s]
        harmful_s = [pending.sent_s for pending in given_up if not pending.command.restores]
        self.late_s = max(self.late_s, *(sent_s + LATE_S for sent_s in harmful_s), 0.0)
        return given_up

    def _complaint(self, pending: _Pending) -> str:
        return Text(
            "{name} at {device}: no effect in the cache within {sent} s; it may still come (GivTCP said: {said})",
            name=pending.command.name,
            device=self.http.name,
            sent=f"{pending.until_s - pending.sent_s:g}",
            said=pending.said,
        )

    def _spend(self, command: Command) -> None:
        if self._wear is None or not command.wears:
            return
        if self._wear.used_up and not command.back:
            raise DeviceError(
                "refused",
                Text(
                    "{name} at {device}: today's {most} writes to the inverter's flash memory are used "
                    "up; switching real-time control on in GivTCP avoids them",
                    name=command.name,
                    device=self.http.name,
                    most=self._wear.most,
                ),
            )
        # A disk that does not take the count must not keep the owner's settings from coming back.
        self._wear.count(command.wears, in_any_case=command.back)


def _cache(answer: Answer) -> Cache:
    """The cache in an answer to `/getCache`. DeviceError refused for another status, and garbled for what is none."""
    if not answer.ok:
        raise DeviceError("refused", Text("{where}: status {status}", where=answer.where, status=answer.status))
    return parsed(answer.json(), answer.where)
