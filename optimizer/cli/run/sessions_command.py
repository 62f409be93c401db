"""`optimizer sessions`: the visits of cars, and their sums, as a table or as CSV."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from optimizer.cli.console import echo
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.table import table
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from optimizer.journal.sessions import Session

UNACCOUNTED_S = 60.0
"""Less time without readings is not worth a note: a start has some seconds."""
HEAD = (
    *(Text("charger"), Text("vehicle"), Text("from"), Text("to"), "kWh", Text("surplus"), Text("battery")),
    *(Text("grid"), Text("sun"), Text("cost"), Text("saved")),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sessions")(sessions)


def sessions(
    config: Annotated[Path, typer.Option("--config", "-c", help="Settings of the site.")] = Path("site.yaml"),
    month: Annotated[str, typer.Option("--month", help="Only this month, such as 2026-05, by the local clock.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with meter readings, for a spreadsheet.")] = False,
) -> None:
    """Show the visits of cars: energy by source, cost by the prices of the time, and the sums of each month."""
    from optimizer.cli.load import settings_of, state_folder
    from optimizer.cli.run.assemble import JOURNAL_FILE
    from optimizer.journal.schema import JournalError
    from optimizer.journal.sessions import read_sessions
    from optimizer.serve.session_csv import csv_text

    settings = settings_of(config)
    zone = settings.site.zone
    start, end = _span(month, zone)
    try:
        found = read_sessions(state_folder(settings) / JOURNAL_FILE, start, end)
    except JournalError as error:
        fail(message_of(error), ExitCode.BROKEN)
    echo(csv_text(found, zone) if as_csv else text(found, zone, settings.prices.currency), nl=False)


def _span(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The begin and the end of a month of the local clock; all times without one."""
    from optimizer.serve.session_sums import month_span

    if not month:
        return datetime.fromtimestamp(0, UTC), datetime(9999, 1, 1, tzinfo=UTC)
    try:
        return month_span(month, zone)
    except ValueError:
        fail(Text("--month {month}: write a year and a month, such as 2026-05", month=month), ExitCode.MISTAKE)


def text(found: Sequence[Session], zone: ZoneInfo, currency: str = "EUR") -> str:
    """A table of sessions, and one of the months, with money in `currency`.

    A dash is a figure that an imported session does not tell.
    """
    from optimizer.serve.session_sums import by_month

    if not found:
        return Text("no sessions are recorded\n")
    rows = [
        (
            f"{one.charger} ({one.source})" if one.source else one.charger,
            one.vehicle or "-",
            f"{one.start.astimezone(zone):%Y-%m-%d %H:%M}",
            Text("now") if one.open else f"{one.end.astimezone(zone):%Y-%m-%d %H:%M}",
            *_figures((one,)),
        )
        for one in found
    ]
    note: str = Text("Energies are in kWh, and costs in {currency}.\n", currency=currency)
    note += Text(
        "Costs count the grid at its price, and PV and battery at the payment for export that was lost.\n"
        "Saved: how much more the same energy would have cost with full power from the moment of plugging in.\n"
    )
    note += notes(found)
    months = sums_table(by_month(found, zone), Text("month"))
    return Text("{rows}\n\n{sums}\n\n{note}", rows=table(HEAD, rows), sums=months, note=note)


def notes(found: Sequence[Session]) -> str:
    """Notes about parts that the figures of these sessions do not contain, a line each."""
    note: str = Text("")
    if any(one.unpriced_wh > 0.0 for one in found):
        note += Text("A price was not known for a part of the energy: this part is in no cost. --csv shows it.\n")
    if any(one.unaccounted_s >= UNACCOUNTED_S for one in found):
        note += Text(
            "Readings were unknown for a part of the time: its energy is in no column. --csv shows the time and the "
            "meter.\n"
        )
    if any(one.source for one in found):
        note += Text(
            "Sessions from evcc begin with the charging, and have its costs. Their sun is PV and battery together.\n"
        )
    if any(one.unknown_wh > 0.0 for one in found):
        note += Text("Energy of unknown origin is in no column but kWh. The part of the sun is that of the rest.\n")
    return note


def sums_table(groups: Mapping[str, Sequence[Session]], of: str = HEAD[0]) -> str:
    """The sums of groups of sessions, by name."""
    head = (of, Text("sessions"), *HEAD[4:])
    return table(head, [(name, str(len(own)), *_figures(own)) for name, own in groups.items()])


def _figures(of: Sequence[Session]) -> tuple[str, ...]:
    from optimizer.serve.session_sums import sums_of

    sums = sums_of(of)
    sun = "-" if sums.sun_share is None else Text("{share_0d} %", share_0d=100.0 * sums.sun_share)
    # Another program does not tell PV from battery, and not always the origin or the price.
    divided = (sums.surplus_wh, sums.battery_wh) if sums.own_sessions else (None, None)
    grid_wh = None if sums.unknown_wh > 0.0 and sums.sun_share is None else sums.grid_wh
    energies = (_two_digits(wh and wh / 1000.0) for wh in (sums.energy_wh, *divided, grid_wh))
    cost = None if not sums.own_sessions and sums.unpriced_wh >= sums.energy_wh - 1.0 else sums.cost_ct / 100.0
    return (*energies, sun, _two_digits(cost), _two_digits(sums.saved_ct and sums.saved_ct / 100.0))


def _two_digits(number: float | None) -> str:
    return "-" if number is None else Text("{number_2d}", number_2d=number)
