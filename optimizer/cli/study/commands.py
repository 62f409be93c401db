"""`optimizer replay`, `simulate`, `backtest`, and `tune`: recorded and simulated time."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.console import echo
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.moments import asked_moment
from optimizer.cli.options import grouped
from optimizer.cli.study.common import interrupt, mistakes, show
from optimizer.cli.study.options import StartOption, StudyInput
from optimizer.words.language import spoken
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from optimizer.cli.study.house import Household
    from optimizer.study.bound import Bound
    from optimizer.study.house.house import World
    from optimizer.study.jobs import Done, Job
    from optimizer.study.result import Result

MS = timedelta(milliseconds=1)


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


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("replay")(replay)
    app.command("simulate")(grouped(simulate))
    app.command("backtest")(grouped(backtest))
    app.command("tune")(grouped(tune))


def replay(
    config: Config = None,
    start: StartOption = None,
    end: Annotated[str | None, typer.Option("--to", help="Last moment. Default: the newest.")] = None,
    most: Annotated[int, typer.Option("--show", min=0, help="Number of differences to show.")] = 20,
) -> None:
    """Decide the recorded ticks and solve the recorded schedules again, and report every difference."""
    set_up(LogFormat.TEXT)
    from optimizer.cli.study.house import household, journal_of
    from optimizer.journal.setup import Setup
    from optimizer.study.input.series import StudyError
    from optimizer.study.replay import replay as decide_again
    from optimizer.study.report.terminal import bars, replayed, schedules_replayed
    from optimizer.study.schedules import solve_again

    with mistakes():
        house = household(config)
        reader, span = journal_of(house)
        now = datetime.now(UTC)
        # The journal has the times of its first and last tick in whole ms.
        first = span[0] - MS if start is None else asked_moment("--from", start, now, house.site.zone)
        last = span[1] + MS if end is None else asked_moment("--to", end, now, house.site.zone)
        today = Setup(house.site, house.params, house.names)
        with bars("replay") as bar, interrupt() as stop:

            def watch(part: float) -> bool:
                bar([part])
                return not stop

            found = decide_again(reader, today, first, last, watch)
            schedules = solve_again(reader, first, last, lambda: bool(stop))
        if found.complete and not (found.ticks or found.without_rules or schedules.schedules):
            zone = house.site.zone
            start_text, end_text, *covered = (
                f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (first, last, span[0], span[1])
            )
            raise StudyError(
                Text(
                    "the journal has no records between {start} and {end}. It covers {first} to {last}",
                    start=start_text, end=end_text, first=covered[0], last=covered[1],
                )
            )  # fmt: skip
    for line in (*replayed(found, house.site.zone, most), *schedules_replayed(schedules, house.site.zone, most)):
        echo(line)
    if found.differing or found.without_rules or schedules.differing:
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
    from optimizer.cli.study.house import household, job_for, planning_for, rule_texts
    from optimizer.cli.study.world import world_for
    from optimizer.study.report import terminal
    from optimizer.study.report.compare import Comparison

    with mistakes():
        house = household(config)
        texts = rule_texts(house, rules)
        world = world_for(house, chosen)
        planning, label = planning_for(house, chosen, world), _label(rules, house)
        jobs = [job_for(house, texts, world, label, planning)]
        if planning is not None and planning.schedule is not None:
            without = replace(planning, schedule=None)
            jobs = [
                job_for(house, texts, world, Text("no schedule"), without),
                replace(jobs[0], label=Text("schedule")),
            ]
        done = _run(jobs, None, "")
        results = [_first(done), *(result for result in done.results[1:] if result is not None)]
        best = _bound(house, world, results) if bound and not done.stopped else None
    result = results[-1]
    if len(results) == 2:
        show(terminal.two(Comparison(results[0], result, house.site.zone), best))
    else:
        show(terminal.one(result, best))
    show(*_cut_short(house, *results), *_points(result.notes))


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
    from optimizer.cli.study.house import household, job_for, planning_for, rule_texts
    from optimizer.cli.study.world import world_for
    from optimizer.study.report import terminal
    from optimizer.study.report.compare import Comparison
    from optimizer.study.report.report import html, verdict

    with mistakes():
        house = household(config)
        labels = _labels(_label(against, house), _label(rules, house))
        texts = [rule_texts(house, against), rule_texts(house, rules)]
        world = world_for(house, chosen)
        planning = planning_for(house, chosen, world)
        jobs = [job_for(house, text, world, label, planning) for text, label in zip(texts, labels, strict=True)]
        done = _run(jobs, workers, dask)
        first, second = done.results
        if first is None or second is None:
            fail(Text("stopped before there was a result to compare"), ExitCode.BROKEN)
        best = _bound(house, world, [first, second]) if bound and not done.stopped else None
    comparison = Comparison(first, second, house.site.zone)
    # The file comes first, so that an error of the terminal does not lose the result.
    _save(report, html(comparison, best, datetime.now(UTC), spoken()))
    show(terminal.two(comparison, best), *terminal.differences(comparison), verdict(comparison, best))
    show(*_cut_short(house, first, second), *_points(comparison.uncertainty()))
    show(Text("The report with plots: {report}", report=str(report)))


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
    from optimizer.cli.study.house import household, job_for, planning_for, rule_texts
    from optimizer.cli.study.world import world_for
    from optimizer.study.report import terminal
    from optimizer.study.tune import parse_sweep
    from optimizer.study.tune import tune as try_all

    with mistakes():
        sweeps = [parse_sweep(text) for text in sweep]
        house = household(config)
        texts = rule_texts(house, rules)
        world = world_for(house, chosen)
        job = job_for(house, texts, world, Text("as it is"), planning_for(house, chosen, world))
        found = try_all(job, sweeps, goal.value, split, lambda jobs: _run(jobs, workers, dask))
    show(terminal.tuning(found))
    if found.stopped:
        show(Text("Stopped. These are the finished trials."))
    show(*_points(found.now.chosen_on.notes))


def _points(notes: Iterable[str]) -> Iterator[str]:
    return (Text("• {note}", note=note) for note in notes)


def _label(path: Path | None, house: Household) -> str:
    chosen = path or house.rules
    return chosen.stem if chosen.is_file() else chosen.resolve().name


def _labels(before: str, after: str) -> tuple[str, str]:
    return (
        (before, after)
        if before != after
        else (Text("{rules} (now)", rules=before), Text("{rules} (new)", rules=after))
    )


def _run(jobs: Sequence[Job], workers: int | None, dask: str) -> Done:
    from optimizer.study.jobs import run_jobs
    from optimizer.study.report.terminal import bars

    if len(jobs) <= 4:
        with bars(*(job.label for job in jobs)) as bar:
            return run_jobs(jobs, bar, workers=workers, dask=dask)
    with bars(Text("{count} simulations", count=len(jobs))) as bar:
        return run_jobs(jobs, lambda parts: bar([sum(parts) / len(parts)]), workers=workers, dask=dask)


def _cut_short(house: Household, *results: Result) -> list[str]:
    """A sentence with the end of each result that was stopped."""
    ends = [(result.label, result.end.astimezone(house.site.zone)) for result in results if not result.complete]
    return [
        Text("{label} was stopped. The result ends at {end}.", label=label, end=f"{end:%Y-%m-%d %H:%M}")
        for label, end in ends
    ]


def _first(done: Done) -> Result:
    if done.results[0] is None:
        fail(Text("stopped before the first day was finished"), ExitCode.BROKEN)
    return done.results[0]


def _bound(house: Household, world: World, results: Sequence[Result]) -> Bound | None:
    """The bound; None if it cannot be calculated (the reason is printed) or after Ctrl-C."""
    from optimizer.study.bound import bound
    from optimizer.study.input.series import StudyError
    from optimizer.study.report.terminal import bars

    if results[0].without_car_ct is None:
        return None
    try:
        with bars("hindsight") as bar, interrupt() as stop:

            def watch(part: float) -> bool:
                bar([part])
                return not stop

            return bound(house.site, world, results, watch)
    except StudyError as error:
        show(Text("No bound: {why}", why=message_of(error)))
        return None


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        why = message_of(error)
        fail(Text("cannot write the report to {path}: {why}", path=str(path), why=why), ExitCode.BROKEN)
