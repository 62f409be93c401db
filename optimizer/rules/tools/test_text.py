"""The outcome of the owner's tests as text: expected against got, with the causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.model.goal_text import WEEKDAYS
from optimizer.rules.tools.explain_text import rule_lines, target_lines
from optimizer.rules.tools.rule_tests import Failure, TestResult
from optimizer.words.text import Text, stacked


def results_text(results: Sequence[TestResult], untested: Sequence[str]) -> str:
    """All tests, the failures of each, and the rules that no test activates."""
    lines = [line for result in results for line in _result(result)]
    failed = sum(not result.passed for result in results)
    lines.append(
        Text("{count} tests, {failed} failed", count=len(results), failed=failed)
        if failed
        else Text("{count} tests, all passed", count=len(results))
    )
    if untested:
        lines.append(Text("no test activates: {names}", names=", ".join(untested)))
    return stacked(lines)


def _result(result: TestResult) -> Iterator[str]:
    yield f"ok     {result.test.name}" if result.passed else Text("FAILED {name}", name=result.test.name)
    for failure in result.failures:
        yield from _failure(failure)


def _failure(failure: Failure) -> Iterator[str]:
    expectation, explanation = failure.expectation, failure.explanation
    span, name = expectation.span, expectation.target.name
    at = Text("{day} {time}", day=Text(WEEKDAYS[explanation.at.weekday()]), time=f"{explanation.at:%H:%M:%S}")
    where = f"{span.file}:{span.line}"
    yield Text("  {where}: at {at} the {what} of {name}", where=where, at=at, what=Text(expectation.what), name=name)
    yield Text("    expected {value}", value=failure.expected)
    yield Text("    got      {value}", value=failure.got)
    contenders: set[str] = set()
    for target in explanation.targets:
        if target.target == name and (expectation.what != "limit" or target.limit):
            contenders |= {contender.rule for contender in target.contenders}
            yield from (Text("  {line}", line=line) for line in target_lines(target))
    if isinstance(expectation.expected, str):
        contenders.add(expectation.expected)
    for rule in explanation.rules:
        if rule.rule.id in contenders:
            yield from (Text("    {line}", line=line) for line in rule_lines(rule, explanation.at))
