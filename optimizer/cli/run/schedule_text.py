"""`optimizer why --schedule`: the slots of the schedule with their reasons."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.moments import asked_moment
from optimizer.cli.run.page_client import NOBODY, Json, Page, Unreachable, address_of, given

if TYPE_CHECKING:
    from optimizer.settings import Settings


def explain_schedule(config: Path, url: str | None, at: str | None, *, as_json: bool, full: bool) -> None:
    """Print the schedule in force, or the one that was in force at a recorded moment."""
    from optimizer.cli.console import plain_console

    try:
        document = Page(given(url)).get("schedule") if url is not None and at is None else _document(config, at)
    except Unreachable as error:
        fail(str(error), ExitCode.BROKEN)
    if as_json:
        typer.echo(json.dumps(document, indent=1))
        return
    console = plain_console(highlight=False)
    for line in schedule_lines(document, full=full):
        console.print(line)


def schedule_lines(document: Json, *, full: bool) -> Iterator[str]:
    """The document of /api/v1/schedule as text. Slots with the same modes are one line unless `full`."""
    if document["problem"]:
        yield f"The last attempt has failed: {document['problem']}."
    if document["made"] is None:
        yield f"There is no schedule: {document['why']}."
        return
    yield f"Made {_time(document['made'])} ({document['reason']}), good until {_time(document['good_until'])}."
    known, cost_ct = _time(document["prices_known_until"]), document["cost_ct"]
    yield f"Prices are known until {known}. Expected cost: {cost_ct:.0f} ct."
    for goal in document["goals"]:
        yield f"  {goal['charger']} leaves {_time(goal['ready'])}. {goal['text']}"
    yield from (f"  {note}" for note in document["notes"])
    yield from (f"  Changed: {change}" for change in document["changes"])
    for _, group in groupby(document["slots"], key=lambda slot: slot["start"] if full else _modes(slot)):
        slots = list(group)
        yield _line(slots)
        first = slots[0]
        yield from (f"      {car['charger']}: {car['text']}" for car in first["cars"])
        if first["battery"] is not None:
            yield f"      battery: {first['battery']['text']}"


def _modes(slot: Json) -> tuple[str, ...]:
    cars = tuple(f"{car['charger']} {car['mode']}" for car in slot["cars"])
    return (*cars, f"battery {slot['battery']['mode']}") if slot["battery"] is not None else cars


def _line(slots: list[Json]) -> str:
    prices = [slot["import_ct"] for slot in slots]
    low, high = f"{min(prices):.1f}", f"{max(prices):.1f}"
    price = low if low == high else f"{low} to {high}"
    sun_kw = sum(slot["pv_w"] for slot in slots) / len(slots) / 1000.0
    what = ", ".join(_modes(slots[0])) or "nothing"
    guess = "" if all(slot["known"] for slot in slots) else " (guess)"
    return f"{_time(slots[0]['start'])}  {what} · {price} ct{guess} · sun {sun_kw:.1f} kW"


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%a %H:%M}"


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
        typer.echo(f"{error}; showing the last record", err=True)
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
        raise Unreachable(str(error)) from None
    schedule, before = (*schedules, None, None)[:2]
    why = "" if schedule is not None else "none is recorded before this moment"
    report = ScheduleReport(schedule=schedule, before=before, reason="recorded" if schedule else "", why=why)
    return dict(report_document(report, at.timestamp(), settings.site.zone))
