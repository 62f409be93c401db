"""Mistakes in rule files: each with file, line, column, caret and what to do; and how files are found."""

from pathlib import Path

import pytest

from optimizer.rules.book.files import book_from_texts, load_book
from optimizer.rules.language.errors import RuleErrors
from tests.rules.scene import BERLIN, NAMES

HEAD = "version: 1\nrules:\n"


def errors(text: str) -> RuleErrors:
    with pytest.raises(RuleErrors) as caught:
        book_from_texts({"my.yaml": text}, NAMES, BERLIN)
    return caught.value


YARD = "there is no charger yard; write ev.carport."
MISTAKES = [
    ("  - id: a\n    when: battery.sco > 5%\n    claim: {ev.mode: fast}", 4, 11, "not known", "battery.soc?"),
    ("  - id: a\n    when: battery.soc > 300W\n    claim: {ev.mode: fast}", 4, 25, "a percentage", ""),
    ("  - id: a\n    when: grid.power_w > 300\n    claim: {ev.mode: fast}", 4, 26, "plain number", "300W"),
    (
        "  - id: a\n    when: battery.soc < 0.8\n    claim: {ev.mode: fast}",
        4,
        25,
        "plain number",
        "write the unit: 80% or 0.8%",
    ),
    ("  - id: a\n    when: battery.soc < 80\n    claim: {ev.mode: fast}", 4, 25, "plain number", "write the unit: 80%"),
    ("  - id: a\n    when: ev.mode == fsat\n    claim: {ev.mode: fast}", 4, 22, "not a charging mode", "fast?"),
    ("  - id: a\n    claim: {ev.mode: turbo}", 4, 22, "not a charging mode", "off, surplus"),
    ("  - id: a\n    claim: {ev.mod: fast}", 4, 13, "not known here", "ev.mode?"),
    ("  - id: a\n    claim: {ev.power_w: 3kW}", 4, 13, "not claimed but limited", "limit:"),
    ("  - id: a\n    limit: {ev.mode: fast}", 4, 13, "not limited but claimed", "claim:"),
    ("  - id: a\n    claim: {ev.current_a: 40A}", 4, 27, "6A to 32A", ""),
    ("  - id: a\n    clam: {ev.mode: fast}", 4, 5, "not known here", "claim?"),
    ("  - id: a\n    about: nothing", 3, 5, "sets nothing", "claim:"),
    ("  - id: A b\n    claim: {ev.mode: fast}", 3, 9, "an id has at most", ""),
    ("  - claim: {ev.mode: fast}", 3, 5, "no id", "- id: name"),
    ("  - id: a\n    enabled: yes\n    claim: {ev.mode: fast}", 4, 14, "true, false or dry-run", ""),
    ("  - id: a\n    priority: high\n    claim: {ev.mode: fast}", 4, 15, "whole number", ""),
    ("  - id: a\n    for: 5\n    claim: {ev.mode: fast}", 4, 10, "a duration is required", "5s"),
    ("  - id: a\n    for: 8d\n    claim: {ev.mode: fast}", 4, 10, "0s to 168h", ""),
    ("  - id: a\n    if_unknown: guess\n    claim: {ev.mode: fast}", 4, 17, "release, apply or hold", ""),
    ("  - id: a\n    schedule: {cron: '0 22 * *', lasts: 8h}\n    claim: {ev.mode: fast}", 4, 22, "five fields", ""),
    (
        "  - id: a\n    schedule: {cron: '0 0 30 2 *', lasts: 8h}\n    claim: {ev.mode: fast}",
        4,
        22,
        "this date does not exist",
        "",
    ),
    ("  - id: a\n    schedule: {cron: '0 0 * * *'}\n    claim: {ev.mode: fast}", 4, 15, "lasts is missing", ""),
    ("  - id: a\n    schedule: {cron: * * * * *, lasts: 1h}\n    claim: {ev.mode: fast}", 4, 23, "alias", "quotes"),
    ("  - id: a\n    id: b\n    claim: {ev.mode: fast}", 4, 5, "twice", "line 3"),
    ("  - id: a\n    claim: &x {ev.mode: fast}", 4, 12, "anchors", ""),
    ("  - id: a\n    claim: {ev.mode: !!str fast}", 4, 22, "tags", ""),
    (
        "  - id: a\n    claim: {ev.mode: fast}\n  - id: a\n    limit: {ev.power_w: 0W}",
        5,
        5,
        "is used twice",
        "my.yaml:3",
    ),
    ("  - id: a\n    claim: {ev.mode: fast, ev.carport.mode: 'off'}", 4, 28, "means the same", "keep one"),
    ("  - id: a\n    when: time.now == 22:00\n    claim: {ev.mode: fast}", 4, 11, "almost never true", "between"),
    ("  - id: a\n    when: 3 < battery.soc < 5\n    claim: {ev.mode: fast}", 4, 27, "not expected", "between"),
    ("  - id: a\n    when: pv.power_w / 0W > 1\n    claim: {ev.mode: fast}", 4, 24, "zero", ""),
    ("  - id: a\n    when: avg(pv.power_w, 2d) > 1kW\n    claim: {ev.mode: fast}", 4, 27, "5s and 24h", ""),
    ("  - id: a\n    when: ev.yard.connected\n    claim: {ev.mode: fast}", 4, 11, "not known", YARD + "connected"),
    ("  - id: a\n    when: pv.roof.soc > 1%\n    claim: {ev.mode: fast}", 4, 11, "not known", "pv.roof"),
    ("  - id: a\n    claim: {ev.yard.mode: fast}", 4, 13, "not known here", YARD + "mode or ev.garage.mode"),
    (
        "  - id: a\n    schedule: {cron: '0 25 * * *', lasts: 8h}\n    claim: {ev.mode: fast}",
        4,
        22,
        "there is no hour 25: ",
        "",
    ),
    ("  - id: a\n    schedule: {cron: '0 22 * * *', lasts: 8}\n    claim: {ev.mode: fast}", 4, 43, "is required", "8h"),
    ("  - id: a\n    when: grid.export_w > 5A\n    claim: {ev.mode: fast}", 4, 27, "a current", "W, kW or MW"),
    ("  - id: a\n    when: ev.charging > 3\n    claim: {ev.mode: fast}", 4, 11 + 14, "yes or no", ""),
]


@pytest.mark.parametrize(("text", "line", "column", "says", "hint"), MISTAKES, ids=[m[3] for m in MISTAKES])
def test_a_mistake_is_told_with_its_place(text: str, line: int, column: int, says: str, hint: str) -> None:
    problems = errors(HEAD + text).problems
    assert len(problems) == 1
    problem = problems[0]
    assert (problem.file, problem.line, problem.column) == ("my.yaml", line, column), problem.render()
    assert says in problem.message
    assert hint in problem.hint


def test_the_caret_stands_under_the_place() -> None:
    rendered = errors(HEAD + "  - id: a\n    when: battery.sco > 5%\n    claim: {ev.mode: fast}").render()
    assert rendered == (
        "my.yaml:4:11: error: battery.sco is not known\n"
        "    4 |     when: battery.sco > 5%\n"
        "      |           ^^^^^^^^^^^\n"
        "      = did you mean battery.soc?\n"
        "1 error in the rules"
    )


@pytest.mark.parametrize("style", [">-", "|", ">", "", "'", '"'])
def test_places_inside_conditions_of_several_lines(style: str) -> None:
    first, second = "ev.connected and", "  (battery.sco > 5%)"
    quote = style if style in ("'", '"') else ""
    block = "" if quote or not style else style
    lines = f"    when: {block}{quote}\n      {first}\n      {second}{quote}\n"
    text = f"{HEAD}  - id: a\n{lines}    claim: {{ev.mode: fast}}\n"
    problem = errors(text).problems[0]
    assert (problem.line, problem.column, problem.width) == (6, 10, len("battery.sco"))


def test_all_mistakes_are_told_at_once() -> None:
    text = (
        HEAD + "  - id: a\n    when: x.y\n    claim: {ev.mode: z}\n  - id: b\n    for: 3W\n    claim: {ev.mode: fast}"
    )
    assert [problem.line for problem in errors(text).problems] == [4, 5, 7]
    assert errors(text).render().endswith("3 errors in the rules")


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "rules: []", "version: 2", "version: 1\nrules: 3", "a"])
def test_what_is_no_rule_file(text: str) -> None:
    assert errors(text).problems


def test_a_file_without_rules_is_a_book() -> None:
    book = book_from_texts({"my.yaml": "version: 1\ndefaults: {ev.mode: off}\nrules:\n"}, NAMES, BERLIN)
    assert [setting.constant for setting in book.defaults] == ["off", "off"]


def test_too_many_rules() -> None:
    rules = "".join(f"  - {{id: r{i}, limit: {{ev.power_w: 0W}}}}\n" for i in range(201))
    assert "200 are allowed" in errors(HEAD + rules).problems[0].message


def test_files_of_a_directory_are_one_book(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(HEAD + "  - {id: b, claim: {ev.mode: fast}}")
    (tmp_path / "a.yml").write_text("version: 1\ndefaults: {ev.mode: surplus}\n")
    (tmp_path / ".hidden.yaml").write_text("nonsense: [")
    (tmp_path / "notes.txt").write_text("nonsense: [")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "t.yaml").write_text("nonsense: [")
    book = load_book(tmp_path, NAMES, BERLIN)
    assert [rule.id for rule in book.rules] == ["b"]
    assert load_book(tmp_path / "b.yaml", NAMES, BERLIN).rules[0].id == "b"
    (tmp_path / "c.yaml").write_text("version: 1\ndefaults: {ev.mode: off}\n")
    with pytest.raises(RuleErrors, match="two defaults"):
        load_book(tmp_path, NAMES, BERLIN)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml", Path("/dev/zero")):
        with pytest.raises(RuleErrors):
            load_book(path, NAMES, BERLIN)
    (tmp_path / "latin.yaml").write_bytes(b"version: 1\n# \xe9t\xe9\n")
    with pytest.raises(RuleErrors, match=r"latin.yaml:2:1: error: not UTF-8"):
        load_book(tmp_path, NAMES, BERLIN)
    (tmp_path / "latin.yaml").write_text("#" * 300_000)
    with pytest.raises(RuleErrors, match="256 KiB"):
        load_book(tmp_path, NAMES, BERLIN)


def test_a_comma_inside_braces_needs_quotes() -> None:
    problem = errors(HEAD + "  - id: a\n    claim: {battery.power_w: min(1W, 2W)}").problems[0]
    assert (problem.line, problem.column) == (4, 36)
    assert "in quotes" in problem.hint


def test_a_missing_if_unknown_is_reported_beside_other_mistakes() -> None:
    text = """\
version: 1
rules:
  - id: one
    when: batery.soc > 50%
    claim: {ev.mode: fast}
  - id: two
    when: schedule.ev.power_w > 1kW
    if_unknown: hold
    claim: {ev.mode: fast}
"""
    with pytest.raises(RuleErrors) as raised:
        book_from_texts({"a.yaml": text}, NAMES, BERLIN)
    assert [one.line for one in raised.value.problems] == [4, 7]
