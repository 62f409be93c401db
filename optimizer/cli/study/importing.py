"""`optimizer import`: data of other programs become a trace."""

# ruff: noqa: PLC0415 - the command imports only what it needs

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.moments import asked_moment
from optimizer.cli.options import grouped
from optimizer.cli.study.common import interrupt, mistakes, show
from optimizer.cli.study.importing_table import TableOptions, list_columns, samples_of_table
from optimizer.cli.study.options import StartOption
from optimizer.words.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.study.input.mapping import Source
    from optimizer.study.input.samples import Samples
    from optimizer.study.input.units import Kind

FOR_TABLES = (
    "--time-column, --time-format, --delimiter, --decimal-comma, --decimal-point, --encoding, --skip, --long, "
    "--repeated-hour, --times-at-end, --times-at-begin, and --repeated-times"
)


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
        list_columns(out, table, written)
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
            samples, remarks = samples_of_table(table, sources, written, meanings, local if zone else None)
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


def _usual_step_s(home_assistant: bool, statistics: bool) -> float | None:
    """Seconds of a row without --step. None: as in the data."""
    return 3600.0 if statistics else 60.0 if home_assistant else None


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
        samples, remarks = samples_of_table(path, sources, TableOptions(), meanings, None)
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
