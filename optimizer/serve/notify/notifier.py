"""Notifier: sends messages about troubles. Each target has its own queue, deadline, and thread.

A target that is dead or slow delays neither the other targets nor the service.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol

from optimizer.model.clock import Clock
from optimizer.model.tasks import end_tasks
from optimizer.serve.notify.kept import KeptNotices
from optimizer.serve.notify.message import Message, message
from optimizer.serve.notify.policy import Limits, step
from optimizer.serve.panel import Panel
from optimizer.serve.troubles import PLUG_IN_S, Trouble, troubles
from optimizer.words.language import Language
from optimizer.words.text import Text, joined

log = logging.getLogger(__name__)

UPDATE = "update"
"""The kind of a message about changed rules."""
CHECK_S = 5.0
"""Interval at which troubles are looked at."""
SEND_S = 30.0
"""Deadline of one message at one target."""
MOST_WAITING = 20
"""Messages that wait at a target. Further ones replace the oldest."""
RETRY_S = (10.0, 900.0)
"""First and longest wait before a message is sent again."""
OLDEST_S = 86_400.0
"""An older message is dropped."""
LAST_WORDS_S = 15.0
"""Deadline of the message at the end of the service, and of `optimizer release`."""
LATE = Text("it did not answer in time")


class Sends(Protocol):
    """A place that messages go to."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    async def send(self, message: Message) -> str:
        """Send it. Returns why that failed, or empty."""
        ...


class Waiting(NamedTuple):
    """A message in a queue."""

    message: Message
    since_s: float
    """Monotonic s at which it was made."""


class Outbox:
    """The queue of one target."""

    def __init__(self, target: Sends, clock: Clock) -> None:
        self.target = target
        self.problem = ""
        """Why the last message was not sent. Empty if it was."""
        self._clock = clock
        self._waiting: deque[Waiting] = deque(maxlen=MOST_WAITING)
        self._arrived = asyncio.Event()

    def put(self, message: Message) -> None:
        """Add a message."""
        self._waiting.append(Waiting(message, self._clock.monotonic_s()))
        self._arrived.set()

    async def run(self) -> None:
        """Send until canceled. A message that fails is sent again, and further ones wait."""
        wait_s = RETRY_S[0]
        while True:
            while self._waiting:
                first = self._waiting[0]
                self._take(await self.send(first.message, SEND_S))
                if self.problem and self._clock.monotonic_s() - first.since_s < OLDEST_S:
                    await self._clock.sleep(wait_s)
                    wait_s = min(2.0 * wait_s, RETRY_S[1])
                    continue
                wait_s = RETRY_S[0]
                if self._waiting and self._waiting[0] is first:
                    self._waiting.popleft()
            self._arrived.clear()
            await self._arrived.wait()

    async def send(self, message: Message, within_s: float) -> str:
        """Send one message. Returns why that failed, or empty."""
        try:
            async with self._clock.timeout(within_s):
                return await self.target.send(message)
        except TimeoutError:
            return LATE
        except Exception as error:
            # A target that fails must not end the queue. The text of the error may have the URL, which is a secret.
            return Text("unexpected {error}", error=type(error).__name__)

    def _take(self, problem: str) -> None:
        if problem and not self.problem:
            log.warning("notifications to %s fail: %s", self.target.name, problem)
        elif self.problem and not problem:
            log.info("notifications to %s are sent again", self.target.name)
        self.problem = problem


class Notifier:
    """Follows the troubles of the house and sends what is due."""

    def __init__(
        self,
        targets: Iterable[Sends],
        panel: Panel,
        language: Language,
        store: KeptNotices,
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        plug_in_s: float = PLUG_IN_S,
        unusable: Mapping[str, str] | None = None,
    ) -> None:
        """`unusable` are targets that cannot be used, by name, with the reason."""
        self._outboxes = tuple(Outbox(target, panel.clock) for target in targets)
        self._panel = panel
        self._language = language
        self._store = store
        self._limits = limits
        self._plug_in_s = plug_in_s
        self._unusable = dict(unusable or {})
        self._followed = store.load()

    def problem(self) -> str:
        """The reasons why messages are not sent, by target. Empty while all targets work."""
        found = {**self._unusable, **{one.target.name: one.problem for one in self._outboxes}}
        said = [Text("{name}: {why}", name=name, why=Text.of(why)) for name, why in found.items() if why]
        return joined(list(said), "{first}; {then}")

    async def run(self) -> None:
        """Follow and send until canceled."""
        tasks = [asyncio.ensure_future(outbox.run()) for outbox in self._outboxes]
        try:
            while True:
                self.look()
                await self._panel.clock.sleep(CHECK_S)
        finally:
            await end_tasks(tasks)

    def look(self) -> None:
        """Look at the troubles of now, and put what is due into the queues."""
        report = self._panel.report
        if report is None:
            return
        version, known = report.book_version, self._followed.rules or report.book_version
        found = [*troubles(report, self._panel, self._plug_in_s), *_changed(version, known)]
        local = self._panel.clock.now().astimezone(self._panel.site.zone)
        followed, lines = step(self._followed, found, local, self._limits)
        was_sent = any(one.told_s is not None for key, one in followed.open.items() if key == _key(version))
        self._followed = followed = replace(
            followed, rules=version if was_sent or UPDATE in self._limits.without else known
        )
        self._store.save(followed)
        if lines:
            made = message(self._panel.name, lines, self._language)
            for outbox in self._outboxes:
                outbox.put(made)

    async def last_words(self, left: Mapping[str, str]) -> None:
        """Say that the service has ended without handing back these devices, by key with the reason."""
        local = self._panel.clock.now().astimezone(self._panel.site.zone)
        await say_held(
            left, self._outboxes, self._store, self._limits, site=self._panel.name, language=self._language, local=local
        )


async def say_held(
    left: Mapping[str, str],
    outboxes: Sequence[Outbox],
    store: KeptNotices,
    limits: Limits,
    *,
    site: str,
    language: Language,
    local: datetime,
) -> None:
    """Send that these devices are not handed back, by key with the reason, at an aware local time.

    It takes LAST_WORDS_S at most. A trouble that was sent is not sent again before the time of repetitions, also by
    another process.
    """
    followed, lines = step(store.load(), [_held(key, why) for key, why in left.items()], local, limits)
    if not lines or not outboxes:
        return
    made = message(site, lines, language)
    problems = await asyncio.gather(*(one.send(made, LAST_WORDS_S) for one in outboxes))
    for outbox, problem in zip(outboxes, problems, strict=True):
        if problem:
            log.warning("the last message to %s was not sent: %s", outbox.target.name, problem)
    if not all(problems):
        store.save(followed)


def _key(version: str) -> str:
    return f"{UPDATE}.{version}"


def _changed(version: str, known: str) -> Iterator[Trouble]:
    """That other rules are in force than those that the owner knows. Somebody else may have changed them."""
    if version and version != known:
        text = Text("Changed rules are in force ({version}). `optimizer check` shows them.", version=version[:12])
        yield Trouble(_key(version), UPDATE, text)


def _held(key: str, why: str) -> Trouble:
    text = Text("{name} is not handed back: {why} Run `optimizer release`.", name=key, why=Text.of(_sentence(why)))
    return Trouble(f"hand_back.end.{key}", "hand_back", text)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
