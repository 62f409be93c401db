"""The owner's tests: what they accept, what they print; and those of the rules that ship all pass."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.fields import DeviceNames
from optimizer.model.inputs import InputSpec
from optimizer.rules.book.files import book_from_texts, load_book, read_texts
from optimizer.rules.language.errors import ExpressionError, RuleErrors
from optimizer.rules.tools.inputs import STAND_INS, settable
from optimizer.rules.tools.lints import lints
from optimizer.rules.tools.rule_tests import TestResult, load_tests, never_active, run_test
from optimizer.rules.tools.series import read_series
from optimizer.rules.tools.test_text import results_text
from tests.rules.scene import BERLIN, NAMES, book

SHIPPED = Path(__file__).parents[3] / "rules"
RULES = """
- id: sun
  when: grid.export_w > 1kW
  for: 2min
  claim: {ev.mode: surplus}
- id: never
  when: battery.soc > 90%
  limit: {ev.power_w: 2kW}
"""


def results(tests: str, folder: Path) -> list[TestResult]:
    file = folder / "t.yaml"
    file.write_text(f"version: 1\ntests:\n{tests}")
    rules = book(RULES)
    return [run_test(test, rules) for test in load_tests(file, rules)]


TWO_BATTERIES = DeviceNames(("carport",), ("house", "sonnen"), ("house",))


@pytest.mark.parametrize("names", [STAND_INS, TWO_BATTERIES], ids=["one each", "two batteries"])
def test_the_shipped_rules_pass_their_tests_and_each_is_tested(names: DeviceNames) -> None:
    rules = load_book(SHIPPED, names, BERLIN)
    outcome = [run_test(test, rules) for test in load_tests(SHIPPED / "tests", rules)]
    assert all(result.passed for result in outcome), results_text(outcome, [])
    assert never_active(outcome, rules) == []


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (STAND_INS, set()),
        (NAMES, {"plain ev means ev.carport, the first charger"}),
        (TWO_BATTERIES, set()),
        (DeviceNames(("carport",)), set()),
    ],
    ids=["one each", "two cars", "two batteries", "car only"],
)
def test_the_shipped_rules_suit_every_house(names: DeviceNames, said: set[str]) -> None:
    rules = load_book(SHIPPED, names, BERLIN)
    assert all(rule.about for rule in rules.rules)
    warnings = lints(rules, {"ev.soc", "grid.dimmed", "grid.on_grid"})
    assert {warning.message.partition(":")[0] for warning in warnings} == said


def test_a_failed_test_says_expected_got_and_why(tmp_path: Path) -> None:
    outcome = results(
        "  - name: sun\n    start: 2025-06-21 12:00\n    input: {grid.power_w: 0Wx2 -3kW, battery.soc: 50%}\n"
        "    expect:\n      - {at: 3min, winner: {ev.mode: sun}}\n      - {at: 4min, value: {ev.mode: surplus}}\n",
        tmp_path,
    )
    text = results_text(outcome, ["never"])
    assert not outcome[0].passed
    for line in (
        "FAILED sun",
        "t.yaml:7: at Sat 12:03:00 the winner of ev.carport.mode",
        "expected sun",
        "got      none",
        "waits until its condition has held for long enough",
        "✓ grid.export_w (3kW) > 1kW",
        "1 tests, 1 failed",
        "no test activates: never",
    ):
        assert line in text, text
    assert [failure.expectation.at_s for failure in outcome[0].failures] == [180.0]


def test_series() -> None:
    series = read_series("-3kWx2 missingx2 0W..3kWx4 500W", settable("grid.power_w", NAMES))
    assert [series.at(step) for step in range(10)] == [
        -3000.0,
        -3000.0,
        None,
        None,
        0.0,
        1000.0,
        2000.0,
        3000.0,
        500.0,
        500.0,
    ]
    flags = read_series("truex2 false missing", settable("ev.connected", NAMES))
    assert [flags.at(step) for step in range(5)] == [True, True, False, None, None]


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=30))
def test_each_step_has_the_value_of_its_run(runs: list[tuple[int, int]]) -> None:
    ref = settable("grid.power_w", NAMES)
    series = read_series(" ".join(f"{watts}Wx{steps}" for watts, steps in runs), ref)
    steps = [float(watts) for watts, count in runs for _ in range(count)]
    assert [series.at(step) for step in range(len(steps) + 3)] == [*steps, *[steps[-1]] * 3]


def test_a_value_of_a_long_series_is_found_without_passing_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each tick of a test asked all runs before its own."""
    series = read_series("1W 2W " * 2000, settable("grid.power_w", NAMES))
    asked = 0

    class Counting(tuple[int, ...]):
        def __getitem__(self, index: Any) -> Any:
            nonlocal asked
            asked += 1
            return super().__getitem__(index)

    object.__setattr__(series, "ends", Counting(series.ends))
    assert series.at(3999) == 2.0
    assert 0 < asked < 20


def test_a_test_with_too_many_steps_is_a_mistake(tmp_path: Path) -> None:
    """Fourteen days by the second took a quarter of a minute for each test."""
    text = "  - {name: a, start: 2025-06-21 12:00, step: 1s, expect: [{at: 336h, winner: {ev.mode: none}}]}"
    with pytest.raises(RuleErrors, match="the test has more than 100000 steps"):
        results(text, tmp_path)


@pytest.mark.parametrize(
    "text", ["", "3", "3kWx0", "true..falsex3", "missing..3kWx3", "3kWx999999", "1kW+", "off", "grid.power_w"]
)
def test_what_is_no_series(text: str) -> None:
    with pytest.raises(ExpressionError):
        read_series(text, settable("grid.power_w", NAMES))


HEAD = "  - name: x\n    start: 2025-06-21 12:00\n"
EXPECT = "    expect:\n      - {at: 0s, value: {ev.mode: none}}\n"
BROKEN = [
    ("  - name: x\n" + EXPECT, "needs a start"),
    ("  - name: x\n    start: 2025-02-30 12:00\n" + EXPECT, "no such time"),
    (HEAD, "expects nothing"),
    (HEAD + "    input: {time.now: 1}\n" + EXPECT, "cannot be given"),
    (HEAD + "    input: {grid.powr_w: 1W}\n" + EXPECT, "not known"),
    (HEAD + "    input: {ev.yard.soc: 5%}\n" + EXPECT, "there is no charger yard; write ev.carport.soc"),
    (HEAD + "    input: {battery.soc: 155%}\n" + EXPECT, "battery.soc must be 0% to 100%"),
    (HEAD + "    expect:\n      - {at: 0s, value: {ev.yard.mode: fast}}\n", "write ev.carport.mode or ev.garage.mode"),
    (HEAD + "    input: {grid.power_w: 5%}\n" + EXPECT, "a power is required"),
    (
        HEAD + "    input: {grid.power_w: 1W, surplus.power_w: 1W, battery.power_w: 0W, ev.power_w: 0W}\n" + EXPECT,
        "both",
    ),
    (HEAD + "    expect:\n      - {value: {ev.mode: fast}}\n", "the expectation has no time"),
    (HEAD + "    expect:\n      - {at: 0s, winner: {ev.mode: nobody}}\n", "no rule nobody"),
    (HEAD + "    expect:\n      - {at: 0s, value: {ev.mode: faster}}\n", "not a charging mode"),
    (HEAD + "    enable: [x]\n" + EXPECT, "no rule x to enable"),
    (HEAD + "    bogus: 1\n" + EXPECT, "not known here"),
]


@pytest.mark.parametrize(("tests", "says"), BROKEN, ids=[says for _, says in BROKEN])
def test_mistakes_in_tests_are_told_with_their_place(tests: str, says: str, tmp_path: Path) -> None:
    if says == "both":
        tests = tests.replace("ev.power_w: 0W", "ev.carport.power_w: 0W, ev.garage.power_w: 0W")
    with pytest.raises(RuleErrors, match=says) as caught:
        results(tests, tmp_path)
    assert caught.value.problems[0].line > 0


def test_home_and_surplus_set_what_is_open(tmp_path: Path) -> None:
    outcome = results(
        HEAD + "    input: {surplus.power_w: 2kW, battery.power_w: 0W, ev.carport.power_w: 0W, ev.garage.power_w: 0W}\n"
        "    expect:\n      - {at: 2min, winner: {ev.mode: sun}}\n"
        + HEAD
        + "    input: {home.power_w: 500W, pv.power_w: 2kW, battery.power_w: 0W, ev.carport.power_w: 0W, "
        "ev.garage.power_w: 0W}\n    expect:\n      - {at: 12:02, winner: {ev.mode: sun}}\n",
        tmp_path,
    )
    assert all(result.passed for result in outcome)


INPUT_RULES = """
version: 1
defaults: {ev.mode: surplus}
rules:
- id: away
  when: input.holiday
  claim: {ev.mode: 'off'}
- id: limit
  limit: {ev.power_w: input.limit_w}
"""
INPUT_TESTS = """
version: 1
tests:
- name: a day away
  start: 2025-06-21 12:00
  input: {input.holiday: falsex5 truex10, input.limit_w: 3kWx5 missingx10}
  expect:
    - {at: 2min, winner: {ev.mode: defaults}, limit: {ev.power_w: 3kW}}
    - {at: 7min, winner: {ev.mode: away}, limit: {ev.power_w: 0W}}
"""


def test_tests_set_inputs(tmp_path: Path) -> None:
    inputs = (InputSpec("holiday", "switch"), InputSpec("limit_w", "number", unit="W", low=0.0))
    rules = book_from_texts({"a.yaml": INPUT_RULES}, DeviceNames(("carport",), inputs=inputs), BERLIN)
    file = tmp_path / "t.yaml"
    file.write_text(INPUT_TESTS)
    outcome = [run_test(test, rules) for test in load_tests(file, rules)]
    assert [result.passed for result in outcome] == [True], results_text(outcome, [])


OTHERS = """
version: 1
rules:
  - id: mine
    when: ev.connected
    priority: 99
    claim: {ev.mode: "off", surplus.priority: battery_first, battery.mode: charge}
  - id: mine-too
    limit: {battery.discharge_w: 0W, ev.power_w: 1kW, grid.import_w: 1kW}
"""


def test_rules_that_an_owner_adds_do_not_change_the_tests_of_the_shipped_ones() -> None:
    texts = read_texts(SHIPPED) | {"mine.yaml": OTHERS}
    rules = book_from_texts(texts, STAND_INS, BERLIN)
    outcome = [run_test(test, rules) for test in load_tests(SHIPPED / "tests", rules)]
    assert all(result.passed for result in outcome), results_text(outcome, [])
    assert never_active(outcome, rules) == ["mine", "mine-too"]


@pytest.mark.parametrize(
    ("head", "message", "hint"),
    [
        ("rules: [mien.yaml]", "there is no rule file mien.yaml", "did you mean mine.yaml?"),
        ("rules: []", "rules must be a list of names of rule files", "such as [charging.yaml]"),
        ("rules: [others.yaml]", "the rule sun is in mine.yaml", "add it to rules at the top of this file"),
    ],
)
def test_a_wrong_list_of_rule_files_is_explained(head: str, message: str, hint: str, tmp_path: Path) -> None:
    other = "version: 1\nrules:\n- {id: other, claim: {surplus.priority: ev_first}}\n"
    rules = book_from_texts({"mine.yaml": f"version: 1\nrules:{RULES}", "others.yaml": other}, NAMES, BERLIN)
    test = "- {name: x, start: 2025-06-21 12:00, expect: [{at: 1min, winner: {ev.mode: sun}}]}"
    file = tmp_path / "t.yaml"
    file.write_text(f"version: 1\n{head}\ntests:\n{test}\n")
    with pytest.raises(RuleErrors) as caught:
        load_tests(file, rules)
    assert message in str(caught.value.problems[0].message)
    assert hint in str(caught.value.problems[0].hint)
    file.write_text(f"version: 1\nrules: mine.yaml\ntests:\n{test}\n")
    assert [one.name for one in load_tests(file, rules)] == ["x"]
