"""Results on a terminal: tables by rich, and progress bars that are not written to pipes.

Names come from files and users. `_table` and `_row` make them cells, so that they are never markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text as Cell

from optimizer.study.bound import Bound
from optimizer.study.replay import Replay
from optimizer.study.report.compare import FIGURES, Comparison, shown
from optimizer.study.result import Result
from optimizer.study.schedules import SolvedAgain
from optimizer.study.tune import Tuning
from optimizer.words.language import spoken
from optimizer.words.text import Text, in_language

MOST_DAYS = 5


class Bars:
    """Progress bars by name."""

    def __init__(self, progress: Progress, names: Sequence[str]) -> None:
        self._progress = progress
        self._tasks = [progress.add_task(in_language(Text.of(name), spoken()), total=1.0) for name in names]

    def __call__(self, parts: Sequence[float]) -> None:
        """Set the progress of each, 0–1."""
        for task, part in zip(self._tasks, parts, strict=True):
            self._progress.update(task, completed=part)


@contextmanager
def bars(*names: str) -> Iterator[Bars]:
    """Progress bars on standard error while the block runs, if that is a terminal."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True, markup=False, emoji=False)
    # In a pipe or a file a bar would be a line for each step, and empty lines at its end.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bars(progress, names)


def _table(title: str, caption: str = "") -> Table:
    return Table(title=_cell(title), title_justify="left", caption=_cell(caption) if caption else None,
                 caption_justify="left")  # fmt: skip


def _cell(text: str, style: str = "") -> Cell:
    """The text in the language of the terminal."""
    return Cell(in_language(Text.of(text), spoken()), style=style)


def _row(table: Table, *cells: str | Cell, end_section: bool = False) -> None:
    table.add_row(*(_cell(cell) if isinstance(cell, str) else cell for cell in cells), end_section=end_section)


def one(result: Result, best: Bound | None) -> Table:
    """The figures of one result."""
    table = _table(Text("{label}: {days_1d} days", label=Text.of(result.label), days_1d=result.days))
    table.add_column("")
    table.add_column("", justify="right")
    table.add_column("")
    for figure in FIGURES:
        if figure.value(result) is not None:
            _row(table, figure.name, figure.show(result), figure.unit)
    _add_bound(table, [result], best)
    return table


def two(comparison: Comparison, best: Bound | None) -> Table:
    """The figures of both and their difference; the days of each if they do not cover the same time."""
    first, second = comparison.first, comparison.second
    if not comparison.same_time:
        table = _table(Text("Stopped"))
        for result in (first, second):
            table.add_column(_cell(result.label), justify="right")
        _row(table, *(Text("{days_1d} days", days_1d=result.days) for result in (first, second)))
        return table
    table = _table(Text("{days_1d} days", days_1d=comparison.days))
    table.add_column("")
    for heading in (first.label, second.label, Text("difference")):
        table.add_column(_cell(heading), justify="right")
    table.add_column("")
    for figure in FIGURES:
        before, after = figure.value(first), figure.value(second)
        if before is None and after is None:
            continue
        change = None if before is None or after is None else after - before
        style = ""
        if change is not None and figure.better and abs(change) >= 0.5 * 10.0**-figure.digits:
            style = "green" if change * figure.better > 0.0 else "red"
        said = shown(change, figure.digits, "+")
        cells = (figure.show(first), figure.show(second), _cell(said, style))
        _row(table, figure.name, *cells, figure.unit)
    _add_bound(table, [first, second], best)
    return table


def _add_bound(table: Table, results: Sequence[Result], best: Bound | None) -> None:
    if best is None:
        return
    shares = [None if r.total_cost_ct is None else best.reached(r.total_cost_ct) for r in results]
    cells = [shown(None if share is None else 100.0 * share, 1) for share in shares]
    pad = ["" for _ in range(len(table.columns) - 2 - len(cells))]
    if best.nothing_to_get:
        _row(table, Text("Hindsight could save almost nothing"), *("–" for _ in cells), *pad, "", end_section=True)
    else:
        _row(table, Text("Part of the possible saving"), *cells, *pad, "%", end_section=True)
    costs = [shown(best.total_cost_ct / 100.0, 2)] * len(results)
    _row(table, Text("Settled cost with perfect hindsight"), *costs, *pad, "€")


def differences(comparison: Comparison) -> list[Table]:
    """The days, hours, and rules that differ most."""
    days = sorted(comparison.by_day(), key=lambda d: abs(d.ev_wh) + abs(d.import_wh), reverse=True)
    hours = sorted(comparison.by_hour(), key=lambda d: abs(d.ev_wh) + abs(d.import_wh), reverse=True)
    tables = []
    for title, found in ((Text("day"), days), (Text("hour"), hours), (Text("rule"), comparison.by_rule())):
        table = _table(Text("Largest differences by {title}", title=title))
        table.add_column(_cell(title))
        for heading in (Text("car kWh"), Text("import kWh"), Text("bill €")):
            table.add_column(_cell(heading), justify="right")
        for row in found[:MOST_DAYS]:
            cells = (row.ev_wh / 1e3, row.import_wh / 1e3, row.cost_ct / 100.0)
            _row(table, row.name, *(shown(value, 2, "+") for value in cells))
        tables.append(table)
    return tables


def tuning(found: Tuning, most: int = 10) -> Table:
    """The best trials, on the part that chooses and on the part that reports."""
    caption = Text(
        "Total € (settled), self-consumption, and kWh from PV in the car. The values were chosen on the left part, "
        "so they look better there. Compare them on the right part."
    )
    table = _table(Text("Best by {goal}", goal=Text.of(found.goal)), caption)
    for sweep in found.sweeps:
        table.add_column(_cell(sweep.what), justify="right", no_wrap=True)
    for part in (Text("chose"), Text("tried")):
        for unit in ("€", "%", "kWh"):
            table.add_column(_cell(Text("{part} {unit}", part=part, unit=unit)), justify="right")
    for trial in (found.now, *found.trials[:most]):
        values: list[str] = [Text("{value}", value=value) for value in trial.values] or [Text("as it is")] + [""] * (
            len(found.sweeps) - 1
        )
        _row(table, *values, *_brief(trial.chosen_on), *_brief(trial.reported_on), end_section=trial is found.now)
    return table


def _brief(result: Result | None) -> list[str]:
    if result is None:
        return ["", "", ""]
    cost, share = result.total_cost_ct, result.self_consumption
    return [
        shown(None if cost is None else cost / 100.0, 2),
        shown(None if share is None else 100.0 * share, 1),
        shown((result.ev_surplus_wh + result.ev_battery_wh) / 1e3, 1),
    ]


def replayed(found: Replay, zone: ZoneInfo, most: int) -> list[str]:
    """The outcome of a replay, line by line."""
    lines: list[str] = [
        Text(
            "{at}  {subject}: recorded {recorded}, now {decided}{beginning}",
            at=f"{difference.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            subject=difference.subject,
            recorded=difference.recorded,
            decided=difference.decided,
            beginning=Text("  (without its memory)") if difference.beginning else "",
        )
        for difference in found.differences[:most]
    ]
    if found.differing > most:
        lines.append("…")
    said = Text(
        "{ticks} ticks decided again: {identical} identical, {differing} different",
        ticks=found.ticks,
        identical=found.identical,
        differing=found.differing,
    )
    if found.beginning:
        said += Text(" ({count} of these in minutes without recorded memory)", count=found.beginning)
    lines.append(said + ("." if found.complete else Text("; stopped before the end.")))
    if found.todays:
        lines.append(
            Text(
                "{count} ticks were decided with today's settings: the journal does not have the settings of then.",
                count=found.todays,
            )
        )
    for version, ticks in found.without_rules.items():
        lines.append(
            Text(
                "{count} ticks cannot be decided again: the journal does not have rule book {version}.",
                count=ticks,
                version=version,
            )
        )
    return lines


def schedules_replayed(found: SolvedAgain, zone: ZoneInfo, most: int) -> list[str]:
    """The outcome of the schedules that were solved again, line by line. Empty if there are none."""
    if not found.schedules:
        return []
    lines: list[str] = [
        Text("{at}  schedule: {why}", at=f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}", why=why)
        for at, why in found.differing[:most]
    ]
    identical = found.schedules - len(found.differing)
    lines.append(
        Text(
            "{schedules} schedules solved again: {identical} identical, {differing} different.",
            schedules=found.schedules,
            identical=identical,
            differing=len(found.differing),
        )
    )
    return lines
