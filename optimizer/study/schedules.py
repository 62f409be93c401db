"""Solves the recorded schedules again and compares them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from optimizer.journal.reader import JournalReader
from optimizer.schedule.document import problem_from, to_json
from optimizer.schedule.problem import ProblemError
from optimizer.schedule.solve import solve
from optimizer.words.text import Text

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class SolvedAgain:
    """The result of a comparison."""

    schedules: int
    differing: tuple[tuple[datetime, str], ...]
    """The time of each schedule that is different now, and why."""


def solve_again(reader: JournalReader, first: datetime, last: datetime, stop: Stop = lambda: False) -> SolvedAgain:
    """Solve the schedules made within [first, last] again. Raises JournalError."""
    count, differing = 0, list[tuple[datetime, str]]()
    for one in reader.schedules(first, last):
        if stop():
            break
        count += 1
        try:
            found = to_json(solve(problem_from(one.problem)))
        except ProblemError as error:
            differing.append((one.at, str(error)))
            continue
        if found != one.schedule:
            differing.append((one.at, Text("the schedule is different")))
    return SolvedAgain(count, tuple(differing))
