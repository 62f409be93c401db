"""`optimizer import`: data of other programs become a trace."""

# ruff: noqa: PLC0415 - the command imports only what it needs

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.moments import asked_moment
from optimizer.cli.options import grouped
from optimizer.cli.study.common import interrupt, mistakes, show
from optimizer.cli.study.options import StartOption
from optimizer.words.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from optimizer.study.input.mapping import Source
    from optimizer.study.input.samples import Samples
    from optimizer.study.input.units import Kind

FOR_TABLES = (
    "--time-column, --time-format, --delimiter, --decimal-comma, --decimal-point, --encoding, --skip, --long, "
    "--repeated-hour, --times-at-end, --times-at-begin, and --repeated-times"
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOptions:
    """The options for the meaning of a quantity's values."""

    power: Annotated[
        list[str], typer.Option("--power", help="Quantity in W, whatever its unit and values look like. Repeatable.")
    ] = field(default_factory=list)
    energy: Annotated[
        list[str], typer.Option("--energy", help="Quantity with the Wh of the interval from each row on. Repeatable.")
    ] = field(default_factory=list)
    counter: Annotated[
        list[str], typer.Option("--counter", help="Quantity with a meter reading in Wh that grows. Repeatable.")
    ] = field(default_factory=list)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(grouped(import_))


def import_(
    *,
    out: Annotated[Path, typer.Argument(help="Trace file to write. A name with .gz is compressed.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="QUANTITY=[-]COLUMN[*FACTOR][+COLUMN …], or a PromQL query. Repeatable. Without it, the columns of "
            "--csv are listed.",
        ),
    ] = None,
    table: Annotated[Path | None, typer.Option("--csv", help="CSV file with a header, plain or gzip.")] = None,
    prometheus: Annotated[str, typer.Option(help="Address of Prometheus, such as http://10.0.0.5:9090.")] = "",
    home_assistant: Annotated[
        str,
        typer.Option("--home-assistant", help="Address of Home Assistant, such as http://homeassistant.local:8123."),
    ] = "",
    token: Annotated[
        str, typer.Option(help="Long-lived access token of Home Assistant.", envvar="HOME_ASSISTANT_TOKEN")
    ] = "",
    statistics: Annotated[
        bool,
        typer.Option("--statistics", help="Take the long-term statistics of Home Assistant: a value for each hour."),
    ] = False,
    start: StartOption = None,
    end: Annotated[str | None, typer.Option("--to", help="Last moment. Default: the end of the table, or now.")] = None,
    zone: Annotated[str, typer.Option(help="Time zone of times without a zone. Default: UTC.")] = "",
    written: TableOptions,
    kinds: KindOptions,
    step: Annotated[float | None, typer.Option(min=60.0, help="Seconds per row. Default: as in the data.")] = None,
) -> None:
    """Convert other data into a trace: pv_w and load_w, or grid_w, battery_w, and ev_w to calculate the load."""
    set_up(LogFormat.TEXT)
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from optimizer.study.input.history import assemble
    from optimizer.study.input.mapping import parse_mapping
    from optimizer.study.input.noon import noon_note
    from optimizer.study.input.series import StudyError
    from optimizer.study.input.trace import write_trace
    from optimizer.study.input.units import parse_kinds

    if not mapping and table is not None:
        _list_columns(out, table, written)
    with mistakes():
        sources = parse_mapping(mapping or ())
        meanings = parse_kinds(kinds.power, kinds.energy, kinds.counter)
        try:
            local = ZoneInfo(zone or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            raise StudyError(
                Text("“{zone}” is not a time zone. Write a name such as Europe/Berlin", zone=zone)
            ) from None
        if [table is not None, bool(prometheus), bool(home_assistant)].count(True) != 1:
            raise StudyError(Text("name one of --csv, --prometheus, and --home-assistant"))
        if statistics and not home_assistant:
            raise StudyError(Text("--statistics applies to --home-assistant"))
        now = datetime.now(UTC)
        first = None if start is None else asked_moment("--from", start, now, local)
        last = None if end is None else asked_moment("--to", end, now, local)
        if table is not None:
            samples, remarks = _of_table(table, sources, written, meanings, local if zone else None)
            series = assemble(table.name, samples, step)
            if zone and (note := noon_note(series, local)):
                remarks.append(note)
            if first is not None or last is not None:
                series = series.part(first or series.start, last or series.end)
        else:
            if written != TableOptions():
                raise StudyError(
                    Text("{options} apply to CSV files. Leave them out with --prometheus", options=FOR_TABLES)
                )
            last = last or now
            if home_assistant:
                samples, remarks = _of_home_assistant(
                    home_assistant, token, sources, meanings, first, last, statistics=statistics
                )
            else:
                samples, remarks = _of_prometheus(
                    prometheus, sources, meanings, first or last - timedelta(days=30), last, step or 60.0
                )
            series = assemble(out.name, samples, step or _usual_step_s(bool(home_assistant), statistics))
            if statistics:  # the last reading of a counter begins an hour that is not asked for
                series = series.part(series.start, last)
        write_trace(series, out)
    show(
        Text(
            "{out}: {start} to {end} UTC, {count} rows of {step} s, {known_share_1d} % of them known",
            out=str(out),
            start=f"{series.start:%Y-%m-%d %H:%M}",
            end=f"{series.end:%Y-%m-%d %H:%M}",
            count=len(series.pv_w),
            step=series.step_s,
            known_share_1d=100.0 * series.known_share,
        ),
        *(Text("• {note}", note=note) for note in (*remarks, *series.notes)),
    )


def _list_columns(out: Path, table: Path, written: TableOptions) -> NoReturn:
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


def _usual_step_s(home_assistant: bool, statistics: bool) -> float | None:
    """Seconds of a row without --step. None: as in the data."""
    return 3600.0 if statistics else 60.0 if home_assistant else None


def _of_table(
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
    from optimizer.study.input.table import Reading, read_table
    from optimizer.study.input.times import REPEATED, checked_format
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


def _of_home_assistant(
    url: str,
    token: str,
    sources: Mapping[str, Source],
    meanings: Mapping[str, Kind],
    first: datetime | None,
    last: datetime,
    *,
    statistics: bool,
) -> tuple[dict[str, list[Samples]], list[str]]:
    """The states or the statistics of the entities, read as a table, and remarks."""
    from tempfile import TemporaryDirectory

    from optimizer.study.input.home_assistant import KEPT, entities_of, save_history
    from optimizer.study.input.series import StudyError
    from optimizer.study.input.statistics import KEPT as LONG
    from optimizer.study.input.statistics import save_statistics
    from optimizer.study.report.terminal import bars

    if not token:
        raise StudyError(Text("Home Assistant wants a token. Put a long-lived one into HOME_ASSISTANT_TOKEN"))
    entities = entities_of(sources.values())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "home-assistant.csv"
        with bars("Home Assistant") as bar, interrupt() as stop:

            def watch(part: float) -> bool:
                bar([part])
                return not stop

            if statistics:
                complete = save_statistics(path, url, token, entities, first or last - LONG, last, watch=watch)
            else:
                complete = save_history(path, url, token, entities, first or last - KEPT, last, watch=watch)
        samples, remarks = _of_table(path, sources, TableOptions(), meanings, None)
    return samples, remarks if complete else [
        *remarks,
        Text("Stopped. These are the days that Home Assistant had sent."),
    ]


def _of_prometheus(
    url: str,
    sources: Mapping[str, Source],
    meanings: Mapping[str, Kind],
    first: datetime,
    last: datetime,
    step_s: float,
) -> tuple[dict[str, list[Samples]], list[str]]:
    """The samples of the queries, and remarks."""
    from optimizer.study.input.mapping import Term
    from optimizer.study.input.power import quantities
    from optimizer.study.input.prometheus import fetch
    from optimizer.study.input.table import Column
    from optimizer.study.report.terminal import bars

    with bars("Prometheus") as bar, interrupt() as stop:

        def watch(part: float) -> bool:
            bar([part])
            return not stop

        samples, complete = fetch(url, sources, first, last, step_s=step_s, watch=watch)
    if not complete and not len(samples["pv_w"]):
        fail(Text("stopped before Prometheus answered the first page"), ExitCode.BROKEN)
    remarks: list[str] = [] if complete else [Text("Stopped. This is the data that Prometheus had sent.")]
    columns = {
        quantity: (Column(Term(sources[quantity].name), own),) for quantity, own in samples.items()
    }  # fmt: skip
    return quantities(columns, meanings), remarks
