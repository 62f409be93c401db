"""Test files that owners write beside their rules: from YAML to checked tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.model.fields import DeviceNames, FieldRef
from optimizer.model.kinds import CLOCK, DURATION, Value
from optimizer.model.targets import CLAIMS, LIMITS, Target, TargetRef, find_target, target_names
from optimizer.rules.book.document import Doc, Listing, Scalar, Table, problem, problem_in
from optimizer.rules.language import typed
from optimizer.rules.language.errors import ExpressionError, Problem, RuleErrors, did_you_mean, no_such_device, one_of
from optimizer.rules.language.parse import parse
from optimizer.rules.language.span import Span
from optimizer.rules.tools.inputs import settable
from optimizer.rules.tools.series import MAX_STEPS, Series, read_series
from optimizer.words.text import Text

NONE = "none"
"""The word for a target without a claim or without an active limit."""
MAX_TESTS = 500
MAX_LENGTH_S = 14 * 86400.0
FILE_KEYS = ("version", "rules", "tests")
TEST_KEYS = ("name", "start", "step", "enable", "input", "expect")
EXPECT_KEYS = ("at", "winner", "value", "limit")
_START = re.compile(r"\d{4}-\d\d-\d\d[ T]\d{1,2}:\d\d(:\d\d)?")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line under `expect:`."""

    at_s: float
    """Time since the start, s."""
    target: TargetRef
    what: str
    """winner, value or limit."""
    expected: Value | None
    """A rule id, a value in the target's base unit, or None for "none"."""
    span: Span


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test."""

    name: str
    start: datetime
    """Aware UTC."""
    step_s: float
    enable: tuple[str, ...]
    """Rules that are switched on for this test."""
    inputs: Mapping[FieldRef, Series]
    expectations: tuple[Expectation, ...]
    span: Span
    files: tuple[Scalar, ...] = ()
    """Names of the rule files that it tests. Empty: all of them, as they work together."""

    @property
    def length_s(self) -> float:
        """Time up to the last expectation, s."""
        return max(expectation.at_s for expectation in self.expectations)


def read_tests(document: Doc | None, file: str, names: DeviceNames, zone: ZoneInfo) -> list[RuleTest]:
    """The tests of one document. Raises RuleErrors with all mistakes."""
    problems: list[Problem] = []
    if not isinstance(document, Table):
        raise RuleErrors(
            [
                Problem(
                    file,
                    0,
                    0,
                    message=Text("a test file must be a mapping"),
                    hint=Text("begin with: version: 1, then tests:"),
                )
            ]
        )
    reader = _Reader(names, zone, problems)
    reader.keys(document, FILE_KEYS)
    version, listed = document.get("version"), document.get("tests")
    files = reader.files(document.get("rules"))
    if not isinstance(version, Scalar) or version.text != "1":
        problems.append(
            problem(document.span, Text("the version is missing or not 1"), Text("begin the file with: version: 1"))
        )
    tests: list[RuleTest] = []
    if not isinstance(listed, Listing) or len(listed.items) > MAX_TESTS:
        problems.append(
            problem(
                document.span,
                Text("tests must be a list of at most {max_tests}", max_tests=MAX_TESTS),
                Text("each begins with: - name: …"),
            )
        )
    else:
        for item in listed.items:
            test = reader.test(item)
            if test is not None:
                tests.append(replace(test, files=files))
    if problems:
        raise RuleErrors(problems)
    return tests


class _Reader:
    def __init__(self, names: DeviceNames, zone: ZoneInfo, problems: list[Problem]) -> None:
        self.names = names
        self.zone = zone
        self.problems = problems

    def keys(self, table: Table, known: tuple[str, ...]) -> None:
        for key, _ in table.entries:
            if key.text not in known:
                hint = did_you_mean(key.text, known) or Text("known are {known}", known=one_of(known))
                self.problems.append(problem(key.span, Text("{text} is not known here", text=key.text[:60]), hint))

    def files(self, doc: Doc | None) -> tuple[Scalar, ...]:
        """The rule files under `rules:`."""
        items = () if doc is None else doc.items if isinstance(doc, Listing) else (doc,)
        names = tuple(item for item in items if isinstance(item, Scalar))
        if doc is not None and (not names or len(names) < len(items)):
            text = Text("rules must be a list of names of rule files")
            self.problems.append(problem(doc.span, text, Text("such as [charging.yaml]")))
        return names

    def test(self, doc: Doc) -> RuleTest | None:
        if not isinstance(doc, Table):
            self.problems.append(problem(doc.span, Text("a test must be a mapping"), Text("it begins with: - name: …")))
            return None
        before = len(self.problems)
        self.keys(doc, TEST_KEYS)
        name, step = doc.get("name"), doc.get("step")
        start = self._start(doc)
        step_s = 60.0 if step is None else self._duration(step, 1.0, 86400.0)
        inputs = self._inputs(doc)
        expectations = self._expectations(doc, start)
        if not expectations and len(self.problems) == before:
            self.problems.append(problem(doc.span, Text("the test expects nothing"), Text("give it an expect: list")))
        length_s = max((one.at_s for one in expectations), default=0.0)
        if length_s > MAX_STEPS * step_s:
            text = Text("the test has more than {most} steps", most=MAX_STEPS)
            self.problems.append(problem(doc.span, text, Text("write a longer step, or an earlier at")))
        if len(self.problems) > before or start is None:
            return None
        shown = " ".join(name.text.split()) if isinstance(name, Scalar) else Text("line {line}", line=doc.span.line)
        return RuleTest(
            name=shown,
            start=start.astimezone(UTC),
            step_s=step_s,
            enable=self._enable(doc),
            inputs=inputs,
            expectations=tuple(expectations),
            span=doc.span,
        )

    def _start(self, doc: Table) -> datetime | None:
        start = doc.get("start")
        hint = Text("such as start: 2025-06-21 12:00 (local time)")
        if not isinstance(start, Scalar) or not _START.fullmatch(start.text):
            self.problems.append(
                problem(start.span if start is not None else doc.span, Text("the test needs a start"), hint)
            )
            return None
        day, _, clock = start.text.replace("T", " ").partition(" ")
        try:
            return datetime.fromisoformat(f"{day}T{clock.zfill(5 if clock.count(':') == 1 else 8)}").replace(
                tzinfo=self.zone
            )
        except ValueError as error:
            self.problems.append(problem(start.span, Text("no such time: {error}", error=str(error)), hint))
            return None

    def _enable(self, doc: Table) -> tuple[str, ...]:
        listed = doc.get("enable")
        if listed is None:
            return ()
        items = listed.items if isinstance(listed, Listing) else (listed,)
        if not all(isinstance(item, Scalar) for item in items):
            self.problems.append(
                problem(listed.span, Text("enable must be a list of rule ids"), Text("such as [night-tariff]"))
            )
        return tuple(item.text for item in items if isinstance(item, Scalar))

    def _duration(self, doc: Doc, low: float, high: float) -> float:
        if not isinstance(doc, Scalar):
            self.problems.append(problem(doc.span, Text("write a duration"), Text("such as 5min")))
            return low
        try:
            node = typed.value(parse(doc.text), DURATION, self.names)
            if node.op != "const" or not isinstance(node.value, float) or not low <= node.value <= high:
                shown = Text("{low} to {high}", low=DURATION.show(low), high=DURATION.show(high))
                raise ExpressionError(Text("write a fixed duration, {shown}", shown=shown), 0, len(doc.text))
        except ExpressionError as error:
            self.problems.append(problem_in(doc, error))
            return low
        return node.value

    def _inputs(self, doc: Table) -> dict[FieldRef, Series]:
        table = doc.get("input")
        if table is None:
            return {}
        if not isinstance(table, Table):
            self.problems.append(
                problem(table.span, Text("input must be a mapping"), Text("field: series, such as battery.soc: 55%"))
            )
            return {}
        found: dict[FieldRef, Series] = {}
        for key, value in table.entries:
            try:
                ref = settable(key.text, self.names)
            except ExpressionError as error:
                self.problems.append(problem_in(key, error))
                continue
            if not isinstance(value, Scalar):
                self.problems.append(
                    problem(value.span, Text("a series must be one text"), Text("such as -3kWx10 missingx5"))
                )
                continue
            try:
                found[ref] = read_series(value.text, ref)
            except ExpressionError as error:
                self.problems.append(problem_in(value, error))
        return found

    def _expectations(self, doc: Table, start: datetime | None) -> list[Expectation]:
        listed = doc.get("expect")
        if not isinstance(listed, Listing):
            where = listed.span if listed is not None else doc.span
            self.problems.append(problem(where, Text("the test expects nothing"), Text("give it an expect: list")))
            return []
        found: list[Expectation] = []
        for item in listed.items:
            if not isinstance(item, Table):
                self.problems.append(
                    problem(item.span, Text("an expectation must be a mapping"), Text("it begins with: - at: 10min"))
                )
                continue
            self.keys(item, EXPECT_KEYS)
            at_s = self._at(item, start)
            for what in ("winner", "value", "limit"):
                found += self._lines(item.get(what), what, at_s)
        return found

    def _at(self, item: Table, start: datetime | None) -> float:
        at = item.get("at")
        if not isinstance(at, Scalar):
            self.problems.append(
                problem(
                    item.span,
                    Text("the expectation has no time"),
                    Text("write at: 10min (after the start), or at: 14:30"),
                )
            )
            return 0.0
        try:
            node = parse(at.text)
            if node.op == "clock" and start is not None:
                return self._at_clock(typed.value(node, CLOCK, self.names).value, start)
        except ExpressionError as error:
            self.problems.append(problem_in(at, error))
            return 0.0
        return self._duration(at, 0.0, MAX_LENGTH_S)

    def _at_clock(self, seconds: Value | None, start: datetime) -> float:
        """Seconds from the start to the next occurrence of this local time."""
        assert isinstance(seconds, float)
        midnight = start.replace(hour=0, minute=0, second=0, tzinfo=None)
        wall = midnight + timedelta(seconds=seconds)
        if wall < start.replace(tzinfo=None):
            wall += timedelta(days=1)
        return (wall.replace(tzinfo=self.zone).astimezone(UTC) - start.astimezone(UTC)).total_seconds()

    def _lines(self, doc: Doc | None, what: str, at_s: float) -> list[Expectation]:
        if doc is None:
            return []
        if not isinstance(doc, Table):
            self.problems.append(
                problem(
                    doc.span,
                    Text("{what} must be a mapping", what=what),
                    Text("such as {what}: {{ev.mode: …}}", what=what),
                )
            )
            return []
        table = LIMITS if what == "limit" else CLAIMS
        found: list[Expectation] = []
        for key, value in doc.entries:
            ref = find_target(key.text, table, self.names)
            if ref is None and what == "winner":
                ref = find_target(key.text, LIMITS, self.names)
            if ref is None:
                near = did_you_mean(key.text, target_names(table, self.names))
                hint = (
                    no_such_device(key.text, table, self.names)
                    or near
                    or Text("known are {table}", table=one_of(table))
                )
                self.problems.append(problem(key.span, Text("{text} is not known here", text=key.text[:60]), hint))
            elif not isinstance(value, Scalar):
                self.problems.append(problem(value.span, Text("write one value here")))
            else:
                try:
                    expected = self._expected(value.text.strip(), what, ref.target)
                except ExpressionError as error:
                    self.problems.append(problem_in(value, error))
                    continue
                found.append(Expectation(at_s, ref, what=what, expected=expected, span=key.span))
        return found

    def _expected(self, text: str, what: str, target: Target) -> Value | None:
        if text == NONE:
            return None
        if what == "winner":
            return text
        if target.kind.is_enum:
            if text not in target.kind.words:
                raise ExpressionError(
                    Text("{text} is not {name}", text=text, name=target.kind.name),
                    0,
                    len(text),
                    Text("write {words} or none", words=one_of(target.kind.words)),
                )
            return target.kind.words[text]
        node = typed.value(parse(text), target.kind, self.names)
        if node.op != "const":
            raise ExpressionError(Text("write a fixed value"), 0, len(text))
        return node.value
