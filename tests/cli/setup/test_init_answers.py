"""The settings that `optimizer init` makes of answers, and its last lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.settings import load_settings
from tests.cli.setup.person import CAR, asked
from tests.cli.village import call

NRGKICK = ("nrgkick", "", "192.168.1.20", "n", "", "16", "n")


def stopped(folder: Path, *answers: str) -> tuple[int, str]:
    """A person who says no more after these answers."""
    words = ("init", "--name", "home", "--time-zone", "Europe/Berlin", "-o", str(folder / "site.yaml"))
    return call(*words, stdin="\n".join(("", *answers)) + "\n")


def test_amperes_may_carry_their_unit(tmp_path: Path) -> None:
    code, text = asked(tmp_path, (*NRGKICK[:5], "16 A", "n"), fuse="40A", rule="20 a", cars=CAR)
    assert code == 0, text
    settings = load_settings(tmp_path / "site.yaml", {})
    assert (settings.site.fuse_a, settings.site.unbalance_a) == (40.0, 20.0)
    assert settings.model_dump()["devices"]["carport"]["charger"]["max_current_a"] == 16.0


def test_no_rule_may_carry_the_unit_too(tmp_path: Path) -> None:
    assert asked(tmp_path, NRGKICK, rule="0 A", cars=CAR)[0] == 0
    assert load_settings(tmp_path / "site.yaml", {}).site.unbalance_a is None


def test_an_empty_token_is_asked_for_again_with_a_word(tmp_path: Path) -> None:
    code, text = asked(tmp_path, ("sonnen", "", "192.168.1.40", "v2", "", " ", "t0ken-of-mine", ""))
    assert code == 0, text
    assert text.count("nothing was entered; it is here: its own page, Software-Integration") == 2
    assert (tmp_path / "sonnen.secret").read_text() == "t0ken-of-mine\n"


@pytest.mark.parametrize("entered", ["3x25", "3 x 25 A", "3×25", "25"])
def test_the_fuse_may_be_written_as_on_the_meter_cabinet(tmp_path: Path, entered: str) -> None:
    assert asked(tmp_path, NRGKICK, fuse=entered, cars=CAR)[0] == 0
    assert load_settings(tmp_path / "site.yaml", {}).site.fuse_a == 25.0


@pytest.mark.parametrize("word", ["later", "Später"])
def test_a_token_may_come_later(tmp_path: Path, word: str) -> None:
    code, text = asked(tmp_path, ("sonnen", "", "192.168.1.40", "v2", word, ""))
    assert code == 0, text
    assert f"Put the missing secret in place of `later` in: {tmp_path / 'sonnen.secret'}." in text
    assert (tmp_path / "sonnen.secret").read_text() == "later\n"


def test_the_answers_of_a_person_who_stops_are_kept(tmp_path: Path) -> None:
    code, text = stopped(tmp_path, "3x25", "0", "n", *NRGKICK, "sonnen", "cellar")
    assert code == 0, text
    assert "You stopped." in text
    settings = load_settings(tmp_path / "site.yaml", {})
    assert settings.site.fuse_a == 25.0
    assert list(settings.devices) == ["carport"]
    assert not (tmp_path / "cellar.secret").exists()


def test_who_stops_before_the_first_device_gets_no_file(tmp_path: Path) -> None:
    code, _ = stopped(tmp_path, "3x25", "0", "n", "nrgkick")
    assert code != 0
    assert not (tmp_path / "site.yaml").exists()


@pytest.mark.parametrize(
    ("entered", "url"),
    [
        ("192.168.1.50", "http://192.168.1.50:8099/REST1"),
        ("http://192.168.1.50/", "http://192.168.1.50:8099/REST1"),
        ("192.168.1.50:8099", "http://192.168.1.50:8099/REST1"),
        ("192.168.1.50/REST2", "http://192.168.1.50:8099/REST2"),
        ("[fd00::5]:8099", "http://[fd00::5]:8099/REST1"),
        ("192.168.1.50:6345", "http://192.168.1.50:6345"),
        ("http://proxy/givtcp", "http://proxy/givtcp"),
        ("https://proxy", "https://proxy"),
    ],
)
def test_a_givtcp_gets_the_port_and_path_that_it_has(tmp_path: Path, entered: str, url: str) -> None:
    code, text = asked(tmp_path, ("givtcp", "giv", entered, ""))
    assert code == 0, text
    assert load_settings(tmp_path / "site.yaml", {}).model_dump()["devices"]["giv"]["url"] == url
    assert (f"taken as {url}" in text) is not url.endswith(entered)
    (tmp_path / "site.yaml").unlink()
    assert call("init", "--no-input", "-o", str(tmp_path / "site.yaml"), "--device", f"giv=givtcp@{entered}")[0] == 0
    assert load_settings(tmp_path / "site.yaml", {}).model_dump()["devices"]["giv"]["url"] == url


def test_the_end_names_every_file_and_what_was_assumed(tmp_path: Path) -> None:
    devices = ("fems", "house", "192.168.1.30", "n", "sonnen", "cellar", "192.168.1.40", "v2", "t0ken", "L3")
    code, text = asked(tmp_path, devices, end=("n", "house", "y"))
    assert code == 0, text
    end = text.partition("Written:")[2]
    found = [path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")]
    assert set(found) == {"site.yaml", "cellar.secret", "token.txt", "rules", "schema"}
    assert all(f"{tmp_path / name}" in end for name in found)
    assert "house: `password: owner` is what every FEMS has until it is changed" in end
    assert "t0ken" not in text


def test_rules_that_were_there_are_not_claimed(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text(
        "version: 1\nrules:\n  - id: sun\n    claim:\n      ev.mode: surplus\n"
    )
    text = asked(tmp_path, ("givtcp", "giv", "", ""))[1]
    assert "exists and is not changed" in text
    assert "FEMS has" not in text
    assert not (tmp_path / "schema").exists()
