"""`optimizer replay`, `simulate`, `backtest`, `tune`, and `import`: recorded and simulated time."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.moments import asked_moment
from optimizer.cli.options import grouped
from optimizer.cli.study.options import StartOption, StudyInput

if TYPE_CHECKING:
    from optimizer.cli.study.house import Household
    from optimizer.study.bound import Bound
    from optimizer.study.house.house import World
    from optimizer.study.jobs import Done, Job
    from optimizer.study.result import Result


class Goal(Enum):
    """The goal of tuning."""

    COST = "cost"
    SELF_CONSUMPTION = "self-consumption"


Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings of the site.")]
RulesOption = Annotated[Path | None, typer.Option("--rules", help="Rule files. Default: those of the site.")]
BoundOption = Annotated[
    bool, typer.Option("--bound/--no-bound", help="Also calculate the result of perfect hindsight.")
]
DaskOption = Annotated[str, typer.Option(help="Dask scheduler, such as tcp://10.0.0.5:8786.")]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Number of processes. Default: one per core.")]
TIME_COLUMN = "timestamp"
DELIMITER = ","
FOR_TABLES = "--time-column, --time-format, --delimiter and --decimal-comma"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("replay")(replay)
    app.command("simulate")(grouped(simulate))
    app.command("backtest")(grouped(backtest))
    app.command("tune")(grouped(tune))
    app.command("import")(import_)


def replay(
    config: Config = None,
    start: StartOption = None,
    end: Annotated[str | None, typer.Option("--to", help="Last moment. Default: the newest.")] = None,
    most: Annotated[int, typer.Option("--show", min=0, help="Number of differences to show.")] = 20,
) -> None:
    """Decide the recorded ticks again, with their rules and memory, and report every difference."""
    set_up(LogFormat.TEXT)
    from optimizer.cli.study.house import household
    from optimizer.journal.reader import JournalReader
    from optimizer.journal.setup import Setup
    from optimizer.study.input.series import StudyError
    from optimizer.study.replay import replay as decide_again
    from optimizer.study.report.terminal import bars, replayed

    with _mistakes():
        house = household(config)
        if house.journal is None:
            raise StudyError("without settings there is no journal. Name the settings with --config")
        reader = JournalReader(house.journal)
        span = reader.span()
        if span is None:
            raise StudyError(f"{house.journal} contains no records yet")
        now = datetime.now(UTC)
        first = span[0] if start is None else asked_moment("--from", start, now, house.site.zone)
        last = span[1] if end is None else asked_moment("--to", end, now, house.site.zone)
        today = Setup(house.site, house.params, house.names)
        with bars("replay") as bar, _interrupt() as stop:

            def watch(part: float) -> bool:
                bar([part])
                return not stop

            found = decide_again(reader, today, first, last, watch)
    for line in replayed(found, house.site.zone, most):
        typer.echo(line)
    if found.differing or found.without_rules:
        raise typer.Exit(int(ExitCode.BROKEN))


def simulate(
    *,
    config: Config = None,
    rules: RulesOption = None,
    chosen: StudyInput,
    bound: BoundOption = True,
) -> None:
    """Simulate this house with generated weather, a trace, or the PV and load of the journal."""
    set_up(LogFormat.TEXT)
    from optimizer.cli.study.house import household, job_for, rule_texts, world_for
    from optimizer.study.report import terminal

    with _mistakes():
        house = household(config)
        texts = rule_texts(house, rules)
        world = world_for(house, chosen)
        done = _run([job_for(house, texts, world, _label(rules, house))], None, "")
        result = _first(done)
        best = _bound(house, world, [result]) if bound and not done.stopped else None
    _print(terminal.one(result, best), *_cut_short(house, result), *[f"• {note}" for note in result.notes])


def backtest(
    *,
    rules: Annotated[Path, typer.Option("--rules", help="The new rules.")],
    against: Annotated[Path | None, typer.Option(help="Rules to compare with. Default: those of the site.")] = None,
    config: Config = None,
    chosen: StudyInput,
    bound: BoundOption = True,
    report: Annotated[Path, typer.Option(help="Report file (HTML).")] = Path("backtest.html"),
    workers: WorkersOption = None,
    dask: DaskOption = "",
) -> None:
    """Compare two sets of rules over the same time, before you use the new one."""
    set_up(LogFormat.TEXT)
    from optimizer.cli.study.house import household, job_for, rule_texts, world_for
    from optimizer.study.report import terminal
    from optimizer.study.report.compare import Comparison
    from optimizer.study.report.report import html, verdict

    with _mistakes():
        house = household(config)
        labels = _labels(_label(against, house), _label(rules, house))
        texts = [rule_texts(house, against), rule_texts(house, rules)]
        world = world_for(house, chosen)
        jobs = [job_for(house, text, world, label) for text, label in zip(texts, labels, strict=True)]
        done = _run(jobs, workers, dask)
        first, second = done.results
        if first is None or second is None:
            fail("stopped before there was a result to compare", ExitCode.BROKEN)
        best = _bound(house, world, [first, second]) if bound and not done.stopped else None
    comparison = Comparison(first, second, house.site.zone)
    # The file comes first, so that an error of the terminal does not lose the result.
    _save(report, html(comparison, best, datetime.now(UTC)))
    _print(terminal.two(comparison, best), *terminal.differences(comparison), verdict(comparison, best))
    _print(*_cut_short(house, first, second), *[f"• {text}" for text in comparison.uncertainty()])
    _print(f"The report with plots: {report}")


def tune(
    *,
    sweep: Annotated[list[str], typer.Argument(help="PARAM=a..b[:steps]. PARAM is a setting or RULE:NUMBER.")],
    goal: Annotated[Goal, typer.Option(help="Goal of the search.")] = Goal.COST,
    split: Annotated[float, typer.Option(min=0.1, max=0.9, help="Part of the time on which values are chosen.")] = 0.5,
    config: Config = None,
    rules: RulesOption = None,
    chosen: StudyInput,
    workers: WorkersOption = None,
    dask: DaskOption = "",
) -> None:
    """Try values of parameters or of numbers in rules. Choose on one part of the time, report on the other."""
    set_up(LogFormat.TEXT)
    from optimizer.cli.study.house import household, job_for, rule_texts, world_for
    from optimizer.study.report import terminal
    from optimizer.study.tune import parse_sweep
    from optimizer.study.tune import tune as try_all

    with _mistakes():
        sweeps = [parse_sweep(text) for text in sweep]
        house = household(config)
        texts = rule_texts(house, rules)
        world = world_for(house, chosen)
        job = job_for(house, texts, world, "as it is")
        found = try_all(job, sweeps, goal.value, split, lambda jobs: _run(jobs, workers, dask))
    _print(terminal.tuning(found))
    if found.stopped:
        _print("Stopped. These are the finished trials.")
    _print(*[f"• {note}" for note in found.now.chosen_on.notes])


def import_(
    out: Annotated[Path, typer.Argument(help="Trace file to write. A name with .gz is compressed.")],
    mapping: Annotated[
        list[str], typer.Option("--map", help="QUANTITY=[-]COLUMN[*FACTOR], or a PromQL query. Repeatable.")
    ],
    table: Annotated[Path | None, typer.Option("--csv", help="CSV file with a header.")] = None,
    prometheus: Annotated[str, typer.Option(help="Address of Prometheus, such as http://10.0.0.5:9090.")] = "",
    start: StartOption = None,
    end: Annotated[str | None, typer.Option("--to", help="Last moment. Default: the end of the table, or now.")] = None,
    time_column: Annotated[str, typer.Option(help="Column with the time.")] = TIME_COLUMN,
    time_format: Annotated[str, typer.Option(help="Format as in strptime. Default: ISO 8601 or Unix time.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone of times without a zone.")] = "UTC",
    delimiter: Annotated[str, typer.Option(help="Character between columns.")] = DELIMITER,
    decimal_comma: Annotated[
        bool, typer.Option("--decimal-comma", help="Numbers are written 1.234,5 instead of 1234.5.")
    ] = False,
    step: Annotated[float | None, typer.Option(min=60.0, help="Seconds per row. Default: as in the data.")] = None,
) -> None:
    """Convert other data into a trace: pv_w and load_w, or grid_w, battery_w, and ev_w to calculate the load."""
    set_up(LogFormat.TEXT)
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from optimizer.study.input.history import assemble, parse_mapping, read_table
    from optimizer.study.input.prometheus import fetch
    from optimizer.study.input.series import StudyError
    from optimizer.study.input.trace import write_trace
    from optimizer.study.report.terminal import bars

    with _mistakes():
        sources = parse_mapping(mapping)
        try:
            local = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise StudyError(f"“{zone}” is not a time zone. Write a name such as Europe/Berlin") from None
        if (table is None) == (not prometheus):
            raise StudyError("name either --csv or --prometheus")
        now = datetime.now(UTC)
        first = None if start is None else asked_moment("--from", start, now, local)
        last = None if end is None else asked_moment("--to", end, now, local)
        remarks: list[str] = []
        if table is not None:
            with bars(table.name) as bar:
                samples, unknown = read_table(
                    table, sources, time_column=time_column, zone=local, time_format=time_format,
                    delimiter=delimiter, decimal_comma=decimal_comma, progress=lambda part: bar([part]),
                )  # fmt: skip
            if unknown:
                remarks.append(f"{unknown} cells are marked as unknown and count as empty.")
            series = assemble(table.name, samples, step)
            if first is not None or last is not None:
                series = series.part(first or series.start, last or series.end)
        else:
            if (time_column, time_format, delimiter, decimal_comma) != (TIME_COLUMN, "", DELIMITER, False):
                raise StudyError(f"{FOR_TABLES} apply to CSV files. Leave them out with --prometheus")
            last = last or now
            first = first or last - timedelta(days=30)
            with bars("Prometheus") as bar, _interrupt() as stop:

                def watch(part: float) -> bool:
                    bar([part])
                    return not stop

                samples, complete = fetch(prometheus, sources, first, last, step_s=step or 60.0, watch=watch)
            if not complete:
                if not samples["pv_w"]:
                    fail("stopped before Prometheus answered the first page", ExitCode.BROKEN)
                remarks.append("Stopped. This is the data that Prometheus had sent.")
            series = assemble(out.name, samples, step)
        write_trace(series, out)
    _print(
        f"{out}: {series.start:%Y-%m-%d %H:%M} to {series.end:%Y-%m-%d %H:%M} UTC, {len(series.pv_w)} rows of "
        f"{series.step_s:g} s, {100.0 * series.known_share:.1f} % of them known",
        *[f"• {note}" for note in (*remarks, *series.notes)],
    )


def _label(path: Path | None, house: Household) -> str:
    chosen = path or house.rules
    return chosen.stem if chosen.is_file() else chosen.resolve().name


def _labels(before: str, after: str) -> tuple[str, str]:
    return (before, after) if before != after else (f"{before} (now)", f"{after} (new)")


def _run(jobs: Sequence[Job], workers: int | None, dask: str) -> Done:
    from optimizer.study.jobs import run_jobs
    from optimizer.study.report.terminal import bars

    if len(jobs) <= 4:
        with bars(*(job.label for job in jobs)) as bar:
            return run_jobs(jobs, bar, workers=workers, dask=dask)
    with bars(f"{len(jobs)} simulations") as bar:
        return run_jobs(jobs, lambda parts: bar([sum(parts) / len(parts)]), workers=workers, dask=dask)


def _cut_short(house: Household, *results: Result) -> list[str]:
    """A sentence with the end of each result that was stopped."""
    ends = [(result.label, result.end.astimezone(house.site.zone)) for result in results if not result.complete]
    return [f"{label} was stopped. The result ends at {end:%Y-%m-%d %H:%M}." for label, end in ends]


def _first(done: Done) -> Result:
    if done.results[0] is None:
        fail("stopped before the first day was finished", ExitCode.BROKEN)
    return done.results[0]


def _bound(house: Household, world: World, results: Sequence[Result]) -> Bound | None:
    """The bound; None if it cannot be calculated (the reason is printed) or after Ctrl-C."""
    from optimizer.study.bound import bound
    from optimizer.study.input.series import StudyError
    from optimizer.study.report.terminal import bars

    if results[0].without_car_ct is None:
        return None
    try:
        with bars("hindsight") as bar, _interrupt() as stop:

            def watch(part: float) -> bool:
                bar([part])
                return not stop

            return bound(house.site, world, results, watch)
    except StudyError as error:
        _print(f"No bound: {error}")
        return None


@contextmanager
def _interrupt() -> Iterator[list[bool]]:
    """Ctrl-C fills the list and does not end the block. A second Ctrl-C ends it."""
    import signal

    pressed: list[bool] = []

    def press(_signal: int, _frame: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _mistakes() -> Iterator[None]:
    """End the command with a message: a mistake in the request, or a problem with the journal."""
    from optimizer.journal.schema import JournalError
    from optimizer.study.input.series import StudyError

    try:
        yield
    except StudyError as error:
        fail(str(error), ExitCode.MISTAKE)
    except JournalError as error:
        fail(str(error), ExitCode.BROKEN)


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write the report to {path}: {error.strerror or error}", ExitCode.BROKEN)


def _print(*things: object) -> None:
    from optimizer.cli.console import plain_console

    console = plain_console()
    for thing in things:
        console.print(thing, highlight=False)
