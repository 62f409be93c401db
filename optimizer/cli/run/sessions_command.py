"""`optimizer sessions`: the visits of cars, and their sums, as a table or as CSV."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.table import table

if TYPE_CHECKING:
    from optimizer.journal.sessions import Session

HEAD = ("charger", "vehicle", "from", "to", "kWh", "surplus", "battery", "grid", "sun", "cost")
CSV_HEAD = (
    "charger", "vehicle", "start", "end", "meter_start_kwh", "meter_end_kwh", "metered_kwh", "energy_kwh",
    "surplus_kwh", "battery_kwh", "grid_kwh", "sun_percent", "grid_cost", "lost_feed_in", "cost", "unpriced_kwh",
    "unaccounted_s", "mode_s", "complete",
)  # fmt: skip


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

    settings = settings_of(config)
    zone = settings.site.zone
    start, end = _span(month, zone)
    try:
        found = read_sessions(state_folder(settings) / JOURNAL_FILE, start, end)
    except JournalError as error:
        fail(str(error), ExitCode.MISTAKE)
    typer.echo(csv_text(found, zone) if as_csv else text(found, zone), nl=False)


def _span(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The begin and the end of a month of the local clock; all times without one."""
    if not month:
        return datetime.fromtimestamp(0, UTC), datetime(9999, 1, 1, tzinfo=UTC)
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    except ValueError:
        fail(f"--month {month}: write a year and a month, such as 2026-05", ExitCode.MISTAKE)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first.astimezone(UTC), following.astimezone(UTC)


def text(found: Sequence[Session], zone: ZoneInfo) -> str:
    """A table of sessions, and one of the months."""
    if not found:
        return "no sessions are recorded\n"
    rows = [
        (
            one.charger,
            one.vehicle or "-",
            f"{one.start.astimezone(zone):%Y-%m-%d %H:%M}",
            "now" if one.open else f"{one.end.astimezone(zone):%Y-%m-%d %H:%M}",
            *_figures((one,)),
        )
        for one in found
    ]
    months: dict[str, list[Session]] = {}
    for one in found:
        months.setdefault(f"{one.start.astimezone(zone):%Y-%m}", []).append(one)
    sums = [(month, str(len(own)), *_figures(own)) for month, own in months.items()]
    head = ("month", "sessions", *HEAD[4:])
    note = "Costs count the grid at its price, and PV and battery at the payment for export that was lost.\n"
    if any(one.unpriced_wh > 0.0 for one in found):
        note += "A price was not known for a part of the energy: this part is in no cost. --csv shows it.\n"
    return f"{table(HEAD, rows)}\n\n{table(head, sums)}\n\n{note}"


def _figures(of: Sequence[Session]) -> tuple[str, ...]:
    energies = [sum(getattr(one, name) for one in of) for name in ("surplus_wh", "battery_wh", "grid_wh")]
    total_wh = sum(energies)
    sun = f"{100.0 * (total_wh - energies[2]) / total_wh:.0f} %" if total_wh > 0.0 else "-"
    cost = sum(one.cost_ct for one in of) / 100.0
    return (f"{total_wh / 1000.0:.2f}", *(f"{wh / 1000.0:.2f}" for wh in energies), sun, f"{cost:.2f}")


def csv_text(found: Iterable[Session], zone: ZoneInfo) -> str:
    """One line a session: times with their zone, energies in kWh, money in units of 100 ct."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEAD)
    for one in found:
        share = one.sun_share
        writer.writerow(
            [
                one.charger,
                _harmless(one.vehicle),
                one.start.astimezone(zone).isoformat(timespec="seconds"),
                "" if one.open else one.end.astimezone(zone).isoformat(timespec="seconds"),
                _kwh(one.meter_start_wh),
                _kwh(one.meter_end_wh),
                _kwh(one.metered_wh),
                *(_kwh(wh) for wh in (one.energy_wh, one.surplus_wh, one.battery_wh, one.grid_wh)),
                "" if share is None else f"{100.0 * share:.1f}",
                *(f"{ct / 100.0:.4f}" for ct in (one.grid_cost_ct, one.lost_feed_in_ct, one.cost_ct)),
                _kwh(one.unpriced_wh),
                f"{one.unaccounted_s:.0f}",
                ";".join(f"{mode}={seconds:.0f}" for mode, seconds in sorted(one.mode_s.items())),
                "no" if one.open else "yes",
            ]
        )
    return out.getvalue()


def _kwh(energy_wh: float | None) -> str:
    return "" if energy_wh is None else f"{energy_wh / 1000.0:.3f}"


def _harmless(word: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{word}" if word[:1] in ("=", "+", "-", "@") else word
