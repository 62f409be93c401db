"""The commands for those who write rules: what they print, and their exit codes."""

from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.program import Runner, application

SHIPPED = Path(__file__).parents[3] / "rules"


def run(*arguments: str | Path) -> Result:
    return Runner().invoke(application(), [str(argument) for argument in arguments])


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rules(folder: Path, text: str) -> Path:
    path = folder / "rules"
    path.mkdir()
    (path / "mine.yaml").write_text(f"version: 1\nrules:\n{text}")
    return path


def test_check_tells_who_wins_and_which_windows_come(elsewhere: Path) -> None:
    result = run("check", SHIPPED, "--zone", "Europe/Berlin")
    assert result.exit_code == 0, result.output
    assert "surplus.priority: battery_first (scheduled-battery-first, priority " in result.output
    assert " > battery_first (evening-reserve, priority 5) > " in result.output
    assert "no settings: checked for ev.car, battery.battery, pv.pv in Europe/Berlin" in result.output


def test_check_ends_with_2_on_mistakes(elsewhere: Path) -> None:
    result = run("check", rules(elsewhere, "  - id: a\n    when: battery.sco > 5%\n    claim: {ev.mode: fast}\n"))
    assert result.exit_code == 2
    assert "mine.yaml:4:11: error: battery.sco is not known" in result.output
    assert "did you mean battery.soc?" in result.output


def test_check_ends_with_1_on_warnings_only_when_strict(elsewhere: Path) -> None:
    folder = rules(elsewhere, "  - id: a\n    limit: {ev.carport.current_a: 4A}\n")
    assert run("check", folder).exit_code == 0
    result = run("check", folder, "--strict")
    assert result.exit_code == 1
    assert "warning: the limit 4A is below the 6A" in result.output


def test_test_runs_what_stands_beside_the_rules(elsewhere: Path) -> None:
    result = run("test", SHIPPED, "--zone", "Europe/Berlin")
    assert result.exit_code == 0, result.output
    assert "all passed" in result.output
    assert "no test activates" not in result.output


def test_test_ends_with_1_when_one_fails(elsewhere: Path) -> None:
    folder = rules(elsewhere, "  - id: a\n    claim: {ev.carport.mode: fast}\n")
    (folder / "tests").mkdir()
    head = "version: 1\ntests:\n  - name: off\n    start: 2025-06-21 12:00\n"
    (folder / "tests" / "t.yaml").write_text(head + "    expect: [{at: 0s, value: {ev.mode: off}}]\n")
    result = run("test", folder)
    assert result.exit_code == 1
    assert "expected off" in result.output
    assert "got      fast" in result.output
    (folder / "tests" / "t.yaml").write_text("nonsense")
    assert run("test", folder).exit_code == 2


def test_explain_assumes_what_it_is_told(elsewhere: Path) -> None:
    result = run("explain", SHIPPED, "--zone", "Europe/Berlin", "--at", "2025-06-21 10:00", "--set", "battery.soc=40%")
    assert result.exit_code == 0, result.output
    assert "At Sat 2025-06-21 10:00:00 CEST" in result.output
    assert "surplus.priority: battery_first  ← battery-first" in result.output
    assert "✓ battery.soc (40%) < 55%" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--set", "battery.soc"), "FIELD=VALUE"),
        (("--set", "battery.sco=5%"), "battery.soc?"),
        (("--set", "battery.soc=5W"), "a percentage is required"),
        (("--at", "yesterday"), "--at: “yesterday” is not a time"),
        (("--zone", "Mars/Base"), "Write a name such as Europe/Berlin"),
        (("--config", "none.yaml"), "none.yaml"),
    ],
)
def test_explain_answers_mistakes(elsewhere: Path, arguments: tuple[str, ...], says: str) -> None:
    result = run("explain", SHIPPED, *arguments)
    assert result.exit_code == 2
    assert says in result.output
