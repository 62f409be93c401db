"""Runs the owner's tests: the rule engine over the given series, with expected and actual values and the causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from optimizer.model.fields import FieldRef
from optimizer.model.kinds import Value
from optimizer.model.state import State
from optimizer.rules.book.assemble import DEFAULTS, assemble
from optimizer.rules.book.book import Book, Rule, Setting
from optimizer.rules.book.document import problem, read_document
from optimizer.rules.book.engine import EMPTY_MEMORY, RulesMemory, evaluate
from optimizer.rules.book.files import read_texts
from optimizer.rules.book.lifecycle import ACTIVE
from optimizer.rules.book.verdict import Verdict
from optimizer.rules.language.errors import ExpressionError, Problem, RuleErrors, did_you_mean, one_of
from optimizer.rules.tools.explain import Explanation, explain
from optimizer.rules.tools.inputs import blank_state, with_values
from optimizer.rules.tools.test_files import NONE, Expectation, RuleTest, read_tests
from optimizer.words.text import Text

TICK_S = 10.0
LONG_TICK_S = 60.0
"""For tests of more than two days."""
START_S = 1000.0
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met."""

    expectation: Expectation
    expected: str
    got: str
    explanation: Explanation
    """The explanation of that tick."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """The outcome of one test."""

    test: RuleTest
    failures: tuple[Failure, ...]
    active: frozenset[str]
    """Ids of the rules that were active at some time."""

    __test__ = False  # Not a test class for pytest, despite its name.

    @property
    def passed(self) -> bool:
        """Whether all expectations were met."""
        return not self.failures


def load_tests(path: Path, book: Book) -> list[RuleTest]:
    """The tests in the files of a directory (or one file). Raises RuleErrors."""
    tests: list[RuleTest] = []
    problems: list[Problem] = []
    for file, text in read_texts(path).items():
        try:
            tests += read_tests(read_document(text, file), file, book.names, book.zone)
        except RuleErrors as error:
            problems += error.problems
    files = {_file(rule) for rule in book.rules} | {_file(one) for one in book.defaults}
    unknown = {name.span: name for test in tests for name in test.files if name.text not in files}
    for span, name in unknown.items():
        hint = did_you_mean(name.text, sorted(files)) or Text("known are {known}", known=one_of(sorted(files)))
        problems.append(problem(span, Text("there is no rule file {name}", name=name.text[:60]), hint))
    homes = {rule.id: _file(rule) for rule in book.rules}
    for test in tests:
        if not unknown:
            problems += _missing_rules(test, homes)
    if problems:
        raise RuleErrors(problems)
    return tests


def _missing_rules(test: RuleTest, homes: Mapping[str, str]) -> Iterator[Problem]:
    """Rules that the test names and that are not there. `homes` is the file of each rule."""
    files = frozenset(name.text for name in test.files) or frozenset(homes.values())
    named = [(name, test.span, Text("there is no rule {name} to enable", name=name)) for name in test.enable]
    named += [
        (e.expected, e.span, Text("there is no rule {expected}", expected=e.expected))
        for e in test.expectations
        if e.what == "winner" and isinstance(e.expected, str) and e.expected != DEFAULTS
    ]
    for name, span, missing in named:
        if name not in homes:
            yield problem(span, missing)
        elif homes[name] not in files:
            text = Text("the rule {name} is in {file}, which this file does not test", name=name, file=homes[name])
            yield problem(span, text, Text("add it to rules at the top of this file"))


def run_test(test: RuleTest, book: Book) -> TestResult:
    """Run one test. Raises RuleErrors if its inputs contradict each other."""
    book = _enabling(_of_files(book, test), frozenset(test.enable))
    failures: list[Failure] = []
    active: set[str] = set()
    waiting = sorted(test.expectations, key=lambda expectation: expectation.at_s)
    memory = EMPTY_MEMORY
    phases: tuple[int, ...] = ()
    for state, elapsed_s in _ticks(test, book, waiting):
        before = memory
        verdict, memory = evaluate(book, state, memory)
        if memory.phases is not phases:
            phases = memory.phases
            active.update(part.name for part, phase in zip(book.parts, phases, strict=True) if phase >= ACTIVE)
        while waiting and waiting[0].at_s <= elapsed_s + TOLERANCE:
            failure = _check(waiting.pop(0), verdict, book, state, before)
            if failure is not None:
                failures.append(failure)
    return TestResult(test, tuple(failures), frozenset(active))


def _file(part: Rule | Setting) -> str:
    return Path(part.span.file).name


def _of_files(book: Book, test: RuleTest) -> Book:
    """The part of the book that is in the files of the test. Rules that the owner adds elsewhere do not change it."""
    if not test.files:
        return book
    files = frozenset(name.text for name in test.files)
    rules = [rule for rule in book.rules if _file(rule) in files]
    return assemble(rules, [one for one in book.defaults if _file(one) in files], book.names, book.zone)


def _enabling(book: Book, ids: frozenset[str]) -> Book:
    """The book with these rules switched on."""
    if all(rule.enabled == "true" for rule in book.rules if rule.id in ids):
        return book
    rules = [replace(rule, enabled="true") if rule.id in ids else rule for rule in book.rules]
    return assemble(rules, book.defaults, book.names, book.zone)


def never_active(results: Sequence[TestResult], book: Book) -> list[str]:
    """Ids of rules that no test activates."""
    seen = frozenset[str]().union(*(result.active for result in results))
    return [rule.id for rule in book.rules if rule.id not in seen]


def _ticks(test: RuleTest, book: Book, waiting: Sequence[Expectation]) -> Iterator[tuple[State, float]]:
    """The states of the test, tick by tick: at even times, and at the time of each expectation."""
    tick_s = min(test.step_s, TICK_S if test.length_s <= 2 * 86400.0 else LONG_TICK_S)
    asked = {expectation.at_s for expectation in waiting}
    count = int(test.length_s / tick_s) + 1
    times = sorted({index * tick_s for index in range(count)} | asked)
    blank = blank_state(book.names, test.start, book.zone, START_S)
    row: dict[FieldRef, Value | None] | None = None
    house = blank
    for elapsed_s in times:
        step = int(elapsed_s / test.step_s + TOLERANCE)
        now = test.start + timedelta(seconds=elapsed_s)
        values = {ref: series.at(step) for ref, series in test.inputs.items()}
        if values != row:
            row = values
            try:
                house = with_values(replace(blank, mono_s=START_S + elapsed_s), values)
            except ExpressionError as error:
                text = Text("{name}: {why}", name=test.name, why=error.message)
                raise RuleErrors([problem(test.span, text, error.hint)]) from None
        yield (
            replace(house, now=now, local=now.astimezone(book.zone), mono_s=START_S + elapsed_s),
            elapsed_s,
        )


def _check(expectation: Expectation, verdict: Verdict, book: Book, state: State, before: RulesMemory) -> Failure | None:
    name, kind = expectation.target.name, expectation.target.target.kind
    claimed, limited = verdict.claims.get(name), verdict.limits.get(name)
    got: Value | None
    if expectation.what == "winner":
        holder = claimed or limited
        got = holder.rule if holder is not None else None
    elif expectation.what == "value":
        got = claimed.value if claimed is not None else None
    else:
        got = limited.value if limited is not None else None
    if _same(expectation.expected, got):
        return None

    def show(value: Value | None) -> str:
        if value is None:
            return NONE
        return str(value) if expectation.what == "winner" else kind.show(value)

    return Failure(expectation, show(expectation.expected), show(got), explain(book, state, before))


def _same(expected: Value | None, got: Value | None) -> bool:
    if isinstance(expected, float) and isinstance(got, int | float):
        return abs(expected - got) <= 1e-3 * max(1.0, abs(expected))
    return expected == got
