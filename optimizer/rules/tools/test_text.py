"""The outcome of the owner's tests as text: expected against got, with the causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.rules.tools.explain_text import rule_lines, target_lines
from optimizer.rules.tools.rule_tests import Failure, TestResult


def results_text(results: Sequence[TestResult], untested: Sequence[str]) -> str:
    """All tests, the failures of each, and the rules that no test activates."""
    lines = [line for result in results for line in _result(result)]
    failed = sum(not result.passed for result in results)
    lines.append(f"{len(results)} tests, {failed} failed" if failed else f"{len(results)} tests, all passed")
    if untested:
        lines.append(f"no test activates: {', '.join(untested)}")
    return "\n".join(lines)


def _result(result: TestResult) -> Iterator[str]:
    yield f"{'ok    ' if result.passed else 'FAILED'} {result.test.name}"
    for failure in result.failures:
        yield from _failure(failure)


def _failure(failure: Failure) -> Iterator[str]:
    expectation, explanation = failure.expectation, failure.explanation
    span, name = expectation.span, expectation.target.name
    yield f"  {span.file}:{span.line}: at {explanation.at:%a %H:%M:%S} the {expectation.what} of {name}"
    yield f"    expected {failure.expected}"
    yield f"    got      {failure.got}"
    contenders: set[str] = set()
    for target in explanation.targets:
        if target.target == name and (expectation.what != "limit" or target.limit):
            contenders |= {contender.rule for contender in target.contenders}
            yield from (f"  {line}" for line in target_lines(target))
    if isinstance(expectation.expected, str):
        contenders.add(expectation.expected)
    for rule in explanation.rules:
        if rule.rule.id in contenders:
            yield from (f"    {line}" for line in rule_lines(rule, explanation.at))
