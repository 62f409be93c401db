"""Tune: chooses values of parameters or of numbers in rules on one part of the time, and tests them on the rest.

Values look better on the weeks on which they were chosen. The report therefore covers other weeks. The same jobs run
in processes or on a Dask cluster, with the same result.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import product
from typing import Any, Literal

from optimizer.control.params import Params
from optimizer.study.input.series import Series, StudyError
from optimizer.study.jobs import Done, Job
from optimizer.study.result import Result
from optimizer.words.text import Text

Goal = Literal["cost", "self-consumption"]
DEFAULT_STEPS = 7
MOST_TRIALS = 2000
REPORTED = 3
"""Number of best trials that are also run on the rest of the time."""
Runner = Callable[[Sequence[Job]], Done]
_SWEEP = re.compile(r"(?P<what>.+?)=(?P<low>-?\d+(?:\.\d+)?)\.\.(?P<high>-?\d+(?:\.\d+)?)(?::(?P<steps>\d+))?")
_Number = tuple[str, float, str]
"""A number in a rule: the rule, its value, its unit."""
_LITERAL = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?([A-Za-z%/]*)(?![\w.])")


@dataclass(frozen=True, slots=True)
class Sweep:
    """One thing to vary: a parameter (`grid_share`, `follow.switch_cost_ct`), or a number in a rule
    (`battery-first:60%`)."""

    what: str
    low: float
    high: float
    steps: int

    @property
    def values(self) -> tuple[float, ...]:
        """Even steps from low to high."""
        if self.steps == 1:
            return (self.low,)
        return tuple(
            round(self.low + (self.high - self.low) * k / (self.steps - 1), 9) for k in range(self.steps)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of values, with its results on the part that chooses and on the part that reports."""

    values: tuple[float, ...]
    chosen_on: Result
    reported_on: Result | None = None


@dataclass(frozen=True, slots=True)
class Tuning:
    """The outcome: all trials, the best first, and the present values."""

    sweeps: tuple[Sweep, ...]
    goal: Goal
    trials: tuple[Trial, ...]
    now: Trial
    stopped: bool


def parse_sweep(text: str) -> Sweep:
    """`grid_share=0..0.8:9` or `battery-first:60%=40..80`. Raises StudyError."""
    match = _SWEEP.fullmatch(text.strip())
    if match is None:
        raise StudyError(
            Text(
                "“{text}” is not a sweep. Write PARAM=a..b or PARAM=a..b:steps, such as grid_share=0..0.8:9", text=text
            )
        )
    steps = int(match["steps"] or DEFAULT_STEPS)
    low, high = float(match["low"]), float(match["high"])
    if not 1 <= steps <= MOST_TRIALS or low > high:
        raise StudyError(
            Text(
                "“{text}”: write the smaller value first, and 1 to {most_trials} steps",
                text=text,
                most_trials=MOST_TRIALS,
            )
        )
    return Sweep(match["what"].strip(), low, high, steps)


def combinations(sweeps: Sequence[Sweep]) -> list[tuple[float, ...]]:
    """All sets of values. Raises StudyError if there are too many."""
    if len({sweep.what for sweep in sweeps}) < len(sweeps):
        raise StudyError(Text("a parameter or number is named twice. Name each once"))
    count = math.prod(sweep.steps for sweep in sweeps)
    if not sweeps or count > MOST_TRIALS:
        raise StudyError(
            Text(
                "{count} combinations are not possible. Choose ranges and steps with 1 to {most_trials} combinations",
                count=count,
                most_trials=MOST_TRIALS,
            )
        )
    return list(product(*(sweep.values for sweep in sweeps)))


def varied(job: Job, sweeps: Sequence[Sweep], values: Sequence[float]) -> Job:
    """The job with these values. Raises StudyError if no parameter or number has that name."""
    params = job.params
    literals: dict[str, float] = {}
    for sweep, value in zip(sweeps, values, strict=True):
        if ":" in sweep.what:
            literals[sweep.what] = value
        else:
            params = with_param(params, sweep.what, value)
    texts = with_literals(job.texts, literals) if literals else job.texts
    names = ", ".join(f"{sweep.what}={value:g}" for sweep, value in zip(sweeps, values, strict=True))
    return replace(job, label=names, params=params, texts=texts)


def with_param(params: Params, path: str, value: float) -> Params:
    """The parameters with one of them changed; `follow.slow_s` is inside `follow`. Raises StudyError."""
    changed: Params = _with(params, path.split("."), value, path)
    # A share that a study sets does not follow the prices.
    return replace(changed, grid_share_by_price=False) if path == "grid_share" else changed


def _with(owner: Any, path: Sequence[str], value: float, whole: str) -> Any:
    names = tuple(f.name for f in fields(owner)) if is_dataclass(owner) else getattr(owner, "_fields", ())
    if path[0] not in names:
        raise StudyError(
            Text(
                "there is no parameter {whole}. The parameters are {names}",
                whole=whole,
                names=", ".join(sorted(_paths(Params()))),
            )
        )
    now = getattr(owner, path[0])
    if len(path) > 1:
        new = _with(now, path[1:], value, whole)
    elif isinstance(now, int) and not isinstance(now, bool):
        new = round(value)
    elif now is None or isinstance(now, float):
        new = value
    else:
        raise StudyError(
            Text(
                "{whole} is not a number. Name one of its parts: {names}",
                whole=whole,
                names=", ".join(_paths(now, whole + ".")),
            )
        )
    # The owner may be a NamedTuple or a dataclass: all fields are given again.
    return type(owner)(**{name: getattr(owner, name) for name in names} | {path[0]: new})


def _paths(owner: Any, before: str = "") -> list[str]:
    names = [f.name for f in fields(owner)] if is_dataclass(owner) else list(getattr(owner, "_fields", ()))
    found: list[str] = []
    for name in names:
        value = getattr(owner, name)
        inner = _paths(value, f"{before}{name}.") if is_dataclass(value) or hasattr(value, "_fields") else []
        found += inner or [f"{before}{name}"]
    return found


def with_literals(texts: Mapping[str, str], values: Mapping[str, float]) -> dict[str, str]:
    """The rule files with changed numbers. `RULE:60%` means every `60%` in rule RULE of the given texts.

    Raises StudyError, which names the numbers of the rule.
    """
    wanted: dict[_Number, str] = {}
    for what in values:
        number = _number(what)
        if number in wanted:
            raise StudyError(Text("{wanted} and {what} are the same number", wanted=wanted[number], what=what))
        wanted[number] = what
    seen: dict[str, list[str]] = {number[0]: [] for number in wanted}
    found: set[_Number] = set()
    changed: dict[str, str] = {}
    for file, text in texts.items():
        lines = text.splitlines(keepends=True)
        rule = ""
        for at, line in enumerate(lines):
            begins = re.match(r"\s*-\s+id:\s*([\w-]+)", line)
            if begins:
                rule = begins[1]
            if rule not in seen or begins or re.match(r"\s*(#|about:)", line):
                continue

            def put(match: re.Match[str], rule: str = rule) -> str:
                seen[rule].append(match[0])
                number = rule, float(match[1]), match[2]
                if number not in wanted:
                    return match[0]
                found.add(number)
                return f"{values[wanted[number]]:.9f}".rstrip("0").rstrip(".") + match[2]

            code, hash_, comment = line.partition(" #")
            lines[at] = _LITERAL.sub(put, code) + hash_ + comment
        changed[file] = "".join(lines)
    for number, what in wanted.items():
        if number not in found:
            rule, _, literal = what.partition(":")
            has = ", ".join(dict.fromkeys(seen[number[0]])) or "no rule of this name, or no numbers in it"
            raise StudyError(
                Text(
                    "{what}: rule {rule} does not contain {number}. It contains {has}",
                    what=what,
                    rule=rule,
                    number=literal.strip(),
                    has=has,
                )
            )
    return changed


def _number(what: str) -> _Number:
    rule, _, literal = what.partition(":")
    match = _LITERAL.fullmatch(literal.strip())
    if match is None:
        raise StudyError(
            Text("{what}: write one of the rule's numbers after its name, such as {rule}:60%", what=what, rule=rule)
        )
    return rule.strip(), float(match[1]), match[2]


def better(goal: Goal, result: Result) -> float:
    """The value to minimize. Raises StudyError if it is unknown."""
    value = result.total_cost_ct if goal == "cost" else result.self_consumption
    if value is None:
        raise StudyError(
            Text("cost needs a tariff or prices") if goal == "cost" else Text("there was no PV energy in that time")
        )
    return value if goal == "cost" else -value


def tune(job: Job, sweeps: Sequence[Sweep], goal: Goal, share: float, run: Runner) -> Tuning:
    """Try all values on the first `share` (0–1) of the time, then the best few and the present ones on the rest.

    `run` runs the jobs. Raises StudyError, also if it is stopped before the first trial has ended.
    """
    if not 0.0 < share < 1.0:
        raise StudyError(Text("the split {share} is not between 0 and 1. Write a part such as 0.5", share=share))
    values = combinations(sweeps)
    variants = [replace(job, label=Text("as it is")), *(varied(job, sweeps, own) for own in values)]
    first, rest = job.world.series.split(share)
    done = run([_over(variant, first) for variant in variants])
    now = done.results[0]
    if now is None or not now.complete:
        raise StudyError(Text("stopped before the first trial was done"))
    finished = [(at, result) for at, result in enumerate(done.results) if at and result is not None and result.complete]
    finished.sort(key=lambda pair: (better(goal, pair[1]), pair[0]))
    trials = [Trial(values[at - 1], result) for at, result in finished]
    current = Trial((), now)
    stopped = done.stopped
    if not stopped:
        tops = [0, *(at for at, _ in finished[:REPORTED])]
        second = run([_over(variants[at], rest) for at in tops])
        stopped = second.stopped
        current = replace(current, reported_on=_whole(second.results[0]))
        for at, result in enumerate(second.results[1:]):
            trials[at] = replace(trials[at], reported_on=_whole(result))
    return Tuning(sweeps=tuple(sweeps), goal=goal, trials=tuple(trials), now=current, stopped=stopped)


def _over(job: Job, series: Series) -> Job:
    return replace(job, world=job.world.over(series))


def _whole(result: Result | None) -> Result | None:
    return result if result is not None and result.complete else None
