"""The tables of `optimizer import`: their options, their columns, and their samples."""

# ruff: noqa: PLC0415 - the command imports only what it needs

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.study.common import mistakes, show
from optimizer.words.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from optimizer.study.input.mapping import Source
    from optimizer.study.input.samples import Samples
    from optimizer.study.input.units import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """The options for the format of a table."""

    time_column: Annotated[str, typer.Option(help="Column with the time, or DATE+TIME for two columns.")] = "timestamp"
    time_format: Annotated[
        str, typer.Option(help="Format as in strptime. Default: ISO 8601, Unix time, or 31.12.2025 23:45.")
    ] = ""
    delimiter: Annotated[str | None, typer.Option(help="Character between columns. Default: as in the header.")] = None
    decimal_comma: Annotated[
        bool | None,
        typer.Option(
            "--decimal-comma/--decimal-point", help="Numbers are written 1.234,5 or 1,234.5. Default: as in the column."
        ),
    ] = None
    encoding: Annotated[
        str, typer.Option(help="Encoding, such as cp1252. Default: UTF-8, or as the byte order mark says.")
    ] = ""
    skip: Annotated[
        int, typer.Option(min=0, help="Lines before the header. Default: up to the line with all named columns.")
    ] = 0
    long: Annotated[
        str, typer.Option(help="NAME,VALUE: each row has one state. The mapping uses the names in column NAME.")
    ] = ""
    repeated_hour: Annotated[
        str, typer.Option(help="first or second: the hour that occurs twice, if the table has it once.")
    ] = ""
    times_at_end: Annotated[
        bool | None,
        typer.Option(
            "--times-at-end/--times-at-begin",
            help="The time of a row is the end or the beginning of its interval. Default: as the table tells, else the "
            "beginning.",
        ),
    ] = None
    repeated_times: Annotated[
        bool, typer.Option("--repeated-times", help="Take the mean of rows with the same time.")
    ] = False


def list_columns(out: Path, table: Path, written: TableOptions) -> NoReturn:
    """Print the columns of a table without a mapping, and end the command."""
    from optimizer.cli.console import echo, said
    from optimizer.study.input.guess import find_columns

    with mistakes():
        columns = find_columns(table, written.encoding, written.delimiter, written.skip)
    lines: list[str] = [
        Text("{path}:{line}: the columns, and what they seem to be", path=str(table), line=columns.line)
    ]
    for name, what in columns.guesses:
        quantity = what.removeprefix("-")
        if what == "time":
            lines.append(Text("• {name}: the time", name=name))
        elif not what:
            lines.append(Text("• {name}: not known", name=name))
        elif what == quantity:
            lines.append(Text("• {name}: perhaps {quantity}", name=name, quantity=quantity))
        else:
            lines.append(Text("• {name}: perhaps {quantity} with the opposite sign", name=name, quantity=quantity))
    show(*lines)
    words = [f'--map "{quantity}={text}"' for quantity, text in columns.example().items()]
    if columns.time not in ("", "timestamp") and not columns.long:
        words.append(f'--time-column "{columns.time}"')
    command = f"optimizer import {out} --csv {table} {' '.join(words)}"
    if words:
        echo(said(Text("If this is right: {command}", command=command)))
    fail(
        Text("nothing was written: map pv_w and load_w, or pv_w and grid_w (with battery_w and ev_w if they exist)"),
        ExitCode.MISTAKE,
    )


def samples_of_table(
    path: Path,
    sources: Mapping[str, Source],
    written: TableOptions,
    meanings: Mapping[str, Kind],
    zone: ZoneInfo | None,
) -> tuple[dict[str, list[Samples]], list[str]]:
    """The samples of a table, and remarks. Without `zone`, times without a zone are UTC."""
    from zoneinfo import ZoneInfo

    from optimizer.study.input.interval_ends import Side, note_on_side
    from optimizer.study.input.kinds_by_values import kinds_by_values
    from optimizer.study.input.layout import Form, parse_long
    from optimizer.study.input.power import quantities
    from optimizer.study.input.series import StudyError
    from optimizer.study.input.table import read_table
    from optimizer.study.input.time_format import checked_format
    from optimizer.study.input.times import REPEATED
    from optimizer.study.input.tracks import Reading
    from optimizer.study.input.units import Kind
    from optimizer.study.report.terminal import bars

    if written.repeated_hour not in ("", *REPEATED):
        raise StudyError(
            Text("--repeated-hour “{repeated_hour}” is neither first nor second", repeated_hour=written.repeated_hour)
        )
    form = Form(
        written.time_column,
        delimiter=written.delimiter,
        encoding=written.encoding,
        skip=written.skip,
        long=parse_long(written.long),
    )
    decimal = {None: "", True: ",", False: "."}[written.decimal_comma]
    reading = Reading(
        zone or ZoneInfo("UTC"),
        time_format=checked_format(written.time_format),
        decimal=decimal,
        repeated_hour=written.repeated_hour,
        repeated_times=written.repeated_times,
    )
    with bars(path.name) as bar:
        table = read_table(path, sources, form, reading, progress=lambda part: bar([part]))
    remarks: list[str] = (
        [Text("{unknown} cells are marked as unknown and count as empty.", unknown=table.unknown)]
        if table.unknown
        else []
    )
    if table.without_zone and zone is None:
        remarks.append(Text("The times have no zone and count as UTC. If they are local times, give their --zone."))
    if table.day_numbers:
        remarks.append(Text("The times are numbers and count as days since 1900, as in a spreadsheet."))
    if table.cut_line is not None:
        remarks.append(
            Text(
                "The file ends within line {line}, as a download that was cut off. This line is left out. Check "
                "whether more rows are missing.",
                line=table.cut_line,
            )
        )
    if table.left_out:
        remarks.append(
            Text(
                "{rows} rows in the hour that occurs twice are left out: the rows are not in order, so nothing tells "
                "which of the two hours each is of.",
                rows=table.left_out,
            )
        )
    told, about_kinds = kinds_by_values(table.columns, meanings)
    meanings = {**meanings, **told}
    remarks += about_kinds
    counters = [quantity for quantity, kind in meanings.items() if kind is Kind.COUNTER]
    at_end = written.times_at_end
    if at_end is None and not table.of_states and set(counters) != set(sources):
        at_end = table.side is Side.END
        if note := note_on_side(table.side, by_name=table.side_by_name is Side.END):
            remarks.append(note)
    return quantities(table.columns, meanings, times_at_end=bool(at_end)), remarks
