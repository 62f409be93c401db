"""The service itself through a bad day, recorded and decided again: identical, tick by tick."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta
from pathlib import Path

from optimizer.control.params import Params
from optimizer.journal.reader import JournalReader
from optimizer.journal.setup import Setup
from optimizer.journal.writer import Journal
from optimizer.model.fields import DeviceNames
from optimizer.rules.book.book import Book
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.book.overrides import Override
from optimizer.runtime.decider import RuleDecider
from optimizer.study.replay import replay
from tests.runtime.house import House
from tests.virtual_time import run_virtually

NAMES = DeviceNames(("carport",), ("cellar",), ())
RULES = """
version: 1
defaults:
  ev.mode: surplus
  ev.phases: auto
rules:
  - id: lasting-export
    when: avg(grid.power_w, 2min) < -500W
    for: 1min
    keep_for: 2min
    claim:
      surplus.priority: ev_first
  - id: noon
    schedule: {cron: "15 10 * * *", lasts: 20min}
    limit:
      battery.discharge_w: 0W
"""
EDITED = RULES.replace("-500W", "-900W").replace("20min", "40min")


class Books:
    """A rule book that is edited while the service runs."""

    error = ""
    failures = 0

    def __init__(self, house: House) -> None:
        self._house = house
        self.edit(RULES)

    def edit(self, text: str) -> None:
        self.texts = {"rules.yaml": text}
        self.book: Book = book_from_texts(self.texts, NAMES, self._house.site.zone)

    @property
    def version(self) -> str:
        return self.book.version


async def bad_day(house: House, books: Books, decider: RuleDecider, journal: Journal) -> None:
    """An hour and a half: clouds, a dead meter, a charger that loses writes, an edited rule, an override, a replug."""
    for step in range(270):
        at_s = 20.0 * step
        sun_w = 5000.0 * (0.6 + 0.4 * math.sin(at_s / 97.0)) * (1.0 if step % 90 < 60 else 0.2)
        house.meter.power_w = 400.0 - sun_w + house.charger.offer_a * 3 * 230.0
        house.meter.link.down = 50 <= step < 55
        house.charger.link.lose_writes = 1 if step % 70 == 40 else 0
        house.battery.link.down = 100 <= step < 108
        if step == 125:
            books.edit(EDITED)
            journal.remember_book(books.version, books.texts, 0)
        if step == 150:
            decider.override(Override("ev.carport.mode", "fast", house.clock.now() + timedelta(minutes=10)))
        if step == 200:
            house.charger.replug()
        if step % 60 == 0:
            assert journal.flush()
        await asyncio.sleep(20.0)


def test_the_service_decides_nothing_that_cannot_be_decided_again(tmp_path: Path) -> None:
    house = House()
    books = Books(house)
    decider = RuleDecider(house.site, Params(), books)
    journal = Journal(tmp_path / "journal.db")
    setup = Setup(house.site, Params(), NAMES)
    journal.begin(setup, decider.memory, 0)
    journal.remember_book(books.version, books.texts, 0)
    house.decider, house.reports = decider, journal  # type: ignore[assignment]

    async def live() -> None:
        async with house.running():
            await bad_day(house, books, decider, journal)

    run_virtually(live())
    journal.close()
    assert journal.dropped == 0
    reader = JournalReader(tmp_path / "journal.db")
    span = reader.span()
    assert span is not None
    found = replay(reader, setup, *span, lambda _: True)
    assert found.ticks >= 1080
    assert (found.identical, found.differences, found.without_rules, found.todays) == (found.ticks, [], {}, 0)
