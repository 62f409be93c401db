"""`optimizer why --schedule`: the slots of the schedule with their reasons."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.moments import asked_moment
from optimizer.cli.run.page_client import NOBODY, Json, Page, Unreachable, address_of, given
from optimizer.model.goal_text import WEEKDAYS
from optimizer.words.text import Text, joined, message_of

if TYPE_CHECKING:
    from optimizer.settings import Settings

LEAST_CT = 0.05
"""A smaller part of the cost is not mentioned."""


def explain_schedule(config: Path, url: str | None, at: str | None, *, as_json: bool, full: bool) -> None:
    """Print the schedule in force, or the one that was in force at a recorded moment."""
    from optimizer.cli.console import plain_console

    try:
        document = Page(given(url)).get("schedule") if url is not None and at is None else _document(config, at)
    except Unreachable as error:
        fail(error.args[0], ExitCode.BROKEN)
    if as_json:
        echo(json.dumps(document, indent=1))
        return
    console = plain_console(highlight=False)
    for line in schedule_lines(document, full=full):
        console.print(line)


def schedule_lines(document: Json, *, full: bool) -> Iterator[str]:
    """The document of /api/v1/schedule as text. Slots with the same modes are one line unless `full`."""
    if document["problem"]:
        yield said(_failure(document))
    if document["made"] is None:
        yield said(Text("There is no schedule: {why}.", why=document["why"]))
        return
    made, until, reason = _time(document["made"]), _time(document["good_until"]), document["reason"]
    yield said(Text("Made {time} ({reason}), good until {until}.", time=made, reason=reason, until=until))
    yield said(Text("{known} Expected cost: {cost}.", known=_known(document), cost=_cost(document)))
    for goal in document["goals"]:
        leaves = Text("{charger} leaves {time}.", charger=goal["charger"], time=_time(goal["ready"]))
        yield f"  {said(leaves)} {said(goal['text'])}"
    yield from (f"  {said(note)}" for note in document["notes"])
    yield from (f"  {said(Text('Changed: {change}', change=change))}" for change in document["changes"])
    guess = Text("assumed") if "import_price" in document.get("assumed", ()) else Text("guess")
    for _, group in groupby(document["slots"], key=lambda slot: slot["start"] if full else _modes(slot)):
        slots = list(group)
        yield _line(slots, guess)
        first = slots[0]
        yield from (f"      {car['charger']}: {said(car['text'])}" for car in first["cars"])
        if first["battery"] is not None:
            yield f"      {said(Text('battery'))}: {said(first['battery']['text'])}"


def _failure(document: Json) -> Text:
    """The sentence about the failed attempt: its reason, and the time of the next one."""
    why, next_try = document["problem"], document.get("next_try")
    if next_try is None:
        return Text("The last attempt has failed: {why}.", why=why)
    text = "The last attempt has failed: {why}. The next one is at {time}, or when a goal or a car changes."
    return Text(text, why=why, time=_time(next_try))


def _known(document: Json) -> Text:
    """The sentence about the end of the known prices."""
    until = document["prices_known_until"]
    if until is None:
        return Text("No price from now on is known.")
    return Text("Prices are known until {time}.", time=_time(until))


def _cost(document: Json) -> Text:
    """The cost with those of its parts that are not zero. A service of an older version does not know them."""
    total, costs = Text("{cost_ct}", cost_ct=document["cost_ct"]), document.get("costs")
    if costs is None:
        return total
    named = (
        (costs["import_ct"], Text("import {part_ct}", part_ct=costs["import_ct"])),
        (costs["feed_in_ct"], Text("feed-in {part_ct}", part_ct=-costs["feed_in_ct"])),
        (costs["wear_ct"], Text("wear of the battery {part_ct}", part_ct=costs["wear_ct"])),
        (costs["changes_ct"], Text("starts and other changes {part_ct}", part_ct=costs["changes_ct"])),
    )
    parts: list[str] = [text for value_ct, text in named if abs(value_ct) >= LEAST_CT]
    return Text("{total} ({parts})", total=total, parts=joined(parts, "{first}, {then}")) if parts else total


def _modes(slot: Json) -> tuple[str, ...]:
    cars = tuple(f"{car['charger']} {car['mode']}" for car in slot["cars"])
    return (*cars, f"{said(Text('battery'))} {slot['battery']['mode']}") if slot["battery"] is not None else cars


def _line(slots: list[Json], guess: Text) -> str:
    prices = [slot["import_ct"] for slot in slots]
    low, high = Text("{price_ct}", price_ct=min(prices)), Text("{price_ct}", price_ct=max(prices))
    price = low if low == high else Text("{low} to {high}", low=low, high=high)
    sun = Text("sun {power_w}", power_w=sum(slot["pv_w"] for slot in slots) / len(slots))
    what = ", ".join(_modes(slots[0])) or said(Text("nothing"))
    doubt = "" if all(slot["known"] for slot in slots) else f" ({said(guess)})"
    return f"{said(_time(slots[0]['start']))}  {what} · {said(price)}{doubt} · {said(sun)}"


def _time(text: str) -> Text:
    at = datetime.fromisoformat(text)
    return Text("{day} {time}", day=Text(WEEKDAYS[at.weekday()]), time=f"{at:%H:%M}")


def _document(config: Path, at: str | None) -> Json:
    """From the running service, or from the journal."""
    from optimizer.cli.load import settings_of
    from optimizer.model.clock import SystemClock

    settings = settings_of(config)
    if at is not None:
        return _recorded(settings, asked_moment("--at", at, SystemClock().now(), settings.site.zone))
    address = address_of(settings)
    try:
        if address is None:
            raise Unreachable(NOBODY)
        return Page(address).get("schedule")
    except Unreachable as error:
        echo(said(Text("{error}; showing the last record", error=message_of(error))), err=True)
        return _recorded(settings, SystemClock().now())


def _recorded(settings: Settings, at: datetime) -> Json:
    from optimizer.cli.load import state_folder
    from optimizer.cli.run.assemble import JOURNAL_FILE
    from optimizer.journal.reader import JournalReader
    from optimizer.journal.schema import JournalError
    from optimizer.model.scheduling import ScheduleReport
    from optimizer.schedule.document import schedule_from
    from optimizer.schedule.problem import ProblemError
    from optimizer.serve.web.schedule import report_document

    try:
        found = JournalReader(state_folder(settings) / JOURNAL_FILE).schedules_until(at, 2)
        schedules = [schedule_from(one.schedule) for one in found]
    except (JournalError, ProblemError) as error:
        raise Unreachable(error.args[0]) from None
    schedule, before = (*schedules, None, None)[:2]
    why = "" if schedule is not None else "none is recorded before this moment"
    report = ScheduleReport(schedule=schedule, before=before, reason="recorded" if schedule else "", why=why)
    return dict(report_document(report, at.timestamp(), settings.site.zone))
