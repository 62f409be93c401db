"""Messages on their way: own queues, deadlines, and retries. A dead target delays nobody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.control.report import DeviceHealth
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.tasks import end_tasks
from optimizer.serve.notify.kept import KeptNotices
from optimizer.serve.notify.message import Message
from optimizer.serve.notify.notifier import LATE, MOST_WAITING, OLDEST_S, SEND_S, Notifier, Outbox
from optimizer.serve.notify.policy import Limits
from optimizer.serve.panel import Panel
from optimizer.words.language import ENGLISH
from tests.serve.house import SITE, report, state
from tests.virtual_time import VirtualClock, virtually

SILENT = (DeviceHealth("carport", "nrgkick", False, message="no route"),)


class Phone:
    """A target that takes messages, refuses them, or hangs."""

    def __init__(self, name: str = "phone", *, refuses: str = "", hangs: bool = False) -> None:
        self.name = name
        self.refuses = refuses
        self.hangs = hangs
        self.tries = 0
        self.got: list[Message] = []

    async def send(self, message: Message) -> str:
        self.tries += 1
        if self.hangs:
            await asyncio.Event().wait()
        if not self.refuses:
            self.got.append(message)
        return self.refuses


class Broken(Phone):
    """A target that fails in a way that nobody has thought of, and then works."""

    async def send(self, message: Message) -> str:
        if self.tries < 2:
            self.tries += 1
            raise RuntimeError("can't start new thread")
        return await super().send(message)


class House:
    """A notifier of a house that ticks."""

    def __init__(self, folder: Path, *targets: Phone, **more: Any) -> None:
        self.clock = VirtualClock()
        self.panel = Panel(self.clock, SITE)
        self.notifier = Notifier(targets, self.panel, ENGLISH, KeptNotices(KeptFiles(folder)), **more)

    async def live(self, seconds: float, **changes: Any) -> None:
        """The notifier runs while the house ticks."""
        task = asyncio.ensure_future(self.notifier.run())
        for _ in range(int(seconds / 5.0)):
            now = replace(state(), mono_s=self.clock.monotonic_s())
            self.panel.on_tick(report(now, **changes))
            await self.clock.sleep(5.0)
        await end_tasks([task])


@virtually
async def test_every_target_gets_the_message_with_the_reason(tmp_path: Path) -> None:
    phone, mail = Phone("phone"), Phone("mail")
    house = House(tmp_path, phone, mail)
    await house.live(400.0, devices=SILENT)
    assert [one.body for one in phone.got] == ["carport does not answer: no route"]
    assert mail.got == phone.got
    assert house.notifier.problem() == ""


@virtually
async def test_a_target_that_hangs_or_refuses_delays_nobody(tmp_path: Path) -> None:
    dead, full, phone = Phone("dead", hangs=True), Phone("full", refuses="it refuses"), Phone()
    house = House(tmp_path, dead, full, phone)
    await house.live(400.0, devices=SILENT)
    assert len(phone.got) == 1
    assert house.notifier.problem() == f"dead: {LATE}; full: it refuses"


@virtually
async def test_a_target_that_fails_unexpectedly_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken, phone = Broken("broken"), Phone()
    house = House(tmp_path, broken, phone)
    await house.live(400.0, devices=SILENT)
    assert broken.got == phone.got != []
    assert [one.getMessage() for one in caplog.records if "RuntimeError" in one.getMessage()] == [
        "notifications to broken fail: unexpected RuntimeError"
    ]


@virtually
async def test_a_message_is_sent_again_until_it_arrives(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    phone = Phone(refuses="it cannot be reached")
    house = House(tmp_path, phone)
    await house.live(3600.0, devices=SILENT)
    assert 2 <= phone.tries < 12
    phone.refuses = ""
    await house.live(3600.0, devices=SILENT)
    assert [one.body for one in phone.got] == ["carport does not answer: no route"]
    assert caplog.text.count("notifications to phone fail") == 1


@virtually
async def test_an_old_message_is_dropped(tmp_path: Path) -> None:
    phone = Phone(refuses="it cannot be reached")
    outbox = Outbox(phone, VirtualClock())
    task = asyncio.ensure_future(outbox.run())
    outbox.put(Message("a", "old"))
    await asyncio.sleep(OLDEST_S + 3600.0)
    tries, phone.refuses = phone.tries, ""
    outbox.put(Message("a", "new"))
    await asyncio.sleep(3600.0)
    await end_tasks([task])
    assert [one.body for one in phone.got] == ["new"]
    assert tries > 20


@virtually
async def test_the_queue_keeps_the_newest() -> None:
    phone = Phone(hangs=True)
    outbox = Outbox(phone, VirtualClock())
    task = asyncio.ensure_future(outbox.run())
    for number in range(3 * MOST_WAITING):
        outbox.put(Message("a", f"{number}"))
        await asyncio.sleep(0.1)
    phone.hangs = False
    await asyncio.sleep(SEND_S + 3600.0)
    await end_tasks([task])
    assert [one.body for one in phone.got] == [f"{number}" for number in range(2 * MOST_WAITING, 3 * MOST_WAITING)]


@virtually
async def test_a_restart_sends_nothing_twice(tmp_path: Path) -> None:
    phone = Phone()
    for _ in range(3):
        await House(tmp_path, phone).live(400.0, devices=SILENT)
    assert len(phone.got) == 1


@virtually
async def test_changed_rules_are_said_once_also_after_a_restart(tmp_path: Path) -> None:
    phone = Phone()
    house = House(tmp_path, phone)
    await house.live(100.0, book_version="a" * 64)
    assert phone.got == [], "the first rules are no change"
    await house.live(30.0, book_version="b" * 64)
    await house.live(1000.0, book_version="c" * 64)
    again = House(tmp_path, phone)
    await again.live(200.0, book_version="c" * 64)
    await again.live(200.0, book_version="d" * 64)
    await again.live(200.0, book_version="d" * 64, devices=())
    bodies = [one.body for one in phone.got]
    assert bodies == [f"Changed rules are in force ({one * 12}). `optimizer check` shows them." for one in "cd"]


@virtually
async def test_changed_rules_are_not_said_if_the_owner_does_not_want_it(tmp_path: Path) -> None:
    phone = Phone()
    house = House(tmp_path, phone, limits=Limits(without=frozenset({"update"})))
    await house.live(100.0, book_version="a")
    await house.live(200.0, book_version="b")
    wants = House(tmp_path, phone)
    await wants.live(200.0, book_version="b")
    assert phone.got == []


@virtually
async def test_the_last_words_name_what_is_not_handed_back(tmp_path: Path) -> None:
    dead, phone = Phone("dead", hangs=True), Phone()
    house = House(tmp_path, dead, phone)
    await house.notifier.last_words({})
    assert phone.tries == 0
    before_s = house.clock.monotonic_s()
    await house.notifier.last_words({"battery.cellar": "it does not answer"})
    assert [one.body for one in phone.got] == [
        "battery.cellar is not handed back: it does not answer. Run `optimizer release`."
    ]
    assert house.clock.monotonic_s() - before_s < SEND_S
    quiet = House(tmp_path, phone, limits=Limits(without=frozenset({"hand_back"})))
    await quiet.notifier.last_words({"battery.cellar": "it does not answer"})
    assert len(phone.got) == 1


@virtually
async def test_a_target_that_cannot_be_used_is_a_problem(tmp_path: Path) -> None:
    house = House(tmp_path, Phone(), unusable={"mail": "Apprise is not installed."})
    assert house.notifier.problem() == "mail: Apprise is not installed."
