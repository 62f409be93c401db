"""`optimizer init`: what it writes is commented, and accepted by `optimizer check`."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from optimizer.cli.setup.answers import KINDS, Answers, DeviceAnswer
from optimizer.cli.setup.init_text import settings_text
from optimizer.settings import load_settings
from tests.cli.village import call

DEVICES = (
    "carport=nrgkick@http://192.168.1.20",
    "house=fems@http://192.168.1.30",
    "sonnen=sonnen@http://192.168.1.40:8080",
    "giv=givtcp@http://192.168.1.50:8099/REST1",
    "yard=givtcp_evc@http://192.168.1.50:8099/REST1",
)


def options(*devices: str) -> list[str]:
    return [word for device in devices for word in ("--device", device)]


@pytest.mark.parametrize("count", range(len(DEVICES) + 1))
def test_without_a_question_for_any_house(tmp_path: Path, count: int) -> None:
    path = tmp_path / "site.yaml"
    code, text = call("init", "--no-input", "--time-zone", "Europe/Vienna", "-o", str(path), *options(*DEVICES[:count]))
    assert code == 0, text
    found = [name.partition("=")[0] for name in DEVICES[:count] if "=nrgkick@" in name or "=givtcp_evc@" in name]
    steps = [f"optimizer commission {name} --config" for name in found] if len(found) > 1 else (
        ["optimizer commission --config"] if found else []
    )  # fmt: skip
    assert [step in text for step in steps] == [True] * len(steps)
    assert text.count("optimizer commission") == len(steps)
    code, text = call("check", "--config", str(path))
    assert code == (0 if count else 2), text
    assert "Europe/Vienna" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().count("#") > 15


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC"])
def test_the_zone_of_a_machine_in_utc_is_said(zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh server or container runs in UTC, wherever the house is."""
    monkeypatch.setenv("TZ", zone)
    path = tmp_path / "site.yaml"
    code, text = call("init", "--no-input", "-o", str(path), *options(*DEVICES[:2]))
    assert code == 0, text
    assert f"Time zone: {zone}, as on this machine. It has no summer time." in text
    assert "change `time_zone` in" in text
    assert f"time_zone: {zone}   # for times in rules such as 22:00; without daylight saving" in path.read_text()
    for named in ([], ["--time-zone", "Etc/UTC"]):
        monkeypatch.setenv("TZ", "UTC" if named else "Europe/Vienna")
        code, text = call("init", "--no-input", "--force", "-o", str(path), *options(*DEVICES[:2]), *named)
        assert "Time zone:" not in text


def test_answers_become_settings_and_secrets_files_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    asked = [
        "en", "Villa", "Europe/Berlim", "Europe/Berlin", "50", "20", "n",
        "nrgkik", "nrgkick", "Carport", "carport", "192.168.1.20",
        "y", "me", "s3cret-pass", "L2 L3 L1", "33", "20", "y",
        "fems", "", "http://192.168.1.30", "y",
        "sonnen", "cellar", "http://192.168.1.40", "v2", "t0ken-of-mine", "l2",
        "", "", "later", "?", "?", "later", "later", "n", "", "y",
    ]  # fmt: skip
    code, text = call("init", "-o", str(path), stdin="\n".join(asked) + "\n")
    assert code == 0, text
    assert "did you mean “Europe/Berlin”?" in text
    assert "did you mean “nrgkick”?" in text
    assert "lowercase letters" in text
    assert "6 to 32 A" in text
    assert "s3cret-pass" not in text + path.read_text()
    assert "t0ken-of-mine" not in text + path.read_text()
    assert stat.S_IMODE((tmp_path / "carport.secret").stat().st_mode) == 0o600
    settings = load_settings(path, {})
    assert not settings.warnings
    assert (settings.site.name, settings.site.fuse_a, settings.site.unbalance_a) == ("Villa", 50.0, 20.0)
    dumped = settings.model_dump()
    carport, house, cellar = (dumped["devices"][name] for name in ("carport", "house", "cellar"))
    assert carport["charger"]["phases"] == ("L2", "L3", "L1")
    assert carport["charger"]["phase_switching"]
    assert carport["password"].get_secret_value() == "s3cret-pass"
    assert house["battery"]["hybrid"]
    assert cellar["token"].get_secret_value() == "t0ken-of-mine"
    assert (settings.grid, cellar["pv"]) == ("house", False)
    assert cellar["battery"]["phases"] == ("L2",)


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("mine\n")
    code, text = call("init", "--no-input", "-o", str(path))
    assert (code, "--force" in text, path.read_text()) == (2, True, "mine\n")
    assert call("init", "--no-input", "--force", "-o", str(path))[0] == 0
    assert path.read_text() != "mine\n"


def test_an_editor_finds_the_schema_of_the_rules(tmp_path: Path) -> None:
    assert call("init", "--no-input", "-o", str(tmp_path / "site.yaml"), *options(DEVICES[0]))[0] == 0
    first = (tmp_path / "rules" / "charging.yaml").read_text().splitlines()[0]
    schema = tmp_path / "rules" / first.partition("$schema=")[2]
    assert json.loads(schema.read_text())["$schema"]


def test_it_makes_a_token_once_and_never_prints_it_into_a_log(tmp_path: Path) -> None:
    command = ("init", "--no-input", "-o", str(tmp_path / "site.yaml"), *options(DEVICES[0]))
    code, text = call(*command)
    token = tmp_path / "token.txt"
    made = token.read_text()
    assert code == 0
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert len(made.strip()) == 32
    assert made.strip() not in text
    assert "optimizer login" in text
    assert load_settings(tmp_path / "site.yaml", {}).serve.status.token.get_secret_value() == made.strip()  # type: ignore[union-attr]
    assert call(*command, "--force")[0] == 0
    assert token.read_text() == made  # the browsers that are logged in stay logged in


def test_rules_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    own = tmp_path / "rules" / "own.yaml"
    own.write_text("version: 1\nrules:\n  - id: sun\n    claim:\n      ev.mode: surplus\n")
    assert call("init", "--no-input", "-o", str(tmp_path / "site.yaml"), *options(DEVICES[0]))[0] == 0
    assert [file.name for file in (tmp_path / "rules").iterdir()] == ["own.yaml"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--device", "carport"), "NAME=TYPE@ADDRESS"),
        (("--device", "carport=nrgkik@http://x"), "did you mean “nrgkick”?"),
        (("--device", "Car=nrgkick@http://x"), "lowercase letters"),
        (("--device", "carport=nrgkick@http://me:pw@x"), "write user and password as separate"),
        (("--time-zone", "Mars"), "is not a time zone"),
        (("--grid", "house"), "does not measure the grid"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    code, text = call("init", "--no-input", "-o", str(tmp_path / "site.yaml"), *words)
    assert code == 2
    assert why in text
    assert not (tmp_path / "site.yaml").exists()


@pytest.mark.parametrize("type_", KINDS)
def test_each_type_says_what_to_enable(type_: str) -> None:
    text = settings_text(Answers('a "house"', "UTC", 35.0, (DeviceAnswer("one", type_, "http://x"),)))
    assert KINDS[type_].before in text
    assert 'name: "a \\"house\\""' in text
